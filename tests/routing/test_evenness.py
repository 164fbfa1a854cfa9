"""How evenly work is shared, from life: counted by the database, noted each hour, told of a period."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from onhand.routing.evenness import (
    MOST_BARS,
    PAGE,
    forget_counts,
    note_counts,
    read_evenness,
    read_team_evenness,
    read_worked,
)
from onhand.routing.models import Seat, SeatCount
from onhand.staff.models import Team
from tests.factories.staff import actor_of, make_person, make_site, make_team
from tests.routing.standing import make_item, make_queue, make_seat

pytestmark = pytest.mark.django_db
HOUR = 3600.0


def worked(name: str, share: float, *teams: Team, hours: float = 4, **seat: object) -> Seat:
    """Somebody signed out by now who was available for so long, and had something for a share of that."""
    return make_seat(
        make_person(name=name, teams=teams),
        state="signed_out",
        available_seconds=hours * HOUR,
        worked_seconds=share * hours * HOUR,
        **seat,
    )


def counted_since(seat: Seat, seconds: float) -> None:
    """Let what goes on have begun so long ago."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(
            "update routing_seat set counted_at = clock_timestamp() - make_interval(secs => %s) where representative_id = %s",
            [seconds, seat.pk],
        )
        cursor.execute("set local session_replication_role = origin")


def counts(seat: Seat) -> tuple[int, int]:
    found = Seat.objects.get(pk=seat.pk)
    return round(found.available_seconds), round(found.worked_seconds)


def test_the_database_counts_what_is_available_and_what_of_it_is_worked() -> None:
    seat = make_seat()
    counted_since(seat, 100)
    item = make_item(make_queue(), holder=seat)
    assert counts(seat) == (100, 0)
    counted_since(seat, 50)
    make_item(make_queue(), holder=seat)  # one more changes nothing: they are at work already
    assert counts(seat) == (100, 0)
    type(item).objects.filter(holder=seat.pk).update(state="waiting", holder=None, units=0)
    assert counts(seat) == (150, 50)
    counted_since(seat, 30)
    Seat.objects.filter(pk=seat.pk).update(state="away")
    counted_since(seat, 1000)
    Seat.objects.filter(pk=seat.pk).update(state="available")
    assert counts(seat) == (180, 50)
    Seat.objects.filter(pk=seat.pk).update(available_seconds=0, worked_seconds=9)  # nobody else writes them
    assert counts(seat) == (180, 50)


def test_shares_their_mean_and_gini() -> None:
    site = make_site()
    team = make_team(site, "Orders")
    for number, share in enumerate((0.2, 0.4, 0.6, 0.8)):
        worked(f"P{number}", share, team)
    worked("Briefly", 1.0, team, hours=0.1)
    boss = actor_of(make_person("supervisor", sites=(site,)))
    found = read_evenness(boss, timezone.now() - timedelta(days=1))
    assert (found.people, found.left_out) == (4, 1)
    assert found.mean == pytest.approx(0.5)
    assert found.gini == pytest.approx(0.25)  # half the mean difference of all pairs, over the mean
    assert list(found.bars) == pytest.approx([0.2, 0.4, 0.6, 0.8])
    (group,) = read_team_evenness(boss, timezone.now() - timedelta(days=1))
    assert (group.name, group.site) == ("Orders", site.name)
    assert group.evenness.gini == pytest.approx(0.25)


def test_a_period_is_what_was_counted_since_and_goes_on() -> None:
    now = timezone.now()
    seat = worked("Ana", 0.5, hours=10)
    note(seat, now - timedelta(days=2), 4 * HOUR, 4 * HOUR)
    going_on = make_seat(make_person(name="Ben"))
    counted_since(going_on, HOUR)
    boss = actor_of(make_person("administrator"))
    ana, ben = sorted(read_worked(boss, now - timedelta(days=1))[0], key=lambda one: one.name)
    assert (ana.available, ana.worked) == pytest.approx((6 * HOUR, HOUR))
    assert ben.available == pytest.approx(HOUR, abs=5)
    assert ben.share == 0
    every = {one.name: one for one in read_worked(boss, now - timedelta(days=7))[0]}
    assert every["Ana"].share == pytest.approx(0.5)


def note(seat: Seat, at: datetime, available: float, busy: float) -> None:
    SeatCount.objects.create(representative_id=seat.pk, at=at, available_seconds=available, worked_seconds=busy)


def test_counts_are_noted_once_where_something_was_counted_and_forgotten() -> None:
    now = timezone.now()
    worked("Ana", 0.5)
    make_seat(make_person(name="Never there"), state="signed_out")
    there = make_seat(make_person(name="There"))
    counted_since(there, 60)
    note_counts(now)
    assert SeatCount.objects.count() == 2
    assert SeatCount.objects.get(representative=there.pk).available_seconds == pytest.approx(60, abs=5)
    note_counts(now + timedelta(hours=1))
    assert SeatCount.objects.exclude(representative=there.pk).count() == 1
    forget_counts(now + timedelta(minutes=1))
    assert set(SeatCount.objects.values_list("representative", flat=True)) == {there.pk}


def test_only_who_watches_is_told_and_only_of_whom_they_see() -> None:
    here, there = make_site(), make_site()
    ours, theirs = make_team(here, "Ours"), make_team(there, "Theirs")
    worked("Ana", 0.5, ours)
    worked("Ben", 0.9, theirs)
    queue, since = make_queue("Kettles", theirs), timezone.now() - timedelta(days=1)
    boss, plain = make_person("supervisor", sites=(here,)), make_person("representative", teams=(ours,))
    assert [one.name for one in read_worked(actor_of(boss), since)[0]] == ["Ana"]
    assert [one.name for one in read_team_evenness(actor_of(boss), since)] == ["Ours"]
    assert read_evenness(actor_of(boss), since, queue=queue.pk).people == 0
    assert read_evenness(actor_of(plain), since).people == 0
    assert read_worked(actor_of(plain), since) == ([], "")
    assert read_team_evenness(actor_of(plain), since) == []
    all_seeing = actor_of(make_person("administrator"))
    assert [one.name for one in read_worked(all_seeing, since, queue=queue.pk)[0]] == ["Ben"]
    assert [one.name for one in read_worked(all_seeing, since, team=ours.pk)[0]] == ["Ana"]


def test_pages_and_bars_are_bounded() -> None:
    for number in range(PAGE + MOST_BARS):
        worked(f"P{number:03}", number / 200)
    boss, since = actor_of(make_person("administrator")), timezone.now() - timedelta(days=1)
    assert len(read_evenness(boss, since).bars) == MOST_BARS
    first, mark = read_worked(boss, since)
    second, _end = read_worked(boss, since, after=mark)
    names = [one.name for one in (*first, *second)]
    assert (len(first), len(names), len(set(names))) == (PAGE, min(2 * PAGE, PAGE + MOST_BARS), len(names))
    assert names == sorted(names, reverse=True)
    for wrong in ("nan~1", "x", "0.5~", "~"):
        assert len(read_worked(boss, since, after=wrong)[0]) == PAGE
