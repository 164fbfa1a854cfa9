"""Stories of the demo run beside each other, in order of day."""

from datetime import timedelta

from onhand.customers.demo.days import Steps, run_by_day
from onhand.kernel.errors import NotPossible
from tests.factories import NOON


def test_each_step_has_its_turn_and_one_that_is_not_possible_ends_its_story_alone() -> None:
    done: list[tuple[str, int]] = []
    said: list[tuple[str, int, int]] = []

    def story(name: str, *days: int, fails_on: int = 0) -> Steps:
        for day in days:
            yield NOON + timedelta(days=day)
            if day == fails_on:
                raise NotPossible("no")
            done.append((name, day))

    stories = [lambda: story("a", 5, 9), lambda: story("b", 1, 6, 7, fails_on=6), lambda: story("c", 3, 2, 8)]
    run_by_day(stories, tell=lambda *one: said.append(one))
    assert done == [("b", 1), ("c", 3), ("c", 2), ("a", 5), ("c", 8), ("a", 9)]
    assert said == [("orders", 1, 3), ("orders", 2, 3), ("orders", 3, 3)]
