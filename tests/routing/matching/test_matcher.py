"""Who gets what: by order, steps, capacity, interruption, passing; and against the plain way of matching."""

from dataclasses import replace
from random import Random

import pytest

from onhand.routing.enums import Choice
from onhand.routing.matching.matcher import Matcher
from onhand.routing.matching.plans import Plan, Step, order_at
from onhand.routing.matching.wanted import ANYBODY, All, Has, Not, OneOf, People, Wanted
from onhand.routing.matching.world import QUEUE, Item, Kind, Person, QueueRules, Stepped
from tests.routing.matching.made import CALL, KINDS, MAIL, SPANISH, made, mail, pairs, person, plainly


def test_the_earliest_goes_first_to_who_has_waited_longest() -> None:
    matcher = made()
    for number, since in ((1, 50.0), (2, 20.0), (3, 30.0)):
        matcher.set_person(person(number, idle_since=since))
    matcher.set_item(mail(11, 9.0))
    matcher.set_item(mail(12, 5.0))
    assert pairs(matcher) == [(12, 2), (11, 3)]
    matcher.set_item(mail(13))
    assert pairs(matcher) == [(13, 1)]
    matcher.set_item(mail(14))
    matcher.set_item(mail(15))
    assert pairs(matcher) == []
    matcher.set_person(person(2, idle_since=120.0))
    assert pairs(matcher) == [(14, 2)]


def test_a_limit_leaves_the_rest_for_the_next_time() -> None:
    matcher = made()
    for number in range(1, 6):
        matcher.set_person(person(number))
        matcher.set_item(mail(10 + number, float(number)))
    assert pairs(matcher, limit=2) == [(11, 1), (12, 2)]
    assert pairs(matcher, limit=2) == [(13, 3), (14, 4)]
    assert pairs(matcher) == [(15, 5)]
    matcher = made()
    for number in range(1, 6):
        matcher.set_item(mail(10 + number, float(number)))
    assert pairs(matcher) == []
    matcher.set_person(person(1, capacity=9))
    assert pairs(matcher, limit=2) == [(11, 1), (12, 1)]
    assert pairs(matcher) == [(13, 1), (14, 1), (15, 1)]


def test_a_step_widens_who_fits_when_its_time_is_over() -> None:
    matcher = made(steps=(Step(Has("skill:refunds", 4), 30), Step(Has("skill:refunds"), 60), Step()))
    matcher.set_person(person(1))
    matcher.set_person(person(2, attributes={"skill:refunds": 2}))
    matcher.set_item(mail(11, step_since=100.0))
    matcher.set_item(mail(12, 1.0, step_since=100.0))
    assert pairs(matcher, 129.0) == []
    assert matcher.next_moment() == 130.0
    assert matcher.due(130.0) == [Stepped(11, 1, 130.0), Stepped(12, 1, 130.0)]
    assert pairs(matcher, 130.0) == [(11, 2)]
    assert matcher.fitting(12) == 1
    assert matcher.due(400.0) == [Stepped(12, 2, 190.0)]
    assert pairs(matcher, 400.0) == [(12, 1)]


def test_preferred_people_come_before_the_steps() -> None:
    matcher = made(prefers_owner_seconds=50)
    matcher.set_person(person(1))
    matcher.set_item(mail(11, preferred=(2,), step_since=100.0))
    assert pairs(matcher, 149.0) == []
    assert pairs(matcher, 150.0) == [(11, 1)]
    matcher.set_item(mail(12, preferred=(2,), step_since=150.0))
    matcher.set_person(person(2))
    assert pairs(matcher, 151.0) == [(12, 2)]


