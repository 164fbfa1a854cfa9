"""
How the demo company is made: each app that has data of customers registers a source, which adds its rows for one block of customers
after the other.

A source says which tables it fills and gives lines for them; loading is done for all together, by COPY. What a source makes depends on
the seed, the block and the time the demo is made at, and on nothing else: the same seed makes the same company.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate, count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.db.models.fields import NOT_PROVIDED

BLOCK = 1_000  # customers made together
YEARS = 6  # of history
GROWTH = 1.22  # contacts of a year as against those of the year before
WEEK = (1.28, 1.10, 1.0, 0.97, 0.95, 0.34, 0.16)  # Mondays are busiest
MONTHS = (1.18, 0.98, 0.96, 0.93, 0.95, 0.97, 0.92, 0.84, 1.0, 1.04, 1.16, 1.22)
# Each hour of the day, by the customer's clock: calls come in opening hours, letters of the night are mails.
CALLS = (0, 0, 0, 0, 0, 0, 0, 1, 5, 11, 14, 14, 11, 8, 8, 9, 11, 12, 9, 5, 2, 0, 0, 0)
MAILS = (3, 2, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 8, 8, 8, 8, 8, 8, 9, 10, 11, 10, 8, 5)
_MOMENTS = 4_096


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the staff, as rows name them."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A customer as other sources need to know them. `since` is the number of the day (`Calendar`) they became one."""

    id: int
    language: str
    time_zone: str
    is_organisation: bool
    since: int
    staff: Sequence[DemoPerson]
    telephone: str
    email: str


class Calendar:
    """Days of the company's history by number, the last being yesterday, and moments in them as they are spread in real life."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.count = 365 * YEARS
        self.first = at.date() - timedelta(days=self.count)
        days = [self.first + timedelta(days=number) for number in range(self.count)]
        self.days = [day.isoformat() for day in days]
        weights = (
            GROWTH ** (number / 365) * WEEK[day.weekday()] * MONTHS[day.month - 1] for number, day in enumerate(days)
        )
        self.upto = [0.0, *accumulate(weights)]
        self.calls, self.mails = _moments(CALLS), _moments(MAILS)
        self._offsets: dict[str, list[str]] = {}

    def day(self, chance: Random, since: int = 0, until: int | None = None) -> int:
        """The number of a day from `since` on, busy days more often."""
        low, high = self.upto[since], self.upto[self.count if until is None else until]
        return min(bisect_right(self.upto, low + chance.random() * (high - low)) - 1, self.count - 1)

    def second(self, chance: Random, *, is_call: bool) -> int:
        """A second of the day."""
        return (self.calls if is_call else self.mails)[int(chance.random() * _MOMENTS)] + int(chance.random() * 60)

    def write(self, day: int, second: int, time_zone: str) -> str:
        """A moment by the clock of a place, as the database reads it."""
        offsets = self._offsets.get(time_zone) or self._offsets_of(time_zone)
        more, second = divmod(second, 86_400)
        minute = second // 60
        number = min(day + more, self.count - 1)
        return f"{self.days[number]} {minute // 60:02}:{minute % 60:02}:{second % 60:02}{offsets[number]}"

    def number_of(self, day: date) -> int:
        """The number of a day, the nearest for one outside of the history."""
        return max(0, min(self.count - 1, (day - self.first).days))

    def _offsets_of(self, time_zone: str) -> list[str]:
        zone = ZoneInfo(time_zone)
        noons = (datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=zone) for day in self.days)
        self._offsets[time_zone] = [f"{noon:%z}" for noon in noons]
        return self._offsets[time_zone]


def _moments(hours: Sequence[int]) -> list[int]:
    """Seconds of the day at even shares, as many in an hour as its weight says."""
    upto = [0, *accumulate(hours)]
    found = []
    for number in range(_MOMENTS):
        share = (number + 0.5) / _MOMENTS * upto[-1]
        hour = bisect_right(upto, share) - 1
        found.append(int((hour + (share - upto[hour]) / hours[hour]) * 3600) // 60 * 60)
    return found


class DemoTable:
    """
    A table a source fills. `most` is how many rows a block has at most, for its ids. Columns that are not given have their default.
    """

    def __init__(self, model: type[Model], columns: Sequence[str], most: int) -> None:
        given = {"id", *columns}
        fields = [f for f in model._meta.concrete_fields if f.column not in given and not f.generated and not f.null]
        self.model = model
        self.name = model._meta.db_table
        self.most = most
        defaults = {
            f.column: _text(f.get_default()) for f in fields if f.default is not NOT_PROVIDED or f.empty_strings_allowed
        }
        self.columns = ("id", *columns, *defaults)
        self.rest = "".join(f"\t{value}" for value in defaults.values()) + "\n"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return "[]" if value == [] else "{}" if value == {} else str(value)


@dataclass(slots=True)
class DemoBlock:
    """
    Some customers to make rows for. `chance` is this source's for this block alone. Rows are added as lines of COPY: id and columns in
    the order of the table, parted by tabs; texts with tabs, line ends or backslashes are not for demos.
    """

    number: int
    size: int
    chance: Random
    calendar: Calendar
    company: "DemoCompany"
    customers: list[DemoCustomer] = field(default_factory=list)
    first_ids: Mapping[str, int] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)

    def ids(self, table: DemoTable) -> Iterator[int]:
        """Ids for the rows of this block."""
        return count(self.first_ids[table.name] + self.number * table.most)

    def rows(self, table: DemoTable) -> list[str]:
        """The lines of a table, to be added to; each ends with `table.rest`."""
        return self.lines.setdefault(table.name, [])


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """What is the same for all blocks: how large the company is, who works there, and where references begin."""

    customers: int
    seed: int
    at: datetime
    staff: Mapping[int, Sequence[DemoPerson]]  # by team
    teams: Sequence[tuple[int, int, str]]  # id, site, what it is called
    references: Mapping[str, int]  # sequence → the first number free
    things: Mapping[str, int] = field(default_factory=dict)  # what sources prepared: name → id

    @property
    def is_small(self) -> bool:
        """Small enough that ranges of numbers reserved for fiction suffice."""
        return self.customers <= BLOCK


@dataclass(frozen=True, slots=True)
class DemoSource:
    """
    An app's part of the demo: its tables, the sequences of its references with how many a block takes, and what makes its rows.
    `prepare` stores what all blocks refer to, or finds it stored, and gives the ids by names.
    """

    name: str
    order: int
    tables: Callable[[], Sequence[DemoTable]]
    make: Callable[[DemoBlock], None]
    references: Mapping[str, int] = field(default_factory=dict)
    prepare: Callable[[], Mapping[str, int]] = dict


_sources: dict[str, DemoSource] = {}


def register_demo(source: DemoSource) -> DemoSource:
    """Make a source known; those of lower `order` come first, the customers themselves with 0."""
    _sources[source.name] = source
    return source


def demo_sources() -> list[DemoSource]:
    """All sources, in order."""
    return sorted(_sources.values(), key=lambda one: (one.order, one.name))


@cache
def chances(count_: int) -> Sequence[float]:
    """Cumulated shares of `count_` things, the first the commonest."""
    return tuple(accumulate(1 / (place + 3) for place in range(count_)))
