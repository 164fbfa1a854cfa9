"""Business time, also where clocks are changed and where nothing is ever open."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.contacts.hours import (
    ALWAYS,
    DAY,
    Hours,
    Span,
    add_business_time,
    business_minutes_between,
    business_time_between,
    read_spans,
    take_business_time,
    write_spans,
)

MADRID = ZoneInfo("Europe/Madrid")
OFFICE = Hours(MADRID, ([(540, 1020)],) * 5 + ([], []))
NEVER = Hours(MADRID, ([],) * 7)


def madrid(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    marks = sorted(draw(st.sets(st.integers(0, DAY), max_size=6)))
    return list(zip(marks[::2], marks[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Hours:
    zone = draw(st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "UTC"]))
    week = tuple(draw(spans()) for _ in range(7))
    days = draw(st.dictionaries(st.dates(date(2025, 3, 1), date(2025, 4, 30)), spans(), max_size=4))
    return Hours(ZoneInfo(zone), week, days)


# Around both changes of clocks of the zones above.
moments = st.datetimes(
    datetime(2025, 3, 1),
    datetime(2025, 11, 30),
    timezones=st.just(UTC),
)


@given(moments, st.integers(0, 5_000), calendars())
def test_what_was_added_lies_between(start: datetime, minutes: int, calendar: Hours) -> None:
    end = add_business_time(start, minutes, calendar)
    if end is None:
        assert calendar.never_open or not any(calendar.week)
    else:
        assert end >= start
        assert business_minutes_between(start, end, calendar) == minutes


@given(moments, st.integers(0, 2_000), st.integers(0, 2_000), calendars())
def test_adding_twice_is_adding_the_sum(start: datetime, first: int, second: int, calendar: Hours) -> None:
    middle = add_business_time(start, first, calendar)
    if middle is not None:
        assert add_business_time(middle, second, calendar) == add_business_time(start, first + second, calendar)


@given(moments, moments, moments, calendars())
def test_parts_of_a_time_add_up(one: datetime, two: datetime, three: datetime, calendar: Hours) -> None:
    early, middle, late = sorted((one, two, three))
    whole = business_time_between(early, late, calendar)
    assert whole == business_time_between(early, middle, calendar) + business_time_between(middle, late, calendar)
    assert timedelta(0) <= whole <= late - early


@given(moments, moments)
def test_always_open_is_plain_time(one: datetime, two: datetime) -> None:
    early, late = sorted((one, two))
    assert business_time_between(early, late, ALWAYS) == late - early
    assert add_business_time(early, late - early, ALWAYS) == late


@given(spans())
def test_hours_are_read_as_they_are_written(stored: list[Span]) -> None:
    assert read_spans(write_spans(stored)) == stored


def test_a_weekend_is_left_out() -> None:
    friday = madrid("2026-11-20 16:30")
    assert add_business_time(friday, 60, OFFICE) == madrid("2026-11-23 09:30")
    assert business_minutes_between(friday, madrid("2026-11-23 09:30"), OFFICE) == 60


def test_a_holiday_is_closed_and_a_saturday_may_be_open() -> None:
    hours = Hours(MADRID, OFFICE.week, {date(2026, 12, 8): [], date(2026, 12, 12): [(600, 660)]})
    assert add_business_time(madrid("2026-12-07 16:59"), 2, hours) == madrid("2026-12-09 09:01")
    assert add_business_time(madrid("2026-12-11 17:00"), 60, hours) == madrid("2026-12-12 11:00")


def test_the_hour_that_is_left_out_is_not_worked_and_one_that_comes_twice_is_worked_twice() -> None:
    night = Hours(MADRID, ([(0, 360)],) * 7)  # midnight to six
    assert business_minutes_between(madrid("2026-03-29 00:00"), madrid("2026-03-29 12:00"), night) == 300
    assert business_minutes_between(madrid("2026-10-25 00:00"), madrid("2026-10-25 12:00"), night) == 420
    # Opening at half past two, which does not come: when clocks have been put forward.
    odd = Hours(MADRID, ([(150, 240)],) * 7)
    assert next(odd.open_on(date(2026, 3, 29)))[0] == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_nothing_open_is_never() -> None:
    assert add_business_time(madrid("2026-11-20 16:30"), 1, NEVER) is None
    assert add_business_time(madrid("2026-11-20 16:30"), 0, NEVER) == madrid("2026-11-20 16:30")
    assert business_minutes_between(madrid("2026-01-01 00:00"), madrid("2026-12-31 00:00"), NEVER) == 0
    once = Hours(MADRID, NEVER.week, {date(2026, 11, 24): [(600, 660)]})
    assert add_business_time(madrid("2026-11-20 16:30"), 60, once) == madrid("2026-11-24 11:00")
    assert add_business_time(madrid("2026-11-20 16:30"), 61, once) is None


@pytest.mark.parametrize(
    "text", ["9:00", "18:00-9:00", "9:00-12:00, 11:00-13:00", "9:60-10:00", "9-25", "x-y", "9:0-10"]
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_spans(text)


@given(moments, st.integers(0, 5_000), calendars())
def test_what_was_taken_leads_to_where_it_was_taken_from(end: datetime, minutes: int, calendar: Hours) -> None:
    start = take_business_time(end, minutes, calendar)
    if start is None:
        assert calendar.never_open or not any(calendar.week)
    else:
        assert start <= end
        assert business_minutes_between(start, end, calendar) == minutes


def test_time_is_taken_across_the_weekend() -> None:
    monday = madrid("2026-11-23T10:00")
    assert take_business_time(monday, 120, OFFICE) == madrid("2026-11-20T16:00")
    assert take_business_time(monday, 0, NEVER) == monday
    assert take_business_time(monday, 1, NEVER) is None
    with pytest.raises(ValueError, match="no less than nothing"):
        take_business_time(monday, -1, OFFICE)
