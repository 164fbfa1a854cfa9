"""The engines that `decisions` compares: ours, `zen-engine`, and the DMN engine of SpiffWorkflow, each asked in its own words.

Each function makes an `Ask` for tables in order, the last of which answers. The peers come with the packages for development; where one
is not installed its function raises ImportError.
"""

import json
from collections.abc import Callable, Sequence
from html import escape
from types import SimpleNamespace
from typing import Any

from onhand_bench.decisions_tables import Facts, Grid, Test

Ask = Callable[[Facts], dict[str, Any]]
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def onhand(grids: Sequence[Grid]) -> Ask:
    """This product's, from plain values as an app has them: making decimals of them is part of it."""
    from onhand.guidelines.feel.values import as_value
    from onhand.guidelines.graphs import Decision, Graph, InputData, read_graph
    from onhand.guidelines.tables import read_table

    if len(grids) == 1:
        table = read_table(_as_table(grids[0]), grids[0].asks)
        return lambda facts: dict(table.decide(as_value(facts)).value)
    made = {grid.name for grid in grids}
    outside = dict.fromkeys(name for grid in grids for name in grid.asks if name not in made)
    decisions = tuple(Decision(grid.name, _as_table(grid), grid.asks) for grid in grids)
    graph = read_graph(Graph("Graph", tuple(InputData(name) for name in outside), decisions))
    last = grids[-1].name
    return lambda facts: {last: graph.decide(last, as_value(facts))[last].value}


def _as_table(grid: Grid) -> Any:
    from onhand.guidelines.tables import Input, Output, Rule, Table

    rules = tuple(Rule(tuple(map(_feel, tests)), tuple(map(json.dumps, said))) for tests, said in grid.rows)
    return Table(grid.name, tuple(Input(name, name) for name in grid.asks), tuple(map(Output, grid.answers)), rules)


def _feel(test: Test) -> str:
    if test.texts:
        return ", ".join(json.dumps(text) for text in test.texts)
    if test.truth is not None:
        return json.dumps(test.truth)
    if test.low is not None and test.high is not None:
        return f"[{test.low}..{test.high}]"
    return f">= {test.low}" if test.low is not None else f"<= {test.high}" if test.high is not None else "-"


def zen(grids: Sequence[Grid]) -> Ask:
    """`zen-engine`: one graph of decision tables, each of which takes its first row that matches."""
    import zen

    nodes: list[dict[str, Any]] = [{"id": "facts", "name": "facts", "type": "inputNode"}]
    edges = []
    for grid in grids:
        nodes.append({"id": grid.name, "name": grid.name, "type": "decisionTableNode", "content": _zen_table(grid)})
        sources = ["facts", *(other.name for other in grids if other.name in grid.asks)]
        edges += [{"id": f"{one}-{grid.name}", "sourceId": one, "targetId": grid.name} for one in sources]
    nodes.append({"id": "answer-out", "name": "answer-out", "type": "outputNode"})
    edges.append({"id": "last", "sourceId": grids[-1].name, "targetId": "answer-out"})
    # Given to the loader a graph is read once; as a decision of its own it would be read anew for each answer.
    loader = {"type": "static", "content": {"graph": {"nodes": nodes, "edges": edges}}}
    options: Any = {"loader": loader}
    engine = zen.ZenEngine(options)
    return lambda facts: dict(engine.evaluate("graph", facts)["result"])


def _zen_table(grid: Grid) -> dict[str, Any]:
    inputs = [{"id": f"in-{name}", "name": name, "field": name} for name in grid.asks]
    outputs = [{"id": f"out-{name}", "name": name, "field": name} for name in grid.answers]
    rules = [
        {
            "_id": str(row),
            **{
                f"in-{name}": "" if (cell := _feel(test)) == "-" else cell
                for name, test in zip(grid.asks, tests, strict=True)
            },
            **{f"out-{name}": json.dumps(value) for name, value in zip(grid.answers, said, strict=True)},
        }
        for row, (tests, said) in enumerate(grid.rows)
    ]
    return {"hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rules}


def spiff(grids: Sequence[Grid]) -> Ask:
    """SpiffWorkflow's: cells are Python. It knows no graphs, so the tables are asked one after the other."""
    from lxml import etree
    from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
    from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
    from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

    engines = []
    for grid in grids:
        parser = DMNParser(None, etree.fromstring(_spiff_table(grid)), {"dmn": DMN})
        parser.parse()
        engines.append(DMNEngine(parser.decision.decisionTables[0]))
    workflow = SimpleNamespace(script_engine=PythonScriptEngine())

    def ask(facts: Facts) -> dict[str, Any]:
        known, said = dict(facts), {}
        for engine in engines:
            said = engine.result(SimpleNamespace(data=known, workflow=workflow))
            known |= said
        return dict(said)

    return ask


def _spiff_table(grid: Grid) -> str:
    inputs = [
        f'<input id="i{at}"><inputExpression id="e{at}"><text>{name}</text></inputExpression></input>'
        for at, name in enumerate(grid.asks)
    ]
    outputs = [f'<output id="o{at}" name="{name}"/>' for at, name in enumerate(grid.answers)]
    rules = []
    for row, (tests, said) in enumerate(grid.rows):
        cells = [f'<inputEntry id="c"><text>{escape(_python(test))}</text></inputEntry>' for test in tests]
        cells += [f'<outputEntry id="v"><text>{escape(repr(value))}</text></outputEntry>' for value in said]
        rules.append(f'<rule id="r{row}">{"".join(cells)}</rule>')
    table = f'<decisionTable id="t" hitPolicy="UNIQUE">{"".join([*inputs, *outputs, *rules])}</decisionTable>'
    return f'<definitions xmlns="{DMN}"><decision id="d" name="{grid.name}">{table}</decision></definitions>'


def _python(test: Test) -> str:
    if test.texts:
        return repr(test.texts[0]) if len(test.texts) == 1 else f"? in {test.texts!r}"
    if test.truth is not None:
        return repr(test.truth)
    if test.low is not None and test.high is not None:
        return f"{test.low} <= ? <= {test.high}"
    return f">= {test.low}" if test.low is not None else f"<= {test.high}" if test.high is not None else "-"
