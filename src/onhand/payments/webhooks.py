"""
Messages of payment providers: proven, stored as they came, and then handled by a job. A message that comes again is known by its number
there; one that comes late or out of order does no harm, since the provider is asked how things are now.
"""

from collections.abc import Callable
from datetime import datetime
from enum import IntEnum

import structlog
from django.db import transaction

from onhand.kernel.locked_texts import CannotUnlock
from onhand.payments import entries, links, settling
from onhand.payments.asking import settle_payment, settle_refund
from onhand.payments.chargebacks import note_chargeback
from onhand.payments.enums import EventState
from onhand.payments.models import Payment, ProviderAccount, ProviderEvent, Refund
from onhand.payments.pauses import pause_after
from onhand.payments.provider import About, Misconfigured, News, TakesWebhooks, Unreachable
from onhand.payments.providers import open_provider

LARGEST = 256 * 1024  # bytes of a message
LAST_TRY = 40  # of handling one: a day and a half after it came
log = structlog.get_logger("onhand.payments")


class Reply(IntEnum):
    """What the sender is answered."""

    TAKEN = 200
    NOT_PROVEN = 400
    NOBODY = 404
    TOO_LARGE = 413


def take_in(hook: str, body: bytes, signature: str, at: datetime) -> tuple[Reply, int | None]:
    """Store a message that is proven to come from the provider; the reply, and the number of the message if it is new."""
    if len(body) > LARGEST:
        return Reply.TOO_LARGE, None
    account = ProviderAccount.objects.filter(hook=hook, is_active=True).first()
    if account is None:
        return Reply.NOBODY, None
    try:
        provider = open_provider(account)
    except CannotUnlock:
        log.exception("the secrets of a payment provider cannot be unlocked", account=account.pk)
        return Reply.NOBODY, None
    heard = provider.verify(body, signature) if isinstance(provider, TakesWebhooks) else None
    if heard is None:
        return Reply.NOT_PROVEN, None
    event, is_new = ProviderEvent.objects.get_or_create(
        provider=account,
        outside_id=heard.outside_id,
        defaults={"kind": heard.kind, "body": body, "arrived_at": at, "next_try_at": at},
    )
    return Reply.TAKEN, event.pk if is_new else None


def handle(event_id: int, clock: Callable[[], datetime]) -> None:
    """Do what a stored message says, once. The provider is asked outside of any transaction; while it is down the message waits."""
    event = _begin(event_id, clock())
    if event is None:
        return
    try:
        provider = open_provider(event.provider)
        news = provider.read(bytes(event.body)) if isinstance(provider, TakesWebhooks) else None
    except (Unreachable, Misconfigured, CannotUnlock) as error:
        log.warning("a message of a payment provider waits", message=event_id, why=str(error)[:200])
        if event.tries >= LAST_TRY:
            _end(event_id, EventState.FAILED, "unreachable", clock())
        return
    with transaction.atomic():
        is_ours = news is not None and _settle(news, event.provider_id, clock())
        _end(event_id, EventState.HANDLED, "" if is_ours else "not_ours", clock())


def due_events(at: datetime, most: int) -> list[int]:
    """The messages whose time to be handled has come, those that wait longest first."""
    found = ProviderEvent.objects.filter(state=EventState.STORED, next_try_at__lte=at).order_by("next_try_at")
    return list(found.values_list("pk", flat=True)[:most])


def empty_old(before: datetime) -> int:
    """Take out what messages said that were handled before a time; that they came stays, so that a repeat is known. How many."""
    old = ProviderEvent.objects.filter(state=EventState.HANDLED, handled_at__lt=before).exclude(body=b"")
    return old.update(body=b"")


def _begin(event_id: int, at: datetime) -> ProviderEvent | None:
    with transaction.atomic():
        rows = ProviderEvent.objects.select_related("provider").select_for_update(of=("self",), no_key=True)
        event = rows.filter(pk=event_id, state=EventState.STORED, next_try_at__lte=at).first()
        if event is None:
            return None
        event.tries += 1
        event.next_try_at = at + pause_after(event.tries)
        event.save(update_fields=["tries", "next_try_at"])
    return event


def _end(event_id: int, state: EventState, why: str, at: datetime) -> None:
    ProviderEvent.objects.filter(pk=event_id).update(state=state, why=why, handled_at=at, next_try_at=None)


def _settle(news: News, provider_id: int, at: datetime) -> bool:
    """Write down what is new; False where it is about nothing that this account with a provider carries out."""
    if news.about is About.REQUEST:
        if news.method is None:
            entries.note_expired(news.token)
            return True
        return entries.note_given(news.token, news.method, at) is not None
    if news.about is About.PAGE:
        return links.note_expired(news.token)
    if news.answer is None:
        return False
    if news.about is not About.REFUND and links.note_paid(news, provider_id, at) and news.chargeback is None:
        return True
    if news.about in (About.PAYMENT, About.CHARGEBACK):
        payment_id = (
            Payment.objects.filter(token=news.token, method__provider=provider_id).values_list("pk", flat=True).first()
        )
        if payment_id is not None:
            payment = settling.lock_payment(payment_id)
            settle_payment(payment, news.answer, at)
            if news.chargeback is not None:
                note_chargeback(payment, news.chargeback, at)
        return payment_id is not None
    refund_id = (
        Refund.objects.filter(token=news.token, payment__method__provider=provider_id)
        .values_list("pk", flat=True)
        .first()
    )
    if refund_id is not None:
        settle_refund(*settling.lock_refund(refund_id), news.answer, at)
    return refund_id is not None
