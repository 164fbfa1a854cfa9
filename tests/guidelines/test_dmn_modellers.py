"""What modellers' files hold beside the standard's own examples: read as they mean it, or refused by name."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.guidelines.dmn import DmnError, read_dmn, write_dmn
from onhand.guidelines.feel.values import as_value
from onhand.guidelines.graphs import Decision, Graph, GraphError, InputData, ReadGraph, read_graph
from onhand.guidelines.tables import HitPolicy, Input, Output, Rule, Table

SPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def definitions(inside: str, more: str = "") -> str:
    return (
        f'<definitions xmlns="{SPACE}" id="d" name="Shop" namespace="http://shop.example" {more}>{inside}</definitions>'
    )


def decision(identity: str, name: str, inside: str, requires: tuple[str, ...] = (), variable: str = "") -> str:
    lines = "".join(
        f'<informationRequirement><requiredDecision href="#{one}"/></informationRequirement>' for one in requires
    )
    return f'<decision id="{identity}" name="{name}">{variable}{lines}{inside}</decision>'


def table(inputs: dict[str, str], outputs: dict[str, str], rows: list[list[str]], policy: str = "UNIQUE") -> str:
    columns = [
        f'<input id="i{at}"><inputExpression typeRef="{type_}"><text>{text}</text></inputExpression></input>'
        for at, (text, type_) in enumerate(inputs.items())
    ]
    columns += [
        f'<output id="o{at}" name="{name}" typeRef="{type_}"/>' for at, (name, type_) in enumerate(outputs.items())
    ]
    lines = []
    for row in rows:
        cells = [f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in row[: len(inputs)]]
        cells += [f"<outputEntry><text><![CDATA[{cell}]]></text></outputEntry>" for cell in row[len(inputs) :]]
        lines.append(f"<rule>{''.join(cells)}</rule>")
    return f'<decisionTable hitPolicy="{policy}">{"".join([*columns, *lines])}</decisionTable>'


def ready(content: str) -> ReadGraph:
    graph = read_dmn(content.encode())
    assert read_dmn(write_dmn(graph)) == graph
    return read_graph(graph)


def ask(read: ReadGraph, name: str, **facts: Any) -> Any:
    return read.decide(name, {key.replace("_", " "): as_value(value) for key, value in facts.items()})[name].value


SEASONS = table(
    {"season": "string", "guests": "integer"},
    {"dish": "string"},
    [['"winter"', "<= 8", '"roast"'], ["", "> 8", '"stew"']],
)
DRINKS = table(
    {"dish": "string", "with children": "boolean"},
    {"drink": "string"},
    [['"roast"', "true", '"water"'], ["-", "-", '"wine"']],
    "FIRST",
)


def test_facts_and_lines_that_are_not_drawn() -> None:
    """One modeller draws no line from inputs, and lets a decision be called by what it puts out."""
    read = ready(
        definitions(
            decision("Dish_1", "What to cook", SEASONS) + decision("Drink_1", "What to drink", DRINKS, ("Dish_1",))
        )
    )
    assert [(one.name, one.type) for one in read.graph.inputs] == [
        ("season", "string"),
        ("guests", "number"),
        ("with children", "boolean"),
    ]
    assert ask(read, "What to drink", season="winter", guests=3, with_children=True) == "water"
    assert ask(read, "What to drink", season="winter", guests=9, with_children=True) == "wine"


def test_a_decision_with_several_outputs_is_called_by_one_of_them() -> None:
    sizes = table(
        {"amount": "double"},
        {"size": "string", "fee": "long"},
        [["<= 100", '"small"', "0"], ["> 100", '"large"', "amount / 10"]],
    )
    total = "<literalExpression><text>amount + fee</text></literalExpression>"
    read = ready(definitions(decision("Size_1", "Size", sizes) + decision("Total_1", "Total", total, ("Size_1",))))
    assert ask(read, "Total", amount=200) == 220
    assert read.graph.decisions[1].logic == "amount + Size.fee"


def test_the_same_word_without_a_line_is_a_fact_from_outside() -> None:
    other = table({"dish": "string"}, {"wine": "string"}, [["-", '"red"']])
    read = ready(definitions(decision("a", "Cook", SEASONS) + decision("b", "Wine", other)))
    assert "dish" in {one.name for one in read.graph.inputs}
    with pytest.raises(GraphError, match="Nothing is called Cook"):
        read_graph(
            read_dmn(
                definitions(
                    decision("a", "Cook", SEASONS) + decision("b", "W", other.replace(">dish<", ">Cook<"))
                ).encode()
            )
        )


def test_a_variable_called_otherwise_than_its_decision() -> None:
    label = SEASONS.replace("dish", "x")
    read = ready(
        definitions(
            decision("a", "What to cook?", label, variable='<variable name="meal" typeRef="string"/>')
            + decision("b", "Twice", "<literalExpression><text>meal + meal</text></literalExpression>", ("a",))
        )
    )
    assert ask(read, "Twice", season="winter", guests=1) == "roastroast"


def test_expressions_over_facts_that_are_not_drawn() -> None:
    rows = [["> 100", "true", '"large"'], ["<= 100", "-", '"small"']]
    inputs = {"order.total + Shipping cost": "number", "customer.new and not(Known before)": "boolean"}
    read = ready(definitions(decision("a", "Size", table(inputs, {"size": "string"}, rows))))
    assert [one.name for one in read.graph.inputs] == ["order", "Shipping cost", "customer", "Known before"]
    facts = {"order": {"total": Decimal(90)}, "Shipping cost": Decimal(11)}
    assert read.decide("Size", facts)["Size"].value is None
    cells = [["amount", '"same"'], ["[amount..amount * 2]", '"more"']]
    with pytest.raises(GraphError, match="Nothing is called amount"):
        read_graph(read_dmn(definitions(decision("a", "A", table({"b": "number"}, {"c": "string"}, cells))).encode()))
    drawn = '<inputData id="i" name="amount"/>'
    read = ready(definitions(drawn + decision("a", "A", table({"b": "number"}, {"c": "string"}, cells, "FIRST"))))
    assert ask(read, "A", b=15, amount=10) == "more"


def test_types_as_modellers_spell_them() -> None:
    inputs = {"a": "feel:number", "b": "dateTime", "c": "xs:string", "d": "tns:tDays", "e": "date", "f": "any"}
    rows = [["1", "", '"x"', "> 3", '> date and time("2026-01-01T00:00:00")', "-", ""]]
    own = '<itemDefinition name="tDays"><typeRef>number</typeRef><allowedValues><text>[0..31]</text></allowedValues></itemDefinition>'
    read = ready(definitions(own + decision("a", "A", table(inputs, {"out": "Any"}, rows))))
    logic = read.graph.decisions[0].logic
    assert isinstance(logic, Table)
    types = ["number", "date and time", "string", "number", "date and time", ""]
    assert [one.type for one in logic.inputs] == types
    assert logic.inputs[3].allowed == "[0..31]"
    assert logic.rules[0].outputs == ("null",), "a value that is left out is null"


def test_the_order_of_outputs_from_the_type_of_the_decision() -> None:
    parts = '<allowedValues><text>"ask", "allow"</text></allowedValues>'
    whole = f'<itemDefinition name="tAnswer"><typeRef>string</typeRef>{parts}</itemDefinition>'
    some = f'<itemDefinition name="tBoth"><itemComponent name="answer"><typeRef>string</typeRef>{parts}</itemComponent></itemDefinition>'
    rows = [["-", '"allow"'], ["> 5", '"ask"']]
    one = table({"x": "number"}, {"answer": ""}, rows, "PRIORITY")
    read = ready(definitions(whole + decision("a", "A", one, variable='<variable name="A" typeRef="tAnswer"/>')))
    assert ask(read, "A", x=6) == "ask"
    two = table({"x": "number"}, {"answer": "string", "why": "string"}, [[*row, '"b"'] for row in rows], "PRIORITY")
    read = ready(definitions(some + decision("a", "A", two, variable='<variable name="A" typeRef="tBoth"/>')))
    assert ask(read, "A", x=6) == {"answer": "ask", "why": "b"}


def test_what_decides_nothing_is_passed_over() -> None:
    more = 'xmlns:camunda="http://camunda.org/schema/1.0/dmn" xmlns:kie="http://kie.example/dmn" exporter="M"'
    beside = (
        "<extensionElements><kie:attachment/></extensionElements><knowledgeSource id='k' name='The law'/>"
        "<textAnnotation id='t'><text>no cell</text></textAnnotation><association id='x'/><!-- a remark --><elementCollection/>"
        "<performanceIndicator name='p'/><organizationUnit name='u'/>"
    )
    inside = "<description>Said to people</description><extensionElements/><allowedAnswers>Any</allowedAnswers><authorityRequirement/>"
    content = definitions(
        beside
        + decision("a", "A", inside + SEASONS).replace("<decision ", '<decision camunda:historyTimeToLive="P180D" '),
        more,
    )
    assert ask(ready(content), "A", season="winter", guests=1) == "roast"


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        (SEASONS.replace("<= 8", "? > 8"), "means nothing"),
        (SEASONS.replace("<= 8", "count(guests) > 8"), "no function count"),
        (SEASONS.replace("<= 8", "if guests > 8 then 1 else 2"), "Nothing is called if"),
        (SEASONS.replace('"roast"', "[1, 2]"), "value is missing"),
        (SEASONS.replace('"roast"', "{a: 1}"), "means nothing"),
        (SEASONS.replace('"roast"', "some x in y satisfies x"), "Nothing is called some"),
        (SEASONS.replace('"roast"', "string(guests)"), "no function string"),
        ("<context><contextEntry/></context>", "context is not known"),
        ("<relation/>", "relation is not known"),
        ("<functionDefinition/>", "functionDefinition is not known"),
        ("", "no table and no expression"),
        ("<literalExpression><importedValues/></literalExpression>", "Nothing stands here"),
        (SEASONS.replace("<text>season</text>", ""), "Nothing stands here"),
        (SEASONS.replace("<inputEntry>", '<inputEntry expressionLanguage="juel">', 1), "juel"),
        (SEASONS.replace("<decisionTable", '<decisionTable aggregation="AVG"'), "AVG"),
    ],
)
def test_what_cannot_be_kept_is_refused(inside: str, says: str) -> None:
    with pytest.raises((DmnError, GraphError), match=says.replace("?", r"\?")):
        read_graph(read_dmn(definitions(decision("a", "A", inside)).encode()))


@pytest.mark.parametrize("tag", ["businessKnowledgeModel", "decisionService", "import"])
def test_models_of_functions_and_other_files_are_refused(tag: str) -> None:
    with pytest.raises(DmnError, match=tag):
        read_dmn(definitions(decision("a", "A", SEASONS) + f'<{tag} name="x"/>').encode())


TESTS = st.sampled_from(
    [
        "-",
        "",
        " < 5 ",
        "[1..2)",
        "not(3)",
        "3, 4",
        "null",
        "not(null)",
        "> other",
        '"a&<b>"',
        '"\\"", "x\\ny"',
        '"\x01 \r"',
        "true",
    ]
)
VALUES = st.sampled_from(
    ["1", "2.50", '"ä \\u0041 \x0b"', "null", "other + 1", "number of things * 2", 'date("2026-01-01")', "true"]
)
ANY_TABLE: Any = st.builds(
    lambda inputs, rows, policy, note: Table(
        "T",
        tuple(Input(name, name) for name in inputs),
        (Output("one", "One\x02"), Output("two", default="7")),
        tuple(Rule(tuple(tests[: len(inputs)]), tuple(values), note) for tests, values in rows),
        policy,
    ),
    st.lists(st.sampled_from(["number of things", "other", "number of things - other"]), max_size=3, unique=True),
    st.lists(st.tuples(st.lists(TESTS, min_size=3, max_size=3), st.lists(VALUES, min_size=2, max_size=2)), max_size=5),
    st.sampled_from([HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.RULE_ORDER, HitPolicy.COLLECT]),
    st.text(max_size=5),
)
FACT = st.sampled_from([None, Decimal(1), Decimal(3), Decimal("4.5"), "a&<b>", '"', "x\ny", "\x01 \r", True])


@settings(deadline=None)
@given(ANY_TABLE, FACT, FACT)
def test_any_table_decides_the_same_when_it_has_been_out_and_in(logic: Table, things: Any, other: Any) -> None:
    inputs = (InputData("number of things"), InputData("other"))
    graph = Graph("G", inputs, (Decision("T", logic, ("number of things", "other")),))
    back = read_dmn(write_dmn(graph))
    assert read_dmn(write_dmn(back)) == back
    facts = {"number of things": things, "other": other}
    assert read_graph(back).decide("T", facts)["T"] == read_graph(graph).decide("T", facts)["T"]
