"""
Every write on what the router knows of a person: their seat, and its state. Who calls has the seat locked, after the items that are
theirs, and stores what is assigned: an act by itself, the router by `store`.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit
from onhand.routing.enums import SeatState, StateHow
from onhand.routing.models import AwayReason, Seat, StateChange

# Of those who are representatives; what is there already stays.
_MAKE = """
insert into routing_seat (representative_id, state, state_since, capacity, ceiling, load, limits, hardest, leaving, idle_since, version)
select r.id, 'signed_out', %s, 10, 10, 0, '{}', 5, '', %s, 1 from staff_representative r
where r.id = any(%s) and not exists (select 1 from routing_seat s where s.representative_id = r.id) order by r.id
on conflict do nothing
"""
_LOCK = "select 1 from routing_seat where representative_id = any(%s) order by representative_id for no key update"
# Told by the pages somebody has open, every few seconds; a seat that was seen lately is left alone.
NOTE_SEEN = """
update routing_seat set seen_at = now() where representative_id = any(%s::bigint[]) and state <> 'signed_out'
  and (seen_at is null or seen_at < now() - interval '20 seconds')
"""
_TOUCH = "update routing_seat set version = version where representative_id = any(%s::bigint[])"
SEEN_WITHIN = timedelta(seconds=60)  # a page that was not seen for longer has lost its connection


def ensure_seats(representative_ids: Collection[int], at: datetime) -> None:
    """Let these representatives have a seat, signed out, if they have none yet."""
    run_prepared(_MAKE, [at, at, sorted(representative_ids)])


def lock_seats(representative_ids: Iterable[int], at: datetime) -> dict[int, Seat]:
    """The seats of these people, made where missing and locked in order of number; without those who are no representatives."""
    wanted = sorted(set(representative_ids))
    if not wanted:
        return {}
    ensure_seats(wanted, at)
    run_prepared(_LOCK, [wanted])
    return Seat.objects.select_related("representative").in_bulk(wanted)


def change_state(
    seat: Seat,
    state: SeatState,
    at: datetime,
    *,
    how: StateHow,
    reason: AwayReason | None = None,
    until: datetime | None = None,
    by_name: str = "",
) -> None:
    """
    Assign a new state to a locked seat and note the change. Going away ends by the clock where its reason says how long it may last;
    `until` is when the clock changes the state otherwise.
    """
    if reason is not None and reason.most_minutes is not None:
        longest = at + timedelta(minutes=reason.most_minutes)
        until = min(until, longest) if until else longest
    if state == SeatState.AVAILABLE and seat.state != SeatState.AVAILABLE:
        seat.idle_since = max(seat.idle_since, at)
    if seat.state == SeatState.SIGNED_OUT:
        seat.seen_at = None  # what was seen before is no sign of life; a program has no page and is never missed
    seat.state, seat.state_since, seat.state_until, seat.reason = state, at, until, reason
    StateChange.objects.create(
        representative_id=seat.pk, at=at, state=state, reason=reason, how=how, by_name=by_name[:200]
    )
    tell_seat(seat.pk)


def store(seat: Seat) -> None:
    """Store what was assigned to a seat's state."""
    seat.save(update_fields=["state", "state_since", "state_until", "reason", "idle_since", "seen_at"])


def room(seat: Seat) -> int:
    """How many units of their capacity are free."""
    return seat.capacity - seat.load


def is_taking_part(seat: Seat) -> bool:
    """Whether this person ever had a state of their own: others are left out of rules about being away."""
    return StateChange.objects.filter(representative=seat.pk).exists()


def look_again(representative_ids: Collection[int]) -> None:
    """Let the router read these people anew: what it knows of them beside their seat changed, such as skills or teams."""
    run_prepared(_TOUCH, [sorted(representative_ids)])
    for one in representative_ids:
        tell_seat(one)


def tell_seat(representative_id: int) -> None:
    """After the commit, let the router and the pages that show this person look."""
    send_after_commit(f"route:seat:{representative_id}", f"work:{representative_id}", "floor")
