"""What is done with work and with states, by whom it is theirs and by supervisors."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.kernel.acts import get_act
from onhand.kernel.errors import NotPermitted, NotPossible, SubjectNotFound
from onhand.routing.enums import DecisionKind, ItemState, SeatState
from onhand.routing.matching.wanted import ANYBODY
from onhand.routing.models import AwayReason, Queue, RoutingDecision, Seat, StateChange, WorkItem
from onhand.staff.models import Representative
from tests.factories import NOON
from tests.factories.staff import make_person as make_colleague
from tests.factories.work import contact_of, do, make_person, make_seat, make_work, offer, publish_plan

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=3)


def read(item: WorkItem) -> WorkItem:
    return WorkItem.objects.get(pk=item.pk)


def load(person: Representative) -> int:
    return Seat.objects.get(pk=person.pk).load


def in_work(person: Representative, **given: Any) -> WorkItem:
    item = offer(make_work(**given), make_seat(person))
    do("accept_work", item, person)
    return read(item)


def test_accept_work_makes_the_contact_theirs_in_one_version() -> None:
    ana = make_person()
    item = offer(make_work(), make_seat(ana), until=LATER)
    outcome = do("accept_work", item, ana)
    assert (outcome.before["state"], outcome.after["state"]) == ("offered", "in_work")
    assert outcome.version == read(item).version
    assert contact_of(item).representative_id == ana.pk
    assert list(RoutingDecision.objects.filter(item=item).values_list("what", flat=True)) == [DecisionKind.ACCEPTED]
    with pytest.raises(NotPossible):
        do("accept_work", item, ana)


def test_accept_work_is_refused_once_the_offer_has_run_out_or_is_anothers() -> None:
    ana, rosa = make_person(), make_person()
    item = offer(make_work(), make_seat(ana), until=NOON)
    with pytest.raises(NotPossible):
        do("accept_work", item, ana, LATER)
    with pytest.raises(SubjectNotFound):
        do("accept_work", item, rosa)


def test_park_work_frees_room_and_resume_work_needs_it() -> None:
    ana = make_person()
    item = in_work(ana)
    do("park_work", item, ana, LATER, why="Waiting for a colleague.")
    assert (read(item).state, read(item).units, load(ana)) == (ItemState.PARKED, 0, 0)
    assert read(item).worked_seconds == 180
    Seat.objects.filter(pk=ana.pk).update(capacity=2)
    with pytest.raises(NotPossible):
        do("resume_work", item, ana, LATER)
    Seat.objects.filter(pk=ana.pk).update(capacity=10)
    do("resume_work", item, ana, LATER)
    assert (read(item).state, load(ana)) == (ItemState.IN_WORK, 3)


def test_return_work_lets_it_wait_with_its_age_and_frees_the_contact() -> None:
    ana = make_person()
    item = in_work(ana)
    do("return_work", item, ana, LATER, why="Needs somebody from claims.")
    item = read(item)
    assert (item.state, item.since, item.passed[0]["why"]) == (ItemState.WAITING, NOON, "Needs somebody from claims.")
    assert contact_of(item).representative_id is None
    assert RoutingDecision.objects.filter(item=item, what="returned").count() == 1


def test_pass_work_lets_it_wait() -> None:
    ana = make_person()
    item = offer(make_work(), make_seat(ana))
    do("pass_work", item, ana)
    assert (read(item).state, load(ana)) == (ItemState.WAITING, 0)


def test_finish_wrap_up_is_refused_where_it_ends_by_itself() -> None:
    ana = make_person()
    item = in_work(ana)
    publish_plan(item.queue, wrap_up="forced")
    WorkItem.objects.filter(pk=item.pk).update(state=ItemState.WRAP_UP)
    with pytest.raises(NotPossible):
        do("finish_wrap_up", item, ana)


def test_an_optional_wrap_up_ends_with_the_next_that_is_accepted() -> None:
    ana = make_person()
    item = in_work(ana)
    publish_plan(item.queue, wrap_up="optional")
    WorkItem.objects.filter(pk=item.pk).update(state=ItemState.WRAP_UP, units=1)
    other = offer(make_work(), Seat.objects.get(pk=ana.pk))
    do("accept_work", other, ana, LATER)
    assert (read(item).state, load(ana)) == (ItemState.ENDED, 3)


def test_prioritise_work_changes_the_place_in_the_order() -> None:
    item, rosa = make_work(), make_person("supervisor")
    do("prioritise_work", item, rosa, priority="2")
    assert read(item).order_at == NOON + timedelta(minutes=1)
    with pytest.raises(NotPossible):
        do("prioritise_work", item, rosa, priority="9")
    with pytest.raises(NotPermitted):
        do("prioritise_work", item, make_person(), priority="1")


def test_move_work_takes_it_from_who_has_it() -> None:
    ana, rosa, other = make_person(), make_person("supervisor"), Queue.objects.create(name="Claims")
    item = in_work(ana)
    do("move_work", item, rosa, LATER, queue=other.pk, note="A claim.")
    item = read(item)
    assert (item.queue, item.is_queue_chosen, item.state) == (other, True, ItemState.WAITING)
    assert (load(ana), contact_of(item).representative_id) == (0, None)
    with pytest.raises(NotPossible):
        do("move_work", item, rosa, queue=987_654)


def test_assign_work_gives_it_past_the_order() -> None:
    ana, rosa = make_person(), make_person("supervisor")
    item = make_work()
    do("assign_work", item, rosa, LATER, representative=ana.pk)
    assert (read(item).state, read(item).holder_id, contact_of(item).representative_id) == ("in_work", ana.pk, ana.pk)
    assert list(RoutingDecision.objects.filter(item=item).values_list("what", "by_name")) == [("assigned", rosa.name)]
    with pytest.raises(NotPossible):
        do("assign_work", item, rosa, representative=ana.pk)


def test_change_steps_holds_for_this_work_alone() -> None:
    item, rosa = make_work(), make_person("supervisor", name="Rosa Prieto")
    outcome = do("change_steps", item, rosa, steps="@ Rosa Prieto for 60 s\nanybody")
    assert read(item).steps == [
        {"wanted": {"people": [rosa.pk]}, "seconds": 60},
        {"wanted": ANYBODY.as_json(), "seconds": None},
    ]
    assert (outcome.before["steps"], outcome.after["steps"]) == ("anybody", "@ Rosa Prieto for 1 min\nanybody")
    for wrong in ("Flying 3+", "[]", "@ Nobody at all", "anybody\nanybody", "(" * 4_000):
        with pytest.raises(NotPossible) as refused:
            do("change_steps", item, rosa, steps=wrong)
        assert list(refused.value.fields) == ["steps"]
    do("change_steps", item, rosa)
    assert read(item).steps is None


def test_change_steps_is_filled_with_what_counts_and_follows_the_queue_where_nothing_is_changed() -> None:
    item, rosa = make_work(), make_person("supervisor")
    publish_plan(item.queue, steps=[{"wanted": {"has": "language:es", "from": 3}, "seconds": 120}, {}])
    field = next(one for one in get_act("routing.change_steps").fields if one.name == "steps")
    assert field.current is not None
    now = field.current(read(item))
    assert now == "Spanish 3+ for 2 min\nanybody"
    do("change_steps", item, rosa, steps=now)
    assert read(item).steps is None


def test_change_steps_warns_of_steps_nobody_can_take() -> None:
    item, rosa = make_work(), make_person("supervisor")
    said = do("change_steps", item, rosa, steps="Spanish 5+ for 1 min\nanybody for 0 s\nanybody").after["reach"]
    assert "Nobody who serves the queue fits." in said[0]
    assert "the next step counts at once" in said[1]
    assert "Nobody more than at the step before." in said[2]


def test_become_available_go_away_and_leave_work_are_noted() -> None:
    ana = make_person()
    seat, lunch = make_seat(ana, state=SeatState.SIGNED_OUT), AwayReason.objects.create(name="Lunch", most_minutes=30)
    do("become_available", seat, ana)
    with pytest.raises(NotPossible):
        do("become_available", seat, ana)
    outcome = do("go_away", seat, ana, LATER, reason=lunch.pk)
    assert (outcome.after["state"], outcome.after["reason"]) == ("away", "Lunch")
    assert Seat.objects.get(pk=ana.pk).state_until == LATER + timedelta(minutes=30)
    do("leave_work", seat, ana, LATER)
    changes = list(StateChange.objects.filter(representative=ana.pk).order_by("id").values_list("state", "how"))
    assert changes == [("available", "person"), ("away", "person"), ("signed_out", "sign_out")]


def test_a_seat_is_made_for_who_asks_for_it_first() -> None:
    ana = make_person()
    do("become_available", Seat(pk=ana.pk), ana)
    assert Seat.objects.get(pk=ana.pk).state == SeatState.AVAILABLE


def test_going_away_lets_offers_go_to_others_and_keeps_what_is_in_work() -> None:
    ana = make_person()
    item = in_work(ana)
    offered = offer(make_work(), Seat.objects.get(pk=ana.pk))
    do("go_away", Seat.objects.get(pk=ana.pk), ana, LATER)
    assert (read(item).state, read(offered).state, read(offered).passed) == ("in_work", "waiting", [])
    assert load(ana) == 3


def test_leaving_gives_back_keeps_or_hands_over_by_rule() -> None:
    for leaving, state in (("", "waiting"), ("keep", "parked"), ("hand_over", "in_work")):
        ana, rosa = make_person(), make_person()
        make_seat(ana, leaving=leaving, colleague=rosa)
        item = in_work(ana)
        do("leave_work", Seat.objects.get(pk=ana.pk), ana, LATER)
        item = read(item)
        holder = {"waiting": None, "parked": ana.pk, "in_work": rosa.pk}[state]
        assert (item.state, item.holder_id, item.since) == (state, holder, NOON)
        assert contact_of(item).representative_id == holder
        assert (load(ana), load(rosa)) == (0, 3 if holder == rosa.pk else 0)


def test_set_state_is_for_supervisors_and_own_states_for_oneself() -> None:
    ana, rosa = make_person(), make_person("supervisor")
    seat = make_seat(ana)
    do("set_state", seat, rosa, state="away")
    assert StateChange.objects.get(representative=ana.pk).by_name == rosa.name
    with pytest.raises(NotPossible):
        do("become_available", seat, rosa)
    with pytest.raises(NotPossible):
        do("set_state", seat, rosa, state="missed")
    with pytest.raises(SubjectNotFound):
        do("set_state", seat, make_colleague("supervisor"), state="available")


def test_a_person_sees_only_what_is_theirs_and_who_watches_sees_the_floor() -> None:
    from onhand.routing.access import visible_items, visible_queues, visible_seats
    from tests.factories.staff import actor_of, make_team

    team = make_team()
    ana, rosa, far = make_colleague(), make_colleague("supervisor"), make_colleague("supervisor")
    for one in (ana, rosa):
        one.teams.add(team)
    make_seat(ana)
    waiting = make_work(team=team)
    assert list(visible_items(actor_of(ana))) == []
    assert list(visible_items(actor_of(rosa))) == [waiting]
    assert list(visible_items(actor_of(far))) == []
    assert [seat.pk for seat in visible_seats(actor_of(rosa))] == [ana.pk]
    assert waiting.queue in visible_queues(actor_of(ana))
    assert waiting.queue not in visible_queues(actor_of(far))
