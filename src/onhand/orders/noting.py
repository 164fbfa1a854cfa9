"""Every change of an order, kept beside the original; and the state that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onhand.customers.membership import family_ids
from onhand.kernel.acts import Run
from onhand.kernel.database import run_prepared
from onhand.kernel.inserting import insert_row
from onhand.kernel.reading import read_rows
from onhand.orders.enums import ChangeKind, OrderState, ReturnKind
from onhand.orders.models import Order, OrderChange, OrderLine
from onhand.orders.states import order_state
from onhand.payments.access import TAKE

_OPEN_RETURNS = "select distinct kind from orders_return where order_id = %s and state in ('agreed', 'received')"


@dataclass(frozen=True, slots=True)
class By:
    """Who changed something, when, and on which contact; `takes_money` says that they may take payments with their own hands."""

    at: datetime
    name: str
    contact_id: int | None = None
    takes_money: bool = False

    @classmethod
    def of(cls, run: Run) -> "By":
        """Of an act being done."""
        return cls(run.at, run.actor.name, run.contact_id, run.actor.may(TAKE))


def next_number(order: Order) -> int:
    """The number the next change of an order has. The order is locked by whoever changes it, so numbers have no gap."""
    ((number,),) = run_prepared(
        "select coalesce(max(number), 0) + 1 from orders_orderchange where order_id = %s", [order.pk]
    )
    return int(number)


def note_change(
    order: Order,
    kind: ChangeKind,
    by: By,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    settlement: Mapping[str, Any] | None = None,
) -> OrderChange:
    """Keep what was changed."""
    change = OrderChange(
        order=order,
        customer_id=order.customer_id,
        number=next_number(order),
        kind=kind,
        at=by.at,
        by_name=by.name,
        contact_id=by.contact_id,
        before=dict(before or {}),
        after=dict(after or {}),
        settlement=dict(settlement or {}),
    )
    insert_row(change)
    return change


def lines_of(order: Order) -> list[OrderLine]:
    """The lines of an order as they stand, by number."""
    return read_rows(OrderLine, "order_id = %s", [order.pk], order="number")


def follow_state(order: Order, at: datetime, lines: Sequence[OrderLine] | None = None) -> None:
    """Give an order the state that follows from its lines and returns; whoever calls it stores the order."""
    if order.state == OrderState.CANCELLED:
        return
    counted = lines_of(order) if lines is None else lines
    kinds = {kind for (kind,) in run_prepared(_OPEN_RETURNS, [order.pk])} if order.pk else set()
    replaced = bool(kinds & {ReturnKind.EXCHANGE, ReturnKind.WARRANTY})
    state = order_state(
        counted,
        is_paid=order.paid_at is not None,
        is_over=order.completed_at is not None,
        open_return=ReturnKind.RETURN in kinds,
        open_exchange=replaced,
    )
    if state == OrderState.DELIVERED and order.delivered_at is None:
        order.delivered_at = at
    if state == OrderState.COMPLETED and order.completed_at is None:
        order.completed_at = at
    order.state = state


def file_ids(order: Order) -> list[int]:
    """The customers whose rows are the file the order belongs to."""
    return family_ids([order.customer_id])
