"""What a leading router does in one turn, on a real database."""

from datetime import datetime, timedelta

import pytest

from onhand.routing.enums import DecisionKind, ItemState, SeatState, WrapUp
from onhand.routing.models import (
    AwayReason,
    KindSetting,
    Queue,
    QueueMinute,
    RoutingDecision,
    Seat,
    StateChange,
    WorkItem,
)
from onhand.routing.queues import queue_for_team
from onhand.routing.router.running import ENDED_AT_ONCE, lead_once
from onhand.staff.models import Representative
from tests.factories import NOON
from tests.factories.staff import make_team
from tests.factories.work import contact_of, do, make_person, make_seat, make_work, offer, publish_plan

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(seconds=5)


def after(**given: float) -> datetime:
    return NOON + timedelta(**given)


def read(item: WorkItem) -> WorkItem:
    return WorkItem.objects.get(pk=item.pk)


def seat_of(person: Representative | Seat) -> Seat:
    return Seat.objects.get(pk=person.pk)


def test_what_waits_is_offered_to_who_has_waited_longest() -> None:
    first, second = make_seat(idle_since=after(minutes=-2)), make_seat(idle_since=after(minutes=-9))
    item = make_work()
    assert lead_once(SOON) == 1
    item = read(item)
    assert (item.state, item.holder_id, item.units) == (ItemState.OFFERED, second.pk, 3)
    assert item.offer_until == SOON + timedelta(seconds=60)
    assert (seat_of(first).load, seat_of(second).load) == (0, 3)
    decision = RoutingDecision.objects.get(item=item)
    assert (decision.what, decision.representative_id) == (DecisionKind.OFFERED, second.pk)
    assert decision.explanation["fitting"] == 2
    assert contact_of(item).representative_id is None
    assert lead_once(SOON) == 0


def test_only_who_serves_the_queue_is_given_its_work() -> None:
    team = make_team()
    person = make_person()
    person.teams.add(team)
    outside, inside = make_seat(), make_seat(person)
    item = make_work(team=team)
    lead_once(SOON)
    assert read(item).holder_id == inside.pk
    assert seat_of(outside).load == 0


def test_nobody_is_given_more_than_they_can_take() -> None:
    seat = make_seat(capacity=7)
    items = [make_work() for _number in range(4)]
    assert lead_once(SOON) == 2
    assert seat_of(seat).load == 6
    assert [read(one).state for one in items] == ["offered", "offered", "waiting", "waiting"]


def test_accepting_makes_the_contact_theirs_and_passing_gives_it_to_another() -> None:
    ana, rosa = make_person(), make_person()
    make_seat(ana, idle_since=after(minutes=-9))
    make_seat(rosa)
    item = make_work()
    lead_once(SOON)
    do("pass_work", read(item), ana, SOON, why="I know her.")
    assert [one["who"] for one in read(item).passed] == [ana.pk]
    lead_once(after(seconds=10))
    do("accept_work", read(item), rosa, after(seconds=12))
    item = read(item)
    assert (item.state, item.holder_id, item.waited_seconds) == (ItemState.IN_WORK, rosa.pk, 12)
    assert contact_of(item).representative_id == rosa.pk
    kinds = list(RoutingDecision.objects.filter(item=item).order_by("id").values_list("what", flat=True))
    assert kinds == ["offered", "passed", "offered", "accepted"]


def test_work_that_accepts_itself_is_given_at_once() -> None:
    seat = make_seat()
    KindSetting.objects.create(kind="contact.email", units=4, accepts_itself=True)
    item = make_work()
    lead_once(SOON)
    item = read(item)
    assert (item.state, item.units, item.waited_seconds) == (ItemState.IN_WORK, 4, 5)
    assert contact_of(item).representative_id == seat.pk
    assert RoutingDecision.objects.get(item=item).what == DecisionKind.GIVEN


def test_an_offer_that_runs_out_sets_the_person_missed_and_keeps_the_age() -> None:
    seat = make_seat()
    item = make_work()
    lead_once(SOON)
    lead_once(after(seconds=66))
    item = read(item)
    assert (item.state, item.since, [one["who"] for one in item.passed]) == (ItemState.WAITING, NOON, [seat.pk])
    assert (seat_of(seat).state, seat_of(seat).load) == (SeatState.MISSED, 0)
    assert StateChange.objects.get(representative=seat.pk).how == "missed"
    assert lead_once(after(minutes=20)) == 0


