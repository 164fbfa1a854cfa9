"""
Work, queues and people as the matcher sees them, read for one item: what an explanation is made from. Reads only, in a handful of
statements whatever the number of people.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from onhand.contacts.hours import Hours
from onhand.routing.abilities import WITHHELD, attributes_of
from onhand.routing.expected import estimate, read_pace
from onhand.routing.hours import hours_of
from onhand.routing.kinds import WorkKind, current_kinds
from onhand.routing.matching.helping import helps
from onhand.routing.matching.plans import Plan, read_steps
from onhand.routing.matching.wanted import OF_PLACE, named, people_named, read_wanted
from onhand.routing.matching.world import QUEUE, Item, Kind, Person, QueueRules
from onhand.routing.models import Queue, WorkItem
from onhand.routing.queues import plan_of
from onhand.routing.withholding import why_withheld

LOOKED_AHEAD = 62  # days in which a closed queue's next opening is looked for


@dataclass(frozen=True, slots=True)
class SeatTold:
    """
    What an explanation says of somebody beside what the matcher knows; `withheld` says why they are given nothing though they are there.
    """

    name: str
    state: str
    reason: str
    since: datetime
    until: datetime | None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """Everything one item's waiting depends on."""

    item: Item
    rules: QueueRules
    kinds: Mapping[str, Kind]
    labels: Mapping[str, WorkKind]
    people: Sequence[Person]
    seats: Mapping[int, SeatTold]
    opens_at: datetime | None
    before: int


_PEOPLE = """
with served as (
  select m.representative_id as id, array_agg(distinct t.queue_id) as queues
  from routing_queue_teams t join staff_representative_teams m on m.team_id = t.team_id
  where t.queue_id = any(%s) group by 1)
select r.id, r.name, s.state, coalesce(w.name, ''), s.state_since, s.state_until, s.capacity, s.load, s.limits::text, s.hardest,
  s.idle_since, s.version, coalesce(v.queues, '{}'),
  (select coalesce(json_object_agg(i.id, i.kind), '{}')::text from routing_workitem i
    where i.holder_id = r.id and i.units > 0)
from routing_seat s join staff_representative r on r.id = s.representative_id and r.is_active
left join served v on v.id = r.id left join routing_awayreason w on w.id = s.reason_id
where v.id is not null or r.id = any(%s) or %s order by r.name, r.id
"""
_NOW = """
select (select min(since) from routing_workitem where queue_id = %(queue)s and state = 'waiting'),
  (select count(*) from routing_workitem where queue_id = %(queue)s and state = 'waiting'),
  exists (select 1 from routing_queue_teams t join staff_representative_teams m on m.team_id = t.team_id
    join routing_seat s on s.representative_id = m.representative_id and s.state <> 'signed_out' where t.queue_id = %(queue)s)
"""
_BEFORE = """select count(*) from (select 1 from routing_workitem
  where queue_id = %s and state = 'waiting' and (order_at, id) < (%s, %s) limit 1000) b"""
_WITHOUT_TEAM = """select q.id from routing_queue q where q.id = any(%s)
  and not exists (select 1 from routing_queue_teams t where t.queue_id = q.id)"""


def read_world(item: WorkItem, at: datetime, *, beside: Sequence[int] = ()) -> World:
    """What the item's waiting depends on now; `beside` are people to be looked at also if they do not serve its queue."""
    plan = plan_of(item.queue)
    is_open, opens_at = opening_of(item.queue, at)
    helpers = _helping(item, plan, at)
    rules = QueueRules(item.queue_id, plan, is_open, helpers)
    kinds = current_kinds()
    asked = read_item(item)
    wanted = people_named(asked.wanted) or frozenset()
    queues = [item.queue_id, *sorted(helpers)]
    people, seats = _read_people(queues, {*beside, *wanted, *asked.preferred}, at, asked.parked_by)
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [item.queue_id, item.order_at, item.pk])
        (before,) = cursor.fetchone()
    return World(
        item=asked,
        rules=rules,
        kinds={key: kind.as_matched() for key, kind in kinds.items()},
        labels=kinds,
        people=people,
        seats=seats,
        opens_at=opens_at,
        before=before,
    )


