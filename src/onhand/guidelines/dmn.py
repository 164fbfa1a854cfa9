"""
Graphs as DMN files, as other modellers read and write them (DMN 1.1 to 1.5 in, 1.3 out, which all of them read).

What comes in is hostile: no entities, no network, a bound on size. What this product has no meaning for (invocations, contexts, other
languages) is refused by name, as leaving it out would change what is decided. What is drawn and written beside is kept: `dmn_drawing`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from django.utils.translation import gettext as _
from lxml import etree

from onhand.guidelines.dmn_drawing import OUT_DI, draw, put_extensions, read_drawing, safe_parser
from onhand.guidelines.dmn_names import with_names_as_drawn
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.reading import Compared, Literal, Reader
from onhand.guidelines.feel.values import written
from onhand.guidelines.graphs import MOST_DECISIONS, MOST_INPUTS, Decision, Graph, InputData
from onhand.guidelines.tables import MOST_RULES, Aggregation, HitPolicy, Input, Output, Rule, Table

MOST_BYTES = 5_000_000
OUT: Final = "https://www.omg.org/spec/DMN/20191111/MODEL/"
READ: Final = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    OUT,
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
}
POLICIES = {
    "UNIQUE": HitPolicy.UNIQUE,
    "ANY": HitPolicy.ANY,
    "PRIORITY": HitPolicy.PRIORITY,
    "FIRST": HitPolicy.FIRST,
    "RULE ORDER": HitPolicy.RULE_ORDER,
    "OUTPUT ORDER": HitPolicy.OUTPUT_ORDER,
    "COLLECT": HitPolicy.COLLECT,
}
AGGREGATIONS = {"SUM": Aggregation.SUM, "MIN": Aggregation.LEAST, "MAX": Aggregation.MOST, "COUNT": Aggregation.COUNT}
TYPE_NAMES = {
    **dict.fromkeys(("number", "integer", "long", "double", "decimal", "short", "float"), "number"),
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    **dict.fromkeys(("date and time", "dateTime", "datetime"), "date and time"),
    **dict.fromkeys(("days and time duration", "dayTimeDuration"), "days and time duration"),
    **dict.fromkeys(("years and months duration", "yearMonthDuration"), "years and months duration"),
    **dict.fromkeys(("", "any", "Any"), ""),
}
_NOT_XML = re.compile(
    "[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"
)  # nor does a carriage return come back as it went
_NOT_XML_OR_TEXT = re.compile(rf'"(?:[^"\\]|\\.)*"|{_NOT_XML.pattern}', re.DOTALL)
_SIGN_OF_TEXT = re.compile(r"\\.|.", re.DOTALL)
_FEEL = re.compile(r"(^|[/:#])s?-?feel([/#]|$)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d]\w*")


class DmnError(ValueError):
    """A file that cannot be taken; the message says what of it, and why."""


def read_dmn(content: bytes) -> Graph:
    """The graph of a DMN file. Raises DmnError. What the tables say is checked by `graphs.read_graph`."""
    return _File(_root(content)).graph()


def _root(content: bytes) -> etree._Element:
    if len(content) > MOST_BYTES:
        raise DmnError(_("The file is larger than %(most)s megabytes.") % {"most": MOST_BYTES // 1_000_000})
    try:
        root = etree.fromstring(content, safe_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DmnError(_("This is no XML: %(why)s") % {"why": str(error)[:200]}) from None
    if root.getroottree().docinfo.doctype:
        raise DmnError(_("A DMN file has no document type declaration."))
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in READ:
        raise DmnError(_("This is no DMN file of version 1.1 to 1.5."))
    return root


class _File:
    """One file being read."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.space = f"{{{etree.QName(root).namespace}}}"
        self.types = {name: one for one in self._all(root, "itemDefinition") if (name := _attribute(one, "name"))}
        self.names = {
            identity: self._name(one)
            for tag in ("inputData", "decision")
            for one in self._all(root, tag)
            if (identity := _attribute(one, "id"))
        }

    def graph(self) -> Graph:
        for tag in ("businessKnowledgeModel", "decisionService", "import"):
            if self._first(self.root, tag) is not None:
                raise DmnError(_("%(what)s is not known here.") % {"what": tag})
        self._must_be_few(self.root, "inputData", MOST_INPUTS)
        self._must_be_few(self.root, "decision", MOST_DECISIONS)
        inputs = [InputData(self._name(one), self._type_of_variable(one)) for one in self._all(self.root, "inputData")]
        decisions = [self._decision(one) for one in self._all(self.root, "decision")]
        drawing = read_drawing(self.root, self.names, self._lines())
        graph = Graph(_attribute(self.root, "name") or "DMN", tuple(inputs), tuple(decisions), drawing)
        return with_names_as_drawn(graph, self._other_names())

    def _lines(self) -> dict[str, tuple[str, str]]:
        """The lines between things by their ids: (what is required, by what)."""
        found = {}
        for decision in self._all(self.root, "decision"):
            for requirement in self._all(decision, "informationRequirement"):
                for one in requirement.iterchildren():
                    required = self.names.get(_attribute(one, "href").rpartition("#")[2])
                    if required is not None and (identity := _attribute(requirement, "id")):
                        found[identity] = (required, self._name(decision))
        return found

    def _must_be_few(self, element: etree._Element, tag: str, most: int) -> None:
        if sum(1 for _one in self._all(element, tag)) > most:
            raise DmnError(_("Of “%(what)s” there may be %(most)s at most.") % {"what": tag, "most": most})

    def _name(self, element: etree._Element) -> str:
        """The standard has a thing and its variable called the same; where a modeller lets them differ cells name the variable."""
        variable = self._first(element, "variable")
        called = _attribute(variable, "name") if variable is not None else ""
        return called or _attribute(element, "name") or _attribute(element, "id")

    def _other_names(self) -> list[tuple[str, str, str]]:
        """What else cells call a decision or an input: by its label, its id, or, as one modeller does, by what it puts out."""
        found = []
        for tag in ("inputData", "decision"):
            for one in self._all(self.root, tag):
                name = self._name(one)
                labels = (_attribute(one, "name"), _attribute(one, "id"))
                found += [(other, name, name) for other in labels if other not in (name, "")]
        for decision in self._all(self.root, "decision"):
            table, name = self._first(decision, "decisionTable"), self._name(decision)
            outputs = [_attribute(one, "name") for one in self._all(table, "output")] if table is not None else []
            for output in outputs:
                if _WORD.fullmatch(output) and output != name:
                    found.append((output, name, name if len(outputs) == 1 else f"{name}.{output}"))
        return found

    def _decision(self, element: etree._Element) -> Decision:
        name = self._name(element)
        requires = []
        for requirement in self._all(element, "informationRequirement"):
            for tag in ("requiredDecision", "requiredInput"):
                for one in self._all(requirement, tag):
                    identity = _attribute(one, "href").rpartition("#")[2]
                    if identity not in self.names:
                        said = {"name": name, "what": identity or "?"}
                        raise DmnError(_("%(name)s requires %(what)s, which is not there.") % said)
                    requires.append(self.names[identity])
        question = self._first(element, "question")
        return Decision(
            name,
            self._logic(element, name),
            tuple(dict.fromkeys(requires)),
            self._type_of_variable(element),
            (question.text or "").strip() if question is not None else "",
        )

    def _logic(self, element: etree._Element, name: str) -> Table | str:
        table = self._first(element, "decisionTable")
        if table is not None:
            return self._table(table, name, self._variable_type(element))
        literal = self._first(element, "literalExpression")
        if literal is not None:
            return self._text(literal, name)
        for other in (
            "invocation",
            "context",
            "relation",
            "list",
            "functionDefinition",
            "conditional",
            "for",
            "filter",
        ):
            if self._first(element, other) is not None:
                raise DmnError(_("%(name)s: %(what)s is not known here.") % {"name": name, "what": other})
        raise DmnError(_("%(name)s has no table and no expression.") % {"name": name})

    def _table(self, element: etree._Element, name: str, type_name: str) -> Table:
        policy, how = _attribute(element, "hitPolicy") or "UNIQUE", _attribute(element, "aggregation")
        if policy not in POLICIES or (how and how not in AGGREGATIONS):
            raise DmnError(_("%(name)s: %(what)s is not known here.") % {"name": name, "what": how or policy})
        self._must_be_few(element, "rule", MOST_RULES)
        rules = tuple(self._rule(one, name) for one in self._all(element, "rule"))
        outputs = list(self._all(element, "output"))
        return Table(
            name,
            tuple(self._input(one, name, at, rules) for at, one in enumerate(self._all(element, "input"))),
            tuple(self._output(one, name, type_name, is_only=len(outputs) == 1) for one in outputs),
            rules,
            POLICIES[policy],
            AGGREGATIONS[how] if how else Aggregation.NONE,
        )

    def _rule(self, element: etree._Element, name: str) -> Rule:
        notes = [self._text(one, name) for one in self._all(element, "annotationEntry")]
        described = self._first(element, "description")
        notes += [described.text.strip()] if described is not None and described.text else []
        return Rule(
            tuple(self._text(one, name) or "-" for one in self._all(element, "inputEntry")),
            tuple(self._text(one, name) or "null" for one in self._all(element, "outputEntry")),
            "\n".join(note for note in notes if note),
        )

    def _input(self, element: etree._Element, name: str, at: int, rules: Sequence[Rule]) -> Input:
        asked = self._first(element, "inputExpression")
        if asked is None:
            raise DmnError(_("%(name)s: an input has no expression.") % {"name": name})
        expression, type_name = self._text(asked, name), _attribute(asked, "typeRef")
        allowed = self._first(element, "inputValues")
        text = self._text(allowed, name) if allowed is not None else self._allowed_of_type(type_name)
        type_ = self._type(type_name)
        # One modeller has no type for dates with a time, and calls them dates.
        if type_ == "date" and any("date and time(" in rule.tests[at] for rule in rules if at < len(rule.tests)):
            type_ = "date and time"
        return Input(_attribute(element, "label") or expression, expression, type_, text)

    def _output(self, element: etree._Element, name: str, decided: str, *, is_only: bool) -> Output:
        """`decided` is the type of the decision, which is that of its only output, or has a part for each."""
        type_name = _attribute(element, "typeRef") or (decided if is_only else "")
        values = self._first(element, "outputValues")
        default = self._first(element, "defaultOutputEntry")
        if values is not None:
            text = self._text(values, name)
        else:
            text = self._allowed_of_type(type_name) or self._allowed_of_part(decided, _attribute(element, "name"))
        return Output(
            _attribute(element, "name") or name,
            _attribute(element, "label"),
            self._type(type_name),
            _listed(text, name),
            self._text(default, name) if default is not None else "",
        )

    def _text(self, element: etree._Element, name: str) -> str:
        language = _attribute(element, "expressionLanguage") or _attribute(self.root, "expressionLanguage")
        if language and not _FEEL.search(language):
            raise DmnError(
                _("%(name)s is written in %(what)s; only FEEL is read.") % {"name": name, "what": language[:80]}
            )
        text = self._first(element, "text")
        return (text.text or "").strip() if text is not None else ""

    def _variable_type(self, element: etree._Element) -> str:
        variable = self._first(element, "variable")
        return _attribute(variable, "typeRef") if variable is not None else ""

    def _type_of_variable(self, element: etree._Element) -> str:
        return self._type(self._variable_type(element))

    def _type(self, name: str, depth: int = 0) -> str:
        plain = name.rpartition(":")[2]
        if plain in TYPE_NAMES:
            return TYPE_NAMES[plain]
        defined = self.types.get(plain)
        if defined is None or depth > 10 or _attribute(defined, "isCollection") == "true":
            return ""
        base = self._first(defined, "typeRef")
        return self._type((base.text or "").strip(), depth + 1) if base is not None else ""

    def _allowed_of_type(self, name: str) -> str:
        defined = self.types.get(name.rpartition(":")[2])
        allowed = self._first(defined, "allowedValues") if defined is not None else None
        return self._text(allowed, name) if allowed is not None else ""

    def _allowed_of_part(self, type_name: str, part: str) -> str:
        defined = self.types.get(type_name.rpartition(":")[2])
        for one in self._all(defined, "itemComponent") if defined is not None else ():
            allowed = self._first(one, "allowedValues")
            if _attribute(one, "name") == part and allowed is not None:
                return self._text(allowed, part)
        return ""

    def _all(self, element: etree._Element, tag: str) -> Iterator[etree._Element]:
        return element.iterchildren(self.space + tag)

    def _first(self, element: etree._Element, tag: str) -> etree._Element | None:
        return next(self._all(element, tag), None)


