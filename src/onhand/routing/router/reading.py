"""What the router reads from the database, as the plain values the matcher takes."""

import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import structlog

from onhand.kernel.database import run_prepared
from onhand.routing.abilities import WITHHELD, attributes_of
from onhand.routing.matching.plans import USUAL, Plan, Step, WrongPlanError, read_steps
from onhand.routing.matching.wanted import ANYBODY, Has, Wanted, WrongWantedError, both, read_wanted
from onhand.routing.matching.world import QUEUE, Item, Person
from onhand.routing.queues import published_plan

log = structlog.get_logger("onhand.routing")
SERVES_LEVEL = 1  # of the attribute of whoever serves a queue
LANGUAGE = "language:"

_ITEM = """select i.id, i.kind, i.subject_id, i.queue_id, i.state, i.holder_id, extract(epoch from i.order_at)::float8,
  extract(epoch from i.since)::float8, extract(epoch from i.state_since)::float8, i.wanted::text, i.preferred, i.difficulty, i.step,
  extract(epoch from i.step_since)::float8, i.steps::text, i.passed::text, coalesce(extract(epoch from i.opens_at)::float8, 0),
  coalesce(extract(epoch from i.closes_at)::float8, 0),
  coalesce(extract(epoch from i.offer_until)::float8, 0), i.language, i.version from routing_workitem i"""
_OPEN_ITEMS = f"{_ITEM} where i.state <> 'ended' and i.id > %s order by i.id limit %s"
_ITEMS = f"{_ITEM} where i.id = any(%s)"
_CHANGED_ITEMS = f"{_ITEM} where i.change >= %s"
_SEAT = """select s.representative_id, r.name, s.state, r.is_active, s.capacity, s.load, s.limits::text, s.hardest,
  extract(epoch from s.idle_since)::float8, r.language, s.version,
  (select json_object_agg(w.id, w.kind)::text from routing_workitem w
   where w.holder_id = s.representative_id and w.state in ('offered', 'in_work', 'wrap_up')),
  array(select q.queue_id from staff_representative_teams t join routing_queue_teams q on q.team_id = t.team_id
   where t.representative_id = s.representative_id)
  from routing_seat s join staff_representative r on r.id = s.representative_id"""
_PRESENT = f"{_SEAT} where s.state <> 'signed_out' and s.representative_id > %s order by s.representative_id limit %s"
_SEATS = f"{_SEAT} where s.representative_id = any(%s)"
_CHANGED_SEATS = f"{_SEAT} where s.change >= %s"
_QUEUES = """select q.id, q.plan, q.is_active, q.calendar_id, not exists (select 1 from routing_queue_teams t where t.queue_id = q.id),
  coalesce((select array_agg(t.team_id order by t.team_id) from routing_queue_teams t where t.queue_id = q.id), '{}')
  from routing_queue q order by q.id"""
# Transactions that began before this one and have not ended: what they write is not seen yet.
_HORIZON = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class ItemRow(NamedTuple):
    """A work item as it is stored; moments in seconds since the epoch, 0 for none."""

    id: int
    kind: str
    subject_id: int
    queue: int
    state: str
    holder: int | None
    order_at: float
    since: float
    state_since: float
    wanted: str
    preferred: list[int]
    difficulty: int
    step: int
    step_since: float
    steps: str | None
    passed: str
    opens_at: float
    closes_at: float
    offer_until: float
    language: str
    version: int


