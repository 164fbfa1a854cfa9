"""Guidelines that mean harm: each gets an answer, in bounded time and memory, and nothing of it is run."""

import os
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.guidelines import lookups
from onhand.guidelines.dmn import MOST_BYTES, DmnError, read_dmn
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.evaluating import evaluation, matching
from onhand.guidelines.feel.reading import LONGEST_CELL, MOST_OPERATIONS, Reader
from onhand.guidelines.feel.values import LONGEST_TEXT, as_value, calculate, read_moment, written
from onhand.guidelines.graphs import MOST_DECISIONS, Decision, Graph, GraphError, InputData, read_graph
from onhand.guidelines.tables import MOST_CHARACTERS, HitPolicy, Input, Output, Rule, Table, TableError, read_table

READER = Reader(["amount", "name", "order"])
SPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


@pytest.mark.parametrize(
    "cell",
    [
        "__import__('os').system('touch /tmp/x')",
        '__import__("os")',
        'eval("1")',
        "amount.__class__.__mro__",
        "order.__class__",
        'name.format("x")',
        "lambda: 1",
        "[x for x in amount]",
        "amount; drop table",
        "${7*7}",
        "{{7*7}}",
        "`id`",
        "amount if amount else 0",
        "f'{amount}'",
        "\x00",
        "\u202e1",
        "１２ + amount",
        "function() external {java: {class: 'java.lang.Runtime'}}",
    ],
)
def test_a_cell_is_data_and_runs_nothing(cell: str, tmp_path: Path) -> None:
    facts = {"amount": Decimal(1), "name": "x", "order": {"total": Decimal(1)}}
    for read in (READER.expression, READER.tests):
        try:
            tree = read(cell)
        except CellError as error:
            assert 0 <= error.place <= len(cell)
            continue
        value = evaluation(tree)(facts) if read == READER.expression else matching(tree)(Decimal(12), facts)  # type: ignore[arg-type]
        assert value in (None, False, True) or value == 13, (
            "at most a part that is not there, or a number in other digits"
        )
    assert not os.listdir(tmp_path)  # noqa: PTH208


@pytest.mark.parametrize(
    "cell",
    [
        "(" * 5_000 + "1" + ")" * 4_999,
        "-" * 5_000 + "1",
        "not(" * 2_000 + "true" + ")" * 2_000,
        "+".join(["1"] * 5_000),
        "**".join(["2"] * 3_000),
        " and ".join(["true"] * 1_500),
        " or ".join(["amount = 1"] * 500),
        "[" * 5_000,
        "amount" * 2_000,
        "amount." * 1_400,
        '"' + "\\" * 9_000,
        '"' * 9_999,
        " " * 9_000 + "§",
        "1" * 9_000,
        "0." + "1" * 9_000,
        "1e9999",
        "1e-9999",
        "1e99999999",
        ".".join(["1"] * 4_000),
        "date" * 2_000,
        'date("' + "9" * 9_000 + '")',
        'duration("P' + "9" * 9_000 + 'D")',
        'time("10:00:00@' + "a/" * 4_000 + '")',
        'time("10:00:00@../../etc/passwd")',
        "x" * 10_000_000,
    ],
)
def test_deep_long_and_odd_cells_are_refused_with_a_place(cell: str) -> None:
    for read in (READER.expression, READER.tests):
        with pytest.raises(CellError) as raised:
            read(cell)
        assert len(raised.value.message) < 10_000


def test_the_largest_cell_there_may_be_is_read_and_decided() -> None:
    tree = READER.expression(" + ".join(["amount"] * MOST_OPERATIONS))
    assert evaluation(tree)({"amount": Decimal(1)}) == MOST_OPERATIONS
    many = READER.tests(", ".join(f'"{at}"' for at in range(1_200)))
    assert matching(many)("1199", {})
    text = "a" * (LONGEST_CELL - 2)
    assert evaluation(READER.expression(f'"{text}"'))({}) == text
    path = READER.expression(".".join(["order"] + ["x"] * 4_000))
    assert evaluation(path)({"order": {"x": {}}}) is None


HUGE = [
    Decimal(text)
    for text in ("1e6144", "-1e6144", "1e-6143", "1.000000000000000000000000000000001", "0", "-1", "0.5", "1e33")
]


