"""What is done on a case itself: described, given to somebody, waited with, handed up, closed and opened again."""

from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.cases import clocks, lists, states
from onhand.contacts.cases.belonging import family_ids, with_wholes
from onhand.contacts.cases.events import CaseEscalated
from onhand.contacts.cases.own_fields import read_values
from onhand.contacts.cases.subjects import CASE
from onhand.contacts.enums import CaseState, Priority
from onhand.contacts.models import Case, CaseEscalation, CaseListEntry, Reminder
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.staff.access import visible_representatives, visible_teams
from onhand.staff.models import Representative

OWN = "own_fields"
PRIORITIES = [(str(value), label) for value, label in Priority.choices]
Why = Annotated[str, Field(label=gettext_lazy("Why"), widget="textarea", max_length=500)]


def _priority_now(case: Case) -> str:
    return str(int(case.priority))


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Change the case"))
def change_case(
    case: Case,
    *,
    run: Run,
    matter: Annotated[
        str, Field(label=gettext_lazy("What it is about"), max_length=200, current=lambda case: case.subject)
    ],
    kind: Annotated[
        str,
        Field(
            label=gettext_lazy("Kind"),
            options=lists.kind_options,
            max_length=20,
            current=lambda case: case.kind,
        ),
    ],
    priority: Annotated[
        str, Field(label=gettext_lazy("Priority"), options=lambda: list(PRIORITIES), current=_priority_now)
    ] = "0",
    reason: Annotated[
        int | None,
        Field(label=gettext_lazy("Reason"), reference=lists.REASON, current=lambda case: case.reason_id),
    ] = None,
    product: Annotated[
        int | None,
        Field(label=gettext_lazy("Product"), reference=lists.PRODUCT, current=lambda case: case.product_id),
    ] = None,
    stage: Annotated[
        int | None,
        Field(label=gettext_lazy("Stage of work"), reference=lists.STAGE, current=lambda case: case.stage_id),
    ] = None,
    due: Annotated[
        datetime | None, Field(label=gettext_lazy("To be solved by"), current=lambda case: case.due_at)
    ] = None,
) -> None:
    """Describe the case anew: what it is about, its kind, priority, reason, product and stage, and when it is to be solved by."""
    if kind != case.kind:
        states.usable_rules(kind)
        case.kind = kind
    if priority not in dict(PRIORITIES):
        raise NotPossible(_("Choose one of the list."), field="priority")
    case.subject, case.priority = matter, Priority(int(priority))
    for name, chosen in (("reason", reason), ("product", product), ("stage", stage)):
        if chosen != getattr(case, f"{name}_id"):
            setattr(case, name, _entry(name, chosen))
    if due is not None and not _same_minute(due, case.due_at):
        if due <= run.at:
            raise NotPossible(_("Give a time that is still to come."), field="due")
        clocks.set_due(case, due, run.at)
    states.tell_pages(case)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Fill in the details"))
def fill_in_case(
    case: Case,
    *,
    run: Run,
    details: Annotated[
        dict[str, Any],
        Field(
            label=gettext_lazy("Details"),
            parts=lists.own_field_parts,
            current=lambda case: case.own_fields,
        ),
    ],
) -> None:
    """Fill in what cases of this kind are asked for. What is left out stays as it is; an empty value takes away what was there."""
    given = read_values(states.rules_of(case).own_fields, details, argument="details")
    kept = {key: value for key, value in {**case.own_fields, **given}.items() if value is not None}
    case.own_fields = kept
    states.tell_pages(case)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Give the case to somebody"))
def assign_case(
    case: Case,
    *,
    run: Run,
    colleague: Annotated[
        int | None,
        Field(label=gettext_lazy("Representative"), reference=lists.COLLEAGUE, current=lambda case: case.owner_id),
    ] = None,
    team: Annotated[
        int | None, Field(label=gettext_lazy("Team"), reference=lists.CASE_TEAM, current=lambda case: case.team_id)
    ] = None,
) -> None:
    """Say who looks after the case: a representative, a team, or both. Nobody named takes it away from who has it."""
    person = None if colleague is None else _colleague(run, colleague, "colleague")
    if person is None:
        states.give_to(case, None, "")
    else:
        states.give_to(case, person.pk, person.name)
    if team != case.team_id:
        found = None if team is None else visible_teams(run.actor).filter(pk=team).first()
        if team is not None and found is None:
            raise NotPossible(_("Choose one of the list."), field="team")
        case.team = found
    states.tell_pages(case)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Wait for the customer"))
def wait_for_customer(
    case: Case,
    *,
    run: Run,
    what_for: Annotated[str, Field(label=gettext_lazy("What for"), max_length=300)] = "",
    close_after_days: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Close without an answer after (days)"),
            help=gettext_lazy("Empty: as the kind of case says. 0: never. It is announced before."),
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        Field(
            label=gettext_lazy("Until when at most"),
            help=gettext_lazy("Then it comes back as work, whether they answered or not."),
        ),
    ] = None,
) -> None:
    """Wait for the customer's answer: due times stand still until it comes, and the case may close by itself if none does."""
    if case.state != CaseState.OPEN:
        raise NotPossible(_("This case waits for the customer already, or is closed."))
    if close_after_days is not None and not 0 <= close_after_days <= 365:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 0, "most": 365}, field="close_after_days")
    if until is not None and until <= run.at:
        raise NotPossible(_("Give a time that is still to come."), field="until")
    states.wait(case, run.at, close_after_days=close_after_days)
    if until is not None:
        waiting = what_for or _("Waited for the customer's answer")
        Reminder.objects.create(
            case=case,
            for_id=case.owner_id,
            text=waiting,
            due_at=until,
            made_at=run.at,
            made_by_name=run.actor.name,
            ends_wait=True,
        )
    if what_for:
        run.changed("what_for", after=what_for)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Go on with the case"))
