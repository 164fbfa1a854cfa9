"""Approvals as subjects of acts, and whom one can be passed on to."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from onhand.approvals.access import ANSWER, visible_approvals
from onhand.approvals.as_work import act_words, follow_approval
from onhand.approvals.asking import ALLOW_ACT
from onhand.approvals.enums import ApprovalState
from onhand.approvals.models import Approval
from onhand.customers.models import Customer
from onhand.customers.protection import open_to_all
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.kernel.locking import lock_in_order
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.staff.access import visible_representatives
from onhand.staff.models import Representative

if TYPE_CHECKING:
    from onhand.kernel.acts import Act

APPROVAL, APPROVER = "approval", "approvals.approver"
MOST = 20
_ROOT = """
select coalesce(c.merged_into_id, c.id) from approvals_approval a join customers_customer c on c.id = a.customer_id where a.id = %s
"""
open_to_all("taken_by", "answered_by", "customer_waits", "record", "act", "to", "words", "key")


def may_be_passed_to(actor: Actor, approval: Approval) -> QuerySet[Representative]:
    """The colleagues who may answer it: of a role that may approve it, and not who asked or whoever passes it on."""
    found = visible_representatives(actor).filter(is_active=True, role__permissions__contains=[ANSWER])
    if approval.may_approve:
        found = found.filter(role__key__in=approval.may_approve)
    return found.exclude(pk__in=[approval.asked_by_id, actor.id or 0])


def snapshot(approval: Approval) -> dict[str, Any]:
    """What acts change on an approval."""
    return {
        "state": str(approval.state),
        "taken_by": approval.taken_by_name,
        "answered_by": approval.answered_by_name,
        "reason": approval.reason,
        "words": approval.words,
        "record": approval.record_id,
    }


def _lock_before(act: "Act", approval_id: int) -> None:
    """What is allowed is done in the same transaction: whose file it is about comes first in the order of locks."""
    if act.name == ALLOW_ACT:
        lock_in_order(Customer, [root for (root,) in run_prepared(_ROOT, [approval_id])])


def _approvers(actor: Actor, approval_id: int | None, typed: str) -> list[Option]:
    approval = visible_approvals(actor).filter(pk=approval_id or 0).first()
    if approval is None or not actor.may(ANSWER):
        return []
    found = may_be_passed_to(actor, approval).filter(name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


register_reference(ReferenceType(name=APPROVER, options=_approvers, is_short=True))
register_subject(
    SubjectType(
        name=APPROVAL,
        label=gettext_lazy("Approval"),
        model=Approval,
        visible=visible_approvals,
        snapshot=snapshot,
        snapshot_row=snapshot,
        title=lambda approval: f"{act_words(approval.act)} · {approval.about_title}".strip(" ·"),
        page=lambda pk: f"/desk/approvals/{pk}/",
        change_labels={
            "state": gettext_lazy("State"),
            "taken_by": gettext_lazy("Looked at by"),
            "answered_by": gettext_lazy("Answered by"),
            "reason": gettext_lazy("Why"),
            "words": gettext_lazy("Words for the customer"),
            "record": gettext_lazy("Record of the act"),
        },
        value_labels={"state": dict(ApprovalState.choices)},
        locks_first=_lock_before,
        follow=follow_approval,
    )
)
