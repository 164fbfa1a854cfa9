"""
Links by which customers pay one amount on a page of the provider: the page is made, sent and closed by a job, outside of any transaction;
what is paid there is told by the provider, and found by asking when the page is closed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext as _

from onhand.customers.identification.code_carriers import CannotDeliver, CodeMessage, find_carrier
from onhand.customers.models import Customer
from onhand.kernel.hints import send_after_commit
from onhand.kernel.inserting import insert_row
from onhand.kernel.locked_texts import CannotUnlock
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.payments import settling
from onhand.payments.enums import LinkState, MethodKind
from onhand.payments.models import Payment, PaymentLink, PaymentMethod
from onhand.payments.pauses import pause_after
from onhand.payments.provider import Entry, Misconfigured, News, PageWanted, Result, TakesByPage, Unreachable
from onhand.payments.providers import open_provider

LAST_TRY = 12  # of making and sending it: about an hour and a half after the first
LATER = timedelta(minutes=15)  # after a page ran out it is asked how it ended, in case nobody told
CHECK_AGAIN = timedelta(hours=6)  # what was begun there and goes on, such as a debit
OPEN = (LinkState.ASKED, LinkState.READY)
log = structlog.get_logger("onhand.payments")


def asked_for(document: tuple[str, int], currency: str) -> Money:
    """What links that can still be paid ask for a document already."""
    found = PaymentLink.objects.filter(
        document_type=document[0], document_id=document[1], currency=currency, state__in=list(OPEN)
    )
    return Money(found.aggregate(sum=Sum("minor"))["sum"] or 0, currency)


def due_links(at: datetime, most: int) -> list[int]:
    """The links whose page is to be made, sent or closed now."""
    found = PaymentLink.objects.filter(next_try_at__lte=at).order_by("next_try_at")
    return list(found.values_list("pk", flat=True)[:most])


def see_to(link_id: int, clock: Callable[[], datetime]) -> None:
    """Do what is due about a link: have its page made and sent, or closed once it was cancelled or ran out."""
    link = _begin(link_id, clock())
    if link is None:
        return
    try:
        provider = open_provider(link.provider)
        if not isinstance(provider, TakesByPage):
            raise Misconfigured("this provider has no pages to pay on")
        if link.state == LinkState.ASKED:
            _prepare(link, provider.make_page(_wanted(link)), clock())
        else:
            _shut(link, provider.shut_page(link.reference) if link.reference else None, clock())
    except (Unreachable, Misconfigured, CannotUnlock, OSError) as error:
        log.warning("a payment link waits", link=link_id, why=str(error)[:200])
        gives_up = link.state == LinkState.ASKED and link.tries >= LAST_TRY
        _note(link, LinkState.FAILED if gives_up else None, "unreachable")


def _begin(link_id: int, at: datetime) -> PaymentLink | None:
    """Count the try; None where there is nothing to do now."""
    with transaction.atomic():
        rows = PaymentLink.objects.select_related("provider", "customer")
        link = rows.select_for_update(of=("self",), no_key=True).filter(pk=link_id, next_try_at__lte=at).first()
        if link is None:
            return None
        if link.state in OPEN and link.expires_at <= at:
            link.state = LinkState.EXPIRED
        link.tries += 1
        link.next_try_at = at + pause_after(link.tries)
        link.save(update_fields=["state", "tries", "next_try_at"])
    return link


def _wanted(link: PaymentLink) -> PageWanted:
    return PageWanted(
        token=link.token,
        amount=Money(link.minor, link.currency),
        text=link.text,
        email=link.address if "@" in link.address else "",
        language=link.language,
        back=f"{settings.ONHAND_ADDRESS}/payments/given/",
        expires_at=link.expires_at,
    )


def _prepare(link: PaymentLink, entry: Entry, at: datetime) -> None:
    """Send the link where it goes to somebody, and keep it. One that was cancelled meanwhile is not sent, and closed at once."""
    PaymentLink.objects.filter(pk=link.pk).update(reference=entry.reference, url=entry.url)
    if PaymentLink.objects.filter(pk=link.pk, state=LinkState.ASKED).exists():
        try:
            _send(link, entry.url)
        except CannotDeliver as error:
            _note(link, None, str(error))
        else:
            PaymentLink.objects.filter(pk=link.pk).update(is_sent=bool(link.address), why="")
    ready = PaymentLink.objects.filter(pk=link.pk, state=LinkState.ASKED).update(
        state=LinkState.READY, next_try_at=link.expires_at + LATER, tries=0
    )
    if not ready:
        PaymentLink.objects.filter(pk=link.pk, state=LinkState.CANCELLED).update(next_try_at=at, is_shut=False)
    send_after_commit(f"customer:{link.customer_id}")


def _send(link: PaymentLink, url: str) -> None:
    if not link.address:
        return
    carrier = find_carrier(link.address_kind)
    if carrier is None:
        raise CannotDeliver(_("Nothing carries messages to this address."))
    with translation.override(link.language):
        words = _(
            "Please pay %(amount)s here: %(text)s\n\n%(link)s\n\nThe page belongs to our payment provider: we do not see your card"
            " number. Please never send it to us."
        )
        said = words % {"amount": Money(link.minor, link.currency).formatted(), "text": link.text, "link": url}
        carrier.send(link.address, CodeMessage(_("Your payment: %(text)s") % {"text": link.text}, said))


def _shut(link: PaymentLink, news: News | None, at: datetime) -> None:
    """Nothing is paid on it any more; what was paid before is taken as told."""
    with transaction.atomic():
        if news is not None and news.answer is not None and news.answer.result is Result.GOES_ON:
            PaymentLink.objects.filter(pk=link.pk).update(next_try_at=at + CHECK_AGAIN, why="")
        elif news is None or news.answer is None or not note_paid(news, link.provider_id, at):
            PaymentLink.objects.filter(pk=link.pk).update(is_shut=True, next_try_at=None, why="")
    send_after_commit(f"customer:{link.customer_id}")


def _note(link: PaymentLink, state: LinkState | None, why: str) -> None:
    rows = PaymentLink.objects.filter(pk=link.pk)
    rows.update(why=why[:300])
    if state is not None:
        rows.filter(state=LinkState.ASKED).update(state=state, next_try_at=None)
    send_after_commit(f"customer:{link.customer_id}")


def note_paid(news: News, provider_id: int, at: datetime) -> bool:
    """
    Put what was paid by a link where the link said: once, however often it is told. False where it is of no link, or not paid yet. In the
    caller's transaction.
    """
    whose = PaymentLink.objects.filter(token=news.token, provider=provider_id).values_list("customer_id", "pk").first()
    if whose is None or news.answer is None or news.answer.result is not Result.DONE:
        return False
    lock_in_order(Customer, [whose[0]])
    link = PaymentLink.objects.select_for_update(of=("self",), no_key=True).get(pk=whose[1])
    if link.payment_id is not None:
        return False
    payment = Payment(
        customer_id=link.customer_id,
        method=_method(link, news, at),
        minor=link.minor,
        currency=link.currency,
        document_type=link.document_type,
        document_id=link.document_id,
        key=f"link:{link.token}",
        token=link.token,
        made_at=at,
        made_by_name=link.asked_by_name,
    )
    insert_row(payment)
    settling.note_captured(payment, at, reference=news.answer.reference, minor=news.answer.minor)
    link.state, link.payment, link.next_try_at, link.why = LinkState.PAID, payment, None, ""
    link.is_shut = True
    link.version += 1
    link.save()
    send_after_commit(f"customer:{link.customer_id}")
    return True


def _method(link: PaymentLink, news: News, at: datetime) -> PaymentMethod:
    """What it was paid with: for this once, so that nothing is taken by it again."""
    given = news.method
    made, _is_new = PaymentMethod.objects.get_or_create(
        provider_id=link.provider_id,
        reference=given.reference if given else f"link:{link.token}",
        defaults={
            "customer_id": link.customer_id,
            "kind": given.kind if given else MethodKind.CARD,
            "outside_customer": given.customer if given else "",
            "label": given.label[:100] if given else "",
            "last4": given.last4[:4] if given else "",
            "expires": given.expires if given else None,
            "is_active": False,
            "added_at": at,
            "removed_at": at,
        },
    )
    return made


def note_expired(token: str) -> bool:
    """The page of a link is over with nothing paid on it. False where it is of no link."""
    rows = PaymentLink.objects.filter(token=token)
    rows.filter(state__in=list(OPEN)).update(state=LinkState.EXPIRED)
    done = rows.filter(payment__isnull=True).update(is_shut=True, next_try_at=None)
    for customer_id in rows.values_list("customer_id", flat=True):
        send_after_commit(f"customer:{customer_id}")
    return bool(done)
