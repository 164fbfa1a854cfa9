"""
Settings of a queue tried on what arrived before: the same work and the same people, once given out as is published and once as is
written, by the router's own matcher on a virtual clock.

What arrived is taken as it came: all work of that time in every queue that shares people with this one, each item as long in work as it
was then. People are there when they were. Nobody knows what customers would have done, so nobody gives up.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from onhand.kernel.errors import NotPossible
from onhand.kernel.hints import send_after_commit
from onhand.routing.abilities import WITHHELD
from onhand.routing.enums import SeatState, TrialState
from onhand.routing.hours import hours_of
from onhand.routing.kinds import current_kinds
from onhand.routing.matching.plans import Plan, WrongPlanError, read_plan
from onhand.routing.matching.wanted import WrongWantedError, named, read_wanted
from onhand.routing.matching.world import QUEUE
from onhand.routing.models import PlanTrial, Queue, StateChange, WorkItem
from onhand.routing.queue_subjects import PLAN_TRIAL
from onhand.routing.queues import plan_of
from onhand.routing.router.reading import as_person, read_attributes, read_seats
from onhand.routing.seats import ensure_seats
from onhand.routing.simulation.figures import Figures, Outcome
from onhand.routing.simulation.run import simulate
from onhand.routing.simulation.scenario import Arrivals, Duration, Scenario, SimulatedQueue, Times, Worker
from onhand.staff.models import Representative

MOST_TRIED = 100_000  # items
SHORTEST = 5.0  # seconds something is in work at least


def run_trial(trial_id: int, clock: Callable[[], datetime]) -> None:
    """Work through a trial; one that is not waiting is left alone."""
    if not PlanTrial.objects.filter(pk=trial_id, state=TrialState.WAITING).update(state=TrialState.RUNNING):
        return
    trial = PlanTrial.objects.select_related("queue").get(pk=trial_id)
    _tell(trial)
    try:
        queues = _sharing(trial.queue)
        base = _scenario(trial, queues)
        trial.results = {}
        plans = {"published": _plan_against(trial), "draft": read_plan(trial.settings)}
        for name, plan in plans.items():
            outcome = simulate(replace(base, queues=_with_plan(base.queues, trial.queue_id, plan)))
            trial.results = trial.results | {name: _figures(outcome, trial.queue.name)}
        trial.results |= {"stated": _stated(trial, base, list(plans.values()))}
        trial.results |= {"people": len(base.people), "queues": sorted(one.name for one in base.queues)}
        trial.state = TrialState.DONE
    except NotPossible as error:
        trial.state, trial.problem = TrialState.FAILED, str(error)[:300]
    except (WrongPlanError, WrongWantedError):  # written by an earlier version of the product
        trial.state, trial.problem = TrialState.FAILED, _("What was written then cannot be read any more.")
    trial.ended_at = clock()
    trial.save(update_fields=["results", "state", "problem", "ended_at"])
    _tell(trial)


def _tell(trial: PlanTrial) -> None:
    send_after_commit(f"{PLAN_TRIAL}:{trial.pk}")


def _plan_against(trial: PlanTrial) -> Plan:
    trial.queue.plan = trial.against
    return plan_of(trial.queue)


def _sharing(queue: Queue) -> list[Queue]:
    """The queues whose people serve this one too, this one among them."""
    people = Representative.objects.filter(is_active=True, teams__queues=queue.pk)
    shared = Q(teams__representatives__in=people.values("pk")) | Q(pk=queue.pk) | Q(teams__isnull=True)
    return list(Queue.objects.filter(shared, is_active=True).distinct().order_by("pk"))


def _scenario(trial: PlanTrial, queues: list[Queue]) -> Scenario:
    seconds = (trial.until - trial.since).total_seconds()
    kinds = {key: kind.as_matched() for key, kind in current_kinds().items()}
    return Scenario(
        name=trial.queue.name,
        seconds=seconds,
        kinds=kinds,
        queues=_queues(queues, trial),
        arrivals=_arrivals(trial, [one.pk for one in queues], kinds),
        people=_people(trial, [one.pk for one in queues]),
    )


def _queues(queues: list[Queue], trial: PlanTrial) -> tuple[SimulatedQueue, ...]:
    calendars = hours_of({one.calendar_id for one in queues if one.calendar_id is not None})
    made = []
    for one in queues:
        hours = calendars.get(one.calendar_id) if one.calendar_id is not None else None
        spans: list[tuple[float, float]] = []
        if hours is not None:
            day = trial.since.astimezone(hours.zone).date()
            while day <= trial.until.astimezone(hours.zone).date():
                spans += [(_seconds(trial, start), _seconds(trial, end)) for start, end in hours.open_on(day)]
                day += timedelta(days=1)
        kept = tuple((max(start, 0.0), end) for start, end in spans if end > 0)
        if hours is not None and not kept:  # closed all the time, which no hours would not say
            kept = ((_seconds(trial, trial.until), _seconds(trial, trial.until) + 1),)
        made.append(SimulatedQueue(one.pk, one.name, plan_of(one), kept))
    return tuple(made)


def _with_plan(queues: tuple[SimulatedQueue, ...], number: int, plan: Plan) -> tuple[SimulatedQueue, ...]:
    return tuple(replace(one, plan=plan) if one.id == number else one for one in queues)


def _arrivals(trial: PlanTrial, queues: Collection[int], kinds: Mapping[str, Any]) -> tuple[Arrivals, ...]:
    """What came, what asks the same together, each item in work as long as it was."""
    found = WorkItem.objects.filter(
        queue__in=queues, kind__in=kinds, created_at__gte=trial.since, created_at__lt=trial.until
    )
    if found.count() > MOST_TRIED:
        raise NotPossible(_("More arrived than can be tried at once: try fewer days."))
    grouped: dict[tuple[Any, ...], list[tuple[float, float]]] = defaultdict(list)
    columns = (
        "queue_id",
        "kind",
        "wanted",
        "priority",
        "difficulty",
        "preferred",
        "created_at",
        "worked_seconds",
        "minutes",
    )
    for queue, kind, wanted, priority, difficulty, preferred, at, worked, minutes in found.values_list(
        *columns
    ).iterator():
        key = (queue, kind, read_wanted(wanted), priority, difficulty, tuple(preferred))
        grouped[key].append((_seconds(trial, at), max(worked or 60.0 * minutes, SHORTEST)))
    if not grouped:
        raise NotPossible(_("Nothing arrived in that time."))
    made = []
    for (queue, kind, asked, priority, difficulty, owners), came in sorted(
        grouped.items(), key=lambda one: repr(one[0])
    ):
        came.sort()
        made.append(
            Arrivals(
                queue=queue,
                kind=kind,
                handling=Duration(each=tuple(worked for _at, worked in came)),
                at=tuple(at for at, _worked in came),
                wanted=asked,
                preferred=owners,
                priority=priority,
                difficulty=difficulty,
            )
        )
    return tuple(made)


def _people(trial: PlanTrial, queues: Collection[int]) -> tuple[Worker, ...]:
    """Everybody who serves these queues, there when they were; always, where nothing is known of anybody."""
    teamless = Queue.objects.filter(pk__in=queues, teams__isnull=True).values_list("pk", flat=True)
    serving = Representative.objects.filter(is_active=True, kind="person")
    if not teamless:
        serving = serving.filter(teams__queues__in=queues)
    people = sorted(set(serving.values_list("pk", flat=True)))
    ensure_seats(people, trial.until)
    rows = read_seats(people)
    attributes = read_attributes(rows, trial.since)
    for one in attributes.values():
        one.pop(WITHHELD, None)  # what somebody has to read now says nothing of how work is shared
    shifts = _shifts(trial, people)
    known = any(shifts.values())
    made = [
        Worker(
            replace(
                as_person(row, attributes[row.id], list(teamless)), is_available=True, load=0, holds={}, idle_since=0.0
            ),
            row.name,
            shifts=shifts[row.id],
        )
        for row in rows
        if row.capacity and (shifts[row.id] or not known)
    ]
    if not any(QUEUE.format(trial.queue_id) in one.person.attributes for one in made):
        raise NotPossible(_("Nobody serves this queue: give it a team with people in it."))
    return tuple(made)


def _stated(trial: PlanTrial, base: Scenario, plans: Collection[Plan]) -> dict[str, Any]:
    """
    What was taken for granted of that time: how many of the people had what the steps ask for when it began, when anybody was there, and
    how long the queue was open by the hours it has now. `open_seconds` is None where it has none.
    """
    asked = sorted({one.name for plan in plans for step in plan.steps for one in named(step.wanted)})
    having = {name: sum(name in one.person.attributes for one in base.people) for name in asked}
    queue = next(one for one in base.queues if one.id == trial.queue_id)
    calendar = trial.queue.calendar
    is_open = sum(min(end, base.seconds) - start for start, end in queue.hours if start < base.seconds)
    return {
        "abilities": having,
        "present": sum(bool(one.shifts) for one in base.people),
        "calendar": calendar.name if calendar else "",
        "open_seconds": is_open if calendar else None,
    }


def _shifts(trial: PlanTrial, people: Collection[int]) -> dict[int, Times]:
    """When each of them was available, in seconds from the beginning."""
    spans: dict[int, list[tuple[float, float]]] = {one: [] for one in people}
    before = (
        StateChange.objects.filter(representative__in=people, at__lt=trial.since)
        .order_by("representative", "-at", "-pk")
        .distinct("representative")
        .values_list("representative_id", "state")
    )
    open_since = {person: 0.0 for person, state in before if state == SeatState.AVAILABLE}
    changes = StateChange.objects.filter(representative__in=people, at__gte=trial.since, at__lt=trial.until)
    for person, at, state in changes.order_by("at", "pk").values_list("representative_id", "at", "state"):
        if state == SeatState.AVAILABLE:
            open_since.setdefault(person, _seconds(trial, at))
        elif person in open_since:
            spans[person].append((open_since.pop(person), _seconds(trial, at)))
    end = (trial.until - trial.since).total_seconds()
    for person, since in open_since.items():
        spans[person].append((since, end))
    return {person: tuple(span for span in found if span[0] < span[1]) for person, found in spans.items()}


def _seconds(trial: PlanTrial, at: datetime) -> float:
    return (at - trial.since).total_seconds()


def _figures(outcome: Outcome, queue: str) -> dict[str, Any]:
    """What is kept of an outcome: of the queue, of all queues together, and how evenly people were busy."""
    people = [one for one in outcome.people if one.present]
    return {
        "queue": _shown(outcome.queues[queue]),
        "whole": _shown(outcome.whole),
        "occupancy": sum(one.occupancy for one in people) / len(people) if people else 0.0,
        "gini": outcome.gini,
        "hours": [[one.begins, _plain(one.figures.mean_wait_taken)] for one in outcome.intervals if one.queue == queue],
    }


def _shown(figures: Figures) -> dict[str, Any]:
    return {
        "arrived": figures.arrived,
        "taken": figures.taken,
        "left": figures.left,
        "mean": _plain(figures.mean_wait_taken),
        "half": _plain(figures.percentiles[0]),
        "most": _plain(figures.percentiles[1]),
        "longest": _plain(figures.longest),
        "in_time": _plain(figures.service_level),
    }


def _plain(value: float) -> float | None:
    return None if value != value else round(value, 3)
