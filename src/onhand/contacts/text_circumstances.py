"""What a text written to a customer is filled from: the contact it is written on, and the customer and the cases of that contact."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from onhand.contacts.access import visible_cases, visible_contacts
from onhand.contacts.enums import CaseState
from onhand.contacts.models import Case, Contact
from onhand.customers.access import visible_customers
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.knowledge.response_fields import Circumstances, values_for

CONTACT, CASE = "contact", "case"


@dataclass(frozen=True, slots=True)
class TextCircumstances:
    """
    To whom a text is written and on what. `language` is the one to write in, `channel` the contact's (empty: none is known), `team_ids`
    whose responses are offered. `subjects` gives the number of what acts may be done on, by subject type. Without a contact
    everything but the actor and the language is empty.
    """

    actor: Actor
    language: str
    channel: str = ""
    team_ids: Collection[int] = ()
    customer: Customer | None = None
    contact_id: int | None = None
    subjects: Mapping[str, int] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)

    def values(self, at: datetime, language: str = "") -> dict[str, str]:
        """What each field of a standard response stands for; fields without a value are missing. `language` is that of the text."""
        about = Circumstances(self.actor, self.customer, timezone.localdate(at), language or self.language)
        return values_for(about, more=self.more)


def circumstances_of(
    actor: Actor, *, contact_id: int | None = None, customer_id: int | None = None, language: str = ""
) -> TextCircumstances:
    """
    The circumstances of a contact or, for who writes first, of a customer. `language` is the one asked for; else the contact's, the
    customer's. Raises SubjectNotFound for what the actor may not see.
    """
    if contact_id is not None:
        return _of_contact(actor, contact_id, language)
    customer = _customer(actor, customer_id) if customer_id is not None else None
    if customer_id is not None and customer is None:
        raise SubjectNotFound
    subjects = {CUSTOMER: customer.pk} if customer else {}
    chosen = language or (customer.language if customer else "")
    return TextCircumstances(actor, chosen, team_ids=actor.team_ids, customer=customer, subjects=subjects)


def _of_contact(actor: Actor, contact_id: int, language: str) -> TextCircumstances:
    contact = visible_contacts(actor).filter(pk=contact_id).first()
    if contact is None:
        raise SubjectNotFound
    customer = _customer(actor, contact.customer_id)
    case = _case(actor, contact)
    subjects = {CONTACT: contact.pk}
    if customer:
        subjects[CUSTOMER] = customer.pk
    if case:
        subjects[CASE] = case.pk
    teams = {*actor.team_ids, *([contact.team_id] if contact.team_id else [])}
    more = {"contact.subject": contact.subject, "case.reference": case.reference if case else ""}
    chosen = language or contact.language or (customer.language if customer else "")
    return TextCircumstances(actor, chosen, contact.channel, teams, customer, contact.pk, subjects, more)


def _customer(actor: Actor, customer_id: int | None) -> Customer | None:
    """Whose file it is: a customer merged into another is read as that one."""
    if customer_id is None:
        return None
    found = Customer.objects.filter(pk=customer_id).values_list("merged_into_id", flat=True).first()
    return visible_customers(actor).filter(pk=found or customer_id, erased_at=None).first()


def _case(actor: Actor, contact: Contact) -> Case | None:
    """The case a contact is about, if the actor may see it: of several, the newest that is open."""
    ids = [*contact.case_contacts.values_list("case_id", flat=True), *([contact.case_id] if contact.case_id else [])]
    found = sorted(visible_cases(actor).filter(pk__in=ids), key=lambda one: (one.state != CaseState.CLOSED, one.pk))
    return found[-1] if found else None
