"""Several at once, each on a connection of its own: two routers, accepting against withdrawing, leaving during an offer, capacity."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from onhand.kernel.errors import ActError
from onhand.routing.enums import ItemState, SeatState
from onhand.routing.models import Queue, RoutingDecision, Seat, WorkItem
from onhand.routing.router.picture import Picture
from onhand.routing.router.rules import Rules
from onhand.routing.router.running import LEAD, lead_once
from onhand.routing.router.writing import Written, write_matches
from tests.factories import NOON
from tests.factories.work import contact_of, do, make_person, make_seat, make_work, offer

pytestmark = pytest.mark.django_db(transaction=True)
SOON = NOON + timedelta(seconds=5)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do all of these at the same time; what each gave, or the error it ended with."""
    results: list[Any] = [None] * len(works)
    begin = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            begin.wait()
            results[place] = work()
        except (ActError, IntegrityError) as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def sound() -> None:
    """What must hold after anything."""
    for seat in Seat.objects.all():
        held = WorkItem.objects.filter(holder=seat.pk).values_list("units", flat=True)
        assert seat.load == sum(held) <= seat.capacity
    for item in WorkItem.objects.all():
        assert (item.holder_id is None) == (item.state in (ItemState.WAITING, ItemState.ENDED))


def picture() -> Picture:
    made = Picture()
    made.load_people(SOON)
    made.load_items()
    Rules().apply(made, SOON)
    return made


def test_two_routers_that_both_think_they_lead_give_everything_out_once() -> None:
    seats = [make_seat(capacity=9) for _number in range(6)]
    items = [make_work() for _number in range(25)]
    pictures = [picture(), picture()]

    def give_out(mine: Picture) -> Written:
        return write_matches(mine.matcher.match(SOON.timestamp()), mine, SOON)

    first, second = together(lambda: give_out(pictures[0]), lambda: give_out(pictures[1]))
    assert len(first.done) + len(second.done) + len(first.lost) + len(second.lost) == 36
    sound()
    assert lead_once(SOON) == 18 - len(first.done) - len(second.done)
    sound()
    assert WorkItem.objects.filter(state=ItemState.OFFERED).count() == 18
    assert RoutingDecision.objects.filter(what="offered").count() == 18
    assert len(items) == 25
    assert sum(Seat.objects.get(pk=one.pk).load for one in seats) == 54


def test_only_one_session_leads() -> None:
    from onhand.routing.router.running import _try_to_lead

    assert _try_to_lead()
    assert together(_try_to_lead) == [False]
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_unlock(%s)", [LEAD])


def test_accepting_and_taking_by_a_colleague_at_once_ends_with_one_owner() -> None:
    from onhand.kernel.perform import perform
    from tests.factories.staff import actor_of

    for _time in range(4):
        ana, rosa = make_person(), make_person()
        item = offer(make_work(), make_seat(ana))
        contact = contact_of(item)
        actors = actor_of(ana), actor_of(rosa)
        together(
            lambda item=item, who=actors[0]: do("accept_work", item, who, SOON),  # type: ignore[misc]
            lambda contact=contact, who=actors[1]: perform(  # type: ignore[misc]
                "contacts.take_contact", actor=who, subject_id=contact.pk, arguments={}, at=SOON
            ),
        )
        item.refresh_from_db()
        assert item.state == ItemState.IN_WORK
        assert item.holder_id == contact_of(item).representative_id
        sound()


def test_accepting_an_offer_that_runs_out_at_once_gives_it_or_lets_it_wait() -> None:
    for _time in range(4):
        ana = make_person()
        item = offer(make_work(), make_seat(ana), until=SOON)
        do_it, _clock = together(lambda item=item, who=ana: do("accept_work", item, who, SOON), lambda: lead_once(SOON))  # type: ignore[misc]
        item.refresh_from_db()
        if isinstance(do_it, ActError):
            assert item.state == ItemState.WAITING
            assert Seat.objects.get(pk=ana.pk).state == SeatState.MISSED
        else:
            assert (item.state, item.holder_id) == (ItemState.IN_WORK, ana.pk)
        sound()
        WorkItem.objects.filter(pk=item.pk).update(state="ended", holder=None, units=0, ended_at=SOON)


def test_signing_out_during_an_offer_leaves_nothing_with_who_went() -> None:
    for _time in range(4):
        ana = make_person()
        seat, item = make_seat(ana), make_work()
        together(lambda seat=seat, who=ana: do("leave_work", seat, who, SOON), lambda: lead_once(SOON))  # type: ignore[misc]
        item.refresh_from_db()
        if item.state == ItemState.OFFERED:
            lead_once(SOON + timedelta(seconds=2))  # the offer went through before the seat was read
            item.refresh_from_db()
        assert (item.state, item.holder_id) == (ItemState.WAITING, None)
        assert Seat.objects.get(pk=ana.pk).state == SeatState.SIGNED_OUT
        sound()
        WorkItem.objects.filter(pk=item.pk).update(state="ended", ended_at=SOON)


def test_the_database_refuses_more_than_somebody_can_take_whoever_writes() -> None:
    seat = make_seat(capacity=10)
    items = [make_work() for _number in range(6)]

    def take(item: WorkItem) -> None:
        with transaction.atomic():
            WorkItem.objects.filter(pk=item.pk).update(state=ItemState.IN_WORK, holder=seat.pk, units=3)

    results = together(*(lambda item=item: take(item) for item in items))  # type: ignore[misc]
    assert sum(isinstance(one, IntegrityError) for one in results) == 3
    sound()
    assert Queue.objects.count() == 1
