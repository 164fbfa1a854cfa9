"""
What a table leaves out, says twice or never says: gaps, overlaps and rows no case comes to.

A case is a region of each column (`regions`), so what is found is exact for cells that are constants. A cell that looks at another
fact may pass or not: it is taken as passing when gaps are looked for and as not passing when overlaps are, so that nothing is said that
might not be so. The search is exponential in the columns at worst; it remembers what it has settled and ends after `MOST_STEPS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from onhand.guidelines.feel.reading import Literal, Reader
from onhand.guidelines.lookups import rows_of
from onhand.guidelines.regions import Regions
from onhand.guidelines.tables import HitPolicy, ReadTable

MOST_FOUND = 50
MOST_STEPS = 200_000
LEAST_STEPS = 50  # for a row

Case = tuple[str, ...]  # a test a column, `-` where it does not matter
Cuts = tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rows that both match, counted from 0, and in which case."""

    rows: tuple[int, int]
    case: Case


@dataclass(frozen=True, slots=True)
class Findings:
    """
    `gaps`: cases no row covers. `overlaps`: pairs of rows where the hit policy allows one, or the same answer, only. `unreached`: rows
    no case comes to. `is_whole`: false where there was more than can be looked at or told.
    """

    gaps: tuple[Case, ...]
    overlaps: tuple[Overlap, ...]
    unreached: tuple[int, ...]
    is_whole: bool


def analyse(table: ReadTable) -> Findings:
    """What is odd about a table."""
    columns = [Regions(table, at) for at in range(len(table.inputs))]
    search = _Search(columns, len(table.values))
    gaps = search.gaps()
    unreached = search.unreached(earlier_first=table.table.hit_policy is HitPolicy.FIRST)
    overlaps = _overlaps(table, columns)
    is_whole = not search.gave_up and max(len(gaps), len(overlaps)) < MOST_FOUND
    return Findings(tuple(gaps), tuple(overlaps), tuple(unreached), is_whole)


