"""Why work waits, in plain values: each person's first obstacle, each step, what would change it."""

import random
from dataclasses import replace
from typing import Any

import pytest

from onhand.routing.enums import Choice
from onhand.routing.matching.explaining import (
    Addition,
    Obstacle,
    WaitsFor,
    choose,
    explain,
    hinders,
    lacking,
    lowest_addition,
    with_addition,
)
from onhand.routing.matching.matcher import Matcher
from onhand.routing.matching.plans import Plan, Step
from onhand.routing.matching.wanted import All, Has, Not, OneOf, Wanted
from onhand.routing.matching.world import Item, Kind, Person, QueueRules

SPANISH = Has("language:es")
REFUNDS = Has("skill:refunds", 3)
KINDS = {"mail": Kind("mail", units=3), "call": Kind("call", takes_all=True, interrupts=frozenset({"mail"}))}


def somebody(number: int = 1, **changes: Any) -> Person:
    given: dict[str, Any] = {"attributes": {"queue:1": 1}, "capacity": 10}
    return Person(number, **given | changes)


def knowing(number: int, **levels: int) -> Person:
    attributes = {"queue:1": 1} | {name.replace("_", ":", 1): level for name, level in levels.items()}
    return Person(number, attributes=attributes)


def work(**changes: Any) -> Item:
    given: dict[str, Any] = {"id": 1, "kind": "mail", "queue": 1, "order_at": 100.0, "since": 0.0}
    return Item(**given | changes)


def rules(*steps: Step, **changes: Any) -> QueueRules:
    return QueueRules(1, Plan(steps=steps or (Step(),)), **changes)


@pytest.mark.parametrize(
    ("person", "item", "obstacle"),
    [
        (somebody(attributes={"queue:2": 1}), work(), Obstacle.OTHER_QUEUE),
        (somebody(), work(wanted=SPANISH), Obstacle.LACKS),
        (somebody(hardest=2), work(difficulty=3), Obstacle.TOO_HARD),
        (somebody(), work(passed={1: 0.0}), Obstacle.PASSED),
        (somebody(), work(passed={1: 60.0}), Obstacle.PASSED),
        (somebody(is_available=False), work(), Obstacle.AWAY),
        (somebody(load=10, holds={7: "call"}), work(), Obstacle.BUSY),
        (somebody(load=8), work(), Obstacle.FULL),
        (somebody(load=3, holds={7: "mail"}, limits={"mail": 1}), work(), Obstacle.LIMIT),
        (somebody(), work(parked_by=2), Obstacle.NOT_THEIRS),
    ],
)
def test_the_first_obstacle_is_named(person: Person, item: Item, obstacle: Obstacle) -> None:
    found = hinders(item, rules(), KINDS, person, 50.0)
    assert found is not None
    assert found.obstacle is obstacle


@pytest.mark.parametrize(
    ("person", "item"),
    [
        (somebody(), work()),
        (somebody(load=7), work()),  # room for exactly one more
        (somebody(), work(passed={1: 40.0})),  # long ago
        (somebody(load=3, holds={7: "mail"}), work(kind="call")),  # a call interrupts a mail
        (somebody(attributes={"queue:2": 1}), work(parked_by=None, queue=2)),
        (somebody(is_available=True), work(parked_by=1)),
    ],
)
def test_nothing_stands_against_it(person: Person, item: Item) -> None:
    assert hinders(item, replace(rules(), id=item.queue), KINDS, person, 50.0) is None


def test_who_helps_another_queue_fits() -> None:
    helper = somebody(attributes={"queue:2": 1})
    assert hinders(work(), rules(helped_by=frozenset({2})), KINDS, helper, 0.0) is None


@pytest.mark.parametrize(
    ("wanted", "lacks"),
    [
        (All((SPANISH, REFUNDS)), (SPANISH, REFUNDS)),
        (All((Has("queue:1"), REFUNDS)), (REFUNDS,)),
        (OneOf((SPANISH,)), (SPANISH,)),
        (OneOf((SPANISH, REFUNDS)), (OneOf((SPANISH, REFUNDS)),)),
        (Not(Has("queue:1")), (Not(Has("queue:1")),)),
        (Has("queue:1"), ()),
    ],
)
def test_what_somebody_lacks_is_the_smallest_part(wanted: Wanted, lacks: tuple[Wanted, ...]) -> None:
    assert lacking(wanted, somebody()) == lacks


def test_steps_say_from_when_they_count_and_how_many_fit() -> None:
    two = rules(Step(SPANISH, 30), Step(REFUNDS, 60), Step())
    people = [knowing(1, language_es=2), knowing(2, skill_refunds=4), knowing(3)]
    seen = explain(work(), two, KINDS, people, 10.0).steps
    assert [(one.counts, one.counts_from, one.fit, one.free) for one in seen] == [
        (True, 0.0, 1, 1),
        (False, 30.0, 1, 1),
        (False, 90.0, 3, 3),
    ]


def test_a_step_that_was_reached_since_counts() -> None:
    told = explain(work(), rules(Step(SPANISH, 30), Step()), KINDS, [somebody()], 31.0)
    assert told.waits_for is WaitsFor.ITS_TURN
    assert told.would_get == 1


