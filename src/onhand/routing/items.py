"""
Every write on work items, one function a change of state. Each is guarded: who calls has the item locked (after the contact it is
about, before seats), the row is written only in the version it was read in, and what was decided is written with it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit
from onhand.routing.enums import DecisionKind, EndedWhy, ItemState, WrapUp
from onhand.routing.kinds import Holder, kind_of
from onhand.routing.matching.plans import Plan, order_at
from onhand.routing.models import Queue, RoutingDecision, Seat, WorkItem
from onhand.routing.queues import plan_of
from onhand.routing.seats import lock_seats, room

# For how long somebody is not given again what they passed, did not answer, gave back, or put aside.
NOT_AGAIN = {
    DecisionKind.PASSED: timedelta(minutes=15),
    DecisionKind.MISSED: timedelta(minutes=5),
    DecisionKind.RETURNED: timedelta(hours=1),
    DecisionKind.PARKED: timedelta(minutes=30),
}
MOST_PASSED = 50  # remembered of an item: the latest
_LOCK = "select 1 from routing_workitem where id = any(%s) order by id for no key update"
_LOCK_FREE = "select id from routing_workitem where id = any(%s) order by id for no key update skip locked"
TAKING = (ItemState.OFFERED, ItemState.IN_WORK, ItemState.WRAP_UP)  # states in which an item takes units


class OvertakenError(Exception):
    """The item is not as it was believed: somebody else changed it first. Nothing was written."""


def lock_items(item_ids: Collection[int], *, skip: bool = False) -> list[WorkItem]:
    """These items, locked in order of id; with `skip` without those that somebody else holds."""
    ids = sorted(set(item_ids))
    if skip:
        ids = [row[0] for row in run_prepared(_LOCK_FREE, [ids])]
    else:
        run_prepared(_LOCK, [ids])
    return list(WorkItem.objects.filter(pk__in=ids).select_related("queue", "holder").order_by("pk"))


def lock_item(item_id: int) -> WorkItem | None:
    """One item, locked."""
    found = lock_items([item_id])
    return found[0] if found else None


def current_item(kind: str, subject_id: int) -> WorkItem | None:
    """The item of a subject that has not ended, locked; its subject is locked by the caller, so that there is one at most."""
    found = WorkItem.objects.filter(kind=kind, subject_id=subject_id).exclude(state=ItemState.ENDED)
    pk = found.values_list("pk", flat=True).first()
    return lock_item(pk) if pk is not None else None


def write(item: WorkItem, **changes: Any) -> None:
    """
    Store changes of a locked item, and assign them to it.

    :raises OvertakenError: the item was written since it was read.
    """
    found = WorkItem.objects.filter(pk=item.pk, version=item.version)
    if not found.update(**changes, version=F("version") + 1):
        raise OvertakenError(item.pk)
    item.version += 1
    for name, value in changes.items():
        setattr(item, name, value)
    tell_item(item)


def decide(
    item: WorkItem,
    what: DecisionKind,
    at: datetime,
    *,
    who: int | None = None,
    by_name: str = "",
    explanation: Mapping[str, Any] | None = None,
) -> None:
    """Write down what became of an item, in the transaction that did it."""
    RoutingDecision.objects.create(
        item=item,
        at=at,
        what=what,
        representative_id=who,
        queue_id=item.queue_id,
        step=item.step,
        by_name=by_name[:200],
        explanation=dict(explanation or {}),
    )


def tell_item(item: WorkItem, *people: int | None) -> None:
    """After the commit, let the router and the pages that show the item look."""
    holders = {one for one in (item.holder_id, *people) if one is not None}
    topics = [topic for one in sorted(holders) for topic in (f"work:{one}", f"route:seat:{one}")]
    send_after_commit(f"route:item:{item.pk}", f"work_item:{item.pk}", *topics, "floor")


def move(
    item: WorkItem, state: ItemState, at: datetime, *, holder: int | None = None, units: int = 0, **more: Any
) -> None:
    """Put a locked item into a state, with the times that follow from it. Seats it takes from or gives to are locked by the caller."""
    was = item.holder_id
    changes: dict[str, Any] = {
        "state": state,
        "state_since": at,
        "holder_id": holder,
        "units": units,
        "offer_until": None,
    }
    if item.state in (ItemState.IN_WORK, ItemState.WRAP_UP):
        changes["worked_seconds"] = item.worked_seconds + _seconds(item.state_since, at)
    if state == ItemState.IN_WORK and item.first_taken_at is None:
        changes |= taken_first(item, at)
    write(item, **(changes | more))
    if was is not None:
        tell_item(item, was)


def taken_first(item: WorkItem, at: datetime) -> dict[str, Any]:
    """What is stored when an item is taken for the first time. What may not be given before a time does not wait before it."""
    begins = max(item.created_at, item.opens_at or item.created_at)
    return {"first_taken_at": at, "waited_seconds": _seconds(begins, at)}


def _seconds(since: datetime, at: datetime) -> int:
    return max(0, int((at - since).total_seconds()))


def units_of(item: WorkItem, seat: Seat) -> int:
    """What an item in work takes of this person's capacity."""
    return max(1, seat.capacity if kind_of(item.kind).takes_all else item.weight)


