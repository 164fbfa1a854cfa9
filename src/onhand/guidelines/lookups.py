"""
A column of tests as a look-up: from a value to the rows whose tests it passes, as the bits of a number.

The constants of a column cut the values of one type into points and the stretches between them; what passes is the same all over a
stretch. So a value costs one binary search, however many rows there are. Cells that compare with other facts are asked one by one,
as long as their row still counts; so is a whole column whose stretches would need more memory than `MOST_BITS`.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, time
from itertools import accumulate
from operator import xor
from types import NoneType
from typing import Any

from onhand.guidelines.feel.evaluating import Facts, Matching, matching
from onhand.guidelines.feel.reading import Compared, Literal, UnaryTest, UnaryTests
from onhand.guidelines.feel.values import Value, kind_of

MOST_BITS = 8 * 32 * 1024 * 1024

Kind = tuple[type, bool]  # the type, and for moments whether they know their time zone
Line = tuple[
    dict[Any, int], list[Any], list[int]
]  # rows by value where that is known at once; points, and rows of stretches
Stretch = tuple[int, int]  # from and to, in numbers of points and stretches: point i is 2i+1, the stretch before it 2i


class Column:
    """The tests of one input, row by row."""

    __slots__ = ("_by_kind", "_each", "_lines", "_others", "_rows")

    def __init__(self, rows: Sequence[UnaryTests], most_bits: int = MOST_BITS) -> None:
        self._rows: list[Matching] = [matching(tests) for tests in rows]
        constant = [at for at, tests in enumerate(rows) if is_constant(tests)]
        if _bits(rows) > most_bits:
            constant = [at for at in constant if not rows[at].tests]
        self._each = [(1 << at, self._rows[at]) for at in sorted(set(range(len(rows))) - set(constant))]
        kept = [(at, rows[at]) for at in constant]
        kinds = {kind for _at, tests in kept for value in constants_of(tests) if (kind := order_of(value)) is not None}
        self._by_kind = {kind: _stretches(kept, kind) for kind in kinds}
        self._others = kept
        self._lines: dict[type, Line] = {
            NoneType: ({None: self._passing(constant, None)}, [], [0]),
            bool: ({truth: self._passing(constant, truth) for truth in (True, False)}, [], [0]),
        }
        for (type_, _has_zone), (points, masks) in self._by_kind.items():
            if type_ not in (datetime, time):  # of which there are two kinds
                # Texts are mostly among the points. Numbers are found sooner by searching than by their hash.
                exact = dict(zip(points, masks[1::2], strict=True)) if type_ is str else {}
                self._lines[type_] = (exact, points, masks)

    def matching(self, value: Value, facts: Facts, alive: int) -> int:
        """Those of the rows `alive` whose test the value passes."""
        line = self._lines.get(value.__class__)
        if line is None:
            found = self._of_other_types(value, facts, alive)
        else:
            exact, points, masks = line
            known = exact.get(value) if exact else None
            found = _look_up(points, masks, value) if known is None else known
        if self._each:
            for bit, passes in self._each:
                if alive & bit and passes(value, facts):
                    found |= bit
        return found & alive

    def _of_other_types(self, value: Value, facts: Facts, alive: int) -> int:
        kind = order_of(value)
        if kind is None:  # a list or the like
            return sum(1 << at for at, _tests in self._others if alive >> at & 1 and self._rows[at](value, facts))
        known = self._by_kind.get(kind)
        if known is None:
            known = self._by_kind[kind] = _stretches(self._others, kind)
        return _look_up(*known, value)

    def _passing(self, rows: Sequence[int], value: Value) -> int:
        return sum(1 << at for at in rows if self._rows[at](value, {}))


def _look_up(points: list[Any], masks: list[int], value: Any) -> int:
    at = bisect_left(points, value)
    return masks[2 * at + (at < len(points) and points[at] == value)]


def column_of(rows: Sequence[UnaryTests], most_bits: int = MOST_BITS) -> Column:
    """The column of these tests, in that much memory."""
    return Column(rows, most_bits)


def rows_of(mask: int) -> list[int]:
    """The rows whose bits are set, from the first on."""
    if not mask & (mask - 1):  # one row or none
        return [mask.bit_length() - 1] if mask else []
    found = []
    digits = bin(mask)[:1:-1]
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found


def _sides(test: UnaryTest) -> tuple[Any, ...]:
    return (test.to,) if isinstance(test, Compared) else (test.low, test.high)


def is_constant(tests: UnaryTests) -> bool:
    """Whether the tests compare with values alone, not with other facts."""
    return all(isinstance(side, Literal) for test in tests.tests for side in _sides(test))


def constants_of(tests: UnaryTests) -> list[Value]:
    """The values that constant tests compare with."""
    return [side.value for test in tests.tests for side in _sides(test)]


def _bits(rows: Sequence[UnaryTests]) -> int:
    points = {repr(value) for tests in rows if is_constant(tests) for value in constants_of(tests)}
    return (2 * len(points) + 1) * len(rows)


def order_of(value: Value) -> Kind | None:
    """What values must share to be put in order; None for what has none."""
    kind = kind_of(value)
    if kind is None:
        return None
    return kind, isinstance(value, datetime | time) and value.utcoffset() is not None


def _stretches(rows: Sequence[tuple[int, UnaryTests]], kind: Kind) -> tuple[list[Any], list[int]]:
    """(the points of this type in order, the rows that pass at each point and stretch)."""
    points = sorted({value for _at, tests in rows for value in constants_of(tests) if order_of(value) == kind})
    place = {point: at for at, point in enumerate(points)}
    end = 2 * len(points) + 1
    turns = [0] * (end + 1)
    for at, tests in rows:
        for low, high in _passed(tests, kind, place, end):
            turns[low] ^= 1 << at
            turns[high] ^= 1 << at
    return points, list(accumulate(turns, xor))[:end]


def _passed(tests: UnaryTests, kind: Kind, place: dict[Any, int], end: int) -> list[Stretch]:
    """Where a value of this type passes, as stretches that do not touch one another twice."""
    if not tests.tests:
        return [(0, end)]
    verdicts = [_where(test, kind, place, end) for test in tests.tests]
    if tests.negated:
        # What cannot be compared is neither true nor false, so its denial is no pass either.
        if any(where is None for where in verdicts):
            return []
        return _outside(_joined([one for where in verdicts if where for one in where]), end)
    return _joined([one for where in verdicts if where for one in where])


def _where(test: UnaryTest, kind: Kind, place: dict[Any, int], end: int) -> list[Stretch] | None:
    """Where one test holds; None where it is neither true nor false for any value of the type."""
    if isinstance(test, Compared):
        return _where_compared(test.sign, test.to.value if isinstance(test.to, Literal) else None, kind, place, end)
    low = _where_compared(">=" if test.with_low else ">", test.low.value, kind, place, end)  # type: ignore[union-attr]
    high = _where_compared("<=" if test.with_high else "<", test.high.value, kind, place, end)  # type: ignore[union-attr]
    if low is None or high is None:
        return None
    return [(start, stop) for start, stop in [(low[0][0], high[0][1])] if start < stop]


def _where_compared(sign: str, to: Value, kind: Kind, place: dict[Any, int], end: int) -> list[Stretch] | None:
    if to is None:
        return {"=": [], "!=": [(0, end)]}.get(sign)
    if order_of(to) != kind:
        return None
    point = 2 * place[to] + 1
    where = {
        "=": [(point, point + 1)],
        "!=": [(0, point), (point + 1, end)],
        "<": [(0, point)],
        "<=": [(0, point + 1)],
        ">": [(point + 1, end)],
        ">=": [(point, end)],
    }
    return where[sign]


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    found: list[Stretch] = []
    for low, high in sorted(stretches):
        if low >= high:
            continue
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def _outside(stretches: list[Stretch], end: int) -> list[Stretch]:
    found, at = [], 0
    for low, high in stretches:
        if at < low:
            found.append((at, low))
        at = high
    return [*found, (at, end)] if at < end else found