def go_on_with_case(case: Case, *, run: Run) -> None:
    """Wait for the customer no longer: due times go on with what was left."""
    if case.state != CaseState.WAITING:
        raise NotPossible(_("This case does not wait for the customer."))
    states.go_on(case, run.at)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Hand the case up"), only_adds=True)
def escalate_case(
    case: Case,
    *,
    run: Run,
    to: Annotated[int, Field(label=gettext_lazy("To whom"), reference=lists.COLLEAGUE)],
    reason: Why,
    hand_over: Annotated[bool, Field(label=gettext_lazy("They look after it from now on"))] = True,
) -> None:
    """Hand a case up to somebody who can do more about it, with the reason. Its priority rises by one."""
    _require_open(case)
    person = _colleague(run, to, "to")
    CaseEscalation.objects.create(
        case=case, to_id=person.pk, to_name=person.name, reason=reason, at=run.at, by_name=run.actor.name
    )
    case.priority = Priority(min(int(case.priority) + 1, Priority.URGENT))
    states.tell_pages(case)
    if hand_over:
        states.give_to(case, person.pk, person.name)
    run.changed("escalated", after={"to": person.name, "reason": reason})
    run.publish(CaseEscalated(case.pk, person.pk, by_clock=""))
    states.tell_pages(case)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("The case is solved"))
def solve_case(
    case: Case,
    *,
    run: Run,
    outcome: Annotated[str, Field(label=gettext_lazy("How it was solved"), widget="textarea", max_length=2_000)],
) -> None:
    """Close the case from its own page. Promises, tasks and parts of the case must be closed before, and what is needed filled in."""
    _require_open(case)
    states.close(case, outcome, run.at)


def _and_wholes(case_id: int, **_given: object) -> list[int]:
    return with_wholes(case_id)


@act(
    subject=CASE,
    permission=access.HANDLE_CASES,
    label=gettext_lazy("Open the case again"),
    also_locks=_and_wholes,
)
def reopen_case(case: Case, *, run: Run, reason: Why) -> None:
    """A closed case is not solved after all. It has a new time to be solved in, and so has the case it is part of."""
    if case.closed_at is None:
        raise NotPossible(_("This case is open."))
    wholes = states.reopen(case, run.at, actor=run.actor, by_customer=False)
    run.changed("reason_given", after=reason)
    if wholes:
        run.changed("wholes", after=wholes)


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("Set a reminder"), only_adds=True)
def remind_of_case(
    case: Case,
    *,
    run: Run,
    text: Annotated[str, Field(label=gettext_lazy("Of what"), max_length=300)],
    due: Annotated[datetime, Field(label=gettext_lazy("When"))],
    colleague: Annotated[
        int | None, Field(label=gettext_lazy("Whom (empty: yourself)"), reference=lists.COLLEAGUE)
    ] = None,
) -> None:
    """Be reminded of something about this case at a time, or remind a colleague."""
    if due <= run.at:
        raise NotPossible(_("Give a time that is still to come."), field="due")
    whom = run.actor.id if colleague is None else _colleague(run, colleague, "colleague").pk
    one = Reminder.objects.create(
        case=case, for_id=whom, text=text, due_at=due, made_at=run.at, made_by_name=run.actor.name
    )
    run.changed("reminder", after={"id": one.pk, "text": text, "due": due.isoformat()})


@act(subject=CASE, permission=access.HANDLE_CASES, label=gettext_lazy("A reminder is done"), only_adds=True)
def end_reminder(
    case: Case,
    *,
    run: Run,
    reminder: Annotated[int, Field(label=gettext_lazy("Reminder"), reference=lists.OPEN_REMINDER)],
) -> None:
    """Say that what one was reminded of is done, or not needed any more."""
    one = (
        Reminder.objects.select_for_update()
        .filter(case__in=family_ids(case.pk), pk=reminder, done_at__isnull=True)
        .first()
    )
    if one is None:
        raise NotPossible(_("Choose one of the list."), field="reminder")
    one.done_at = run.at
    one.save(update_fields=["done_at"])
    run.changed("reminder", before={"id": one.pk, "text": one.text})


def _entry(name: str, chosen: int | None) -> CaseListEntry | None:
    found = CaseListEntry.objects.filter(list=name, pk=chosen or 0, is_active=True).first()
    if chosen is not None and found is None:
        raise NotPossible(_("Choose one of the list."), field=name)
    return found


def _colleague(run: Run, pk: int, field: str) -> Representative:
    found = visible_representatives(run.actor).filter(pk=pk, is_active=True).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field=field)
    return found


def _require_open(case: Case) -> None:
    if case.closed_at is not None:
        raise NotPossible(_("This case is closed. Open it again first."))


def _same_minute(one: datetime, other: datetime | None) -> bool:
    """A form shows minutes: a time that comes back as it was shown is the same."""
    return other is not None and one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)
