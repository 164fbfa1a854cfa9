"""The tables that `decisions` measures: a returns guideline of 20 rows, one of 2,000, and ten tables that build on one another.

Cells are said once, as `Test`s, and written in each engine's own words by whoever asks it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

Facts = dict[str, Any]
Words = tuple[str, tuple[str, ...]]  # a name, and what it can be

GROUPS = ("new", "regular", "premium", "company")
REASONS = ("changed mind", "wrong size", "damaged", "wrong article", "late")
AGES = ("fresh", "young", "old", "older", "ancient")
SIZES = ("tiny", "small", "middle", "large", "huge")
LOYALTY, HABITS = ("first", "some", "many", "most"), ("never", "seldom", "often", "always")
WORTHS, RISKS, GRACES = ("low", "fair", "high"), ("none", "some", "much"), ("in time", "late", "too late")
BLAMES, CLAIMS, ANSWERS = (
    ("ours", "theirs", "used"),
    ("strong", "fair", "weak"),
    ("allow", "allow", "ask", "refuse", "refuse"),
)
MANY_REASONS = tuple(f"{reason}, kind {kind}" for reason in REASONS for kind in range(1, 6))


@dataclass(frozen=True, slots=True)
class Test:
    """What a cell asks: from `low` to `high`, both included (None: no end), one of `texts`, a `truth`; or nothing at all."""

    low: int | None = None
    high: int | None = None
    texts: tuple[str, ...] = ()
    truth: bool | None = None


ANY = Test()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of which exactly one row matches: the names it asks for, the names it answers, its rows."""

    name: str
    asks: tuple[str, ...]
    answers: tuple[str, ...]
    rows: tuple[tuple[tuple[Test, ...], tuple[Any, ...]], ...]


def upto(high: int) -> Test:
    """At most that."""
    return Test(high=high)


def above(low: int) -> Test:
    """More than that, in whole numbers."""
    return Test(low=low + 1)


def between(low: int, high: int) -> Test:
    """From one to the other."""
    return Test(low=low, high=high)


def one_of(*texts: str) -> Test:
    """One of these."""
    return Test(texts=texts)


YES, NO = Test(truth=True), Test(truth=False)
ASKED = ("days", "group", "opened", "amount", "reason")
ANSWERED = ("answer", "most")
OURS = one_of("damaged", "wrong article", "late")
THEIRS = one_of("changed mind", "wrong size")
GOOD, PLAIN = one_of("premium", "company"), one_of("new", "regular")


def of_20_rows() -> Grid:
    """Returns as a shop writes them: who is to blame, how long ago, opened or not, how much."""
    rows = [
        ((upto(14), ANY, NO, upto(500), THEIRS), ("allow", 500)),
        ((upto(14), PLAIN, NO, above(500), THEIRS), ("ask", 2000)),
        ((upto(14), GOOD, NO, above(500), THEIRS), ("allow", 2000)),
        ((upto(14), PLAIN, YES, upto(100), THEIRS), ("allow", 80)),
        ((upto(14), PLAIN, YES, above(100), THEIRS), ("ask", 400)),
        ((upto(14), GOOD, YES, upto(500), THEIRS), ("allow", 500)),
        ((upto(14), GOOD, YES, above(500), THEIRS), ("ask", 1000)),
        ((between(15, 30), PLAIN, NO, upto(250), THEIRS), ("allow", 250)),
        ((between(15, 30), PLAIN, NO, above(250), THEIRS), ("ask", 500)),
        ((between(15, 30), GOOD, NO, ANY, THEIRS), ("allow", 1000)),
        ((between(15, 30), PLAIN, YES, ANY, THEIRS), ("refuse", 0)),
        ((between(15, 30), GOOD, YES, ANY, THEIRS), ("ask", 250)),
        ((between(31, 60), PLAIN, ANY, ANY, THEIRS), ("refuse", 0)),
        ((between(31, 60), GOOD, NO, ANY, THEIRS), ("ask", 250)),
        ((between(31, 60), GOOD, YES, ANY, THEIRS), ("refuse", 0)),
        ((above(60), ANY, ANY, ANY, THEIRS), ("refuse", 0)),
        ((upto(60), ANY, ANY, upto(1000), OURS), ("allow", 1000)),
        ((upto(60), ANY, ANY, above(1000), OURS), ("ask", 5000)),
        ((between(61, 730), ANY, ANY, ANY, OURS), ("ask", 1000)),
        ((above(730), ANY, ANY, ANY, OURS), ("refuse", 0)),
    ]
    return Grid("Returns", ASKED, ANSWERED, tuple(rows))


