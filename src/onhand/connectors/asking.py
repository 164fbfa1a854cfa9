"""What a shop is to be told of an order: noted in the transaction of the act, sent after it. Never more back than is left to give."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from onhand.connectors.enums import OutgoingKind, OutgoingState, ShopState
from onhand.connectors.models import Outgoing, OutsideLine, OutsideOrder, OutsideRefund
from onhand.connectors.tasks import queue_sending
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import OfferedRow
from onhand.kernel.money import Money
from onhand.orders.amounts import portion
from onhand.orders.enums import OrderState
from onhand.orders.models import Order

_Line = tuple[str, int, int, list[tuple[str, int]]]  # line at the shop, pieces, net, tax by rate
_OPEN = (OrderState.PENDING, OrderState.IN_PROCESS)


def outside_of(order: Order) -> OutsideOrder:
    """What the order is at its shop. Raises NotPossible for an order of no shop."""
    found = OutsideOrder.objects.select_related("shop").filter(order=order).first()
    if found is None:
        raise NotPossible(_("This order is of no outside shop."))
    return found


def ask_to_cancel(order: Order, reason: str, *, give_back: bool, at: datetime, by: str) -> list[dict[str, Any]]:
    """Cancel it there, and give back what is left of what was paid. Raises NotPossible."""
    outside = outside_of(order)
    if order.state not in _OPEN:
        raise NotPossible(_("Only what has not gone yet can be cancelled."))
    _require_none(outside, OutgoingKind.CANCEL)
    _require_none(outside, OutgoingKind.COMPLETE)
    found = [_note(outside, OutgoingKind.CANCEL, at=at, by=by, reason=reason)]
    left = left_to_refund(order, outside)
    if give_back and outside.paid_at and left.minor:
        found.append(_note(outside, OutgoingKind.REFUND, at=at, by=by, reason=reason, minor=left.minor))
    return [_said(one, order) for one in found]


def ask_to_complete(order: Order, *, at: datetime, by: str) -> list[dict[str, Any]]:
    """Say there that it has gone. Raises NotPossible."""
    outside = outside_of(order)
    if order.state not in _OPEN:
        raise NotPossible(_("This order is over already."))
    _require_none(outside, OutgoingKind.CANCEL)
    _require_none(outside, OutgoingKind.COMPLETE)
    return [_said(_note(outside, OutgoingKind.COMPLETE, at=at, by=by), order)]


def ask_to_refund(
    order: Order,
    reason: str,
    *,
    pieces: Mapping[int, int],
    amount: Money | None,
    moves_money: bool,
    restocks: bool,
    at: datetime,
    by: str,
) -> list[dict[str, Any]]:
    """Give back an amount, or what pieces of lines cost. Raises NotPossible."""
    outside = outside_of(order)
    if outside.paid_at is None:
        raise NotPossible(_("Nothing was paid for this order yet."))
    if bool(pieces) == (amount is not None):
        raise NotPossible(_("Say which pieces, or an amount."), field="amount")
    lines = _lines(order, outside, pieces)
    minor = _sum(lines)
    if amount is not None:
        if amount.currency != order.currency or amount.minor <= 0:
            words = _("Give an amount above nothing, in %(currency)s.")
            raise NotPossible(words % {"currency": order.currency}, field="amount")
        minor = amount.minor
    left = left_to_refund(order, outside)
    if minor <= 0 or minor > left.minor:
        words = _("At most %(left)s is left to be given back.")
        raise NotPossible(words % {"left": left.formatted()}, field="amount" if amount else "rows")
    one = _note(
        outside,
        OutgoingKind.REFUND,
        at=at,
        by=by,
        reason=reason,
        minor=minor,
        lines=lines,
        moves_money=moves_money,
        restocks=restocks,
    )
    return [_said(one, order)]


def left_to_refund(order: Order, outside: OutsideOrder) -> Money:
    """What the order comes to, less what was given back and what the shop was asked to give back."""
    waiting = outside.outgoing.filter(kind=OutgoingKind.REFUND, state=OutgoingState.WAITING)
    asked: int = waiting.aggregate(minor=Sum("minor"))["minor"] or 0
    return Money(max(0, order.gross_minor - outside.refunded_minor - asked), order.currency)


def left_of(order: Order) -> Money | None:
    """What would go back with a cancellation; None where nothing would."""
    outside = OutsideOrder.objects.filter(order=order).exclude(paid_at=None).first()
    left = left_to_refund(order, outside) if outside else None
    return left if left and left.minor else None


def worth_of(order: Order, pieces: Mapping[int, int]) -> Money | None:
    """What these pieces would give back; None where the act refuses them."""
    outside = OutsideOrder.objects.filter(order=order).first()
    try:
        lines = _lines(order, outside, pieces) if outside else []
    except NotPossible:
        return None
    return Money(_sum(lines), order.currency) if lines else None


def refundable_rows(order_id: int | None) -> list[OfferedRow]:
    """The lines of an order of a shop, of which pieces can still be given back."""
    outside = OutsideOrder.objects.filter(order=order_id or 0).first()
    if outside is None:
        return []
    back = _given_back(outside)
    rows = OutsideLine.objects.filter(outside_order=outside).select_related("line").order_by("line__number")
    return [
        OfferedRow(
            _("%(article)s, at most %(count)s") % {"article": one.line.title, "count": left}, {"line": one.line_id}
        )
        for one in rows
        if (left := one.line.pieces - back.get(one.outside_id, 0)) > 0
    ]


def _sum(lines: Sequence[_Line]) -> int:
    return sum(net + sum(tax for _rate, tax in taxes) for _line, _count, net, taxes in lines)


def _given_back(outside: OutsideOrder) -> dict[str, int]:
    """Pieces given back, or asked to be, by line at the shop."""
    found: dict[str, int] = {}
    done = OutsideRefund.objects.filter(outside_order=outside, gone_at=None).values_list("lines", flat=True)
    waiting = outside.outgoing.filter(kind=OutgoingKind.REFUND, state=OutgoingState.WAITING)
    for lines in (*done, *waiting.values_list("lines", flat=True)):
        for line in lines:
            found[line[0]] = found.get(line[0], 0) + line[1]
    return found


def _lines(order: Order, outside: OutsideOrder, pieces: Mapping[int, int]) -> list[_Line]:
    """What these pieces cost, by line of the shop: taken in any steps they come to the whole line, with its tax by each rate."""
    if not pieces:
        return []
    known = {one.line_id: one for one in OutsideLine.objects.filter(outside_order=outside).select_related("line")}
    back, found = _given_back(outside), []
    for number, count in sorted(pieces.items()):
        one = known.get(number)
        before = back.get(one.outside_id, 0) if one else 0
        if one is None or count < 0 or before + count > one.line.pieces:
            raise NotPossible(_("There are not as many pieces to give back."), field="rows")
        if one.line.tax_minor and not one.taxes:
            raise NotPossible(
                _("The shop does not say by which rates this was taxed: give an amount instead."), field="rows"
            )
        whole = one.line.pieces
        net = portion(Money(one.line.net_minor, order.currency), whole, before, count).minor
        taxes = [
            (str(rate), portion(Money(tax, order.currency), whole, before, count).minor) for rate, tax in one.taxes
        ]
        found.append((one.outside_id, count, net, taxes))
    return found


def _require_none(outside: OutsideOrder, kind: OutgoingKind) -> None:
    if outside.outgoing.filter(kind=kind, state=OutgoingState.WAITING).exists():
        raise NotPossible(_("The shop was asked already and has not answered yet."))


def _note(outside: OutsideOrder, kind: OutgoingKind, *, at: datetime, by: str, **more: Any) -> Outgoing:
    if outside.shop.state != ShopState.ON:
        raise NotPossible(_("The shop is paused: it is neither asked nor told anything."))
    one = Outgoing.objects.create(outside_order=outside, kind=kind, made_at=at, made_by_name=by, next_try_at=at, **more)
    queue_sending(one.pk)
    return one


def _said(one: Outgoing, order: Order) -> dict[str, Any]:
    """What was asked, for the record."""
    said: dict[str, Any] = {"kind": str(one.kind)}
    if one.minor:
        said["refund"] = Money(one.minor, order.currency).as_json()
    return said
