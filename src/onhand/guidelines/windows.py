"""From which of the company's days on a limit adds up."""

from datetime import date, timedelta

from onhand.guidelines.enums import Period


def first_day(period: str, days: int, today: date) -> date:
    """The first day that counts on `today`. Days are the calendar's: one of 23 or 25 hours is a day like any other."""
    if period == Period.WEEK:
        return today - timedelta(days=today.weekday())
    if period == Period.MONTH:
        return today.replace(day=1)
    if period == Period.YEAR:
        return today.replace(month=1, day=1)
    if period == Period.DAYS:
        return today - timedelta(days=max(days, 1) - 1)
    return today
