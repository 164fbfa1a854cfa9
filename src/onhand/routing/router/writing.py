"""
Matches become decisions: many in one transaction, each only if its item is still as it was believed and its person still has room.
Rows that somebody else holds just now are not waited for; what was lost is read again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from onhand.kernel.database import run_prepared
from onhand.kernel.hints import notifier
from onhand.routing.enums import DecisionKind, ItemState
from onhand.routing.kinds import Holder, lock_subjects
from onhand.routing.matching.world import Match
from onhand.routing.router.picture import Picture

log = structlog.get_logger("onhand.routing")

_LOCK_ITEMS = """select id, version, state, holder_id, units, queue_id, kind, subject_id, closes_at from routing_workitem
  where id = any(%s) order by id for no key update skip locked"""
_LOCK_SEATS = """select representative_id, state, load, capacity from routing_seat
  where representative_id = any(%s) order by representative_id for no key update skip locked"""
_PARK = (
    "update routing_workitem set state = 'parked', state_since = %s, units = 0, offer_until = null where id = any(%s)"
)
# What is written comes as one JSON value: reading lists of a hundred values each costs the program more than the decision itself.
_DECIDE = """insert into routing_routingdecision (item_id, at, what, representative_id, queue_id, step, by_name, explanation)
  select d.item, %(at)s, d.what, d.person, d.queue, d.step, '', d.why from jsonb_to_recordset(%(decisions)s::jsonb)
    as d(item bigint, what text, person bigint, queue bigint, step int, why jsonb)"""
_GIVE = f"""
with decided as ({_DECIDE})
update routing_workitem i set state = w.state, state_since = %(at)s, holder_id = w.person, units = w.units, offer_until = w.until,
  first_taken_at = case when w.state = 'in_work' then coalesce(i.first_taken_at, %(at)s) else i.first_taken_at end,
  waited_seconds = case when w.state = 'in_work' and i.first_taken_at is null
    then greatest(0, extract(epoch from %(at)s::timestamptz - greatest(i.created_at, i.opens_at)))::int else i.waited_seconds end
from jsonb_to_recordset(%(decisions)s::jsonb) as w(item bigint, person bigint, units int, state text, until timestamptz)
where i.id = w.item and w.state is not null
"""  # noqa: S608  (our own text)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as it stands in the database, locked."""

    id: int
    version: int
    state: str
    holder: int | None
    units: int
    queue: int
    kind: str
    subject: int
    closes_at: datetime | None = None


@dataclass(slots=True)
class StoredSeat:
    """A seat as it stands in the database, locked, with what this transaction adds."""

    id: int
    state: str
    load: int
    capacity: int


@dataclass(slots=True)
class Written:
    """What was committed, and what was lost to others and is to be read again."""

    done: list[Match] = field(default_factory=list)
    lost: list[Match] = field(default_factory=list)

    @property
    def items_to_read(self) -> set[int]:
        return {one for match in self.lost for one in (match.item, *match.parks)}

    @property
    def people_to_read(self) -> set[int]:
        return {match.person for match in self.lost}


def write_matches(matches: Sequence[Match], picture: Picture, at: datetime) -> Written:
    """Commit what was matched. A batch the database refuses is tried one by one."""
    try:
        return _in_transaction(matches, picture, at)
    except (OperationalError, InterfaceError):
        raise  # the connection, and with it the lock to lead by
    except DatabaseError as error:
        log.warning("batch_refused", matches=len(matches), why=str(error).strip()[:300])
    result = Written()
    for match in matches:
        try:
            one = _in_transaction([match], picture, at)
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError as error:
            log.error("match_refused", item=match.item, person=match.person, why=str(error).strip()[:300])
            result.lost.append(match)
        else:
            result.done += one.done
            result.lost += one.lost
    return result


def _in_transaction(matches: Sequence[Match], picture: Picture, at: datetime) -> Written:
    with transaction.atomic():
        result, items = _lock(matches, picture, at)
        if result.done:
            _write(result.done, items, picture, at)
    for match in result.done:
        for one in (match.item, *match.parks):
            picture.written(one)
    _tell(result.done)
    return result


def is_given(match: Match, kind: str, queue: int, picture: Picture) -> bool:
    """Whether work is given without asking: what is gone on with, and what accepts itself by its kind or its queue."""
    known = picture.kinds.get(kind)
    return match.is_resumed or (known is not None and known.accepts_itself) or picture.plan(queue).accepts_itself