def test_of_many_offers_that_run_out_at_once_some_end_at_a_time() -> None:
    """What arrives meanwhile does not wait until the last of them has ended."""
    for _ in range(ENDED_AT_ONCE + 2):
        make_seat()
        make_work()
    assert lead_once(SOON) == ENDED_AT_ONCE + 2
    offered = WorkItem.objects.filter(state=ItemState.OFFERED)
    make_work()
    make_seat()
    assert lead_once(after(seconds=66)) >= 1
    assert offered.filter(offer_until__lt=after(seconds=66)).count() == 2
    lead_once(after(seconds=67))
    assert offered.filter(offer_until__lt=after(seconds=67)).count() == 0


def test_a_parked_reply_is_gone_on_with_when_its_owner_has_room() -> None:
    ana = make_person()
    seat = make_seat(ana, state=SeatState.AWAY)
    item = make_work(representative_id=ana.pk, representative_name=ana.name)
    assert item.state == ItemState.PARKED
    assert lead_once(SOON) == 0
    do("become_available", seat, ana, SOON)
    assert lead_once(SOON) == 1
    assert (read(item).state, RoutingDecision.objects.filter(item=item, what="resumed").count()) == ("in_work", 1)


def test_a_call_that_takes_everything_parks_what_it_interrupts() -> None:
    from onhand.routing.kinds import WorkKind, _kinds, register

    register(WorkKind("test.call", "Call", takes_all=True, interrupts=frozenset({"contact.email"})))
    try:
        seat = make_seat()
        mail = offer(make_work(), seat)
        call = WorkItem.objects.create(
            kind="test.call",
            subject_id=1,
            queue=Queue.objects.get(is_default=True),
            state_since=NOON,
            created_at=NOON,
            since=NOON,
            order_at=NOON,
            step_since=NOON,
        )
        lead_once(SOON)
        assert (read(call).state, read(call).units, read(mail).state) == ("offered", 10, "parked")
        assert seat_of(seat).load == 10
    finally:
        del _kinds["test.call"]


def test_steps_widen_who_can_be_given_it_as_time_goes_by() -> None:
    ana = make_person()
    make_seat(ana)
    item = make_work()
    steps = [{"wanted": {"has": "skill:kettles"}, "seconds": 30}, {"wanted": {}}]
    publish_plan(item.queue, steps=steps)
    assert lead_once(SOON) == 0
    assert lead_once(after(seconds=31)) == 1
    item = read(item)
    assert (item.step, item.step_since, item.holder_id) == (1, after(seconds=30), ana.pk)
    assert RoutingDecision.objects.filter(item=item, what="stepped").exists()


def test_a_closed_queue_gives_out_nothing() -> None:
    from onhand.contacts.models import BusinessCalendar

    make_seat()
    item = make_work()
    hours = BusinessCalendar.objects.create(name="Mornings", time_zone="Europe/Madrid", week=[[[540, 600]]] * 7)
    Queue.objects.filter(pk=item.queue_id).update(calendar=hours)
    assert lead_once(SOON) == 0  # 13:00 in Madrid
    assert lead_once(after(hours=20, minutes=30)) == 1


def test_another_queue_helps_when_work_waits_too_long_or_nobody_is_there() -> None:
    helping, in_need = make_team(), make_team()
    person = make_person()
    person.teams.add(helping)
    make_seat(person)
    item = make_work(team=in_need)
    publish_plan(item.queue, overflow=[{"queue": queue_for_team(helping.pk).pk, "waiting_seconds": 120}])
    assert lead_once(after(seconds=60)) == 0
    assert lead_once(after(seconds=121)) == 1
    other = make_work(team=make_team())
    publish_plan(other.queue, overflow=[{"queue": queue_for_team(helping.pk).pk, "if_nobody": True}])
    assert lead_once(after(seconds=122)) == 1


def test_a_language_is_asked_for_where_somebody_there_speaks_it() -> None:
    ana, eva = make_person(), make_person()
    eva.language = "es"
    eva.save()
    make_seat(ana, idle_since=after(hours=-1))
    item = make_work(language="es")
    assert lead_once(SOON) == 1, "nobody there speaks it, so anybody may"
    do("pass_work", read(item), ana, SOON)
    spanish = make_seat(eva)
    other = make_work(language="es")
    lead_once(after(seconds=6))
    assert read(other).holder_id == spanish.pk


