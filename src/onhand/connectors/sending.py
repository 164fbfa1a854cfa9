"""
Shops told what was wanted of them here. Each telling is taken by one transaction, sent outside of any, noted by another. A refund is
asked for under a key: before it is sent a second time the shop is asked whether it made it the first time, so a lost answer gives
nothing back twice. What a shop then says of the order comes in like everything else; nothing that came from it is told to it again.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from onhand.connectors.bringing_in import TOPIC, Clock, note_failure, pause_after, read_now, want
from onhand.connectors.enums import OutgoingKind, OutgoingState, ShopState
from onhand.connectors.models import Outgoing
from onhand.connectors.port import MakesRefunds, Misread, RefundWanted, ShopDown, ShopRefused, TakesStates
from onhand.connectors.shops import open_shop
from onhand.connectors.words import kept
from onhand.kernel.hints import send_after_commit
from onhand.kernel.locked_texts import CannotUnlock

# Longer than a request can take, and than a shop is likely to work on one whose connection was lost: until then what it did is not seen.
UNSURE = timedelta(minutes=2)


def due_outgoing(at: datetime, most: int) -> list[int]:
    """What is to be told, that which waits longest first."""
    found = Outgoing.objects.filter(
        state=OutgoingState.WAITING, next_try_at__lte=at, outside_order__shop__state=ShopState.ON
    )
    return list(found.order_by("next_try_at", "pk").values_list("pk", flat=True)[:most])


def send(outgoing_id: int, clock: Clock) -> None:
    """Tell a shop one thing, unless somebody is at it or something about the same order comes first."""
    one = _begin(outgoing_id, clock())
    if one is None:
        return
    shop, outside_id = one.outside_order.shop, one.outside_order.outside_id
    try:
        _tell(one, outside_id)
    except ShopRefused as error:
        _end(one, OutgoingState.REFUSED, str(error), clock())
    except (ShopDown, Misread, CannotUnlock) as error:
        _wait(one, error, clock())
        note_failure(shop.pk, error, clock())
        return
    else:
        _end(one, OutgoingState.DONE, "", clock())
    if not read_now(shop, outside_id, clock):
        want(shop, outside_id, clock())


def _begin(outgoing_id: int, at: datetime) -> Outgoing | None:
    with transaction.atomic():
        rows = Outgoing.objects.select_related("outside_order__shop").select_for_update(of=("self",), no_key=True)
        one = rows.filter(pk=outgoing_id, state=OutgoingState.WAITING, next_try_at__lte=at).first()
        if one is None or one.outside_order.shop.state != ShopState.ON:
            return None
        if Outgoing.objects.filter(
            outside_order=one.outside_order, state=OutgoingState.WAITING, pk__lt=one.pk
        ).exists():
            return None
        one.tries += 1
        one.next_try_at = at + max(UNSURE, pause_after(one.tries))
        one.save(update_fields=["tries", "next_try_at"])
    return one


def _tell(one: Outgoing, outside_id: str) -> None:
    port = open_shop(one.outside_order.shop)
    if one.kind == OutgoingKind.REFUND:
        if not isinstance(port, MakesRefunds):
            raise ShopRefused(kept(_("This shop cannot be asked to give money back.")))
        if one.tries > 1 and port.find_refund(outside_id, one.key):
            return
        port.refund(outside_id, _wanted(one))
        return
    if not isinstance(port, TakesStates):
        raise ShopRefused(kept(_("This shop takes no states.")))
    if one.kind == OutgoingKind.CANCEL:
        port.cancel(outside_id)
    else:
        port.complete(outside_id)


def _wanted(one: Outgoing) -> RefundWanted:
    order = one.outside_order.order
    return RefundWanted(
        key=one.key,
        minor=one.minor,
        currency=order.currency if order else "",
        reason=one.reason,
        moves_money=one.moves_money,
        restocks=one.restocks,
        lines=[(line, pieces, net, [(rate, tax) for rate, tax in taxes]) for line, pieces, net, taxes in one.lines],
    )


def _wait(one: Outgoing, error: Exception, at: datetime) -> None:
    """Not before the shop is sure to be over with what it may still be doing, nor before it asked to be left alone."""
    asked = getattr(error, "wait", None) or timedelta(0)
    again = at + max(asked, UNSURE, pause_after(one.tries))
    Outgoing.objects.filter(pk=one.pk, state=OutgoingState.WAITING).update(next_try_at=again, words=str(error)[:300])


def _end(one: Outgoing, state: OutgoingState, words: str, at: datetime) -> None:
    """What came of it. Where a cancellation is refused, the money that was to go with it stays."""
    with transaction.atomic():
        still = Outgoing.objects.filter(pk=one.pk, state=OutgoingState.WAITING)
        still.update(state=state, next_try_at=None, done_at=at, words=words[:300])
        if one.kind == OutgoingKind.CANCEL and state == OutgoingState.REFUSED:
            with_it = Outgoing.objects.filter(
                outside_order=one.outside_order, state=OutgoingState.WAITING, pk__gt=one.pk, made_at=one.made_at
            )
            with_it.update(state=OutgoingState.CALLED_OFF, next_try_at=None, done_at=at)
        send_after_commit(f"{TOPIC}:{one.outside_order.shop_id}")
