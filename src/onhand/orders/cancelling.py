"""
Cancelling what has not been shipped of an order: all of it, or pieces somebody chose. What left stands as it was invoiced; what is
cancelled is free again and paid back.
"""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.orders import goods
from onhand.orders.amounts import Totals, share
from onhand.orders.changing import add_rounding, cancel, keep_discount, price_anew, settled
from onhand.orders.enums import CancelReason, ChangeKind, ExtraKind, OrderState
from onhand.orders.invoices import invoiced_so_far
from onhand.orders.models import Order, OrderExtra, OrderLine
from onhand.orders.noting import By, lines_of
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
    wanted = {line.pk: line.pieces - line.shipped for line in _rest(order, lines)}
    return _cut_down(order, lines, wanted, ChangeKind.REST_CANCELLED, reason, to, by)


def cancel_pieces(
    order: Order, wanted: Mapping[int, int], reason: CancelReason, to: PaymentMethod | None, by: By
) -> Settlement:
    """
    Cancel so many pieces of lines (by line) that have not been shipped. Where nothing of the order is left by it, the order is cancelled;
    before anything was shipped the rest is priced as if only it had been ordered, afterwards as `cancel_rest` does. The least amount of a
    coupon is not asked again where the company cannot send what it was used on.

    :raises NotPossible: a line is not of this order, fewer pieces are left of it, what is left is too little for the coupon, or more
        goodwill was given than the order would come to.
    """
    lines = lines_of(order)
    _require_left(order, lines, wanted)
    if any(line.shipped for line in _own(lines)):
        return _cut_down(order, lines, wanted, ChangeKind.PIECES_CANCELLED, reason, to, by)
    if any(line.pieces > wanted.get(line.pk, 0) for line in lines):
        return _take_off(order, lines, wanted, reason, to, by)
    return cancel(order, reason, to, by, more={"lines": _said(lines, wanted)})


def _own(lines: Sequence[OrderLine]) -> list[OrderLine]:
    """The goods that were ordered, without what is sent in exchange."""
    return [line for line in lines if line.in_return_id is None and not line.is_service]


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
    if not any(line.shipped for line in _own(lines)):
        raise NotPossible(_("Nothing of this order has been shipped: cancel it as a whole."))
    rest = [line for line in _own(lines) if line.shipped < line.pieces]
    if not rest:
        raise NotPossible(_("Everything that was ordered has been shipped."))
    return rest


def _require_left(order: Order, lines: Sequence[OrderLine], wanted: Mapping[int, int]) -> None:
    """Refuse pieces that are not there to be cancelled."""
    if order.state == OrderState.CANCELLED:
        raise NotPossible(_("This order was cancelled."))
    if not wanted:
        raise NotPossible(_("Say which pieces are cancelled."), field="rows")
    known = {line.pk: line for line in _own(lines)}
    for number, pieces in wanted.items():
        line = known.get(number)
        if line is None:
            raise NotPossible(_("Choose lines of this order."), field="rows")
        left = line.pieces - line.shipped
        if not 1 <= pieces <= left:
            words = {"article": line.title, "left": left}
            raise NotPossible(_("Of %(article)s %(left)s are left to be shipped.") % words, field="rows")


def _said(lines: Sequence[OrderLine], wanted: Mapping[int, int]) -> list[dict[str, object]]:
    """What was cancelled, for the record of the change."""
    return [{"article": line.title, "pieces": wanted[line.pk]} for line in lines if line.pk in wanted]


def _cut_down(
    order: Order,
    lines: Sequence[OrderLine],
    wanted: Mapping[int, int],
    kind: ChangeKind,
    reason: CancelReason,
    to: PaymentMethod | None,
    by: By,
) -> Settlement:
    """Cancel pieces of an order with invoices: nothing is taxed anew."""
    chosen = [line for line in lines if line.pk in wanted]
    before = _before(order, lines)
    gross = {line.pk: line.gross_minor for line in chosen}
    goods.free(wanted, {line.pk: line for line in chosen}, at=by.at)
    invoiced = invoiced_so_far(wanted)
    settlement = Settlement(order.currency)
    for line in chosen:
        _cut(line, line.pieces - wanted[line.pk], invoiced[line.pk], order.currency)
        settlement.add(line.title, Money(line.gross_minor - gross[line.pk], order.currency), wanted[line.pk])
    _add_up(order, [line for line in lines if line.in_return_id is None])
    more = _after(order, reason) | {"lines": _said(lines, wanted)}
    return settled(order, settlement, by, kind, before, lines, more=more, to=to)


