"""
What follows on a case by the clock: due times that run out or passed, reminders, waits that end, cases that close unanswered.

Each step is a transaction of its own under the lock of its case, and looks again at what it was begun for: done twice, by two jobs at
once or after a crash, it is done once.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from onhand.contacts.cases import states
from onhand.contacts.cases.closing_notice import Told, tell_customer
from onhand.contacts.cases.events import (
    CaseAboutToClose,
    CaseClosedUnanswered,
    CaseEscalated,
    CaseNotClosed,
    ClockBroken,
    ClockRunsOut,
    ReminderDue,
)
from onhand.contacts.enums import CaseState, Priority
from onhand.contacts.followers import CASES
from onhand.contacts.models import Case, CaseClock, CaseEscalation, Reminder
from onhand.kernel.actor import system_actor
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.events import Event
from onhand.kernel.hints import send_after_commit
from onhand.kernel.records import Subject, publish

BATCH = 200
FOLLOW_UP = "follow-up"
log = structlog.get_logger("onhand.follow_up")
Step = Callable[[Case, int, datetime], bool]
_ABOUT_TO_CLOSE = f"""
select k.id from contacts_case k join contacts_casekind n on n.key = k.kind
where k.id > %s and k.closes_at is not null and k.warned_at is null and k.state = 'waiting'
  and k.closes_at <= %s + n.warns_days_before * interval '1 day' order by k.id limit {BATCH}
