"""What happens to approvals. Ids and plain values only."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ApprovalAsked(Event):
    """Somebody asked to be allowed an act.

    `expires_at` is ISO 8601.
    """

    name: ClassVar[str] = "approvals.asked"
    approval_id: int
    act: str
    customer_id: int | None
    customer_waits: bool
    expires_at: str


@dataclass(frozen=True, slots=True)
class ApprovalEnded(Event):
    """An approval was answered, withdrawn, or came too late.

    `state` is an ApprovalState, `done_by_record` the act's record if it was done.
    """

    name: ClassVar[str] = "approvals.ended"
    approval_id: int
    act: str
    customer_id: int | None
    state: str
    done_by_record: int | None


@dataclass(frozen=True, slots=True)
class ApprovalNearlyTooLate(Event):
    """Nobody answered an approval in the greater part of its time.

    `expires_at` is ISO 8601.
    """

    name: ClassVar[str] = "approvals.nearly_too_late"
    approval_id: int
    act: str
    customer_id: int | None
    expires_at: str
