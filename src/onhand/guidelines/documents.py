"""
A guideline as people write it: the acts it is for, a graph of decisions, the words for its answers, its test cases.

One decision of the graph answers; its outputs are known by name:

| output | type | says |
|---|---|---|
| `answer` | string | "allow", "ask" or "refuse" |
| `approver` | string | who may approve, keys of roles with commas between |
| `most` | number | how much may be given without asking (or at all, where nobody is named to ask) |
| `words` | string | the key of the words for it |
| `clause` | string | the clause of the company's terms |
| `identification` | number | how well the customer must be identified |
| `second person` | boolean | whether somebody else must approve, whatever role one has |

Two more decisions may give lists: `remedies` what can be offered, `follow_ups` what is promised with it: `what`, within how many `days`,
and the `test` that says it was kept, where the books can.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from pydantic import TypeAdapter, ValidationError

from onhand.guidelines.facts import find_fact
from onhand.guidelines.follow_ups import wrong_tests
from onhand.guidelines.graphs import Decision, DecisionFault, Graph, GraphError, InputData, ReadGraph, read_graph
from onhand.guidelines.tables import Fault, HitPolicy, Table
from onhand.kernel.acts import find_act
from onhand.kernel.errors import NotPossible
from onhand.staff.models import Role

ANSWERS = ("refuse", "ask", "allow")  # the strictest first
OUTPUTS = ("answer", "approver", "most", "words", "clause", "identification", "second person")
MOST_ACTS, MOST_WORDS, MOST_CASES, LONGEST_WORDS = 200, 500, 1_000, 2_000


@dataclass(frozen=True, slots=True)
class Words:
    """What an answer is put in: for the representative, and to be said to the customer; by language."""

    representative: dict[str, str] = field(default_factory=dict)
    customer: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A test case: facts as a cell would say them, and what the outputs must be."""

    name: str
    facts: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A guideline. `decision` names the decision that answers, `remedies` and `follow_ups` those that give lists; each may be missing."""

    acts: tuple[str, ...]
    graph: Graph
    decision: str
    remedies: str = ""
    follow_ups: str = ""
    words: dict[str, Words] = field(default_factory=dict)
    clause: str = ""
    purpose: str = ""
    cases: tuple[Case, ...] = ()


@cache
def _adapter() -> TypeAdapter[Document]:
    return TypeAdapter(Document)


def as_json(document: Document) -> dict[str, Any]:
    """A document as it is stored."""
    stored: dict[str, Any] = _adapter().dump_python(document, mode="json")
    return stored


def from_json(stored: Mapping[str, Any]) -> Document:
    """A document as it was stored. Raises NotPossible where it is none."""
    try:
        return _adapter().validate_python(dict(stored))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:200]
        raise NotPossible(
            _("This is no guideline: %(place)s: %(what)s") % {"place": place, "what": first["msg"]}
        ) from None


def read(document: Document) -> ReadGraph:
    """The graph of a document, ready to decide. Raises GraphError with everything that is wrong with the document."""
    faults = list(_faults(document))
    try:
        graph = read_graph(document.graph)
    except GraphError as error:
        raise GraphError([*faults, *error.faults]) from None
    if faults:
        raise GraphError(faults)
    return graph


def _faults(document: Document) -> Iterator[DecisionFault]:
    if not document.acts:
        yield _fault("", _("Say for which acts it is."))
    sizes = ((document.acts, MOST_ACTS), (document.words, MOST_WORDS), (document.cases, MOST_CASES))
    if any(len(some) > most for some, most in sizes):
        yield _fault("", _("This guideline is too large; split it."))
    for name in document.acts[:MOST_ACTS]:
        if find_act(name) is None:
            yield _fault("", _("There is no act “%(name)s”.") % {"name": name[:60]})
    for one in document.graph.inputs:
        fact = find_fact(one.name)
        if fact is None:
            yield _fault("", _("There is no fact “%(name)s”.") % {"name": one.name[:60]})
        elif one.type and one.type != fact.type:
            said = {"name": one.name[:60], "type": fact.type}
            yield _fault("", _("The fact “%(name)s” is a %(type)s.") % said)
    by_name = {one.name: one for one in document.graph.decisions}
    for name in (document.decision, document.remedies, document.follow_ups):
        if name and name not in by_name:
            yield _fault("", _("There is no decision “%(name)s”.") % {"name": name[:60]})
    if document.follow_ups in by_name:
        for fault in wrong_tests(by_name[document.follow_ups].logic):
            yield DecisionFault(document.follow_ups, fault)
    if document.decision in by_name:
        yield from _faults_of_answer(by_name[document.decision], document)
    for key, words in document.words.items():
        for text in (*words.representative.values(), *words.customer.values()):
            if len(text) > LONGEST_WORDS:
                yield _fault("", _("The words “%(key)s” are too long.") % {"key": key[:60]})


def _faults_of_answer(decision: Decision, document: Document) -> Iterator[DecisionFault]:
    table = decision.logic
    if not isinstance(table, Table):
        yield _fault(decision.name, _("What answers must be a table."))
        return
    names = [one.name for one in table.outputs]
    if "answer" not in names:
        yield _fault(decision.name, _("A table that answers needs an output “answer”."))
    for name in names:
        if name not in OUTPUTS:
            said = {"name": name[:60], "known": ", ".join(OUTPUTS)}
            yield _fault(decision.name, _("“%(name)s” is no output of an answer. There are: %(known)s.") % said)
    if table.hit_policy not in (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST):
        yield _fault(decision.name, _("A table that answers gives one answer: its hit policy is U, A, P or F."))
    yield from _faults_of_cells(decision.name, table, names, document)


def _faults_of_cells(where: str, table: Table, names: list[str], document: Document) -> Iterator[DecisionFault]:
    roles = set(Role.objects.values_list("key", flat=True))
    for row, rule in enumerate(table.rules):
        for column, (name, cell) in enumerate(zip(names, rule.outputs, strict=False)):
            for text in _texts(cell):
                problem = ""
                if name == "answer" and text not in ANSWERS:
                    problem = _("The answer is “allow”, “ask” or “refuse”.")
                elif name == "approver" and text not in roles:
                    problem = _("There is no role “%(role)s”.") % {"role": text[:60]}
                elif name == "words" and text not in document.words:
                    problem = _("No words are written for “%(key)s”.") % {"key": text[:60]}
                if problem:
                    yield DecisionFault(where, Fault(problem, "value", row, column))


def _fault(where: str, message: str) -> DecisionFault:
    return DecisionFault(where, Fault(message))


def _texts(cell: str) -> list[str]:
    """The texts a cell names, where it is one text with commas between."""
    cell = cell.strip()
    if not (len(cell) > 1 and cell.startswith('"') and cell.endswith('"')):
        return []
    return [part.strip() for part in cell[1:-1].split(",") if part.strip()]


def inputs_of(names: Iterable[str]) -> tuple[InputData, ...]:
    """The inputs of a graph for these facts, with their types."""
    return tuple(InputData(name, fact.type if (fact := find_fact(name)) else "") for name in sorted(names))
