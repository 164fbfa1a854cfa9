"""What follows on a case by the clock."""

from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django import app

from onhand.contacts.cases import states
from onhand.contacts.cases.following_up import follow_up
from onhand.contacts.enums import CaseState, Priority
from onhand.contacts.models import (
    BusinessCalendar,
    CalendarDay,
    Case,
    CaseContact,
    CaseEscalation,
    Message,
    Reminder,
)
from onhand.kernel.models import EventRecord
from onhand.kernel.perform import perform
from onhand.knowledge.models import StandardResponse
from tests.contacts.cases import DAY, HOUR, MONDAY, on_case, open_case, running, set_kind
from tests.factories import make_actor, make_customer, make_representative
from tests.factories.contacts import make_contact

pytestmark = pytest.mark.django_db(transaction=True)


def happened(case: Case) -> list[tuple[str, dict[str, Any]]]:
    found = EventRecord.objects.filter(subject_type="case", subject_id=case.pk).exclude(name="kernel.act_done")
    return [
        (name.removeprefix("contacts."), payload)
        for name, payload in found.order_by("pk").values_list("name", "payload")
    ]


def test_a_due_time_is_warned_of_and_found_broken_once_each() -> None:
    set_kind(first_reply_minutes=100, resolution_minutes=None)
    case = open_case()
    assert follow_up(MONDAY + timedelta(minutes=79)) == 0
    assert follow_up(MONDAY + timedelta(minutes=80)) == 1
    assert follow_up(MONDAY + timedelta(minutes=100)) == 0  # at the due time itself it is not late
    assert follow_up(MONDAY + timedelta(minutes=101)) == 1
    assert follow_up(MONDAY + timedelta(minutes=102)) == 0
    due = (MONDAY + timedelta(minutes=100)).isoformat()
    told = {"case_id": case.pk, "clock": "first_reply", "due_at": due}
    assert happened(case) == [("clock_runs_out", told), ("clock_broken", told)]
    clock = case.clocks.get()
    assert (clock.warned_at, clock.broken_at) == (MONDAY + timedelta(minutes=80), MONDAY + timedelta(minutes=101))
    states.case_answered([case.pk], MONDAY + 2 * HOUR)
    clock.refresh_from_db()
    assert (clock.met_at, clock.broken_at) == (MONDAY + 2 * HOUR, MONDAY + timedelta(minutes=101))


def test_a_late_case_is_handed_up_by_the_clock() -> None:
    make_representative()  # who opens the case
    senior = make_representative("Eva Gil")
    set_kind(first_reply_minutes=60, resolution_minutes=60, escalates_to=senior)
    case = open_case()
    follow_up(MONDAY + 2 * HOUR)
    case.refresh_from_db()
    assert (case.owner_id, case.owner_name, case.priority) == (senior.pk, "Eva Gil", Priority.HIGH)
    assert CaseEscalation.objects.filter(case=case, to_id=senior.pk, clock__isnull=False).count() == 2
    assert [name for name, _payload in happened(case)].count("case_escalated") == 1


def test_no_time_runs_out_while_the_customer_is_waited_for() -> None:
    case = open_case()
    on_case("wait_for_customer", case, close_after_days=0)
    assert follow_up(MONDAY + 90 * DAY) == 0
    on_case("go_on_with_case", case, at=MONDAY + 91 * DAY)
    warned = case.clocks.get(kind="first_reply").warn_at
    assert warned is not None
    assert follow_up(warned) >= 1


def test_a_reminder_comes_up_as_work_once() -> None:
    case = open_case()
    on_case("remind_of_case", case, text="Ask the carrier", due=(MONDAY + HOUR).isoformat())
    follow_up(MONDAY + HOUR)
    follow_up(MONDAY + HOUR)
    one = Reminder.objects.get()
    assert (one.came_up_at, one.done_at) == (MONDAY + HOUR, None)
    assert [name for name, _payload in happened(case)].count("reminder_due") == 1


def test_a_wait_ends_at_its_time_or_with_the_answer() -> None:
    case = open_case()
    on_case("wait_for_customer", case, until=(MONDAY + DAY).isoformat(), what_for="The serial number")
    follow_up(MONDAY + DAY)
    case.refresh_from_db()
    assert case.state == CaseState.OPEN
    assert Reminder.objects.values_list("text", "done_at").get() == ("The serial number", None)
    other = open_case()
    on_case("wait_for_customer", other, until=(MONDAY + DAY).isoformat())
    states.case_written_to(other.pk, False, MONDAY + HOUR)
    follow_up(MONDAY + DAY)
    assert Reminder.objects.get(case=other).done_at == MONDAY + HOUR
    assert ("reminder_due") not in [name for name, _payload in happened(other)]


