"""What the standard's public test kit asks of compliance level 2, area by area, as facts: what must come of what."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from onhand.guidelines.feel.evaluating import evaluation, matching
from onhand.guidelines.feel.reading import Reader
from onhand.guidelines.feel.values import Months, as_value
from onhand.guidelines.graphs import Decision, Graph, InputData, read_graph
from onhand.guidelines.tables import Aggregation, HitPolicy, Input, Output, Rule, Table, read_table

LOAN = {"principal": Decimal(600_000), "rate": Decimal("0.0375"), "termMonths": Decimal(360)}
U, A, P, F, R, O, C = HitPolicy  # noqa: E741


def says(text: str, **facts: Any) -> Any:
    return evaluation(Reader(facts).expression(text))(facts)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # constants
        (".872", "0.872"),
        ("-.872", "-0.872"),
        ("125.4321987654", "125.4321987654"),
        ("-1234567890.123456789012345678901234", "-1234567890.123456789012345678901234"),
        ("1.2E3", "1200"),
        # signs next to one another, and before brackets
        ("10+5", "15"),
        ("-10+-5", "-15"),
        ("-10--5", "-5"),
        ("(-10)-(-5)", "-5"),
        ("(10+20)-(-5+3)", "32"),
        ("-10*-5", "50"),
        ("(10+5)*(-5*3)", "-225"),
        ("-(2+3)", "-5"),
        # which goes first
        ("10 + 20 / -5 - 3", "3"),
        ("10 + 20 / (-5 - 3)", "7.5"),
        ("5+2**5+3", "40"),
        ("5+2**(5+3)", "261"),
        ("10**-5", "0.00001"),
        ("1.2*10**3", "1200"),
        ("12 / 4 / 3", "1"),
        ("(10+20)/(-5*3)", "-2"),
        # 34 digits, half to the even one
        ("2 / 3", "0.6666666666666666666666666666666667"),
        ("1000000000000000000000000000000000 + 0.5", "1000000000000000000000000000000000"),
        ("1000000000000000000000000000000001 + 0.5", "1000000000000000000000000000000002"),
    ],
)
def test_numbers(text: str, value: str) -> None:
    assert says(text) == Decimal(value)


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "**", "<", "<=", ">", ">="])
def test_with_null_there_is_no_result(sign: str) -> None:
    for text in (f"10 {sign} null", f"null {sign} 10", f"null {sign} null", f'"a" {sign} null', f"true {sign} null"):
        assert says(text) is None, text


def test_what_has_no_result_is_null() -> None:
    for text in ("(10+20)/0", "0 ** -1", "-8 ** 0.5", '"a" - "b"', '"a" * 2', "true + true", "true < false", '1 = "1"'):
        assert says(text) is None, text


def test_a_loan() -> None:
    payment = says("(loan.principal*loan.rate/12)/(1-(1+loan.rate/12)**-loan.termMonths)", loan=LOAN)
    assert round(payment, 8) == Decimal("2778.69354943")


def test_logic_of_three_values() -> None:
    values = (True, False, None)
    for one in values:
        for other in values:
            both = False if False in (one, other) else None if None in (one, other) else True
            either = True if True in (one, other) else None if None in (one, other) else False
            assert says("A and B", A=one, B=other) is both
            assert says("A or B", A=one, B=other) is either
        assert says("not(A)", A=one) is (None if one is None else not one)
    assert says("A or B and not (A = B)", A=False, B=True) is True
    assert says("Terms and Conditions", **{"Terms and Conditions": 1}) == 1, "a name may have the word in it"
    assert says("1 and true") is None


def test_texts() -> None:
    assert says('"You are " + Employment Status', **{"Employment Status": "EMPLOYED"}) == "You are EMPLOYED"
    assert says('"横綱" = "横綱"') is True
    assert says('"\\u6A2A" = "横"') is True
    assert says('"abc" < "abd"') is True
    assert says('"Z" < "a"') is True, "by the numbers of the signs"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('date("2026-01-31") + duration("P1M")', date(2026, 2, 28)),
        ('date("2024-02-29") + duration("P1Y")', date(2025, 2, 28)),
        ('date("2026-03-01") - duration("P1D")', date(2026, 2, 28)),
        ('date("2026-03-01") - date("2026-02-01")', timedelta(days=28)),
        ('duration("P1D") + date("2026-02-28")', date(2026, 3, 1)),
        ('date and time("2026-03-01T10:00:00") + duration("PT14H")', datetime(2026, 3, 2)),
        ('date and time("2026-03-01T10:00:00Z") - date and time("2026-03-01T10:00:00+02:00")', timedelta(hours=2)),
        ('date and time("2026-03-01T10:00:00Z") - date and time("2026-03-01T10:00:00")', None),
        ('time("23:00:00") + duration("PT2H")', time(1)),
        ('time("10:30:00") - time("09:00:00")', timedelta(minutes=90)),
        ('time("09:00:00") - time("10:30:00")', timedelta(minutes=-90)),
        ('time("10:30:00Z") - time("09:00:00")', None),
        ('duration("P1D") / duration("PT6H")', Decimal(4)),
        ('duration("P1Y") / 2', Months(6)),
        ('duration("P1Y2M") + duration("P10M")', Months(24)),
        ('duration("P1Y") + duration("P1D")', None),
        ('2 * duration("P1D")', timedelta(days=2)),
        ('-duration("P1D")', timedelta(days=-1)),
        ('duration("P1D") = duration("PT24H")', True),
        ('duration("P1Y") = duration("P12M")', True),
        ('duration("P1Y") = duration("P365D")', None),
        ('date("2026-03-01") = date and time("2026-03-01T00:00:00")', None),
        ('date("2026-03-01") < date("2026-03-02")', True),
        ('time("10:00:00+01:00") = time("09:00:00Z")', True),
        ('@"2026-03-01" = date("2026-03-01")', True),
        ('date("2026-03-01") + 1', None),
    ],
)
def test_dates_times_and_spans(text: str, value: Any) -> None:
    found = says(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("cell", "passing", "failing"),
    [
        ("18", [18, Decimal("18.0")], [17, "18", None]),
        (">=18", [18, 19], [17, None, "x"]),
        ("[18..20]", [18, 20], [17, 21, None]),
        ("(18..20)", [19], [18, 20]),
        ("]18..20[", [19], [18, 20]),
        ("[18..20)", [18], [20]),
        ("<18, >60", [17, 61], [18, 60, None]),
        ('"Medium","Low"', ["Medium", "Low"], ["High", None, "low"]),
        ('not("Medium","Low")', ["High", None], ["Medium"]),
        ("not(>= 18)", [17], [18, None]),
        ("null", [None], [0, "", False]),
        ("not(null)", [0, "x"], [None]),
        ("true", [True], [False, None, 1, "true"]),
        ("-", [1, None, "x", True], []),
        ("", [1, None], []),
        ('[date("2026-01-01")..date("2026-01-31")]', [date(2026, 1, 31)], [date(2026, 2, 1), datetime(2026, 1, 5)]),
        ('> duration("P30D")', [timedelta(days=31)], [timedelta(days=30), Months(2)]),
        ("limit", [100], [99, None]),
        ("> limit * 2", [201], [200]),
        ("[limit..limit + 10]", [105], [111]),
    ],
)
def test_unary_tests(cell: str, passing: list[Any], failing: list[Any]) -> None:
    passes = matching(Reader(["limit"]).tests(cell))
    facts = {"limit": Decimal(100)}
    assert [value for value in passing if not passes(as_value(value), facts)] == []
    assert [value for value in failing if passes(as_value(value), facts)] == []


def applicants(policy: HitPolicy, rows: list[str], *outputs: Output, how: Aggregation = Aggregation.NONE) -> Any:
    """Rows `age | risk | affordable -> values`, asked for an age, a risk and what is affordable."""
    rules = []
    for row in rows:
        tests, values = ([cell.strip() for cell in side.split("|")] for side in row.split("->"))
        rules.append(Rule(tuple(tests), tuple(values)))
    inputs = (Input("Age", "Age", "number"), Input("Risk", "Risk", "string"), Input("Fits", "Fits", "boolean"))
    ready = read_table(Table("Approval", inputs, outputs, tuple(rules), policy, how), ("Age", "Risk", "Fits"))
    return lambda age, risk, fits: (
        ready.decide({"Age": Decimal(age), "Risk": risk, "Fits": fits}).value  # None where the policy is broken
    )


STATUS = Output("Status", allowed=('"Approved"', '"Declined"'), default='"Declined"')
RATE = Output("Rate", allowed=('"Best"', '"Standard"'), default='"Standard"')
BOTH = [
    '>=18 | "Low" | true -> "Approved" | "Best"',
    '>=18 | "Medium" | true -> "Approved" | "Standard"',
    '- | "High" | true -> "Declined" | "Standard"',
    '- | - | false -> "Declined" | "Standard"',
]


def test_unique_with_several_outputs_and_defaults() -> None:
    ask = applicants(U, BOTH, STATUS, RATE)
    assert ask(18, "Low", True) == {"Status": "Approved", "Rate": "Best"}
    assert ask(17, "High", True) == {"Status": "Declined", "Rate": "Standard"}
    assert ask(17, "Low", True) == {"Status": "Declined", "Rate": "Standard"}, "no row: the defaults"


OVERLAPPING = [
    '>=18 | "Medium","Low" | true -> "Approved"',
    '<18 | - | - -> "Declined"',
    '- | "High" | - -> "Approved"',
]


def test_priority_is_by_the_outputs_that_have_an_order() -> None:
    ask = applicants(P, OVERLAPPING, Output("Status", allowed=('"Declined"', '"Approved"')))
    assert (ask(17, "High", True), ask(19, "Low", True)) == ("Declined", "Approved")
    rows = [f'{row} | "{rate}"' for row, rate in zip(OVERLAPPING, ("Basic", "Standard", "Standard"), strict=True)]
    ask = applicants(P, rows, STATUS, Output("Rate"))
    assert ask(17, "High", True) == {"Status": "Approved", "Rate": "Standard"}
    assert ask(10, "Low", True) == {"Status": "Declined", "Rate": "Standard"}


def test_priority_goes_on_to_the_next_output_where_the_first_is_the_same() -> None:
    ask = applicants(P, ['- | - | - -> "Approved" | "Standard"', '>5 | - | - -> "Approved" | "Best"'], STATUS, RATE)
    assert ask(6, "Low", True) == {"Status": "Approved", "Rate": "Best"}


def test_any_first_and_the_lists() -> None:
    assert applicants(A, OVERLAPPING, STATUS)(19, "High", True) == "Approved"
    assert applicants(A, OVERLAPPING, STATUS)(17, "High", True) is None, "rows that say different things"
    assert applicants(U, OVERLAPPING, STATUS)(17, "High", True) is None, "two rows"
    assert applicants(F, OVERLAPPING, STATUS)(17, "High", True) == "Declined"
    assert applicants(R, OVERLAPPING, STATUS)(17, "High", True) == ["Declined", "Approved"]
    assert applicants(O, OVERLAPPING, STATUS)(17, "High", True) == ["Approved", "Declined"]
    assert applicants(C, OVERLAPPING, STATUS)(17, "High", True) == ["Declined", "Approved"]
    both = applicants(O, BOTH, STATUS, RATE)
    assert both(18, "Low", True) == [{"Status": "Approved", "Rate": "Best"}]


AMOUNTS = ["- | - | - -> 10", ">=18 | - | - -> 30", '- | "High" | - -> 5.5']


@pytest.mark.parametrize(("how", "value"), [("+", "45.5"), ("<", "5.5"), (">", "30"), ("#", "3")])
def test_collecting(how: str, value: str) -> None:
    ask = applicants(C, AMOUNTS, Output("Points"), how=Aggregation(how))
    assert ask(18, "High", True) == Decimal(value)


def test_the_least_and_the_most_of_dates_and_a_sum_with_null() -> None:
    dates = ['- | - | - -> date("2026-02-01")', '- | - | - -> date("2026-01-01")']
    assert applicants(C, dates, Output("Day"), how=Aggregation.LEAST)(1, "", True) == date(2026, 1, 1)
    assert applicants(C, [*AMOUNTS, "- | - | - -> null"], Output("P"), how=Aggregation.SUM)(18, "High", True) is None


def test_decisions_over_decisions() -> None:
    tiers = Table(
        "Tier",
        (Input("Spent", "Spent so far", "number"),),
        (Output("Tier"),),
        (Rule((">= 1000",), ('"gold"',)), Rule(("< 1000",), ('"plain"',))),
    )
    shares = Table(
        "Share",
        (Input("", "Tier"), Input("", "Spent so far > 5000")),
        (Output("Share"),),
        (Rule(('"gold"', "true"), ("0.2",)), Rule(('"gold"', "false"), ("0.1",)), Rule(("-", "-"), ("0",))),
        F,
    )
    read = read_graph(
        Graph(
            "Price",
            (InputData("Spent so far", "number"), InputData("List price", "number")),
            (
                Decision("Price", "List price * (1 - Share)", ("List price", "Share")),
                Decision("Share", shares, ("Tier", "Spent so far")),
                Decision("Tier", tiers, ("Spent so far",)),
            ),
        )
    )
    for spent, price in ((5001, 80), (5000, 90), (999, 100)):
        facts = {"Spent so far": Decimal(spent), "List price": Decimal(100)}
        assert read.decide("Price", facts)["Price"].value == price
    assert read.decide("Price", {"Spent so far": Decimal(1)})["Price"].value is None


def test_moments_know_their_zone_or_do_not() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1)))
    assert says('t = date and time("2026-03-01T11:00:00Z")', t=noon) is True
    assert says('t = date and time("2026-03-01T12:00:00")', t=noon) is None
