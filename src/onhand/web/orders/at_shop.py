"""What the page of an order says of the outside shop it is kept in step with, and which acts ask that shop."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.connectors.asking import left_to_refund
from onhand.connectors.enums import OutgoingKind, OutgoingState
from onhand.connectors.models import Outgoing, OutsideRefund
from onhand.connectors.queries import AtShop, at_shop
from onhand.connectors.words import shown
from onhand.kernel.money import Money
from onhand.orders.enums import OrderState
from onhand.orders.models import Order
from onhand.web.templating import show_datetime

_TONES = {OutgoingState.WAITING: "warn", OutgoingState.DONE: "good", OutgoingState.REFUSED: "bad"}


def shop_context(order: Order) -> dict[str, Any] | None:
    """What its shop says of an order's money, and what the shop was asked; None for an order of no shop."""
    found = at_shop(order.pk) if order.from_system else None
    if found is None:
        return None
    outside = found.outside
    facts = [
        (_("Shop"), outside.shop.name),
        (_("Number there"), outside.number),
        (_("State there"), outside.status),
        (
            _("Paid"),
            f"{show_datetime(outside.paid_at)} · {outside.paid_by}".rstrip(" ·") if outside.paid_at else _("not yet"),
        ),
        (_("Reference of the payment"), outside.paid_reference),
        (_("Given back"), Money(outside.refunded_minor, order.currency).formatted() if outside.refunded_minor else ""),
        (_("Not kept as it is there"), shown(outside.problem)),
    ]
    return {
        "facts": [(label, value) for label, value in facts if value],
        "refunds": [_refund(one, order) for one in found.refunds],
        "asked": [_asked(one, order) for one in found.asked],
    }


def shop_offers(order: Order) -> dict[str, bool]:
    """Which acts make sense on an order of a shop as it stands; each looks again for itself."""
    found = at_shop(order.pk)
    if found is None:
        return {}
    is_open = order.state in (OrderState.PENDING, OrderState.IN_PROCESS) and not _waits(found)
    can_refund = found.outside.paid_at is not None and left_to_refund(order, found.outside).minor > 0
    return {
        "connectors.cancel_at_shop": is_open,
        "connectors.complete_at_shop": is_open,
        "connectors.refund_at_shop": can_refund,
    }


def _waits(found: AtShop) -> bool:
    return any(one.state == OutgoingState.WAITING and one.kind != OutgoingKind.REFUND for one in found.asked)


def _refund(one: OutsideRefund, order: Order) -> dict[str, Any]:
    return {
        "id": one.pk,
        "amount": Money(one.minor, order.currency).formatted(),
        "reason": one.reason.partition(" [onhand ")[0],
        "at": show_datetime(one.made_at),
    }


def _asked(one: Outgoing, order: Order) -> dict[str, Any]:
    state = OutgoingState(one.state)
    return {
        "id": one.pk,
        "label": OutgoingKind(one.kind).label,
        "amount": Money(one.minor, order.currency).formatted() if one.minor else "",
        "by": f"{show_datetime(one.made_at)} · {one.made_by_name}",
        "words": shown(one.words),
        "state": state.label,
        "tone": _TONES.get(state, ""),
    }