class SeatRow(NamedTuple):
    """A seat as it is stored, with what its person holds and the queues their teams serve."""

    id: int
    name: str
    state: str
    is_active: bool
    capacity: int
    load: int
    limits: str
    hardest: int
    idle_since: float
    language: str
    version: int
    holds: str | None
    queues: list[int]

    @property
    def is_present(self) -> bool:
        return self.is_active and self.state != "signed_out"

    @property
    def has_gone(self) -> bool:
        """Whether they are not there for what they have, or have left while they still count as there."""
        return (self.state != "available" and bool(self.holds)) or (not self.is_active and self.state != "signed_out")


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue as it is stored. `is_everybodys` where no team serves it."""

    id: int
    plan: Plan
    is_active: bool
    calendar: int | None
    is_everybodys: bool
    teams: tuple[int, ...]


def read_horizon() -> int:
    """What is to be read from on the next time; to be read before the rows are."""
    ((horizon,),) = run_prepared(_HORIZON)
    return int(horizon)


def read_open_items(after: int, most: int) -> list[ItemRow]:
    """Items that have not ended, the next ones by number."""
    return [ItemRow._make(row) for row in run_prepared(_OPEN_ITEMS, [after, most])]


def read_items(ids: Collection[int]) -> list[ItemRow]:
    """These items, also ended ones."""
    return [ItemRow._make(row) for row in run_prepared(_ITEMS, [list(ids)])]


def read_changed_items(horizon: int) -> list[ItemRow]:
    """Items written by transactions from the horizon on."""
    return [ItemRow._make(row) for row in run_prepared(_CHANGED_ITEMS, [horizon])]


def read_present(after: int, most: int) -> list[SeatRow]:
    """Seats of people who are signed in, the next ones by number."""
    return [SeatRow._make(row) for row in run_prepared(_PRESENT, [after, most])]


def read_seats(ids: Collection[int]) -> list[SeatRow]:
    """The seats of these people."""
    return [SeatRow._make(row) for row in run_prepared(_SEATS, [list(ids)])]


def read_changed_seats(horizon: int) -> list[SeatRow]:
    """Seats written by transactions from the horizon on."""
    return [SeatRow._make(row) for row in run_prepared(_CHANGED_SEATS, [horizon])]


def read_queues() -> list[QueueRow]:
    """Every queue. One whose plan cannot be read goes by the usual one, and the log says so."""
    found = []
    for queue, number, is_active, calendar, is_everybodys, teams in run_prepared(_QUEUES):
        try:
            plan = published_plan(queue, number) if number else USUAL
        except WrongPlanError as error:
            log.error("plan_cannot_be_read", queue=queue, plan=number, why=str(error))
            plan = USUAL
        found.append(QueueRow(queue, plan, is_active, calendar, is_everybodys, tuple(teams)))
    return found


def read_attributes(rows: Collection[SeatRow], at: datetime) -> dict[int, dict[str, int]]:
    """What these people can and may. Who has no languages said of them is taken to speak the one they work in."""
    found = attributes_of([row.id for row in rows], at)
    named: dict[int, dict[str, int]] = {}
    for row in rows:
        own = {sys.intern(name): level for name, level in found.get(row.id, {}).items()}
        if row.language and not any(name.startswith(LANGUAGE) for name in own):
            own[sys.intern(f"{LANGUAGE}{row.language}")] = 5
        named[row.id] = own
    return named


def as_item(row: ItemRow, spoken: Collection[str]) -> Item:
    """What the matcher takes of an item that waits or is parked. Its language is asked for where anybody present speaks it."""
    return Item(
        id=row.id,
        kind=sys.intern(row.kind),
        queue=row.queue,
        order_at=row.order_at,
        since=row.since,
        wanted=_wanted(row.wanted, row.language if row.language in spoken else ""),
        preferred=tuple(row.preferred),
        difficulty=row.difficulty,
        step=row.step,
        step_since=row.step_since,
        steps=_steps(row.steps) if row.steps else None,
        passed=read_passed(row.passed),
        parked_by=row.holder if row.state == "parked" else None,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        version=row.version,
    )


def as_person(row: SeatRow, attributes: Mapping[str, int], everybodys: Collection[int]) -> Person:
    """
    What the matcher takes of somebody. `everybodys` are the queues that no team serves. Who is given no new work serves no queue for it,
    and goes on with what they put aside.
    """
    queues = () if WITHHELD in attributes else (*row.queues, *everybodys)
    serves = {sys.intern(QUEUE.format(one)): SERVES_LEVEL for one in queues}
    holds = json.loads(row.holds) if row.holds else {}
    return Person(
        id=row.id,
        attributes={**attributes, **serves},
        is_available=row.state == "available" and row.is_active,
        capacity=row.capacity,
        load=row.load,
        holds={int(item): sys.intern(kind) for item, kind in holds.items()},
        limits=json.loads(row.limits),
        hardest=row.hardest,
        idle_since=row.idle_since,
        version=row.version,
    )


def read_passed(text: str) -> dict[int, float]:
    """Who shall not get an item, until when in seconds since the epoch (0: never)."""
    if text == "[]":
        return {}
    return {int(one["who"]): _moment(one.get("until")) for one in json.loads(text)}


def _moment(until: Any) -> float:
    return datetime.fromisoformat(until).timestamp() if until else 0.0


@lru_cache(maxsize=10_000)
def _wanted(text: str, language: str) -> Wanted:
    try:
        asked = read_wanted(json.loads(text))
    except WrongWantedError as error:
        log.error("what_work_asks_cannot_be_read", wanted=text[:200], why=str(error))
        asked = ANYBODY
    return both(asked, Has(f"{LANGUAGE}{language}")) if language else asked


@lru_cache(maxsize=1_000)
def _steps(text: str) -> tuple[Step, ...] | None:
    try:
        return read_steps(json.loads(text))
    except WrongPlanError as error:
        log.error("steps_cannot_be_read", why=str(error))
        return None
