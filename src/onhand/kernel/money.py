"""Exact money: an integer of the currency's minor unit, and the currency. The one place where amounts are rounded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

from babel.core import Locale
from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    get_currency_precision,
    list_currencies,
    parse_decimal,
)
from django.utils.translation import get_language, to_locale

LARGEST_MINOR = 2**63 - 1
LONGEST_TYPED = 60
_CURRENCIES = frozenset(list_currencies())
# Figures with the group and decimal signs of any language: neither exponents nor names of numbers.
_TYPED = re.compile(r"[+-]?[\d.,'’\s]+")
_EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)


class MoneyError(ValueError):
    """
    An amount that cannot be: another currency, a float, a fraction of a minor unit, or beyond 64 bits. `code` is
    `money_expected`, `money_too_fine` or `money_too_large`.
    """

    def __init__(self, message: str, code: str = "money_expected") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` minor units (cents for EUR, yen for JPY, thousandths for KWD) of ISO 4217 `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError("an amount is an integer of minor units")
        if abs(self.minor) > LARGEST_MINOR:
            raise MoneyError("the amount is too large", "money_too_large")
        given: object = self.currency  # callers send anything here
        if not isinstance(given, str) or given not in _CURRENCIES:
            raise MoneyError(f"unknown currency: {self.currency!r}")

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise MoneyError(f"cannot mix {self.currency} and {other.currency}")
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def times(self, factor: Decimal | int) -> "Money":
        """The amount times an exact factor, rounded half to even to a whole minor unit."""
        if isinstance(factor, float):
            raise MoneyError("multiply by a Decimal or an integer, never a float")
        given = Decimal(factor)
        if not given.is_finite() or abs(given.adjusted()) > 60 or len(given.as_tuple().digits) > 60:
            raise MoneyError("the factor is out of all proportion")
        return Money(int(_EXACT.multiply(Decimal(self.minor), given).to_integral_value(ROUND_HALF_EVEN)), self.currency)

    def divided_by(self, divisor: Decimal | int) -> "Money":
        """The amount divided by an exact number other than 0, rounded half to even to a whole minor unit."""
        if isinstance(divisor, float):
            raise MoneyError("divide by a Decimal or an integer, never a float")
        given = Decimal(divisor)
        if not given or not given.is_finite() or abs(given.adjusted()) > 60 or len(given.as_tuple().digits) > 60:
            raise MoneyError("the divisor is out of all proportion")
        return Money(int(_EXACT.divide(Decimal(self.minor), given).to_integral_value(ROUND_HALF_EVEN)), self.currency)

    def part(self, numerator: int, denominator: int) -> "Money":
        """The amount times an exact fraction, rounded half to even to a whole minor unit, once."""
        if type(numerator) is not int or type(denominator) is not int or not denominator:
            raise MoneyError("a part is a fraction of two integers")
        return Money(round(Fraction(self.minor * numerator, denominator)), self.currency)

    def allocate(self, weights: Sequence[int]) -> "list[Money]":
        """
        Split by non-negative integer weights without losing a minor unit: what is left over goes, one unit each, to the
        shares that lost the largest fraction (the largest-remainder method), earlier shares first among equals.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise MoneyError("weights must be zero or more, and not all zero")
        sign = -1 if self.minor < 0 else 1
        whole = [divmod(abs(self.minor) * weight, total) for weight in weights]
        shares = [share for share, _ in whole]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-whole[i][1], i))
        for i in by_remainder[: abs(self.minor) - sum(shares)]:
            shares[i] += 1
        return [Money(sign * share, self.currency) for share in shares]

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def formatted(self, language: str | None = None) -> str:
        """As people of `language` (default: the active one) write it, with the currency."""
        return str(format_currency(self.decimal, self.currency, locale=_locale(language)))

    def figures(self, language: str | None = None) -> str:
        """The bare figures as people of `language` type them, without the currency: what `parse` reads back exactly."""
        places = get_currency_precision(self.currency)
        pattern = "0." + "0" * places if places else "0"
        return str(format_decimal(self.decimal, format=pattern, locale=_locale(language)))

    def as_json(self) -> dict[str, Any]:
        return {"minor": self.minor, "currency": self.currency}

    @classmethod
    def parse(cls, text: str, currency: str, language: str | None = None) -> "Money":
        """Read what a person typed, by the number rules of `language`. A fraction of a minor unit is an error, not rounded."""
        typed = text.strip()
        if currency not in _CURRENCIES:
            raise MoneyError(f"unknown currency: {currency[:10]!r}")
        if len(typed) > LONGEST_TYPED or not _TYPED.fullmatch(typed):
            raise MoneyError(f"{typed[:LONGEST_TYPED]!r} is not an amount")
        try:
            major = Decimal(parse_decimal(typed, locale=_locale(language), strict=True))
        except (NumberFormatError, ArithmeticError) as error:
            raise MoneyError(f"{typed!r} is not an amount") from error
        minor = _EXACT.scaleb(major, get_currency_precision(currency))
        if minor != minor.to_integral_value():
            raise MoneyError(f"{typed!r} is finer than {currency} can be", "money_too_fine")
        return cls(int(minor), currency)


def _locale(language: str | None) -> Locale:
    return Locale.parse(to_locale(language or get_language() or "en"))
