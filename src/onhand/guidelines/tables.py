"""
Decision tables in the standard's terms (OMG DMN 1.5, chapter 8): inputs, rules of unary tests, outputs, a hit policy.

A `Table` is what people write: texts. `read_table` checks every cell and makes a `ReadTable`, which decides. Deciding has no effect
and depends on the facts alone; it costs a look-up a column, not a test a row (`lookups`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext as _

from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.evaluating import Evaluation, Facts, evaluation, names_in
from onhand.guidelines.feel.reading import Compared, Expression, Literal, Name, Reader, UnaryTests
from onhand.guidelines.feel.values import Months, Value, calculate, compare, equal, written
from onhand.guidelines.lookups import MOST_BITS, Column, column_of, rows_of

Read = TypeVar("Read")

MOST_RULES = 10_000
MOST_COLUMNS = 50
MOST_CHARACTERS = 5_000_000


class HitPolicy(StrEnum):
    """Which of the rows that match count, by the letters of the standard."""

    UNIQUE = "U"
    ANY = "A"
    PRIORITY = "P"
    FIRST = "F"
    RULE_ORDER = "R"
    OUTPUT_ORDER = "O"
    COLLECT = "C"


class Aggregation(StrEnum):
    """What a collecting table makes of its values; none gives the list."""

    NONE = ""
    SUM = "+"
    LEAST = "<"
    MOST = ">"
    COUNT = "#"


LISTS = frozenset({HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT})
TYPES: dict[str, tuple[type, ...]] = {
    "": (),
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (date,),
    "time": (time,),
    "date and time": (datetime,),
    "days and time duration": (timedelta,),
    "years and months duration": (Months,),
}


@dataclass(frozen=True, slots=True)
class Input:
    """A column of tests: what is tested (an expression over facts), of which type, and which values it can have at all (tests)."""

    label: str
    expression: str
    type: str = ""
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results; `allowed` from the most important on for the hit policies P and O, `default` where no row matches."""

    name: str
    label: str = ""
    type: str = ""
    allowed: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: a test an input, a value an output; `note` is for people."""

    tests: tuple[str, ...]
    outputs: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table as people write it."""

    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...] = ()
    hit_policy: HitPolicy = HitPolicy.UNIQUE
    aggregation: Aggregation = Aggregation.NONE


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `part` is table, input, output, test or value; `row` and `column` count from 0, `place` characters."""

    message: str
    part: str = "table"
    row: int | None = None
    column: int | None = None
    place: int = 0


class TableError(ValueError):
    """A table that cannot be used; `faults` are all that were found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


class Outcome(NamedTuple):
    """
    What a table says of facts. `value`: as the standard has it (one output: its value; several: a dict by name; a list of them for R, O
    and C). `rows`: those that counted. `seen`: what each input was. `problem`: why there is no value though rows matched.
    """

    value: Value
    rows: tuple[int, ...]
    seen: tuple[Value, ...]
    problem: str = ""


def read_table(table: Table, names: Iterable[str]) -> "ReadTable":
    """The table ready to decide over facts of these names. Raises TableError with everything that is wrong."""
    return _Reading(table, Reader(names)).done()


