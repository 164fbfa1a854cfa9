"""Approvals as subjects of acts, and whom one can be passed on to."""

from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, gettext_lazy

from onhand.approvals.access import ANSWER, visible_approvals, visible_deputies, visible_rules
from onhand.approvals.as_work import Deputies, act_words, follow_approval
from onhand.approvals.asking import ALLOW_ACT
from onhand.approvals.deputies import named, roles_that_may
from onhand.approvals.enums import ApprovalState
from onhand.approvals.models import Approval, ApprovalRules, Deputy
from onhand.customers.models import Customer
from onhand.customers.protection import open_to_all
from onhand.kernel.actor import Actor, ActorKind
from onhand.kernel.database import run_prepared
from onhand.kernel.locking import lock_in_order
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.staff.access import visible_representatives
from onhand.staff.models import Representative

if TYPE_CHECKING:
    from onhand.kernel.acts import Act

APPROVAL, APPROVER = "approval", "approvals.approver"
DEPUTY, COLLEAGUE, APPROVAL_RULES = "approval_deputy", "approvals.colleague", "approval_rules"
RULE_LABELS = {
    "waiting_minutes": gettext_lazy("Minutes to answer while the customer waits"),
    "later_hours": gettext_lazy("Hours to answer otherwise"),
    "held_minutes": gettext_lazy("Minutes until it goes to somebody else, while the customer waits"),
    "held_later_minutes": gettext_lazy("Minutes until it goes to somebody else, otherwise"),
}
MOST = 20
_ROOT = """
select coalesce(c.merged_into_id, c.id) from approvals_approval a join customers_customer c on c.id = a.customer_id where a.id = %s
"""
open_to_all("taken_by", "answered_by", "answered_for", "customer_waits", "record", "act", "to", "words", "key")


def may_be_passed_to(actor: Actor, approval: Approval, deputies: Deputies) -> QuerySet[Representative]:
    """The colleagues who may answer it: of a role that may approve it, or a deputy of such; not who asked or whoever passes it on."""
    found = visible_representatives(actor).filter(is_active=True, role__permissions__contains=[ANSWER])
    if roles := roles_that_may(approval):
        stand_ins = [deputy for _person, deputy, role in deputies if role in roles]
        found = found.filter(Q(role__key__in=roles) | Q(pk__in=stand_ins))
    return found.exclude(pk__in=[approval.asked_by_id, actor.id or 0])


def may_be_deputy(actor: Actor) -> QuerySet[Representative]:
    """The colleagues who can be named to answer in one's place: people who may answer approvals themselves."""
    found = visible_representatives(actor).filter(is_active=True, kind=ActorKind.PERSON)
    return found.filter(role__permissions__contains=[ANSWER]).exclude(pk=actor.id or 0)


def snapshot(approval: Approval) -> dict[str, Any]:
    """What acts change on an approval."""
    return {
        "state": str(approval.state),
        "taken_by": approval.taken_by_name,
        "answered_by": approval.answered_by_name,
        "answered_for": approval.answered_for_name,
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
    found = may_be_passed_to(actor, approval, named()).filter(name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _colleagues(actor: Actor, _deputy_id: int | None, typed: str) -> list[Option]:
    if not actor.may(ANSWER):
        return []
    found = may_be_deputy(actor).filter(name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _snapshot_deputy(one: Deputy) -> dict[str, Any]:
    return {
        "person": one.person.name,
        "deputy": one.deputy.name,
        "first_day": one.first_day.isoformat(),
        "last_day": one.last_day.isoformat(),
        "is_ended": one.ended_at is not None,
        "note": one.note,
    }


def _snapshot_rules(rules: ApprovalRules) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in RULE_LABELS}


register_reference(ReferenceType(name=APPROVER, options=_approvers, is_short=True))
register_reference(ReferenceType(name=COLLEAGUE, options=_colleagues))
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
            "answered_for": gettext_lazy("With the authority of"),
            "reason": gettext_lazy("Why"),
            "words": gettext_lazy("Words for the customer"),
            "record": gettext_lazy("Record of the act"),
        },
        value_labels={"state": dict(ApprovalState.choices)},
        locks_first=_lock_before,
        follow=follow_approval,
    )
)
register_subject(
    SubjectType(
        name=DEPUTY,
        label=gettext_lazy("Deputy for approvals"),
        model=Deputy,
        visible=visible_deputies,
        snapshot=_snapshot_deputy,
        snapshot_row=_snapshot_deputy,
        title=lambda one: gettext("%(deputy)s for %(person)s") % {"deputy": one.deputy.name, "person": one.person.name},
        page=lambda _pk: "/desk/approvals/",
        change_labels={
            "person": gettext_lazy("Away"),
            "deputy": gettext_lazy("Who answers for you"),
            "first_day": gettext_lazy("From"),
            "last_day": gettext_lazy("Until the end of"),
            "is_ended": gettext_lazy("Ended"),
            "note": gettext_lazy("Note"),
        },
    )
)
register_subject(
    SubjectType(
        name=APPROVAL_RULES,
        label=gettext_lazy("Rules of approvals"),
        model=ApprovalRules,
        visible=visible_rules,
        snapshot=_snapshot_rules,
        snapshot_row=_snapshot_rules,
        title=lambda _rules: gettext("Rules of approvals"),
        page=lambda _pk: "/settings/approvals/",
        change_labels=RULE_LABELS,
    )
)
