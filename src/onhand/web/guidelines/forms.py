"""
A draft as a form: its boxes are numbered (`d0-r2-t1`: of the first table the third row's second test), and what was typed is a document
again, checked by nobody yet. Of long tables a window of rows is in the form; the others come from the draft as it is stored.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from onhand.guidelines.cell_words import APPROVER
from onhand.guidelines.documents import Case, Document, Words
from onhand.guidelines.facts import find_fact
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.reading import Reader
from onhand.guidelines.graphs import Decision, Graph
from onhand.guidelines.tables import Aggregation, HitPolicy, Input, Output, Rule, Table
from onhand.guidelines.wiring import known_names, wired
from onhand.web.guidelines.drawing import role_of
from onhand.web.guidelines.role_cells import RoleCells
from onhand.web.guidelines.words import ANSWER_COLUMNS, LANGUAGES, POLICIES, ROLES

if TYPE_CHECKING:
    from django.http import QueryDict

ROWS = 100  # of each table in the form at once
MOST_TABLES = 20
MOST_COLUMNS = 50
MOST_WORDS = 100
MOST_CASES = 200
NONE = ("", "-", "null")
_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')
_BARE = re.compile(r"[^\W\d][\w .&/+-]*(?:,\s*[^\W\d][\w .&/+-]*)*")


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of a stored table are in the form: from `first` on, `shown` of the `total` that table `stored` has."""

    first: int = 0
    shown: int = 0
    total: int = 0
    stored: str = ""

    def drawn(self, rows: int) -> int:
        """How many of now so many rows the form has."""
        return rows - (self.total - self.shown)


@dataclass(frozen=True, slots=True)
class Typed:
    """A document in the form, and for each of its decisions the window of rows."""

    document: Document
    windows: tuple[Window, ...]

    def table(self, number: int) -> Table | None:
        """The table of that number; None where it is none."""
        decisions = self.document.graph.decisions
        logic = decisions[number].logic if 0 <= number < len(self.windows) else None
        return logic if isinstance(logic, Table) else None

    def with_table(self, number: int, table: Table) -> "Typed":
        """The same with another table at that number."""
        decisions = list(self.document.graph.decisions)
        decisions[number] = replace(decisions[number], logic=table)
        return self.with_decisions(decisions, self.windows)

    def with_decisions(self, decisions: Iterable[Decision], windows: Iterable[Window]) -> "Typed":
        """The same with other decisions."""
        graph = replace(self.document.graph, decisions=tuple(decisions))
        return Typed(wired(replace(self.document, graph=graph)), tuple(windows))


def opened(document: Document, first: int = 0) -> Typed:
    """A stored document as the form opens with it; of long tables the rows from `first` on."""
    windows = []
    for one in document.graph.decisions[:MOST_TABLES]:
        total = len(one.logic.rules) if isinstance(one.logic, Table) else 0
        start = min(first, max(0, total - 1)) // ROWS * ROWS
        windows.append(Window(start, min(ROWS, total - start), total, one.name))
    return Typed(wired(document), tuple(windows))


def typed(data: "QueryDict", base: Document) -> Typed:
    """What was typed; what is not in the form comes from `base`, the document as it is stored."""
    numbers = [number for number in range(MOST_TABLES + 1) if f"d{number}-name" in data]
    was = {data.get(f"d{number}-was", ""): data.get(f"d{number}-name", "").strip()[:120] for number in numbers}
    windows = tuple(_window(data, number, base) for number in numbers)
    decisions = [
        _decision(data, number, window, base, was) for number, window in zip(numbers, windows, strict=True)
    ] + list(base.graph.decisions[MOST_TABLES:])
    roles = {data.get(f"d{number}-role", ""): one.name for number, one in zip(numbers, decisions, strict=False)}
    document = replace(
        base,
        acts=tuple(dict.fromkeys(name[:100] for name in data.getlist("acts"))),
        purpose=data.get("purpose", "").strip()[:2000],
        clause=data.get("clause", "").strip()[:200],
        graph=replace(base.graph, decisions=tuple(decisions), drawing=base.graph.drawing.renamed(was)),
        decision=roles.get("decision", ""),
        remedies=roles.get("remedies", ""),
        follow_ups=roles.get("follow_ups", ""),
        words=_words(data, base),
    )
    quoting = Quoting(known_names(document))
    document = replace(
        document,
        graph=replace(document.graph, decisions=tuple(quoting.decision(one) for one in document.graph.decisions)),
        cases=(*_cases(data, quoting), *base.cases[MOST_CASES:]),
    )
    return Typed(wired(document), windows)


