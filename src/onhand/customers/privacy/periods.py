"""
Periods of keeping that are not rules of `retention`: what an app takes out by itself, and after how long. Each registers its own, so
that privacy can list them all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Period:
    """What is taken out (`label`), after how long in words (`after`), what stays and why (`stays`), and the page it is set on."""

    key: str
    label: "_StrOrPromise"
    after: Callable[[], str]
    stays: "_StrOrPromise"
    page: str


_periods: dict[str, Period] = {}


def register_period(period: Period) -> None:
    """Register a period of keeping. Raises TypeError if the key is taken."""
    if period.key in _periods:
        raise TypeError(f"two periods are called {period.key}")
    _periods[period.key] = period


def all_periods() -> list[Period]:
    """Every period, in the order registered."""
    return list(_periods.values())
