"""Who has not passed a notice that withholds work is given nothing new by the router, which says why."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.kernel import hints
from onhand.receipts.models import Notice
from onhand.routing import items
from onhand.routing.enums import ItemState
from onhand.routing.floor import read_floor, read_team, read_teams
from onhand.routing.floor_people import find_people
from onhand.routing.matching.explaining import WaitsFor
from onhand.routing.models import Seat, WorkItem
from onhand.routing.router.running import Leader, _listening, lead_once
from onhand.routing.why import explain_waiting
from onhand.routing.withholding import withheld
from onhand.web.floor.words import tile
from tests.factories import NOON, make_actor
from tests.factories.staff import make_person, make_team
from tests.factories.work import do as answer
from tests.factories.work import make_seat, make_work
from tests.receipts.reading import begin, do, publish, understand
from tests.routing.standing import make_queue
from tests.routing.standing import make_seat as standing_seat

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(seconds=5)
NOTHING: Any = (set(), set(), True)


def notice(**given: Any) -> Notice:
    return publish(at=NOON - timedelta(days=1), withholds_work=True, **given)


def holder(work: WorkItem) -> int | None:
    return WorkItem.objects.get(pk=work.pk).holder_id


def test_nothing_new_until_it_is_passed_and_others_are_given_it() -> None:
    one, seat, other = notice(roles=["representative"]), make_seat(), make_seat(idle_since=NOON + timedelta(minutes=9))
    understand(other.representative, one, NOON)
    first = make_work()
    assert lead_once(SOON) == 1
    assert holder(first) == other.pk  # though the first has waited longer
    Seat.objects.filter(pk=other.pk).update(state="away")
    second = make_work()
    assert lead_once(SOON) == 0
    understand(seat.representative, one, SOON)
    assert lead_once(SOON) == 2  # what was offered to who went away, too
    assert {holder(first), holder(second)} == {seat.pk}


def test_the_explanation_says_what_somebody_has_to_read() -> None:
    seat = make_seat()
    work = make_work()
    one = notice()
    told = explain_waiting(make_actor(), work, SOON)
    assert told.waits_for is WaitsFor.SOMEBODY_TO_COME
    (person,) = told.people
    assert person.words == "has to read “Damage within 30 days” first"
    understand(seat.representative, one, NOON)
    assert explain_waiting(make_actor(), work, SOON).waits_for is WaitsFor.ITS_TURN


def test_what_somebody_has_goes_on_and_what_they_take_is_theirs() -> None:
    seat, work = make_seat(), make_work()
    assert lead_once(SOON) == 1
    notice()
    answer("accept_work", WorkItem.objects.get(pk=work.pk), seat.representative)
    item = WorkItem.objects.get(pk=work.pk)
    assert (item.state, item.holder_id) == (ItemState.IN_WORK, seat.pk)


def serves(leader: Leader, seat: Seat) -> bool:
    person = leader._picture.matcher.person(seat.pk)
    return person is not None and any(name.startswith("queue:") for name in person.attributes)


def test_what_they_put_aside_comes_back_to_them_and_nothing_new_does() -> None:
    seat, own = make_seat(), make_work()
    assert lead_once(SOON) == 1
    answer("accept_work", WorkItem.objects.get(pk=own.pk), seat.representative)
    items.park(WorkItem.objects.get(pk=own.pk), NOON)  # as a call does that takes everything
    notice()
    shared = make_work()
    parked = WorkItem.objects.select_related("queue__calendar", "holder").get(pk=own.pk)
    told = explain_waiting(make_actor(), parked, SOON)
    assert told.waits_for is WaitsFor.ITS_PERSON
    assert [one.words for one in told.people if one.id == seat.pk] == []
    assert lead_once(SOON) == 1
    assert WorkItem.objects.get(pk=own.pk).state == ItemState.IN_WORK
    assert holder(shared) is None


def test_the_router_notices_by_itself_when_it_becomes_due() -> None:
    edge = NOON + timedelta(seconds=30)
    one, seat = notice(due_at=edge.isoformat()), make_seat(seen_at=NOON)
    assert withheld([seat.pk], edge - timedelta(microseconds=1)) == set()
    assert withheld([seat.pk], edge) == {seat.pk}
    with _listening() as heard:
        leader = Leader(heard)
        leader.begin(NOON)
        leader.turn(edge - timedelta(seconds=1), NOTHING)
        assert serves(leader, seat)
        leader._next_look = 0.0
        leader.turn(edge + timedelta(seconds=1), NOTHING)
        assert not serves(leader, seat)
        do("withdraw_notice", None, one, edge + timedelta(seconds=2), reason="x")
        leader.turn(edge + timedelta(seconds=2), (set(), {seat.pk}, False))
        assert serves(leader, seat)


@pytest.mark.django_db(transaction=True)
def test_the_router_is_told_of_whom_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    told: set[str] = set()
    monkeypatch.setattr(hints.notifier, "send", told.update)
    seat, gone = make_seat(), make_seat(state="signed_out")
    one, plain = begin(at=NOON, withholds_work=True), begin(at=NOON)
    told.clear()
    do("publish_notice", None, plain, NOON)
    assert f"route:seat:{seat.pk}" not in told
    do("publish_notice", None, one, NOON)
    assert f"route:seat:{seat.pk}" in told
    assert f"route:seat:{gone.pk}" not in told
    told.clear()
    understand(seat.representative, one, NOON)
    assert {f"route:seat:{seat.pk}", f"staff:{seat.pk}"} <= told
    told.clear()
    other = begin(at=NOON, replaces=one.pk)  # which withholds no work
    do("publish_notice", None, other, NOON)
    assert f"route:seat:{seat.pk}" in told


def test_the_floor_says_who_is_given_nothing_and_counts_nobody_as_free_who_is_not() -> None:
    team = make_team(name="Returns")
    queue = make_queue("Returns", team)
    ana, ben = (make_person(name=name, teams=(team,)) for name in ("Ana", "Ben"))
    one = notice(roles=["representative"])
    for person in (ana, ben):
        standing_seat(person)
    understand(ben, one, NOON)
    actor, why = make_actor(), "has to read “Damage within 30 days” first"
    (found,) = (each for each in read_teams(actor, SOON) if each.id == team.pk)
    assert (found.states["available"], found.free, found.withheld) == (2, 1, 1)
    assert [(each.name, each.is_free, each.withheld) for each in found.people] == [
        ("Ana", False, why),
        ("Ben", True, ""),
    ]
    floor = read_floor(actor, SOON)
    assert (floor.present, floor.free, floor.withheld) == (2, 1, 1)
    (line,) = (each for each in floor.queues if each.id == queue.pk)
    assert (line.present, line.free) == (2, 1)
    assert [each.withheld for each in read_team(actor, SOON, team.pk)[0]] == [why, ""]
    assert [each.withheld for each in find_people(actor, SOON, "Ana")] == [why]
    shown = tile(floor.teams[0].people[0], SOON)
    assert (shown["words"], shown["withheld"]) == ("Given nothing new", f"Given nothing new: {why}.")
    Seat.objects.filter(pk=ana.pk).update(state="away")
    assert read_floor(actor, SOON).withheld == 0  # who is away is given nothing anyway
    understand(ana, one, SOON)
    Seat.objects.filter(pk=ana.pk).update(state="available")
    assert read_floor(actor, SOON).free == 2