def _number(text: str | None, most: int) -> int:
    found = text or ""
    return min(int(found), most) if found.isascii() and found.isdigit() and len(found) < 8 else 0


def _window(data: "QueryDict", number: int, base: Document) -> Window:
    place = f"d{number}-"
    name = data.get(f"{place}stored", "")
    stored = next((one.logic for one in base.graph.decisions if one.name == name), "")
    total = len(stored.rules) if isinstance(stored, Table) else 0
    first = _number(data.get(f"{place}first"), total)
    shown = _number(data.get(f"{place}shown"), total - first)
    return Window(first, shown, total, name)


def _decision(data: "QueryDict", number: int, window: Window, base: Document, was: dict[str, str]) -> Decision:
    place = f"d{number}-"
    name = data.get(f"{place}name", "").strip()[:120]
    stored = next((one for one in base.graph.decisions if one.name == window.stored), Decision("", ""))
    if f"{place}expression" in data:
        return replace(stored, name=name, logic=data.get(f"{place}expression", "").strip())
    inputs = tuple(_input(data, f"{place}i{at}-", was) for at in _found(data, f"{place}i", "-expression", MOST_COLUMNS))
    outputs = tuple(_output(data, f"{place}o{at}-") for at in _found(data, f"{place}o", "-name", MOST_COLUMNS))
    rows = tuple(
        _row(data, f"{place}r{at}-", len(inputs), len(outputs)) for at in _found(data, f"{place}r", "-note", 10_000)
    )
    kept = stored.logic.rules if isinstance(stored.logic, Table) else ()
    policy = data.get(f"{place}policy", "U")
    policy = policy if policy in POLICIES else "U"
    table = Table(
        name,
        inputs,
        outputs,
        (*kept[: window.first], *rows, *kept[window.first + window.shown : window.total]),
        HitPolicy(policy[0]),
        Aggregation(policy[1:]),
    )
    return replace(stored, name=name, logic=table)


def _found(data: "QueryDict", before: str, after: str, most: int) -> Sequence[int]:
    """The numbers of boxes that were sent, which follow one another."""
    at = 0
    while at <= most and f"{before}{at}{after}" in data:
        at += 1
    return range(at)


def _input(data: "QueryDict", place: str, was: dict[str, str]) -> Input:
    expression = data.get(f"{place}expression", "").strip()
    return Input(
        data.get(f"{place}label", "").strip()[:200],
        was.get(expression, expression) or expression,  # a decision that is called otherwise now
        data.get(f"{place}type", ""),
        data.get(f"{place}allowed", "").strip(),
    )


def _output(data: "QueryDict", place: str) -> Output:
    allowed = tuple(part.strip() for part in _COMMA.split(data.get(f"{place}allowed", "")) if part.strip())
    return Output(
        data.get(f"{place}name", "").strip()[:120],
        data.get(f"{place}label", "").strip()[:200],
        data.get(f"{place}type", ""),
        allowed,
        data.get(f"{place}default", "").strip(),
    )


def _row(data: "QueryDict", place: str, tests: int, outputs: int) -> Rule:
    return Rule(
        tuple(data.get(f"{place}t{at}", "").strip() or "-" for at in range(tests)),
        tuple(data.get(f"{place}o{at}", "").strip() or "null" for at in range(outputs)),
        data.get(f"{place}note", "").strip()[:1000],
    )


def _words(data: "QueryDict", base: Document) -> dict[str, Words]:
    found: dict[str, Words] = {}
    for number in _found(data, "w", "-key", MOST_WORDS):
        place = f"w{number}-"
        key = data.get(f"{place}key", "").strip().strip('"')[:60] or f"words {number + 1}"
        while key in found:
            key += "+"
        kept = base.words.get(data.get(f"{place}was", ""), Words())
        found[key] = Words(
            _texts(data, f"{place}representative-", kept.representative),
            _texts(data, f"{place}customer-", kept.customer),
        )
    return found


def _texts(data: "QueryDict", place: str, kept: dict[str, str]) -> dict[str, str]:
    typed_texts = {code: data.get(place + code, "").strip() for code, _name in LANGUAGES}
    return {code: text for code, text in {**kept, **typed_texts}.items() if text}


