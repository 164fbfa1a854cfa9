"""What a supervisor sees: figures of queues, people by team, bounded and only theirs."""

from datetime import timedelta

import pytest

from onhand.kernel.actor import Actor, Visibility
from onhand.routing.access import visible_items
from onhand.routing.floor import MOST_QUEUES, MOST_TEAMS, Asked, Level, read_floor, read_queues, read_team, read_teams
from onhand.routing.mine import read_mine, read_my_state
from onhand.routing.models import Seat
from onhand.staff.models import Representative, Site, Team
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_person, make_site, make_team, role
from tests.factories.statements import statements
from tests.routing.standing import make_item, make_minute, make_queue, make_reason, make_seat

pytestmark = pytest.mark.django_db


def watcher(*sites: Site) -> Actor:
    return make_actor(visibility=Visibility.SITE, site_ids=frozenset(site.pk for site in sites))


def test_a_queue_says_what_waits_what_is_held_and_who_is_free() -> None:
    team = make_team()
    queue = make_queue("Mail", team, settings={"answer_seconds": 600})
    free = make_seat(make_person(teams=(team,)))
    full = make_seat(make_person(teams=(team,)), capacity=1)
    make_seat(make_person(teams=(team,)), state="away")
    make_seat(make_person())  # of no team of this queue
    make_item(queue, since=NOON - timedelta(minutes=10))
    make_item(queue)
    make_item(queue, holder=full)
    make_item(queue, holder=free, state="offered")
    make_item(queue, state="ended", ended_at=NOON)
    (found,) = (one for one in read_queues(make_actor(), NOON) if one.id == queue.pk)
    assert (found.waiting, found.oldest_since) == (2, NOON - timedelta(minutes=10))
    assert found.held == {"in_work": 1, "offered": 1}
    assert (found.present, found.free) == (2, 1)
    assert found.target_seconds == 600


def test_what_waits_for_everybody_is_named_to_those_who_see_its_customer() -> None:
    here, there = make_site("Here"), make_site("There")
    queue, actor = make_queue("For everybody"), watcher(here)
    seen = make_item(queue, customer_id=make_customer(site=here).pk)
    make_item(queue, customer_id=make_customer(site=there).pk)
    make_item(queue)  # of somebody nobody knows yet
    assert list(visible_items(actor)) == [seen]
    assert visible_items(make_actor()).count() == 3
    (found,) = (one for one in read_queues(actor, NOON) if one.id == queue.pk)
    assert found.waiting == 3


def test_both_service_levels_are_of_today_and_say_what_they_say() -> None:
    queue = make_queue()
    make_minute(queue, NOON - timedelta(days=1), taken=50, taken_in_time=1)
    make_minute(queue, NOON - timedelta(hours=3), taken=6, taken_in_time=5, given_up=2, given_up_in_time=1)
    make_minute(queue, NOON - timedelta(minutes=3), taken=2, taken_in_time=1, waiting=4)
    (found,) = (one for one in read_queues(make_actor(), NOON) if one.id == queue.pk)
    assert found.today == Level(taken=8, taken_in_time=6, given_up=2, given_up_in_time=1)
    assert (found.today.of_answered, found.today.of_all) == (0.75, 0.7)
    assert [(one.waiting, one.taken) for one in found.minutes] == [(4, 2)]
    assert Level().of_answered is None
    assert Level().of_all is None


def test_the_expected_wait_is_learnt_from_the_last_hour() -> None:
    queue = make_queue()
    for minute in range(60):
        make_minute(queue, NOON - timedelta(minutes=60 - minute), taken=2)
    for _ in range(19):
        make_item(queue)
    (found,) = (one for one in read_queues(make_actor(), NOON) if one.id == queue.pk)
    assert found.expected is not None
    assert 9 * 60 < found.expected.seconds < 11 * 60
    assert found.expected.earliest < 8 * 60 < 13 * 60 < found.expected.latest


def test_people_stand_in_their_teams_with_what_they_do() -> None:
    team = make_team(name="Orders")
    reason = make_reason("Training")
    seat = make_seat(make_person(name="Ana", teams=(team,)))
    make_seat(make_person(name="Ben", teams=(team,)), state="away", reason=reason)
    make_seat(make_person(name="Cleo"), state="signed_out")
    queue = make_queue("Mail", team)
    for number in range(5):
        make_item(queue, holder=seat, title=f"Kettle {number}", state="parked" if number else "in_work")
    orders, none = read_teams(make_actor(), NOON)
    assert (orders.name, orders.many, orders.free, orders.is_open) == ("Orders", 2, 1, True)
    assert (none.name, none.states["signed_out"]) == ("", 1)
    ana, ben = orders.people
    assert (ana.load, ana.capacity, ana.is_free) == (1, 10, True)
    assert [one.title for one in ana.held] == [f"Kettle {number}" for number in range(4)]
    assert ana.held_more == 1
    assert (ben.state, ben.reason, ben.is_free) == ("away", "Training", False)


