"""What is done with mail as it arrived, beside acts."""

from datetime import datetime

from onhand.channels.email.models import RawMail
from onhand.kernel.actor import Actor
from onhand.kernel.records import Subject, record_access


def note_opened(raw: RawMail, *, actor: Actor, page: str, at: datetime) -> None:
    """Record that somebody looked at a mail as it arrived: nobody knows yet whose file it belongs to."""
    reason = f"{raw.pk}: {raw.reason}"[:200]
    record_access(actor=actor, subject=Subject("mailbox", raw.mailbox_id), page=page, reason=reason, at=at)
