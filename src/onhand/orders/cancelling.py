"""Cancelling what is left of an order of which something has been shipped: what left stands, the rest is free again and paid back."""

from collections.abc import Sequence

from django.db.models import Sum
from django.utils.translation import gettext as _

from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import DocumentLine
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.orders import goods
from onhand.orders.amounts import Totals, share
from onhand.orders.changing import give_back
from onhand.orders.enums import CancelReason, ChangeKind, OrderState
from onhand.orders.invoices import LINE
from onhand.orders.models import Order, OrderExtra, OrderLine
from onhand.orders.noting import By, follow_state, lines_of, next_number, note_change
from onhand.orders.placing import put_totals, snapshot_lines
from onhand.orders.settling import Settlement
from onhand.payments.models import PaymentMethod


def cancel_rest(order: Order, reason: CancelReason, to: PaymentMethod | None, by: By) -> Settlement:
    """
    Cancel the pieces of an order that have not been shipped. Those shipped cost what was invoiced for them, shipping and fees stand, and a
    coupon stays used: what it took off the rest falls away with it. What is sent in exchange belongs to its return and stays.

    :raises NotPossible: nothing was shipped, nothing is left, or more goodwill was given than the order would come to.
    """
    lines = lines_of(order)
    rest = _rest(order, lines)
    before = snapshot_lines(order, lines) | {"total": Money(order.gross_minor, order.currency).as_json()}
    gross = {line.pk: line.gross_minor for line in rest}
    goods.release(rest, at=by.at)
    cancelled = [{"article": line.title, "pieces": line.pieces - line.shipped} for line in rest]
    settlement = Settlement(order.currency)
    for line in rest:
        pieces = line.pieces - line.shipped
        _cut(line, order.currency)
        settlement.add(line.title, Money(line.gross_minor - gross[line.pk], order.currency), pieces)
    _add_up(order, [line for line in lines if line.in_return_id is None])
    if order.goodwill_minor > order.gross_minor:
        raise NotPossible(_("More goodwill was given than the order would come to."))
    if settlement.total.minor < 0:
        key = f"order:{order.pk}:{next_number(order)}"
        settlement.ways = give_back(order, -settlement.total, to=to, key=key, by=by)
    after = {"cancel_reason": str(reason), "total": Money(order.gross_minor, order.currency).as_json()}
    note_change(
        order,
        ChangeKind.REST_CANCELLED,
        by,
        before=before,
        after=after | {"lines": cancelled},
        settlement=settlement.as_json(),
    )
    follow_state(order, by.at)
    return settlement


def refund_of(order: Order) -> Money:
    """What goes back with the rest of an order, for the authority."""
    minor = 0
    for line in lines_of(order):
        if line.in_return_id is None and not line.is_service and line.shipped < line.pieces:
            whole = Money(line.gross_minor, order.currency)
            minor += line.gross_minor - share(whole, line.pieces, line.shipped).minor
    return Money(minor, order.currency)


def _rest(order: Order, lines: Sequence[OrderLine]) -> list[OrderLine]:
    """The lines of which something is still to be shipped."""
    if order.state == OrderState.CANCELLED:
        raise NotPossible(_("This order was cancelled."))
    own = [line for line in lines if line.in_return_id is None and not line.is_service]
    if not any(line.shipped for line in own):
        raise NotPossible(_("Nothing of this order has been shipped: cancel it as a whole."))
    rest = [line for line in own if line.shipped < line.pieces]
    if not rest:
        raise NotPossible(_("Everything that was ordered has been shipped."))
    return rest


def _cut(line: OrderLine, currency: str) -> None:
    """Let a line be what was shipped of it, at the amounts its invoices have."""
    whole, discount = Money(line.gross_minor, currency), Money(line.discount_minor, currency)
    rows = DocumentLine.objects.filter(
        source_type=LINE, source_id=line.pk, document__kind=DocumentKind.INVOICE, counters__isnull=True
    ).exclude(document__key__startswith="corrects:")
    tax = rows.aggregate(tax=Sum("tax_minor"))["tax"] or 0
    line.tax_minor = tax
    line.net_minor = share(whole, line.pieces, line.shipped).minor - tax
    line.discount_minor = share(discount, line.pieces, line.shipped).minor
    line.pieces = line.shipped
    line.save(update_fields=["pieces", "net_minor", "tax_minor", "discount_minor"])


def _add_up(order: Order, own: Sequence[OrderLine]) -> None:
    """The totals of an order as its lines and what is beside them stand: nothing is taxed anew, as invoices are out."""
    rows: list[OrderLine | OrderExtra] = [*own, *OrderExtra.objects.filter(order=order)]
    totals = Totals(sum(row.net_minor for row in rows), sum(row.tax_minor for row in rows))
    put_totals(order, totals, sum(line.discount_minor for line in own))
