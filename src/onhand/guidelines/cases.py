"""Test cases of a guideline: facts as cells say them, and what must come out."""

from collections.abc import Mapping
from dataclasses import dataclass

from onhand.guidelines.documents import Case, Document
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.evaluating import evaluation
from onhand.guidelines.feel.reading import Reader
from onhand.guidelines.feel.values import Value, equal, written
from onhand.guidelines.graphs import ReadGraph


@dataclass(frozen=True, slots=True)
class Tried:
    """A test case tried. `wrong` says of each output that is not as expected what came out instead; `problem` why it could not be tried."""

    case: Case
    wrong: Mapping[str, str]
    rows: tuple[int, ...] = ()
    problem: str = ""

    @property
    def is_right(self) -> bool:
        """Whether everything came out as expected."""
        return not self.wrong and not self.problem


def read_value(text: str) -> Value:
    """The value a cell of constants says. Raises CellError."""
    return evaluation(Reader(()).expression(text))({})


def read_facts(texts: Mapping[str, str]) -> dict[str, Value]:
    """Facts as cells say them, as values. Raises CellError."""
    return {name: read_value(text) for name, text in texts.items()}


def try_case(document: Document, graph: ReadGraph, case: Case) -> Tried:
    """Decide one case and compare."""
    try:
        facts = read_facts(case.facts)
        expected = read_facts(case.expected)
    except CellError as error:
        return Tried(case, {}, problem=error.message)
    outcome = graph.decide(document.decision, facts)[document.decision]
    came = outcome.value if isinstance(outcome.value, dict) else {"answer": outcome.value}
    wrong = {
        name: written(came.get(name)) for name, value in expected.items() if equal(came.get(name), value) is not True
    }
    return Tried(case, wrong, outcome.rows, outcome.problem)


def try_cases(document: Document, graph: ReadGraph) -> list[Tried]:
    """Decide all of them, in order."""
    return [try_case(document, graph, case) for case in document.cases] if document.decision else []
