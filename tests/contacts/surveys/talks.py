"""Contacts in which a customer wrote and was answered, and rules that ask about all of them."""

from datetime import datetime, timedelta
from typing import Any

from onhand.contacts.models import Contact, Message
from onhand.contacts.surveys.asking import ask_next
from onhand.contacts.surveys.models import Survey, SurveyRules
from onhand.contacts.surveys.planning import plan
from onhand.contacts.surveys.tokens import token_of
from onhand.customers.models import Consent, Customer
from tests.factories import NOON, make_customer
from tests.factories.contacts import make_contact

ASKED = NOON + timedelta(hours=2)


def set_rules(**changes: Any) -> SurveyRules:
    """The rules, asking everybody who did not refuse unless told otherwise."""
    given: dict[str, Any] = {"is_on": True, "needs_consent": False, "company": "Lamps & Co"}
    SurveyRules.objects.update(**given | changes)
    return SurveyRules.objects.get()


def make_talk(customer: Customer | None = None, *, at: datetime = NOON, **changes: Any) -> Contact:
    """A contact by mail that was answered and wrapped up."""
    given: dict[str, Any] = {
        "channel": "email",
        "subject": "The broken lamp",
        "outside_address": "ana@home.example",
        "came_to": "help@lamps.example",
        "language": "en",
        "started_at": at - timedelta(hours=3),
        "last_message_at": at - timedelta(hours=1),
        "ended_at": at,
    }
    contact = make_contact(customer or make_customer("Ana Núñez"), **given | changes)
    write(contact, "inbound", at=at - timedelta(hours=3), sender_address="ana@home.example")
    write(contact, "outbound", at=at - timedelta(hours=1), author_id=1, state="sent")
    return contact


def write(contact: Contact, direction: str, **changes: Any) -> Message:
    """A message of a contact."""
    return Message.objects.create(contact=contact, direction=direction, **{"at": NOON, "text": "…"} | changes)


def consent(customer: Customer, answer: str, *, at: datetime = NOON, channel: str = "") -> None:
    """What a customer answered about surveys."""
    Consent.objects.create(
        customer=customer,
        purpose="surveys",
        channel=channel,
        answer=answer,
        proof="said so",
        at=at,
        taken_by_name="Ana",
    )


def asked(contact: Contact | None = None, *, at: datetime = NOON) -> tuple[Survey, str]:
    """A survey whose mail is on its way, and its link's token."""
    contact = contact or make_talk(at=at)
    assert plan(contact.pk, None, at) is not None
    survey = ask_next(at + timedelta(hours=2))
    assert survey is not None
    assert survey.state == "asked", survey.why_not
    return survey, token_of(survey)
