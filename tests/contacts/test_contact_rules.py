"""What the department lays down for all contacts: until when an answer can be undone, by when it is due, whether a reason is needed."""

from datetime import timedelta

import pytest

from onhand.contacts.answer_times import read_answer_times
from onhand.contacts.contact_rules import current_rules
from onhand.contacts.enums import Priority
from onhand.contacts.models import BusinessCalendar, ContactReason, ContactRules, Message
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.perform import Outcome, perform
from tests.contacts.cases import MONDAY
from tests.contacts.conversations.mails import act_on, arrive, mail
from tests.factories import NOON, make_actor

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AS_IT_CAME = {
    "undo_seconds": 10,
    "answer_urgent_minutes": 120,
    "answer_high_minutes": 240,
    "answer_normal_minutes": 480,
    "answer_low_minutes": 1440,
    "needs_reason": True,
}


def change(name: str = "change_contact_rules", **given: object) -> Outcome:
    arguments = {**AS_IT_CAME, **given} if name == "change_contact_rules" else given
    return perform(f"contacts.{name}", actor=make_actor(), subject_id=current_rules().pk, arguments=arguments, at=NOON)


def test_change_contact_rules_is_recorded_and_counts_from_then_on() -> None:
    outcome = change(undo_seconds=90, needs_reason=False)
    assert (outcome.before, outcome.after) == (
        {"undo_seconds": 10, "needs_reason": True},
        {"undo_seconds": 90, "needs_reason": False},
    )
    contact = arrive(mail()).contact
    act_on(contact, "answer", text="It is on its way.")
    sent = Message.objects.get(contact=contact, direction="outbound")
    assert sent.send_after == NOON + timedelta(seconds=90)
    act_on(contact, "recall_answer", message=sent.pk, at=NOON + timedelta(seconds=89))
    change(undo_seconds=0)
    act_on(contact, "answer", text="Again.", anyway=True)
    at_once = Message.objects.filter(contact=contact, direction="outbound").latest("pk")
    assert at_once.send_after == NOON
    with pytest.raises(NotPossible):
        act_on(contact, "recall_answer", message=at_once.pk)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"undo_seconds": 121}, "undo_seconds"),
        ({"undo_seconds": -1}, "undo_seconds"),
        ({"answer_urgent_minutes": 4}, "answer_urgent_minutes"),
        ({"answer_high_minutes": 481}, "answer_normal_minutes"),
        ({"answer_low_minutes": 60_001}, "answer_low_minutes"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, int], field: str) -> None:
    with pytest.raises(ActError) as refused:
        change(**given)
    assert field in refused.value.fields
    assert ContactRules.objects.get().version == 1


def test_a_reason_is_needed_only_where_the_department_wants_it() -> None:
    ContactReason.objects.create(name="Delivery")
    contact = arrive(mail()).contact
    with pytest.raises(NotPossible):
        act_on(contact, "wrap_up")
    change(needs_reason=False)
    act_on(contact, "wrap_up")
    contact.refresh_from_db()
    assert contact.ended_at == NOON


def test_change_contact_retention_keeps_within_its_bounds() -> None:
    outcome = change("change_contact_retention", raw_mail_days=30, unknown_contacts_months=6)
    assert outcome.after == {"raw_mail_days": 30, "unknown_contacts_months": 6}
    for given in ({"raw_mail_days": 6}, {"unknown_contacts_months": 0}):
        with pytest.raises(NotPossible):
            change("change_contact_retention", **{"raw_mail_days": 30, "unknown_contacts_months": 6, **given})


def test_what_is_written_on_a_day_off_is_due_in_opening_hours() -> None:
    contact = arrive(mail(), at=NOON).contact  # a Saturday; open from nine to five on weekdays
    assert contact.due_at == MONDAY.replace(hour=17)
    act_on(contact, "set_contact_priority", priority=str(Priority.URGENT.value))
    contact.refresh_from_db()
    assert contact.due_at == MONDAY.replace(hour=11)
    act_on(contact, "set_contact_priority", priority=str(Priority.LOW.value))
    contact.refresh_from_db()
    assert contact.due_at == MONDAY.replace(hour=17) + 2 * DAY


def test_who_waits_already_keeps_the_time_they_have() -> None:
    contact = arrive(mail("ana@mail.example", message_id="<a@mail.example>"), at=NOON).contact
    change(answer_normal_minutes=1440)
    again = mail("ana@mail.example", in_reply_to="<a@mail.example>")
    assert arrive(again, at=MONDAY).contact_id == contact.pk
    contact.refresh_from_db()
    assert contact.due_at == MONDAY.replace(hour=17)


def test_the_usual_opening_hours_count_with_their_days_and_where_it_is_never_open_the_clock() -> None:
    usual = BusinessCalendar.objects.get(is_usual=True)
    usual.days.create(day=MONDAY.date(), name="Holiday", spans=[])
    assert read_answer_times().due(Priority.NORMAL, NOON) == MONDAY.replace(hour=17) + DAY
    BusinessCalendar.objects.update(week=[[]] * 7)
    usual.days.all().delete()
    assert read_answer_times().due(Priority.NORMAL, NOON) == NOON + 8 * HOUR
    assert read_answer_times().moved(NOON, Priority.NORMAL, Priority.URGENT) == NOON - 6 * HOUR
