"""Mails as the e-mail channel reads them, written for these tests, and the receiving of them."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from django.db import transaction

from onhand.contacts.inbound import receive
from onhand.contacts.models import Contact, Message
from onhand.kernel.perform import Outcome, perform
from tests.factories import NOON, make_actor

US = "help@shop.example"
_numbers = count(1)


@dataclass
class Person:
    name: str
    address: str


@dataclass
class To:
    name: str
    address: str
    as_: str = "to"


@dataclass
class Enclosed:
    name: str
    content: bytes
    claimed_type: str = "application/pdf"
    media_type: str = "application/pdf"
    content_id: str = ""
    is_inline: bool = False


@dataclass
class Bounced:
    recipient: str
    is_permanent: bool
    code: str
    text: str
    original_message_id: str


@dataclass
class Unwanted:
    kind: str
    recipient: str
    original_message_id: str
    reporter: str = ""


@dataclass
class Mail:
    """What `read_mail` gives, with as little as a test wants to say."""

    message_id: str = ""
    sender: Any = None
    subject: str = "The kettle does not heat"
    text: str = "It stays cold, whatever I do."
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    date: datetime | None = NOON
    reply_to: Any = None
    recipients: list[Any] = field(default_factory=lambda: [To("", US)])
    quoted_from: int | None = None
    html: str = ""
    attachments: list[Any] = field(default_factory=list)
    automatic: str = ""
    automatic_because: str = ""
    bounce: Any = None
    feedback_report: Any = None
    checks: dict[str, str] = field(default_factory=dict)
    language_hint: str = "en"
    card_numbers_masked: int = 0
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.message_id = self.message_id or f"<{next(_numbers)}@mail.example>"


def mail(address: str = "ana@mail.example", name: str = "Ana Prieto", **given: Any) -> Mail:
    return Mail(sender=Person(name, address), **given)


def arrive(
    parsed: Mail, *, at: datetime = NOON, to: str = US, team: int | None = None, raw_id: int | None = None
) -> Message:
    found = arrive_or_not(parsed, at=at, to=to, team=team, raw_id=raw_id)
    assert found is not None
    return found


def arrive_or_not(
    parsed: Mail, *, at: datetime = NOON, to: str = US, team: int | None = None, raw_id: int | None = None
) -> Message | None:
    with transaction.atomic():
        return receive(parsed, raw_id=raw_id, mailbox_address=to, team_id=team, at=at)


def act_on(contact: Contact | int, name: str, *, actor: Any = None, at: datetime = NOON, **given: Any) -> Outcome:
    number = contact if isinstance(contact, int) else contact.pk
    return perform(f"contacts.{name}", actor=actor or make_actor(), subject_id=number, arguments=given, at=at)
