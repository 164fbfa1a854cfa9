"""
Stretches of time looked through one after the other, newest first.

Every row has, among its words, the day and the stretch of four weeks it is of. A search asks for the last days first, and goes on to
older ones only if it found too few: common words stand in hundreds of thousands of messages, of which nobody wants but the newest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY, _PERIOD = timedelta(days=1), timedelta(days=28)
_WIDTHS = ((_DAY, 2), (_DAY, 14), (_PERIOD, 4), (_PERIOD, 28))  # the rest is the last
_LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """From `low` to before `high`; `words` are those one of which its rows have, empty where that would be too many."""

    low: datetime
    high: datetime
    words: tuple[str, ...]


def windows(low: datetime | None, high: datetime, *, all_by_words: bool = False) -> Iterator[Window]:
    """
    The stretches between `low` (None: the beginning) and before `high`, newest first, each wider than the one before. `all_by_words`:
    the oldest, too, have words they are known by, for searches that have no others.
    """
    first = low if low is not None else _LONG_AGO
    end = high
    for width, many in chain(_WIDTHS, repeat(_WIDTHS[-1]) if all_by_words else ()):
        if end <= first:
            return
        sign = "d" if width == _DAY else "p"
        last = (end - timedelta(microseconds=1) - _EPOCH) // width
        begin = max(_EPOCH + (last - many + 1) * width, first)
        numbers = range(last, (begin - _EPOCH) // width - 1, -1)
        yield Window(begin, end, tuple(f"@{sign}{number}" for number in numbers))
        end = begin
    if end > first:
        yield Window(first, end, ())
