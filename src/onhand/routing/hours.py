"""When queues are open: by their calendar, looked at as it is now."""

from collections.abc import Collection
from datetime import datetime, timedelta

from onhand.contacts.cases.kinds import read_hours
from onhand.contacts.hours import Hours
from onhand.contacts.models import BusinessCalendar


def hours_of(calendar_ids: Collection[int]) -> dict[int, Hours]:
    """The opening hours of these calendars, with their own days. Two statements."""
    found = BusinessCalendar.objects.filter(pk__in=calendar_ids).prefetch_related("days")
    return {
        one.pk: read_hours(one.time_zone, one.week, {day.day.isoformat(): day.spans for day in one.days.all()})
        for one in found
    }


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether it is business time at a moment."""
    day = at.astimezone(hours.zone).date()
    return any(
        begins <= at < ends for number in (-1, 0) for begins, ends in hours.open_on(day + timedelta(days=number))
    )