def _attribute(element: etree._Element, name: str) -> str:
    return str(element.get(name) or "").strip()


def _listed(text: str, name: str) -> tuple[str, ...]:
    """The values of a list of allowed outputs, each as a cell."""
    if not text:
        return ()
    try:
        read = Reader(()).tests(text)
    except CellError as error:
        raise DmnError(f"{name}: {error.message}") from None
    values = [
        one.to.value
        for one in read.tests
        if isinstance(one, Compared) and one.sign == "=" and isinstance(one.to, Literal)
    ]
    if len(values) < len(read.tests) or read.negated:
        return ()  # a range says which outputs may be, not which come first
    return tuple(written(one) for one in values)


def write_dmn(graph: Graph) -> bytes:
    """The graph as a DMN 1.3 file; reading it gives the graph again."""
    spaces: dict[str | None, str] = {None: OUT, **OUT_DI}
    about = {"id": "definitions", "name": _plain(graph.name), "namespace": "urn:onhand:guidelines"}
    root = etree.Element(f"{{{OUT}}}definitions", about, nsmap=spaces)
    ids = {one.name: f"input-{at}" for at, one in enumerate(graph.inputs, 1)}
    ids |= {decision.name: f"decision-{at}" for at, decision in enumerate(graph.decisions, 1)}
    for one in graph.inputs:
        element = _add(root, "inputData", id=ids[one.name], name=one.name)
        _add(element, "variable", id=f"{ids[one.name]}-variable", name=one.name, typeRef=one.type)
    for decision in graph.decisions:
        _write_decision(root, decision, ids, {one.name for one in graph.inputs})
    elements = {"": root, **{name: one for one in root if (name := str(one.get("name")))}}
    for name, text in graph.drawing.extensions.items():
        if name in elements:
            put_extensions(elements[name], text, OUT)
    draw(root, graph, ids, _requirement_id)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    """An element; attributes that are empty are left out, but for names."""
    given = {name: _plain(value) for name, value in attributes.items() if value or name == "name"}
    return etree.SubElement(parent, f"{{{OUT}}}{tag}", given)


