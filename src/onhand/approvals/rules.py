"""How long approvals wait, as it is laid down now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from onhand.approvals.models import Approval, ApprovalRules

NEARLY = 3  # the last third of its time: it is nearly too late


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long one waits for an answer, and how long somebody may have it without answering; while the customer waits and otherwise."""

    answered: timedelta
    answered_later: timedelta
    held: timedelta
    held_later: timedelta

    def expiry(self, at: datetime, *, customer_waits: bool) -> datetime:
        """Until when an answer is of use."""
        return at + (self.answered if customer_waits else self.answered_later)

    def passed_on(self, approval: Approval) -> datetime | None:
        """When it goes on to others, if who has it does not answer; None while nobody has it."""
        held = self.held if approval.customer_waits else self.held_later
        return None if approval.taken_at is None else approval.taken_at + held


def approval_rules() -> ApprovalRules:
    """The one row of rules."""
    return ApprovalRules.objects.order_by("pk").first() or ApprovalRules()


def waiting() -> Waiting:
    """The times that count now. One statement."""
    rules = approval_rules()
    return Waiting(
        timedelta(minutes=rules.waiting_minutes),
        timedelta(hours=rules.later_hours),
        timedelta(minutes=rules.held_minutes),
        timedelta(minutes=rules.held_later_minutes),
    )


def nearly_too_late(approval: Approval) -> datetime:
    """From when on it is nearly too late: the last third of its time."""
    return approval.expires_at - (approval.expires_at - approval.asked_at) / NEARLY
