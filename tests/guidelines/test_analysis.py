"""Gaps, overlaps and rows no case comes to: found exactly, told as a person would write them."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.guidelines import analysis
from onhand.guidelines.analysis import analyse
from onhand.guidelines.feel.evaluating import matching
from onhand.guidelines.feel.reading import Reader
from onhand.guidelines.tables import HitPolicy, Input, Output, ReadTable, Rule, Table, read_table

NAMES = ("tier", "days", "opened")
ALLOWED = {"tier": '"new", "usual", "premium"', "opened": ""}
TYPES = {"tier": "string", "days": "number", "opened": "boolean"}


def read(rows: list[str], policy: HitPolicy = HitPolicy.UNIQUE, *, names: tuple[str, ...] = NAMES) -> ReadTable:
    rules = [Rule(tuple(cell.strip() for cell in row.split("|")[:-1]), (row.split("|")[-1].strip(),)) for row in rows]
    inputs = tuple(Input(name, name, TYPES[name], ALLOWED.get(name, "")) for name in names)
    return read_table(Table("Returns", inputs, (Output("remedy"),), tuple(rules), policy), NAMES)


def test_a_case_nobody_covers() -> None:
    found = analyse(
        read(
            [
                '"new", "usual" | <= 30 | - | 1',
                '"new", "usual" | > 30 | - | 2',
                '"premium" | < 40 | - | 3',
                '"premium" | - | false | 4',
            ]
        )
    )
    assert found.gaps == (('"premium"', ">= 40", "true"),)
    assert [one.rows for one in found.overlaps] == [(2, 3)]
    assert found.overlaps[0].case == ('"premium"', "< 40", "false")
    assert found.is_whole


def test_a_whole_table_has_nothing_odd() -> None:
    found = analyse(
        read(
            ['"new" | <= 30 | - | 1', '"new" | > 30 | - | 2', 'not("new") | - | true | 3', 'not("new") | - | false | 4']
        )
    )
    assert (found.gaps, found.overlaps, found.unreached) == ((), (), ())


def test_what_lies_between_two_ranges() -> None:
    assert analyse(read(["< 10 | 1", "(10..20) | 2", "> 30 | 3"], names=("days",))).gaps == (("10, [20..30]",),)


def test_gaps_that_differ_in_one_column_are_told_as_one() -> None:
    found = analyse(read(['"new" | - | true | 1']))
    assert found.gaps == (('"new"', "-", "false"), ('"premium", "usual"', "-", "-"))


def test_moments_with_and_without_a_zone_are_two_kinds() -> None:
    cells = ('> date and time("2026-01-01T00:00:00Z")', '<= date and time("2026-01-01T00:00:00")')
    table = Table("Open", (Input("at", "at"),), (Output("x"),), tuple(Rule((cell,), ("1",)) for cell in cells))
    said = '> date and time("2026-01-01T00:00:00"), <= date and time("2026-01-01T00:00:00Z")'
    assert analyse(read_table(table, ["at"])).gaps == ((said,),)


def test_other_texts_are_told_as_a_denial() -> None:
    table = Table("Open", (Input("tier", "tier"),), (Output("x"),), (Rule(('"a", "b"',), ("1",)),))
    assert analyse(read_table(table, NAMES)).gaps == (('not("a", "b")',),)


def test_rows_no_case_comes_to() -> None:
    found = analyse(
        read(
            ["< 10 | 1", "< 20 | 2", "[5..15] | 3", "- | 4", "> 3 | 5", "[9..2] | 6"], HitPolicy.FIRST, names=("days",)
        )
    )
    assert found.unreached == (2, 4, 5)
    assert found.gaps == ()
    assert analyse(read(["[9..2] | 1"], names=("days",))).unreached == (0,)
    assert analyse(read(['"gold" | - | - | 1'])).unreached == (0,), "a tier that does not exist"


def test_rows_that_say_the_same_may_overlap_where_any_counts() -> None:
    assert analyse(read(["< 10 | 1", "< 20 | 1.0", "> 15 | 2"], HitPolicy.ANY, names=("days",))).overlaps[0].rows == (
        1,
        2,
    )


def test_a_cell_that_looks_at_another_fact_is_given_the_benefit_of_the_doubt() -> None:
    found = analyse(read(["< days | true | 1", "3 | - | 2"], names=("days", "opened")))
    assert found.overlaps == ()
    assert found.gaps == (("< 3, > 3", "false"),)


def test_a_search_that_would_not_end_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "MOST_STEPS", 5)
    monkeypatch.setattr(analysis, "LEAST_STEPS", 1)
    rows = [f'"new" | [{at * 2}..{at * 2 + 1}] | true | {at}' for at in range(40)]
    assert not analyse(read(rows)).is_whole


CELLS = {
    "tier": st.sampled_from(["-", '"new"', '"usual", "premium"', 'not("new")']),
    "days": st.sampled_from(["-", "< 3", "<= 3", "3", "> 3", ">= 5", "[2..4)", "(2..4]", "not(3)"]),
    "opened": st.sampled_from(["-", "true", "false"]),
}
EXAMPLES = (["new", "usual", "premium"], [Decimal(half) / 2 for half in range(14)], [True, False])


@settings(deadline=None)
@given(
    st.lists(st.tuples(*(CELLS[name] for name in NAMES)), min_size=1, max_size=6),
    st.sampled_from([HitPolicy.UNIQUE, HitPolicy.FIRST]),
)
def test_what_is_found_is_what_trying_every_case_finds(rows: list[tuple[str, ...]], policy: HitPolicy) -> None:
    ready = read([" | ".join((*row, str(at))) for at, row in enumerate(rows)], policy)
    found = analyse(ready)
    tests: list[list[Any]] = [[matching(cell) for cell in column] for column in ready.tests]
    gaps = [[matching(Reader(()).tests(cell)) for cell in case] for case in found.gaps]
    reached, pairs = set(), set()
    for values in product(*EXAMPLES):
        rows_here = [
            row for row in range(len(rows)) if all(tests[at][row](value, {}) for at, value in enumerate(values))
        ]
        is_in_gap = any(all(test(value, {}) for test, value in zip(gap, values, strict=True)) for gap in gaps)
        assert is_in_gap is not bool(rows_here), (values, found.gaps)
        reached.update(rows_here[:1] if policy is HitPolicy.FIRST else rows_here)
        pairs.update((one, other) for one in rows_here for other in rows_here if one < other)
    assert set(found.unreached) == set(range(len(rows))) - reached
    assert {one.rows for one in found.overlaps} == (pairs if policy is HitPolicy.UNIQUE else set())