def test_a_call_interrupts_mail_and_never_the_reverse() -> None:
    matcher = made()
    matcher.set_person(person(1, capacity=10, holds={7: "mail", 8: "mail"}, load=2))
    matcher.set_item(mail(11, kind="call"))
    (match,) = matcher.match(100.0)
    assert (match.person, match.units, match.parks) == (1, 10, (7, 8))
    matcher.set_item(mail(12, 0.0))
    matcher.set_item(mail(13, 0.0, kind="call"))
    assert pairs(matcher) == []
    matcher.set_item(mail(7, -1.0, parked_by=1))
    matcher.set_person(person(1, capacity=10, idle_since=200.0))
    found = matcher.match(200.0)
    assert [(one.item, one.is_resumed) for one in found] == [(7, True), (12, False), (13, False)]
    assert found[2].parks == (7, 12)


def test_who_is_busy_with_mail_is_called_only_after_who_is_not() -> None:
    matcher = made()
    matcher.set_person(person(1, capacity=10, holds={7: "mail"}, load=1, idle_since=1.0))
    matcher.set_person(person(2, capacity=10, idle_since=50.0))
    matcher.set_item(mail(11, kind="call"))
    assert pairs(matcher) == [(11, 2)]


@pytest.mark.parametrize(
    ("choice", "chosen"), [(Choice.LONGEST_IDLE, 1), (Choice.LEAST_LOADED, 2), (Choice.BEST_SKILLED, 3)]
)
def test_the_queue_says_who_is_taken_among_those_who_fit(choice: Choice, chosen: int) -> None:
    matcher = made(choice=choice, steps=(Step(Has("skill:refunds")),))
    for number, load, level in ((1, 2, 1), (2, 1, 2), (3, 3, 5)):
        held = {100 * number + one: "mail" for one in range(load)}
        one = person(number, capacity=10, load=load, holds=held, attributes={"skill:refunds": level})
        matcher.set_person(replace(one, idle_since=float(number)))
    matcher.set_item(mail(11))
    assert pairs(matcher) == [(11, chosen)]


def test_who_passed_is_asked_again_only_when_they_may() -> None:
    matcher = made()
    matcher.set_person(person(1))
    matcher.set_item(mail(11, passed={1: 150.0}))
    matcher.set_item(mail(12, 1.0, passed={1: 0.0}))
    assert pairs(matcher, 100.0) == []
    matcher.set_item(mail(13, 2.0))
    assert pairs(matcher, 101.0) == [(13, 1)]
    matcher.set_person(person(1, idle_since=120.0))
    assert pairs(matcher, 120.0) == []
    assert pairs(matcher, 150.0) == [(11, 1)]


def test_difficulty_limits_and_states_are_kept() -> None:
    matcher = made()
    matcher.set_person(person(1, hardest=2, capacity=10, limits={"mail": 1}))
    matcher.set_item(mail(11, difficulty=3))
    matcher.set_item(mail(12, difficulty=2))
    matcher.set_item(mail(13, difficulty=2))
    assert pairs(matcher) == [(12, 1)]
    matcher.set_person(person(2, is_available=False))
    assert pairs(matcher) == []
    matcher.set_person(person(2))
    assert pairs(matcher) == [(11, 2)]


def test_a_closed_queue_gives_nothing_out_and_helpers_come_and_go() -> None:
    matcher = made()
    matcher.set_queue(QueueRules(1, is_open=False))
    matcher.set_person(person(1))
    matcher.set_item(mail(11))
    matcher.set_item(mail(12, preferred=(1,)))
    assert pairs(matcher) == []
    matcher.set_queue(QueueRules(1))
    assert pairs(matcher) == [(11, 1)]
    matcher.set_person(Person(2, {QUEUE.format(2): 1}, capacity=1))
    assert pairs(matcher, 200.0) == []
    matcher.set_queue(QueueRules(1, Plan(prefers_owner_seconds=0), helped_by=frozenset({2})))
    assert pairs(matcher, 200.0) == [(12, 2)]


def test_what_could_not_be_committed_is_forgotten() -> None:
    matcher = made()
    matcher.set_person(person(1, capacity=2))
    item = mail(11)
    matcher.set_item(item)
    (match,) = matcher.match(100.0)
    matcher.forget(match, replace(item, version=2))
    (again,) = matcher.match(100.0)
    assert (again.item, again.item_version) == (11, 2)
    person_now = matcher.person(1)
    assert person_now is not None and person_now.load == 1


