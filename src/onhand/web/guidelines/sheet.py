"""The grids of the form as the template draws them: every box with its name, label, value and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from onhand.guidelines.cell_words import APPROVER, label_of
from onhand.guidelines.documents import OUTPUTS, Document
from onhand.guidelines.facts import Fact, all_sources, find_fact
from onhand.guidelines.tables import TYPES, Input, Rule, Table
from onhand.web.guidelines.drawing import output_label, policy_of
from onhand.web.guidelines.forms import MOST_CASES, NONE, ROWS, Typed, Window, role_key
from onhand.web.guidelines.role_cells import RoleCells
from onhand.web.guidelines.words import ANSWER_COLUMNS, ANSWERS, LANGUAGES

Options = Sequence[tuple[str, Any]]
ROLE_NAMES = "role-names"  # the list a box of roles suggests from
YES_NO: Options = (("true", _("yes")), ("false", _("no")))


@dataclass(frozen=True, slots=True)
class Box:
    """One box. `options` makes it a choice; a value that is none of them is offered too. `list` names suggestions."""

    name: str
    label: str
    value: str
    options: Options = ()
    list: str = ""
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a grid: its head, its boxes, and the fact it asks for."""

    number: int
    place: str
    head: str
    column: Any
    fact: Fact | None
    about: str
    errors: Sequence[str]
    is_own: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a grid: its number for people, the one in the form, its cells, its note."""

    number: int
    at: int
    tests: Sequence[Box]
    outputs: Sequence[Box]
    note: Box


@dataclass(frozen=True, slots=True)
class Grid:
    """One decision of the graph as a grid, or as the expression it is."""

    number: int
    place: str
    name: str
    role: str
    window: Window
    errors: Sequence[str]
    policy: str = ""
    inputs: Sequence[Column] = ()
    outputs: Sequence[Column] = ()
    rows: Sequence[Row] = ()
    expression: str | None = None
    new_outputs: Options = ()
    elsewhere: int = 0


def fact_groups(document: Document) -> list[tuple[Any, list[tuple[str, str]]]]:
    """What a column can ask for, by where it comes from: facts, and the other decisions."""
    groups: list[tuple[Any, list[tuple[str, str]]]] = [
        (source.label, [(fact.name, f"{fact.name} ({fact.type})") for fact in source.facts]) for source in all_sources()
    ]
    steps = [(one.name, one.name) for one in document.graph.decisions if one.name != document.decision]
    return [*groups, (_("Tables of this guideline"), steps)] if steps else groups


def grids(form: Typed, errors: Mapping[str, Sequence[str]]) -> list[Grid]:
    """Every decision of the form."""
    roles = RoleCells()
    return [_grid(form, number, errors, roles) for number in range(len(form.windows))]


def _grid(form: Typed, number: int, errors: Mapping[str, Sequence[str]], roles: RoleCells) -> Grid:
    decision, window, place = form.document.graph.decisions[number], form.windows[number], f"d{number}-"
    role = role_key(form, number)
    table = decision.logic
    if not isinstance(table, Table):
        wrong = [*errors.get(f"{place}name", []), *errors.get(f"{place}expression", [])]
        return Grid(number, place, decision.name, role, window, wrong, expression=table)
    drawn = window.drawn(len(table.rules))
    rules = table.rules[window.first : window.first + drawn]
    names = {one.name for one in table.outputs}
    offered = OUTPUTS if role == "decision" else ("most", "words", "clause")
    draw = _Rows(form, number, table, errors, roles)
    return Grid(
        number,
        place,
        decision.name,
        role,
        window,
        errors.get(f"{place}name", []),
        policy_of(table),
        [_input(place, at, one, table, errors) for at, one in enumerate(table.inputs)],
        [_output(place, at, one, errors) for at, one in enumerate(table.outputs)],
        [draw.row(at, rule) for at, rule in enumerate(rules)],
        new_outputs=[(name, output_label(name)) for name in offered if name not in names],
        elsewhere=len(table.rules) - drawn,
    )


def _input(place: str, at: int, one: Input, table: Table, errors: Mapping[str, Sequence[str]]) -> Column:
    fact = find_fact(one.expression)
    about = str(fact.help) if fact else ""
    wrong = errors.get(f"{place}i{at}-expression", [])
    return Column(at, f"{place}i{at}-", label_of(table, at) or _("(new)"), one, fact, about, wrong, fact is None)


def _output(place: str, at: int, one: Any, errors: Mapping[str, Sequence[str]]) -> Column:
    known = ANSWER_COLUMNS.get(one.name)
    about = str(known[1]) if known else ""
    head = output_label(one.name, one.label) or _("(new)")
    return Column(at, f"{place}o{at}-", head, one, None, about, errors.get(f"{place}o{at}-name", []), known is None)


class _Rows:
    """Draws the rows of one table."""

    def __init__(
        self, form: Typed, number: int, table: Table, errors: Mapping[str, Sequence[str]], roles: RoleCells
    ) -> None:
        self.roles = roles
        self.place, self.first, self.errors = f"d{number}-", form.windows[number].first, errors
        self.heads = [label_of(table, at) for at in range(len(table.inputs))]
        self.outputs = [(output_label(one.name, one.label), one) for one in table.outputs]
        self.words = [(f'"{key}"', key) for key in form.document.words]

    def row(self, at: int, rule: Rule) -> Row:
        number, place = self.first + at + 1, f"{self.place}r{at}-"
        said = {"number": number}
        tests = [
            self._box(f"{place}t{column}", _("Row %(number)s: %(column)s") % {**said, "column": head}, cell)
            for column, (head, cell) in enumerate(zip(self.heads, rule.tests, strict=False))
        ]
        outputs = [
            self._output(f"{place}o{column}", _("Row %(number)s: %(column)s") % {**said, "column": head}, one, cell)
            for column, ((head, one), cell) in enumerate(zip(self.outputs, rule.outputs, strict=False))
        ]
        return Row(number, at, tests, outputs, Box(f"{place}note", _("Row %(number)s: note") % said, rule.note))

    def _box(self, name: str, label: str, cell: str, options: Options = (), suggestions: str = "") -> Box:
        value = "" if cell in NONE else cell
        if options and value and value not in [key for key, _label in options]:
            options = (*options, (value, value))
        return Box(name, label, value, options, suggestions, self.errors.get(name, []))

    def _output(self, name: str, label: str, one: Any, cell: str) -> Box:
        if one.name == "answer":
            return self._box(name, label, cell, list(ANSWERS.items()))
        if one.name == "words":
            return self._box(name, label, cell, self.words)
        if one.type == "boolean":
            return self._box(name, label, cell, YES_NO)
        if one.name == APPROVER:
            return self._box(name, label, self.roles.shown(cell), suggestions=ROLE_NAMES)
        return self._box(name, label, cell)


def case_columns(document: Document) -> tuple[list[str], list[str]]:
    """The columns of the test cases: the facts that are asked for or given in one, and what the answer says."""
    facts = [one.name for one in document.graph.inputs]
    facts += [name for case in document.cases for name in case.facts if name not in facts]
    answering = next((one.logic for one in document.graph.decisions if one.name == document.decision), None)
    outputs = [one.name for one in answering.outputs] if isinstance(answering, Table) else []
    outputs += [name for case in document.cases for name in case.expected if name not in outputs]
    return list(dict.fromkeys(facts)), list(dict.fromkeys(outputs))


def case_rows(document: Document, facts: Sequence[str], outputs: Sequence[str]) -> list[dict[str, Any]]:
    """The test cases, each with its boxes."""
    rows, roles = [], RoleCells()
    for number, case in enumerate(document.cases[:MOST_CASES]):
        said = {"number": number + 1}
        boxes = [
            _fact_box(f"c{number}-f{at}", _("Case %(number)s: %(column)s") % {**said, "column": name}, name, case.facts)
            for at, name in enumerate(facts)
        ]
        boxes += [
            _expected_box(
                f"c{number}-e{at}",
                _("Case %(number)s: expected %(column)s") % {**said, "column": output_label(name)},
                name,
                case.expected.get(name, ""),
                roles,
            )
            for at, name in enumerate(outputs)
        ]
        rows.append({"number": number, "name": case.name, "boxes": boxes})
    return rows


def _expected_box(box: str, label: str, name: str, value: str, roles: RoleCells) -> Box:
    if name == APPROVER:
        return Box(box, label, roles.shown(value), list=ROLE_NAMES)
    return Box(box, label, value, _with_own(list(ANSWERS.items()), value) if name == "answer" else ())


def try_boxes(document: Document, given: Mapping[str, str]) -> list[Box]:
    """A box for each fact the tables ask for."""
    return [_fact_box(f"try-{at}", one.name, one.name, given) for at, one in enumerate(document.graph.inputs)]


def _fact_box(name: str, label: str, fact_name: str, values: Mapping[str, str]) -> Box:
    fact, value = find_fact(fact_name), values.get(fact_name, "")
    options: Options = ()
    if fact is not None and fact.values:
        options = [(f'"{one}"', str(words)) for one, words in fact.values.items()]
    elif fact is not None and fact.type == "boolean":
        options = YES_NO
    return Box(name, label, value, _with_own(options, value) if options else ())


def _with_own(options: Options, value: str) -> Options:
    return (*options, (value, value)) if value and value not in [key for key, _label in options] else options


def words_rows(document: Document) -> list[dict[str, Any]]:
    """The words, each with a box for whom and in which language."""
    rows = []
    for number, (key, words) in enumerate(document.words.items()):
        place = f"w{number}-"
        sides = (
            ("representative", _("To the representative"), words.representative),
            ("customer", _("To the customer"), words.customer),
        )
        boxes = [
            Box(f"{place}{side}-{code}", f"{label} ({language})", texts.get(code, ""))
            for side, label, texts in sides
            for code, language in LANGUAGES
        ]
        rows.append({"number": number, "key": key, "boxes": boxes})
    return rows


def role_options(document: Document) -> list[str]:
    """What can be chosen for who may approve: each role by its name, and what the tables say together already."""
    roles, said = RoleCells(), set()
    for decision in document.graph.decisions:
        if isinstance(decision.logic, Table):
            places = [at for at, one in enumerate(decision.logic.outputs) if one.name == APPROVER]
            rows = decision.logic.rules[:ROWS]
            said |= {roles.shown(row.outputs[at]) for row in rows for at in places if at < len(row.outputs)}
    return [*roles.offered, *sorted(one for one in said if "," in one and '"' not in one)]


def type_options() -> Options:
    """The types a column can have."""
    return [("", _("any")), *((name, name) for name in TYPES if name)]
