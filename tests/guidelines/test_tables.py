"""Decision tables: each hit policy of the standard, what is wrong with a table, and the look-up against a plain search."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.guidelines import lookups
from onhand.guidelines.feel.evaluating import matching
from onhand.guidelines.feel.values import Months, as_value, written
from onhand.guidelines.tables import (
    MOST_RULES,
    Aggregation,
    HitPolicy,
    Input,
    Output,
    Rule,
    Table,
    TableError,
    read_table,
)

U, A, P, F, R, O, C = HitPolicy  # noqa: E741


def table(
    rows: list[str], policy: HitPolicy = U, *, outputs: tuple[Output, ...] = (Output("remedy"),), **given: Any
) -> Table:
    """Rows written `test | test -> value | value`."""
    rules = []
    for row in rows:
        tests, _arrow, values = row.partition("->")
        rules.append(
            Rule(tuple(one.strip() for one in tests.split("|")), tuple(one.strip() for one in values.split("|")))
        )
    inputs = tuple(Input(name, name) for name in ("tier", "days")[: len(rules[0].tests)])
    return Table("Returns", inputs, outputs, tuple(rules), policy, **given)


def says(of: Table, tier: Any = None, days: Any = None) -> Any:
    return read_table(of, ("tier", "days")).decide({"tier": as_value(tier), "days": as_value(days)})


RETURNS = [
    '"gold" | <= 60 -> "refund"',
    '"gold" | > 60 -> "coupon"',
    'not("gold") | <= 30 -> "refund"',
    'not("gold") | > 30 -> "refuse"',
]


def test_one_row_matches() -> None:
    for tier, days, remedy, row in (
        ("gold", 60, "refund", 0),
        ("gold", 61, "coupon", 1),
        ("new", 30, "refund", 2),
        ("new", 31, "refuse", 3),
    ):
        found = says(table(RETURNS), tier, days)
        assert (found.value, found.rows) == (remedy, (row,))


def test_no_row_matches() -> None:
    assert says(table(RETURNS), "new").value is None
    assert says(table(RETURNS), None, 5).value == "refund", "null is not gold, says the standard"
    assert says(table(RETURNS, outputs=(Output("remedy", default='"ask"'),)), "new").value == "ask"
    assert says(table(RETURNS, R), "new").value == []
    assert says(table(['"a" -> 1'], C, aggregation=Aggregation.COUNT), "b").value == 0
    assert says(table(['"a" -> 1'], C, aggregation=Aggregation.SUM), "b").value is None


def test_a_table_without_columns_and_rows() -> None:
    for policy in HitPolicy:
        nothing = Table("Empty", (), (Output("x", allowed=("1",)),), (), policy)
        assert read_table(nothing, ()).decide({}).value == ([] if policy in (R, O, C) else None)
        always = Table("Always", (), (Output("x", allowed=("1",)),), (Rule((), ("1",)),), policy)
        assert read_table(always, ()).decide({}).value == ([1] if policy in (R, O, C) else 1)


OVERLAPPING = ["- | < 10 -> 3", "- | < 20 -> 1", "- | < 30 -> 2", "- | < 40 -> 1"]
RANKED = (Output("remedy", allowed=("2", "1", "3")),)


@pytest.mark.parametrize(
    ("policy", "aggregation", "value", "rows"),
    [
        (F, "", Decimal(3), (0,)),
        (P, "", Decimal(2), (2,)),
        (R, "", [3, 1, 2, 1], (0, 1, 2, 3)),
        (O, "", [2, 1, 1, 3], (2, 1, 3, 0)),
        (C, "", [3, 1, 2, 1], (0, 1, 2, 3)),
        (C, "+", Decimal(7), (0, 1, 2, 3)),
        (C, "<", Decimal(1), (0, 1, 2, 3)),
        (C, ">", Decimal(3), (0, 1, 2, 3)),
        (C, "#", Decimal(4), (0, 1, 2, 3)),
    ],
)
def test_each_hit_policy(policy: HitPolicy, aggregation: str, value: Any, rows: tuple[int, ...]) -> None:
    found = says(table(OVERLAPPING, policy, outputs=RANKED, aggregation=Aggregation(aggregation)), "x", 5)
    assert (found.value, found.rows, found.problem) == (value, rows, "")


def test_a_unique_table_in_which_several_rows_match_has_no_answer() -> None:
    found = says(table(OVERLAPPING), "x", 15)
    assert (found.value, found.rows) == (None, (1, 2, 3))
    assert "2, 3, 4" in found.problem


def test_any_of_several_rows_that_say_the_same() -> None:
    found = says(table(["- | < 10 -> 1", "- | < 20 -> 1.0"], A), "x", 5)
    assert (found.value, found.rows) == (1, (0, 1))
    assert says(table(["- | < 10 -> 1", "- | < 20 -> 2"], A), "x", 5).problem


def test_several_outputs_are_told_by_name() -> None:
    outputs = (Output("answer"), Output("most"))
    found = says(table(['"gold" | - -> "allow" | 100', '- | - -> "ask" | days * 2'], F, outputs=outputs), "new", 7)
    assert found.value == {"answer": "ask", "most": Decimal(14)}


def test_why() -> None:
    ready = read_table(table(RETURNS), ("tier", "days"))
    found = ready.decide({"tier": "gold", "days": Decimal(61)})
    assert ready.why(found) == [
        {
            "row": 2,
            "tests": [
                {"input": "tier", "test": '"gold"', "was": '"gold"'},
                {"input": "days", "test": "> 60", "was": "61"},
            ],
            "note": "",
        }
    ]
    assert ready.facts_needed == {("tier",), ("days",)}


def test_everything_that_is_wrong_is_named_with_its_place() -> None:
    wrong = Table(
        "Wrong",
        (Input("Tier", "teir"), Input("Days", "days", type="number"), Input("Paid", "days", type="nonsense")),
        (Output("remedy", type="string"), Output("remedy")),
        (Rule(("-",), ("1",)),),
        P,
        Aggregation.SUM,
    )
    with pytest.raises(TableError) as raised:
        read_table(wrong, ("tier", "days"))
    said = [(fault.part, fault.row, fault.column) for fault in raised.value.faults]
    assert said == [
        ("table", None, None),
        ("table", None, None),
        ("output", None, 0),
        ("input", None, 2),
        ("test", 0, None),
    ]
    cells = table(
        ['gold | "60" -> refund', "- | - -> 5"],
        outputs=(Output("remedy", type="string", allowed=("days",), default="<"),),
    )
    cells = Table(
        cells.name,
        (cells.inputs[0], Input("Days", "days", type="number", allowed="< tier")),
        cells.outputs,
        cells.rules,
        F,
    )
    with pytest.raises(TableError) as raised:
        read_table(cells, ("tier", "days"))
    assert {(fault.part, fault.row, fault.column) for fault in raised.value.faults} == {
        ("test", 0, 0),
        ("test", 0, 1),
        ("value", 0, 0),
        ("value", 1, 0),
        ("input", None, 1),
        ("output", None, 0),
    }


def test_a_table_of_a_million_rows_is_refused_at_once() -> None:
    with pytest.raises(TableError, match=f"{MOST_RULES} rows at most"):
        read_table(Table("Large", (), (Output("x"),), (Rule((), ("1",)),) * 1_000_000), ())


def test_without_inputs_every_row_matches() -> None:
    assert read_table(Table("Plain", (), (Output("x"),), (Rule((), ("1",)),)), ()).decide({}).value == 1


CONSTANTS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5).map(Decimal),
    st.sampled_from(["a", "b", "ab", ""]),
    st.integers(1, 5).map(lambda day: date(2026, 1, day)),
    st.integers(-2, 2).map(lambda days: timedelta(days=days)),
    st.integers(-2, 2).map(Months),
)
SIGNS = st.sampled_from(["", "<", "<=", ">", ">=", "=", "!="])
ORDERED = st.one_of(
    st.tuples(st.integers(-5, 5).map(Decimal), st.integers(-5, 5).map(Decimal)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)).map(lambda two: (date(2026, 1, two[0]), date(2026, 1, two[1]))),
)
RANGES = st.tuples(st.sampled_from("[("), ORDERED, st.sampled_from("])")).map(
    lambda parts: f"{parts[0]}{written(parts[1][0])}..{written(parts[1][1])}{parts[2]}"
)
ONE = st.one_of(st.tuples(SIGNS, CONSTANTS).map(lambda two: f"{two[0]} {written(two[1])}"), RANGES, st.just("< days"))
CELLS = st.one_of(
    st.just("-"),
    st.lists(ONE, min_size=1, max_size=3).map(", ".join),
    st.lists(ONE, min_size=1, max_size=3).map(lambda some: f"not({', '.join(some)})"),
)


@pytest.mark.parametrize("bits", [lookups.MOST_BITS, 0])
@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    values=st.lists(st.tuples(CONSTANTS, CONSTANTS), max_size=8),
)
def test_the_lookup_finds_what_a_search_row_by_row_finds(
    bits: int, rows: list[tuple[str, str]], values: list[tuple[Any, Any]]
) -> None:
    before, lookups.MOST_BITS = lookups.MOST_BITS, bits
    try:
        ready = read_table(
            Table(
                "Some",
                (Input("tier", "tier"), Input("days", "days")),
                (Output("row"),),
                tuple(Rule(tests, (str(at),)) for at, tests in enumerate(rows)),
                R,
            ),
            ("tier", "days"),
        )
    finally:
        lookups.MOST_BITS = before
    for tier, days in values:
        facts = {"tier": tier, "days": days}
        found = ready.decide(facts)
        plain = tuple(
            row
            for row in range(len(rows))
            if matching(ready.tests[0][row])(tier, facts) and matching(ready.tests[1][row])(days, facts)
        )
        assert found.rows == plain
