"""DMN files of other modellers in, ours out and in again."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.guidelines import dmn
from onhand.guidelines.dmn import DmnError, read_dmn, write_dmn
from onhand.guidelines.graphs import Decision, Graph, InputData, read_graph
from onhand.guidelines.tables import Aggregation, HitPolicy, Input, Output, Rule, Table

# As a widespread modeller saves it: nothing drawn but the table, types of its own, cells of several lines.
PLAIN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:modeler="http://modeler.example/schema" id="d" name="Returns"
    namespace="http://shop.example/dmn" modeler:executionPlatform="Some">
  <decision id="returns" name="Returns" modeler:historyTimeToLive="180">
    <decisionTable id="t" hitPolicy="FIRST">
      <input id="i1" label="Days since delivery"><inputExpression id="e1" typeRef="integer"><text>days</text></inputExpression></input>
      <input id="i2" label="Tier"><inputExpression id="e2" typeRef="string"><text>tier</text></inputExpression>
        <inputValues id="v"><text>"new","regular"</text></inputValues></input>
      <output id="o1" label="Answer" name="answer" typeRef="string"/>
      <output id="o2" name="most" typeRef="double"/>
      <rule id="r1"><description>The law</description><inputEntry id="c1"><text>&lt;= 14</text></inputEntry>
        <inputEntry id="c2"><text></text></inputEntry><outputEntry id="c3"><text>"allow"</text></outputEntry>
        <outputEntry id="c4"><text>1000</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="c5"><text>[15..30]</text></inputEntry><inputEntry id="c6"><text>"regular"</text></inputEntry>
        <outputEntry id="c7"><text>"ask"</text></outputEntry><outputEntry id="c8"><text>250.50</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""
# As the standard's own examples are made: everything drawn, types defined, another version.
DRAWN = """<dmn:definitions xmlns:dmn="http://www.omg.org/spec/DMN/20180521/MODEL/" xmlns:feel="http://www.omg.org/spec/DMN/20180521/FEEL/"
    name="Discount" namespace="http://x.example" expressionLanguage="http://www.omg.org/spec/DMN/20180521/FEEL/">
  <dmn:itemDefinition name="tTier"><dmn:typeRef>string</dmn:typeRef><dmn:allowedValues><dmn:text>"gold", "plain"</dmn:text>
    </dmn:allowedValues></dmn:itemDefinition>
  <dmn:inputData id="_1" name="Customer Tier"><dmn:variable name="Customer Tier" typeRef="tTier"/></dmn:inputData>
  <dmn:inputData id="_2" name="Price"><dmn:variable name="Price" typeRef="number"/></dmn:inputData>
  <dmn:decision id="_3" name="Discount Share"><dmn:question>How much less?</dmn:question>
    <dmn:variable name="Discount Share" typeRef="number"/>
    <dmn:informationRequirement><dmn:requiredInput href="#_1"/></dmn:informationRequirement>
    <dmn:decisionTable hitPolicy="PRIORITY">
      <dmn:input><dmn:inputExpression typeRef="tTier"><dmn:text>Customer Tier</dmn:text></dmn:inputExpression></dmn:input>
      <dmn:output><dmn:outputValues><dmn:text>0.5, 0.1</dmn:text></dmn:outputValues>
        <dmn:defaultOutputEntry><dmn:text>0</dmn:text></dmn:defaultOutputEntry></dmn:output>
      <dmn:rule><dmn:inputEntry><dmn:text>-</dmn:text></dmn:inputEntry><dmn:outputEntry><dmn:text>0.1</dmn:text></dmn:outputEntry></dmn:rule>
      <dmn:rule><dmn:inputEntry><dmn:text>"gold"</dmn:text></dmn:inputEntry><dmn:outputEntry><dmn:text>0.5</dmn:text></dmn:outputEntry></dmn:rule>
    </dmn:decisionTable></dmn:decision>
  <dmn:decision id="_4" name="Final Price"><dmn:variable name="Final Price" typeRef="number"/>
    <dmn:informationRequirement><dmn:requiredInput href="#_2"/></dmn:informationRequirement>
    <dmn:informationRequirement><dmn:requiredDecision href="#_3"/></dmn:informationRequirement>
    <dmn:literalExpression><dmn:text>Price * (1 - Discount Share)</dmn:text></dmn:literalExpression></dmn:decision>
