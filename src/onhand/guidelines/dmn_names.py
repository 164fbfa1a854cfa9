"""
Names in files of modellers that draw less, or call things otherwise, than the standard asks.

Some let cells name what no line leads to; some let a decision be named by its id or by what it puts out. Such cells are written anew
with the name of the thing, and the lines are added. What an input asks for that is nowhere becomes an input of the graph.
"""

from collections.abc import Sequence
from dataclasses import replace

from onhand.guidelines.feel.errors import CellError, UnknownName
from onhand.guidelines.feel.evaluating import nodes_of_names
from onhand.guidelines.feel.reading import Name, Reader, end_of_name
from onhand.guidelines.graphs import MOST_INPUTS, Decision, Graph, InputData


def with_names_as_drawn(graph: Graph, others: Sequence[tuple[str, str, str]]) -> Graph:
    """
    The graph with every name a name of its own. `others`: (a further name, the decision or input it is of, how cells are to say it); those
    of decisions hold where a line leads to the decision, as else the same word may mean a fact from outside.
    """
    drawn = _Drawing(graph, others)
    decisions = [drawn.decision(one) for one in graph.decisions]
    return replace(graph, inputs=tuple(drawn.inputs.values()), decisions=tuple(decisions))


class _Drawing:
    def __init__(self, graph: Graph, others: Sequence[tuple[str, str, str]]) -> None:
        self.inputs = {one.name: one for one in graph.inputs}
        self.decided = {one.name for one in graph.decisions}
        self.made: set[str] = set()  # the inputs that were drawn nowhere
        self.others = [one for one in others if one[0] not in self.inputs and one[0] not in self.decided]

    def decision(self, decision: Decision) -> Decision:
        cells = _Cells(self, decision.requires)
        logic = decision.logic
        if isinstance(logic, str):
            return replace(decision, logic=cells.own(logic, makes=""), requires=tuple(cells.requires))
        inputs = [replace(one, expression=cells.own(one.expression, makes=one.type)) for one in logic.inputs]
        rules = [
            replace(
                rule,
                tests=tuple([cells.own(cell, are_tests=True) for cell in rule.tests]),
                outputs=tuple([cells.own(cell) for cell in rule.outputs]),
            )
            for rule in logic.rules
        ]
        table = replace(logic, inputs=tuple(inputs), rules=tuple(rules))
        return replace(decision, logic=table, requires=tuple(cells.requires))


class _Cells(Reader):
    """The texts of one decision; `requires` grows by what they name."""

    def __init__(self, drawing: _Drawing, requires: Sequence[str]) -> None:
        self.drawing = drawing
        self.requires = dict.fromkeys(requires)
        self.others: dict[str, str] = {}
        for other, name, said in drawing.others:
            if name in self.requires or name in drawing.inputs:
                self.others.setdefault(other, said)
        self.makes: str | None = None
        super().__init__((*self.requires, *self.others))

    def own(self, text: str, *, makes: str | None = None, are_tests: bool = False) -> str:
        """The text with each name its own; with `makes` what is nowhere becomes an input, of that type if it is all of the text."""
        self.makes = makes
        try:
            tree = self.tests(text) if are_tests else self.expression(text)
        except CellError:
            return text  # whoever reads the graph says what is wrong
        if makes and isinstance(tree, Name) and len(tree.path) == 1 and tree.path[0] in self.drawing.made:
            self.drawing.inputs[tree.path[0]] = InputData(tree.path[0], makes)
        for node in sorted(nodes_of_names(tree), key=lambda one: -one.place):
            said = self.others.get(node.path[0])
            if said is not None:
                text = text[: node.place] + said + text[end_of_name(text, node) :]
                self.requires.setdefault(said.partition(".")[0])
        return text

    def guess(self, error: UnknownName) -> str:
        """The longest name of an input with which the words begin, or a new input."""
        names = [" ".join(error.words[:many]) for many in range(len(error.words), 0, -1)]
        name = next((one for one in names if one in self.drawing.inputs), None)
        if name is None:
            if self.makes is None or names[0] in self.drawing.decided or len(self.drawing.inputs) >= MOST_INPUTS:
                raise error
            name = names[0]
            self.drawing.inputs[name] = InputData(name)
            self.drawing.made.add(name)
        self.requires.setdefault(name)
        self.learn(name)
        return name
