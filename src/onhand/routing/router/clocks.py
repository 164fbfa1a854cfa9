"""
What happens to work and people by the clock: offers run out, steps are reached, wrap-ups end, queues open and close and help one
another, people come back, lose their connection, or stay away from what is theirs. Each change is a transaction of its own that looks
again under its locks; one that fails is tried again the next time.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from onhand.kernel.actor import system_actor
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import ActError
from onhand.kernel.hints import notifier
from onhand.kernel.records import Subject, publish
from onhand.routing.enums import DecisionKind, ItemState, SeatState, StateHow, WrapUp
from onhand.routing.events import SeatStateChanged, WorkWasMissed
from onhand.routing.items import OvertakenError, finish_wrap_up, lock_item, wait_again
from onhand.routing.kinds import kind_of, lock_subjects
from onhand.routing.leaving import leave_behind, lock_held, release
from onhand.routing.matching.world import Stepped
from onhand.routing.models import Seat, WorkItem
from onhand.routing.queues import plan_of
from onhand.routing.seats import SEEN_WITHIN, change_state, is_taking_part, lock_seats, store

log = structlog.get_logger("onhand.routing")
ACTOR = system_actor("router")
MOST = 200  # of each sort in a round
DISCONNECTED, LEFT = "disconnected", "left"

_STEP = """
with locked as (
  select i.id, s.step, s.at from routing_workitem i
  join unnest(%(items)s::bigint[], %(steps)s::int[], %(ats)s::timestamptz[]) as s(item, step, at) on s.item = i.id
  where i.state = 'waiting' and i.step < s.step order by i.id for no key update of i skip locked),
decided as (
  insert into routing_routingdecision (item_id, at, what, queue_id, step, by_name, explanation)
  select i.id, %(at)s, 'stepped', i.queue_id, l.step, '', '{}' from locked l join routing_workitem i on i.id = l.id)
update routing_workitem i set step = l.step, step_since = l.at from locked l where i.id = l.id returning i.id
"""
_OFFERS = "select id from routing_workitem where state = 'offered' and offer_until <= %s order by offer_until limit %s"
_OFFERED_TO = """
select id from routing_workitem where holder_id = any(%s) and state = 'offered' and offer_until is not null limit %s
"""
_OFFERED_IN_VAIN = """
select i.id from routing_workitem i join routing_seat s on s.representative_id = i.holder_id
where i.state = 'offered' and i.offer_until is not null and s.state <> 'available' limit %s
"""
_SHUT = """
select id, kind, subject_id from routing_workitem where closes_at <= %s and state in ('waiting', 'offered', 'parked')
order by closes_at limit %s
"""
_SEATS_BY_CLOCK = "select representative_id from routing_seat where state_until <= %s order by state_until limit %s"
_DISCONNECTED = "select representative_id from routing_seat where state <> 'signed_out' and seen_at < %s limit %s"
_LEFT = """
select s.representative_id from routing_seat s join staff_representative r on r.id = s.representative_id
where s.representative_id = any(%s) and s.state <> 'signed_out' and not r.is_active
"""
# Parked for somebody who is not there, or left: whether they have been away long enough their queue's plan says.
_LEFT_WAITING = """
select i.id from routing_workitem i join routing_seat s on s.representative_id = i.holder_id
join staff_representative r on r.id = s.representative_id
where i.state in ('parked', 'in_work') and (not r.is_active
  or (i.state = 'parked' and s.state <> 'available' and s.state_since < %(at)s - interval '1 minute')) and i.id > %(after)s