</dmn:definitions>"""


def test_a_file_with_nothing_but_a_table_comes_in() -> None:
    read = read_graph(read_dmn(PLAIN.encode()))
    assert {one.name: one.type for one in read.graph.inputs} == {"days": "number", "tier": "string"}
    for days, tier, value in (
        (14, "new", ("allow", 1000)),
        (20, "regular", ("ask", Decimal("250.50"))),
        (20, "new", None),
    ):
        found = read.decide("Returns", {"days": Decimal(days), "tier": tier})["Returns"].value
        assert found == (value and {"answer": value[0], "most": value[1]})
    table = read.graph.decisions[0].logic
    assert isinstance(table, Table)
    assert [rule.note for rule in table.rules] == ["The law", ""]
    assert table.inputs[1].allowed == '"new","regular"'


def test_a_drawn_graph_comes_in() -> None:
    read = read_graph(read_dmn(DRAWN.encode()))
    found = read.decide("Final Price", {"Price": Decimal("80.00"), "Customer Tier": "gold"})
    assert {name: one.value for name, one in found.items()} == {
        "Discount Share": Decimal("0.5"),
        "Final Price": Decimal(40),
    }
    table = read.graph.decisions[0].logic
    assert isinstance(table, Table)
    assert (table.inputs[0].allowed, table.inputs[0].type, table.outputs[0].allowed) == (
        '"gold", "plain"',
        "string",
        ("0.5", "0.1"),
    )
    assert read.graph.decisions[0].question == "How much less?"


@pytest.mark.parametrize("content", [PLAIN, DRAWN])
def test_what_came_in_goes_out_and_comes_in_as_the_same(content: str) -> None:
    graph = read_dmn(content.encode())
    assert read_dmn(write_dmn(graph)) == _with_dashes(graph)


def _with_dashes(graph: Graph) -> Graph:
    """An empty cell of a test goes out as `-`, which is the same."""
    decisions = []
    for one in graph.decisions:
        logic = one.logic
        if isinstance(logic, Table):
            rules = tuple(
                Rule(tuple(test or "-" for test in rule.tests), rule.outputs, rule.note) for rule in logic.rules
            )
            logic = Table(logic.name, logic.inputs, logic.outputs, rules, logic.hit_policy, logic.aggregation)
        decisions.append(Decision(one.name, logic, one.requires, one.type, one.question))
    return Graph(graph.name, graph.inputs, tuple(decisions))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("no xml", "no XML"),
        ("<definitions/>", "no DMN file"),
        (PLAIN.replace("20191111", "20991111"), "no DMN file"),
        ('<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + DRAWN, "document type"),
        (PLAIN.replace('hitPolicy="FIRST"', 'hitPolicy="BEST"'), "BEST is not known"),
        (DRAWN.replace("#_3", "#_9"), "requires _9"),
        (DRAWN.replace("literalExpression", "invocation"), "invocation is not known"),
        (
            DRAWN.replace("</dmn:definitions>", '<dmn:businessKnowledgeModel name="x"/></dmn:definitions>'),
            "businessKnowledgeModel",
        ),
        (PLAIN.replace('<inputExpression id="e1"', '<inputExpression expressionLanguage="groovy" id="e1"'), "groovy"),
    ],
)
def test_what_cannot_be_taken_is_named(content: str, says: str) -> None:
    with pytest.raises(DmnError, match=says):
        read_dmn(content.encode())


def test_a_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dmn, "MOST_BYTES", 100)
    with pytest.raises(DmnError, match="larger"):
        read_dmn(PLAIN.encode())


NAMES = st.sampled_from(["days", "Customer Tier", "Größe", "a & b <c>"])
NOTES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=10).map(str.strip)
TABLES: Any = st.builds(
    lambda columns, rows, policy, how, note: Table(
        "T",
        tuple(Input(f"I {name}", name, "number", "> 0") for name in columns),
        (Output("out", "Out", "number", ("1", "2"), "2"),),
        tuple(Rule((cell,) * len(columns), ("1",), note) for cell in rows),
        policy,
        how if policy is HitPolicy.COLLECT else Aggregation.NONE,
    ),
    st.lists(NAMES.filter(lambda name: "&" not in name), max_size=3, unique=True),
    st.lists(st.sampled_from(["-", "< 5", "[1..2)", "not(3)"]), max_size=4),
    st.sampled_from(list(HitPolicy)),
    st.sampled_from(list(Aggregation)),
    NOTES,
)


@settings(deadline=None)
@given(TABLES, NAMES, NOTES)
def test_a_graph_of_ours_comes_back_as_it_was(table: Table, name: str, question: str) -> None:
    asked = tuple(one.expression for one in table.inputs)
    inputs = tuple(InputData(one, "number") for one in dict.fromkeys((*asked, name)))
    first = Decision("T", table, asked, "number", question)
    graph = Graph("Ours & <theirs>", inputs, (first, Decision("Twice", "T * 2", ("T",), "number")))
    assert read_dmn(write_dmn(graph)) == graph
