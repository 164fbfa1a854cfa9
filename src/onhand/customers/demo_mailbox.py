"""The demo company has no mail server: the mails it sends are put into a folder beside its database, where the settings pages show them."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

from django.conf import settings

MOST_KEPT = 200  # mails


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail of the demo company."""

    to: str
    subject: str
    text: str
    at: datetime


def has_demo_mailbox() -> bool:
    """Whether this is the demo company without a mail server, whose mails stay here."""
    return not settings.ONHAND_SENDS_MAIL and settings.ONHAND_DEMO_FILE.exists()


def demo_mails() -> list[KeptMail]:
    """The demo company's mails, the newest first."""
    return [_read(path) for path in reversed(_kept())]


def keep_demo_mail(content: bytes) -> None:
    """Keep a mail in place of sending it. The oldest beyond so many are thrown away."""
    folder: Path = settings.ONHAND_MAILBOX
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = folder / f"{time.time_ns()}-{uuid4().hex[:8]}.part"  # in the order of sending
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.rename(new.with_suffix(".eml"))
    for old in _kept()[:-MOST_KEPT]:
        old.unlink(missing_ok=True)


def _kept() -> list[Path]:
    return sorted(settings.ONHAND_MAILBOX.glob("*.eml")) if settings.ONHAND_MAILBOX.is_dir() else []


def _read(path: Path) -> KeptMail:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    text = body.get_content() if body else ""
    at = mail["Date"].datetime
    # “-0000” says UTC, of no known place; Python gives it without a zone.
    return KeptMail(str(mail["To"]), str(mail["Subject"]), text, at if at.tzinfo else at.replace(tzinfo=UTC))
