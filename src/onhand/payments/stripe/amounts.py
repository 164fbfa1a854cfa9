"""Amounts as Stripe counts them: mostly like us, but not for every currency."""

from decimal import Decimal

from babel.numbers import get_currency_precision

from onhand.kernel.money import Money

# What Stripe's documentation of currencies lists; all others it counts in hundredths, also where the country has none (such as ISK, UGX).
_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def _places(currency: str) -> int:
    return 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2


def to_units(amount: Money) -> int:
    """
    The amount in Stripe's units.

    :raises ValueError: it cannot be said in them exactly, such as thousandths of a dinar, which Stripe does not take.
    """
    units = amount.decimal.scaleb(_places(amount.currency))
    if units != units.to_integral_value() or (amount.currency in _THOUSANDTHS and units % 10):
        raise ValueError(f"Stripe takes no {amount.decimal} {amount.currency}")
    return int(units)


def to_minor(units: int, currency: str) -> int:
    """Stripe's units of a currency as our minor units."""
    code = currency.upper()
    return int(Decimal(units).scaleb(get_currency_precision(code) - _places(code)))
