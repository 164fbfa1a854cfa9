"""
The company's days. An invoice, a due date, a closed period belong to the day it is where the company is (``ONHAND_TIME_ZONE``), whoever
acts, wherever they sit, and whatever day it is in UTC.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def company_day(at: datetime) -> date:
    """The company's day at a moment (aware)."""
    return at.astimezone(_zone()).date()


def company_time(at: datetime) -> time:
    """The time of day there, to the second and without a zone."""
    return at.astimezone(_zone()).time().replace(microsecond=0)


def day_span(day: date) -> tuple[datetime, datetime]:
    """When a day of the company begins, and when the next begins: 23 to 25 hours apart."""
    zone = _zone()
    return datetime.combine(day, time.min, zone), datetime.combine(day + timedelta(days=1), time.min, zone)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.ONHAND_TIME_ZONE)
