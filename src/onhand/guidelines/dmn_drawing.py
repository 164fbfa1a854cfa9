"""
What a DMN file says beside what is decided: where its modeller drew things, and what it wrote into them for itself. Kept by the names of
decisions and inputs, so that it goes out again with those that are still there; of what is new a plain picture is drawn beside.

Nothing of it is trusted: places are numbers, what a modeller wrote is elements of other spaces than the standard's, read without
entities, and bounded. What is beyond the bounds is left out.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Final

from lxml import etree

from onhand.guidelines.graphs import Drawing, Graph, Line

OUT_DI: Final[dict[str | None, str]] = {
    "dmndi": "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    "dc": "http://www.omg.org/spec/DMN/20180521/DC/",
    "di": "http://www.omg.org/spec/DMN/20180521/DI/",
}
STANDARD = "www.omg.org/spec/"
LONGEST_EXTENSION, MOST_EXTENSIONS = 20_000, 200_000  # characters: of one thing, of all
MOST_LINES, MOST_POINTS, FURTHEST = 2_000, 50, 1_000_000.0
WIDTH, HEIGHT, ACROSS, DOWN, EDGE = 180, 80, 220, 140, 60


def safe_parser() -> etree.XMLParser:
    """A reader of XML that looks nothing up, resolves nothing, and has bounds."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def read_drawing(
    root: etree._Element, names: Mapping[str, str], requirements: Mapping[str, tuple[str, str]]
) -> Drawing:
    """
    What is drawn and written beside in a file. `names`: of decisions and inputs by id; `requirements`: of the lines between them by id, as
    (what is required, by what).
    """
    shapes: dict[str, tuple[float, float, float, float]] = {}
    lines: list[Line] = []
    diagram = next((one for one in root.iter() if _is_drawn(one, "DMNDiagram")), None)
    for one in diagram if diagram is not None else ():
        about = str(one.get("dmnElementRef") or "").rpartition(":")[2]
        if _is_drawn(one, "DMNShape") and about in names:
            bounds = [_numbers(part, ("x", "y", "width", "height")) for part in one if _local(part) == "Bounds"]
            if bounds and bounds[0] is not None:
                x, y, width, height = bounds[0]
                shapes.setdefault(names[about], (x, y, width, height))
        if _is_drawn(one, "DMNEdge") and about in requirements and len(lines) < MOST_LINES:
            found = [_numbers(part, ("x", "y")) for part in one if _local(part) == "waypoint"]
            points = [(point[0], point[1]) for point in found if point is not None]
            if 2 <= len(points) <= MOST_POINTS:
                lines.append(Line(*requirements[about], tuple(points)))
    return Drawing(shapes, tuple(lines), _extensions(root, names))


def _is_drawn(element: etree._Element, name: str) -> bool:
    return _local(element) == name and "/DMNDI" in (etree.QName(element).namespace or "")


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _numbers(element: etree._Element, wanted: tuple[str, ...]) -> list[float] | None:
    try:
        found = [float(element.get(name) or "") for name in wanted]
    except ValueError:
        return None
    return [round(one, 2) for one in found] if all(map(_is_near, found)) else None


def _is_near(number: float) -> bool:
    return math.isfinite(number) and abs(number) <= FURTHEST


def _extensions(root: etree._Element, names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    left = MOST_EXTENSIONS
    for element in (root, *root.iterchildren()):
        name = "" if element is root else names.get(str(element.get("id") or "").strip())
        for holder in element.iterchildren() if name is not None else ():
            if _local(holder) == "extensionElements" and _is_of_the_standard(holder):
                own = "".join(map(_written, _foreign(holder)))
                if name is not None and 0 < len(own) <= min(LONGEST_EXTENSION, left):
                    found[name] = own
                    left -= len(own)
    return found


def _is_of_the_standard(element: etree._Element) -> bool:
    return STANDARD in (etree.QName(element).namespace or STANDARD)


def _foreign(holder: etree._Element) -> Iterator[etree._Element]:
    """What a modeller wrote for itself: elements of a space that is not the standard's, nor has such in it."""
    for one in holder.iterchildren():
        if not any(_is_of_the_standard(part) for part in one.iter() if isinstance(part.tag, str)):
            yield one


def _written(element: etree._Element) -> str:
    alone = deepcopy(element)
    etree.cleanup_namespaces(alone)
    return etree.tostring(alone, encoding="unicode", with_tail=False)


def put_extensions(element: etree._Element, text: str, space: str) -> None:
    """Put what a modeller wrote for itself into its element again; what cannot be read is left out."""
    if not 0 < len(text) <= LONGEST_EXTENSION:
        return
    try:
        read = etree.fromstring(f'<extensionElements xmlns="{space}">{text}</extensionElements>', safe_parser())
    except (etree.XMLSyntaxError, ValueError):
        return
    if etree.QName(read).localname != "extensionElements" or read.getroottree().docinfo.doctype:
        return
    holder = etree.Element(f"{{{space}}}extensionElements")
    for one in list(_foreign(read)):
        holder.append(one)
    if len(holder):
        element.insert(0, holder)


def draw(root: etree._Element, graph: Graph, ids: Mapping[str, str], requirement_id: Callable[[str, int], str]) -> None:
    """Draw what was drawn where it was, what is new beside it: inputs at the bottom, each decision above what it requires."""
    diagram = etree.SubElement(_add(root, "dmndi", "DMNDI"), f"{{{OUT_DI['dmndi']}}}DMNDiagram")
    kept = {name: at for name, at in graph.drawing.shapes.items() if name in ids and all(map(_is_near, at))}
    for name, (x, y, width, height) in (kept | _beside(graph, ids, kept)).items():
        shape = _add(diagram, "dmndi", "DMNShape", dmnElementRef=ids[name])
        _add(shape, "dc", "Bounds", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}")
    lines = {(one.required, one.by): one.points for one in graph.drawing.lines[:MOST_LINES]}
    for decision in graph.decisions:
        for at, name in enumerate(decision.requires, 1):
            points = lines.get((name, decision.name), ())
            if points and len(points) <= MOST_POINTS and {name, decision.name} <= kept.keys():
                edge = _add(diagram, "dmndi", "DMNEdge", dmnElementRef=requirement_id(ids[decision.name], at))
                for x, y in points:
                    _add(edge, "di", "waypoint", x=f"{x:g}", y=f"{y:g}")


def _beside(
    graph: Graph, ids: Mapping[str, str], kept: Mapping[str, tuple[float, ...]]
) -> dict[str, tuple[float, ...]]:
    """A plain place for each that has none, to the right of those that have."""
    level: dict[str, int] = {one.name: 0 for one in graph.inputs}
    for _pass in graph.decisions:
        for one in graph.decisions:
            level[one.name] = 1 + max((level.get(name, 0) for name in one.requires), default=0)
    top, many = max(level.values(), default=0), dict.fromkeys(level.values(), 0)
    begins = max((at[0] + at[2] for at in kept.values()), default=0) + EDGE
    found: dict[str, tuple[float, ...]] = {}
    for name, high in level.items():
        if name in ids and name not in kept:
            found[name] = (begins + ACROSS * many[high], EDGE + DOWN * (top - high), WIDTH, HEIGHT)
            many[high] += 1
    return found


def _add(parent: etree._Element, space: str, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{OUT_DI[space]}}}{tag}", attributes)