def test_wrap_up_ends_by_the_clock_where_the_queue_says_so() -> None:
    ana = make_person()
    make_seat(ana)
    item = make_work()
    publish_plan(item.queue, wrap_up=WrapUp.FORCED, wrap_up_seconds=20)
    lead_once(SOON)
    do("accept_work", read(item), ana, SOON)
    from onhand.kernel.perform import perform
    from tests.factories.staff import actor_of

    perform("contacts.wrap_up", actor=actor_of(ana), subject_id=item.subject_id, arguments={}, at=after(seconds=10))
    assert read(item).state == ItemState.WRAP_UP
    lead_once(after(seconds=29))
    assert read(item).state == ItemState.WRAP_UP
    lead_once(after(seconds=31))
    assert (read(item).state, read(item).ended_why, read(item).worked_seconds) == ("ended", "done", 26)


def test_the_clock_ends_a_break_and_a_shift() -> None:
    ana, rosa = make_person(), make_person()
    lunch = AwayReason.objects.create(name="Lunch", most_minutes=30)
    do("go_away", make_seat(ana), ana, reason=lunch.pk)
    make_seat(rosa, state_until=after(minutes=30))
    item = make_work()
    lead_once(SOON)
    do("accept_work", read(item), rosa, SOON)
    lead_once(after(minutes=31))
    assert (seat_of(ana).state, seat_of(rosa).state) == (SeatState.AVAILABLE, SeatState.SIGNED_OUT)
    item = read(item)
    assert (item.state, item.holder_id, seat_of(rosa).load) == (ItemState.OFFERED, ana.pk, 0)


def test_a_lost_connection_signs_out_and_gives_the_work_back() -> None:
    ana = make_person()
    seat = make_seat(ana, seen_at=SOON)
    item = make_work()
    lead_once(SOON)
    do("accept_work", read(item), ana, SOON)
    lead_once(after(seconds=70))
    assert (seat_of(seat).state, read(item).state) == (SeatState.SIGNED_OUT, ItemState.WAITING)
    assert contact_of(item).representative_id is None
    assert StateChange.objects.get(representative=ana.pk).how == "disconnected"


def test_whoever_left_the_company_keeps_nothing() -> None:
    ana = make_person()
    make_seat(ana)
    item = make_work()
    lead_once(SOON)
    do("accept_work", read(item), ana, SOON)
    Representative.objects.filter(pk=ana.pk).update(is_active=False)
    lead_once(after(seconds=70))
    assert (read(item).state, seat_of(ana).state) == (ItemState.WAITING, SeatState.SIGNED_OUT)


def test_what_is_parked_for_somebody_who_stays_away_goes_back() -> None:
    ana = make_person()
    seat = make_seat(ana)
    item = make_work(representative_id=ana.pk, representative_name=ana.name)
    do("leave_work", seat, ana, SOON)
    lead_once(after(hours=23))
    assert read(item).state == ItemState.PARKED
    lead_once(after(hours=25))
    assert (read(item).state, contact_of(item).representative_id) == (ItemState.WAITING, None)


def test_work_of_people_who_never_took_part_stays_with_them() -> None:
    ana = make_person()
    item = make_work(representative_id=ana.pk, representative_name=ana.name)
    lead_once(after(days=9))
    assert (read(item).state, read(item).holder_id) == (ItemState.PARKED, ana.pk)


def test_each_minute_is_written_once_with_what_came_waits_and_was_taken() -> None:
    ana = make_person()
    make_seat(ana, capacity=3)
    QueueMinute.objects.create(queue=Queue.objects.get(is_default=True), at=after(minutes=-1))
    first, _second = make_work(), make_work()
    lead_once(SOON)
    do("accept_work", read(first), ana, SOON)
    lead_once(after(seconds=61))
    minute = QueueMinute.objects.get(at=NOON)
    assert (minute.came, minute.taken, minute.taken_in_time, minute.waiting) == (2, 1, 1, 1)
    assert (minute.oldest_seconds, minute.present, minute.free) == (60, 1, 0)
    lead_once(after(seconds=62))
    assert QueueMinute.objects.filter(at=NOON).count() == 1


def test_work_of_a_kind_nobody_registered_is_left_alone() -> None:
    make_seat()
    item = make_work()
    WorkItem.objects.filter(pk=item.pk).update(kind="from.tomorrow")
    assert lead_once(SOON) == 0
