"""
Decision requirement graphs (DMN 1.5, chapter 6): decisions that build on one another, each a table or an expression.

A decision sees what it requires and nothing else, under the names of what is required. Reading a graph puts the decisions in order; a
decision is then made once, however many build on it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.evaluating import Evaluation, Facts, evaluation
from onhand.guidelines.feel.reading import Reader
from onhand.guidelines.feel.values import Value
from onhand.guidelines.tables import TYPES, Fault, Outcome, ReadTable, Table, TableError, read_table

MOST_DECISIONS = 500
MOST_INPUTS = 1_000
LONGEST_NAME = 200
DEEPEST_PARTS = 20
MOST_PARTS = 100_000  # of a list, counted with the lists in it: lists of lists of lists grow without end


@dataclass(frozen=True, slots=True)
class InputData:
    """A fact from outside, by name; `type` as in `tables.TYPES`, empty for what is not said."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: its logic (a table, or the text of an expression), and the names of the inputs and decisions it requires."""

    name: str
    logic: Table | str
    requires: tuple[str, ...] = ()
    type: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """How a line is drawn from what is required to what requires it, by their names: through these points."""

    required: str
    by: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """
    What a file of another modeller said beside what is decided, by names of inputs and decisions: `shapes` (left, top, width, height),
    `lines`, and `extensions`, the elements it wrote for itself (under no name: those of the file).
    """

    shapes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    extensions: dict[str, str] = field(default_factory=dict)

    def renamed(self, names: Mapping[str, str]) -> "Drawing":
        """The same under other names, where a thing was given one."""
        return Drawing(
            {names.get(name, name): at for name, at in self.shapes.items()},
            tuple(
                Line(names.get(one.required, one.required), names.get(one.by, one.by), one.points) for one in self.lines
            ),
            {names.get(name, name) if name else name: text for name, text in self.extensions.items()},
        )


@dataclass(frozen=True, slots=True)
class Graph:
    """Inputs, and decisions over them. `drawing` decides nothing and makes no difference."""

    name: str
    inputs: tuple[InputData, ...]
    decisions: tuple[Decision, ...]
    drawing: Drawing = field(default_factory=Drawing, compare=False)


@dataclass(frozen=True, slots=True)
class DecisionFault:
    """What is wrong with a decision of a graph; `decision` is empty for the graph itself."""

    decision: str
    fault: Fault


class GraphError(ValueError):
    """A graph that cannot be used; `faults` are all that were found."""

    def __init__(self, faults: Sequence[DecisionFault]) -> None:
        super().__init__("; ".join(f"{one.decision}: {one.fault.message}".removeprefix(": ") for one in faults))
        self.faults = tuple(faults)


@dataclass(slots=True)
class ReadGraph:
    """A graph ready to decide. `order`: every decision after those it requires."""

    graph: Graph
    order: tuple[str, ...]
    tables: dict[str, ReadTable] = field(default_factory=dict)
    expressions: dict[str, Evaluation] = field(default_factory=dict)
    _requires: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _way_to: dict[str, tuple[tuple[str, Callable[[Facts], Outcome]], ...]] = field(default_factory=dict)

    def decide(self, decision: str, facts: Facts) -> dict[str, Outcome]:
        """The outcome of a decision and of each it builds on, by name. Raises KeyError where there is none of that name."""
        way = self._way_to.get(decision) or self._find_way(decision)
        # What a decision may not see it cannot name: its cells were read with the names of what it requires.
        known: dict[str, Value] = dict(facts)
        found: dict[str, Outcome] = {}
        for name, decide in way:
            outcome = decide(known)
            if isinstance(outcome.value, list | dict) and not _is_small(outcome.value):
                outcome = outcome._replace(value=None, problem=_("This answer is too large."))
            found[name] = outcome
            known[name] = outcome.value
        return found

    def _find_way(self, decision: str) -> tuple[tuple[str, Callable[[Facts], Outcome]], ...]:
        needed, open_names = set(), [decision]
        if decision not in self._requires:
            raise KeyError(decision)
        while open_names:
            name = open_names.pop()
            if name in self._requires and name not in needed:
                needed.add(name)
                open_names += self._requires[name]
        self._way_to[decision] = tuple((name, self._decider(name)) for name in self.order if name in needed)
        return self._way_to[decision]

    def _decider(self, name: str) -> Callable[[Facts], Outcome]:
        if name in self.tables:
            return self.tables[name].decide
        value = self.expressions[name]
        return lambda facts: Outcome(value(facts), (), ())


