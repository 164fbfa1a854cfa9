"""Automatic answers: a standard response in the customer's language, marked as written by an automaton, never twice in a while."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from onhand.contacts.enums import Direction
from onhand.contacts.models import Contact, Message
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible
from onhand.knowledge.access import visible_responses
from onhand.knowledge.filling import fill
from onhand.knowledge.response_fields import Circumstances, field_labels, values_for
from onhand.rules.models import AutomaticAnswer
from onhand.rules.situations import Situation

MARK = "auto_reply"  # what an automaton's answer is called


def last_answer(address: str) -> datetime | None:
    """When a rule last answered an address."""
    found = AutomaticAnswer.objects.filter(address=address).order_by("-at").values_list("at", flat=True)
    return found.first()


def answer_text(response_id: int, situation: Situation, actor: Actor) -> str:
    """
    The text of a standard response for this contact.

    :raises ActError: it is not in use any more, or a field of it has no value here: a text with a gap is not sent.
    """
    response = visible_responses(actor).filter(pk=response_id, is_withdrawn=False).first()
    if response is None or not response.texts:
        raise NotPossible(_("The standard response is not in use any more."))
    language = next((one for one in (situation.known.language, "en") if one in response.texts), min(response.texts))
    customer = Contact.objects.select_related("customer").get(pk=situation.contact_id).customer
    circumstances = Circumstances(actor, customer, situation.at.date(), language)
    values = values_for(circumstances, {"contact.subject": situation.subject})
    filled = fill(response.texts[language], values, field_labels())
    if filled.gaps:
        raise NotPossible(_("The response has a gap here: %(fields)s.") % {"fields": ", ".join(filled.gaps)})
    return filled.text


Turn = dict[str, Any]


def whose_turn(contact_id: int) -> Turn:
    """Whether, and by when, somebody here has to answer."""
    return dict(Contact.objects.values("needs_answer", "due_at").get(pk=contact_id))


def mark_answer(situation: Situation, turn: Turn, at: datetime) -> None:
    """
    Mark the answer just written as an automaton's, which keeps the other side's automata from answering it, and note that the address
    was answered. A person still has to answer if one had to before.
    """
    answer = Message.objects.filter(
        contact=situation.contact_id, direction=Direction.OUTBOUND, is_internal=False, author_id__isnull=True
    ).latest("pk")
    Message.objects.filter(pk=answer.pk).update(automatic=MARK)
    if turn["needs_answer"]:
        Contact.objects.filter(pk=situation.contact_id).update(**turn)
    AutomaticAnswer.objects.create(address=situation.sender.lower(), at=at, message=answer)
