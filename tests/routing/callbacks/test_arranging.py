"""Arranging, moving and calling off callbacks: windows, hours, numbers, and what stands against them."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from onhand.contacts.models import Contact, Promise
from onhand.customers.enums import FlagKind
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.routing.callbacks.expected_words import wait_words
from onhand.routing.callbacks.models import Callback, CallbackRules
from onhand.routing.expected import Expected
from onhand.routing.models import QueueMinute
from onhand.routing.queues import default_queue
from tests.factories import NOON, make_actor, make_customer
from tests.factories.callbacks import NUMBER, arrange, do_callback, work_of
from tests.factories.contacts import make_contact

pytestmark = pytest.mark.django_db
MADRID = ZoneInfo("Europe/Madrid")


def madrid(day: int, hour: int, minute: int = 0) -> datetime:
    """So many days after NOON, a Saturday, by the clock of Madrid."""
    return (NOON.astimezone(MADRID) + timedelta(days=day)).replace(hour=hour, minute=minute)


def refused(**given: object) -> NotPossible:
    with pytest.raises(NotPossible) as found:
        arrange(**given)  # type: ignore[arg-type]
    return found.value


def test_as_soon_as_possible_is_work_at_once_with_credit_for_the_time_waited() -> None:
    callback = arrange(waiting_since=(NOON - timedelta(minutes=25)).isoformat())
    item = work_of(callback)
    assert callback.is_soon
    assert (item.kind, item.state, item.opens_at) == ("callback", "waiting", None)
    assert item.since == NOON - timedelta(minutes=25)
    assert item.due_at == callback.window_until
    assert item.closes_at is not None and item.closes_at.astimezone(MADRID).time() == time(21)
    later = arrange(make_customer("Rosa", time_zone="Europe/Madrid"), telephone="+34910000222")
    assert item.order_at < work_of(later).order_at


def test_a_window_is_kept_and_gives_nothing_before_it_opens() -> None:
    begins, ends = madrid(2, 16), madrid(2, 18)
    callback = arrange(window_from=begins.isoformat(), window_until=ends.isoformat())
    item = work_of(callback)
    assert (item.opens_at, item.closes_at, item.due_at) == (begins, ends, ends)
    assert callback.time_zone == "Europe/Madrid"
    assert item.expected_seconds is None


def test_a_window_outside_the_calling_hours_is_refused_with_the_next_time() -> None:
    error = refused(window_from=madrid(2, 22).isoformat(), window_until=madrid(2, 23).isoformat())
    assert error.fields.keys() == {"window_from"}
    assert "09:00" in str(error.fields["window_from"])


def test_a_window_that_begins_too_early_opens_with_the_hours() -> None:
    callback = arrange(window_from=madrid(2, 7).isoformat(), window_until=madrid(2, 11).isoformat())
    assert work_of(callback).opens_at == madrid(2, 9)


def test_the_hours_the_customer_wants_to_be_reached_at_count() -> None:
    customer = make_customer("Ana", time_zone="Europe/Madrid", reach_from=time(18), reach_until=time(20))
    callback = arrange(customer)
    assert work_of(callback).opens_at == madrid(0, 18)
    assert work_of(callback).closes_at == madrid(0, 20)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"telephone": "12"}, "telephone"),
        ({"telephone": ""}, "telephone"),
        ({"language": "xx"}, "language"),
        ({"queue": 999_999}, "queue"),
        ({"promise": 999_999}, "promise"),
        ({"waiting_since": (NOON + timedelta(hours=1)).isoformat()}, "waiting_since"),
        ({"waiting_since": (NOON - timedelta(days=2)).isoformat()}, "waiting_since"),
        ({"window_until": (NOON - timedelta(hours=1)).isoformat()}, "window_until"),
        ({"window_from": madrid(2, 16).isoformat(), "window_until": madrid(2, 15).isoformat()}, "window_until"),
        ({"window_from": madrid(30, 16).isoformat(), "window_until": madrid(30, 18).isoformat()}, "window_until"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(given: dict[str, object], field: str) -> None:
    assert refused(**given).fields.keys() == {field}
    assert not Callback.objects.exists()


def test_the_number_on_the_file_is_called_where_none_is_given() -> None:
    customer = make_customer("Ana", time_zone="Europe/Madrid")
    perform(
        "customers.add_telephone",
        actor=make_actor(),
        subject_id=customer.pk,
        arguments={"telephone": "+34 910 000 111"},
        at=NOON,
    )
    assert arrange(customer, telephone="").telephone == "+34910000111"


def test_who_has_died_is_deaf_or_was_erased_is_not_called() -> None:
    gone = make_customer("Ana", time_zone="Europe/Madrid")
    gone.flags.create(kind=FlagKind.DECEASED, reason="The daughter called", set_at=NOON, set_by_name="Ana")
    assert "died" in str(refused(customer=gone))
    deaf = make_customer("Rosa", time_zone="Europe/Madrid", accessibility_needs=["deaf"])
    assert "deaf" in str(refused(customer=deaf))


def test_two_about_the_same_are_told_of_and_two_matters_are_not() -> None:
    customer = make_customer("Ana", time_zone="Europe/Madrid")
    arrange(customer)
    assert refused(customer=customer, matter="the  BILL of march").fields.keys() == {"all_the_same"}
    arrange(customer, matter="Another matter")
    arrange(customer, all_the_same=True)
    assert Callback.objects.filter(ended_at=None).count() == 3


@pytest.mark.parametrize("why", ["do_not_call", "wrong_number"])
def test_a_number_nobody_wants_to_be_called_at_is_not_called_unless_they_ask(why: str) -> None:
    Callback.objects.filter(pk=arrange().pk).update(ended_at=NOON, ended_why=why)
    assert refused(at=NOON + timedelta(minutes=1)).fields.keys() == {"all_the_same"}
    arrange(at=NOON + timedelta(minutes=2), all_the_same=True)


def test_on_a_contact_of_nobody_known_the_number_they_called_from_is_called() -> None:
    contact = make_contact(None, outside_address=NUMBER, subject="Moving house", started_at=NOON - timedelta(minutes=9))
    perform("callbacks.arrange_callback_about", actor=make_actor(), subject_id=contact.pk, arguments={}, at=NOON)
    callback = Callback.objects.get()
    assert (callback.customer_id, callback.contact_id, callback.telephone) == (None, contact.pk, NUMBER)
    assert (callback.matter, callback.time_zone) == ("Moving house", "Europe/Madrid")
    assert callback.since == contact.started_at  # they wait on the line


def test_a_promise_to_call_becomes_one_callback_only() -> None:
    customer = make_customer("Ana", time_zone="Europe/Madrid")
    promise = Promise.objects.create(
        customer=customer,
        text="We call back",
        made_at=NOON,
        made_by_id=7,
        made_by_name="Rosa",
        due_at=NOON + timedelta(hours=5),
        test="contacts.called",
    )
    callback = arrange(customer, promise=promise.pk)
    assert work_of(callback).preferred == [7]
    assert refused(customer=customer, promise=promise.pk, matter="Other").fields.keys() == {"promise"}


def test_the_record_says_when_and_how_long_it_is_expected_to_take() -> None:
    queue = default_queue()
    for minute in range(60):
        QueueMinute.objects.create(queue=queue, at=NOON - timedelta(minutes=60 - minute), taken=1, waiting=1)
    arrange()
    after = ActRecord.objects.get(act="callbacks.arrange_callback").after
    assert "minutes" in after["expected_wait"] and after["telephone"] == NUMBER


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (None, "not known: too little was taken lately to say"),
        (Expected(0, 0, 0), "less than a minute"),
        (Expected(1100, 14 * 60 + 20, 24 * 60 + 1), "about 14 to 25 minutes"),
        (Expected(300, 20, 900), "up to 15 minutes"),
        (Expected(20_000, 8_000, 30_000), "about 2 to 9 hours"),
    ],
)
def test_the_wait_is_told_with_its_spread(expected: Expected | None, words: str) -> None:
    assert wait_words(expected) == words


def test_moving_keeps_the_place_and_calling_off_ends_it_with_the_reason() -> None:
    callback = arrange(waiting_since=(NOON - timedelta(minutes=25)).isoformat())
    begins, ends = madrid(2, 10), madrid(2, 12)
    do_callback("move_callback", callback, make_actor(), window_from=begins.isoformat(), window_until=ends.isoformat())
    item = work_of(callback)
    assert (item.opens_at, item.closes_at, item.since) == (begins, ends, NOON - timedelta(minutes=25))
    do_callback("cancel_callback", callback, make_actor(), why="It is settled")
    callback.refresh_from_db()
    assert (callback.ended_why, callback.ended_note) == ("cancelled", "It is settled")
    assert (work_of(callback).state, work_of(callback).ended_why) == ("ended", "called_off")
    with pytest.raises(ActError):
        do_callback("cancel_callback", callback, make_actor(), why="Again")
    assert not Contact.objects.exists()


def test_rules_of_a_queue_come_before_those_of_all() -> None:
    queue, actor = default_queue(), make_actor()
    perform("callbacks.add_callback_rules", actor=actor, subject_id=None, arguments={"queue": queue.pk}, at=NOON)
    own = CallbackRules.objects.get(queue=queue)
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "9:00-21:00")
    given = {"most_tries": 1, "growth_percent": 100, "soon_minutes": 60, "longest_days": 3}
    perform("callbacks.change_callback_rules", actor=actor, subject_id=own.pk, arguments=given | week, at=NOON)
    callback = arrange()
    assert callback.most_tries == 1
    assert callback.window_until == NOON + timedelta(hours=1)
    with pytest.raises(NotPossible):
        perform("callbacks.change_callback_rules", actor=actor, subject_id=own.pk, arguments=given, at=NOON)
