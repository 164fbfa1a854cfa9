"""Money is exact: nothing is lost in splitting, nothing is rounded in reading."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.kernel.money import LARGEST_MINOR, Money, MoneyError

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLF", "GBP", "MXN", "BHD"])
MINORS = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=20).filter(any)


@given(MINORS, CURRENCIES, WEIGHTS)
def test_splitting_loses_nothing_and_is_fair(minor: int, currency: str, weights: list[int]) -> None:
    shares = Money(minor, currency).allocate(weights)
    assert sum(share.minor for share in shares) == minor
    for share, weight in zip(shares, weights, strict=True):
        assert share.currency == currency
        exact = Decimal(abs(minor)) * weight / sum(weights) if abs(minor) < 10**12 else None
        if exact is not None:
            assert abs(abs(share.minor) - exact) < 1
        if not weight:
            assert share.minor == 0


@given(MINORS, CURRENCIES, st.sampled_from(["en", "es"]))
def test_figures_are_read_back_exactly(minor: int, currency: str, language: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(money.figures(language), currency, language) == money


@given(st.integers(-(10**14), 10**14), CURRENCIES, st.sampled_from(["en", "es"]))
def test_formatted_amounts_without_their_sign_are_read_back(minor: int, currency: str, language: str) -> None:
    money = Money(minor, currency)
    bare = "".join(c for c in money.formatted(language) if c.isdigit() or c in ".,-").strip(".")
    assert Money.parse(bare, currency, language) == money


@given(st.text(max_size=80) | st.from_regex(r"[-+]?[0-9.,eE ]{1,70}", fullmatch=True), CURRENCIES)
def test_whatever_is_typed_is_an_amount_or_a_money_error(text: str, currency: str) -> None:
    try:
        money = Money.parse(text, currency, "en")
    except MoneyError as error:
        assert error.code in {"money_expected", "money_too_fine", "money_too_large"}
    else:
        assert isinstance(money.minor, int)


@pytest.mark.parametrize(
    ("text", "currency", "language", "minor"),
    [
        ("12.50", "EUR", "en", 1250),
        ("12,50", "EUR", "es", 1250),
        ("1,234.5", "EUR", "en", 123450),
        ("1.234,5", "EUR", "es", 123450),
        (" -3 ", "EUR", "en", -300),
        ("1200", "JPY", "en", 1200),
        ("1.234", "KWD", "en", 1234),
        ("0.00", "USD", "en", 0),
    ],
)
def test_amounts_as_people_write_them(text: str, currency: str, language: str, minor: int) -> None:
    assert Money.parse(text, currency, language) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("1e400000000", "EUR", "money_expected"),  # would fill the memory
        ("NaN", "EUR", "money_expected"),
        ("Infinity", "EUR", "money_expected"),
        ("1_000", "EUR", "money_expected"),
        ("", "EUR", "money_expected"),
        ("12.5.0", "EUR", "money_expected"),
        ("1,50", "EUR", "money_expected"),
        ("9" * 61, "EUR", "money_expected"),
        ("12.50", "eur", "money_expected"),
        ("12.50", "XYZW", "money_expected"),
        ("0.001", "EUR", "money_too_fine"),
        ("1.00000000000000000000000000000000000001", "EUR", "money_too_fine"),
        ("0.5", "JPY", "money_too_fine"),
        ("9" * 40, "EUR", "money_too_large"),
    ],
)
def test_what_is_not_an_amount_is_said_to_be_none(text: str, currency: str, code: str) -> None:
    with pytest.raises(MoneyError) as error:
        Money.parse(text, currency, "en")
    assert error.value.code == code


@pytest.mark.parametrize("minor", [1.0, True, "1", None, Decimal(1), LARGEST_MINOR + 1, 10**400])
def test_amounts_are_whole_numbers_of_64_bits(minor: Any) -> None:
    with pytest.raises(MoneyError):
        Money(minor, "EUR")


@pytest.mark.parametrize("currency", ["", "eur", "EURO", None, [], {}, 978])
def test_currencies_are_those_of_iso_4217(currency: Any) -> None:
    with pytest.raises(MoneyError):
        Money(1, currency)


def test_currencies_never_mix_and_factors_are_exact() -> None:
    one = Money(1, "EUR")
    for mixed in (lambda: one + Money(1, "USD"), lambda: one - Money(1, "USD"), lambda: one < Money(1, "USD")):
        with pytest.raises(MoneyError):
            mixed()
    assert Money(5, "EUR").times(Decimal("0.5")) == Money(2, "EUR")  # half to even
    assert Money(15, "EUR").times(Decimal("0.1")) == Money(2, "EUR")
    assert Money(LARGEST_MINOR, "EUR").times(Decimal("0.1000000000000000000000001")).minor == 922337203685477581
    for factor in (0.1, Decimal("NaN"), Decimal("1e999999"), 10**70, Decimal("1e-999999")):
        with pytest.raises(MoneyError):
            one.times(factor)  # type: ignore[arg-type]
    with pytest.raises(MoneyError):
        one.allocate([])
    with pytest.raises(MoneyError):
        one.allocate([1, -1])


@given(st.integers(-(10**15), 10**15), CURRENCIES, st.decimals("-1000", "1000", places=6))
def test_multiplying_is_rounded_once_half_to_even(minor: int, currency: str, factor: Decimal) -> None:
    assert Money(minor, currency).times(factor).minor == round(Fraction(minor) * Fraction(factor))


def test_divided_by_rounds_half_to_even_once_and_takes_no_float() -> None:
    assert Money(12100, "EUR").divided_by(Decimal("1.21")) == Money(10000, "EUR")
    assert [Money(minor, "EUR").divided_by(2).minor for minor in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]
    assert Money(2**63 - 1, "EUR").divided_by(3).minor == (2**63 - 1) // 3
    for wrong in (0, Decimal("NaN"), Decimal("Infinity"), Decimal("1e99"), 1.21):
        with pytest.raises(MoneyError):
            Money(1, "EUR").divided_by(wrong)  # type: ignore[arg-type]


@given(st.integers(-(10**12), 10**12), st.integers(-(10**9), 10**9), st.integers(1, 10**9))
def test_a_part_is_rounded_once_half_to_even(minor: int, top: int, bottom: int) -> None:
    part = Money(minor, "EUR").part(top, bottom).minor
    assert abs(Fraction(part) - Fraction(minor * top, bottom)) <= Fraction(1, 2)
    assert Money(5, "EUR").part(1, 2).minor == 2
    assert Money(7, "EUR").part(1, 2).minor == 4
    with pytest.raises(MoneyError):
        Money(5, "EUR").part(1, 0)