def _lock(matches: Sequence[Match], picture: Picture, at: datetime) -> tuple[Written, dict[int, StoredItem]]:
    """Lock what can be locked at once, and tell matches that hold from those that do not."""
    wanted = sorted({one for match in matches for one in (match.item, *match.parks)})
    missing = _subjects_held_by_others(matches, picture)
    rows = run_prepared(_LOCK_ITEMS, [[one for one in wanted if one not in missing]])
    items = {row[0]: StoredItem(*row) for row in rows}
    people = sorted({match.person for match in matches})
    seats = {row[0]: StoredSeat(*row) for row in run_prepared(_LOCK_SEATS, [people])}
    result = Written()
    for match in matches:
        (result.done if _holds(match, items, seats, at) else result.lost).append(match)
    return result, items


def _subjects_held_by_others(matches: Sequence[Match], picture: Picture) -> set[int]:
    """Items given without asking change what they are about, which is locked first: those where somebody else is at it."""
    plain = {match.item for match in matches if not match.is_resumed}
    if not plain or not (
        any(kind.accepts_itself for kind in picture.kinds.values())
        or any(row.plan.accepts_itself for row in picture.queues.values())
    ):
        return set()
    rows = run_prepared(
        "select id, kind, subject_id, queue_id from routing_workitem where id = any(%s)", [sorted(plain)]
    )
    about = {
        row[0]: (row[1], row[2])
        for row in rows
        if (kind := picture.kinds.get(row[1])) and (kind.accepts_itself or picture.plan(row[3]).accepts_itself)
    }
    locked = lock_subjects(about.values(), skip=True)
    return {item for item, subject in about.items() if subject not in locked}


def _holds(match: Match, items: dict[int, StoredItem], seats: dict[int, StoredSeat], at: datetime) -> bool:
    """Whether the item is as it was believed and the person has room; if so the room is taken."""
    item, seat = items.get(match.item), seats.get(match.person)
    if item is None or seat is None or item.version != match.item_version or seat.state != "available":
        return False
    if item.closes_at is not None and item.closes_at <= at:
        return False
    right = item.holder == match.person if match.is_resumed else item.holder is None
    parked = [items.get(one) for one in match.parks]
    if not right or any(one is None or one.holder != match.person for one in parked):
        return False
    load = seat.load - sum(one.units for one in parked if one is not None) + match.units
    if load > seat.capacity:
        return False
    seat.load = load
    return True


def _write(matches: Sequence[Match], items: dict[int, StoredItem], picture: Picture, at: datetime) -> None:
    parked = [(one, match) for match in matches for one in match.parks]
    if parked:
        run_prepared(_PARK, [at, [one for one, _match in parked]])
    rows = [
        (match, item, is_given(match, item.kind, item.queue, picture))
        for match in matches
        for item in (items[match.item],)
    ]
    decisions: list[dict[str, object]] = [
        {
            "item": match.item,
            "what": _what(match, own),
            "person": match.person,
            "queue": item.queue,
            "step": match.step,
            "why": match.why,
            "units": match.units,
            "state": ItemState.IN_WORK if own else ItemState.OFFERED,
            "until": None if own else _until(match, item, picture, at),
        }
        for match, item, own in rows
    ]
    decisions += [
        {
            "item": one,
            "what": DecisionKind.PARKED,
            "person": match.person,
            "queue": items[one].queue,
            "step": 0,
            "why": {"why": "interrupted", "by": match.item},
        }
        for one, match in parked
    ]
    run_prepared(_GIVE, {"at": at, "decisions": json.dumps(decisions)})
    for match, item, own in rows:
        kind = picture.kinds.get(item.kind)
        if own and not match.is_resumed and kind is not None:
            kind.taken(item.subject, Holder(match.person, picture.names.get(match.person, "")), at)


def _until(match: Match, item: StoredItem, picture: Picture, at: datetime) -> str:
    until = at + timedelta(seconds=picture.plan(item.queue).offer_seconds)
    until = until if item.closes_at is None else min(until, item.closes_at)
    picture.note_moment(until.timestamp(), match.item)
    return until.isoformat()


def _what(match: Match, is_given: bool) -> DecisionKind:
    if match.is_resumed:
        return DecisionKind.RESUMED
    return DecisionKind.GIVEN if is_given else DecisionKind.OFFERED


def _tell(matches: Sequence[Match]) -> None:
    """After the commit, let the pages of those who were given something look, and the floor."""
    topics = {topic for match in matches for topic in (f"work:{match.person}", f"work_item:{match.item}")}
    if topics:
        notifier.send([*sorted(topics), "floor"])
