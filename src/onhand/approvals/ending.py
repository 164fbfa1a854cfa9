"""How an approval ends, and who is told."""

from datetime import datetime

from django.db import transaction

from onhand.approvals.as_work import KEY, follow_approval, lock_approvals
from onhand.approvals.enums import ApprovalState
from onhand.approvals.events import ApprovalEnded
from onhand.approvals.models import Approval
from onhand.kernel.actor import system_actor
from onhand.kernel.hints import send_after_commit
from onhand.kernel.records import Subject, publish

APPROVAL = "approval"
LIST_TOPIC = "approvals"
AT_ONCE = 200


def tell(approval: Approval) -> None:
    """After the commit, let the pages look: of the approval, of what it was asked on, and of who asked, has it and answers."""
    topics = {f"{APPROVAL}:{approval.pk}", LIST_TOPIC, "floor"}
    about = (("contact", approval.contact_id), ("case", approval.case_id), ("customer", approval.customer_id))
    topics |= {f"{name}:{number}" for name, number in about if number is not None}
    people = (approval.asked_by_id, approval.taken_by_id, approval.answered_by_id)
    topics |= {f"work:{one}" for one in people if one is not None}
    send_after_commit(*sorted(topics))


def assign_end(approval: Approval, state: ApprovalState, at: datetime) -> ApprovalEnded:
    """Assign that it has ended, and give the event that says so."""
    approval.state, approval.ended_at = state, at
    return ApprovalEnded(approval.pk, approval.act, approval.customer_id, str(state), approval.record_id)


def end_aside(approval: Approval, state: ApprovalState, at: datetime, *, said_by: str) -> None:
    """End a locked approval outside of any act, with its work and the event; the product itself does it, `said_by` says which part."""
    event = assign_end(approval, state, at)
    approval.version += 1
    approval.save(update_fields=["state", "ended_at", "version"])
    follow_approval(approval, at)
    tell(approval)
    about = Subject(APPROVAL, approval.pk, approval.contact_id)
    publish(event, actor=system_actor(said_by), subject=about, at=at)


def expire_due(at: datetime) -> int:
    """End what nobody answered in time, each in a transaction of its own; how many. What somebody is answering just now is left to them."""
    count, after = 0, 0
    due = Approval.objects.filter(state=ApprovalState.OPEN, expires_at__lte=at)
    while found := list(due.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        after = found[-1]
        for one in found:
            with transaction.atomic():
                count += _expire(one, at)
    return count


def _expire(approval_id: int, at: datetime) -> bool:
    if not lock_approvals([approval_id], True):
        return False
    approval = Approval.objects.get(pk=approval_id)
    if not approval.is_open or approval.expires_at > at:
        return False
    end_aside(approval, ApprovalState.EXPIRED, at, said_by=KEY)
    return True
