"""Contacts in writing with their messages, as rows."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from onhand.contacts.models import Attachment, Contact, Message, StoredFile
from onhand.customers.models import Customer
from tests.factories import NOON


def make_thread(customer: Customer | None = None, **changes: Any) -> Contact:
    """A contact by e-mail that needs an answer, with nothing written in it yet."""
    given: dict[str, Any] = {
        "customer": customer,
        "channel": "email",
        "subject": "The kettle is broken",
        "outside_address": "ana@correo.example",
        "came_to": "help@demo.example",
        "started_at": NOON,
        "last_message_at": NOON,
        "needs_answer": True,
        "language": "en",
    }
    return Contact.objects.create(**given | changes)


def make_message(contact: Contact, text: str = "It does not get hot any more.", **changes: Any) -> Message:
    """What the customer wrote; `direction="outbound"` for what was answered."""
    given: dict[str, Any] = {
        "contact": contact,
        "direction": "inbound",
        "at": contact.last_message_at or NOON,
        "sender_name": "Ana Núñez Prieto",
        "sender_address": "ana@correo.example",
        "subject": contact.subject,
        "text": text,
    }
    if changes.get("direction") == "outbound":
        given |= {"sender_name": "", "sender_address": "", "author_name": "Rosa Field", "state": "sent"}
    return Message.objects.create(**given | changes)


def make_attachment(message: Message, name: str, media_type: str, content: bytes, **changes: Any) -> Attachment:
    """A file a message carries."""
    stored, _new = StoredFile.objects.get_or_create(
        sha256=sha256(content).hexdigest(), defaults={"content": content, "size": len(content), "stored_at": NOON}
    )
    given: dict[str, Any] = {
        "message": message,
        "position": message.attachments.count(),
        "name": name,
        "claimed_type": media_type,
        "media_type": media_type,
        "size": len(content),
        "file": stored,
    }
    return Attachment.objects.create(**given | changes)


def later(at: datetime, minutes: int) -> datetime:
    """So many minutes later."""
    return at + timedelta(minutes=minutes)
