"""What fits is found for all profiles at once: as asking each of them would."""

from random import Random

import pytest

from onhand.routing.matching.levels import WIDTH, Levels, numbers
from onhand.routing.matching.matcher import Matcher
from onhand.routing.matching.wanted import Has, People
from tests.routing.matching.made import KINDS, made, mail, pairs, person
from tests.routing.matching.test_matcher import SKILLS, some_wanted

UNNAMED = -1


@pytest.mark.parametrize("seed", range(60))
def test_all_at_once_is_as_one_by_one(seed: int) -> None:
    random = Random(seed)
    levels = Levels()
    there: dict[int, tuple[dict[str, int], int]] = {}
    for _ in range(300):
        number = random.randrange(3 * WIDTH)
        if number in there:
            levels.remove(number, *there.pop(number))
        else:
            attributes = {f"skill:{one}": random.randint(1, 5) for one in SKILLS if random.random() < 0.6}
            there[number] = attributes, random.randint(1, 5)
            levels.add(number, *there[number])
    for _ in range(20):
        wanted, difficulty = some_wanted(random), random.randint(1, 5)
        able = {
            number
            for number, (attributes, hardest) in there.items()
            if hardest >= difficulty and wanted.fits(UNNAMED, attributes)
        }
        found = list(numbers(levels.fitting(wanted, difficulty)))
        assert found == sorted(able)
    for one in SKILLS:
        assert levels.count(f"skill:{one}") == sum(f"skill:{one}" in attributes for attributes, _ in there.values())


def test_what_nobody_asks_any_more_is_forgotten() -> None:
    """However long it leads: work that asked something nobody asks again, for a few people or for anybody, leaves nothing behind."""
    matcher = made()
    matcher.set_person(person(1, is_available=False, attributes={"skill:a": 3}))
    kept = mail(1, wanted=Has("skill:a", 2))
    matcher.set_item(kept)
    for number in range(2, 4_000):
        wanted = People(frozenset({1, number})) if number % 2 else Has(f"skill:{number}")
        matcher.set_item(mail(number, wanted=wanted))
        matcher.remove_item(number)
    assert matcher.statistics()["demands"] < 1_100
    assert matcher.fitting(1) == 1
    matcher.set_person(person(1, attributes={"skill:a": 3, "skill:3998": 1}))
    assert pairs(matcher) == [(1, 1)]
    matcher.set_item(mail(5_000, wanted=Has("skill:3998")))
    matcher.set_person(person(1, attributes={"skill:a": 3, "skill:3998": 1}, idle_since=1.0))
    assert pairs(matcher) == [(5_000, 1)]


def test_profiles_nobody_has_any_more_are_forgotten() -> None:
    matcher = made()
    matcher.set_item(mail(1, wanted=Has("skill:a", 4)))
    for level in range(1, 4):
        for number in range(1, 50):
            matcher.set_person(person(number, is_available=False, attributes={"skill:a": level, f"skill:{number}": 1}))
    assert matcher.statistics()["profiles"] == 49
    matcher.set_person(person(7, attributes={"skill:a": 4}))
    assert (matcher.statistics()["profiles"], matcher.fitting(1)) == (49, 1)
    for number in range(1, 50):
        if number != 7:
            matcher.remove_person(number)
    assert (matcher.statistics()["profiles"], matcher.fitting(1)) == (1, 1)
    assert pairs(matcher) == [(1, 7)]


def test_work_that_is_changed_again_and_again_waits_once() -> None:
    """Of a demand whose first cannot be given, what is behind it leaves no traces."""
    matcher = Matcher(KINDS)
    matcher.set_item(mail(1, 0.0))
    for number in range(1_000):
        matcher.set_item(mail(2, 5.0, wanted=Has("skill:a") if number % 2 else Has("skill:b")))
    for demand in {matcher._demand_of[one] for one in (1, 2)}:
        assert len(demand.waiting) <= 65