order by i.id limit %(most)s
"""


def note_steps(reached: Sequence[Stepped], at: datetime) -> set[int]:
    """Write down the steps items have reached; those that could not be written now."""
    if not reached:
        return set()
    parameters = {
        "at": at,
        "items": [one.item for one in reached],
        "steps": [one.step for one in reached],
        "ats": [datetime.fromtimestamp(one.at, tz=at.tzinfo) for one in reached],
    }
    with transaction.atomic():
        written = {row[0] for row in run_prepared(_STEP, parameters)}
    if written:
        notifier.send([*(f"work_item:{one}" for one in sorted(written)), "floor"])
    return {one.item for one in reached} - written


def end_by_clock(item_ids: Iterable[int], at: datetime) -> None:
    """Let offers that ran out, and wrap-ups that are over, end."""
    for item_id in item_ids:
        _tried(lambda pk=item_id: _end_item(pk, at), "item", item_id)  # type: ignore[misc]


def out_of_time(at: datetime, timed_queues: Sequence[int]) -> list[int]:
    """Offers that ran out and wrap-ups that are over, as they are stored. In `timed_queues` wrap-ups end by the clock."""
    offers = [row[0] for row in run_prepared(_OFFERS, [at, MOST])]
    found = WorkItem.objects.filter(state=ItemState.WRAP_UP, queue__in=timed_queues)
    wrapping = found.order_by("state_since").select_related("queue")[:MOST]
    return offers + [item.pk for item in wrapping if _wrap_up_is_over(item, at)]


def shut(at: datetime) -> None:
    """Work that may not be given any more, for now or at all: its kind says which."""
    for item_id, kind, subject_id in run_prepared(_SHUT, [at, MOST]):
        then = kind_of(kind).shut
        if then is not None:
            _tried(lambda key=kind, pk=subject_id, do=then: _shut(key, pk, do, at), "item", item_id)  # type: ignore[misc]


def _shut(kind: str, subject_id: int, then: Callable[[int, datetime], None], at: datetime) -> None:
    if lock_subjects([(kind, subject_id)], skip=True):
        then(subject_id, at)


def take_from_gone(people: Sequence[int], at: datetime) -> list[int]:
    """Let offers to people who are not available any more wait again, which are given, and sign out who does not work here any more."""
    offered = [row[0] for row in run_prepared(_OFFERED_TO, [people, MOST])]
    end_by_clock(offered, at)
    for (person,) in run_prepared(_LEFT, [people]):
        _tried(lambda who=person: _sign_out(who, at), "person", person)  # type: ignore[misc]
    return offered


def take_offers_made_in_vain(at: datetime) -> None:
    """The same of offers, whoever's they are: once, when somebody begins to lead."""
    end_by_clock([row[0] for row in run_prepared(_OFFERED_IN_VAIN, [MOST])], at)


def _wrap_up_is_over(item: WorkItem, at: datetime) -> bool:
    plan = plan_of(item.queue)
    if plan.wrap_up == WrapUp.NONE:
        return True
    is_timed = plan.wrap_up in (WrapUp.TIMED, WrapUp.FORCED)
    return is_timed and item.state_since + timedelta(seconds=plan.wrap_up_seconds) <= at


def _end_item(item_id: int, at: datetime) -> None:
    item = lock_item(item_id)
    if item is None:
        return
    if item.state == ItemState.OFFERED and item.holder_id is not None:
        seat = lock_seats([item.holder_id], at)[item.holder_id]
        if item.offer_until is not None and item.offer_until <= at:
            _miss(item, seat, at)
        elif seat.state != SeatState.AVAILABLE:
            wait_again(item, at, DecisionKind.WITHDRAWN, why=str(seat.state))
    elif item.state == ItemState.WRAP_UP and _wrap_up_is_over(item, at):
        finish_wrap_up(item, at, why="clock")


def _miss(item: WorkItem, seat: Seat, at: datetime) -> None:
    """An offer ran out: the item waits with its age, and who did not answer is given nothing until they say they are back."""
    wait_again(item, at, DecisionKind.MISSED)
    publish(WorkWasMissed(item.pk, seat.pk), actor=ACTOR, subject=Subject("work_item", item.pk), at=at)
    if seat.state == SeatState.AVAILABLE:
        _set(seat, SeatState.MISSED, at, StateHow.MISSED)