"""  # noqa: S608  (texts of our own)


def follow_up(at: datetime) -> int:
    """Do everything whose time has come; how many steps were done. One that fails is logged, and does not stop the others."""
    return sum(
        _each(rows, step, at)
        for rows, step in (
            (_to_warn, _warn_of_clock),
            (_to_break, _break_clock),
            (_reminders, _raise_reminder),
            (_to_announce, _announce_closing),
            (_to_close, _close_unanswered),
        )
    )


Rows = Callable[[datetime, int], list[tuple[int, int]]]


def _each(rows: Rows, step: Step, at: datetime) -> int:
    """Do a step for every row (its id, its case's id) that is due, a batch at a time."""
    done = 0
    for row_id, case_id in _all_of(rows, at):
        try:
            with transaction.atomic():
                case = states.locked_itself(case_id)
                if case is not None and step(case, row_id, at):
                    CASES.tell(case, at)
                    done += 1
        except (DatabaseError, NotPossible):
            log.exception("follow-up failed", step=step.__name__.strip("_"), case=case_id)
    return done


def _all_of(rows: Rows, at: datetime) -> Iterator[tuple[int, int]]:
    after = 0
    while found := rows(at, after):
        yield from found
        after = found[-1][0]


def _to_warn(at: datetime, after: int) -> list[tuple[int, int]]:
    return _clock_rows(after, warn_at__lte=at, warned_at__isnull=True)


def _to_break(at: datetime, after: int) -> list[tuple[int, int]]:
    return _clock_rows(after, due_at__lt=at, broken_at__isnull=True)


def _clock_rows(after: int, **due: object) -> list[tuple[int, int]]:
    open_ = {"met_at__isnull": True, "stopped_at__isnull": True, "paused_at__isnull": True}
    found = CaseClock.objects.filter(pk__gt=after, **open_, **due).order_by("pk")
    return list(found.values_list("pk", "case_id")[:BATCH])


def _running(case: Case, clock_id: int) -> CaseClock | None:
    return CaseClock.objects.filter(
        pk=clock_id, case=case, met_at__isnull=True, stopped_at__isnull=True, paused_at__isnull=True
    ).first()


def _warn_of_clock(case: Case, clock_id: int, at: datetime) -> bool:
    clock = _running(case, clock_id)
    if clock is None or clock.warned_at is not None or clock.warn_at is None or clock.warn_at > at:
        return False
    clock.warned_at = at
    clock.save(update_fields=["warned_at"])
    if clock.due_at > at:  # else it is found broken in a moment
        _publish(ClockRunsOut(case.pk, clock.kind, clock.due_at.isoformat()), case, at)
    states.tell_pages(case)
    return True


def _break_clock(case: Case, clock_id: int, at: datetime) -> bool:
    clock = _running(case, clock_id)
    if clock is None or clock.broken_at is not None or clock.due_at >= at:
        return False
    clock.broken_at, clock.warned_at = at, clock.warned_at or at
    clock.save(update_fields=["broken_at", "warned_at"])
    _publish(ClockBroken(case.pk, clock.kind, clock.due_at.isoformat()), case, at)
    _hand_up(case, clock, at)
    states.tell_pages(case)
    return True


def _hand_up(case: Case, clock: CaseClock, at: datetime) -> None:
    """Hand a case that is late to whom its kind names, once; without anybody named it is only noted."""
    to_id, to_name = states.rules_of(case).escalates_to or (None, "")
    CaseEscalation.objects.create(case=case, clock=clock, to_id=to_id, to_name=to_name, at=at, by_name=FOLLOW_UP)
    if to_id is None or case.owner_id == to_id:
        return
    case.priority = Priority(min(int(case.priority) + 1, Priority.URGENT))
    states.give_to(case, to_id, to_name)
    states.store(case)
    _publish(CaseEscalated(case.pk, to_id, by_clock=clock.kind), case, at)


def _reminders(at: datetime, after: int) -> list[tuple[int, int]]:
    found = Reminder.objects.filter(pk__gt=after, came_up_at__isnull=True, due_at__lte=at).order_by("pk")
    return list(found.values_list("pk", "case_id")[:BATCH])


def _raise_reminder(case: Case, reminder_id: int, at: datetime) -> bool:
    one = Reminder.objects.filter(pk=reminder_id, came_up_at__isnull=True).first()
    if one is None or one.due_at > at:
        return False
    ended_wait = one.ends_wait and one.done_at is None and case.state == CaseState.WAITING
    one.came_up_at = at
    one.save(update_fields=["came_up_at"])
    if one.done_at is not None:
        return False
    if ended_wait:
        one.ends_wait = False  # it is work now, and not done by the case's going on
        one.save(update_fields=["ends_wait"])
        states.go_on(case, at)
        states.store(case)
    _publish(ReminderDue(one.pk, case.pk, one.for_id, ended_wait), case, at)
    states.tell_pages(case)
    if one.for_id is not None:
        send_after_commit(f"work:{one.for_id}")
    return True


def _to_announce(at: datetime, after: int) -> list[tuple[int, int]]:
    return [(pk, pk) for (pk,) in run_prepared(_ABOUT_TO_CLOSE, [after, at])]


def _announce_closing(case: Case, _row_id: int, at: datetime) -> bool:
    rules = states.rules_of(case)
    before = timedelta(days=rules.warns_days_before)
    is_waiting = case.state == CaseState.WAITING and case.closes_at is not None and case.warned_at is None
    if not is_waiting or case.closes_at is None or case.closes_at - before > at:
        return False
    told = tell_customer(case, rules.closing_notice, actor=system_actor(FOLLOW_UP), at=at)
    if told is Told.LATER:
        return False
    if told is Told.NOT_POSSIBLE:
        _remind(
            case,
            _("Tell the customer that this case closes if they do not answer: it could not be done by itself."),
            at,
        )
    case.warned_at = at
    case.closes_at = max(case.closes_at, at + before)  # announced late, it closes late
    states.store(case)
    _publish(CaseAboutToClose(case.pk, case.customer_id, case.closes_at.isoformat()), case, at)
    states.tell_pages(case)
    return True


def _to_close(at: datetime, after: int) -> list[tuple[int, int]]:
    found = Case.objects.filter(
        pk__gt=after, closes_at__lte=at, warned_at__isnull=False, state=CaseState.WAITING
    ).order_by("pk")
    return [(pk, pk) for pk in found.values_list("pk", flat=True)[:BATCH]]


def _close_unanswered(case: Case, _row_id: int, at: datetime) -> bool:
    if case.state != CaseState.WAITING or case.warned_at is None or case.closes_at is None or case.closes_at > at:
        return False
    try:
        states.close(case, _("Closed because the customer did not answer."), at)
    except NotPossible as error:
        _bring_back(case, str(error), at)
    else:
        _publish(CaseClosedUnanswered(case.pk, case.customer_id), case, at)
    states.store(case)
    return True


def _bring_back(case: Case, why: str, at: datetime) -> None:
    """A case that cannot be closed is work again, with a reminder of what stands in the way."""
    states.go_on(case, at)
    _remind(case, why, at)
    _publish(CaseNotClosed(case.pk), case, at)


def _remind(case: Case, text: str, at: datetime) -> None:
    """Something a person has to do about the case, at once."""
    Reminder.objects.create(
        case=case, for_id=case.owner_id, text=text[:300], due_at=at, made_at=at, made_by_name=FOLLOW_UP, came_up_at=at
    )


def _publish(event: Event, case: Case, at: datetime) -> None:
    publish(event, actor=system_actor(FOLLOW_UP), subject=Subject(states.CASE, case.pk), at=at)
