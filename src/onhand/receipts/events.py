"""What happens to notices. Ids and plain values only."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class NoticePublished(Event):
    """A notice is to be read by everybody it concerns.

    `due_at` is ISO 8601.
    """

    name: ClassVar[str] = "receipts.published"
    notice_id: int
    due_at: str
    replaces: int | None


@dataclass(frozen=True, slots=True)
class NoticeWithdrawn(Event):
    """A notice is not to be read any more, and withholds nothing."""

    name: ClassVar[str] = "receipts.withdrawn"
    notice_id: int


@dataclass(frozen=True, slots=True)
class NoticePassed(Event):
    """Somebody read and understood a notice."""

    name: ClassVar[str] = "receipts.passed"
    notice_id: int
    representative_id: int
    tries: int
