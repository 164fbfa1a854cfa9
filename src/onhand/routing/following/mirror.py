"""An item as its subject stands: begun, described anew, held by whose it is, ended. The same for every kind of work."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from onhand.kernel.database import run_prepared
from onhand.routing import items
from onhand.routing.abilities import who_may
from onhand.routing.enums import DecisionKind, EndedWhy, ItemState
from onhand.routing.expected import foretell_of
from onhand.routing.kinds import current_kind
from onhand.routing.models import Queue, WorkItem
from onhand.routing.queues import plan_of, queue_for_team
from onhand.routing.seats import lock_seats

SWEPT_AT_ONCE = 200
HELD = (ItemState.IN_WORK, ItemState.PARKED, ItemState.WRAP_UP)
_CURRENT = """
select i.id from unnest(%s::text[], %s::bigint[]) s(kind, subject)
join routing_workitem i on i.kind = s.kind and i.subject_id = s.subject and i.state <> 'ended'
"""


def _nothing() -> Mapping[str, Any]:
    return {}


def _no_queue() -> Queue | None:
    return None


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How a subject stands. `is_to_do`: it is work now, of the queue of `team_id`. What is `owned` is held by `owner_id`, and waits if that
    is nobody; else the router alone says who has it. What `keeps_waiting` is put aside for a new owner until the router finds they have
    room. `details` are the item's own values, `first` gives those it begins with; who
    did what nobody had is `done_by`; `queue` finds the one that was chosen for it. `wraps_up`: the queue's wrap-up follows.
    """

    kind: str
    subject_id: int
    is_to_do: bool
    team_id: int | None = None
    owned: bool = False
    owner_id: int | None = None
    owner_name: str = ""
    keeps_waiting: bool = False
    ended: EndedWhy = EndedWhy.DONE
    done_by: int | None = None
    wraps_up: bool = False
    since: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    first: Callable[[], Mapping[str, Any]] = _nothing
    queue: Callable[[], Queue | None] = _no_queue


def follow(standings: Sequence[Standing], at: datetime) -> None:
    """
    Let the items be as their subjects are, in the transaction of the change: subjects are locked, or new. All items are locked before
    all seats, each in order of number.
    """
    current = _current_items(standings)
    if len(current) > 1:
        owners = {one.owner_id for one in standings if one.owner_id is not None}
        lock_seats(owners | {item.holder_id for item in current.values() if item.holder_id is not None}, at)
    for one in standings:
        _follow(one, current.get((one.kind, one.subject_id)), at)


def _current_items(standings: Sequence[Standing]) -> dict[tuple[str, int], WorkItem]:
    kinds, subjects = [one.kind for one in standings], [one.subject_id for one in standings]
    ids = [row[0] for row in run_prepared(_CURRENT, [kinds, subjects])] if standings else []
    return {(item.kind, item.subject_id): item for item in (items.lock_items(ids) if ids else ())}


def _follow(standing: Standing, item: WorkItem | None, at: datetime) -> None:
    if not standing.is_to_do:
        if item is not None:
            _finish(item, standing, at)
    elif item is None:
        _begin(standing, at)
    else:
        _describe(item, standing, at)
        if standing.owned:
            _hold_as_owned(item, standing, at)


def _finish(item: WorkItem, standing: Standing, at: datetime) -> None:
    who = standing.done_by
    # Whoever only has a number, as in old data, did nothing the router knows of.
    who = who if who is not None and lock_seats([who], item.created_at) else None
    if standing.wraps_up:
        items.finish(item, standing.ended, at, who=who)
    else:
        lock_seats([item.holder_id] if item.holder_id is not None else [], at)
        items.end(item, standing.ended, at, who=who)


def _begin(standing: Standing, at: datetime) -> None:
    """It is work now: waiting, or, being somebody's already, parked for them until they have room."""
    kind, queue = current_kind(standing.kind), standing.queue() or queue_for_team(standing.team_id)
    values = {"minutes": kind.minutes, "wanted": {}, **standing.first(), **standing.details}
    if kind.permission:
        values["wanted"] = {"all": [one for one in (who_may(kind.permission), values["wanted"]) if one]}
    item = WorkItem(
        kind=standing.kind,
        subject_id=standing.subject_id,
        queue=queue,
        state_since=at,
        weight=kind.units,
        created_at=at,
        since=standing.since or at,
        step_since=at,
        **values,
    )
    item.order_at = items.ordered_at(item, plan_of(queue))
    if standing.owned and standing.owner_id is not None:
        seat = lock_seats([standing.owner_id], at).get(standing.owner_id)
        if seat is not None:
            item.state, item.holder_id = ItemState.PARKED, seat.pk
    if item.holder_id is None:
        foretell_of(item, at)
    item.save(force_insert=True)
    if item.holder_id is not None:
        items.decide(item, DecisionKind.PARKED, at, who=item.holder_id, explanation={"why": "owner"})
    items.tell_item(item)


def _describe(item: WorkItem, standing: Standing, at: datetime) -> None:
    changes = items.differing(item, standing.details)
    if not item.is_queue_chosen:
        queue = queue_for_team(standing.team_id)
        if queue.pk != item.queue_id:
            _move_with_team(item, queue, at, changes)
            return
    if changes:
        items.reorder(item, at, **changes)


def _move_with_team(item: WorkItem, queue: Queue, at: datetime, changes: dict[str, Any]) -> None:
    """Another team has it: what was offered to somebody of the one before is offered no more."""
    if item.state == ItemState.OFFERED:
        items.wait_again(item, at, DecisionKind.WITHDRAWN, why="moved")
    items.reorder(item, at, queue=queue, **changes)
    items.decide(item, DecisionKind.MOVED, at, explanation={"why": "team"})


def _hold_as_owned(item: WorkItem, standing: Standing, at: datetime) -> None:
    """Whoever the subject was given to has its item; what is nobody's waits, or stays offered."""
    who = standing.owner_id
    if who is None:
        if item.state in HELD:
            items.wait_again(item, at, DecisionKind.RETURNED, hooks=False)
        return
    if item.holder_id == who and item.state in (ItemState.IN_WORK, ItemState.PARKED):
        return
    resumed = item.state == ItemState.WRAP_UP and item.holder_id == who
    if standing.keeps_waiting:
        items.hold(item, who, at, DecisionKind.PARKED, why="owner", parked=True)
        return
    what = DecisionKind.RESUMED if resumed else DecisionKind.TAKEN
    items.hold(item, who, at, what, by_name=standing.owner_name)


# The sweep.


def pages(statement: str, given: Mapping[str, Any]) -> Iterator[list[int]]:
    """What a statement finds above `after`, at most `most` at a time, until there is no more."""
    after = 0
    while found := [row[0] for row in run_prepared(statement, {**given, "after": after, "most": SWEPT_AT_ONCE})]:
        after = found[-1]
        yield found


def sweep_statements(
    statements: Sequence[str], follow_again: Callable[[Sequence[int], datetime], int], at: datetime
) -> int:
    """Follow again what these statements find wrong, each page in a transaction; how many there were."""
    count = 0
    for statement in statements:
        for found in pages(statement, {}):
            with transaction.atomic():
                count += follow_again(found, at)
    return count


def locked_ids(statement: str, subject_ids: Sequence[int], skip: bool) -> set[int]:
    """The subjects a locking statement could lock; with `skip` without those that somebody else holds."""
    return {row[0] for row in run_prepared(f"{statement} skip locked" if skip else statement, [list(subject_ids)])}
