"""Telling a customer that their case will close unless they answer: the standard response its kind names, in the last conversation."""

from datetime import datetime
from enum import Enum

from onhand.contacts.cases.belonging import family_ids
from onhand.contacts.conversations.outgoing import (
    new_message,
    read_recipients,
    read_writing,
    usual_recipient,
    usual_subject,
)
from onhand.contacts.models import Case, Contact
from onhand.contacts.work import tell_lists
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible
from onhand.knowledge.filling import fill
from onhand.knowledge.models import StandardResponse
from onhand.knowledge.response_fields import Circumstances, field_labels, values_for

MARK = "closing_notice"  # what the message says wrote it: other side's automata do not answer it, and no due time is met by it


class Told(Enum):
    """What became of telling the customer."""

    SENT = "sent"
    NOT_WANTED = "not_wanted"  # the kind names no response
    NOT_POSSIBLE = "not_possible"  # nobody to write to, or a gap in the text: a person has to
    LATER = "later"  # somebody is at the conversation right now


def tell_customer(case: Case, response_id: int | None, *, actor: Actor, at: datetime) -> Told:
    """Have the notice sent, in the transaction of the caller, who has the case locked."""
    response = StandardResponse.objects.filter(pk=response_id or 0, is_withdrawn=False).first()
    if response is None:
        return Told.NOT_WANTED if response_id is None else Told.NOT_POSSIBLE
    family = family_ids(case.pk)
    written = Contact.objects.filter(
        case_contacts__case__in=family, last_message_at__isnull=False, customer__isnull=False
    ).order_by("-last_message_at", "-pk")
    last = written.values_list("pk", flat=True).first()
    if last is None:
        return Told.NOT_POSSIBLE
    # What comes in locks the contact first, and then the case: whoever holds one and wants the other must not wait for it.
    contact = Contact.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk=last).first()
    if contact is None:
        return Told.LATER
    text = _text(response, contact, case, actor, at)
    if text is None:
        return Told.NOT_POSSIBLE
    try:
        recipients = read_recipients(contact.came_to, to=usual_recipient(contact))
        writing = read_writing(text, "", recipients, usual_subject(contact, case.reference))
    except NotPossible:
        return Told.NOT_POSSIBLE
    new_message(contact, writing, actor=actor, at=at, send_at=None, is_held=False, automatic=MARK)
    tell_lists(contact, at)
    return Told.SENT


def _text(response: StandardResponse, contact: Contact, case: Case, actor: Actor, at: datetime) -> str | None:
    """The response filled in, in the customer's language if there is one in it; None where something has no value here."""
    customer = contact.customer
    wanted = (contact.language, customer.language if customer else "", "en")
    language = next((one for one in wanted if one in response.texts), min(response.texts, default=""))
    if not language:
        return None
    values = values_for(
        Circumstances(actor, customer, at.date(), language),
        {"contact.subject": contact.subject, "case.reference": case.reference},
    )
    filled = fill(response.texts[language], values, field_labels())
    return None if filled.gaps else filled.text
