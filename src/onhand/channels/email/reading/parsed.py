"""What a mail says, once read: plain values, no database, safe to store in PostgreSQL (no NUL, no lone surrogate)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

As = Literal["to", "cc", "bcc"]
Automatic = Literal["", "auto_reply", "bounce", "feedback_report", "list", "loop"]


@dataclass(frozen=True, slots=True)
class Address:
    """A name and an address as written; the address is empty where none could be read. The domain is in small letters."""

    name: str = ""
    address: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail was written to, and in which line of its head."""

    name: str
    address: str
    as_: As


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """
    A file a mail carries, decoded but never opened. `claimed_type` is what the sender called it, `media_type` what its first
    bytes say. `content_id` has no angle brackets; `is_inline` means the HTML shows it by that id.
    """

    name: str
    claimed_type: str
    media_type: str
    content_id: str
    is_inline: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bounce:
    """
    A mail of ours that could not be delivered. `recipient` may be empty where the report names none. `code` is the enhanced status
    (5.1.1) or the SMTP reply (550), whichever was found; `text` what the other side said, at most 500 characters.
    """

    recipient: str
    is_permanent: bool
    code: str
    text: str
    original_message_id: str


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """A complaint a mailbox provider passed on: somebody pressed the spam button (RFC 5965)."""

    kind: str  # abuse, fraud, not-spam, opt-out, …
    recipient: str
    original_message_id: str
    reporter: str


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """
    One mail, read. `message_id` and what it refers to (`in_reply_to`, `references`, oldest first) stand in angle brackets.

    `date` is in UTC, None where nothing usable was found. `text` has plain line ends; what follows `quoted_from` (a place in `text`,
    None if there is nothing) repeats earlier mails. `html` is sanitised and empty for a mail without HTML; what repeats earlier mails
    is inside `<div class="quoted-history">`. `checks` has spf, dkim, dmarc and `sender`; only `sender == "pass"` speaks for the
    address in From. `problems` are codes of `reading.problems`.
    """

    message_id: str
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    date: datetime | None = None
    sender: Address = field(default_factory=Address)
    reply_to: Address | None = None
    recipients: list[Recipient] = field(default_factory=list)
    subject: str = ""
    text: str = ""
    quoted_from: int | None = None
    html: str = ""
    attachments: list[ParsedFile] = field(default_factory=list)
    automatic: Automatic = ""
    automatic_because: str = ""  # the sign it was known by
    bounce: Bounce | None = None
    feedback_report: FeedbackReport | None = None
    checks: Mapping[str, str] = field(default_factory=dict)
    language_hint: str = ""
    card_numbers_masked: int = 0
    problems: list[str] = field(default_factory=list)