@settings(deadline=None)
@given(st.sampled_from(["+", "-", "*", "/", "**"]), st.sampled_from(HUGE), st.sampled_from(HUGE))
def test_numbers_stay_numbers(sign: str, one: Decimal, other: Decimal) -> None:
    found = calculate(sign, one, other)
    assert found is None or (
        found.is_finite() and abs(found.adjusted()) <= 6_200 and len(found.as_tuple().digits) <= 34
    )
    spans = [read_moment("duration", text) for text in ("P999999999D", "-P999999999Y", "PT1S")]
    for span in spans:
        for value in (
            calculate(sign, span, one),
            calculate(sign, one, span),
            *(calculate(sign, span, each) for each in spans),
        ):
            assert len(written(value)) < 10_000
        day = read_moment("date", "9999-12-31")
        assert calculate(sign, day, span) is None or written(calculate(sign, day, span))


def test_what_is_no_number_is_no_fact() -> None:
    for fact in (
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        0.1,
        float("nan"),
        {"a": Decimal("-Infinity")},
        object(),
    ):
        with pytest.raises(TypeError):
            as_value(fact)


def test_a_number_comes_back_as_it_was_written() -> None:
    for text in ("1e40", "-1.5e6000", "1e-6000", "0.000001", "123456789012345678901234567890.1234", "1e29", "-0"):
        assert evaluation(READER.expression(written(Decimal(text))))({}) == Decimal(text)


def doubling(logic: Any) -> Graph:
    """Decisions each of which is twice the one before."""
    decisions = [
        Decision(f"d{at}", logic(f"d{at - 1}" if at else "name"), (f"d{at - 1}" if at else "name",)) for at in range(60)
    ]
    return Graph("Twice", (InputData("name"),), tuple(decisions))


def test_texts_that_double_end() -> None:
    found = read_graph(doubling(lambda one: f"{one} + {one}")).decide("d59", {"name": "ab"})
    assert max(len(one.value or "") for one in found.values()) <= LONGEST_TEXT
    assert found["d59"].value is None


def test_lists_that_double_end() -> None:
    def twice(one: str) -> Table:
        return Table("T", (), (Output("x"),), (Rule((), (one,)), Rule((), (one,))), HitPolicy.COLLECT)

    found = read_graph(doubling(twice)).decide("d59", {"name": "ab"})
    assert any("too large" in one.problem for one in found.values())
    assert max(len(written(one.value)) for one in found.values()) < 1_000_000


def test_lists_in_lists_in_lists_end() -> None:
    def inside(one: str) -> Table:
        return Table("T", (), (Output("x"),), (Rule((), (one,)),), HitPolicy.COLLECT)

    found = read_graph(doubling(inside)).decide("d59", {"name": "ab"})
    assert [one.problem != "" for one in found.values()].index(True) == 20
    assert all(written(one.value) for one in found.values())


def test_a_list_for_every_row_of_a_table_of_many() -> None:
    rows = tuple(Rule(("-",), ("name",)) for _ in range(10_000))
    table = Table("T", (Input("", "name"),), (Output("x"),), rows, HitPolicy.COLLECT)
    graph = Graph("G", (InputData("name"),), (Decision("a", table, ("name",)), Decision("name b", "a = a", ("a",))))
    found = read_graph(graph).decide("name b", {"name": ["x"] * 10_000})
    assert found["a"].value is None
    assert found["a"].problem


