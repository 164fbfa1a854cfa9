"""What is to be done in the back office for a case: given to a team or a person, finished, withdrawn."""

from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases import lists, states
from onhand.contacts.cases.belonging import family_ids
from onhand.contacts.cases.subjects import CASE
from onhand.contacts.enums import TaskState
from onhand.contacts.models import Case, CaseTask
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.subjects import Option, ReferenceType, register_reference
from onhand.staff.access import visible_representatives, visible_teams
from onhand.staff.models import Skill

OPEN_TASK = "contacts.open_task"
SKILL = "staff.skill"
MOST_MINUTES = 480


def _open_tasks(actor: Actor, case_id: int | None, typed: str) -> list[Option]:
    if case_id is None or not access.visible_cases(actor).filter(pk=case_id).exists():
        return []
    found = CaseTask.objects.filter(case__in=family_ids(case_id), state=TaskState.OPEN, text__icontains=typed)
    return [Option(pk, text) for pk, text in found.order_by("pk").values_list("pk", "text")[: lists.MOST]]


register_reference(ReferenceType(name=OPEN_TASK, options=_open_tasks, is_short=True))
Task = Annotated[int, Field(label=gettext_lazy("Task"), reference=OPEN_TASK)]


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Add a task"), only_adds=True)
def add_task(
    case: Case,
    *,
    run: Run,
    text: Annotated[str, Field(label=gettext_lazy("What is to be done"), max_length=300)],
    team: Annotated[int | None, Field(label=gettext_lazy("For the team"), reference=lists.CASE_TEAM)] = None,
    colleague: Annotated[
        int | None, Field(label=gettext_lazy("For whom (empty: anybody)"), reference=lists.COLLEAGUE)
    ] = None,
    due: Annotated[datetime | None, Field(label=gettext_lazy("By when"))] = None,
    minutes: Annotated[int, Field(label=gettext_lazy("How long it takes (minutes)"))] = 15,
    skill: Annotated[int | None, Field(label=gettext_lazy("Skill it needs"), reference=SKILL)] = None,
) -> None:
    """
    Have something done for this case by a team or a colleague: it waits as work of theirs, and the case is not closed before. Without
    a team it is the colleague's, or the case's own.
    """
    if case.closed_at is not None:
        raise NotPossible(_("This case is closed. Open it again first."))
    if due is not None and due <= run.at:
        raise NotPossible(_("Give a time that is still to come."), field="due")
    if not 1 <= minutes <= MOST_MINUTES:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": MOST_MINUTES}, field="minutes")
    if team is not None and not visible_teams(run.actor).filter(pk=team).exists():
        raise NotPossible(_("Choose one of the list."), field="team")
    if skill is not None and not Skill.objects.filter(pk=skill, is_active=True).exists():
        raise NotPossible(_("Choose one of the list."), field="skill")
    person = (
        None
        if colleague is None
        else visible_representatives(run.actor).filter(pk=colleague, is_active=True).prefetch_related("teams").first()
    )
    if colleague is not None and person is None:
        raise NotPossible(_("Choose one of the list."), field="colleague")
    own = sorted(one.pk for one in person.teams.all()) if person else []
    one = CaseTask.objects.create(
        case=case,
        text=text,
        team_id=team or (own[0] if own else case.team_id),
        for_id=person.pk if person else None,
        for_name=person.name if person else "",
        skill_id=skill,
        due_at=due,
        minutes=minutes,
        made_at=run.at,
        made_by_name=run.actor.name,
    )
    run.changed("task", after={"id": one.pk, "text": text, "for": one.for_name})
    states.tell_pages(case)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Finish a task"), only_adds=True)
def finish_task(
    case: Case,
    *,
    run: Run,
    task: Task,
    result: Annotated[str, Field(label=gettext_lazy("What came of it"), widget="textarea", max_length=2_000)],
) -> None:
    """Say that a task of the case is done, and with what result."""
    one = _end(case, task, TaskState.DONE, result, run)
    run.changed("task", before={"id": one.pk, "text": one.text}, after={"id": one.pk, "result": result})


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Withdraw a task"), only_adds=True)
def withdraw_task(
    case: Case,
    *,
    run: Run,
    task: Task,
    why: Annotated[str, Field(label=gettext_lazy("Why"), widget="textarea", max_length=500)] = "",
) -> None:
    """Say that a task of the case does not have to be done after all."""
    one = _end(case, task, TaskState.WITHDRAWN, why, run)
    run.changed("task", before={"id": one.pk, "text": one.text}, after={"id": one.pk, "withdrawn": why})


def _end(case: Case, task: int, state: TaskState, result: str, run: Run) -> CaseTask:
    found = CaseTask.objects.select_for_update(of=("self",)).filter(
        case__in=family_ids(case.pk), pk=task, state=TaskState.OPEN
    )
    one = found.first()
    if one is None:
        raise NotPossible(_("Choose one of the list."), field="task")
    one.state, one.result, one.ended_at, one.ended_by_name = state, result, run.at, run.actor.name
    one.save(update_fields=["state", "result", "ended_at", "ended_by_name"])
    states.tell_pages(case)
    return one
