"""When requests about personal data are due (Article 12(3) of the General Data Protection Regulation)."""

from datetime import date, timedelta

MONTHS = 1
MONTHS_MORE = 2


def due_date(received: date, months: int = MONTHS) -> date:
    """The day so many months later; the last day of the month where it has no such day."""
    index = received.year * 12 + received.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=received.day - 1), first_of_next - timedelta(days=1))