@pytest.mark.parametrize(
    ("item", "which", "people", "waits_for"),
    [
        (work(opens_at=90.0), rules(), [somebody()], WaitsFor.ITS_TIME),
        (work(parked_by=1), rules(), [somebody()], WaitsFor.ITS_PERSON),
        (work(), rules(is_open=False), [somebody()], WaitsFor.OPENING),
        (work(), rules(), [somebody()], WaitsFor.ITS_TURN),
        (work(), rules(), [somebody(load=9), somebody(2, is_available=False)], WaitsFor.SOMEBODY_TO_BE_FREE),
        (work(), rules(), [somebody(is_available=False)], WaitsFor.SOMEBODY_TO_COME),
        (work(), rules(Step(SPANISH, 99), Step()), [somebody()], WaitsFor.NEXT_STEP),
        (work(wanted=SPANISH), rules(), [somebody()], WaitsFor.SOMEBODY_WHO_FITS),
        (work(), rules(), [], WaitsFor.SOMEBODY_WHO_FITS),
    ],
)
def test_what_it_waits_for(item: Item, which: QueueRules, people: list[Person], waits_for: WaitsFor) -> None:
    assert explain(item, which, KINDS, people, 50.0).waits_for is waits_for


def test_what_would_change_it_names_the_clock_people_and_one_ability() -> None:
    steps = rules(Step(SPANISH, 100), Step(REFUNDS))
    people = [
        knowing(1, language_es=3),
        knowing(2, skill_refunds=5),
        knowing(3),
        replace(knowing(4, language_es=2), is_available=False),
    ]
    people[0] = replace(people[0], load=10)
    told = explain(work(), steps, KINDS, people, 50.0)
    by = {change.what: change for change in told.changes}
    assert by[WaitsFor.NEXT_STEP].at == 100.0
    assert by[WaitsFor.SOMEBODY_TO_BE_FREE].people == (1,)
    assert by[WaitsFor.SOMEBODY_TO_COME].people == (4,)
    assert by[WaitsFor.SOMEBODY_WHO_FITS].lacks == SPANISH
    assert by[WaitsFor.SOMEBODY_WHO_FITS].people == (3,)
    assert lowest_addition(SPANISH) == ("language:es", 1)


def test_what_if_somebody_learnt_it() -> None:
    item = work(wanted=SPANISH)
    before = explain(item, rules(), KINDS, [somebody()], 50.0)
    after = explain(item, rules(), KINDS, with_addition([somebody()], Addition(1, "language:es", 2)), 50.0)
    assert (before.would_get, after.would_get) == (None, 1)


def test_only_the_most_telling_people_are_named_and_all_are_counted() -> None:
    people = [somebody(number, attributes={}) for number in range(1, 5_001)]
    people.append(somebody(9_999, load=10))
    told = explain(work(), rules(), KINDS, people, 0.0)
    assert len(told.hindered) == 20
    assert told.hindered[0].person == 9_999
    assert told.obstacles == {Obstacle.OTHER_QUEUE: 5_000, Obstacle.FULL: 1}
    assert told.fit == 1


@pytest.mark.parametrize(
    ("choice", "chosen"), [(Choice.LONGEST_IDLE, 1), (Choice.LEAST_LOADED, 2), (Choice.BEST_SKILLED, 3)]
)
def test_who_is_chosen_among_equals(choice: Choice, chosen: int) -> None:
    free = [
        somebody(1, idle_since=10.0, load=5),
        somebody(2, idle_since=20.0, load=0),
        Person(3, attributes={"queue:1": 1, "language:es": 5}, idle_since=30.0, load=5),
    ]
    found = choose(free, choice, SPANISH)
    assert found is not None
    assert found.id == chosen


def test_whom_it_should_go_to_first_is_the_first_step() -> None:
    item = work(preferred=(2,))
    people = [somebody(1), somebody(2, is_available=False)]
    told = explain(item, QueueRules(1, Plan(prefers_owner_seconds=600)), KINDS, people, 50.0)
    assert [(one.counts, one.counts_from, one.fit, one.free) for one in told.steps] == [
        (True, 0.0, 1, 0),
        (False, 600.0, 2, 1),
    ]
    assert told.waits_for is WaitsFor.SOMEBODY_TO_COME
    assert {one.person: (one.obstacle, one.until) for one in told.hindered} == {
        1: (Obstacle.STEP_LATER, 600.0),
        2: (Obstacle.AWAY, None),
    }


@pytest.mark.parametrize("seed", range(30))
def test_it_agrees_with_the_matcher(seed: int) -> None:
    """Whom the matcher gives work is somebody nothing stands against, and where it gives none nobody is."""
    dice = random.Random(seed)
    skills = ("language:es", "skill:refunds")
    people = [
        somebody(
            number,
            attributes={f"queue:{dice.choice((1, 1, 2))}": 1}
            | {one: dice.randint(1, 5) for one in skills if dice.random() < 0.4},
            is_available=dice.random() < 0.6,
            load=dice.choice((0, 0, 8, 10)),
            hardest=dice.choice((2, 5)),
            limits={"mail": 0} if dice.random() < 0.1 else {},
            idle_since=dice.random(),
        )
        for number in range(1, 7)
    ]
    steps = rules(Step(dice.choice((SPANISH, REFUNDS)), dice.choice((10, 90))), Step(), is_open=dice.random() < 0.8)
    item = work(
        difficulty=dice.choice((1, 3)),
        passed={dice.randint(1, 6): dice.choice((0.0, 20.0, 80.0))},
        preferred=dice.choice(((), (), (3,))),
        opens_at=dice.choice((0.0, 0.0, 99.0)),
        kind=dice.choice(("mail", "call")),
    )
    matcher = Matcher(KINDS)
    matcher.set_queue(steps)
    for person in people:
        matcher.set_person(person)
    matcher.set_item(item)
    matcher.due(50.0)
    found = matcher.match(50.0)
    told = explain(item, steps, KINDS, people, 50.0)
    assert (told.waits_for is WaitsFor.ITS_TURN) == bool(found)
    if found:
        assert found[0].person in told.free