def _take_off(
    order: Order,
    lines: Sequence[OrderLine],
    wanted: Mapping[int, int],
    reason: CancelReason,
    to: PaymentMethod | None,
    by: By,
) -> Settlement:
    """Cancel pieces of an order of which nothing has been shipped, and keep the rest of it."""
    chosen = [line for line in lines if line.pk in wanted]
    before = _before(order, lines)
    gross = {line.pk: line.gross_minor for line in chosen}
    goods.free(wanted, {line.pk: line for line in chosen}, at=by.at)
    for line in chosen:
        kept = line.pieces - wanted[line.pk]
        keep_discount(line, kept, order.currency)
        line.pieces = kept
    settlement = Settlement(order.currency)
    if not any(line.pieces for line in _own(lines)):
        _drop_extras(order, settlement)
    change = price_anew(order, lines, asks_coupon=reason != CancelReason.NOT_AVAILABLE)
    for line in chosen:
        settlement.add(line.title, Money(line.gross_minor - gross[line.pk], order.currency), wanted[line.pk])
    add_rounding(settlement, change)
    more = _after(order, reason) | {"lines": _said(lines, wanted)}
    return settled(order, settlement, by, ChangeKind.PIECES_CANCELLED, before, lines, more=more, to=to)


def _drop_extras(order: Order, settlement: Settlement) -> None:
    """Where no goods are left nothing is sent: what was to be invoiced with them is not owed."""
    for one in OrderExtra.objects.filter(order=order, is_invoiced=False).order_by("pk"):
        settlement.add(one.text or str(ExtraKind(one.kind).label), Money(-one.gross_minor, order.currency))
        one.delete()


def _before(order: Order, lines: Sequence[OrderLine]) -> dict[str, object]:
    return snapshot_lines(order, lines) | {"total": Money(order.gross_minor, order.currency).as_json()}


def _after(order: Order, reason: CancelReason) -> dict[str, object]:
    return {"cancel_reason": str(reason), "total": Money(order.gross_minor, order.currency).as_json()}


def _cut(line: OrderLine, kept: int, invoiced: Totals, currency: str) -> None:
    """
    Let a line have fewer pieces, none fewer than were shipped: those invoiced cost what their invoices say, the others that are kept
    their share of what the others cost.
    """
    others, stay = line.pieces - line.invoiced, kept - line.invoiced
    gross = max(0, line.gross_minor - invoiced.gross)
    tax = min(max(0, line.tax_minor - invoiced.tax), gross)
    kept_gross = share(Money(gross, currency), others, stay).minor
    kept_tax = share(Money(tax, currency), others, stay).minor
    line.tax_minor = invoiced.tax + kept_tax
    line.net_minor = invoiced.net + kept_gross - kept_tax
    line.discount_minor = share(Money(line.discount_minor, currency), line.pieces, kept).minor
    line.own_discount_minor = share(Money(line.own_discount_minor, currency), line.pieces, kept).minor
    line.pieces = kept
    line.save(update_fields=["pieces", "net_minor", "tax_minor", "discount_minor", "own_discount_minor"])


def _add_up(order: Order, own: Sequence[OrderLine]) -> None:
    """The totals of an order as its lines and what is beside them stand: nothing is taxed anew, as invoices are out."""
    rows: list[OrderLine | OrderExtra] = [*own, *OrderExtra.objects.filter(order=order)]
    totals = Totals(sum(row.net_minor for row in rows), sum(row.tax_minor for row in rows))
    put_totals(order, totals, sum(line.discount_minor for line in own))