def _set(seat: Seat, state: SeatState, at: datetime, how: StateHow) -> None:
    change_state(seat, state, at, how=how)
    store(seat)
    publish(SeatStateChanged(seat.pk, str(state), str(how)), actor=ACTOR, subject=Subject("seat", seat.pk), at=at)


def change_states(at: datetime) -> None:
    """People whose state ends by the clock: who was away is available, who was available has reached the end of their shift."""
    for (person,) in run_prepared(_SEATS_BY_CLOCK, [at, MOST]):
        _tried(lambda who=person: _change_state(who, at), "person", person)  # type: ignore[misc]


def _change_state(person: int, at: datetime) -> None:
    lock_held(person, at)
    seat = lock_seats([person], at).get(person)
    if seat is None or seat.state_until is None or seat.state_until > at:
        return
    if seat.state in (SeatState.AWAY, SeatState.MISSED):
        _set(seat, SeatState.AVAILABLE, at, StateHow.CLOCK)
    elif seat.state == SeatState.AVAILABLE:
        release(seat, at, str(StateHow.CLOCK))
        _set(seat, SeatState.SIGNED_OUT, at, StateHow.CLOCK)
    else:
        seat.state_until = None
        store(seat)


def sign_out_lost(at: datetime) -> None:
    """People whose pages were not seen for a minute."""
    for (person,) in run_prepared(_DISCONNECTED, [at - SEEN_WITHIN, MOST]):
        _tried(lambda who=person: _sign_out(who, at), "person", person)  # type: ignore[misc]


def _sign_out(person: int, at: datetime) -> None:
    lock_held(person, at)
    seat = lock_seats([person], at)[person]
    works_here = seat.representative.is_active
    is_lost = seat.seen_at is not None and seat.seen_at < at - SEEN_WITHIN
    if seat.state == SeatState.SIGNED_OUT or (works_here and not is_lost):
        return
    release(seat, at, DISCONNECTED if works_here else LEFT, all_of_it=not works_here)
    _set(seat, SeatState.SIGNED_OUT, at, StateHow.DISCONNECTED)


def free_left_waiting(at: datetime) -> None:
    """Work parked for people who stay away longer than its queue waits for them, and what those left behind who left."""
    after = 0
    while found := run_prepared(_LEFT_WAITING, {"at": at, "after": after, "most": MOST}):
        after = found[-1][0]
        queues = WorkItem.objects.filter(pk__in=[row[0] for row in found]).select_related("queue", "holder__seat")
        for item in queues:
            if _has_waited_enough(item, at):
                _tried(lambda one=item: _free(one.pk, one.holder_id or 0, at), "item", item.pk)  # type: ignore[misc]


def _has_waited_enough(item: WorkItem, at: datetime) -> bool:
    if item.holder is None:
        return False
    if not item.holder.is_active:
        return True
    seat = item.holder.seat
    longest = timedelta(seconds=plan_of(item.queue).prefers_owner_seconds)
    return max(seat.state_since, item.state_since) + longest <= at and seat.state != SeatState.AVAILABLE


def _free(item_id: int, person: int, at: datetime) -> None:
    items = [item for item in lock_held(person, at, (ItemState.PARKED, ItemState.IN_WORK)) if item.pk == item_id]
    seat = lock_seats([person], at)[person]
    works_here = seat.representative.is_active
    for item in items:
        if not works_here or (_has_waited_enough(item, at) and is_taking_part(seat)):
            leave_behind(item, seat, at, LEFT if not works_here else "away")


def _tried(change: Callable[[], None], what: str, number: int) -> None:
    """Do it in a transaction. What somebody else is at is left for the next time; what is wrong is said in the log."""
    try:
        with transaction.atomic():
            change()
    except (ActError, OvertakenError):
        pass
    except InterfaceError:
        raise
    except OperationalError as error:
        if not connection.is_usable():
            raise  # and the lock to lead by is gone with it
        log.warning("clock_waits", what=what, number=number, why=str(error).strip()[:200])
    except Exception:
        if not connection.is_usable():
            raise
        log.exception("clock_failed", what=what, number=number)
