"""Cells: what can be written, what it means, what is said where it is wrong (DMN 1.5, chapters 9 and 10.3)."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.evaluating import evaluation, matching, names_in
from onhand.guidelines.feel.reading import LONGEST_CELL, Reader, UnaryTests
from onhand.guidelines.feel.values import Months, as_value, written

NAMES = ("amount", "Customer Tier", "order", "bought on", "days", "to-day")
READER = Reader(NAMES)
FACTS = {
    "amount": Decimal("49.90"),
    "Customer Tier": "gold",
    "order": {"total": Decimal(100), "lines": {"many": Decimal(3)}},
    "bought on": date(2026, 3, 1),
    "days": [Decimal(1), Decimal(2)],
    "to-day": date(2026, 3, 31),
}


def says(text: str) -> Any:
    return evaluation(READER.expression(text))(FACTS)


def passes(text: str, value: Any) -> bool:
    return matching(READER.tests(text))(as_value(value), FACTS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", Decimal(7)),
        ("(1 + 2) * 3", Decimal(9)),
        ("2 ** 3 ** 2", Decimal(64)),
        ("-2 ** 2", Decimal(4)),
        ("0.1 + 0.2", Decimal("0.3")),
        ("1 / 3 * 3", Decimal("0.9999999999999999999999999999999999")),
        ("1 / 0", None),
        ("10 ** 9999", None),
        (".5 + 1e2", Decimal("100.5")),
        ("amount - 0.90", Decimal("49.00")),
        ("Customer Tier", "gold"),
        ("Customer  Tier", "gold"),
        ('Customer Tier = "gold"', True),
        ("order.total / order.lines.many > 33", True),
        ("order.nothing", None),
        ("order.total.further", None),
        ('"a" + "b"', "ab"),
        ('"a" + 1', None),
        ('"a" < 1', None),
        ("null = null", True),
        ("amount = null", False),
        ("amount != null", True),
        ("true", True),
        ("true = 1", None),
        ("to-day - bought on", timedelta(days=30)),
        ('to-day - bought on > duration("P14D")', True),
        ('bought on + duration("P1M")', date(2026, 4, 1)),
        ('to-day - duration("P1M")', date(2026, 2, 28)),
        ('to-day + duration("P1Y2M")', date(2027, 5, 31)),
        ('@"2026-03-01"', date(2026, 3, 1)),
        ('@"P1Y"', Months(12)),
        ('@"12:30:00"', time(12, 30)),
        (
            'date and time("2026-03-29T01:30:00@Europe/Madrid")',
            datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Madrid")),
        ),
        ('date and time("2026-03-29T01:30:00") < date and time("2026-03-29T01:30:00Z")', None),
        ('duration("PT90M")', timedelta(minutes=90)),
        ('duration("-P2DT3H")', -timedelta(days=2, hours=3)),
        ('duration("P1D") * 2.5', timedelta(days=2, hours=12)),
        ('duration("P3D") / duration("P2D")', Decimal("1.5")),
        ('duration("P1Y") < duration("P1D")', None),
        ('time("23:00:00") + duration("PT2H")', time(1)),
        ('"say \\"yes\\"\\n"', 'say "yes"\n'),
    ],
)
def test_what_an_expression_says(text: str, value: Any) -> None:
    found = says(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "passing", "failing"),
    [
        ("-", [1, "a", None, True], []),
        ("", [1, None], []),
        ("5", [5, Decimal("5.00")], [4, "5", None, True]),
        ("< 5", [4, Decimal("4.99")], [5, None, "a"]),
        ("<= 5, > 10", [5, 11], [6, 10, None]),
        ("[1..5]", [1, 5], [Decimal("0.99"), Decimal("5.01"), None]),
        ("(1..5)", [2], [1, 5]),
        ("]1..5[", [2], [1, 5]),
        ("[1..5)", [1], [5]),
        ("[-5..-1]", [-5, -1], [0, -6]),
        ('"a", "b"', ["a", "b"], ["c", None, 1]),
        ('not("a", "b")', ["c"], ["a", "b", 1]),
        ("not(null)", [1, "a", False], [None]),
        ("null", [None], [0, "", False]),
        ("not(< 5)", [5, 6], [4, None, "a"]),
        ("true", [True], [False, None, 1]),
        ('>= date("2026-03-01")', [date(2026, 3, 1)], [date(2026, 2, 28), datetime(2026, 3, 1)]),
        ('[date("2026-03-01")..date("2026-03-31")]', [date(2026, 3, 31)], [date(2026, 4, 1)]),
        ("<= amount", [Decimal("49.90"), 1], [50, None]),
        ("< amount * 2", [99], [100]),
        ("(1 + 1)", [2], [1]),
        ("days", [1, 2], [3]),
        ("1", [[1, 2]], [[3]]),
    ],
)
def test_what_passes_a_cell(text: str, passing: list[Any], failing: list[Any]) -> None:
    assert [value for value in passing if not passes(text, value)] == []
    assert [value for value in failing if passes(text, value)] == []


@pytest.mark.parametrize(
    ("text", "place", "says_so"),
    [
        ("gold", 0, "Nothing is called gold"),
        ('< "a', 2, "not closed"),
        ("< 5 6", 4, "more than can stand here"),
        ("[1..5", 5, "range ends with"),
        ("[1..", 4, "missing"),
        ("[1 5]", 3, "missing"),
        ('[1.."a"]', 1, "same type"),
        ("[null..5]", 1, "same type"),
        ("not(5", 5, "missing"),
        ("5,", 2, "missing"),
        ('date("2026-13-01")', 0, "cannot be read"),
        ('date("tomorrow")', 0, "cannot be read"),
        ("date(5)", 5, "stands a text"),
        ('duration("P1Y2D")', 0, "cannot be read"),
        ('duration("P")', 0, "cannot be read"),
        ('time("25:00:00")', 0, "cannot be read"),
        ('time("12:00:00@Nowhere/Land")', 0, "cannot be read"),
        ('time("12:00:00@../../etc/passwd")', 0, "cannot be read"),
        ("1" * 35, 0, "digits"),
        ("(" * 100 + "1" + ")" * 100, 41, "nested"),
        ("-" * 100 + "1", 41, "nested"),
        ("'gold'", 0, "straight double quotes"),
        ("“gold”", 0, "straight double quotes"),
        ("5 ; 6", 2, "means nothing"),
        ('open("/etc/passwd")', 0, "no function open"),
        ("__import__", 0, "Nothing is called"),
        ("amount.__class__()", 16, "more than can stand here"),
        ("1" * (LONGEST_CELL + 1), LONGEST_CELL, "too long"),
    ],
)
def test_a_wrong_cell_is_named_with_its_place(text: str, place: int, says_so: str) -> None:
    with pytest.raises(CellError) as raised:
        READER.tests(text)
    assert says_so in raised.value.message
    assert raised.value.place == place


def test_a_cell_reaches_facts_only_by_their_own_parts() -> None:
    assert says("order.__class__") is None
    assert evaluation(READER.expression("amount.real"))(FACTS) is None
    assert list(names_in(READER.tests('< order.total, "x"'))) == [("order", "total")]


def test_the_longest_name_is_meant() -> None:
    reader = Reader(["order", "order value", "order value in EUR"])
    facts = {"order": Decimal(1), "order value": Decimal(2), "order value in EUR": Decimal(3)}
    assert evaluation(reader.expression("order value in EUR - order value - order"))(facts) == 0


def test_what_is_no_exact_value_is_no_fact() -> None:
    with pytest.raises(TypeError):
        as_value(0.1)
    with pytest.raises(TypeError):
        as_value(object())
    assert as_value({"many": 3, "kinds": ("a",)}) == {"many": Decimal(3), "kinds": ["a"]}


MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1))
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20),
    st.dates(),
    MOMENTS,
    MOMENTS.map(lambda at: at.replace(tzinfo=ZoneInfo("Europe/Madrid"))),
    st.times(),
    st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)),
    st.integers(-9999, 9999).map(Months),
)


@given(VALUES)
def test_what_is_written_is_read_again_as_the_same(value: Any) -> None:
    read = evaluation(READER.expression(written(value)))({})
    assert read == value
    assert type(read) is type(value)


@given(st.text(max_size=60) | st.text("0123456789.<>=-+*/()[]\"', notdateP", max_size=40))
def test_nonsense_is_refused_and_nothing_else_happens(text: str) -> None:
    for read in (READER.tests, READER.expression):
        try:
            found = read(text)
        except CellError as error:
            assert error.message
            assert 0 <= error.place <= len(text)
        else:
            assert matching(found)(Decimal(1), FACTS) in (True, False) if isinstance(found, UnaryTests) else True
