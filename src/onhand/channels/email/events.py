"""What happens to mail on its way in."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class MailRefused(Event):
    """A mail that arrived could not be read; it is kept and can be read again."""

    name: ClassVar[str] = "email.mail_refused"
    raw_mail_id: int
    reason: str
