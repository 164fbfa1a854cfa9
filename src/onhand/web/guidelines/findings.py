"""What is wrong or odd about a draft, in words: wrong cells, cases nobody covers, rows that contradict or are never reached, test cases."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from onhand.guidelines.analysis import analyse
from onhand.guidelines.answers import filled, in_language
from onhand.guidelines.cases import Tried, read_facts, try_cases
from onhand.guidelines.cell_words import APPROVER, Wording, approvers_in_words, label_of, result_words, value_words
from onhand.guidelines.documents import Document, read
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.graphs import Decision, DecisionFault, GraphError, ReadGraph
from onhand.guidelines.tables import LISTS, ReadTable, Table, TableError, read_table
from onhand.guidelines.wiring import known_names
from onhand.web.guidelines.forms import Typed

MOST_SAID = 12
MOST_ROWS_LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class CellFault:
    """A fault with the name of the box it is in, empty where that is not in the form."""

    box: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A case nobody covers, in words, and what the button that adds a row for it sends."""

    words: str
    sends: str


@dataclass(frozen=True, slots=True)
class Odd:
    """What is odd about one table. `is_whole`: false where there is more than is told or looked at."""

    name: str
    gaps: Sequence[Gap] = ()
    overlaps: Sequence[str] = ()
    unreached: Sequence[str] = ()
    is_whole: bool = True

    @property
    def is_fine(self) -> bool:
        """Whether nothing is odd."""
        return self.is_whole and not (self.gaps or self.overlaps or self.unreached)


def reading(form: Typed) -> tuple[ReadGraph | None, list[CellFault]]:
    """The graph ready to decide, or everything that is wrong with it."""
    try:
        return read(form.document), []
    except GraphError as error:
        return None, [_fault(one, form) for one in error.faults[:200]]


def _fault(one: DecisionFault, form: Typed) -> CellFault:
    names = [decision.name for decision in form.document.graph.decisions]
    fault = one.fault
    if one.decision not in names[: len(form.windows)]:
        return CellFault("", one.decision, fault.message)
    number = names.index(one.decision)
    where = [one.decision]
    if fault.row is not None:
        where.append(_("row %(row)s") % {"row": fault.row + 1})
    box = _box(fault.part, number, fault.row, fault.column, form)
    table = form.table(number)
    if table is not None and fault.column is not None:
        is_test = fault.part in ("test", "input")
        columns = len(table.inputs) if is_test else len(table.outputs)
        if fault.column < columns:
            where.append(label_of(table, fault.column) if is_test else table.outputs[fault.column].name)
    message = fault.message
    if fault.place:
        message = _("%(message)s (at character %(place)s)") % {"message": message, "place": fault.place + 1}
    return CellFault(box, ", ".join(part for part in where if part), message)


def _box(part: str, number: int, row: int | None, column: int | None, form: Typed) -> str:
    """The name of the box a fault is in."""
    table, window = form.table(number), form.windows[number]
    if table is None:
        return f"d{number}-expression"
    if part in ("test", "value") and row is not None:
        drawn = row - window.first
        if not 0 <= drawn < window.drawn(len(table.rules)):
            return ""
        return f"d{number}-r{drawn}-{'t' if part == 'test' else 'o'}{column or 0}"
    if part == "input" and column is not None:
        return f"d{number}-i{column}-expression"
    if part == "output" and column is not None:
        return f"d{number}-o{column}-name"
    return f"d{number}-name"


def odd_tables(form: Typed) -> list[Odd]:
    """What is odd about each table that can be read and has rows."""
    wording = Wording(known_names(form.document))
    found = []
    for number, decision in enumerate(form.document.graph.decisions[: len(form.windows)]):
        table = decision.logic
        if not isinstance(table, Table) or not table.rules:
            continue
        if len(table.rules) > MOST_ROWS_LOOKED_AT:
            found.append(Odd(decision.name, is_whole=False))
            continue
        try:
            found.append(_odd(number, decision, table, read_table(table, decision.requires), wording))
        except TableError:
            continue  # what is wrong is said at its cell
    return found


def _odd(number: int, decision: Decision, table: Table, ready: ReadTable, wording: Wording) -> Odd:
    findings = analyse(ready)
    gaps = [] if table.hit_policy in LISTS else findings.gaps
    overlaps = [
        _("Rows %(one)s and %(other)s both match: %(case)s")
        % {"one": one.rows[0] + 1, "other": one.rows[1] + 1, "case": wording.case(table, one.case)}
        for one in findings.overlaps[:MOST_SAID]
    ]
    return Odd(
        decision.name,
        [
            Gap(wording.case(table, one), f"gap:{number}:{json.dumps(list(one), ensure_ascii=False)}")
            for one in gaps[:MOST_SAID]
        ],
        overlaps,
        [_("No case comes to row %(row)s.") % {"row": row + 1} for row in findings.unreached[:MOST_SAID]],
        findings.is_whole and max(len(gaps), len(findings.overlaps), len(findings.unreached)) <= MOST_SAID,
    )


def tried_cases(document: Document, graph: ReadGraph | None) -> list[Tried]:
    """The test cases tried; none while the tables cannot be read."""
    return try_cases(document, graph) if graph is not None and document.decision else []


@dataclass(frozen=True, slots=True)
class Trial:
    """What comes out for facts typed by hand: for each decision the rows that counted and its value; the words that would be said."""

    steps: Sequence[tuple[str, Sequence[Mapping[str, Any]], Sequence[str], str]] = ()
    words: Sequence[tuple[str, str]] = ()
    problem: str = ""


def trial(document: Document, graph: ReadGraph | None, texts: Mapping[str, str], language: str) -> Trial | None:
    """What the tables say of these facts; None where nothing was typed or nothing can be decided."""
    if not texts or graph is None:
        return None
    try:
        facts = read_facts(texts)
    except CellError as error:
        return Trial(problem=error.message)
    steps: list[tuple[str, Sequence[Mapping[str, Any]], Sequence[str], str]] = []
    answer: Mapping[str, Any] = {}
    for wanted in dict.fromkeys(one for one in (document.decision, document.remedies, document.follow_ups) if one):
        for name, outcome in graph.decide(wanted, facts).items():
            table = graph.tables.get(name)
            single = next((one.name for one in table.table.outputs), "") if table else ""
            steps.append((name, table.why(outcome) if table else (), _values(outcome.value, single), outcome.problem))
            if name == document.decision and isinstance(outcome.value, dict):
                answer = outcome.value
    key = answer.get("words")
    words = document.words.get(key) if isinstance(key, str) else None
    said = []
    if words is not None:
        for whom, some in ((_("To the representative"), words.representative), (_("To the customer"), words.customer)):
            if text := in_language(some, language):
                said.append((whom, filled(text, facts)))
    return Trial(list({step[0]: step for step in steps}.values()), said)


def _values(value: Any, single: str) -> list[str]:
    """A value of a table, each of its outputs in words."""
    if isinstance(value, dict):
        return [result_words(name, "", _said(name, one)) for name, one in value.items() if one is not None]
    if isinstance(value, list):
        return ["; ".join(_values(one, single)) for one in value]
    return [result_words(single, "", _said(single, value)) if single else value_words(value)]


def _said(name: str, value: Any) -> str:
    words = value_words(value)
    return approvers_in_words(words) if name == APPROVER and isinstance(value, str) else words
