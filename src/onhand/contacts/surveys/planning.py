"""When a contact is wrapped up: is its customer to be asked, and when."""

from datetime import datetime, timedelta

from django.db import transaction

from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import CaseContact, Contact, Message
from onhand.contacts.surveys.enums import SurveyState
from onhand.contacts.surveys.models import Survey
from onhand.contacts.surveys.rules import is_chosen, survey_rules
from onhand.customers.enums import ChannelKind

ASKED_BY = frozenset({ChannelKind.EMAIL})  # contacts in writing that mail goes back to


def plan(contact_id: int, reason_id: int | None, at: datetime) -> Survey | None:
    """
    Plan to ask about a contact that was wrapped up. Only where somebody wrote and somebody answered: what was wrapped up as not worth an
    answer, and what automata wrote, is asked about by nobody. Wrapped up once more, it is asked about later.
    """
    rules = survey_rules()
    if not rules.is_on or not is_chosen(contact_id, rules.share):
        return None
    contact = Contact.objects.filter(pk=contact_id, ended_at__isnull=False).first()
    if contact is None or contact.channel not in ASKED_BY or not _was_talked_in(contact):
        return None
    in_case = CaseContact.objects.filter(contact=contact).order_by("-pk").values_list("case_id", flat=True).first()
    values = {
        "customer_id": contact.customer_id,
        "language": contact.language or (contact.customer.language if contact.customer else ""),
        "team_id": contact.team_id,
        "representative_id": contact.representative_id,
        "representative_name": contact.representative_name,
        "case_id": in_case or contact.case_id,
        "reason_id": reason_id,
        "wrapped_up_at": at,
        "due_at": at + timedelta(hours=rules.delay_hours),
    }
    with transaction.atomic():
        planned, _is_new = Survey.objects.update_or_create(contact=contact, state=SurveyState.PLANNED, defaults=values)
    return planned


def _was_talked_in(contact: Contact) -> bool:
    """Whether a person wrote to us and a person of ours wrote back."""
    by_people = Message.objects.filter(contact=contact, is_internal=False, automatic="")
    answered = by_people.filter(
        direction=Direction.OUTBOUND, state__in=(MessageState.SENT, MessageState.WAITING), author_id__isnull=False
    )
    return by_people.filter(direction=Direction.INBOUND).exists() and answered.exists()
