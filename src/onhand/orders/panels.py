"""The panel of a customer's orders: the newest, a page at a time."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.panels import Panel, PanelContext, Reading, register_panel
from onhand.kernel.database import run_prepared
from onhand.kernel.money import Money
from onhand.orders.access import ORDERS, VIEW

SHOWN, PAGE = 8, 30
_ORDERS = """
select o.id, o.reference, o.state, o.placed_at, o.gross_minor, o.currency,
  coalesce((select l.title from orders_orderline l where l.order_id = o.id order by l.number limit 1), ''),
  (select count(*) from orders_orderline l where l.order_id = o.id), o.from_system
from (
  select o.* from unnest(%(members)s::bigint[]) m(id) cross join lateral (
    select o.* from orders_order o where o.customer_id = m.id and (o.placed_at, o.id) < (%(at)s, %(id)s)
    order by o.placed_at desc, o.id desc limit %(most)s) o
  order by o.placed_at desc, o.id desc limit %(most)s) o
order by o.placed_at desc, o.id desc
"""


@dataclass(frozen=True, slots=True)
class OrderShown:
    """An order in a list: what it is, in how many lines, what it comes to; `system` is the shop or system it is from, if not ours."""

    id: int
    reference: str
    state: str
    placed_at: datetime
    total: Money
    first: str
    lines: int
    system: str


def orders_of(
    member_ids: list[int], *, before: tuple[datetime, int] | None = None, most: int = PAGE
) -> list[OrderShown]:
    """The orders of a file, newest first, from before a mark (placed at, id): one statement that costs the page alone."""
    at, number = (before[0].isoformat(), before[1]) if before else ("infinity", 2**62)
    given = {"members": member_ids, "at": at, "id": number, "most": most}
    return [
        OrderShown(pk, reference, state, placed_at, Money(gross, currency), first, lines, system)
        for pk, reference, state, placed_at, gross, currency, first, lines, system in run_prepared(
            _ORDERS.replace("%(at)s", "%(at)s::timestamptz"), given
        )
    ]


def read_orders(reading: Reading) -> PanelContext:
    """The newest orders, and whether there are more."""
    found = orders_of(list(reading.member_ids), most=SHOWN + 1)
    return {"orders": found[:SHOWN], "has_more": len(found) > SHOWN, "customer_id": reading.customer_id}


register_panel(
    Panel(
        key="orders",
        label=_("Orders"),
        order=15,
        permission=VIEW,
        read=read_orders,
        level=IDENTIFIED,
        scope=ORDERS,
        count="select count(*) from (select 1 from orders_order o where o.customer_id in (select m.id from members m) limit 1000) o",
    )
)