def _cases(data: "QueryDict", quoting: "Quoting") -> list[Case]:
    facts, outputs = data.getlist("case-fact")[:200], data.getlist("case-output")[:50]
    found = []
    for number in _found(data, "c", "-name", MOST_CASES):
        given = {name: data.get(f"c{number}-f{at}", "").strip() for at, name in enumerate(facts)}
        expected = {name: data.get(f"c{number}-e{at}", "").strip() for at, name in enumerate(outputs)}
        found.append(
            Case(
                data.get(f"c{number}-name", "").strip()[:200],
                {name: quoting.fact(name, text) for name, text in given.items() if text not in ("", "-")},
                {name: quoting.expected(name, text) for name, text in expected.items() if text not in ("", "-")},
            )
        )
    return found


def tried_facts(data: "QueryDict", document: Document) -> dict[str, str]:
    """The facts typed into "Try it", as cells."""
    quoting = Quoting(known_names(document))
    given = zip(data.getlist("try-fact")[:200], data.getlist("try")[:200], strict=False)
    return {name: quoting.fact(name, text.strip()) for name, text in given if text.strip() not in NONE}


class Quoting:
    """Puts the quotes around texts that people leave out: `premium, gold` in a column of texts is `"premium", "gold"`."""

    def __init__(self, names: Iterable[str]) -> None:
        self.reader = Reader(names)

    @cached_property
    def roles(self) -> RoleCells:
        """Roles by key and name; read where a cell says who may approve."""
        return RoleCells()

    def decision(self, one: Decision) -> Decision:
        """A decision with its texts in quotes."""
        return replace(one, logic=self.table(one.logic)) if isinstance(one.logic, Table) else one

    def table(self, table: Table) -> Table:
        """A table with its texts in quotes."""
        kinds = [self._type_of(column) for column in table.inputs]
        rules = tuple(
            replace(
                rule,
                tests=tuple(
                    self.test(cell) if kind == "string" else cell for cell, kind in zip(rule.tests, kinds, strict=False)
                ),
                outputs=tuple(
                    self.result(column.name, cell) if column.type == "string" else cell
                    for cell, column in zip(rule.outputs, table.outputs, strict=False)
                ),
            )
            for rule in table.rules
        )
        return replace(table, rules=rules)

    def _type_of(self, column: Input) -> str:
        fact = find_fact(column.expression)
        return column.type or (fact.type if fact else "")

    def test(self, cell: str) -> str:
        """A cell of tests over texts."""
        return cell if self._reads(cell, is_test=True) else ", ".join(map(_quoted, cell.split(",")))

    def value(self, cell: str) -> str:
        """A cell of a text."""
        return cell if self._reads(cell, is_test=False) else _quoted(cell)

    def result(self, name: str, cell: str) -> str:
        """A cell of a text that an output of this name gives: of who may approve, the keys of the roles that were named."""
        return self.value(self.roles.stored(cell) if name == APPROVER and cell not in NONE else cell)

    def fact(self, name: str, text: str) -> str:
        """A fact of a test case."""
        fact = find_fact(name)
        return self.value(text) if fact is not None and fact.type == "string" else text

    def expected(self, name: str, text: str) -> str:
        """What an output of a test case must be."""
        known = ANSWER_COLUMNS.get(name)
        return self.result(name, text) if known is not None and known[2] == "string" else text

    def _reads(self, cell: str, *, is_test: bool) -> bool:
        if _BARE.fullmatch(cell) is None:
            return True
        try:
            if is_test:
                self.reader.tests(cell)
            else:
                self.reader.expression(cell)
        except CellError:
            return False
        return True


def _quoted(text: str) -> str:
    return f'"{text.strip()}"'


def role_key(typed_form: Typed, number: int) -> str:
    """What the decision of that number is for, a key of `ROLES`."""
    found = role_of(typed_form.document.graph.decisions[number].name, typed_form.document)
    return found if found in ROLES else ""


def begun(acts: Iterable[str], name: str) -> Document:
    """A new guideline: one table that asks in every case."""
    outputs = tuple(Output(key, type=ANSWER_COLUMNS[key][2]) for key in ("answer", "approver", "most", "words"))
    first = Table("Answer", (Input("", "amount given", "number"),), outputs, (Rule(("-",), ('"ask"', *["null"] * 3)),))
    decision = Decision("Answer", first, ("amount given",))
    return wired(Document(tuple(acts), Graph(name, (), (decision,)), "Answer"))
