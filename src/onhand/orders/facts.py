"""What guidelines can ask about the order an act is about: also where the act is on a return, a payment or an invoice of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.facts import Fact, Source, in_units, register_customer_of, register_facts
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.decisions import Question
from onhand.orders.enums import OrderState, ReturnKind, ReturnReason
from onhand.orders.invoices import left_to_credit
from onhand.orders.models import Order
from onhand.orders.settling import paid_so_far
from onhand.orders.subjects import ORDER, RETURN
from onhand.payments.enums import MethodKind

ABOUT_AN_ORDER = frozenset({ORDER, RETURN, "payment", "document"})
SEVERAL = "several"

# Of promises to the customer since the order: the one that was kept the latest, or is not kept yet.
_ORDER = """
select o.state, o.currency, o.gross_minor, o.goodwill_minor, o.placed_at,
  (select min(s.shipped_at) from orders_shipment s where s.order_id = o.id and s.shipped_at <= %(at)s),
  (select max(s.delivered_at) from orders_shipment s where s.order_id = o.id and s.delivered_at <= %(at)s),
  (select count(*) from orders_return r where r.order_id = o.id and r.state <> 'withdrawn' and r.agreed_at <= %(at)s),
  (select count(*) from orders_orderchange h where h.order_id = o.id and h.kind in ('goodwill', 'discount') and h.at <= %(at)s),
  array(select distinct w.kind from orders_orderpayment y join payments_paymentmethod w on w.id = y.method_id
    where y.order_id = o.id and y.ended_at is null),
  p.due_at, p.came
from orders_order o left join lateral (
  select q.due_at, least(q.kept_at, %(at)s) as came from customers_customer c join customers_customer m
    on m.id = coalesce(c.merged_into_id, c.id) or m.merged_into_id = coalesce(c.merged_into_id, c.id)
  join contacts_promise q on q.customer_id = m.id and q.made_at >= o.placed_at and q.made_at <= %(at)s
    and q.called_off_at is null and q.due_at < %(at)s
  where c.id = o.customer_id order by least(q.kept_at, %(at)s) - q.due_at desc limit 1) p on true
where o.id = %(order)s
"""
_OF_INVOICE = "select document_id from invoicing_document where id = %s and document_type = 'order'"


def order_id_of(question: Question) -> int | None:
    """The order an act is about; None where it is about none. No look at the books but where the way leads over an invoice."""
    one = question.subject
    if question.subject_type == ORDER:
        return question.subject_id
    if one is None:
        return None
    if question.subject_type == RETURN:
        return int(one.order_id)
    kind, number = getattr(one, "document_type", ""), getattr(one, "document_id", None)
    if kind == "document":
        found = run_prepared(_OF_INVOICE, [number])
        return int(found[0][0]) if found else None
    return number if kind == ORDER else None


def _of_the_order(question: Question) -> Mapping[str, object]:
    order = order_id_of(question)
    rows = run_prepared(_ORDER, {"order": order, "at": question.at}) if order is not None else []
    if not rows:
        return {}
    state, currency, gross, goodwill, placed, shipped, delivered, returns, remedies, methods, due, came = rows[0]
    return {
        "order state": state,
        "order currency": currency,
        "order total": in_units(gross, currency),
        "days since ordered": _days(placed, question.at),
        "days since shipped": _days(shipped, question.at),
        "days since delivered": _days(delivered, question.at),
        "returns made": returns,
        "remedies on the order": remedies,
        "goodwill on the order": in_units(goodwill, currency),
        "order paid by": methods[0] if len(methods) == 1 else SEVERAL if methods else None,
        "days late": max(0, _days(due, came) or 0),
    }


def _days(since: datetime | None, until: datetime) -> int | None:
    """The company's days between two moments: 0 on the same day, whatever the clocks do meanwhile."""
    return None if since is None else (company_day(until) - company_day(since)).days


def _of_its_money(question: Question) -> Mapping[str, object]:
    """What is still to be paid, by the same reckoning as what is given back; nothing of an order that was cancelled."""
    order = _row(question)
    if order is None:
        return {}
    if order.state == OrderState.CANCELLED:
        return {"open amount": in_units(0, order.currency)}
    left = left_to_credit(order).minor - paid_so_far(order, locks=False).minor
    return {"open amount": in_units(max(0, left), order.currency)}


def _row(question: Question) -> Order | None:
    """The order itself; as the act locked it, where it is its subject."""
    if isinstance(question.subject, Order):
        return question.subject
    number = order_id_of(question)
    return None if number is None else Order.objects.filter(pk=number).first()


def _of_the_return(question: Question) -> Mapping[str, object]:
    one: Any = question.subject
    if one is None:
        return {}
    return {
        "return reason": str(one.reason),
        "return kind": str(one.kind),
        "days since agreed": _days(one.agreed_at, question.at),
    }


register_customer_of(RETURN, lambda one: one.order.customer_id)
register_facts(
    Source(
        "order",
        _("The order"),
        (
            Fact("order state", "string", _("Where the order is."), dict(OrderState.choices), '"delivered"'),
            Fact("order currency", "string", _("The currency of the order."), example='"EUR"'),
            Fact(
                "order total",
                "number",
                _("What it comes to with tax, in its currency. Shares in limits are taken of it."),
                example=">= 100",
            ),
            Fact("days since ordered", "number", _("The company's days since it was placed."), example="< 2"),
            Fact(
                "days since shipped", "number", _("Since the first of it left; null where nothing has."), example="> 7"
            ),
            Fact(
                "days since delivered",
                "number",
                _("Since the last of it arrived; null where nothing has."),
                example="<= 14",
            ),
            Fact(
                "days late",
                "number",
                _("How late a promise made since the order was or is kept; 0: in time."),
                example="> 0",
            ),
            Fact("returns made", "number", _("How many returns were agreed and not called off."), example="0"),
            Fact(
                "remedies on the order", "number", _("How often goodwill or a discount was given on it."), example="0"
            ),
            Fact("goodwill on the order", "number", _("How much goodwill was given on it."), example="< 20"),
            Fact(
                "order paid by",
                "string",
                _("How it is paid; “several” for more than one way."),
                dict(MethodKind.choices) | {SEVERAL: _("several")},
                '"card","several"',
            ),
        ),
        _of_the_order,
        subjects=ABOUT_AN_ORDER,
    )
)
register_facts(
    Source(
        "order money",
        _("What is open of the order"),
        (Fact("open amount", "number", _("What of the order is still to be paid, in its currency."), example="0"),),
        _of_its_money,
        subjects=ABOUT_AN_ORDER,
    )
)
register_facts(
    Source(
        "return",
        _("The return"),
        (
            Fact("return reason", "string", _("Why it comes back."), dict(ReturnReason.choices), '"damaged","faulty"'),
            Fact("return kind", "string", _("What it comes back for."), dict(ReturnKind.choices), '"warranty"'),
            Fact("days since agreed", "number", _("The company's days since it was agreed."), example="<= 30"),
        ),
        _of_the_return,
        subjects=frozenset({RETURN}),
    )
)
