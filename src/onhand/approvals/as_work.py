"""
Approvals as work: given to somebody whose role may approve it, who may see what it is about and is not who asked; before other work where
the customer waits for the answer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.approvals.access import ANSWER
from onhand.approvals.deputies import roles_that_may, standing_in
from onhand.approvals.enums import ApprovalState
from onhand.approvals.models import Approval
from onhand.contacts.enums import Priority
from onhand.kernel.acts import find_act
from onhand.kernel.hints import send_after_commit
from onhand.routing.abilities import who_has_role, who_may, who_sees
from onhand.routing.enums import EndedWhy
from onhand.routing.following import SWEEPS, mirror
from onhand.routing.following.mirror import Standing, locked_ids, sweep_statements
from onhand.routing.kinds import Holder, WorkKind, register

Deputies = Sequence[tuple[int, int, str]]  # person who is away, deputy, role of the person
KEY = "approval"
# What somebody who is asked to allow something leaves meanwhile: nobody sits waiting for it.
INTERRUPTED = ("contact.email", "contact.letter", "contact.fax", "contact.social", "case", "task", "release")
_LOCK = "select id from approvals_approval where id = any(%s) order by id for no key update"
_MISSING = f"""
select a.id from approvals_approval a where a.state = 'open' and a.id > %(after)s and not exists (
  select from routing_workitem w where w.kind = '{KEY}' and w.subject_id = a.id and w.state <> 'ended') order by a.id limit %(most)s
"""  # noqa: S608  (our own text)
_LEFT_OVER = f"""
select w.subject_id from routing_workitem w join approvals_approval a on a.id = w.subject_id
where w.kind = '{KEY}' and w.state <> 'ended' and w.subject_id > %(after)s and a.state <> 'open' order by w.subject_id limit %(most)s
"""  # noqa: S608


def connect() -> None:
    """Register the kind, and let what was missed be found each minute."""
    register(
        WorkKind(
            key=KEY,
            label=gettext_lazy("Approval"),
            units=3,
            takes_all=True,
            interrupts=frozenset(INTERRUPTED),
            minutes=2,
            taken=_taken,
            given_back=_given_back,
            lock=lock_approvals,
            address=lambda approval: f"/desk/approvals/{approval}/",
            about=_asked_by,
            permission=ANSWER,
            icon="shield",
            rank=5,
        )
    )
    if sweep not in SWEEPS:
        SWEEPS.append(sweep)


def lock_approvals(approval_ids: Sequence[int], skip: bool) -> set[int]:
    """Lock approvals in order of id; those that are locked now."""
    return locked_ids(_LOCK, approval_ids, skip)


def follow_approval(approval: Approval, at: datetime) -> None:
    """Let the item of an approval be as it is, in the transaction of its change."""
    mirror.follow([_standing(approval, at)], at)


def act_words(name: str) -> str:
    """What an act is called; one this version of the product does not have keeps its name."""
    found = find_act(name)
    return str(found.label) if found else name


def _standing(approval: Approval, at: datetime) -> Standing:
    is_answered = approval.state in (ApprovalState.ALLOWED, ApprovalState.DENIED)
    return Standing(
        kind=KEY,
        subject_id=approval.pk,
        is_to_do=approval.is_open,
        ended=EndedWhy.DONE if is_answered else EndedWhy.CALLED_OFF,
        done_by=approval.answered_by_id if is_answered else None,
        since=approval.asked_at,
        details={
            "title": f"{act_words(approval.act)} · {approval.about_title}".strip(" ·")[:200],
            "customer_id": approval.customer_id,
            "priority": int(Priority.URGENT if approval.customer_waits or approval.escalated_at else Priority.NORMAL),
            "due_at": approval.expires_at,
        },
        first=lambda: {"wanted": _who_answers(approval, standing_in(at))},
    )


def whom_it_wants(approval: Approval, deputies: Deputies) -> dict[str, Any]:
    """What its item asks of people, as it stands in the row of an item."""
    return {"all": [who_may(ANSWER), _who_answers(approval, deputies)]}


def _who_answers(approval: Approval, deputies: Deputies) -> dict[str, Any]:
    """
    Somebody of a role that may approve it, or who stands in for such, who may open what it is about, is not who asked, and is not away with
    somebody in their place.
    """
    team = None
    if approval.customer_id is None:
        on = approval.contact or approval.case
        team = on.team_id if on is not None else None
    not_those = sorted({approval.asked_by_id, *(person for person, _deputy, _role in deputies)})
    wanted = [who_sees(approval.customer_id, team), {"not": {"people": not_those}}]
    if roles := roles_that_may(approval):
        ways = [who_has_role(one) for one in roles]
        stand_ins = sorted(
            {deputy for person, deputy, role in deputies if role in roles and person != approval.asked_by_id}
        )
        wanted.append({"any": [*ways, *([{"people": stand_ins}] if stand_ins else [])]})
    return {"all": wanted}


def _asked_by(approval_ids: Sequence[int]) -> dict[int, str]:
    found = Approval.objects.filter(pk__in=approval_ids).values_list("pk", "asked_by_name", "customer_waits")
    return {
        pk: _("%(name)s asks, the customer waits") % {"name": name} if waits else _("%(name)s asks") % {"name": name}
        for pk, name, waits in found
    }


def _taken(approval_id: int, holder: Holder, at: datetime) -> None:
    _place(approval_id, holder.id, holder.name, at)


def _given_back(approval_id: int, _at: datetime) -> None:
    _place(approval_id, None, "", None)


def _place(approval_id: int, representative_id: int | None, name: str, at: datetime | None) -> None:
    """Say who looks at it, to who asked too."""
    approval = Approval.objects.filter(pk=approval_id).first()
    if approval is None or not approval.is_open or approval.taken_by_id == representative_id:
        return
    approval.taken_at, approval.taken_by_id, approval.taken_by_name = at, representative_id, name
    approval.version += 1
    approval.save(update_fields=["taken_at", "taken_by_id", "taken_by_name", "version"])
    about = (("contact", approval.contact_id), ("case", approval.case_id), ("customer", approval.customer_id))
    send_after_commit(
        f"approval:{approval_id}", "approvals", *(f"{what}:{number}" for what, number in about if number is not None)
    )


def sweep(at: datetime) -> int:
    """Open approvals without their item, and items of approvals that have ended."""
    return sweep_statements((_MISSING, _LEFT_OVER), _follow_again, at)


def _follow_again(approval_ids: Sequence[int], at: datetime) -> int:
    locked = lock_approvals(approval_ids, True)
    found = Approval.objects.filter(pk__in=locked).select_related("contact", "case").order_by("pk")
    mirror.follow([_standing(one, at) for one in found], at)
    return len(locked)
