"""
The clocks of a case: started, paused while the customer is waited for, met, broken, stopped. Each is one row; nothing is recounted.

Parts of acts and jobs: they run in the transaction of whoever calls, which has the case locked.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from onhand.contacts.cases.enums import ClockKind
from onhand.contacts.cases.kinds import Rules
from onhand.contacts.hours import Hours, add_business_time, business_time_between
from onhand.contacts.models import Case, CaseClock

REPLIES = (ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY)
WARNED_WITH_LEFT = 5  # it comes up as work when a fifth of the time is left


def store_with_clocks(case: Case, rules: Rules, at: datetime, *, due: datetime | None = None) -> None:
    """
    Store a new case with the clocks it is measured by; `due`, given by hand, stands in for the kind's time of solution.
    """
    made = [
        clock
        for kind in (ClockKind.FIRST_REPLY, ClockKind.RESOLUTION)
        if (clock := _clock(case, kind, rules, at, due if kind is ClockKind.RESOLUTION else None))
    ]
    case.due_at = next((clock.due_at for clock in made if clock.kind == ClockKind.RESOLUTION), None)
    case.save()
    for clock in made:
        clock.case = case
    CaseClock.objects.bulk_create(made)


def set_due(case: Case, due: datetime, at: datetime) -> None:
    """Let the case be due at another time, given by hand. What was broken was, and stays on its row."""
    _running(case, (ClockKind.RESOLUTION,)).update(stopped_at=at)
    paused = at if case.waiting_since else None
    CaseClock.objects.create(
        case=case,
        kind=ClockKind.RESOLUTION,
        started_at=at,
        due_at=due,
        paused_at=paused,
        warn_at=due - (due - at) / WARNED_WITH_LEFT,
    )
    case.due_at = due


def customer_wrote(case: Case, rules: Rules, at: datetime) -> None:
    """The customer waits for an answer: the clock of the next reply runs, unless one for a reply does already."""
    if _running(case, REPLIES).exists():
        return
    clock = _clock(case, ClockKind.NEXT_REPLY, rules, at)
    if clock:
        clock.save()


def answered(case: Case, at: datetime) -> None:
    """The customer was answered: clocks for a reply are met."""
    _running(case, REPLIES).update(met_at=at, paused_at=None, left_seconds=None)


def pause(case: Case, hours: Hours, at: datetime) -> None:
    """Stop counting while the customer is waited for; what is left of the business time is kept. Broken clocks go on."""
    clocks = list(_running(case).filter(paused_at__isnull=True, broken_at__isnull=True, due_at__gt=at))
    for clock in clocks:
        clock.paused_at = at
        by_hand = clock.minutes is None
        left = None if by_hand else business_time_between(at, clock.due_at, hours)
        clock.left_seconds = None if left is None else int(left / timedelta(seconds=1))
    CaseClock.objects.bulk_update(clocks, ["paused_at", "left_seconds"])


def resume(case: Case, hours: Hours, at: datetime) -> None:
    """Go on counting what was left; a time given by hand stays what it was."""
    clocks = list(_running(case).filter(paused_at__isnull=False))
    for clock in clocks:
        if clock.left_seconds is not None:
            left = timedelta(seconds=clock.left_seconds)
            clock.due_at = add_business_time(at, left, hours) or clock.due_at
            till_warning = max(left - timedelta(minutes=clock.minutes or 0) / WARNED_WITH_LEFT, timedelta(0))
            clock.warn_at = add_business_time(at, till_warning, hours)
        clock.paused_at, clock.left_seconds = None, None
        if clock.kind == ClockKind.RESOLUTION:
            case.due_at = clock.due_at
    CaseClock.objects.bulk_update(clocks, ["due_at", "warn_at", "paused_at", "left_seconds"])


def solved(case: Case, at: datetime) -> None:
    """The case is solved: the clock of the solution is met, others do not matter any more."""
    _running(case, (ClockKind.RESOLUTION,)).update(met_at=at, paused_at=None)
    stop(case, at)


def stop(case: Case, at: datetime) -> None:
    """What still runs does not matter any more."""
    _running(case).update(stopped_at=at, paused_at=None)


def start_again(case: Case, rules: Rules, at: datetime) -> None:
    """A case that was closed is open again: it has a new time to be solved in."""
    clock = _clock(case, ClockKind.RESOLUTION, rules, at)
    case.due_at = clock.due_at if clock else None
    if clock:
        clock.save()


def _clock(case: Case, kind: ClockKind, rules: Rules, at: datetime, due: datetime | None = None) -> CaseClock | None:
    """A clock not stored yet; None where there is no such time, or the calendar never has it."""
    minutes = None if due else rules.minutes[kind]
    if due is None and minutes is not None:
        due = add_business_time(at, minutes, rules.hours)
    if due is None:
        return None
    if minutes is None:
        warn_at = due - (due - at) / WARNED_WITH_LEFT
    else:
        before = timedelta(minutes=minutes) * (WARNED_WITH_LEFT - 1) / WARNED_WITH_LEFT
        warn_at = add_business_time(at, before, rules.hours) or due
    return CaseClock(case=case, kind=kind, minutes=minutes, started_at=at, due_at=due, warn_at=warn_at)


def _running(case: Case, kinds: Iterable[ClockKind] = tuple(ClockKind)) -> QuerySet[CaseClock]:
    return CaseClock.objects.filter(case=case, kind__in=list(kinds), met_at__isnull=True, stopped_at__isnull=True)
