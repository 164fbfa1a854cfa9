"""Setting up queues: which there are and who serves them, and how each gives out its work, as versions."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.cases.lists import CALENDAR
from onhand.contacts.models import BusinessCalendar
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.hints import send_after_commit
from onhand.routing import access
from onhand.routing import plan_fields as fields
from onhand.routing.enums import Choice, Leaving, WrapUp
from onhand.routing.expressions import Names, WrongExpressionError, read_names
from onhand.routing.matching.plans import LONGEST, Plan, read_plan, write_plan
from onhand.routing.models import Queue, QueuePlan
from onhand.routing.plan_texts import read_overflow_text, read_steps_text, write_steps_text
from onhand.routing.queue_subjects import QUEUE_SUBJECT, TEAM, draft_of, other_queues
from onhand.staff.access import visible_representatives, visible_teams
from onhand.staff.models import Team
from onhand.staff.queries import team_options

Read = TypeVar("Read")
LONGEST_MINUTES = 10 * LONGEST // 60
QueueName = Annotated[
    str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda queue: queue.name if queue else "")
]
Home = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Gets what is handed to the team"),
        reference=TEAM,
        current=lambda queue: queue.home_id if queue else None,
    ),
]


@act(subject=QUEUE_SUBJECT, creates=True, permission=access.SET_UP, label=gettext_lazy("Add a queue"))
def add_queue(*, run: Run, queue_name: QueueName, home: Home = None) -> Queue:
    """Add a queue. Who serves it and how it gives out its work is said on it afterwards."""
    require_free_name(queue_name)
    team = _home(run, home)
    queue = Queue.objects.create(name=queue_name, home=team)
    if team is not None:
        queue.teams.add(team)
    tell_queue(queue)
    return queue


@act(subject=QUEUE_SUBJECT, permission=access.SET_UP, label=gettext_lazy("Change the queue"))
def change_queue(
    queue: Queue,
    *,
    run: Run,
    queue_name: QueueName,
    teams: Annotated[
        list[int],
        Field(
            label=gettext_lazy("Served by"),
            help=gettext_lazy("Everybody of these teams serves the queue."),
            options=team_options,
            current=lambda queue: list(queue.teams.values_list("pk", flat=True)),
        ),
    ] = [],  # noqa: B006
    home: Home = None,
    calendar: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Opening hours"),
            help=gettext_lazy("Outside of them its work waits. Empty: always open."),
            reference=CALENDAR,
            current=lambda queue: queue.calendar_id,
        ),
    ] = None,
    is_active: Annotated[bool, Field(label=gettext_lazy("In use"), current=lambda queue: queue.is_active)] = False,
) -> None:
    """Change the name of a queue, who serves it, what comes to it, and when it is open."""
    require_free_name(queue_name, of=queue.pk)
    if not is_active:
        require_spare(queue)
    known = set(visible_teams(run.actor).values_list("pk", flat=True))
    if not set(teams) <= known | set(queue.teams.values_list("pk", flat=True)):
        raise NotPossible(_("Choose among the teams you see."), field="teams")
    queue.name, queue.is_active, queue.home = queue_name, is_active, _home(run, home, of=queue)
    queue.calendar = None
    if calendar is not None:
        queue.calendar = BusinessCalendar.objects.filter(pk=calendar).first()
        if queue.calendar is None:
            raise NotPossible(_("Choose one of the list."), field="calendar")
    queue.teams.set(teams)
    tell_queue(queue)


@act(subject=QUEUE_SUBJECT, permission=access.SET_UP, label=gettext_lazy("Write the settings"))
def write_plan_draft(
    queue: Queue,
    *,
    run: Run,
    steps: fields.Steps = "",
    choice: fields.AmongEquals = Choice.LONGEST_IDLE,
    urgent_within: fields.Urgent = 1,
    high_within: fields.High = 60,
    normal_within: fields.Normal = 240,
    low_within: fields.Low = 480,
    answer_seconds: fields.Answer = 4 * 3600,
    accepts_itself: fields.WithoutAsking = False,
    offer_seconds: fields.Offer = 60,
    prefers_owner_minutes: fields.Owner = 24 * 60,
    wrap_up: fields.Wrap = WrapUp.NONE,
    wrap_up_seconds: fields.WrapSeconds = 60,
    leaving: fields.WhenLeaving = Leaving.RETURN,
    hand_over_to: fields.HandedTo = None,
    overflow: fields.Help = "",
) -> None:
    """Write how the queue gives out its work. Nothing is applied before it is published."""
    names = read_names()
    targets = {2: urgent_within, 1: high_within, 0: normal_within, -1: low_within}
    _require_targets(targets)
    _require_lengths(answer_seconds, offer_seconds, wrap_up_seconds, prefers_owner_minutes)
    if leaving is Leaving.HAND_OVER and hand_over_to is None:
        raise NotPossible(_("Say who gets it."), field="hand_over_to")
    if hand_over_to is not None and not visible_representatives(run.actor).filter(pk=hand_over_to).exists():
        raise NotPossible(_("Choose one of the list."), field="hand_over_to")
    plan = Plan(
        steps=tuple(_read("steps", read_steps_text, steps, names)),
        targets={priority: minutes * 60.0 for priority, minutes in targets.items()},
        choice=choice,
        answer_seconds=answer_seconds,
        offer_seconds=offer_seconds,
        accepts_itself=accepts_itself,
        wrap_up=wrap_up,
        wrap_up_seconds=wrap_up_seconds,
        leaving=leaving,
        hand_over_to=hand_over_to,
        prefers_owner_seconds=prefers_owner_minutes * 60,
        overflow=tuple(_read("overflow", read_overflow_text, overflow, other_queues(queue.pk))),
    )
    run.changed("steps", before=fields.steps_now(queue), after=write_steps_text(plan.steps, names))
    queue.draft = write_plan(plan)


@act(subject=QUEUE_SUBJECT, permission=access.SET_UP, label=gettext_lazy("Publish the settings"))
def publish_plan(
    queue: Queue,
    *,
    run: Run,
    note: Annotated[str, Field(label=gettext_lazy("What is new"), max_length=300)] = "",
) -> None:
    """Apply what was written from now on, as a new version. What waits is sorted anew."""
    plan = draft_of(queue)
    if not queue.draft or write_plan(plan) == write_plan(_published(queue)):
        raise NotPossible(_("What is written is the same as what is published."))
    newest = QueuePlan.objects.filter(queue=queue).order_by("-number").values_list("number", flat=True).first()
    number = (newest or 0) + 1
    QueuePlan.objects.create(
        queue=queue,
        number=number,
        settings=write_plan(plan),
        published_at=run.at,
        published_by_name=run.actor.name,
        note=note,
    )
    queue.plan, queue.draft = number, {}
    run.changed("note", after=note or None)
    tell_queue(queue)


@act(subject=QUEUE_SUBJECT, permission=access.SET_UP, label=gettext_lazy("Begin again from a version"))
def take_up_plan(
    queue: Queue,
    *,
    run: Run,
    number: Annotated[
        int,
        Field(label=gettext_lazy("Version"), help=gettext_lazy("0 is how queues are before anything is published.")),
    ],
) -> None:
    """Write anew what an earlier version was; it is applied when it is published."""
    if number == 0:
        queue.draft = write_plan(Plan())
        return
    found = QueuePlan.objects.filter(queue=queue, number=number).first()
    if found is None:
        raise NotPossible(_("There is no such version."), field="number")
    queue.draft = found.settings
    run.changed("draft", after=number)


def _require_targets(targets: dict[int, int]) -> None:
    named = {2: "urgent_within", 1: "high_within", 0: "normal_within", -1: "low_within"}
    for priority, field in named.items():
        if not 0 <= targets[priority] <= LONGEST_MINUTES:
            raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 0, "most": LONGEST_MINUTES}, field=field)
        if priority < 2 and targets[priority] < targets[priority + 1]:
            raise NotPossible(_("What is more urgent is to be begun sooner."), field=field)


def _require_lengths(answer: int, offer: int, wrap_up: int, owner_minutes: int) -> None:
    lengths = {
        "answer_seconds": answer,
        "offer_seconds": offer,
        "wrap_up_seconds": wrap_up,
        "prefers_owner_minutes": owner_minutes * 60,
    }
    for field, seconds in lengths.items():
        if not 0 <= seconds <= LONGEST:
            raise NotPossible(_("At most a week."), field=field)


def _published(queue: Queue) -> Plan:
    found = QueuePlan.objects.filter(queue=queue, number=queue.plan).first()
    return Plan() if found is None else read_plan(found.settings)


def _read(field: str, reader: Callable[[str, Any], list[Read]], text: str, known: Names | dict[int, str]) -> list[Read]:
    try:
        return reader(text, known)
    except WrongExpressionError as error:
        raise NotPossible(str(error), field=field) from None


def require_free_name(name: str, of: int = 0) -> None:
    """Raise NotPossible where another queue has the name."""
    if Queue.objects.filter(name__iexact=name).exclude(pk=of).exists():
        raise NotPossible(_("There is one of this name already."), field="queue_name")


def require_spare(queue: Queue) -> None:
    """Raise NotPossible where a queue cannot be put out of use."""
    if queue.is_default:
        raise NotPossible(_("What is no team's waits here: this queue stays in use."), field="is_active")
    if queue.items.exclude(state="ended").exists():
        raise NotPossible(_("Work still waits here or is in work: move it first."), field="is_active")


def _home(run: Run, home: int | None, of: Queue | None = None) -> Team | None:
    if home is None:
        return None
    found: Team | None = visible_teams(run.actor).filter(pk=home).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="home")
    return free_home(found, of=of)


def free_home(team: Team, of: Queue | None = None) -> Team:
    """
    The team, if what is handed to it goes to no other queue.

    :raises NotPossible: it does.
    """
    other = Queue.objects.filter(home=team).exclude(pk=of.pk if of else 0).first()
    if other is not None:
        raise NotPossible(
            _("What is handed to this team goes to %(queue)s already.") % {"queue": other.name}, field="home"
        )
    return team


def tell_queue(queue: Queue) -> None:
    """After the commit, let the router and the floor look at the queue."""
    send_after_commit(f"route:queue:{queue.pk}", "floor")
