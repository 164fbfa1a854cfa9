"""How the guidelines that come with the product are put down: short rows, made into the documents everybody else writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onhand.guidelines.documents import Case, Document, Words, inputs_of
from onhand.guidelines.facts import find_fact
from onhand.guidelines.graphs import Decision, Graph
from onhand.guidelines.tables import HitPolicy, Input, Output, Rule, Table

ANSWER = "Answer"
TYPES = {"most": "number", "identification": "number", "second person": "boolean", "days": "number"}
SENIORS = '"senior,supervisor,administrator"'
LEADERS = '"supervisor,administrator"'
Row = tuple[str, ...]  # a test for each input, then a value for each output; the last outputs may be left out


@dataclass(frozen=True, slots=True)
class Shipped:
    """A guideline that comes with the product. `gaps` says on purpose of which cases it says nothing; empty where it covers all."""

    name: str
    document: Document
    gaps: str = ""


def table(
    name: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    rows: Sequence[Row],
    policy: HitPolicy = HitPolicy.FIRST,
) -> Table:
    """A table of facts and decisions by name. What a row leaves out at its end is null."""
    width = len(inputs) + len(outputs)
    full = [(*row, *("null" for _left in range(width - len(row)))) for row in rows]
    return Table(
        name,
        tuple(Input(one, one) for one in inputs),
        tuple(Output(one, type=TYPES.get(one, "string")) for one in outputs),
        tuple(Rule(row[: len(inputs)], tuple(cell or "null" for cell in row[len(inputs) :])) for row in full),
        policy,
    )


def guideline(
    name: str,
    purpose: str,
    clause: str,
    *,
    acts: Sequence[str],
    answer: Table,
    words: Mapping[str, Words],
    cases: Sequence[Case],
    before: Sequence[Table] = (),
    also: Sequence[str] = (),
    remedies: Sequence[Row] = (),
    offered_by: Sequence[str] = (),
    follow_ups: Sequence[Row] = (),
    follows_by: Sequence[str] = (),
    gaps: str = "",
) -> Shipped:
    """
    A guideline: `before` are decisions the answer builds on, `also` facts that its words or amounts name. Each row of `remedies` is what
    A guideline: `before` are decisions the answer builds on, `also` facts that its words or amounts name. Each row of `remedies` is what
    can be offered and its most, after a test for each of `offered_by` (facts, or decisions before); each of `follow_ups` what is promised,
    within how many days and what test says it was kept, after tests of the facts `follows_by`.
    """
    decisions = [Decision(one.name, one, _asked(one)) for one in before]
    named = {one.name for one in decisions}
    decisions.append(Decision(ANSWER, answer, tuple(dict.fromkeys([*_asked(answer), *also]))))
    looked_at = tuple(dict.fromkeys([*(one for one in _asked(answer) if one not in named), *also]))
    lists = (
        ("Remedies", offered_by, ("remedy", "most"), remedies),
        ("Follow-ups", follows_by, ("what", "days", "test"), follow_ups),
    )
    for listed, by, outputs, rows in lists:
        if rows:
            names = tuple(dict.fromkeys([*by, *looked_at]))
            decisions.append(Decision(listed, table(listed, by, outputs, rows, HitPolicy.RULE_ORDER), names))
    facts = {one for decision in decisions for one in decision.requires if one not in named}
    document = Document(
        tuple(acts),
        Graph(name, inputs_of(facts), tuple(decisions)),
        ANSWER,
        remedies="Remedies" if remedies else "",
        follow_ups="Follow-ups" if follow_ups else "",
        words=dict(words),
        clause=clause,
        purpose=purpose,
        cases=tuple(cases),
    )
    return Shipped(name, document, gaps)


def _asked(one: Table) -> tuple[str, ...]:
    return tuple(column.expression for column in one.inputs)


def case(name: str, expected: str, /, **facts: str) -> Case:
    """
    A test case: the answer, or `answer, most`, that must come out. Facts are named with underscores and given as people write them.
    """
    answer, _comma, most = expected.partition(",")
    outputs = {"answer": f'"{answer}"'} if answer != "nothing" else {}
    if most:
        outputs["most"] = most.strip()
    told = {key.replace("_", " "): value for key, value in facts.items()}
    return Case(name, {key: _cell(key, value) for key, value in told.items()}, outputs)


def _cell(key: str, value: str) -> str:
    fact = find_fact(key)
    is_text = fact is not None and fact.type == "string" and value != "null"
    return f'"{value}"' if is_text else value


def words(en: str, es: str, customer_en: str = "", customer_es: str = "") -> Words:
    """What is said to the representative, and what may be said to the customer."""
    return Words(
        {"en": en, "es": es},
        {"en": customer_en, "es": customer_es} if customer_en else {},
    )
