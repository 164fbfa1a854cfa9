"""Contacts with messages, files and cases for programs to read. Django is loaded when this is called."""

from datetime import timedelta
from typing import Any


def make_talk(customer: Any, *, messages: int = 2, **changes: Any) -> Any:
    """A contact by mail: the customer writes, is answered, writes again …"""
    from onhand.contacts.models import Message
    from tests.factories import NOON
    from tests.factories.contacts import make_contact

    given: dict[str, Any] = {
        "channel": "email",
        "subject": "The broken lamp",
        "outside_address": "ana@home.example",
        "came_to": "help@lamps.example",
        "last_message_at": NOON,
        "needs_answer": True,
    }
    contact = make_contact(customer, **given | changes)
    for number in range(messages):
        is_theirs = number % 2 == 0
        Message.objects.create(
            contact=contact,
            direction="inbound" if is_theirs else "outbound",
            at=NOON + timedelta(minutes=number),
            sender_address="ana@home.example" if is_theirs else "help@lamps.example",
            recipients=[{"name": "", "address": "help@lamps.example" if is_theirs else "ana@home.example", "as": "to"}],
            text=f"message {number}",
            author_id=None if is_theirs else 1,
            state="received" if is_theirs else "sent",
        )
    return contact


def attach(message: Any, name: str, content: bytes, **changes: Any) -> Any:
    """A file a message carries."""
    from onhand.contacts.files import store_file
    from onhand.contacts.models import Attachment
    from tests.factories import NOON

    position = Attachment.objects.filter(message=message).count()
    given: dict[str, Any] = {"media_type": "text/html", "size": len(content), "file_id": store_file(content, NOON)}
    return Attachment.objects.create(message=message, position=position, name=name, **given | changes)


def make_case(customer: Any, contact: Any = None, **changes: Any) -> Any:
    """A case with a clock and a promise."""
    from onhand.contacts.models import Case, CaseContact, Promise
    from onhand.contacts.models.case_steps import CaseClock
    from onhand.contacts.operations import next_case_references
    from tests.factories import NOON

    given: dict[str, Any] = {
        "reference": next_case_references(1)[0],
        "kind": "complaint",
        "subject": "Lamp came broken",
        "opened_at": NOON,
        "due_at": NOON + timedelta(days=2),
    }
    case = Case.objects.create(customer=customer, **given | changes)
    CaseClock.objects.create(case=case, kind="resolution", started_at=NOON, due_at=NOON + timedelta(days=2))
    Promise.objects.create(
        customer=customer,
        case=case,
        text="A new lamp",
        made_at=NOON,
        made_by_name="Ana",
        due_at=NOON + timedelta(days=1),
    )
    if contact is not None:
        CaseContact.objects.create(case=case, contact=contact, at=NOON, by_name="Ana")
    return case


def make_talks() -> None:
    """Some of everything."""
    from tests.factories import make_customer

    customer = make_customer()
    contact = make_talk(customer, messages=3)
    attach(contact.messages.first(), "form.html", b"<script>alert(1)</script>")
    make_case(customer, contact)
    make_talk(None)
