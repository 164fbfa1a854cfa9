"""A guideline as pages show it for reading: its tables, each row also in words; its words; its test cases and how they come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from onhand.guidelines.cases import try_cases
from onhand.guidelines.cell_words import APPROVER, RowWords, Wording, label_of
from onhand.guidelines.documents import Document, read
from onhand.guidelines.graphs import Decision, GraphError
from onhand.guidelines.tables import Rule, Table
from onhand.guidelines.wiring import known_names
from onhand.web.guidelines.role_cells import RoleCells
from onhand.web.guidelines.words import ANSWER_COLUMNS, LANGUAGES, POLICIES, ROLES, act_label

ROWS = 100
MOST_CASES = 200


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """One row: its number from 1, its cells as (text, label of the column), and itself in words."""

    number: int
    cells: Sequence[tuple[str, str]]
    words: RowWords
    note: str


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """One decision. `more`: rows that are not shown; `expression` where it is no table."""

    name: str
    role: Any
    policy: Any = ""
    columns: Sequence[tuple[str, str]] = ()
    tests: int = 0
    rows: Sequence[DrawnRow] = ()
    more: int = 0
    expression: str = ""


@dataclass(frozen=True, slots=True)
class DrawnCase:
    """A test case: what is given and expected, and what came out instead."""

    name: str
    facts: Sequence[tuple[str, str]]
    expected: Sequence[tuple[str, str]]
    is_right: bool | None
    wrong: Sequence[tuple[str, str]] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A guideline for reading. `faults` say what is wrong with it."""

    acts: Sequence[str] = ()
    clause: str = ""
    purpose: str = ""
    tables: Sequence[DrawnTable] = ()
    words: Sequence[tuple[str, Sequence[tuple[str, str, str]]]] = ()
    cases: Sequence[DrawnCase] = ()
    wrong_cases: int = 0
    more_cases: int = 0
    faults: Sequence[str] = field(default=())


def drawn(document: Document) -> Drawn:
    """A guideline for reading, bounded."""
    wording = Wording(known_names(document))
    roles = RoleCells()
    cases, wrong, faults = _cases(document, roles)
    return Drawn(
        acts=[act_label(name) for name in document.acts],
        clause=document.clause,
        purpose=document.purpose,
        tables=[_table(one, document, wording, roles) for one in document.graph.decisions],
        words=[(key, _texts(document, key)) for key in document.words],
        cases=cases[:MOST_CASES],
        wrong_cases=wrong,
        more_cases=max(0, len(cases) - MOST_CASES),
        faults=faults,
    )


def role_of(decision: str, document: Document) -> str:
    """What a decision is for, a key of `ROLES`."""
    named = {document.decision: "decision", document.remedies: "remedies", document.follow_ups: "follow_ups"}
    return named.get(decision, "") if decision else ""


def output_label(name: str, label: str = "") -> str:
    """What an output column is called."""
    known = ANSWER_COLUMNS.get(name)
    return label or (str(known[0]) if known else name)


def _table(decision: Decision, document: Document, wording: Wording, roles: RoleCells) -> DrawnTable:
    role = ROLES[role_of(decision.name, document)]
    table = decision.logic
    if not isinstance(table, Table):
        return DrawnTable(decision.name, role, expression=table)
    labels = [label_of(table, at) for at in range(len(table.inputs))]
    labels += [output_label(one.name, one.label) for one in table.outputs]
    rows = [
        DrawnRow(
            at,
            list(zip((*rule.tests, *_results(table, rule, roles)), labels, strict=False)),
            wording.row(table, rule),
            rule.note,
        )
        for at, rule in enumerate(table.rules[:ROWS], 1)
    ]
    return DrawnTable(
        decision.name,
        role,
        POLICIES.get(policy_of(table), ""),
        [(label, "") for label in labels],
        len(table.inputs),
        rows,
        max(0, len(table.rules) - ROWS),
    )


def _results(table: Table, rule: Rule, roles: RoleCells) -> list[str]:
    """What a row gives, cell by cell: roles by their names, nothing for none."""
    named = [
        roles.shown(cell) if one.name == APPROVER else cell
        for one, cell in zip(table.outputs, rule.outputs, strict=False)
    ]
    return ["" if cell == "null" else cell for cell in named]


def policy_of(table: Table) -> str:
    """The hit policy of a table with its aggregation, as `POLICIES` names it."""
    return f"{table.hit_policy.value}{table.aggregation.value}"


def _texts(document: Document, key: str) -> list[tuple[str, str, str]]:
    """The words of a key: (for whom, language, text)."""
    words = document.words[key]
    names = dict(LANGUAGES)
    sides = ((_("To the representative"), words.representative), (_("To the customer"), words.customer))
    return [
        (whom, names.get(language, language), text) for whom, texts in sides for language, text in texts.items() if text
    ]


def _by_names(values: Mapping[str, str], roles: RoleCells) -> list[tuple[str, str]]:
    return [(name, roles.shown(text) if name == APPROVER else text) for name, text in values.items()]


def _cases(document: Document, roles: RoleCells) -> tuple[list[DrawnCase], int, list[str]]:
    try:
        tried = try_cases(document, read(document))
    except GraphError as error:
        faults = [f"{one.decision}: {one.fault.message}".removeprefix(": ") for one in error.faults[:20]]
        return (
            [
                DrawnCase(one.name, list(one.facts.items()), _by_names(one.expected, roles), None)
                for one in document.cases
            ],
            0,
            faults,
        )
    found = [
        DrawnCase(
            one.case.name,
            list(one.case.facts.items()),
            _by_names(one.case.expected, roles),
            one.is_right,
            _by_names(one.wrong, roles),
            one.problem,
        )
        for one in tried
    ]
    return found, sum(one.is_right is False for one in found), []
