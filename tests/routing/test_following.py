"""A contact in writing has an item exactly while it is somebody's turn here, and the item is with whose contact it is."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.conversations import placing
from onhand.contacts.models import Contact
from onhand.contacts.work import tell_lists
from onhand.kernel.perform import perform
from onhand.routing.enums import DecisionKind, EndedWhy, ItemState, WrapUp
from onhand.routing.following import sweep
from onhand.routing.models import Queue, RoutingDecision, Seat, WorkItem
from onhand.routing.queues import default_queue, queue_for_team
from onhand.staff.models import Representative
from tests.factories import NOON
from tests.factories.contacts import make_contact
from tests.factories.staff import actor_of, make_team
from tests.factories.work import contact_of, do, item_of, make_person, make_seat, make_work, offer, publish_plan
from tests.factories.writing import make_message, make_thread

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=7)


def act(name: str, contact: Contact, person: Representative, **given: Any) -> None:
    perform(f"contacts.{name}", actor=actor_of(person), subject_id=contact.pk, arguments=given, at=LATER)


def decisions(item: WorkItem) -> list[str]:
    return list(RoutingDecision.objects.filter(item=item).order_by("at", "id").values_list("what", flat=True))


def test_a_contact_to_do_waits_in_the_queue_of_its_team() -> None:
    team = make_team(name="Refunds")
    item = make_work(team=team, priority=1, subject="Where is it?")
    assert (item.state, item.queue.name, item.priority, item.title) == ("waiting", "Refunds", 1, "Where is it?")
    assert item.queue == queue_for_team(team.pk)
    assert set(item.queue.teams.all()) == {team}
    assert item.order_at == NOON + timedelta(hours=1)
    assert make_work().queue == default_queue()


def test_a_team_whose_name_a_queue_has_gets_a_queue_all_the_same() -> None:
    Queue.objects.create(name="Refunds")
    team = make_team(name="Refunds")
    assert queue_for_team(team.pk).name == f"Refunds {team.pk}"
    assert queue_for_team(team.pk).home == team


def test_calls_and_what_is_answered_are_no_items() -> None:
    tell_lists(make_contact(None), NOON)
    tell_lists(make_thread(needs_answer=False), NOON)
    assert not WorkItem.objects.exists()


def test_whoever_takes_a_contact_has_its_item_in_work() -> None:
    ana, item = make_person(), make_work()
    act("take_contact", contact_of(item), ana)
    item.refresh_from_db()
    assert (item.state, item.holder_id, item.units, item.first_taken_at) == ("in_work", ana.pk, 3, LATER)
    assert item.waited_seconds == 7 * 60
    assert Seat.objects.get(pk=ana.pk).load == 3
    assert decisions(item) == [DecisionKind.TAKEN]


def test_what_is_beyond_capacity_is_parked_for_who_takes_it() -> None:
    ana = make_person()
    make_seat(ana, capacity=4)
    first, second = make_work(), make_work()
    for one in (first, second):
        act("take_contact", contact_of(one), ana)
        one.refresh_from_db()
    assert (first.state, second.state, second.holder_id, second.units) == ("in_work", "parked", ana.pk, 0)
    assert Seat.objects.get(pk=ana.pk).load == 3


def test_put_back_and_hand_to_team_let_it_wait_with_its_age() -> None:
    ana, item, team = make_person("supervisor"), make_work(), make_team()
    ana.teams.add(team)
    ana.sites.add(team.site)
    act("take_contact", contact_of(item), ana)
    act("put_back", contact_of(item), ana)
    item.refresh_from_db()
    assert (item.state, item.holder_id, item.since) == ("waiting", None, NOON)
    assert [one["who"] for one in item.passed] == [ana.pk]
    act("take_contact", contact_of(item), ana)
    act("hand_to_team", contact_of(item), ana, team=team.pk)
    item.refresh_from_db()
    assert (item.state, item.queue.home, item.since) == ("waiting", team, NOON)
    assert Seat.objects.get(pk=ana.pk).load == 0


def test_an_assigned_contact_goes_from_one_to_the_other() -> None:
    ana, rosa, item = make_person("supervisor"), make_person(), make_work()
    team = make_team()
    for one in (ana, rosa):
        one.sites.add(team.site)
    act("take_contact", contact_of(item), ana)
    act("assign_contact", contact_of(item), ana, representative=rosa.pk)
    item.refresh_from_db()
    assert (item.state, item.holder_id) == ("in_work", rosa.pk)
    assert [Seat.objects.get(pk=one.pk).load for one in (ana, rosa)] == [0, 3]


def test_an_answer_ends_the_item_and_a_reply_is_parked_for_who_answered() -> None:
    ana, item = make_person(), make_work()
    contact = contact_of(item)
    make_message(contact)
    act("answer", contact, ana, text="It is on its way.", to=["ana@correo.example"])
    item.refresh_from_db()
    assert (item.state, item.ended_why, item.waited_seconds) == (ItemState.ENDED, EndedWhy.DONE, 7 * 60)
    contact.refresh_from_db()
    placing.customer_waits(contact, LATER)
    contact.save()
    tell_lists(contact, LATER)
    again = item_of(contact)
    assert (again.pk != item.pk, again.state, again.holder_id) == (True, ItemState.PARKED, ana.pk)


def test_what_is_put_by_ends_and_comes_back_as_another_item() -> None:
    ana, item = make_person(), make_work()
    contact = contact_of(item)
    act("wait_for", contact, ana, until=(LATER + timedelta(days=1)).isoformat())
    item.refresh_from_db()
    assert (item.state, item.ended_why) == (ItemState.ENDED, EndedWhy.PUT_BY)
    act("go_on_now", contact, ana)
    assert item_of(contact).state == ItemState.WAITING


def test_wrapping_up_a_contact_begins_the_queues_wrap_up() -> None:
    ana, item = make_person(), make_work()
    publish_plan(item.queue, wrap_up=WrapUp.MANDATORY)
    act("take_contact", contact_of(item), ana)
    act("wrap_up", contact_of(item), ana, summary="Sent a new one.")
    item.refresh_from_db()
    assert (item.state, item.holder_id, item.units) == (ItemState.WRAP_UP, ana.pk, 3)
    do("finish_wrap_up", item, ana, LATER)
    item.refresh_from_db()
    assert (item.state, item.holder_id) == (ItemState.ENDED, None)
    assert Seat.objects.get(pk=ana.pk).load == 0


def test_an_offer_is_withdrawn_when_somebody_takes_the_contact_by_hand() -> None:
    ana, rosa = make_person(), make_person()
    item = offer(make_work(), make_seat(ana))
    act("take_contact", contact_of(item), rosa)
    item.refresh_from_db()
    assert (item.state, item.holder_id) == (ItemState.IN_WORK, rosa.pk)
    assert Seat.objects.get(pk=ana.pk).load == 0


def test_urgency_moves_the_place_in_the_order() -> None:
    ana, item = make_person(), make_work()
    act("set_contact_priority", contact_of(item), ana, priority="2")
    item.refresh_from_db()
    assert (item.priority, item.order_at) == (2, NOON + timedelta(minutes=1))


def test_the_sweep_finds_what_no_change_told_of() -> None:
    lost, gone = make_thread(), make_work()
    Contact.objects.filter(pk=gone.subject_id).update(needs_answer=False)
    assert sweep(LATER) == 2
    gone.refresh_from_db()
    assert (item_of(lost).state, gone.state) == (ItemState.WAITING, ItemState.ENDED)
    assert sweep(LATER) == 0


def test_a_contact_of_a_number_that_is_nobody_waits() -> None:
    item = make_work(representative_id=987_654)
    assert (item.state, item.holder_id) == (ItemState.WAITING, None)