class _Search:
    """Goes through the cases of a table, the regions of one column after the other; where fewest rows are left first."""

    def __init__(self, columns: Sequence[Regions], rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.steps = 0
        self.gave_up = False
        self.open_from = open_from(columns, rows)
        self.surely_from = open_from(columns, rows, surely=True)

    def gaps(self) -> list[Case]:
        """The cases in which no row can match."""
        found: list[Cuts] = []
        covered: set[tuple[int, int]] = set()
        self.steps = MOST_STEPS
        self._look(0, (1 << self.rows) - 1, (), found, covered)
        found.sort(key=lambda case: [min(cuts) for cuts in case])
        return [
            tuple(column.said(cuts) for column, cuts in zip(self.columns, case, strict=True)) for case in _joined(found)
        ]

    def _look(self, column: int, alive: int, case: Cuts, found: list[Cuts], covered: set[tuple[int, int]]) -> bool:
        """Whether there is a gap among what is left of the columns."""
        if not alive:
            rest = self.columns[column:]
            found.append((*case, *(frozenset(range(len(one.cuts))) for one in rest)))
            return True
        if alive & self.open_from[column] or (column, alive) in covered or not self._goes_on():
            return False
        has_gap = False
        ways = [(alive & region.perhaps, region.cuts) for region in self.columns[column].regions]
        for left, cuts in sorted(ways, key=lambda way: way[0].bit_count()):
            if len(found) >= MOST_FOUND:
                return True
            has_gap |= self._look(column + 1, left, (*case, cuts), found, covered)
        if not has_gap:
            covered.add((column, alive))
        return has_gap

    def _goes_on(self) -> bool:
        self.steps -= 1
        self.gave_up |= self.steps < 0
        return self.steps >= 0

    def unreached(self, *, earlier_first: bool) -> list[int]:
        """Rows that match in no case; where the first row counts, also those that match only where an earlier one does."""
        reached = (1 << self.rows) - 1
        for column in self.columns:
            reached &= reduce(or_, (region.perhaps for region in column.regions), 0)
        found = []
        for row in range(self.rows):
            if not earlier_first or not reached >> row & 1:
                found += [] if reached >> row & 1 else [row]
                continue
            self.steps = max(MOST_STEPS // self.rows, LEAST_STEPS)
            if not self._is_reached(row, 0, (1 << row) - 1, set()):
                found.append(row)
        return found

    def _is_reached(self, row: int, column: int, others: int, settled: set[tuple[int, int]]) -> bool:
        if column == len(self.columns):
            return not others
        if others & self.surely_from[column] or (column, others) in settled:
            return False
        if not self._goes_on():
            return True
        ways = [others & region.surely for region in self.columns[column].regions if region.perhaps >> row & 1]
        for left in sorted(ways, key=int.bit_count):
            if self._is_reached(row, column + 1, left, settled):
                return True
        settled.add((column, others))
        return False


def open_from(columns: Sequence[Regions], rows: int, *, surely: bool = False) -> list[int]:
    """For each column the rows that pass whatever it and those after it are; for the end, all. `surely`: whatever other facts are, too."""
    found = [(1 << rows) - 1]
    for column in reversed(columns):
        passing = found[-1]
        for region in column.regions:
            passing &= region.surely if surely else region.perhaps
        found.append(passing)
    return found[::-1]


def _joined(cases: Sequence[Cuts]) -> list[Cuts]:
    """Cases that differ in one column only, as one."""
    found = list(dict.fromkeys(cases))
    for column in range(len(found[0]) if found else 0):
        together: dict[Cuts, frozenset[int]] = {}
        for case in found:
            rest = (*case[:column], *case[column + 1 :])
            together[rest] = together.get(rest, frozenset()) | case[column]
        found = [(*rest[:column], cuts, *rest[column:]) for rest, cuts in together.items()]
    return found


def _overlaps(table: ReadTable, columns: Sequence[Regions]) -> list[Overlap]:
    if table.table.hit_policy not in (HitPolicy.UNIQUE, HitPolicy.ANY):
        return []
    rows = len(table.values)
    together = rows_together(columns, [(1 << rows) - (2 << row) for row in range(rows)])  # the rows after each one
    found: list[Overlap] = []
    for row, others in enumerate(together):
        for other in rows_of(others):
            if len(found) >= MOST_FOUND:
                return found
            if table.table.hit_policy is HitPolicy.UNIQUE or not _say_the_same(table, row, other):
                found.append(Overlap((row, other), case_of_both(columns, 1 << row | 1 << other)))
    return found


def rows_together(columns: Sequence[Regions], others: Sequence[int]) -> list[int]:
    """For each of the first rows of a table those of its `others` that match in some case in which it does."""
    together = list(others)
    first = (1 << len(together)) - 1
    for column in columns:
        here = [0] * len(together)
        for region in column.regions:
            for row in rows_of(region.surely & first):
                here[row] |= region.surely
        together = [one & other for one, other in zip(together, here, strict=True)]
    return together


def case_of_both(columns: Sequence[Regions], both: int) -> Case:
    """All of the case in which the rows of this mask match."""
    return tuple(
        column.said(cut for region in column.regions if region.surely & both == both for cut in region.cuts)
        for column in columns
    )


def _say_the_same(table: ReadTable, row: int, other: int) -> bool:
    """Whether two rows have the same outputs; also if that depends on facts, as then nothing can be said."""
    cells = zip(table.table.rules[row].outputs, table.table.rules[other].outputs, strict=True)
    for one, two in cells:
        if one.strip() == two.strip():
            continue
        try:
            read = [Reader(()).expression(cell) for cell in (one, two)]
        except ValueError:
            continue
        if all(isinstance(cell, Literal) for cell in read) and read[0] != read[1]:
            return False
    return True