def fits(item: WorkItem, seat: Seat) -> bool:
    """Whether somebody can have an item in work beside what they have. What they have of it already counts for it."""
    own = item.units if item.holder_id == seat.pk else 0
    return units_of(item, seat) - own <= room(seat)


def is_time(item: WorkItem, at: datetime) -> bool:
    """Whether an item may be given at a moment: not before it opens, and not from when it closes."""
    return (item.opens_at is None or item.opens_at <= at) and (item.closes_at is None or at < item.closes_at)


def not_again(item: WorkItem, who: int, what: DecisionKind, at: datetime, why: str = "") -> list[dict[str, Any]]:
    """Who shall not get the item again, with somebody more."""
    until = at + NOT_AGAIN[what]
    others = [one for one in item.passed if one["who"] != who]
    return [*others, {"who": who, "until": until.isoformat(), "why": why or str(what)}][-MOST_PASSED:]


def ordered_at(item: WorkItem, plan: Plan) -> datetime:
    """The moment by which the item is to be begun, by the plan of its queue: see `plans.order_at`."""
    due = item.due_at.timestamp() if item.due_at else None
    moment = order_at(item.since.timestamp(), item.priority, due, item.minutes, plan.targets)
    return datetime.fromtimestamp(moment, tz=item.since.tzinfo)


# What becomes of an item.


def hold(
    item: WorkItem,
    who: int,
    at: datetime,
    what: DecisionKind,
    *,
    by_name: str = "",
    why: str = "",
    parked: bool = False,
) -> bool:
    """
    Let an item be somebody's, whatever they have: in work if it fits their capacity and may be given now, else parked for them. False
    where there is no such representative: then it stays as it is.
    """
    seats = lock_seats({who, item.holder_id or who}, at)
    seat = seats.get(who)
    if seat is None:
        return False
    state = ItemState.IN_WORK if not parked and fits(item, seat) and is_time(item, at) else ItemState.PARKED
    if item.holder_id == who and item.state == state:
        return True
    units = units_of(item, seat) if state == ItemState.IN_WORK else 0
    move(item, state, at, holder=who, units=units)
    decide(item, what, at, who=who, by_name=by_name, explanation={"why": why} if why else {})
    return True


def give(item: WorkItem, holder: Holder, at: datetime, what: DecisionKind, *, by_name: str = "", why: str = "") -> None:
    """
    Give an item to somebody by hand, with what follows for its subject, which is locked.

    :raises OvertakenError: there is no such representative any more.
    """
    if not hold(item, holder.id, at, what, by_name=by_name, why=why):
        raise OvertakenError(item.pk)
    kind_of(item.kind).taken(item.subject_id, holder, at)


def accept(item: WorkItem, holder: Holder, at: datetime) -> None:
    """Let who was offered an item have it, with what follows for its subject, which is locked. What it takes is theirs already."""
    lock_seats([holder.id], at)
    _end_optional_wrap_ups(holder.id, item.pk, at)
    move(item, ItemState.IN_WORK, at, holder=holder.id, units=item.units)
    decide(item, DecisionKind.ACCEPTED, at, who=holder.id, by_name=holder.name)
    kind_of(item.kind).taken(item.subject_id, holder, at)


def _end_optional_wrap_ups(who: int, but: int, at: datetime) -> None:
    """Whoever goes on to the next has finished what they did not have to wrap up."""
    found = WorkItem.objects.filter(holder=who, state=ItemState.WRAP_UP).exclude(pk=but).values_list("pk", flat=True)
    for one in lock_items(list(found), skip=True):
        if one.state == ItemState.WRAP_UP and plan_of(one.queue).wrap_up == WrapUp.OPTIONAL:
            finish_wrap_up(one, at)