@dataclass(slots=True)
class ReadTable:
    """A table ready to decide."""

    table: Table
    inputs: list[Evaluation]
    tests: list[list[UnaryTests]]  # by column, then row
    columns: list[Column]
    values: list[list[Evaluation]]  # by row, then output
    ranks: list[list[Value]]  # allowed values by output, the most important first
    defaults: list[Evaluation] | None
    facts_needed: frozenset[tuple[str, ...]]
    names: tuple[str, ...] | None = None  # where every input is a fact by its name, these
    constants: list[list[Value] | None] = field(default_factory=list)  # by row: its outputs, if they depend on no fact
    _every: int = field(init=False, default=0)
    _answers: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self._every = (1 << len(self.values)) - 1
        self._answers = tuple(one.name for one in self.table.outputs)

    def decide(self, facts: Facts) -> Outcome:
        """What the table says of these facts (values of the language, see `feel.values.as_value`)."""
        if self.names is not None:
            seen = tuple([facts.get(name) for name in self.names])
        else:
            seen = tuple([one(facts) for one in self.inputs])
        alive = self._every
        for column, value in zip(self.columns, seen, strict=True):
            alive = column.matching(value, facts, alive)
            if not alive:
                break
        if not alive:
            return Outcome(self._default(facts), (), seen)
        rows = rows_of(alive)
        if len(rows) == 1 and self.table.hit_policy not in LISTS:
            return Outcome(self._plain(self._said(rows[0], facts)), (rows[0],), seen)
        return self._hit(rows, facts, seen)

    def _said(self, row: int, facts: Facts) -> list[Value]:
        known = self.constants[row]
        return known if known is not None else [one(facts) for one in self.values[row]]

    def _default(self, facts: Facts) -> Value:
        if self.defaults is not None:
            found = self._plain([one(facts) for one in self.defaults])
            return [found] if self.table.hit_policy in LISTS and not self.table.aggregation else found
        if self.table.aggregation is Aggregation.COUNT:
            return Decimal(0)
        return [] if self.table.hit_policy in LISTS and not self.table.aggregation else None

    def _plain(self, values: list[Value]) -> Value:
        if len(values) == 1:
            return values[0]
        return dict(zip(self._answers, values, strict=True))

    def _hit(self, rows: list[int], facts: Facts, seen: tuple[Value, ...]) -> Outcome:
        policy = self.table.hit_policy
        if policy is HitPolicy.FIRST:
            rows = rows[:1]
        if policy is HitPolicy.UNIQUE and len(rows) > 1:
            said = ", ".join(str(row + 1) for row in rows[:10])
            problem = _("Several rows match, where only one may: %(rows)s.") % {"rows": said}
            return Outcome(None, tuple(rows), seen, problem)
        found = [(row, self._said(row, facts)) for row in rows]
        if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
            found.sort(key=lambda pair: self._rank(pair[1]))
        if policy is HitPolicy.PRIORITY:
            found = found[:1]
        if policy is HitPolicy.ANY:
            if any(
                equal(one, other) is not True
                for _row, all_of in found[1:]
                for one, other in zip(all_of, found[0][1], strict=True)
            ):
                return Outcome(None, tuple(rows), seen, _("Rows match that say different things."))
            found = found[:1]
        counted = tuple(rows) if policy is HitPolicy.ANY else tuple(row for row, _values in found)
        if policy not in LISTS:
            return Outcome(self._plain(found[0][1]), counted, seen)
        if self.table.aggregation:
            return Outcome(_aggregated(self.table.aggregation, [values[0] for _row, values in found]), counted, seen)
        return Outcome([self._plain(values) for _row, values in found], counted, seen)

    def _rank(self, values: list[Value]) -> tuple[int, ...]:
        """Where each value stands among the allowed ones; one that is not among them comes last."""
        return tuple(
            next((place for place, one in enumerate(ranks) if equal(one, value) is True), len(ranks))
            for value, ranks in zip(values, self.ranks, strict=True)
        )

    def why(self, outcome: Outcome) -> list[dict[str, object]]:
        """The rows that counted, for people: each with the tests that were more than `-` and what the facts were."""
        said: list[dict[str, object]] = []
        for row in outcome.rows:
            rule = self.table.rules[row]
            tests = [
                {"input": one.label or one.expression, "test": rule.tests[column], "was": written(outcome.seen[column])}
                for column, one in enumerate(self.table.inputs)
                if self.tests[column][row].tests
            ]
            said.append({"row": row + 1, "tests": tests, "note": rule.note})
        return said


def _aggregated(how: Aggregation, values: list[Value]) -> Value:
    if how is Aggregation.COUNT:
        return Decimal(len(values))
    best = values[0]
    for value in values[1:]:
        if how is Aggregation.SUM:
            if not isinstance(best, Decimal) or not isinstance(value, Decimal):
                return None
            best = calculate("+", best, value)
            continue
        is_better = compare("<" if how is Aggregation.LEAST else ">", value, best)
        if is_better is None:
            return None
        best = value if is_better else best
    return best if how is not Aggregation.SUM or isinstance(best, Decimal) else None


