"""
The values of a column, cut where its constants are: points, the stretches between them, null, and true and false.

Each cut has an example, so that the rows that let it pass are asked, not reckoned anew; cuts the same rows let pass are one region.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from onhand.guidelines.feel.evaluating import matching
from onhand.guidelines.feel.reading import Compared, Reader, UnaryTests
from onhand.guidelines.feel.values import Months, Value, written
from onhand.guidelines.lookups import constants_of, is_constant, order_of
from onhand.guidelines.tables import TYPES, ReadTable

ANYTHING: Any = object()  # the example of a column that tells no values apart
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cut:
    """A point, or the values after `low` and before `high` (None: no end on that side), with an example of them."""

    example: Value
    low: Value = None
    high: Value = None
    is_point: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """Cuts of one column, by their places, that the same rows let pass: `surely`, and with cells that look at other facts `perhaps`."""

    cuts: frozenset[int]
    surely: int
    perhaps: int


class Regions:
    """The regions of one input of a table."""

    def __init__(self, table: ReadTable, at: int) -> None:
        column, tests = table.table.inputs[at], table.tests[at]
        allowed = Reader(()).tests(column.allowed)
        is_allowed = matching(allowed)
        certain = [each for each in (*tests, allowed) if is_constant(each)]
        constants = [one for each in certain for one in constants_of(each)]
        cuts = _cuts(constants, TYPES[column.type], puts_texts_in_order=any(_orders_texts(each) for each in certain))
        self.cuts = [cut for cut in cuts if cut.example is ANYTHING or is_allowed(cut.example, {})]
        fixed = sum(1 << row for row, each in enumerate(tests) if is_constant(each))
        open_rows = sum(1 << row for row, each in enumerate(tests) if not each.tests)
        places: dict[int, set[int]] = {}
        for place, cut in enumerate(self.cuts):
            passed = open_rows if cut.example is ANYTHING else table.columns[at].matching(cut.example, {}, fixed)
            places.setdefault(passed, set()).add(place)
        others = ((1 << len(tests)) - 1) ^ fixed
        self.regions = [Region(frozenset(some), passed, passed | others) for passed, some in places.items()]

    def said(self, places: Iterable[int]) -> str:
        """Cuts as the tests a person would write for them; `-` for all of them."""
        chosen = sorted(places)
        if len(chosen) == len(self.cuts):
            return "-"
        if any(self._is_any_other_text(place) for place in chosen):
            missing = [self.cuts[place] for place in range(len(self.cuts)) if place not in chosen]
            return f"not({', '.join(_said_run(cut, cut) for cut in missing)})"
        said: list[str] = []
        while chosen:
            first = last = chosen.pop(0)
            while chosen and chosen[0] == last + 1 and _touch(self.cuts[last], self.cuts[chosen[0]]):
                last = chosen.pop(0)
            said.append(_said_run(self.cuts[first], self.cuts[last]))
        return ", ".join(said)

    def _is_any_other_text(self, place: int) -> bool:
        cut = self.cuts[place]
        return isinstance(cut.example, str) and not cut.is_point and cut.low is None and cut.high is None


def _orders_texts(tests: UnaryTests) -> bool:
    return any(
        not isinstance(one, Compared) or one.sign not in ("=", "!=")
        for one in tests.tests
        if any(map(_is_text, constants_of(tests)))
    )


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _cuts(constants: Sequence[Value], types: tuple[type, ...], *, puts_texts_in_order: bool) -> Iterator[Cut]:
    if any(one is None for one in constants):
        yield Cut(None, is_point=True)
    if types == (bool,) or any(isinstance(one, bool) for one in constants):
        yield from (Cut(value, value, value, is_point=True) for value in (True, False))
        return
    orders = sorted({one for value in constants if (one := order_of(value))}, key=lambda one: (one[0].__name__, one[1]))
    for order in orders:
        kind = order[0]
        points = sorted({one for one in constants if order_of(one) == order})
        if kind is str and not puts_texts_in_order:
            yield from (Cut(point, point, point, is_point=True) for point in points)
            yield Cut(points[-1] + "\0")
        else:
            yield from _between_points(points, kind)
    if not orders:
        yield Cut(ANYTHING)


def _between_points(points: Sequence[Any], kind: type) -> Iterator[Cut]:
    for low, high in zip([None, *points], [*points, None], strict=True):
        try:
            example = _EXAMPLES[kind](low, high)
        except (OverflowError, ValueError):
            example = None
        if example is not None and (low is None or low < example) and (high is None or example < high):
            yield Cut(example, low, high)
        if high is not None:
            yield Cut(high, high, high, is_point=True)


def _of_a_line(unit: Any) -> Any:
    return lambda low, high: high - unit if low is None else low + unit if high is None else low + (high - low) / 2


def _of_texts(low: str | None, high: str | None) -> str:  # noqa: ARG001  # nothing lies between a text and the same with a zero after it
    return "" if low is None else low + "\0"


def _of_times(low: time | None, high: time | None) -> time:
    day, end = date(2000, 1, 1), time.max
    zone = (low or high or end).tzinfo
    start = datetime.combine(day, low or time(tzinfo=zone))
    stop = datetime.combine(day, high or end.replace(tzinfo=zone))
    return (start if low is None else start + (stop - start) / 2).timetz()


_EXAMPLES: dict[type, Any] = {
    Decimal: _of_a_line(Decimal(1)),
    str: _of_texts,
    date: lambda low, high: high - _DAY if low is None else low + _DAY,
    datetime: _of_a_line(_DAY),
    time: _of_times,
    timedelta: _of_a_line(_DAY),
    Months: lambda low, high: Months(high.months - 1 if low is None else low.months + 1),
}


def _touch(one: Cut, following: Cut) -> bool:
    """Whether nothing lies between two cuts, so that both can be said as one range."""
    end, start = one.high, following.low
    return end is not None and not isinstance(end, bool) and type(end) is type(start) and bool(end == start)


def _said_run(first: Cut, last: Cut) -> str:
    if first.is_point and first is last:
        return written(first.example)
    low, high = first.low, last.high
    if low is None:
        return "-" if high is None else f"{'<=' if last.is_point else '<'} {written(high)}"
    if high is None:
        return f"{'>=' if first.is_point else '>'} {written(low)}"
    return f"{'[' if first.is_point else '('}{written(low)}..{written(high)}{']' if last.is_point else ')'}"
