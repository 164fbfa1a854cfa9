"""
The demo company's queues: who serves them, when they are open, and how each gives out its work. Orders and returns are open at any hour
but on public holidays, so that whoever tries the demo finds them open; the licensed queue and the partner's keep office hours.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from procrastinate.exceptions import AlreadyEnqueued

from onhand.contacts.case_tasks import take_over_holidays
from onhand.contacts.models import BusinessCalendar
from onhand.routing.enums import Choice, Leaving, WrapUp
from onhand.routing.matching.plans import Overflow, Plan, Step, write_plan
from onhand.routing.matching.wanted import ANYBODY, All, Has, OneOf
from onhand.routing.models import Queue, QueuePlan
from onhand.staff.models import Team

MINUTE = 60
ALWAYS, OFFICE, EVENINGS = [[[0, 1440]]] * 7, [[[540, 1080]]] * 5 + [[], []], [[[1020, 1380]]] * 7
# name → time zone, country and region of public holidays, week
CALENDARS: Mapping[str, tuple[str, str, str, list[list[list[int]]]]] = {
    "Madrid, every day": ("Europe/Madrid", "ES", "MD", ALWAYS),
    "Leeds, every day": ("Europe/London", "GB", "ENG", ALWAYS),
    "Credit desk, office hours": ("Europe/Madrid", "ES", "MD", OFFICE),
    "Porto, evenings": ("Europe/Lisbon", "PT", "13", EVENINGS),
}
CREDIT = Has("licence:consumer-credit")


@dataclass(frozen=True, slots=True)
class Help:
    """When the people of another queue help: it waits longer than so many minutes, is expected to, or nobody is there."""

    queue: str
    waiting: int | None = None
    expected: int | None = None
    nobody: bool = False


@dataclass(frozen=True, slots=True)
class DemoQueue:
    """A queue of the demo company. The first of its teams is the one whose work comes to it, unless it is `apart`."""

    teams: Sequence[str]
    calendar: str
    plan: Plan
    help: Sequence[Help] = ()
    apart: bool = False


QUEUES: Mapping[str, DemoQueue] = {
    "Pedidos Madrid": DemoQueue(
        ("Pedidos Madrid",),
        "Madrid, every day",
        Plan(
            steps=(
                Step(All((Has("skill:orders", 3), Has("language:es", 4))), 2 * MINUTE),
                Step(OneOf((Has("skill:orders", 2), Has("skill:deliveries", 2))), 10 * MINUTE),
                Step(ANYBODY),
            ),
            offer_seconds=90,
            wrap_up=WrapUp.OPTIONAL,
        ),
        help=(
            Help("Devoluciones Madrid", waiting=15),
            Help("Orders Leeds", waiting=60),
            Help("Orders Leeds", nobody=True),
        ),
    ),
    "Orders Leeds": DemoQueue(
        ("Orders Leeds",),
        "Leeds, every day",
        Plan(
            steps=(
                Step(All((Has("skill:orders", 3), Has("language:en", 4))), 2 * MINUTE),
                Step(Has("language:en", 3), 15 * MINUTE),
                Step(ANYBODY),
            ),
            offer_seconds=90,
            wrap_up=WrapUp.OPTIONAL,
        ),
        help=(
            Help("Pedidos Madrid", waiting=45),
            Help("Pedidos Madrid", nobody=True),
            Help("Atende evenings", expected=240),
        ),
    ),
    "Devoluciones Madrid": DemoQueue(
        ("Devoluciones Madrid",),
        "Madrid, every day",
        Plan(
            steps=(
                Step(OneOf((Has("skill:returns", 4), Has("skill:complaints", 4))), 3 * MINUTE),
                Step(Has("skill:returns", 2), 15 * MINUTE),
                Step(ANYBODY),
            ),
            choice=Choice.BEST_SKILLED,
            offer_seconds=90,
            wrap_up=WrapUp.TIMED,
            wrap_up_seconds=90,
            leaving=Leaving.KEEP,
        ),
        help=(Help("Returns Leeds", waiting=60),),
    ),
    "Returns Leeds": DemoQueue(
        ("Returns Leeds",),
        "Leeds, every day",
        Plan(
            steps=(
                Step(All((Has("skill:returns", 3), Has("language:en", 3))), 3 * MINUTE),
                Step(Has("skill:returns", 2), 15 * MINUTE),
                Step(ANYBODY),
            ),
            choice=Choice.LEAST_LOADED,
            offer_seconds=90,
            wrap_up=WrapUp.MANDATORY,
        ),
        help=(Help("Devoluciones Madrid", waiting=45), Help("Devoluciones Madrid", nobody=True)),
    ),
    "Buying on instalments": DemoQueue(
        ("Pedidos Madrid", "Devoluciones Madrid", "Orders Leeds"),
        "Credit desk, office hours",
        Plan(
            steps=(Step(All((CREDIT, Has("skill:invoices", 3))), 10 * MINUTE), Step(CREDIT)),
            choice=Choice.BEST_SKILLED,
            answer_seconds=3600,
            wrap_up=WrapUp.FORCED,
            wrap_up_seconds=60,
        ),
        apart=True,
    ),
    "Atende evenings": DemoQueue(("Atende evenings",), "Porto, evenings", Plan(offer_seconds=120)),
}


def create_demo_queues(*, at: datetime) -> None:
    """Make the queues of the tables above, published, for the demo company's teams. Part of making it: in its transaction."""
    teams = {team.name: team for team in Team.objects.all()}
    if not set(teams) >= {name for one in QUEUES.values() for name in one.teams}:
        return
    made = BusinessCalendar.objects.bulk_create(
        BusinessCalendar(name=name, time_zone=zone, holiday_country=country, holiday_region=region, week=week)
        for name, (zone, country, region, week) in CALENDARS.items()
    )
    calendars = {one.name: one for one in made}
    queues = {
        one.name: one
        for one in Queue.objects.bulk_create(
            Queue(name=name, home=None if one.apart else teams[one.teams[0]], calendar=calendars[one.calendar], plan=1)
            for name, one in QUEUES.items()
        )
    }
    serves = Queue.teams.through
    serves.objects.bulk_create(
        serves(queue_id=queues[name].pk, team_id=teams[team].pk) for name, one in QUEUES.items() for team in one.teams
    )
    QueuePlan.objects.bulk_create(
        QueuePlan(
            queue=queues[name],
            number=1,
            settings=write_plan(replace(one.plan, overflow=_overflow(one, queues))),
            published_at=at,
            published_by_name="Lena Fischer",
            note="As we begin",
        )
        for name, one in QUEUES.items()
    )
    with contextlib.suppress(
        AlreadyEnqueued
    ):  # public holidays are looked up beside, so that the start need not wait for it
        take_over_holidays.configure().defer(timestamp=int(at.timestamp()))


def _overflow(one: DemoQueue, queues: Mapping[str, Queue]) -> tuple[Overflow, ...]:
    return tuple(
        Overflow(
            queues[given.queue].pk,
            None if given.waiting is None else given.waiting * MINUTE,
            None if given.expected is None else given.expected * MINUTE,
            given.nobody,
        )
        for given in one.help
    )
