"""What is done on a case: described, given away, waited with, handed up, closed and opened again."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.cases import states
from onhand.contacts.cases.states import Written, case_written_to
from onhand.contacts.enums import CaseState, Priority
from onhand.contacts.models import Case, CaseEscalation, CaseListEntry, Reminder
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import ArgumentsInvalid, NotPossible, SubjectNotFound
from onhand.kernel.models import EventRecord
from onhand.kernel.perform import perform
from tests.contacts.cases import DAY, HOUR, MONDAY, on_case, open_case, running, set_kind
from tests.factories import make_actor, make_customer, make_representative
from tests.factories.staff import make_team

pytestmark = pytest.mark.django_db


def test_a_new_case_has_the_clocks_of_its_kind() -> None:
    case = open_case(kind="complaint")
    assert case.priority == Priority.HIGH
    assert running(case) == {
        "first_reply": MONDAY + 2 * HOUR,
        "resolution": MONDAY + 7 * DAY,  # forty hours of opening
    }
    assert case.due_at == MONDAY + 7 * DAY
    by_hand = open_case(due=(MONDAY + DAY).isoformat())
    assert running(by_hand)["resolution"] == by_hand.due_at == MONDAY + DAY


def test_change_case_says_what_changed() -> None:
    case = open_case()
    reason = CaseListEntry.objects.create(list="reason", name="Damaged")
    given: dict[str, Any] = {"matter": "The lamp broke", "kind": "complaint", "priority": "2", "reason": reason.pk}
    outcome = on_case("change_case", case, **given)
    assert (case.subject, case.kind, case.priority, case.reason) == ("The lamp broke", "complaint", 2, reason)
    assert outcome.after == {"subject": "The lamp broke", "kind": "Complaint", "priority": "2", "reason": "Damaged"}
    due = MONDAY + 2 * DAY
    outcome = on_case("change_case", case, due=due.isoformat(), **given)
    assert case.due_at == due == running(case)["resolution"]
    assert set(outcome.after) == {"due", "clocks"}
    for wrong in ({"priority": "9"}, {"kind": "nothing"}, {"product": reason.pk}, {"due": MONDAY.isoformat()}):
        with pytest.raises(NotPossible) as refused:
            on_case("change_case", case, **given | wrong)
        assert list(refused.value.fields) == list(wrong)


def test_fill_in_case_takes_what_the_kind_asks_for_and_closing_needs_it() -> None:
    asked = [
        {"key": "serial", "name": "Serial number", "type": "text", "required": True, "options": []},
        {"key": "bought", "name": "Bought on", "type": "date", "required": False, "options": []},
        {"key": "paid", "name": "Paid", "type": "money", "required": False, "options": []},
        {"key": "where", "name": "Where", "type": "choice", "required": False, "options": ["Shop", "Online"]},
        {"key": "broken", "name": "Broken", "type": "yes_no", "required": False, "options": []},
        {"key": "size", "name": "Size", "type": "number", "required": False, "options": []},
    ]
    set_kind(own_fields=asked)
    case = open_case()
    with pytest.raises(NotPossible, match="Serial number"):
        on_case("solve_case", case, outcome="Repaired")
    with pytest.raises(ArgumentsInvalid) as refused:
        wrong = {"bought": "soon", "paid": "a lot", "where": "Moon", "broken": "maybe", "size": "big", "colour": "red"}
        on_case("fill_in_case", case, details=wrong)
    assert set(refused.value.fields) == {"details"} | {f"details__{name}" for name in wrong if name != "colour"}
    given = {
        "serial": " A  1 ",
        "bought": "2026-03-01",
        "paid": "EUR 12.50",
        "where": "Shop",
        "broken": "no",
        "size": "2,5",
    }
    on_case("fill_in_case", case, details=given)
    stored = {"serial": "A 1", "bought": "2026-03-01", "where": "Shop", "broken": False, "size": "2.5"}
    assert case.own_fields == stored | {"paid": {"minor": 1250, "currency": "EUR"}}
    on_case("fill_in_case", case, details={"size": "", "paid": None})
    assert case.own_fields == {key: value for key, value in stored.items() if key != "size"}
    on_case("solve_case", case, outcome="Repaired")
    assert (case.state, case.outcome, running(case)) == (CaseState.CLOSED, "Repaired", {})


def test_assign_case_to_a_colleague_and_a_team() -> None:
    case, colleague, team = open_case(), make_representative("Eva Gil"), make_team()
    outcome = on_case("assign_case", case, colleague=colleague.pk, team=team.pk)
    assert (case.owner_id, case.owner_name, case.team) == (colleague.pk, "Eva Gil", team)
    assert outcome.after == {"owner": "Eva Gil", "team": team.name}
    on_case("assign_case", case)
    assert (case.owner_id, case.owner_name, case.team) == (None, "", None)
    with pytest.raises(NotPossible):
        on_case("assign_case", case, colleague=999_999)


def test_while_the_customer_is_waited_for_no_time_runs() -> None:
    set_kind(closes_after_days=10, warns_days_before=3)
    case = open_case()  # a question: 4 hours to a reply, 24 to a solution
    later = MONDAY + HOUR
    on_case("wait_for_customer", case, at=later, what_for="A photograph")
    assert (case.state, case.waiting_since, case.closes_at) == (CaseState.WAITING, later, later + 10 * DAY)
    assert set(case.clocks.values_list("paused_at", "left_seconds")) == {(later, 3 * 3600), (later, 23 * 3600)}
    on_case("go_on_with_case", case, at=MONDAY + 2 * DAY)
    assert (case.state, case.waiting_since, case.closes_at) == (CaseState.OPEN, None, None)
    # Wednesday noon: three hours are left till a reply, twenty-three till the solution on Monday.
    wednesday = MONDAY + 2 * DAY
    assert running(case) == {"first_reply": wednesday + 3 * HOUR, "resolution": wednesday + 5 * DAY - HOUR}
    assert case.due_at == running(case)["resolution"]
    with pytest.raises(NotPossible):
        on_case("go_on_with_case", case)
    on_case("wait_for_customer", case, close_after_days=0)
    assert case.closes_at is None


def test_what_the_customer_writes_takes_a_case_further_but_no_automaton() -> None:
    case = open_case()
    assert states.case_written_to(case.pk, True, MONDAY) is Written.LEFT
    assert states.case_written_to(case.pk, False, MONDAY + HOUR) is Written.NOTED
    assert set(running(case)) == {"first_reply", "resolution"}  # the first reply is still owed
    states.case_answered([case.pk], MONDAY + 2 * HOUR)
    assert set(running(case)) == {"resolution"}
    assert states.case_written_to(case.pk, False, MONDAY + 3 * HOUR) is Written.NOTED
    assert set(running(case)) == {"next_reply", "resolution"}
    on_case("wait_for_customer", case, at=MONDAY + 3 * HOUR)
    assert states.case_written_to(case.pk, False, MONDAY + DAY) is Written.RESUMED
    case.refresh_from_db()
    assert case.state == CaseState.OPEN
    states.case_answered([case.pk], MONDAY + DAY)
    on_case("solve_case", case, outcome="Sent", at=MONDAY + DAY)
    assert states.case_written_to(case.pk, True, MONDAY + 2 * DAY) is Written.LEFT
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED
    assert states.case_written_to(case.pk, False, MONDAY + 3 * DAY) is Written.REOPENED
    case.refresh_from_db()
    assert (case.state, case.reopened, case.closed_at) == (CaseState.OPEN, 1, None)
    assert set(running(case)) == {"next_reply", "resolution"}
    assert EventRecord.objects.filter(name="contacts.case_reopened", subject_id=case.pk).count() == 1


def test_what_was_closed_too_long_ago_is_a_new_matter() -> None:
    set_kind(reopens_within_days=60)
    case = open_case()
    on_case("solve_case", case, outcome="Sent")
    assert states.case_written_to(case.pk, False, MONDAY + 61 * DAY) is Written.TOO_OLD
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED


def test_escalate_case_hands_it_up_with_the_reason() -> None:
    case, senior = open_case(), make_representative("Eva Gil")
    on_case("escalate_case", case, to=senior.pk, reason="Wants money back")
    assert (case.owner_name, case.priority) == ("Eva Gil", Priority.HIGH)
    one = CaseEscalation.objects.get()
    assert (one.case, one.to_id, one.reason, one.by_name) == (case, senior.pk, "Wants money back", "Ana Prieto")
    assert EventRecord.objects.filter(name="contacts.case_escalated").count() == 1


def test_solve_case_needs_its_promises_and_parts_closed() -> None:
    case, part = open_case(), open_case()
    on_case("make_part_of_case", part, parent=case.pk)
    with pytest.raises(NotPossible, match=part.reference):
        on_case("solve_case", case, outcome="Sent")
    on_case("solve_case", part, outcome="Sent")
    on_case("solve_case", case, outcome="Sent")
    with pytest.raises(NotPossible):
        on_case("solve_case", case, outcome="Again")


def a_closed_whole() -> tuple[Case, Case, Case]:
    """A case that is part of one that is part of another, all solved."""
    top, middle, part = open_case(), open_case(matter="Middle"), open_case(matter="Part")
    on_case("make_part_of_case", middle, parent=top.pk)
    on_case("make_part_of_case", part, parent=middle.pk)
    for one in (part, middle, top):
        on_case("solve_case", one, outcome="Done", at=MONDAY)
    return top, middle, part


def test_reopen_case_of_a_part_opens_the_whole_again() -> None:
    top, middle, part = a_closed_whole()
    tuesday = MONDAY + DAY
    outcome = perform(
        "contacts.reopen_case",
        actor=make_actor(),
        subject_id=part.pk,
        arguments={"reason": "It came back"},
        at=tuesday,
    )
    assert outcome.after["wholes"] == [middle.reference, top.reference]
    for one in (part, middle, top):
        one.refresh_from_db()
        assert (one.state, one.closed_at, one.outcome, one.reopened) == (CaseState.OPEN, None, "", 1)
        assert running(one) == {"resolution": tuesday + 3 * DAY}
        assert EventRecord.objects.filter(name="contacts.case_reopened", subject_id=one.pk).count() == 1


def test_a_customer_who_writes_to_a_part_opens_the_whole_again() -> None:
    top, middle, part = a_closed_whole()
    on_case("reopen_case", top, reason="Not yet", at=MONDAY + HOUR)  # the parts stay solved
    middle.refresh_from_db()
    assert middle.closed_at is not None
    assert case_written_to(part.pk, False, MONDAY + DAY) is Written.REOPENED
    for one, times in ((part, 1), (middle, 1), (top, 1)):
        one.refresh_from_db()
        assert (one.closed_at, one.reopened) == (None, times)
    reopened = EventRecord.objects.filter(name="contacts.case_reopened", subject_id=middle.pk).get()
    assert reopened.payload["by_customer"] is True


def test_undo_merge_of_case_opens_what_it_is_part_of_again() -> None:
    whole, part, other = open_case(), open_case(matter="Part"), open_case(matter="Other")
    on_case("make_part_of_case", part, parent=whole.pk)
    on_case("merge_cases", part, other=other.pk)
    on_case("solve_case", whole, outcome="Done")
    on_case("undo_merge_of_case", part, at=MONDAY + HOUR)
    whole.refresh_from_db()
    assert (part.closed_at, whole.closed_at, whole.reopened) == (None, None, 1)


def test_reopen_case_gives_a_new_time() -> None:
    case = open_case()
    with pytest.raises(NotPossible):
        on_case("reopen_case", case, reason="No")
    on_case("solve_case", case, outcome="Sent", at=MONDAY)
    tuesday = MONDAY + DAY
    on_case("reopen_case", case, reason="It came back", at=tuesday)
    assert (case.state, case.outcome, case.reopened) == (CaseState.OPEN, "", 1)
    assert running(case) == {"resolution": tuesday + 3 * DAY}  # 24 hours of opening: Friday noon
    assert case.due_at == tuesday + 3 * DAY


def test_remind_of_case_and_end_reminder() -> None:
    case = open_case()
    on_case("remind_of_case", case, text="Ask the carrier", due=(MONDAY + DAY).isoformat())
    one = Reminder.objects.get()
    assert (one.for_id, one.text) == (1, "Ask the carrier")
    on_case("end_reminder", case, reminder=one.pk)
    one.refresh_from_db()
    assert one.done_at == MONDAY
    with pytest.raises(NotPossible):
        on_case("end_reminder", case, reminder=one.pk)
    with pytest.raises(NotPossible):
        on_case("remind_of_case", case, text="x", due=(MONDAY - timedelta(days=1)).isoformat())


def test_a_case_is_seen_by_who_sees_its_customer_and_without_one_by_its_team() -> None:
    team = make_team()
    elsewhere = make_actor(id=9, visibility=Visibility.TEAM, team_ids=frozenset({team.pk}))
    case = open_case(make_customer())
    with pytest.raises(SubjectNotFound):
        on_case("change_case", case, actor=elsewhere, matter="x", kind="question")
    Case.objects.filter(pk=case.pk).update(customer=None, team=team)
    on_case("change_case", case, actor=elsewhere, matter="Seen", kind="question")
    assert case.subject == "Seen"
