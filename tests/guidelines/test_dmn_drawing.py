"""Where a modeller drew things and what it wrote for itself goes out again with what is still there; and nothing hostile comes with it."""

from dataclasses import replace

import pytest
from lxml import etree

from onhand.guidelines import dmn_drawing
from onhand.guidelines.dmn import DmnError, read_dmn, write_dmn
from onhand.guidelines.documents import Document, as_json, from_json
from onhand.guidelines.graphs import Drawing, Graph, Line
from onhand.guidelines.wiring import renamed, wired

OWN = "http://modeler.example/schema"
FILE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:own="http://modeler.example/schema" id="d" name="Returns"
    xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"
    xmlns:di="http://www.omg.org/spec/DMN/20180521/DI/" namespace="http://shop.example/dmn">
  <extensionElements><own:project name="Shop"/></extensionElements>
  <inputData id="i" name="days"><variable name="days" typeRef="number"/></inputData>
  <decision id="r" name="Returns">
    <extensionElements><own:properties><own:property name="owner" value="Anna &amp; Ben"/></own:properties>
      <text>of the standard</text></extensionElements>
    <variable name="Returns" typeRef="string"/>
    <informationRequirement id="q"><requiredInput href="#i"/></informationRequirement>
    <decisionTable id="t"><input><inputExpression typeRef="number"><text>days</text></inputExpression></input>
      <output name="answer" typeRef="string"/>
      <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"allow"</text></outputEntry></rule></decisionTable>
  </decision>
  <dmndi:DMNDI><dmndi:DMNDiagram>
    <dmndi:DMNShape dmnElementRef="i"><dc:Bounds x="157.5" y="310" width="125" height="45"/></dmndi:DMNShape>
    <dmndi:DMNShape dmnElementRef="r"><dc:Bounds x="160" y="100" width="180" height="80"/></dmndi:DMNShape>
    <dmndi:DMNEdge dmnElementRef="q"><di:waypoint x="220" y="310"/><di:waypoint x="250" y="180"/></dmndi:DMNEdge>
    <dmndi:DMNShape dmnElementRef="gone"><dc:Bounds x="1" y="1" width="1" height="1"/></dmndi:DMNShape>
  </dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>"""


def read(file: str = FILE) -> Graph:
    return read_dmn(file.encode())


def written(graph: Graph) -> str:
    return write_dmn(graph).decode()


def test_what_was_drawn_and_written_beside_goes_out_as_it_came() -> None:
    graph = read()
    assert graph.drawing.shapes == {"days": (157.5, 310, 125, 45), "Returns": (160, 100, 180, 80)}
    assert graph.drawing.lines == (Line("days", "Returns", ((220, 310), (250, 180))),)
    assert set(graph.drawing.extensions) == {"", "Returns"}
    out = written(graph)
    assert '<dc:Bounds x="157.5" y="310" width="125" height="45"/>' in out
    assert '<di:waypoint x="250" y="180"/>' in out
    root = etree.fromstring(out.encode())
    assert [one.get("value") for one in root.iter(f"{{{OWN}}}property")] == ["Anna & Ben"]
    assert [one.get("name") for one in root.iter(f"{{{OWN}}}project")] == ["Shop"]
    decision = next(one for one in root if one.get("name") == "Returns")
    assert etree.QName(decision[0]).localname == "extensionElements"  # first, as the standard has it
    assert "of the standard" not in out
    again = read(out).drawing
    assert (again.shapes, again.lines) == (graph.drawing.shapes, graph.drawing.lines)
    assert read(written(read(out))).drawing == again  # but for the first indentation nothing comes to it
    assert read(out) == graph


def test_it_is_kept_with_the_document_and_under_new_names_and_goes_with_what_is_gone() -> None:
    document = Document(("orders.return_lines",), read(), "Returns")
    again = wired(from_json(as_json(document)))
    assert again.graph.drawing == document.graph.drawing
    named = renamed(again, "days", "days since delivery")
    assert named.graph.drawing.shapes["days since delivery"] == (157.5, 310, 125, 45)
    assert named.graph.drawing.lines[0].required == "days since delivery"
    without = replace(
        again.graph, inputs=(), decisions=tuple(replace(one, requires=()) for one in again.graph.decisions)
    )
    out = written(without)
    assert "157.5" not in out
    assert "waypoint" not in out
    more = replace(again.graph.decisions[0], name="New", requires=("Returns",))
    beside = written(replace(again.graph, decisions=(*again.graph.decisions, more)))
    assert 'x="160" y="100"' in beside
    assert 'x="400"' in beside  # to the right of what was there


def test_a_document_from_before_has_no_drawing() -> None:
    stored = as_json(Document((), read(), "Returns"))
    del stored["graph"]["drawing"]
    assert from_json(stored).graph.drawing == Drawing()


@pytest.mark.parametrize(
    "bad",
    [
        'x="nan" y="1" width="1" height="1"',
        'x="1e99" y="1" width="1" height="1"',
        'x="-inf" y="1" width="1" height="1"',
        'x="" y="1" width="1" height="1"',
        'y="1" width="1" height="1"',
    ],
)
def test_a_place_that_makes_no_sense_is_left_out(bad: str) -> None:
    graph = read(FILE.replace('x="157.5" y="310" width="125" height="45"', bad))
    assert set(graph.drawing.shapes) == {"Returns"}
    assert "DMNShape" in written(graph)


def test_hostile_files_stay_refused_and_stored_text_is_read_as_hostile() -> None:
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    body = FILE.partition("?>")[2].replace("Anna &amp; Ben", "&b;")
    with pytest.raises(DmnError):
        read(bomb + body)
    graph = read()
    for hostile in (
        "</extensionElements><decision/><extensionElements>",
        "<decision xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' name='Put in'/>",
        "<own:a xmlns:own='http://x.example'><rule xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/'/></own:a>",
        "&xxe;",
        "<plain/>",
        "<own:a xmlns:own='http://x.example'>" * 400 + "</own:a>" * 400,
        "<own:a xmlns:own='http://x.example'/>" * 1_000,
    ):
        drawing = replace(graph.drawing, extensions={"Returns": hostile})
        out = written(replace(graph, drawing=drawing))
        assert "extensionElements" not in out, hostile[:60]
        assert read(out) == graph


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    big = FILE.replace("Anna &amp; Ben", "x" * 30_000)
    assert set(read(big).drawing.extensions) == {""}
    monkeypatch.setattr(dmn_drawing, "MOST_EXTENSIONS", 10)
    assert read().drawing.extensions == {}
    points = '<di:waypoint x="1" y="1"/>' * 60
    assert read(FILE.replace('<di:waypoint x="220" y="310"/>', points)).drawing.lines == ()
    far = Drawing({"days": (float("inf"), 0, 1, 1)}, (Line("days", "Returns", ((0, 0),) * 60),))
    assert '"inf"' not in written(replace(read(), drawing=far))