def _is_small(value: Value) -> bool:
    """Whether a list has few parts, and parts in it, and is not deep; counting ends where it has too many."""
    waiting, many = [(value, 1)], 0
    while waiting:
        one, depth = waiting.pop()
        inside = list(one.values()) if isinstance(one, dict) else one
        many += 1 + len(inside)
        if many > MOST_PARTS or depth > DEEPEST_PARTS:
            return False
        waiting += [(part, depth + 1) for part in inside if isinstance(part, list | dict)]
    return True


def read_graph(graph: Graph) -> ReadGraph:
    """The graph ready to decide. Raises GraphError with everything that is wrong."""
    faults = [DecisionFault("", Fault(message)) for message in _shape(graph)]
    order, circle = ([], []) if faults else _in_order(graph)
    if circle:
        said = _("These decisions require one another in a circle: %(names)s.") % {"names": " → ".join(circle)}
        faults.append(DecisionFault("", Fault(said)))
    if faults:
        raise GraphError(faults)
    read = ReadGraph(graph, tuple(order), _requires={one.name: one.requires for one in graph.decisions})
    for decision in graph.decisions:
        try:
            _read_logic(decision, read)
        except TableError as error:
            faults += [DecisionFault(decision.name, fault) for fault in error.faults]
        except CellError as error:
            faults.append(DecisionFault(decision.name, Fault(error.message, "value", place=error.place)))
    if faults:
        raise GraphError(faults)
    return read


def _read_logic(decision: Decision, read: ReadGraph) -> None:
    if isinstance(decision.logic, Table):
        read.tables[decision.name] = read_table(decision.logic, decision.requires)
    else:
        read.expressions[decision.name] = evaluation(Reader(decision.requires).expression(decision.logic))


def _shape(graph: Graph) -> list[str]:
    if len(graph.decisions) > MOST_DECISIONS or len(graph.inputs) > MOST_INPUTS:
        said = {"decisions": MOST_DECISIONS, "inputs": MOST_INPUTS}
        return [_("A graph has %(decisions)s decisions and %(inputs)s inputs at most.") % said]
    names = Counter([*(one.name for one in graph.inputs), *(one.name for one in graph.decisions)])
    wrong = [] if graph.decisions else [_("A graph needs at least one decision.")]
    wrong += [_("Two things are called %(name)s.") % {"name": name} for name in sorted(names) if names[name] > 1]
    wrong += [_("Something has no name.")] if any(not name.strip() for name in names) else []
    if any(len(name) > LONGEST_NAME for name in names):
        wrong.append(_("A name has %(most)s characters at most.") % {"most": LONGEST_NAME})
    for decision in graph.decisions:
        for name in decision.requires:
            if name not in names:
                said_of = {"name": decision.name, "what": name[:LONGEST_NAME]}
                wrong.append(_("%(name)s requires %(what)s, which is not there.") % said_of)
    types = {one.type for one in graph.inputs} | {one.type for one in graph.decisions}
    wrong += [_("There is no type “%(type)s”.") % {"type": name[:60]} for name in sorted(types - TYPES.keys())]
    return wrong


def _in_order(graph: Graph) -> tuple[list[str], list[str]]:
    """(the decisions, each after those it requires; a circle of them, if there is one)."""
    decided = {one.name for one in graph.decisions}
    waits = {one.name: decided.intersection(one.requires) for one in graph.decisions}
    order: list[str] = []
    while ready := [name for name, others in waits.items() if not others]:
        order += ready
        waits = {name: others - set(ready) for name, others in waits.items() if name not in ready}
    if not waits:
        return order, []
    circle = [min(waits)]
    while circle[-1] not in circle[:-1]:
        circle.append(min(waits[circle[-1]]))
    return order, circle[circle.index(circle[-1]) :]