def _add_text(parent: etree._Element, tag: str, text: str, **attributes: str) -> None:
    _add(_add(parent, tag, **attributes), "text").text = _plain(text)


def _add_cell(parent: etree._Element, tag: str, cell: str, **attributes: str) -> None:
    _add_text(parent, tag, _NOT_XML_OR_TEXT.sub(lambda match: _escaped(match[0]), cell), **attributes)


def _plain(text: str) -> str:
    """A text for people without what XML cannot say."""
    return _NOT_XML.sub("\ufffd", text)


def _escaped(part: str) -> str:
    """What XML cannot say, in a text of a cell by its number, elsewhere in it as the blank it is."""
    return _SIGN_OF_TEXT.sub(_sign_escaped, part) if part[0] == '"' else " "


def _sign_escaped(match: re.Match[str]) -> str:
    sign = match[0][-1]
    return f"\\u{ord(sign):04x}" if _NOT_XML.fullmatch(sign) else match[0]


def _write_decision(root: etree._Element, decision: Decision, ids: dict[str, str], inputs: set[str]) -> None:
    identity = ids[decision.name]
    element = _add(root, "decision", id=identity, name=decision.name)
    if decision.question:
        _add(element, "question").text = _plain(decision.question)
    _add(element, "variable", id=f"{identity}-variable", name=decision.name, typeRef=decision.type)
    for at, name in enumerate(decision.requires, 1):
        requirement = _add(element, "informationRequirement", id=_requirement_id(identity, at))
        _add(requirement, "requiredInput" if name in inputs else "requiredDecision", href=f"#{ids[name]}")
    if isinstance(decision.logic, str):
        _add_cell(element, "literalExpression", decision.logic, id=f"{identity}-expression")
    else:
        _write_table(element, decision.logic, identity)