def test_a_table_with_more_cells_than_memory() -> None:
    cell = '"' + "x" * 9_000 + '"'
    rows = tuple(Rule((cell,), ("1",)) for _ in range(MOST_CHARACTERS // 9_000 + 1))
    with pytest.raises(TableError, match="5,000,000 characters"):
        read_table(Table("T", (Input("", "name"),), (Output("x"),), rows), ("name",))


def test_many_columns_of_many_constants_share_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.guidelines.tables.MOST_BITS", 100_000)
    rows = tuple(Rule((f"> {at}", f"> {at}"), (str(at),)) for at in range(200))
    table = Table("T", (Input("", "a"), Input("", "b")), (Output("x"),), rows, HitPolicy.COLLECT)
    ready = read_table(table, ("a", "b"))
    assert all(len(column._each) == 200 for column in ready.columns), "asked one by one"
    assert ready.decide({"a": Decimal(5), "b": Decimal(3)}).value == [0, 1, 2]
    assert lookups.column_of(ready.tests[0]).matching(Decimal(2), {}, 7) == 3


def test_a_graph_of_hundreds_of_thousands_is_refused_at_once() -> None:
    inputs = tuple(InputData(f"i{at}") for at in range(300_000))
    with pytest.raises(GraphError, match="at most"):
        read_graph(Graph("Many", inputs, (Decision("a", "1"),)))
    with pytest.raises(GraphError, match="characters"):
        read_graph(Graph("Long", (InputData("a " * 5_000),), (Decision("a", "1"),)))
    names = tuple(f"d{at}" for at in range(MOST_DECISIONS))
    whole = tuple(Decision(name, "1", names) for name in names)
    with pytest.raises(GraphError, match="in a circle"):
        read_graph(Graph("Circles", (), whole))


def file(inside: str) -> bytes:
    return f'<definitions xmlns="{SPACE}" name="x">{inside}</definitions>'.encode()


ROWS = '<decision id="a" name="a"><decisionTable><output name="x"/>%s</decisionTable></decision>'
BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (file(ROWS % ("<rule/>" * 1_000_000)), "larger than 5 megabytes"),
        (file(ROWS % ("<rule/>" * 600_000)), "rule"),
        (file('<inputData name="i"/>' * 200_000), "inputData"),
        (file('<decision name="d"/>' * 200_000), "decision"),
        (BOMB.encode() + file("&c;" * 1_000), "document type|no XML"),
        (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + file("&x;"), "document type|no XML"),
        (b'<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">' + file(""), "document type"),
        (file("<a>" * 100_000), "no XML"),
        (file("<a>" * 200 + "</a>" * 200), ""),
        (b"\xff\xfe" + b"<" * 1_000, "no XML"),
        (b"", "no XML"),
        (b"x" * (MOST_BYTES + 1), "larger"),
    ],
)
def test_files_that_swell(content: bytes, says: str) -> None:
    if not says:
        assert read_dmn(content).decisions == ()
        return
    with pytest.raises(DmnError, match=says):
        read_dmn(content)


def test_types_that_lead_to_one_another_and_expressions_of_a_thousand_names() -> None:
    circle = '<itemDefinition name="a"><typeRef>b</typeRef></itemDefinition><itemDefinition name="b"><typeRef>a</typeRef></itemDefinition>'
    assert (
        read_dmn(file(circle + '<inputData name="i"><variable name="i" typeRef="a"/></inputData>')).inputs[0].type == ""
    )
    names = " + ".join(f"n{at}" for at in range(1_000))
    content = file(f'<decision id="a" name="a"><literalExpression><text>{names}</text></literalExpression></decision>')
    with pytest.raises(GraphError):
        read_graph(read_dmn(content))


PIECES = st.sampled_from(
    [
        "amount",
        "name",
        "1",
        '"x"',
        "(",
        ")",
        "[",
        "]",
        "..",
        ",",
        "-",
        "+",
        "**",
        "/",
        "<",
        "=",
        "not",
        "and",
        "or",
        "null",
        "true",
        "date",
        "@",
        '"2026-01-01"',
        'duration("P1D")',
        'date("2026-01-01")',
        'time("10:00:00Z")',
        "1e6144",
        ".",
        " ",
        "\\",
        '"',
        "é",
        "order",
    ]
)


@settings(deadline=None, max_examples=400)
@given(
    st.lists(PIECES, max_size=14).map(" ".join),
    st.sampled_from([None, Decimal(1), "x", True, [Decimal(1)], {"a": "b"}]),
)
def test_whatever_is_written_is_read_or_refused_and_then_decides(cell: str, value: Any) -> None:
    facts = {"amount": value, "name": "x", "order": value}
    with suppress(CellError):
        written(evaluation(READER.expression(cell))(facts))
    with suppress(CellError):
        assert matching(READER.tests(cell))(value, facts) in (True, False)