def of_2000_rows() -> Grid:
    """Every case a row of its own: 25 reasons, 4 groups, 5 stretches of days, opened or not, 2 stretches of the amount."""
    chance = random.Random(2000)
    stretches = [upto(7), between(8, 14), between(15, 30), between(31, 60), above(60)]
    cases = list(product(stretches, GROUPS, (YES, NO), (upto(250), above(250)), MANY_REASONS))
    chance.shuffle(cases)
    rows = [
        ((days, one_of(group), opened, amount, one_of(reason)), (chance.choice(("allow", "ask", "refuse")), number))
        for number, (days, group, opened, amount, reason) in enumerate(cases)
    ]
    return Grid("Every case", ASKED, ANSWERED, tuple(rows))


def of_10_tables() -> tuple[Grid, ...]:
    """Ten tables, each after those it asks; the last gives the answer."""

    def steps(name: str, of: str, ends: tuple[int, ...], words: tuple[str, ...]) -> Grid:
        tests = [upto(ends[0]), *(between(low + 1, high) for low, high in pairwise(ends)), above(ends[-1])]
        return Grid(name, (of,), (name,), tuple(((test,), (word,)) for test, word in zip(tests, words, strict=True)))

    def pairs(name: str, one: Words, other: Words, says: Callable[[int, int], str]) -> Grid:
        cases = product(enumerate(one[1]), enumerate(other[1]))
        rows = tuple(((one_of(a), one_of(b)), (says(at, also),)) for (at, a), (also, b) in cases)
        return Grid(name, (one[0], other[0]), (name,), rows)

    return (
        steps("age", "days", (7, 14, 30, 60), AGES),
        steps("size", "amount", (20, 100, 500, 1000), SIZES),
        steps("loyalty", "orders", (1, 5, 20), LOYALTY),
        steps("habit", "returns", (0, 2, 5), HABITS),
        Grid(
            "blame",
            ("reason", "opened"),
            ("blame",),
            (((OURS, ANY), ("ours",)), ((THEIRS, NO), ("theirs",)), ((THEIRS, YES), ("used",))),
        ),
        pairs("worth", ("group", GROUPS), ("loyalty", LOYALTY), lambda g, o: WORTHS[min(2, (g + o) // 2)]),
        pairs("risk", ("habit", HABITS), ("size", SIZES), lambda h, s: RISKS[min(2, h * s // 3)]),
        pairs("grace", ("age", AGES), ("worth", WORTHS), lambda a, w: GRACES[max(0, min(2, a - w))]),
        pairs("claim", ("blame", BLAMES), ("grace", GRACES), lambda b, g: CLAIMS[min(2, b + g)]),
        pairs("answer", ("claim", CLAIMS), ("risk", RISKS), lambda c, r: ANSWERS[c + r]),
    )


def some_facts(many: int, reasons: tuple[str, ...]) -> list[Facts]:
    """Facts of that many returns, the same in every run."""
    chance = random.Random(many)
    return [
        {
            "days": chance.choice((chance.randrange(0, 70), chance.randrange(0, 900))),
            "group": chance.choice(GROUPS),
            "opened": chance.random() < 0.4,
            "amount": chance.randrange(5, 1500),
            "reason": chance.choice(reasons),
            "orders": chance.randrange(0, 40),
            "returns": chance.randrange(0, 9),
        }
        for _ in range(many)
    ]
