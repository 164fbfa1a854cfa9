"""
Where a guideline and the others in force for the same acts say different things of one case: contradictions of the tables that answer.

Bounded: tables with too many rows together are not laid over one another, all comparisons of a guideline share one number of steps, and
of each pair a few cases are told. That the stricter answer counts is how several guidelines are meant to work together; so what is
found is for people to look at, and stops nobody from publishing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from onhand.guidelines.answers import Applied
from onhand.guidelines.book import current
from onhand.guidelines.contradictions import Contradiction, contradictions
from onhand.guidelines.documents import ANSWERS, Document
from onhand.guidelines.feel.values import written
from onhand.guidelines.graphs import ReadGraph
from onhand.guidelines.tables import Input, ReadTable, Table

MOST_ROWS = 2_000  # of both tables together
MOST_STEPS = 400_000  # for all comparisons of one guideline: two to three seconds
STEPS_OF_A_ROW = 100  # what laying it over another table takes
MOST_OTHERS = 50
ACT = "act"  # the fact that is the name of the act


@dataclass(frozen=True, slots=True)
class Disagreement:
    """
    What one other guideline in force says differently: `acts` both are for, `inputs` the cases are about, `found` the furthest apart
    first. `is_whole`: false where there may be more, or where it was too much to look at.
    """

    other: Applied
    acts: tuple[str, ...]
    inputs: tuple[Input, ...]
    found: tuple[Contradiction, ...]
    is_whole: bool


def disagreements(document: Document, graph: ReadGraph, guideline_id: int | None, at: datetime) -> list[Disagreement]:
    """Where the other guidelines in force at a moment contradict this one, by name; those with nothing to say of it are left out."""
    own = _answering(document, graph)
    if own is None:
        return []
    found, left = [], MOST_STEPS
    for other in _others(document.acts, guideline_id, at):
        theirs = _answering(other.document, other.graph) if other.graph else None
        if theirs is None:
            continue
        acts = tuple(act for act in document.acts if act in other.document.acts)
        one, left = _compared((own, document), (theirs, other), acts, left)
        if one is not None:
            found.append(one)
    return found


def _others(acts: Iterable[str], but: int | None, at: datetime) -> list[Applied]:
    book = current()
    found = {one.guideline_id: one for act in acts for one in book.guidelines(act, at) if one.guideline_id != but}
    return sorted(found.values(), key=lambda one: (one.name, one.guideline_id))[:MOST_OTHERS]


def _answering(document: Document, graph: ReadGraph) -> ReadTable | None:
    table = graph.tables.get(document.decision)
    return table if table and any(one.name == "answer" for one in table.table.outputs) else None


def _compared(
    own: tuple[ReadTable, Document], other: tuple[ReadTable, Applied], acts: Sequence[str], steps: int
) -> tuple[Disagreement | None, int]:
    """What is found, if anything is to be told, and how many steps are left."""
    (mine, document), (theirs, applied) = own, other
    if len(mine.values) + len(theirs.values) > MOST_ROWS or steps <= 0:
        return Disagreement(applied, tuple(acts), (), (), is_whole=False), steps
    one = _of_acts(mine, document, "", acts)
    two = _of_acts(theirs, applied.document, f" ({applied.name})", acts)
    said = contradictions(one, two, "answer", ANSWERS, steps)
    left = steps - said.steps - STEPS_OF_A_ROW * (len(mine.values) + len(theirs.values))
    if said.is_whole and not said.found:
        return None, left
    found = sorted(said.found, key=_apart)
    return Disagreement(applied, tuple(acts), said.inputs, tuple(found), said.is_whole), left


def _apart(one: Contradiction) -> tuple[int, tuple[int, int]]:
    places = [ANSWERS.index(str(said)) for said in one.says]
    return -abs(places[0] - places[1]), one.rows


def _of_acts(read: ReadTable, document: Document, mark: str, acts: Sequence[str]) -> ReadTable:
    """
    The table for some of its acts only. What it asks of its own steps is marked as its own: a step of the same name elsewhere is another.
    """
    steps = {one.name for one in document.graph.decisions}
    known = ", ".join(written(act) for act in acts)

    def column(one: Input) -> Input:
        asked = " ".join(one.expression.split())
        if asked == ACT:
            return replace(one, allowed=known)
        if asked in steps:
            return replace(one, expression=f"{asked} in {mark or 'this one'}", label=f"{one.label or asked}{mark}")
        return one

    inputs = tuple(column(one) for one in read.table.inputs)
    table = Table(
        read.table.name, inputs, read.table.outputs, read.table.rules, read.table.hit_policy, read.table.aggregation
    )
    return replace(read, table=table)