def read_item(item: WorkItem) -> Item:
    """A stored item as the matcher sees it."""
    passed = {
        int(one["who"]): datetime.fromisoformat(one["until"]).timestamp() if one.get("until") else 0.0
        for one in item.passed
    }
    return Item(
        id=item.pk,
        kind=item.kind,
        queue=item.queue_id,
        order_at=item.order_at.timestamp(),
        since=item.since.timestamp(),
        wanted=read_wanted(item.wanted),
        preferred=tuple(item.preferred),
        difficulty=item.difficulty,
        step=item.step,
        step_since=item.step_since.timestamp(),
        steps=read_steps(item.steps) if item.steps else None,
        passed=passed,
        parked_by=item.holder_id if item.state == "parked" else None,
        opens_at=item.opens_at.timestamp() if item.opens_at else 0.0,
        closes_at=item.closes_at.timestamp() if item.closes_at else 0.0,
        version=item.version,
    )


def opening_of(queue: Queue, at: datetime) -> tuple[bool, datetime | None]:
    """Whether a queue is open, and when it opens if it is not (None: not within two months)."""
    if not queue.is_active:
        return False, None
    if queue.calendar is None:
        return True, None
    return next_opening(hours_of([queue.calendar.pk])[queue.calendar.pk], at)


def next_opening(hours: Hours, at: datetime) -> tuple[bool, datetime | None]:
    """The same for opening hours."""
    today: date = at.astimezone(hours.zone).date()
    for ahead in range(-1, LOOKED_AHEAD):
        for begins, ends in hours.open_on(today + timedelta(days=ahead)):
            if ends > at:
                return (True, None) if begins <= at else (False, begins)
    return False, None


def _helping(item: WorkItem, plan: Plan, at: datetime) -> frozenset[int]:
    """The queues whose people may take this one's work now, as its plan says."""
    if not plan.overflow:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_NOW, {"queue": item.queue_id})
        oldest, waiting, somebody = cursor.fetchone()

    def expected_wait() -> float | None:
        found = estimate(waiting, read_pace(item.queue_id, at))
        return None if found is None else found.seconds

    return frozenset(
        one.queue
        for one in plan.overflow
        if helps(
            one,
            is_nobody_here=lambda: not somebody,
            longest_wait=lambda: (at - oldest).total_seconds() if oldest else None,
            expected_wait=expected_wait,
        )
    )


def _read_people(
    queues: Sequence[int], beside: set[int], at: datetime, parked_by: int | None
) -> tuple[list[Person], dict[int, SeatTold]]:
    """Who is given no new work is there for what they put aside themselves only."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_TEAM, [list(queues)])
        everybodys = [queue for (queue,) in cursor.fetchall()]
        cursor.execute(_PEOPLE, [list(queues), sorted(beside), bool(everybodys)])
        rows = cursor.fetchall()
    abilities = attributes_of([row[0] for row in rows], at)
    withheld = why_withheld([number for number, names in abilities.items() if WITHHELD in names], at)
    people, seats = [], {}
    for row in rows:
        number, name, state, reason, since, until, capacity, load, limits, hardest, idle, version, serves, holds = row
        serving = {QUEUE.format(queue): 1 for queue in (*serves, *everybodys)}
        people.append(
            Person(
                id=number,
                attributes={**abilities.get(number, {}), **serving},
                is_available=state == "available" and (number == parked_by or number not in withheld),
                capacity=capacity,
                load=load,
                holds={int(item): kind for item, kind in json.loads(holds).items()},
                limits=_numbers(json.loads(limits)),
                hardest=hardest,
                idle_since=idle.timestamp(),
                version=version,
            )
        )
        seats[number] = SeatTold(name, state, reason, since, until, withheld.get(number, ""))
    return people, seats


def _numbers(limits: Mapping[str, Any]) -> dict[str, int]:
    return {kind: most for kind, most in limits.items() if isinstance(most, int)}


def attributes_asked(world: World) -> list[str]:
    """The attributes the item and its steps ask of people, for what may be tried."""
    steps = world.item.steps or world.rules.plan.steps
    found = [*named(world.item.wanted), *(one for step in steps for one in named(step.wanted))]
    return list(dict.fromkeys(one.name for one in found if not one.name.startswith(OF_PLACE)))
