"""What is to be done in the back office for cases, as work of the team it was given to, of the person named first."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.access import HANDLE_CASES
from onhand.contacts.enums import TaskState
from onhand.contacts.models import Case, CaseTask
from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit
from onhand.routing.enums import EndedWhy
from onhand.routing.following import mirror
from onhand.routing.following.mirror import Standing, locked_ids, sweep_statements
from onhand.routing.kinds import Holder, WorkKind, register

KEY = "task"
_LOCK = "select id from contacts_casetask where id = any(%s) order by id for no key update"
# Tasks that are open without an item, and items of those that are not open: of some cases, and the next of all.
_WRONG = f"""select t.id from contacts_casetask t left join routing_workitem w
  on w.kind = '{KEY}' and w.subject_id = t.id and w.state <> 'ended'
where {{where}} and (t.state = 'open') <> (w.id is not null)"""  # noqa: S608  (our own text)
_OF_CASES = _WRONG.format(where="t.case_id = any(%s)") + " order by t.id for no key update of t"
_MISSING = f"""
select t.id from contacts_casetask t where t.state = 'open' and t.id > %(after)s and not exists (
  select from routing_workitem w where w.kind = '{KEY}' and w.subject_id = t.id and w.state <> 'ended') order by t.id limit %(most)s
"""  # noqa: S608
_LEFT_OVER = f"""
select w.subject_id from routing_workitem w join contacts_casetask t on t.id = w.subject_id
where w.kind = '{KEY}' and w.state <> 'ended' and w.subject_id > %(after)s and t.state <> 'open' order by w.subject_id limit %(most)s
"""  # noqa: S608


def connect() -> None:
    """Register the kind. Tasks change with their cases, which are followed."""
    register(
        WorkKind(
            key=KEY,
            label=gettext_lazy("Task"),
            units=2,
            minutes=15,
            taken=_taken,
            given_back=_given_back,
            lock=lambda ids, skip: locked_ids(_LOCK, ids, skip),
            address=lambda task: f"/desk/tasks/{task}/",
            about=_of_case,
            permission=HANDLE_CASES,
            icon="list",
            rank=3,
        )
    )


def standings_of_cases(cases: Sequence[Case]) -> list[Standing]:
    """How the tasks of these cases stand whose items are not as they are."""
    ids = [row[0] for row in run_prepared(_OF_CASES, [[case.pk for case in cases]])]
    return _standings(ids)


def _standings(task_ids: Sequence[int]) -> list[Standing]:
    found = CaseTask.objects.filter(pk__in=task_ids).select_related("case", "skill") if task_ids else ()
    return [_standing(one) for one in found]


def _standing(task: CaseTask) -> Standing:
    return Standing(
        kind=KEY,
        subject_id=task.pk,
        is_to_do=task.state == TaskState.OPEN,
        team_id=task.team_id,
        ended=EndedWhy.DONE if task.state == TaskState.DONE else EndedWhy.CALLED_OFF,
        details={
            "title": task.text[:200],
            "customer_id": task.case.customer_id,
            "priority": int(task.case.priority),
            "due_at": task.due_at,
            "minutes": task.minutes,
        },
        first=lambda: {
            "wanted": {"has": f"skill:{task.skill.key}"} if task.skill else {},
            "preferred": [task.for_id] if task.for_id is not None else [],
        },
    )


def _of_case(task_ids: Sequence[int]) -> dict[int, str]:
    found = CaseTask.objects.filter(pk__in=task_ids).values_list("pk", "case__reference", "made_by_name")
    return {
        pk: _("for case %(reference)s, from %(name)s") % {"reference": reference, "name": name}
        for pk, reference, name in found
    }


def _taken(task_id: int, holder: Holder, _at: datetime) -> None:
    _place(task_id, holder.id, holder.name)


def _given_back(task_id: int, _at: datetime) -> None:
    _place(task_id, None, "")


def _place(task_id: int, representative_id: int | None, name: str) -> None:
    CaseTask.objects.filter(pk=task_id).update(taken_by_id=representative_id, taken_by_name=name)
    case_id = CaseTask.objects.filter(pk=task_id).values_list("case", flat=True).first()
    send_after_commit(f"case:{case_id}")


def sweep(at: datetime) -> int:
    """Open tasks without their item, and items of tasks that are not open."""
    return sweep_statements((_MISSING, _LEFT_OVER), _follow_again, at)


def _follow_again(task_ids: Sequence[int], at: datetime) -> int:
    locked = locked_ids(_LOCK, task_ids, True)
    mirror.follow(_standings(sorted(locked)), at)
    return len(locked)
