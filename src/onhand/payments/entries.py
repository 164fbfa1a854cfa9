"""
Links by which customers give a payment method on a page of the provider: made and sent by a job, outside of any transaction; what was
given there is told by the provider.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from onhand.customers.identification.code_carriers import CannotDeliver, CodeMessage, find_carrier
from onhand.customers.models import Customer
from onhand.kernel.hints import send_after_commit
from onhand.kernel.locked_texts import CannotUnlock
from onhand.kernel.locking import lock_in_order
from onhand.payments.enums import MethodKind, RequestState
from onhand.payments.models import MethodRequest, PaymentMethod
from onhand.payments.pauses import pause_after
from onhand.payments.provider import Entry, EntryWanted, GivenMethod, Misconfigured, TakesMethods, Unreachable
from onhand.payments.providers import open_provider

LAST_TRY = 12  # of making and sending it: about an hour and a half after the first
log = structlog.get_logger("onhand.payments")


def due_requests(at: datetime, most: int) -> list[int]:
    """The requests whose link is to be made or sent now."""
    found = MethodRequest.objects.filter(state=RequestState.ASKED, next_try_at__lte=at).order_by("next_try_at")
    return list(found.values_list("pk", flat=True)[:most])


def make_entry(request_id: int, clock: Callable[[], datetime]) -> None:
    """Ask the provider for the page, and send the link to the customer. Asked again under the same key it is the same page."""
    request = _begin(request_id, clock())
    if request is None:
        return
    try:
        entry = _entry(request)
        _send(request, entry)
    except (Unreachable, Misconfigured, CannotUnlock, OSError) as error:
        log.warning("no link for a payment method yet", request=request_id, why=str(error)[:200])
        _end(request, RequestState.FAILED if request.tries >= LAST_TRY else RequestState.ASKED, "unreachable")
    except CannotDeliver as error:
        _end(request, RequestState.FAILED, str(error))
    else:
        request.reference, request.url, request.expires_at = entry.reference, entry.url, entry.expires_at
        _end(request, RequestState.SENT, "")


def _begin(request_id: int, at: datetime) -> MethodRequest | None:
    """Count the try; None where there is nothing to do now."""
    with transaction.atomic():
        rows = MethodRequest.objects.select_related("provider", "customer")
        request = rows.select_for_update(of=("self",), no_key=True).filter(pk=request_id).first()
        if request is None or request.state != RequestState.ASKED or request.next_try_at is None:
            return None
        if request.next_try_at > at:
            return None
        request.tries += 1
        request.next_try_at = at + pause_after(request.tries)
        request.save(update_fields=["tries", "next_try_at"])
    return request


def _entry(request: MethodRequest) -> Entry:
    provider = open_provider(request.provider)
    if not isinstance(provider, TakesMethods):
        raise Misconfigured("this provider has no pages")
    return provider.make_entry(
        EntryWanted(
            token=request.token,
            kind=MethodKind(request.kind),
            name=request.customer.name,
            email=request.address if "@" in request.address else "",
            language=request.language,
            back=f"{settings.ONHAND_ADDRESS}/payments/given/",
        )
    )


def _send(request: MethodRequest, entry: Entry) -> None:
    carrier = find_carrier(request.address_kind)
    if carrier is None:
        raise CannotDeliver(_("Nothing carries messages to this address."))
    with translation.override(request.language):
        words = _(
            "Please enter your payment details here:\n\n%(link)s\n\nThe page belongs to our payment provider: we do not see your"
            " card number. Please never send it to us."
        )
        carrier.send(request.address, CodeMessage(_("Your payment details"), words % {"link": entry.url}))


def _end(request: MethodRequest, state: RequestState, why: str) -> None:
    """Write down where it stands, unless the customer was quicker."""
    request.state, request.why = state, why[:300]
    fields = {"url": request.url, "reference": request.reference, "expires_at": request.expires_at}
    MethodRequest.objects.filter(pk=request.pk, state=RequestState.ASKED).update(state=state, why=why[:300], **fields)
    send_after_commit(f"customer:{request.customer_id}")


@transaction.atomic
def note_given(token: str, given: GivenMethod, at: datetime) -> PaymentMethod | None:
    """Put on the customer's file what they gave to the provider: once, however often it is told. None where nobody was asked."""
    customer_id = MethodRequest.objects.filter(token=token).values_list("customer_id", flat=True).first()
    if customer_id is None:
        return None
    lock_in_order(Customer, [customer_id])
    request = MethodRequest.objects.select_for_update(no_key=True).get(token=token)
    if request.state == RequestState.DONE:
        return request.method
    method, _is_new = PaymentMethod.objects.get_or_create(
        provider_id=request.provider_id,
        reference=given.reference,
        defaults={
            "customer_id": customer_id,
            "kind": given.kind,
            "outside_customer": given.customer,
            "label": given.label[:100],
            "last4": given.last4[:4],
            "expires": given.expires,
            "added_at": at,
        },
    )
    request.state, request.method, request.next_try_at, request.why = RequestState.DONE, method, None, ""
    request.version += 1
    request.save()
    send_after_commit(f"customer:{customer_id}")
    return method


@transaction.atomic
def note_expired(token: str) -> None:
    """The page ran out before anything was given on it."""
    MethodRequest.objects.filter(token=token, state__in=[RequestState.ASKED, RequestState.SENT]).update(
        state=RequestState.EXPIRED, next_try_at=None
    )