def test_an_unanswered_case_is_announced_and_then_closes() -> None:
    set_kind(closes_after_days=10, warns_days_before=3)
    case = open_case()
    on_case("wait_for_customer", case)
    closes = MONDAY + 10 * DAY
    assert follow_up(closes - 3 * DAY - HOUR) == 0
    assert follow_up(closes - 3 * DAY) == 1
    assert follow_up(closes - HOUR) == 0
    assert follow_up(closes) == 1
    case.refresh_from_db()
    assert (case.state, case.closed_at, running(case)) == (CaseState.CLOSED, closes, {})
    assert [name for name, _payload in happened(case)] == ["case_about_to_close", "case_closed_unanswered"]


def test_the_customer_is_told_before_in_the_last_conversation() -> None:
    notice = StandardResponse.objects.create(
        name="Closing soon",
        shortcut="closing",
        texts={"en": "Dear {customer.name}, we close this soon.", "es": "Cerramos pronto."},
        changed_at=MONDAY,
    )
    set_kind(closes_after_days=5, warns_days_before=2, closing_notice=notice)
    ana = make_customer("Ana Prieto", language="en")
    case, other = open_case(ana), open_case(ana)
    contact = make_contact(ana, channel="email", came_to="help@onhand.example", last_message_at=MONDAY, subject="Lamp")
    CaseContact.objects.create(case=case, contact=contact, at=MONDAY, by_name="Ana Prieto")
    Message.objects.create(contact=contact, direction="inbound", at=MONDAY, sender_address="ana@example.com", text="Hm")
    for one in (case, other):
        on_case("wait_for_customer", one)
    states.case_answered([case.pk], MONDAY)
    follow_up(MONDAY + 3 * DAY)
    follow_up(MONDAY + 3 * DAY)
    sent = Message.objects.get(contact=contact, direction="outbound")
    assert (sent.text, sent.automatic, sent.state) == (
        "Dear Ana Prieto, we close this soon.",
        "closing_notice",
        "waiting",
    )
    assert sent.recipients[0]["address"] == "ana@example.com"
    assert not Reminder.objects.filter(case=case).exists()
    assert "could not be done" in Reminder.objects.get(case=other).text  # nobody to write to: a person has to


def test_announced_late_it_closes_late() -> None:
    set_kind(closes_after_days=10, warns_days_before=3)
    case = open_case()
    on_case("wait_for_customer", case)
    asleep = MONDAY + 30 * DAY
    follow_up(asleep)
    case.refresh_from_db()
    assert (case.state, case.closes_at) == (CaseState.WAITING, asleep + 3 * DAY)
    follow_up(asleep + 3 * DAY)
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED


def test_an_answer_stops_the_closing() -> None:
    set_kind(closes_after_days=5, warns_days_before=1)
    case = open_case()
    on_case("wait_for_customer", case)
    follow_up(MONDAY + 4 * DAY)
    states.case_written_to(case.pk, False, MONDAY + 4 * DAY)
    follow_up(MONDAY + 6 * DAY)
    case.refresh_from_db()
    assert (case.state, case.closes_at, case.warned_at) == (CaseState.OPEN, None, None)


def test_what_cannot_close_by_itself_comes_back_as_work() -> None:
    set_kind(closes_after_days=5, warns_days_before=1)
    ana = make_customer()
    case = open_case(ana)
    given = {"promise_text": "A new lamp", "due": (MONDAY + 90 * DAY).isoformat(), "case": case.pk}
    perform("contacts.make_promise", actor=make_actor(), subject_id=ana.pk, arguments=given, at=MONDAY)
    on_case("wait_for_customer", case)
    follow_up(MONDAY + 4 * DAY)
    follow_up(MONDAY + 5 * DAY)
    case.refresh_from_db()
    assert case.state == CaseState.OPEN
    assert "promise" in Reminder.objects.get(case=case, came_up_at__isnull=False).text
    assert [name for name, _payload in happened(case)][-1] == "case_not_closed"


def test_a_holiday_and_another_zone_count() -> None:
    calendar = BusinessCalendar.objects.create(
        name="New York", time_zone="America/New_York", week=[[[540, 1020]]] * 5 + [[], []]
    )
    CalendarDay.objects.create(calendar=calendar, day=MONDAY.date(), name="Closed", spans=[])
    set_kind(calendar=calendar, first_reply_minutes=60, resolution_minutes=None)
    case = open_case()
    assert running(case) == {"first_reply": MONDAY + DAY + 3 * HOUR}  # Tuesday at ten, by New York's clock


def test_the_jobs_are_on_the_timetable() -> None:
    names = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
    assert {"contacts.follow_up_cases", "contacts.check_promises", "contacts.take_over_holidays"} <= names