def test_what_a_forgotten_match_interrupted_is_in_work_again() -> None:
    matcher = made()
    before = person(1, capacity=10, holds={7: "mail", 8: "chat"}, load=4)
    matcher.set_person(before)
    matcher.set_item(mail(11, kind="call"))
    (match,) = matcher.match(100.0)
    assert (match.parks, match.parked_kinds, match.parked_units) == ((7, 8), ("mail", "chat"), 4)
    matcher.forget(match, mail(11, kind="call"))
    assert matcher.person(1) == before


def test_what_only_few_can_take_is_not_lost_behind_what_they_passed() -> None:
    matcher = made()
    matcher.set_person(person(1, capacity=2))
    matcher.set_person(person(2, is_available=False))
    for number, passed in ((11, {1: 150.0}), (12, {})):
        matcher.set_item(mail(number, float(number), wanted=People(frozenset({1, 2})), passed=passed))
    assert pairs(matcher, 100.0) == [(12, 1)]
    matcher.set_person(person(2))
    assert pairs(matcher, 101.0) == [(11, 2)]


def test_what_was_passed_does_not_let_what_is_behind_it_go_first() -> None:
    matcher = made()
    matcher.set_person(person(1))
    matcher.set_person(person(2, is_available=False))
    matcher.set_item(mail(11, 1.0, passed={1: 0.0}))
    matcher.set_item(mail(12, 5.0))
    matcher.set_item(mail(13, 3.0, kind="chat"))
    matcher.set_person(person(1, capacity=3))
    assert pairs(matcher) == [(13, 1)]


def test_moments_of_an_item_passed_by_many_stay_few() -> None:
    matcher = made()
    matcher.set_item(mail(11, passed={number: 100.0 + number for number in range(1, 41)}))
    for number in range(41):
        matcher.due(100.0 + number)
        assert len(matcher._moments) <= 1
    assert matcher.next_moment() is None


def test_a_clock_that_is_set_back_lets_nothing_be_forgotten() -> None:
    matcher = made()
    matcher.set_person(person(1, is_available=False))
    matcher.set_item(mail(11, passed={1: 150.0}))
    assert pairs(matcher, 160.0) == []
    matcher.set_person(person(1))
    assert pairs(matcher, 140.0) == []
    assert matcher.next_moment() == 150.0
    assert pairs(matcher, 150.0) == [(11, 1)]


def test_a_new_demand_finds_who_is_free_already() -> None:
    matcher = made()
    matcher.set_person(person(1, attributes={"language:es": 3}))
    assert pairs(matcher) == []
    matcher.set_item(mail(11, wanted=SPANISH))
    assert pairs(matcher) == [(11, 1)]


def test_the_reasons_name_the_others() -> None:
    matcher = made()
    matcher.set_person(person(1, idle_since=10.0))
    matcher.set_person(person(2, idle_since=5.0))
    matcher.set_person(person(3, is_available=False))
    matcher.set_item(mail(11, since=40.0, passed={2: 0.0}))
    (match,) = matcher.match(100.0)
    assert match.person == 1
    assert match.why["others"] == [{"who": 2, "why": "passed"}, {"who": 3, "why": "away"}]
    assert (match.why["fitting"], match.why["waited"], match.why["idle"]) == (3, 60.0, 90.0)


def test_order_weighs_priority_age_and_due_time() -> None:
    targets = {0: 3600.0, 2: 60.0}
    assert order_at(0.0, 0, None, 5, targets) == 3600.0
    assert (
        order_at(3500.0, 2, None, 5, targets) == 3560.0
    )  # urgent comes before what has waited nearly as long as it may
    assert order_at(3600.0, 2, None, 5, targets) == 3660.0  # and after what has waited longer: nothing starves
    assert order_at(0.0, 0, 1200.0, 10, targets) == 600.0


