"""The company's rules of identification as a subject of acts, and what arguments of identifying may refer to."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onhand.customers.access import SET_IDENTIFICATION, visible_customers
from onhand.customers.identification.checks import identification_rules
from onhand.customers.identification.level import IDENTIFIED, current_contact, reached
from onhand.customers.identification.one_time_codes import masked, sendable, why_not_to
from onhand.customers.identification.speakers import current_speakers
from onhand.customers.models import IdentificationRules
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject

IDENTIFICATION_RULES = "identification_rules"

RULE_LABELS = {
    "questions_needed": _("Right answers needed"),
    "questions_minutes": _("Minutes that answers hold"),
    "code_tries": _("Tries with one code"),
    "code_minutes": _("Minutes to tell a code"),
    "code_address_hours": _("Hours an address must be on file before codes go there"),
    "strong_minutes": _("Minutes that a right code holds"),
    "failures_per_contact": _("Failed tries on one contact"),
    "failures_per_customer": _("Failed tries on one customer"),
    "lock_hours": _("Hours that failed tries count"),
}


def _visible_rules(actor: Actor) -> QuerySet[IdentificationRules]:
    return IdentificationRules.objects.all() if actor.may(SET_IDENTIFICATION) else IdentificationRules.objects.none()


register_subject(
    SubjectType(
        name=IDENTIFICATION_RULES,
        label=_("Rules of identification"),
        model=IdentificationRules,
        visible=_visible_rules,
        snapshot=lambda rules: {name: getattr(rules, name) for name in RULE_LABELS},
        title=lambda _rules: gettext("Rules of identification"),
        page=lambda _id: "/settings/identification/",
        change_labels=RULE_LABELS,
    )
)


def _code_addresses(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:  # noqa: ARG001
    if subject_id is None:
        return []
    customer = visible_customers(actor).filter(pk=subject_id, merged_into__isnull=True).first()
    if customer is None:
        return []
    rules, now = identification_rules(), timezone.now()
    return [Option(one.pk, masked(one)) for one in sendable(customer)[:20] if not why_not_to(one, now, rules)]


def _authorised(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:  # noqa: ARG001
    """Only those identified as themselves on the contact: who else may speak for the customer is not told before."""
    if subject_id is None or not visible_customers(actor).filter(pk=subject_id).exists():
        return []
    now, contact_id = timezone.now(), current_contact(actor, subject_id)
    if contact_id is None:
        return []
    found = current_speakers(subject_id, now).select_related("other")[:20]
    here = [one for one in found if reached(actor, one.other_id, contact_id, now).level >= IDENTIFIED]
    return [Option(one.pk, f"{one.other.name} · {one.other.reference} · {one.get_kind_display()}") for one in here]


register_reference(ReferenceType("customers.code_address", _code_addresses, is_short=True))
register_reference(ReferenceType("customers.authorised", _authorised, is_short=True))
