"""What the buttons of the form do: rows, columns, tables, words and test cases added, moved and taken away; rows pasted."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from onhand.guidelines.documents import Case, Document, Words
from onhand.guidelines.facts import find_fact
from onhand.guidelines.graphs import Decision
from onhand.guidelines.tables import HitPolicy, Input, Output, Rule, Table
from onhand.guidelines.wiring import known_names, renamed, wired
from onhand.web.guidelines.forms import MOST_CASES, MOST_COLUMNS, MOST_TABLES, MOST_WORDS, Quoting, Typed, Window
from onhand.web.guidelines.words import ANSWER_COLUMNS

if TYPE_CHECKING:
    from django.http import QueryDict

One = TypeVar("One")
MOST_ROWS = 1_000  # in the form at once
OWN = "="  # chosen instead of a fact: an expression of one's own


def change(form: Typed, asked: str, data: "QueryDict") -> tuple[Typed, str]:
    """
    The form as a button such as `row-add:0:3` asks, and the name of the box to go on with (empty: as before). What makes no sense
    changes nothing.
    """
    what, _colon, rest = asked.partition(":")
    if what == "gap":
        return _add_gap(form, rest)
    numbers = [int(one) for one in rest.split(":") if one.isascii() and one.isdigit() and len(one) < 6]
    if what in _OF_DOCUMENT:
        return _OF_DOCUMENT[what](form, numbers, data)
    if numbers and what in _OF_TABLE and (table := form.table(numbers[0])) is not None:
        return _OF_TABLE[what](form, table, numbers, data)
    return form, ""


def _moved(some: Sequence[One], at: int, by: int) -> tuple[One, ...]:
    found = list(some)
    if 0 <= at < len(found) and 0 <= at + by < len(found):
        found.insert(at + by, found.pop(at))
    return tuple(found)


def _without(some: Sequence[One], at: int) -> tuple[One, ...]:
    return (*some[:at], *some[at + 1 :])


# Rows


def _place(form: Typed, numbers: list[int]) -> tuple[int, int]:
    """(the row in the table, the same in the form); the one after the last of the form where none is named."""
    window = form.windows[numbers[0]]
    table = form.table(numbers[0])
    drawn = window.drawn(len(table.rules)) if table else 0
    row = min(numbers[1], max(drawn - 1, 0)) if len(numbers) > 1 else drawn
    return window.first + row, row


def _empty_row(table: Table) -> Rule:
    return Rule(("-",) * len(table.inputs), ("null",) * len(table.outputs))


def _first_box(table: Table, number: int, row: int) -> str:
    return f"d{number}-r{row}-{'t0' if table.inputs else 'o0'}"


def _row_add(form: Typed, table: Table, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    at, row = _place(form, numbers)
    if len(numbers) > 1 and table.rules:
        at, row = at + 1, row + 1
    rules = (*table.rules[:at], _empty_row(table), *table.rules[at:])
    return _with_rules(form, table, numbers[0], rules, row)


def _with_rules(form: Typed, table: Table, number: int, rules: tuple[Rule, ...], row: int) -> tuple[Typed, str]:
    if form.windows[number].drawn(len(rules)) > MOST_ROWS:
        return form, ""
    return form.with_table(number, replace(table, rules=rules)), _first_box(table, number, max(row, 0))


def _row_copy(form: Typed, table: Table, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    at, row = _place(form, numbers)
    if at >= len(table.rules):
        return form, ""
    return _with_rules(form, table, numbers[0], (*table.rules[: at + 1], *table.rules[at:]), row + 1)


def _row_remove(form: Typed, table: Table, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    at, row = _place(form, numbers)
    if at >= len(table.rules) or len(numbers) < 2:
        return form, ""
    return _with_rules(form, table, numbers[0], _without(table.rules, at), row - 1)


def _row_move(by: int) -> "Callable[[Typed, Table, list[int], QueryDict], tuple[Typed, str]]":
    def move(form: Typed, table: Table, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
        at, row = _place(form, numbers)
        window = form.windows[numbers[0]]
        if len(numbers) < 2 or not 0 <= row + by < window.drawn(len(table.rules)):
            return form, ""
        return _with_rules(form, table, numbers[0], _moved(table.rules, at, by), row + by)

    return move


def _add_gap(form: Typed, rest: str) -> tuple[Typed, str]:
    """A row for a case nobody covers: `0:["> 100"]`."""
    number, _colon, text = rest.partition(":")
    table = form.table(int(number)) if number.isascii() and number.isdigit() and len(number) < 4 else None
    try:
        tests = json.loads(text)
    except (ValueError, RecursionError):
        tests = None
    if table is None or not isinstance(tests, list) or len(tests) != len(table.inputs):
        return form, ""
    at, row = _place(form, [int(number)])
    added = Rule(tuple(str(test) for test in tests), ("null",) * len(table.outputs))
    changed, _box = _with_rules(form, table, int(number), (*table.rules[:at], added, *table.rules[at:]), row)
    return changed, f"d{number}-r{row}-o0"


def _paste(form: Typed, table: Table, numbers: list[int], data: "QueryDict") -> tuple[Typed, str]:
    """Rows out of a spreadsheet, from a cell on; `d0-at` names it, else they are new rows."""
    number = numbers[0]
    text = data.get(f"d{number}-paste", "").replace("\r\n", "\n").strip("\n")
    places = [int(one) for one in data.get(f"d{number}-at", "").split(":") if one.isdigit() and len(one) < 6]
    at, row = _place(form, [number, *places[:1]])
    column = places[1] if len(places) == 2 else 0
    rules = list(table.rules)
    tests = len(table.inputs)
    for line in text.split("\n")[:MOST_ROWS] if text else []:
        if at >= len(rules) or not places:
            rules.insert(at, _empty_row(table))
        cells = [*rules[at].tests, *rules[at].outputs, rules[at].note]
        for offset, cell in enumerate(line.split("\t")[: len(cells) - column] if column < len(cells) else []):
            cells[column + offset] = cell.strip()
        filled = [one or "-" for one in cells[:tests]], [one or "null" for one in cells[tests:-1]]
        rules[at] = Rule(tuple(filled[0]), tuple(filled[1]), cells[-1])
        at += 1
    quoted = Quoting(known_names(form.document)).table(replace(table, rules=tuple(rules)))
    return _with_rules(form, table, number, quoted.rules, row)


# Columns


def _column_add(form: Typed, table: Table, numbers: list[int], data: "QueryDict") -> tuple[Typed, str]:
    number, chosen = numbers[0], data.get(f"d{numbers[0]}-new-input", "").strip()
    if not chosen or len(table.inputs) >= MOST_COLUMNS:
        return form, f"d{number}-new-input"
    fact = find_fact(chosen)
    allowed = ", ".join(f'"{value}"' for value in fact.values) if fact else ""
    column = Input("", "" if chosen == OWN else chosen, fact.type if fact else "", allowed)
    rules = tuple(replace(rule, tests=(*rule.tests, "-")) for rule in table.rules)
    changed = replace(table, inputs=(*table.inputs, column), rules=rules)
    at = len(table.inputs)
    box = f"d{number}-i{at}-expression" if chosen == OWN else f"d{number}-r0-t{at}"
    return form.with_table(number, changed), box


def _column_remove(form: Typed, table: Table, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    if len(numbers) < 2 or numbers[1] >= len(table.inputs):
        return form, ""
    at = numbers[1]
    rules = tuple(replace(rule, tests=_without(rule.tests, at)) for rule in table.rules)
    changed = replace(table, inputs=_without(table.inputs, at), rules=rules)
    return form.with_table(numbers[0], changed), f"d{numbers[0]}-new-input"


def _column_move(by: int) -> "Callable[[Typed, Table, list[int], QueryDict], tuple[Typed, str]]":
    def move(form: Typed, table: Table, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
        if len(numbers) < 2 or not 0 <= numbers[1] + by < len(table.inputs):
            return form, ""
        at = numbers[1]
        rules = tuple(replace(rule, tests=_moved(rule.tests, at, by)) for rule in table.rules)
        changed = replace(table, inputs=_moved(table.inputs, at, by), rules=rules)
        return form.with_table(numbers[0], changed), f"d{numbers[0]}-i{at + by}-label"

    return move


def _output_add(form: Typed, table: Table, numbers: list[int], data: "QueryDict") -> tuple[Typed, str]:
    number, name = numbers[0], data.get(f"d{numbers[0]}-new-output", "").strip()[:120]
    if not name or len(table.outputs) >= MOST_COLUMNS:
        return form, f"d{number}-new-output"
    known = ANSWER_COLUMNS.get(name)
    column = Output("" if name == OWN else name, type=known[2] if known else "")
    rules = tuple(replace(rule, outputs=(*rule.outputs, "null")) for rule in table.rules)
    at = len(table.outputs)
    box = f"d{number}-o{at}-name" if name == OWN else f"d{number}-r0-o{at}"
    return form.with_table(number, replace(table, outputs=(*table.outputs, column), rules=rules)), box


def _output_remove(form: Typed, table: Table, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    if len(numbers) < 2 or numbers[1] >= len(table.outputs):
        return form, ""
    at = numbers[1]
    rules = tuple(replace(rule, outputs=_without(rule.outputs, at)) for rule in table.rules)
    changed = replace(table, outputs=_without(table.outputs, at), rules=rules)
    return form.with_table(numbers[0], changed), f"d{numbers[0]}-new-output"


def _output_move(by: int) -> "Callable[[Typed, Table, list[int], QueryDict], tuple[Typed, str]]":
    def move(form: Typed, table: Table, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
        if len(numbers) < 2 or not 0 <= numbers[1] + by < len(table.outputs):
            return form, ""
        at = numbers[1]
        rules = tuple(replace(rule, outputs=_moved(rule.outputs, at, by)) for rule in table.rules)
        changed = replace(table, outputs=_moved(table.outputs, at, by), rules=rules)
        return form.with_table(numbers[0], changed), f"d{numbers[0]}-o{at + by}-label"

    return move


# Tables, words, test cases

_NEW_TABLES = {
    "decision": ("Answer", (("answer", "string"), ("approver", "string"), ("words", "string")), HitPolicy.UNIQUE),
    "remedies": ("Remedies", (("remedy", "string"), ("most", "number")), HitPolicy.COLLECT),
    "follow_ups": ("Follow-ups", (("what", "string"), ("days", "number"), ("test", "string")), HitPolicy.COLLECT),
    "": ("Step", (("value", "string"),), HitPolicy.UNIQUE),
}


def _table_add(form: Typed, _numbers: list[int], data: "QueryDict") -> tuple[Typed, str]:
    role = data.get("new-table", "")
    decisions = form.document.graph.decisions
    if role not in _NEW_TABLES or len(decisions) >= MOST_TABLES:
        return form, ""
    stem, columns, policy = _NEW_TABLES[role]
    taken = {one.name for one in decisions} | {one.name for one in form.document.graph.inputs}
    name = next(one for one in (stem, *(f"{stem} {at}" for at in range(2, 99))) if one not in taken)
    table = Table(name, (), tuple(Output(key, type=kind) for key, kind in columns), (), policy)
    table = replace(table, rules=(_empty_row(table),))
    added = form.with_decisions((*decisions, Decision(name, table)), (*form.windows, Window()))
    document = added.document
    if role == "decision" and not document.decision:
        document = replace(document, decision=name)
    elif role == "remedies":
        document = replace(document, remedies=name)
    elif role == "follow_ups":
        document = replace(document, follow_ups=name)
    return replace(added, document=document), f"d{len(decisions)}-name"


def _table_remove(form: Typed, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    if not numbers or numbers[0] >= len(form.windows):
        return form, ""
    at, document = numbers[0], form.document
    name = document.graph.decisions[at].name
    named = replace(
        document,
        decision="" if document.decision == name else document.decision,
        remedies="" if document.remedies == name else document.remedies,
        follow_ups="" if document.follow_ups == name else document.follow_ups,
    )
    kept = replace(form, document=named)
    return kept.with_decisions(_without(document.graph.decisions, at), _without(form.windows, at)), "new-table"


def _with(form: Typed, document: Document, box: str) -> tuple[Typed, str]:
    return replace(form, document=document), box


def _words_add(form: Typed, _numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    words = form.document.words
    if len(words) >= MOST_WORDS:
        return form, ""
    key = next(name for at in range(len(words) + 1, 999) if (name := f"words {at}") not in words)
    return _with(form, replace(form.document, words={**words, key: Words()}), f"w{len(words)}-key")


def _words_remove(form: Typed, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    keys = list(form.document.words)
    if not numbers or numbers[0] >= len(keys):
        return form, ""
    kept = {key: text for at, (key, text) in enumerate(form.document.words.items()) if at != numbers[0]}
    return _with(form, replace(form.document, words=kept), "words-add")


def _case_add(form: Typed, _numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    cases = form.document.cases
    if len(cases) >= MOST_CASES:
        return form, ""
    return _with(form, replace(form.document, cases=(*cases, Case(""))), f"c{len(cases)}-name")


def _case_remove(form: Typed, numbers: list[int], _data: "QueryDict") -> tuple[Typed, str]:
    if not numbers or numbers[0] >= len(form.document.cases):
        return form, ""
    return _with(form, replace(form.document, cases=_without(form.document.cases, numbers[0])), "case-add")


def _map(form: Typed, _numbers: list[int], data: "QueryDict") -> tuple[Typed, str]:
    """Ask for facts instead of what a file called otherwise."""
    document = form.document
    for old, new in zip(data.getlist("unknown")[:500], data.getlist("means")[:500], strict=False):
        if find_fact(new) is not None and any(one.name == old for one in document.graph.inputs):
            document = renamed(document, old, new)
    return _with(form, wired(document), "")


_OF_DOCUMENT = {
    "table-add": _table_add,
    "table-remove": _table_remove,
    "words-add": _words_add,
    "words-remove": _words_remove,
    "case-add": _case_add,
    "case-remove": _case_remove,
    "map": _map,
}
_OF_TABLE = {
    "row-add": _row_add,
    "row-copy": _row_copy,
    "row-remove": _row_remove,
    "row-up": _row_move(-1),
    "row-down": _row_move(1),
    "paste": _paste,
    "column-add": _column_add,
    "column-remove": _column_remove,
    "column-left": _column_move(-1),
    "column-right": _column_move(1),
    "output-add": _output_add,
    "output-remove": _output_remove,
    "output-left": _output_move(-1),
    "output-right": _output_move(1),
}