class _Reading:
    """One table being read; everything that is wrong is gathered."""

    def __init__(self, table: Table, reader: Reader) -> None:
        self.table = table
        self.reader = reader
        self.faults: list[Fault] = []
        self.needed: set[tuple[str, ...]] = set()

    def done(self) -> ReadTable:
        self._shape()
        if self.faults:
            raise TableError(self.faults)
        inputs = [self._expression(one.expression, "input", None, at) for at, one in enumerate(self.table.inputs)]
        tests = [[self._tests(rule, row, at) for row, rule in enumerate(self.table.rules)] for at in range(len(inputs))]
        for at, one in enumerate(self.table.inputs):
            self._allowed(one.allowed, at)
        values = [
            [self._value(cell, "value", row, at) for at, cell in enumerate(rule.outputs)]
            for row, rule in enumerate(self.table.rules)
        ]
        outputs = self.table.outputs
        ranks = [[self._value(cell, "output", None, at) for cell in one.allowed] for at, one in enumerate(outputs)]
        defaults = [self._value(one.default or "null", "output", None, at) for at, one in enumerate(outputs)]
        if self.faults:
            raise TableError(self.faults)
        return ReadTable(
            self.table,
            [evaluation(one) for one in inputs],
            tests,
            [column_of(one, MOST_BITS // len(tests)) for one in tests],
            [[evaluation(cell) for cell in row] for row in values],
            [[evaluation(one)({}) for one in some] for some in ranks],
            [evaluation(one) for one in defaults] if any(one.default for one in outputs) else None,
            frozenset(self.needed),
            _plain_names(inputs),
            [_constant_row(row) for row in values],
        )

    def _shape(self) -> None:
        table = self.table
        if not table.outputs:
            self.faults.append(Fault(_("A table needs at least one output.")))
        if len(table.inputs) > MOST_COLUMNS or len(table.outputs) > MOST_COLUMNS:
            self.faults.append(Fault(_("A table has %(most)s columns of each kind at most.") % {"most": MOST_COLUMNS}))
        if len(table.rules) > MOST_RULES:
            self.faults.append(Fault(_("A table has %(most)s rows at most; split it.") % {"most": MOST_RULES}))
        if len({one.name for one in table.outputs}) < len(table.outputs):
            self.faults.append(Fault(_("Two outputs have the same name.")))
        if table.aggregation and (table.hit_policy is not HitPolicy.COLLECT or len(table.outputs) != 1):
            self.faults.append(
                Fault(_("Only a collecting table with one output adds up, counts or takes the most or least."))
            )
        by_outputs = table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
        if by_outputs and table.outputs and not any(one.allowed for one in table.outputs):
            said = {"name": table.outputs[0].name}
            message = _("By order of outputs needs the values of “%(name)s” in their order.") % said
            self.faults.append(Fault(message, "output", None, 0))
        texts = [text for rule in table.rules for text in (*rule.tests, *rule.outputs)]
        if sum(map(len, texts)) > MOST_CHARACTERS:
            said = {"most": f"{MOST_CHARACTERS:,}"}
            self.faults.append(Fault(_("The cells of a table have %(most)s characters at most.") % said))
        types = [("input", at, one.type) for at, one in enumerate(table.inputs)]
        types += [("output", at, one.type) for at, one in enumerate(table.outputs)]
        for part, at, name in types:
            if name not in TYPES:
                self.faults.append(Fault(_("There is no type “%(type)s”.") % {"type": name[:60]}, part, None, at))
        for row, rule in enumerate(table.rules[:MOST_RULES]):
            if len(rule.tests) != len(table.inputs) or len(rule.outputs) != len(table.outputs):
                self.faults.append(Fault(_("This row has another number of cells than the table."), "test", row))

    def _try(self, read: Callable[[], Read], part: str, row: int | None, column: int) -> Read | None:
        try:
            return read()
        except CellError as error:
            self.faults.append(Fault(error.message, part, row, column, error.place))
            return None

    def _allowed(self, text: str, column: int) -> None:
        read = self._try(lambda: self.reader.tests(text), "input", None, column)
        if read is not None and next(names_in(read), None):
            self.faults.append(Fault(_("Here stand values, no facts."), "input", None, column))

    def _expression(self, text: str, part: str, row: int | None, column: int) -> Expression:
        read = self._try(lambda: self.reader.expression(text), part, row, column)
        if read is None:
            return Literal(None)
        self.needed.update(names_in(read))
        return read

    def _tests(self, rule: Rule, row: int, column: int) -> UnaryTests:
        read = self._try(lambda: self.reader.tests(rule.tests[column]), "test", row, column)
        if read is None:
            return UnaryTests()
        self.needed.update(names_in(read))
        self._check_type(_constants(read), self.table.inputs[column].type, "test", row, column)
        return read

    def _value(self, text: str, part: str, row: int | None, column: int) -> Expression:
        read = self._expression(text, part, row, column)
        if part == "output" and next(names_in(read), None):
            self.faults.append(Fault(_("Here stands a value, not a fact."), part, row, column))
        if isinstance(read, Literal):
            self._check_type([read.value], self.table.outputs[column].type, part, row, column)
        return read

    def _check_type(self, values: list[Value], wanted: str, part: str, row: int | None, column: int) -> None:
        kinds = TYPES.get(wanted, ())
        for value in values:
            is_other = isinstance(value, bool) is not (bool in kinds) or isinstance(value, datetime) is not (
                datetime in kinds
            )
            if kinds and value is not None and (is_other or not isinstance(value, kinds)):
                said = {"value": written(value)[:60], "type": wanted}
                self.faults.append(Fault(_("%(value)s is no %(type)s.") % said, part, row, column))


def _plain_names(inputs: list[Expression]) -> tuple[str, ...] | None:
    names = tuple(one.path[0] for one in inputs if isinstance(one, Name) and len(one.path) == 1)
    return names if len(names) == len(inputs) else None


def _constant_row(cells: list[Expression]) -> list[Value] | None:
    found = [cell.value for cell in cells if isinstance(cell, Literal)]
    return found if len(found) == len(cells) else None


def _constants(tests: UnaryTests) -> list[Value]:
    found = []
    for test in tests.tests:
        sides = [test.to] if isinstance(test, Compared) else [test.low, test.high]
        found += [one.value for one in sides if isinstance(one, Literal)]
    return found