SKILLS = ("a", "b", "c")


def some_wanted(random: Random, depth: int = 0) -> Wanted:
    pick = random.random()
    if depth < 2 and pick < 0.4:
        parts = tuple(some_wanted(random, depth + 1) for _ in range(random.randint(1, 2)))
        return All(parts) if pick < 0.25 else OneOf(parts)
    if pick < 0.48:
        return Not(some_wanted(random, depth + 1))
    if pick < 0.56:
        return People(frozenset(random.sample(range(1, 13), 3)))
    if pick < 0.7:
        return ANYBODY
    lowest = random.randint(1, 4)
    return Has(f"skill:{random.choice(SKILLS)}", lowest, random.randint(lowest, 5))


def some_item(random: Random, number: int) -> Item:
    return mail(
        number,
        float(random.randint(0, 50)),
        kind=random.choice(("mail", "mail", "chat", "call")),
        queue=random.choice((1, 2)),
        wanted=some_wanted(random),
        difficulty=random.randint(1, 3),
        preferred=tuple(random.sample(range(1, 13), 2)) if random.random() < 0.2 else (),
        passed={random.randint(1, 12): random.choice((0.0, 60.0, 500.0))} if random.random() < 0.3 else {},
        parked_by=random.randint(1, 12) if random.random() < 0.1 else None,
    )


def some_person(random: Random, number: int) -> Person:
    attributes = {f"skill:{one}": random.randint(1, 5) for one in SKILLS if random.random() < 0.6}
    attributes |= {QUEUE.format(one): 1 for one in (1, 2, 3) if random.random() < 0.6}
    return Person(
        number,
        attributes,
        is_available=random.random() < 0.85,
        capacity=random.choice((0, 1, 4, 10)),
        hardest=random.randint(1, 3),
        idle_since=float(random.randint(0, 90)),
        limits={"mail": 2} if random.random() < 0.2 else {},
    )


@pytest.mark.parametrize("seed", range(150))
def test_it_decides_as_looking_at_every_pair_would(seed: int) -> None:
    random = Random(seed)
    queues = {
        one: QueueRules(
            one,
            Plan(choice=random.choice(list(Choice)), steps=(Step(some_wanted(random), 30), Step())),
            is_open=random.random() < 0.9,
            helped_by=frozenset({3}) if random.random() < 0.3 else frozenset(),
        )
        for one in (1, 2)
    }
    matcher = Matcher(KINDS)
    for rules in queues.values():
        matcher.set_queue(rules)
    people = {number: some_person(random, number) for number in range(1, 13)}
    for one in people.values():
        matcher.set_person(one)
    waiting: dict[int, Item] = {}
    now, number = 100.0, 100
    for _round in range(12):
        for _ in range(random.randint(0, 6)):
            number += 1
            waiting[number] = replace(some_item(random, number), step_since=now)
            matcher.set_item(waiting[number])
        if random.random() < 0.6:
            changed = random.randint(1, 12)
            people[changed] = some_person(random, changed)
            matcher.set_person(people[changed])
        for stepped in matcher.due(now):
            waiting[stepped.item] = replace(waiting[stepped.item], step=stepped.step, step_since=stepped.at)
        expected = plainly(waiting.values(), people.values(), queues, now)
        found = matcher.match(now)
        assert sorted((one.item, one.person) for one in found) == sorted(expected)
        for match in found:
            del waiting[match.item]
            told = matcher.person(match.person)
            assert told is not None
            people[match.person] = told
        now += random.choice((1.0, 20.0, 100.0))


def test_kinds_change_while_people_work() -> None:
    matcher = made()
    matcher.set_person(person(1, capacity=2, holds={5: "mail"}, load=1))
    matcher.set_kind(Kind("mail", units=2))
    matcher.set_item(mail(11))
    assert pairs(matcher) == []
    matcher.set_kind(MAIL)
    assert pairs(matcher) == [(11, 1)]
    assert CALL.takes_all
