"""
Values of cells and facts, and what may be done with them (DMN 1.5, 10.3.2.3 and 10.3.4).

Numbers are `Decimal` of 34 digits, dates `date`, times `time`, moments `datetime`, spans of days and seconds `timedelta`, spans of
years and months `Months`. None is the standard's null: whatever does not fit together gives it, and nothing raises.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from functools import total_ordering
from typing import Any
from zoneinfo import ZoneInfo

from onhand.guidelines.feel.errors import CellError

Value = Any  # None, Decimal, str, bool, date, time, datetime, timedelta, Months, or a list or a dict of them

# IEEE 754 decimal128, as the standard asks for.
NUMBERS = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[DivisionByZero, InvalidOperation, Overflow]
)
_SPAN = re.compile(
    r"(?P<minus>-?)P(?:(?P<years>\d{1,9})Y)?(?:(?P<months>\d{1,9})M)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?"
)
LONGEST_TEXT = 10_000  # that a calculation may make: doubled from decision to decision it would fill the memory
MOST_MONTHS = 12_000_000_000
_ZONE = re.compile(r"@([A-Za-z_+\-0-9]+(?:/[A-Za-z_+\-0-9]+){0,2})$")


@total_ordering
@dataclass(frozen=True, slots=True)
class Months:
    """A span of years and months, which has no fixed number of days."""

    months: int

    def __lt__(self, other: "Months") -> bool:
        return self.months < other.months


_ORDERED = (Decimal, str, date, time, timedelta, Months)


def kind_of(value: Value) -> type | None:
    """The type two values must share to be compared; None for what has no order."""
    if isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        return datetime
    return next((kind for kind in _ORDERED if isinstance(value, kind)), None)


_AS_THEY_ARE = frozenset({type(None), bool, str, date, time, datetime, timedelta, Months})


def as_value(fact: object) -> Value:
    """
    A fact as a value of the language: whole numbers become decimals, money its amount and currency. Raises TypeError for what is no
    value, floats among them: they are not exact.
    """
    kind = fact.__class__
    if kind in _AS_THEY_ARE:
        return fact
    if kind is int:
        return Decimal(fact)  # type: ignore[arg-type]
    if isinstance(fact, Decimal) and fact.is_finite():
        return fact
    if isinstance(fact, dict):
        return {str(name): as_value(one) for name, one in fact.items()}
    if isinstance(fact, list | tuple | set | frozenset):
        return [as_value(one) for one in fact]
    if isinstance(fact, str | date | time | timedelta):
        return fact
    if isinstance(fact, int):
        return Decimal(fact)
    raise TypeError(f"{type(fact).__name__} is no value of a guideline")


def equal(left: Value, right: Value) -> bool | None:
    """Whether both are the same; None if they cannot be compared. Only null equals null."""
    if left is None or right is None:
        return left is None and right is None
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right if isinstance(left, bool) and isinstance(right, bool) else None
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return bool(left == right) if type(left) is type(right) else None
    if kind_of(left) is not kind_of(right) or not _same_clock(left, right):
        return None
    return bool(left == right)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(sign: str, left: Value, right: Value) -> bool | None:
    """`left sign right` for = != < <= > >=; None if they cannot be compared."""
    if sign == "=":
        return equal(left, right)
    if sign == "!=":
        same = equal(left, right)
        return None if same is None else not same
    kind = kind_of(left)
    if kind is None or kind is not kind_of(right) or not _same_clock(left, right):
        return None
    return _ORDER[sign](left, right)


def is_range(low: Value, high: Value) -> bool:
    """Whether values can lie between these two."""
    kind = kind_of(low)
    return kind is not None and kind is kind_of(high) and _same_clock(low, high)


def _same_clock(left: Value, right: Value) -> bool:
    """A moment with a time zone and one without cannot be compared."""
    if not isinstance(left, datetime | time):
        return True
    return (left.utcoffset() is None) == (right.utcoffset() is None)


def calculate(sign: str, left: Value, right: Value) -> Value:
    """`left sign right` for + - * / **; None where it has no result."""
    try:
        if isinstance(left, Decimal) and isinstance(right, Decimal):
            return _NUMERIC[sign](left, right)
        if isinstance(left, str) and isinstance(right, str) and sign == "+":
            return left + right if len(left) + len(right) <= LONGEST_TEXT else None
        return _with_time(sign, left, right)
    except (DecimalException, OverflowError, ValueError, ZeroDivisionError, TypeError):
        return None


def _power(left: Decimal, right: Decimal) -> Decimal | None:
    found = NUMBERS.power(left, right)
    return found if found.is_finite() else None  # of nothing and a negative exponent infinity comes, and no error


_NUMERIC: dict[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": _power,
}


def _with_time(sign: str, left: Value, right: Value) -> Value:
    spans = (timedelta, Months)
    if isinstance(left, spans) and isinstance(right, Decimal) and sign in "*/":
        return _scaled(left, right if sign == "*" else NUMBERS.divide(Decimal(1), right))
    if isinstance(left, Decimal) and isinstance(right, spans) and sign == "*":
        return _scaled(right, left)
    if isinstance(left, spans) and type(left) is type(right):
        return _of_spans(sign, left, right)
    if sign == "+" and isinstance(left, spans):
        left, right = right, left
    if sign == "-" and isinstance(left, time) and isinstance(right, time):
        return _since_midnight(left) - _since_midnight(right) if _same_clock(left, right) else None
    if isinstance(left, date | time) and isinstance(right, spans) and sign in "+-":
        return _moved(left, right if sign == "+" else _scaled(right, Decimal(-1)))
    if sign == "-" and isinstance(left, date) and isinstance(right, date):
        if isinstance(left, datetime) is not isinstance(right, datetime):
            return None
        return left - right if _same_clock(left, right) else None
    return None


def _since_midnight(clock: time) -> timedelta:
    return datetime.combine(date(2000, 1, 1), clock) - datetime.combine(date(2000, 1, 1), time(tzinfo=clock.tzinfo))


def _months(many: int) -> Months | None:
    return Months(many) if abs(many) <= MOST_MONTHS else None


def _scaled(span: timedelta | Months, by: Decimal) -> timedelta | Months | None:
    if isinstance(span, Months):
        return _months(int(NUMBERS.multiply(Decimal(span.months), by)))
    parts = Decimal(span // timedelta(microseconds=1))
    return timedelta(microseconds=int(NUMBERS.multiply(parts, by).to_integral_value(ROUND_HALF_EVEN)))


def _of_spans(sign: str, left: Any, right: Any) -> Value:
    if isinstance(left, Months):
        if sign == "/":
            return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
        return (
            _months(left.months + right.months if sign == "+" else left.months - right.months) if sign in "+-" else None
        )
    if sign == "/":
        unit = timedelta(microseconds=1)
        return NUMBERS.divide(Decimal(left // unit), Decimal(right // unit))
    return left + right if sign == "+" else left - right if sign == "-" else None


def _moved(start: Any, by: timedelta | Months | None) -> Value:
    if by is None:
        return None
    if isinstance(by, timedelta):
        if isinstance(start, time):
            return (datetime.combine(date(2000, 1, 1), start) + by).timetz()
        if isinstance(start, datetime):
            return start + by
        return (datetime.combine(start, time()) + by).date()
    if isinstance(start, time):
        return None
    months = start.year * 12 + start.month - 1 + by.months
    year, month = divmod(months, 12)
    day = start.day
    while True:  # the last day of a shorter month, as the standard's model (XML Schema) has it
        try:
            return start.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1
            if day < 28:
                return None


def read_moment(what: str, text: str, place: int = 0) -> Value:
    """The value of date("…"), time("…"), date and time("…") or duration("…"). Raises CellError."""
    try:
        if what == "date":
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
                raise ValueError
            return date.fromisoformat(text)
        if what == "time":
            return _time(text)
        if what == "date and time":
            day, _t, clock = text.partition("T")
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
                raise ValueError
            return datetime.combine(date.fromisoformat(day), _time(clock) if clock else time())
        return _span(text)
    except (ValueError, OverflowError, KeyError):
        raise CellError(f'{what}("{text}") cannot be read. Write {_EXAMPLES[what]}.', place) from None


_EXAMPLES = {
    "date": 'date("2026-12-31")',
    "time": 'time("17:30:00")',
    "date and time": 'date and time("2026-12-31T17:30:00")',
    "duration": 'duration("P14D"), duration("PT2H30M") or duration("P1Y6M")',
}


def _time(text: str) -> time:
    zone = _ZONE.search(text)
    if zone:
        return time.fromisoformat(text[: zone.start()]).replace(tzinfo=_named_zone(zone[1]))
    if not re.match(r"\d\d:\d\d:\d\d", text):
        raise ValueError(text)
    read = time.fromisoformat(text)
    offset = read.utcoffset()
    return read if offset is None else read.replace(tzinfo=timezone(offset))


def _named_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(name) from None


def _span(text: str) -> timedelta | Months:
    found = _SPAN.fullmatch(text)
    if found is None or text[-1] in "PT":
        raise ValueError(text)
    minus, parts = (
        found["minus"],
        {name: given for name, given in found.groupdict().items() if name != "minus" and given},
    )
    years_or_months = parts.keys() & {"years", "months"}
    if years_or_months and parts.keys() - {"years", "months"}:
        raise ValueError(text)  # a year has no fixed number of days
    sign = -1 if minus else 1
    if years_or_months:
        return Months(sign * (int(parts.get("years", 0)) * 12 + int(parts.get("months", 0))))
    micro = int(Decimal(parts.pop("seconds", "0")) * 1_000_000)
    return sign * timedelta(microseconds=micro, **{name: int(given) for name, given in parts.items()})


_LONG = 30  # digits


def written(value: Value) -> str:
    """A value as a cell says it; reading that gives the value again."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < _LONG else str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, datetime):
        return f'date and time("{_clocked(value.replace(tzinfo=None).isoformat(), value)}")'
    if isinstance(value, date):
        return f'date("{value.isoformat()}")'
    if isinstance(value, time):
        return f'time("{_clocked(value.replace(tzinfo=None).isoformat(), value)}")'
    if isinstance(value, Months):
        years, months = divmod(abs(value.months), 12)
        said = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return f'duration("{"-" if value.months < 0 else ""}P{said}")'
    if isinstance(value, timedelta):
        return f'duration("{_written_span(value)}")'
    if isinstance(value, list):
        return ", ".join(written(one) for one in value)
    return "{" + ", ".join(f"{name}: {written(one)}" for name, one in value.items()) + "}"


def _clocked(text: str, value: time | datetime) -> str:
    zone = value.tzinfo
    if zone is None:
        return text
    if isinstance(zone, ZoneInfo):
        return f"{text}@{zone.key}"
    offset = value.utcoffset() or timedelta()
    if not offset:
        return text + "Z"
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{text}{'-' if offset < timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _written_span(span: timedelta) -> str:
    left = abs(span)
    days, seconds = left.days, left.seconds
    said = f"{days}D" if days else ""
    clock = "".join(f"{many}{sign}" for many, sign in ((seconds // 3600, "H"), (seconds // 60 % 60, "M")) if many)
    rest = Decimal(seconds % 60) + Decimal(left.microseconds) / 1_000_000
    if rest or not (said or clock):
        clock += f"{rest.normalize():f}S"
    return ("-" if span < timedelta() else "") + "P" + said + (f"T{clock}" if clock else "")
