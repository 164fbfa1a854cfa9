"""
What becomes of somebody's open work when they sign out, lose the connection, or stay away: it is kept, goes back, or goes to a
colleague, by their own rule or else by the queue's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from onhand.kernel.errors import SubjectBusy
from onhand.routing.enums import DecisionKind, ItemState, Leaving, SeatState
from onhand.routing.items import OvertakenError, finish_wrap_up, give, held_by, lock_items, park, wait_again
from onhand.routing.kinds import Holder, lock_subjects
from onhand.routing.models import Seat, WorkItem
from onhand.routing.queues import plan_of
from onhand.routing.seats import lock_seats
from onhand.staff.models import Representative

OPEN = (ItemState.OFFERED, ItemState.IN_WORK, ItemState.PARKED, ItemState.WRAP_UP)


def lock_held(who: int, at: datetime, states: Iterable[ItemState] = OPEN) -> list[WorkItem]:
    """Lock all that somebody has and what it is about, then their seat and the seats it could go to, in the order of locks."""
    held = held_by(who, states)
    lock_subjects((kind, subject) for _pk, kind, subject in held)
    items = [item for item in lock_items([pk for pk, _kind, _subject in held]) if item.holder_id == who]
    colleagues = {plan_of(item.queue).hand_over_to for item in items}
    colleagues.add(Seat.objects.filter(pk=who).values_list("colleague", flat=True).first())
    lock_seats({who, *(one for one in colleagues if one is not None)}, at)
    return items


def withdraw_offers(seat: Seat, at: datetime, why: str) -> None:
    """Let what is offered to somebody wait again. What nobody could lock before the seat is tried without waiting."""
    for item in _held_now(seat, [ItemState.OFFERED]):
        wait_again(item, at, DecisionKind.WITHDRAWN, why=why)


def release(seat: Seat, at: datetime, why: str, *, all_of_it: bool = False) -> None:
    """
    Do with somebody's open work what the rules say; parked work stays with them (the clock looks after it) unless it is `all_of_it`.
    Their work and what it is about are locked, and then the seat.
    """
    for item in _held_now(seat, OPEN):
        if item.state == ItemState.OFFERED:
            wait_again(item, at, DecisionKind.WITHDRAWN, why=why)
        elif item.state == ItemState.WRAP_UP:
            finish_wrap_up(item, at, why=why)
        elif item.state == ItemState.IN_WORK or all_of_it:
            leave_behind(item, seat, at, why)


def leave_behind(item: WorkItem, seat: Seat, at: datetime, why: str) -> None:
    """Do with one item what the rules say of somebody who is not there."""
    rule, colleague = rule_for(item, seat)
    if rule == Leaving.KEEP:
        if item.state != ItemState.PARKED:
            park(item, at, why=why)
    elif colleague is not None:
        give(item, colleague, at, DecisionKind.MOVED, why=why)
    else:
        wait_again(item, at, DecisionKind.WITHDRAWN, why=why)


def rule_for(item: WorkItem, seat: Seat) -> tuple[Leaving, Holder | None]:
    """What becomes of an item in work when who has it leaves: who has left the company keeps nothing, and nobody is handed to who has."""
    plan = plan_of(item.queue)
    rule = Leaving(seat.leaving) if seat.leaving else plan.leaving
    if rule == Leaving.KEEP and seat.representative.is_active:
        return Leaving.KEEP, None
    colleague = seat.colleague_id or plan.hand_over_to
    if rule == Leaving.HAND_OVER and colleague is not None and colleague != seat.pk:
        name = Representative.objects.filter(pk=colleague, is_active=True).values_list("name", flat=True).first()
        if name is not None:
            return Leaving.HAND_OVER, Holder(colleague, name)
    return Leaving.RETURN, None


class Fate(StrEnum):
    """What becomes of something when who has it stops working."""

    KEPT = "kept"
    BACK = "back"
    HANDED_OVER = "handed_over"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Foretold:
    """Something somebody has, and what becomes of it when they stop working; `to` is whom it goes to, where it goes to somebody."""

    item: WorkItem
    fate: Fate
    to: str = ""


_FATES = {Leaving.KEEP: Fate.KEPT, Leaving.RETURN: Fate.BACK, Leaving.HAND_OVER: Fate.HANDED_OVER}


def foretell(representative_id: int) -> list[Foretold]:
    """What `release` would do with all that somebody who takes part has now. Reads only; nothing for who is signed out of work."""
    seat = Seat.objects.select_related("representative").filter(pk=representative_id).first()
    if seat is None or seat.state == SeatState.SIGNED_OUT:
        return []
    found = WorkItem.objects.filter(holder=representative_id, state__in=OPEN).select_related("queue")
    return [_foretold(item, seat) for item in found.order_by("state_since", "pk")]


def _foretold(item: WorkItem, seat: Seat) -> Foretold:
    match item.state:
        case ItemState.OFFERED:
            return Foretold(item, Fate.BACK)
        case ItemState.WRAP_UP:
            return Foretold(item, Fate.FINISHED)
        case ItemState.PARKED:
            return Foretold(item, Fate.KEPT)
    rule, colleague = rule_for(item, seat)
    return Foretold(item, _FATES[rule], colleague.name if colleague else "")


def _held_now(seat: Seat, states: Iterable[ItemState]) -> list[WorkItem]:
    """
    What they have now that their seat is locked, all of it locked too.

    :raises SubjectBusy: something came in between that somebody is at just now: then it is to be tried again.
    """
    held = held_by(seat.pk, states)
    about = {(kind, subject) for _pk, kind, subject in held}
    if lock_subjects(about, skip=True) != about:
        raise SubjectBusy
    items = lock_items([pk for pk, _kind, _subject in held], skip=True)
    if len(items) != len(held):
        raise SubjectBusy
    return items


__all__ = [
    "OPEN",
    "Fate",
    "Foretold",
    "OvertakenError",
    "foretell",
    "leave_behind",
    "lock_held",
    "release",
    "rule_for",
    "withdraw_offers",
]
