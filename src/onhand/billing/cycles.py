"""Months of an account: from its billing day to the next. Days are counted from one until before another."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """Days from one until before another."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many."""
        return max(0, (self.end - self.start).days)

    def within(self, start: date, end: date) -> "Span":
        """What of it lies from a day until before another; of no days if nothing does."""
        begun = max(self.start, start)
        return Span(begun, max(begun, min(self.end, end)))


def month_on(day: date, months: int, billing_day: int) -> date:
    """The billing day so many months after (negative: before) the month of a day."""
    counted = day.year * 12 + day.month - 1 + months
    year, month = divmod(counted, 12)
    return date(year, month + 1, min(billing_day, monthrange(year, month + 1)[1]))


def cycle_of(day: date, billing_day: int) -> Span:
    """The month of an account in which a day is."""
    start = month_on(day, 0, billing_day)
    if start > day:
        start = month_on(day, -1, billing_day)
    return Span(start, month_on(start, 1, billing_day))


def cycles_between(start: date, end: date, billing_day: int) -> Iterator[Span]:
    """Every month of an account that has days from one until before another, whole."""
    day = start
    while day < end:
        cycle = cycle_of(day, billing_day)
        yield cycle
        day = cycle.end