def _requirement_id(decision: str, at: int) -> str:
    return f"{decision}-requirement-{at}"


def _write_table(element: etree._Element, table: Table, identity: str) -> None:
    policy = next(name for name, one in POLICIES.items() if one is table.hit_policy)
    how = next((name for name, one in AGGREGATIONS.items() if one is table.aggregation), "")
    drawn = _add(element, "decisionTable", id=f"{identity}-table", hitPolicy=policy, aggregation=how)
    for at, one in enumerate(table.inputs, 1):
        column = _add(drawn, "input", id=f"{identity}-input-{at}", label=one.label)
        _add_cell(column, "inputExpression", one.expression, id=f"{identity}-asked-{at}", typeRef=one.type)
        if one.allowed:
            _add_cell(column, "inputValues", one.allowed)
    for at, output in enumerate(table.outputs, 1):
        column = _add(
            drawn, "output", id=f"{identity}-output-{at}", name=output.name, label=output.label, typeRef=output.type
        )
        if output.allowed:
            _add_cell(column, "outputValues", ", ".join(output.allowed))
        if output.default:
            _add_cell(column, "defaultOutputEntry", output.default)
    has_notes = any(rule.note for rule in table.rules)
    if has_notes:
        _add(drawn, "annotation", name="Note")
    for row, rule in enumerate(table.rules, 1):
        line = _add(drawn, "rule", id=f"{identity}-rule-{row}")
        _write_cells(line, "inputEntry", [test or "-" for test in rule.tests], f"{identity}-test-{row}")
        _write_cells(line, "outputEntry", rule.outputs, f"{identity}-value-{row}")
        if has_notes:
            _add_text(line, "annotationEntry", rule.note)


def _write_cells(line: etree._Element, tag: str, cells: Sequence[str], identity: str) -> None:
    for at, cell in enumerate(cells, 1):
        _add_cell(line, tag, cell, id=f"{identity}-{at}")
