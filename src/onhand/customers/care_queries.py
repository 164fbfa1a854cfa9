"""Which flags hold, and the one question before anybody writes to or calls a customer: may we?"""

from collections.abc import Collection
from datetime import datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from onhand.customers.enums import AccessibilityNeed, ChannelKind, ConsentAnswer, ConsentPurpose, FlagKind
from onhand.customers.membership import of_file
from onhand.customers.models import Consent, Customer, Flag
from onhand.kernel.errors import SubjectNotFound


class MayContact(NamedTuple):
    """Whether a customer may be contacted, and why (not), in a sentence."""

    allowed: bool
    why: str


def current_flags(customer_ids: Collection[int], at: datetime) -> dict[int, list[Flag]]:
    """The flags that hold at that time, oldest first, by the file they are read in. Files without any are left out."""
    holds = Q(until__isnull=True) | Q(until__gt=at)
    on_files = Q(customer__in=customer_ids) | Q(customer__merged_into__in=customer_ids)
    found: dict[int, list[Flag]] = {}
    for flag in Flag.objects.filter(on_files, holds, lifted_at__isnull=True).select_related("customer").order_by("pk"):
        found.setdefault(flag.customer.merged_into_id or flag.customer_id, []).append(flag)
    return found


def may_contact(customer_id: int, purpose: ConsentPurpose | None, channel: ChannelKind, at: datetime) -> MayContact:
    """
    Whether the company may approach a customer now, over that channel, for that purpose. No purpose: to serve what they asked for,
    which needs no consent. Who has contacted the company is simply answered. Three statements at most.

    :raises SubjectNotFound: there is no such customer.
    """
    customer = Customer.objects.filter(pk=customer_id).select_related("merged_into").first()
    if customer is None:
        raise SubjectNotFound
    file = customer.merged_into or customer
    if file.erased_at is not None:
        return MayContact(False, _("The customer's data was erased."))
    if any(flag.kind == FlagKind.DECEASED for flag in current_flags([file.pk], at).get(file.pk, [])):
        return MayContact(False, _("The customer has died."))
    if channel is ChannelKind.TELEPHONE:
        if AccessibilityNeed.DEAF in file.accessibility_needs:
            return MayContact(False, _("The customer is deaf: no calls."))
        if not _within_hours(file, at):
            return MayContact(
                False, _("The customer is to be called at other hours: %(hours)s.") % {"hours": _hours(file)}
            )
    if purpose is None:
        return MayContact(True, _("To serve what they asked for, no consent is needed."))
    return _by_consent(file, purpose, channel, at)


def _by_consent(file: Customer, purpose: ConsentPurpose, channel: ChannelKind, at: datetime) -> MayContact:
    """By the newest answer that covers the channel: opposed or silent is no."""
    answers = Consent.objects.filter(of_file(file.pk), purpose=purpose, channel__in=("", channel), at__lte=at)
    newest = answers.order_by("-at", "-pk").first()
    if newest is None:
        return MayContact(False, _("The customer was never asked."))
    said = {
        ConsentAnswer.REFUSED: _("The customer refused."),
        ConsentAnswer.WITHDRAWN: _("The customer took their consent back."),
        ConsentAnswer.OBJECTED: _("The customer objected."),
    }
    if newest.answer in said:
        return MayContact(False, said[ConsentAnswer(newest.answer)])
    if newest.until is not None and newest.until <= at:
        return MayContact(False, _("The customer's consent has run out."))
    return MayContact(True, _("The customer agreed."))


def _within_hours(file: Customer, at: datetime) -> bool:
    if file.reach_from is None or file.reach_until is None:
        return True
    now = at.astimezone(ZoneInfo(file.time_zone)).time()
    if file.reach_from < file.reach_until:
        return file.reach_from <= now < file.reach_until
    return now >= file.reach_from or now < file.reach_until  # through the night


def _hours(file: Customer) -> str:
    assert isinstance(file.reach_from, time)
    assert isinstance(file.reach_until, time)
    return f"{file.reach_from:%H:%M}–{file.reach_until:%H:%M} ({file.time_zone})"
