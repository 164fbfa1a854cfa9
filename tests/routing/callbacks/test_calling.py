"""A callback given, called and tried again: who may call, what each outcome does, and what is recorded."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from onhand.contacts.models import Contact, Promise
from onhand.kernel.errors import NotPossible
from onhand.routing.callbacks.dialling import Dial, may_dial, set_dialler
from onhand.routing.callbacks.models import Callback, CallbackRules, CallbackTry
from onhand.routing.callbacks.tasks import reckon_all
from onhand.routing.enums import ItemState
from onhand.routing.models import KindSetting, RoutingDecision, Seat, WorkItem
from onhand.routing.router.running import lead_once
from onhand.staff.models import Representative
from tests.factories import NOON, make_actor, make_customer
from tests.factories.callbacks import NUMBER, arrange, do_callback, work_of
from tests.factories.staff import actor_of
from tests.factories.work import do, make_person, make_seat, publish_plan

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(seconds=5)


def after(**given: float) -> datetime:
    return NOON + timedelta(**given)


@pytest.fixture
def ana() -> Representative:
    person = make_person()
    make_seat(person)
    return person


def accepted(callback: Callback, person: Representative, at: datetime = SOON) -> WorkItem:
    """The item after it was offered to somebody and they took it."""
    lead_once(at)
    item = work_of(callback)
    assert (item.state, item.holder_id) == (ItemState.OFFERED, person.pk)
    do("accept_work", item, person, at)
    return work_of(callback)


def read(callback: Callback) -> Callback:
    return Callback.objects.get(pk=callback.pk)


def test_accepting_takes_everything_and_opens_a_call_on_the_file(ana: Representative) -> None:
    callback = arrange()
    item = accepted(callback, ana)
    assert item.units == Seat.objects.get(pk=ana.pk).capacity
    call = read(callback).call
    assert call is not None
    assert (call.channel, call.direction, call.outside_address) == ("telephone", "outbound", NUMBER)
    assert (call.customer_id, call.representative_id, call.ended_at) == (callback.customer_id, ana.pk, None)
    assert may_dial(callback.pk, ana.pk) and not may_dial(callback.pk, ana.pk + 1)


def test_whatever_a_company_says_of_the_kind_a_call_takes_everything(ana: Representative) -> None:
    KindSetting.objects.create(kind="callback", units=1, takes_all=False)
    first, second = arrange(), arrange(make_customer("Rosa"), telephone="+34910000222")
    accepted(first, ana)
    lead_once(SOON)
    assert work_of(second).state == ItemState.WAITING


def test_reached_it_is_done_and_the_conversation_and_promises_are_kept(ana: Representative) -> None:
    customer = make_customer("Ana Prieto", time_zone="Europe/Madrid")
    given = {"customer": customer, "made_by_name": "Rosa", "due_at": after(hours=2), "test": "contacts.called"}
    of_it = Promise.objects.create(text="We call", made_at=NOON, **given)
    matching = Promise.objects.create(text="We call too", made_at=after(hours=-1), **given)
    callback = arrange(customer, promise=of_it.pk)
    accepted(callback, ana)
    do_callback("note_try", callback, ana, after(minutes=4), outcome="reached", note="The bill is right")
    callback, item = read(callback), work_of(callback)
    assert (callback.ended_why, callback.tries, item.state, item.ended_why) == ("reached", 1, "ended", "done")
    tried = CallbackTry.objects.get()
    assert tried.contact is not None
    assert (tried.contact.connected_at, tried.contact.ended_at) == (after(minutes=4), after(minutes=4))
    assert tried.contact.summary == "The bill is right"
    for promise in (of_it, matching):
        promise.refresh_from_db()
        assert promise.kept_at == after(minutes=4)
    assert Seat.objects.get(pk=ana.pk).load == 0


def test_the_wrap_up_of_the_queue_follows(ana: Representative) -> None:
    callback = arrange()
    publish_plan(callback.queue, wrap_up="mandatory")
    accepted(callback, ana)
    do_callback("note_try", callback, ana, after(minutes=4), outcome="reached")
    assert work_of(callback).state == ItemState.WRAP_UP
    assert read(callback).ended_why == "reached"


def test_nobody_answers_and_it_comes_back_later_each_time_until_the_tries_are_used_up(ana: Representative) -> None:
    callback = arrange()
    place = work_of(callback).since
    at = SOON
    for pause in (60, 120):
        accepted(callback, ana, at)
        do_callback("note_try", callback, ana, at, outcome="no_answer")
        item = work_of(callback)
        assert (item.state, item.opens_at, item.since) == ("waiting", at + timedelta(minutes=pause), place)
        assert RoutingDecision.objects.filter(item=item, what="again").exists()
        lead_once(at + timedelta(minutes=pause - 1))
        assert work_of(callback).state == ItemState.WAITING
        at += timedelta(minutes=pause, seconds=1)
    accepted(callback, ana, at)
    do_callback("note_try", callback, ana, at, outcome="busy")
    callback = read(callback)
    assert (callback.ended_why, callback.tries) == ("not_reached", 3)
    assert [one.number for one in callback.attempts.order_by("number")] == [1, 2, 3]
    assert not Contact.objects.filter(ended_at=None).exists()
    assert not Contact.objects.exclude(connected_at=None).exists()


def test_busy_comes_back_soon_and_an_outcome_without_minutes_ends_it(ana: Representative) -> None:
    CallbackRules.objects.update(voicemail_minutes=None)
    callback = arrange()
    accepted(callback, ana)
    do_callback("note_try", callback, ana, SOON, outcome="busy")
    assert work_of(callback).opens_at == SOON + timedelta(minutes=10)
    accepted(callback, ana, SOON + timedelta(minutes=11))
    do_callback("note_try", callback, ana, SOON + timedelta(minutes=11), outcome="voicemail")
    assert read(callback).ended_why == "not_reached"


@pytest.mark.parametrize("outcome", ["wrong_number", "refused", "do_not_call"])
def test_what_the_customer_does_not_want_ends_it_with_that_reason(ana: Representative, outcome: str) -> None:
    callback = arrange()
    accepted(callback, ana)
    do_callback("note_try", callback, ana, SOON, outcome=outcome, note="Said so")
    assert (read(callback).ended_why, read(callback).ended_note) == (outcome, "Said so")


def test_a_try_after_which_the_window_has_no_time_left_is_the_last(ana: Representative) -> None:
    ends = after(minutes=30)
    callback = arrange(window_from=NOON.isoformat(), window_until=ends.isoformat())
    accepted(callback, ana)
    do_callback("note_try", callback, ana, SOON, outcome="no_answer")
    assert read(callback).ended_why == "not_reached"


def test_only_who_has_it_in_work_can_have_called(ana: Representative) -> None:
    callback = arrange()
    with pytest.raises(NotPossible, match="accept it first"):
        do_callback("note_try", callback, ana, SOON, outcome="reached")
    lead_once(SOON)
    with pytest.raises(NotPossible, match="accept it first"):
        do_callback("note_try", callback, ana, SOON, outcome="reached")
    with pytest.raises(IntegrityError, match="is not in work with"), transaction.atomic():
        CallbackTry.objects.create(
            callback=callback, number=1, at=SOON, representative_id=ana.pk, representative_name="Ana", outcome="reached"
        )


def test_nothing_is_given_before_its_window_and_it_ends_with_it(ana: Representative) -> None:
    begins, ends = after(hours=3), after(hours=5)
    callback = arrange(window_from=begins.isoformat(), window_until=ends.isoformat())
    lead_once(begins - timedelta(seconds=1))
    assert work_of(callback).state == ItemState.WAITING
    lead_once(ends + timedelta(seconds=1))
    callback = read(callback)
    assert (callback.ended_why, work_of(callback).state) == ("expired", "ended")
    assert Seat.objects.get(pk=ana.pk).load == 0


def test_an_offer_that_is_not_answered_when_the_window_ends_is_taken_back(ana: Representative) -> None:
    ends = after(minutes=20)
    callback = arrange(window_from=NOON.isoformat(), window_until=ends.isoformat())
    lead_once(ends - timedelta(seconds=20))
    item = work_of(callback)
    assert (item.state, item.offer_until) == (ItemState.OFFERED, ends)
    with pytest.raises(NotPossible):
        do("accept_work", item, ana, ends)
    lead_once(ends + timedelta(seconds=1))
    assert read(callback).ended_why == "expired"


def test_overnight_it_waits_for_the_next_calling_hours(ana: Representative) -> None:
    CallbackRules.objects.update(soon_minutes=900)
    callback = arrange()
    item = work_of(callback)
    assert item.closes_at is not None and item.closes_at < callback.window_until
    lead_once(item.closes_at)
    item = work_of(callback)
    assert item.state == ItemState.WAITING and item.opens_at is not None and item.opens_at > after(days=1)  # Monday
    assert read(callback).is_open


def test_what_is_given_back_ends_the_call_and_waits_again(ana: Representative) -> None:
    callback = arrange()
    accepted(callback, ana)
    do("return_work", work_of(callback), ana, SOON, why="Not for me")
    assert (work_of(callback).state, read(callback).call) == (ItemState.WAITING, None)
    assert Contact.objects.get().ended_at == SOON


def test_a_supervisor_gives_it_for_later_and_it_is_begun_in_its_time_only(ana: Representative) -> None:
    begins = after(hours=3)
    callback = arrange(window_from=begins.isoformat(), window_until=after(hours=5).isoformat())
    do("assign_work", work_of(callback), make_actor(), SOON, representative=ana.pk)
    assert (work_of(callback).state, work_of(callback).holder_id) == (ItemState.PARKED, ana.pk)
    with pytest.raises(NotPossible):
        do("resume_work", work_of(callback), ana, SOON)
    lead_once(after(hours=1))
    assert work_of(callback).state == ItemState.PARKED
    lead_once(begins + timedelta(seconds=1))
    assert work_of(callback).state == ItemState.IN_WORK


def test_while_somebody_calls_others_do_not_move_or_call_off(ana: Representative) -> None:
    callback = arrange()
    accepted(callback, ana)
    other = make_actor(id=ana.pk + 1, permissions=actor_of(ana).permissions)
    with pytest.raises(NotPossible, match="calling just now"):
        do_callback("cancel_callback", callback, other, SOON, why="x")
    do_callback(
        "move_callback", callback, ana, SOON, window_from=after(hours=2).isoformat(),
        window_until=after(hours=3).isoformat(),
    )  # fmt: skip
    assert (work_of(callback).state, work_of(callback).opens_at) == ("waiting", after(hours=2))


def test_what_dials_is_asked_only_once_it_is_theirs(
    ana: Representative, django_capture_on_commit_callbacks: object
) -> None:
    dialled: list[Dial] = []

    class Exchange:
        def dial(self, dial: Dial) -> None:
            assert may_dial(dial.callback_id, dial.representative_id)
            dialled.append(dial)

    before = set_dialler(Exchange())
    try:
        callback = arrange()
        lead_once(SOON)
        assert not dialled
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            do("accept_work", work_of(callback), ana, SOON)
    finally:
        set_dialler(before)
    assert [(one.telephone, one.representative_id) for one in dialled] == [(NUMBER, ana.pk)]


def test_other_calling_hours_move_what_is_arranged() -> None:
    callback = arrange()
    CallbackRules.objects.update(week=[[], [], [[600, 700]], [], [], [], []])
    assert reckon_all(after(minutes=1)) == 1
    assert reckon_all(after(minutes=2)) == 0
    assert read(callback).ended_why == "expired"  # eight hours from now there is no calling time any more


def test_who_died_meanwhile_is_not_called_when_it_is_accepted(ana: Representative) -> None:
    callback = arrange()
    assert callback.customer is not None
    lead_once(SOON)
    callback.customer.flags.create(kind="deceased", reason="A letter", set_at=NOON, set_by_name="Ana")
    do("accept_work", work_of(callback), ana, SOON)
    assert read(callback).call is None
    assert not Contact.objects.exists()