def wait_again(
    item: WorkItem, at: datetime, what: DecisionKind, *, by_name: str = "", why: str = "", hooks: bool = True
) -> None:
    """
    Take an item from who has it, so that it waits with its age: passed, missed, withdrawn or given back. Who passed, missed or gave it
    back does not get it again for a while. What is given back is nobody's also for its subject, which is locked then.
    """
    was, begun = item.holder_id, item.state in (ItemState.IN_WORK, ItemState.PARKED, ItemState.WRAP_UP)
    passed = item.passed if was is None or what not in NOT_AGAIN else not_again(item, was, what, at, why)
    lock_seats([was] if was is not None else [], at)
    move(item, ItemState.WAITING, at, passed=passed)
    decide(item, what, at, who=was, by_name=by_name, explanation={"why": why} if why else {})
    if begun and hooks:
        kind_of(item.kind).given_back(item.subject_id, at)


def park(item: WorkItem, at: datetime, *, by_name: str = "", why: str = "") -> None:
    """Let an item stay with who has it and take nothing of them. What they put aside themselves does not come back by itself at once."""
    lock_seats([item.holder_id] if item.holder_id is not None else [], at)
    by_hand = bool(by_name) and item.holder_id is not None
    passed = not_again(item, item.holder_id or 0, DecisionKind.PARKED, at, why) if by_hand else item.passed
    move(item, ItemState.PARKED, at, holder=item.holder_id, passed=passed)
    decide(item, DecisionKind.PARKED, at, who=item.holder_id, by_name=by_name, explanation={"why": why} if why else {})


def finish(item: WorkItem, why: EndedWhy, at: datetime, *, who: int | None = None, by_name: str = "") -> None:
    """
    Nothing is left to do: wrap-up begins where the queue has it, and who had the item in work; else it ends. `who` did it, where it
    was nobody's.
    """
    if item.state == ItemState.WRAP_UP:
        return
    plan = plan_of(item.queue)
    lock_seats([item.holder_id] if item.holder_id is not None else [], at)
    if item.state == ItemState.IN_WORK and why == EndedWhy.DONE and plan.wrap_up != WrapUp.NONE:
        units = 1 if plan.wrap_up == WrapUp.OPTIONAL else item.units
        move(item, ItemState.WRAP_UP, at, holder=item.holder_id, units=units)
        return
    end(item, why, at, who=who, by_name=by_name)


def end(item: WorkItem, why: EndedWhy, at: datetime, *, who: int | None = None, by_name: str = "") -> None:
    """The item is over."""
    was = item.holder_id if item.state != ItemState.OFFERED else None
    first = taken_first(item, at) if who is not None and item.first_taken_at is None else {}
    move(item, ItemState.ENDED, at, ended_at=at, ended_why=why, **first)
    decide(item, DecisionKind.ENDED, at, who=was or who, by_name=by_name, explanation={"why": str(why)})


def finish_wrap_up(item: WorkItem, at: datetime, *, by_name: str = "", why: str = "") -> None:
    """The wrap-up is over, and the item with it."""
    lock_seats([item.holder_id] if item.holder_id is not None else [], at)
    was = item.holder_id
    move(item, ItemState.ENDED, at, ended_at=at, ended_why=EndedWhy.DONE)
    decide(item, DecisionKind.ENDED, at, who=was, by_name=by_name, explanation={"why": why or "wrap_up"})


def reorder(item: WorkItem, at: datetime, **changes: Any) -> None:
    """Change what orders or describes an item (priority, due time, title, queue), and what follows from it."""
    queue: Queue | None = changes.get("queue")
    if queue is not None:
        changes |= {"step": 0, "step_since": at, "steps": None}
    for name, value in changes.items():
        setattr(item, name, value)
    write(item, **changes, order_at=ordered_at(item, plan_of(item.queue)))


def change_queue(item: WorkItem, queue: Queue, at: datetime, *, by_name: str = "") -> None:
    """Let an item wait in another queue that was chosen for it, with its age; an offer of the one before is withdrawn."""
    if item.state == ItemState.OFFERED:
        wait_again(item, at, DecisionKind.WITHDRAWN, why="moved")
    reorder(item, at, queue=queue, is_queue_chosen=True)
    decide(item, DecisionKind.MOVED, at, by_name=by_name, explanation={"why": "chosen"})


def differing(item: WorkItem, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Of these values those the item does not have."""
    return {name: value for name, value in wanted.items() if getattr(item, name) != value}


def held_by(who: int, states: Iterable[ItemState]) -> list[tuple[int, str, int]]:
    """What somebody has in these states, as (item, kind, subject), not locked."""
    found = WorkItem.objects.filter(holder=who, state__in=list(states)).order_by("pk")
    return list(found.values_list("pk", "kind", "subject_id"))
