"""Expected waits, from what a queue did lately."""

from datetime import timedelta

import pytest

from onhand.routing.expected import Pace, estimate, expected_wait, measure_error
from onhand.routing.models import Queue, QueueMinute, WorkItem
from tests.factories import NOON
from tests.factories.work import make_work


def test_the_wait_grows_with_what_is_ahead_and_shrinks_with_the_pace() -> None:
    slow, quick = Pace(30, 3600, 0, 9), Pace(120, 3600, 0, 9)
    first, tenth = estimate(0, slow), estimate(9, slow)
    assert first and tenth
    assert (round(first.seconds), round(tenth.seconds)) == (120, 1200)
    faster = estimate(9, quick)
    assert faster and round(faster.seconds) == 300
    assert tenth.latest / tenth.earliest < first.latest / first.earliest, "the next is less sure than the tenth"
    assert tenth.earliest < tenth.seconds < tenth.latest


def test_too_little_is_not_guessed_from_and_nothing_is_waited_where_somebody_is_free() -> None:
    assert estimate(3, Pace(4, 3600, 0, 9)) is None
    assert estimate(0, Pace(0, 0, 0, 0)) is None
    at_once = estimate(0, Pace(0, 0, 2, 0))
    assert at_once and at_once.seconds == 0


def test_the_spread_holds_what_it_says() -> None:
    import random

    chance, inside, tries = random.Random(7), 0, 2_000
    for _try in range(tries):
        taken = sum(1 for _minute in range(3600) if chance.random() < 1 / 60)
        found = estimate(4, Pace(taken, 3600, 0, 9))
        assert found
        wait = sum(chance.expovariate(1 / 60) for _one in range(5))
        inside += found.earliest <= wait <= found.latest
    assert 0.72 < inside / tries < 0.88


@pytest.mark.django_db
def test_what_arrives_is_told_its_wait_and_the_error_is_measured() -> None:
    queue = Queue.objects.get(is_default=True)
    for minute in range(1, 11):
        QueueMinute.objects.create(queue=queue, at=NOON - timedelta(minutes=minute), taken=2, waiting=1)
    first, second = make_work(), make_work()
    assert (first.expected_seconds, second.expected_seconds) == (30, 60)
    found = expected_wait(queue.pk, second.order_at, NOON)
    assert found and round(found.seconds) == 90
    WorkItem.objects.filter(pk=first.pk).update(state="ended", ended_at=NOON, waited_seconds=50)
    measured = measure_error(queue.pk, NOON - timedelta(hours=1))
    assert (measured.count, measured.error, measured.wait, measured.lean) == (1, 20, 50, -20)


@pytest.mark.django_db
def test_how_many_waits_lay_inside_what_was_told_is_said_once_there_are_enough() -> None:
    queue = Queue.objects.get(is_default=True)
    for minute in range(1, 11):
        QueueMinute.objects.create(queue=queue, at=NOON - timedelta(minutes=minute), taken=2, waiting=1)
    for number in range(20):
        item = make_work()
        assert item.expected_from is not None and item.expected_until is not None and item.expected_seconds is not None
        assert item.expected_from < item.expected_seconds < item.expected_until
        waited = item.expected_until + 9 if number < 5 else item.expected_seconds
        WorkItem.objects.filter(pk=item.pk).update(state="ended", ended_at=NOON, waited_seconds=waited)
        measured = measure_error(queue.pk, NOON - timedelta(hours=1))
        assert measured.share_inside is None or number == 19
    assert (measured.ranged, measured.inside, measured.share_inside) == (20, 15, 0.75)
    assert measured.since == item.created_at
    assert measured.mean_error > 0
