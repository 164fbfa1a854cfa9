"""
Business time: how far it is by opening hours from one moment to another. Pure; knows nothing of the database.

Opening hours are said by the clock on the wall. On days when clocks are changed, an hour that is left out is not worked, and one that
comes twice is worked twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = 24 * 60
LONGEST_SEARCH = 3_660  # days looked ahead for business time: longer without enough of it is never
Span = tuple[int, int]  # minutes of the day, [from, until)
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours: of each weekday, Monday first, and of single days, by the clock of a time zone."""

    zone: ZoneInfo
    week: Sequence[Sequence[Span]]
    days: Mapping[date, Sequence[Span]] = field(default_factory=dict)

    @property
    def never_open(self) -> bool:
        """Whether there is no business time at all."""
        return not any(self.week) and not any(self.days.values())

    def open_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The times of one day it is open, in order, without gaps of nothing or overlaps."""
        spans = self.days.get(day)
        if spans is None:
            spans = self.week[day.weekday()] if self.week else ()
        reached = datetime.min.replace(tzinfo=UTC)
        for start, end in spans:
            begins = max(_instant(self.zone, day, start, is_end=False), reached)
            ends = _instant(self.zone, day, end, is_end=True)
            if begins < ends:
                yield begins, ends
                reached = ends


ALWAYS = Hours(ZoneInfo("UTC"), tuple([((0, DAY),)] * 7))


def add_business_time(start: datetime, minutes: int | timedelta, calendar: Hours) -> datetime | None:
    """
    When so much business time will have passed since `start`; None if it never will (within ten years). Nothing added is `start`
    itself, open or not.

    :raises ValueError: a negative time, or a start without a time zone.
    """
    left = minutes if isinstance(minutes, timedelta) else timedelta(minutes=minutes)
    if left < _NOTHING or start.tzinfo is None:
        raise ValueError("add no less than nothing, to a time with its time zone")
    if left == _NOTHING:
        return start
    if calendar.never_open:
        return None
    begun, first = start.astimezone(UTC), start.astimezone(calendar.zone).date()
    for number in range(LONGEST_SEARCH):
        for begins, ends in calendar.open_on(first + timedelta(days=number)):
            available = ends - max(begins, begun)
            if available >= left:
                return max(begins, begun) + left
            left -= max(available, _NOTHING)
    return None


def take_business_time(end: datetime, minutes: int | timedelta, calendar: Hours) -> datetime | None:
    """
    The latest moment from which so much business time leads to `end`: the way back of `add_business_time`. None if there never was so
    much (within ten years).

    :raises ValueError: a negative time, or an end without a time zone.
    """
    left = minutes if isinstance(minutes, timedelta) else timedelta(minutes=minutes)
    if left < _NOTHING or end.tzinfo is None:
        raise ValueError("take no less than nothing, from a time with its time zone")
    if left == _NOTHING:
        return end
    if calendar.never_open:
        return None
    ended, last = end.astimezone(UTC), end.astimezone(calendar.zone).date()
    for number in range(LONGEST_SEARCH):
        for begins, ends in reversed(list(calendar.open_on(last - timedelta(days=number)))):
            available = min(ends, ended) - begins
            if available >= left:
                return min(ends, ended) - left
            left -= max(available, _NOTHING)
    return None


def business_time_between(start: datetime, end: datetime, calendar: Hours) -> timedelta:
    """The business time from one moment to another; nothing if the second is not later."""
    if end <= start or calendar.never_open:
        return _NOTHING
    begun, ended = start.astimezone(UTC), end.astimezone(UTC)
    day, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    total = _NOTHING
    while day <= last:
        for begins, ends in calendar.open_on(day):
            total += max(min(ends, ended) - max(begins, begun), _NOTHING)
        day += timedelta(days=1)
    return total


def business_minutes_between(start: datetime, end: datetime, calendar: Hours) -> int:
    """The same in whole minutes, begun ones left out."""
    return business_time_between(start, end, calendar) // timedelta(minutes=1)


def read_spans(text: str) -> list[Span]:
    """
    Opening hours as people write them, "9:00-13:00, 14:30-18:00"; 24:00 is the end of the day, nothing is closed.

    :raises ValueError: what cannot be read, is out of order, or overlaps.
    """
    spans: list[Span] = []
    for part in filter(None, (one.strip() for one in text.replace("–", "-").split(","))):
        begins, _dash, ends = part.partition("-")
        span = (_minute(begins), _minute(ends))
        if span[0] >= span[1] or (spans and span[0] < spans[-1][1]):
            raise ValueError(part)
        spans.append(span)
    return spans


def write_spans(spans: Sequence[Sequence[int]]) -> str:
    """The same in writing."""
    return ", ".join("-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span) for span in spans)


def _minute(text: str) -> int:
    hours, _colon, minutes = text.strip().partition(":")
    if not (hours.isascii() and hours.isdigit() and (minutes or "00").isascii() and (minutes or "00").isdigit()):
        raise ValueError(text)
    found = int(hours) * 60 + int(minutes or "0")
    if len(hours) > 2 or len(minutes or "00") != 2 or int(minutes or "0") > 59 or found > DAY:
        raise ValueError(text)
    return found


def _instant(zone: ZoneInfo, day: date, minute: int, *, is_end: bool) -> datetime:
    """A minute by the clock on the wall as a moment: of one that comes twice the first, or as an end the second."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001  (the zone follows)
    moment = wall.replace(tzinfo=zone, fold=int(is_end)).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _change_of_clocks(zone, wall)


def _change_of_clocks(zone: ZoneInfo, wall: datetime) -> datetime:
    """The moment clocks were put forward over a time by the clock that never was."""
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