def many_people(teams: list[Team], each: int) -> None:
    people = Representative.objects.bulk_create(
        Representative(
            email=f"p{number}@x.example", name=f"Person {number:05}", role=role("representative"), joined_at=NOON
        )
        for number in range(each * len(teams))
    )
    Seat.objects.bulk_create(
        Seat(representative=person, state="available", state_since=NOON, idle_since=NOON) for person in people
    )
    through = Representative.teams.through
    through.objects.bulk_create(
        through(representative_id=person.pk, team_id=teams[place % len(teams)].pk)
        for place, person in enumerate(people)
    )


def test_a_large_floor_counts_teams_and_reads_people_page_by_page() -> None:
    teams = [make_team(name=f"Team {number}") for number in range(3)]
    many_people(teams, 250)
    found = read_teams(make_actor(), NOON, opened=[teams[1].pk])
    assert [(one.many, len(one.people)) for one in found] == [(250, 0), (250, 200), (250, 0)]
    rest, end = read_team(make_actor(), NOON, teams[1].pk, found[1].next)
    assert (len(rest), end) == (50, "")
    assert rest[0].name > found[1].people[-1].name


def test_the_floor_is_three_statements() -> None:
    make_seat()
    read_floor(make_actor(), NOON)
    with statements() as sent:
        read_floor(make_actor(), NOON)
    assert len(sent) == 3


def test_supervisors_see_their_sites_only_and_representatives_no_floor() -> None:
    here, elsewhere = make_site(), make_site()
    ours, theirs = make_team(here), make_team(elsewhere)
    mine, foreign = make_queue("Ours", ours), make_queue("Theirs", theirs)
    make_seat(make_person(name="Ana", teams=(ours,)))
    make_seat(make_person(name="Ben", teams=(theirs,)))
    floor = read_floor(watcher(here), NOON)
    names = {one.name for one in floor.queues}
    assert mine.name in names
    assert foreign.name not in names
    assert [person.name for team in floor.teams for person in team.people] == ["Ana"]
    nobody = make_actor(permissions=frozenset({"routing.work"}))
    assert read_floor(nobody, NOON).queues == ()
    assert read_floor(nobody, NOON).teams == ()
    assert read_team(make_actor(permissions=frozenset()), NOON, ours.pk)[0] == []


def test_mine_is_what_i_hold_offered_first() -> None:
    seat, other, queue = make_seat(), make_seat(), make_queue("Mail")
    make_item(queue, holder=seat, title="In work")
    make_item(queue, holder=seat, title="Parked", state="parked")
    make_item(queue, holder=seat, title="Offered", state="offered", since=NOON + timedelta(minutes=9))
    make_item(queue, holder=other, title="Theirs")
    actor = make_actor(id=seat.pk)
    mine = read_mine(actor)
    assert {one.title: one.state for one in mine.items} == {
        "Offered": "offered",
        "In work": "in_work",
        "Parked": "parked",
    }
    make_reason("Lunch", most_minutes=45)
    make_reason("Old", is_active=False)
    state = read_my_state(actor)
    assert (state.state, state.load, state.offered, state.has_seat) == ("available", 2, 1, True)
    assert [(name, most) for _pk, name, most in state.reasons] == [("Lunch", 45)]
    assert read_my_state(make_actor(id=make_person().pk)).has_seat is False
    assert read_mine(make_actor(id=seat.pk, permissions=frozenset())).items == ()


def test_a_large_floor_is_bounded_and_its_totals_are_not() -> None:
    here, there = make_site(), make_site()
    teams = [make_team(here if number % 2 else there, f"Team {number:03}") for number in range(MOST_TEAMS + 4)]
    ana = make_seat(make_person(name="Ana", teams=(teams[0], teams[1])))
    busy = [make_queue(f"Queue {number:03}", teams[number % 3]) for number in range(MOST_QUEUES + 3)]
    make_item(busy[-1], since=NOON - timedelta(hours=1))
    for team in teams[2:]:
        make_seat(make_person(teams=(team,)), state="away")
    floor = read_floor(make_actor(), NOON)
    assert (len(floor.queues), floor.more_queues, floor.waiting) == (MOST_QUEUES, 4, 1)  # and the usual one
    assert busy[-1].pk in {one.id for one in floor.queues}  # in which something waits
    assert floor.teams == []
    assert (floor.free, floor.present) == (1, len(teams) - 1)  # somebody of two teams is one
    assert sum(one.teams for one in floor.sites) == len(teams)
    assert sum(one.free for one in floor.sites) == 2
    chosen = read_floor(make_actor(), NOON, asked=Asked(site=there.pk))
    assert {one.site for one in chosen.teams} == {there.name}
    named = read_floor(make_actor(), NOON, asked=Asked(name="TEAM 001"))
    assert [one.name for one in named.teams] == ["Team 001"]
    assert (named.sites, named.queues) == ([], [])
    (only,) = read_teams(make_actor(), NOON, only=teams[0].pk)
    assert only.people[0].id == ana.pk
    assert [one.id for one in read_queues(make_actor(), NOON, only=busy[0].pk)] == [busy[0].pk]
