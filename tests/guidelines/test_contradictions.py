"""Two tables that say different things of one case: against trying every case."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.guidelines import contradictions as module
from onhand.guidelines.contradictions import contradictions
from onhand.guidelines.feel.evaluating import matching
from onhand.guidelines.feel.reading import Reader
from onhand.guidelines.tables import HitPolicy, Input, Output, ReadTable, Rule, Table, read_table

RANKS = ("refuse", "ask", "allow")
FACTS: dict[str, tuple[str, str]] = {
    "tier": ("string", '"new", "usual", "premium"'),
    "days": ("number", ""),
    "opened": ("boolean", ""),
}
EXAMPLES: dict[str, list[Any]] = {
    "tier": ["new", "usual", "premium"],
    "days": [Decimal(half) / 2 for half in range(14)],
    "opened": [True, False],
}


def read(names: tuple[str, ...], rows: list[tuple[str, ...]], policy: HitPolicy = HitPolicy.UNIQUE) -> ReadTable:
    inputs = tuple(Input(name.title(), name, *FACTS[name]) for name in names)
    allowed = tuple(f'"{rank}"' for rank in RANKS)
    outputs = (Output("most"), Output("answer", allowed=allowed))
    rules = tuple(Rule(row[:-1], ("1", row[-1] if row[-1] == "days" else f'"{row[-1]}"')) for row in rows)
    return read_table(Table("T", inputs, outputs, rules, policy), FACTS)


def test_a_case_of_which_two_tables_say_different_things() -> None:
    returns = read(
        ("tier", "days"),
        [('"premium"', "<= 60", "allow"), ('not("premium")', "<= 30", "allow"), ("-", "> 60", "refuse")],
    )
    opened = read(("opened", "days"), [("true", "> 14", "ask"), ("false", "-", "allow")])
    found = contradictions(returns, opened, "answer", RANKS)
    assert [one.label for one in found.inputs] == ["Tier", "Days", "Opened"]
    assert [(one.rows, one.says, one.stricter, one.case) for one in found.found] == [
        ((0, 0), ("allow", "ask"), 1, ('"premium"', "(14..60]", "true")),
        ((1, 0), ("allow", "ask"), 1, ('"new", "usual"', "(14..30]", "true")),
        ((2, 0), ("refuse", "ask"), 0, ("-", "> 60", "true")),
        ((2, 1), ("refuse", "allow"), 0, ("-", "> 60", "false")),
    ]
    assert found.is_whole


def test_where_the_first_row_counts_an_earlier_one_decides() -> None:
    first = read(("days",), [("< 10", "refuse"), ("< 20", "allow")], HitPolicy.FIRST)
    other = read(("days",), [("-", "refuse")])
    assert [(one.rows, one.case) for one in contradictions(first, other, "answer", RANKS).found] == [
        ((1, 0), ("[10..20)",))
    ]
    never = read(("days",), [("< 20", "refuse"), ("< 10", "allow")], HitPolicy.FIRST)
    assert contradictions(never, other, "answer", RANKS).found == ()


def test_what_depends_on_facts_or_has_no_rank_is_left_out() -> None:
    one = read(("days",), [("-", "days"), ("> 5", "perhaps")], HitPolicy.ANY)
    other = read(("days",), [("-", "refuse")])
    assert contradictions(one, other, "answer", RANKS) == module.Contradictions(one.table.inputs, (), is_whole=True)
    with pytest.raises(ValueError, match="list"):
        contradictions(one, other, "nothing", RANKS)


def test_more_than_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    one = read(("days",), [(str(at), "allow") for at in range(60)])
    found = contradictions(one, read(("days",), [("-", "refuse")]), "answer", RANKS)
    assert (len(found.found), found.is_whole) == (50, False)
    monkeypatch.setattr(module, "MOST_STEPS", 1)
    first = read(
        ("days", "opened"), [("< 10", "true", "refuse"), ("< 20", "-", "allow"), ("-", "-", "allow")], HitPolicy.FIRST
    )
    assert not contradictions(first, read(("days",), [("-", "refuse")]), "answer", RANKS).is_whole


CELLS = {
    "tier": st.sampled_from(["-", '"new"', '"usual", "premium"', 'not("new")']),
    "days": st.sampled_from(["-", "< 3", "<= 3", "3", "> 3", ">= 5", "[2..4)", "(2..4]", "not(3)"]),
    "opened": st.sampled_from(["-", "true", "false"]),
}
POLICIES = st.sampled_from([HitPolicy.UNIQUE, HitPolicy.FIRST, HitPolicy.PRIORITY, HitPolicy.ANY])


@st.composite
def tables(draw: Any) -> ReadTable:
    names = tuple(draw(st.lists(st.sampled_from(sorted(FACTS)), min_size=1, max_size=3, unique=True)))
    row = st.tuples(*(CELLS[name] for name in names), st.sampled_from(RANKS))
    return read(names, draw(st.lists(row, min_size=1, max_size=5)), draw(POLICIES))


@settings(deadline=None)
@given(tables(), tables())
def test_what_is_found_is_what_trying_every_case_finds(one: ReadTable, other: ReadTable) -> None:
    found = contradictions(one, other, "answer", RANKS)
    assert found.is_whole
    pairs: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for values in product(*EXAMPLES.values()):
        facts = dict(zip(EXAMPLES, values, strict=True))
        for row, also in product(one.decide(facts).rows, other.decide(facts).rows):
            if one.constants[row][1] != other.constants[also][1]:  # type: ignore[index]
                pairs.setdefault((row, also), []).append(facts)
    assert {each.rows for each in found.found} == set(pairs)
    for each in found.found:
        tests = [matching(Reader(()).tests(cell)) for cell in each.case]
        inside = [
            facts
            for facts in (dict(zip(EXAMPLES, values, strict=True)) for values in product(*EXAMPLES.values()))
            if all(test(facts[column.expression], {}) for test, column in zip(tests, found.inputs, strict=True))
        ]
        assert inside
        assert all(facts in pairs[each.rows] for facts in inside), each.case
