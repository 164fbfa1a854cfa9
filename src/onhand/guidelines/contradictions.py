"""
Where two tables over the same facts say different things of one case: *company, opened package: Returns allows, Goodwill refuses*.

Both tables are laid over one another: an input that both ask is one column, cut where either has a constant. What is found is so: cells
that look at other facts are taken as not passing where a row is to match, and as passing where a row would go before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from onhand.guidelines.analysis import MOST_FOUND, Case, case_of_both, rows_together
from onhand.guidelines.feel.reading import UnaryTests
from onhand.guidelines.feel.values import Value, equal
from onhand.guidelines.lookups import column_of, rows_of
from onhand.guidelines.regions import Region, Regions
from onhand.guidelines.tables import HitPolicy, Input, ReadTable, Table

MOST_STEPS = 5_000_000  # looks at a region of a column


@dataclass(frozen=True, slots=True)
class Contradiction:
    """
    `rows`: of the one and of the other table, from 0. `says`: what each says. `stricter`: 0 or 1, whose answer comes first in the ranks.
    `case`: a test for each of `Contradictions.inputs`, `-` where it does not matter.
    """

    rows: tuple[int, int]
    says: tuple[Value, Value]
    stricter: int
    case: Case


@dataclass(frozen=True, slots=True)
class Contradictions:
    """
    `inputs`: what the cases are about, those of the one table and those only the other asks. `is_whole`: false if there may be more.
    `steps`: how many it took.
    """

    inputs: tuple[Input, ...]
    found: tuple[Contradiction, ...]
    is_whole: bool
    steps: int = field(default=0, compare=False)


def contradictions(
    one: ReadTable, other: ReadTable, output: str, ranks: Sequence[Value], most_steps: int | None = None
) -> Contradictions:
    """
    The cases for which both tables have a row and the rows give different values to `output`. `ranks`: its values, the strictest first;
    rows with another value, or with one that depends on facts, are left out. `most_steps`: how much is looked at, `MOST_STEPS` if nothing
    else is said. Raises ValueError if a table has no such output.
    """
    answers = [*_answers(one, output, ranks), *_answers(other, output, ranks)]
    overlaid = _overlaid(one, other)
    columns = [Regions(overlaid, at) for at in range(len(overlaid.table.inputs))]
    first = len(one.values)
    saying = [
        sum(1 << first + at for at, said in enumerate(answers[first:]) if said == rank) for rank in range(len(ranks))
    ]
    ranked = sum(saying)
    differing = [0 if said is None else ranked ^ saying[said] for said in answers[:first]]
    before = [*_before(one, answers[:first], 0), *_before(other, answers[first:], first)]
    search = _Search(columns, before, MOST_STEPS if most_steps is None else most_steps)
    found: list[Contradiction] = []
    for row, others in enumerate(rows_together(columns, differing)):
        for also in rows_of(others):
            if len(found) >= MOST_FOUND or search.steps < 0:
                return Contradictions(overlaid.table.inputs, tuple(found), is_whole=False, steps=search.taken)
            case = search.case(row, also)
            mine, theirs = answers[row], answers[also]
            if case is not None and mine is not None and theirs is not None:
                says, stricter = (ranks[mine], ranks[theirs]), int(theirs < mine)
                found.append(Contradiction((row, also - first), says, stricter, case))
    return Contradictions(overlaid.table.inputs, tuple(found), is_whole=search.steps >= 0, steps=search.taken)


def _answers(table: ReadTable, output: str, ranks: Sequence[Value]) -> list[int | None]:
    """What each row says, by its place in the ranks."""
    at = [one.name for one in table.table.outputs].index(output)

    def place(cell: Value) -> int | None:
        return next((place for place, rank in enumerate(ranks) if equal(rank, cell)), None)

    return [None if known is None else place(known[at]) for known in table.constants]


def _overlaid(one: ReadTable, other: ReadTable) -> ReadTable:
    """Both tables as one, the rows of the other after those of the one."""
    places = {_asked(column): at for at, column in enumerate(one.table.inputs)}
    inputs, tests = list(one.table.inputs), [[*cells, *[UnaryTests()] * len(other.values)] for cells in one.tests]
    for column, cells in zip(other.table.inputs, other.tests, strict=True):
        at = places.get(_asked(column))
        if at is None:
            inputs.append(column)
            tests.append([*[UnaryTests()] * len(one.values), *cells])
        else:
            tests[at][len(one.values) :] = cells
            inputs[at] = _both(inputs[at], column)
    rules = (*one.table.rules, *other.table.rules)
    table = Table(f"{one.table.name}, {other.table.name}", tuple(inputs), (), rules, HitPolicy.COLLECT)
    columns, values = [column_of(cells) for cells in tests], [*one.values, *other.values]
    return ReadTable(table, [], tests, columns, values, [], None, frozenset())


def _asked(column: Input) -> str:
    return " ".join(column.expression.split())


def _both(one: Input, other: Input) -> Input:
    type_ = one.type if one.type == other.type else one.type or other.type if not (one.type and other.type) else ""
    return replace(one, type=type_, allowed=one.allowed or other.allowed)


def _before(table: ReadTable, answers: Sequence[int | None], first: int) -> list[int]:
    """For each row those of its table that decide instead of it where they match, too."""
    policy = table.table.hit_policy
    if policy is HitPolicy.FIRST:
        return [((1 << row) - 1) << first for row in range(len(answers))]
    if policy is HitPolicy.PRIORITY:
        order = [table._rank(known) if known is not None else () for known in table.constants]
        return [
            sum(1 << first + at for at, rank in enumerate(order) if (rank, at) < (mine, row))
            for row, mine in enumerate(order)
        ]
    return [0] * len(answers)


class _Search:
    """Looks for cases in which two rows decide, none being before them."""

    def __init__(self, columns: Sequence[Regions], before: Sequence[int], most_steps: int) -> None:
        self.columns = columns
        self.before = before
        self.most = self.steps = most_steps
        self.regions = sum(len(one.regions) for one in columns)

    @property
    def taken(self) -> int:
        """How many steps it took so far."""
        return self.most - self.steps

    def case(self, row: int, other: int) -> Case | None:
        """A case in which both decide: all of it where nothing goes before them."""
        both = 1 << row | 1 << other
        before = self.before[row] | self.before[other]
        self.steps -= self.regions
        for column in self.columns if before else ():  # only those that match somewhere within the case
            here = 0
            for region in column.regions:
                here |= region.perhaps if region.surely & both == both else 0
            before &= here
        if not before:
            return case_of_both(self.columns, both)
        chosen = self._look(0, both, before, set())
        if chosen is None:
            return None
        said = [column.said(region.cuts) for column, region in zip(self.columns, chosen, strict=False)]
        return (*said, *case_of_both(self.columns[len(said) :], both))

    def _look(self, column: int, both: int, before: int, settled: set[tuple[int, int]]) -> tuple[Region, ...] | None:
        """The regions of the first columns in which both rows match and, whatever the others are, none of those before them."""
        if not before:
            return ()
        if column == len(self.columns) or (column, before) in settled or self.steps < 0:
            return None
        self.steps -= len(self.columns[column].regions)
        regions = [one for one in self.columns[column].regions if one.surely & both == both]
        for region in sorted(regions, key=lambda one: (before & one.perhaps).bit_count()):
            found = self._look(column + 1, both, before & region.perhaps, settled)
            if found is not None:
                return (region, *found)
        settled.add((column, before))
        return None
