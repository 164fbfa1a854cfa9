"""
What a graph requires, found from what its cells say: people write tables, nobody draws the lines between them. And another name for
what tables ask about, where a file of another modeller calls it otherwise.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from onhand.guidelines.documents import Document
from onhand.guidelines.facts import all_sources, find_fact
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.evaluating import names_in
from onhand.guidelines.feel.reading import Reader
from onhand.guidelines.graphs import Decision, Graph, InputData
from onhand.guidelines.tables import Table

_TEXT = re.compile(r'("(?:[^"\\\n]|\\.)*")')
_SIGNS = re.compile(r"[\s_\-]+|(?<=[a-z])(?=[A-Z])")


def known_names(document: Document) -> list[str]:
    """Every name a cell of this document can hold: facts, inputs that came with a file, and its own decisions."""
    facts = [fact.name for source in all_sources() for fact in source.facts]
    graph = document.graph
    return list(dict.fromkeys([*facts, *(one.name for one in graph.inputs), *(one.name for one in graph.decisions)]))


def wired(document: Document) -> Document:
    """The document with what each decision requires, and the inputs of its graph, as its cells name them."""
    names = [name for name in known_names(document) if name.strip()]
    reader = Reader(names)
    decisions = tuple(_wired(one, reader) for one in document.graph.decisions)
    own = {one.name for one in decisions}
    asked = sorted({name for one in decisions for name in one.requires} - own)
    types = {one.name: one.type for one in document.graph.inputs}
    inputs = []
    for name in asked:
        fact = find_fact(name)
        inputs.append(InputData(name, fact.type if fact else types.get(name, "")))
    return replace(document, graph=replace(document.graph, inputs=tuple(inputs), decisions=decisions))


def _wired(decision: Decision, reader: Reader) -> Decision:
    found: dict[str, None] = {}
    for text, is_test in _cells(decision.logic):
        try:
            tree = reader.tests(text) if is_test else reader.expression(text)
        except CellError:
            continue  # said at its cell when the table is read
        for path in names_in(tree):
            name = next((name for name in (".".join(path), path[0]) if name in reader.names), None)
            if name is not None and name != decision.name:
                found[name] = None
    return replace(decision, requires=tuple(found))


def _cells(logic: Table | str) -> Iterator[tuple[str, bool]]:
    if isinstance(logic, str):
        yield logic, False
        return
    seen: set[tuple[str, bool]] = set()
    for cell in _all_cells(logic):
        if cell not in seen and cell[0] not in ("", "-", "null"):
            seen.add(cell)
            yield cell


def _all_cells(table: Table) -> Iterator[tuple[str, bool]]:
    for one in table.inputs:
        yield one.expression, False
    for rule in table.rules:
        for cell in rule.tests:
            yield cell, True
        for cell in rule.outputs:
            yield cell, False


def unknown_inputs(document: Document) -> list[InputData]:
    """The inputs that are no fact of this product, in order of name."""
    return [one for one in document.graph.inputs if find_fact(one.name) is None]


def with_own_names(document: Document) -> Document:
    """The document with inputs called as the facts are, where only blanks, signs or capitals differ."""
    facts = {_plain(fact.name): fact.name for source in all_sources() for fact in source.facts}
    for one in unknown_inputs(document):
        fact = facts.get(_plain(one.name))
        if fact is not None:
            document = renamed(document, one.name, fact)
    return document


def _plain(name: str) -> str:
    return _SIGNS.sub("", name).casefold()


def renamed(document: Document, old: str, new: str) -> Document:
    """The document asking for `new` wherever it asked for `old`, in every cell and test case."""
    fact = find_fact(new)
    inputs = {
        (new if one.name == old else one.name): InputData(new, fact.type if fact else one.type)
        if one.name == old
        else one
        for one in document.graph.inputs
    }
    decisions = tuple(_renamed_in(one, old, new) for one in document.graph.decisions)
    cases = tuple(
        replace(case, facts={(new if name == old else name): text for name, text in case.facts.items()})
        for case in document.cases
    )
    drawing = document.graph.drawing.renamed({old: new})
    graph = Graph(document.graph.name, tuple(inputs.values()), decisions, drawing)
    return replace(document, graph=graph, cases=cases)


def _renamed_in(decision: Decision, old: str, new: str) -> Decision:
    words = r"\s+".join(map(re.escape, old.split()))
    word = re.compile(rf"(?<![\w.]){words}(?!\w)")

    def text(cell: str) -> str:
        parts = _TEXT.split(cell)
        return "".join(part if part.startswith('"') else word.sub(lambda _found: new, part) for part in parts)

    def texts(cells: Iterable[str]) -> tuple[str, ...]:
        return tuple(text(cell) for cell in cells)

    requires = tuple(dict.fromkeys(new if name == old else name for name in decision.requires))
    if isinstance(decision.logic, str):
        return replace(decision, logic=text(decision.logic), requires=requires)
    inputs = tuple(replace(one, expression=text(one.expression)) for one in decision.logic.inputs)
    rules = tuple(replace(rule, tests=texts(rule.tests), outputs=texts(rule.outputs)) for rule in decision.logic.rules)
    return replace(decision, logic=replace(decision.logic, inputs=inputs, rules=rules), requires=requires)
