"""What one guideline says of an act: its table's outputs, read; or that it cannot say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onhand.guidelines.documents import Document, read
from onhand.guidelines.facts import in_minor
from onhand.guidelines.feel.values import Value, written
from onhand.guidelines.follow_ups import read_follow_ups
from onhand.guidelines.graphs import GraphError, ReadGraph
from onhand.guidelines.tables import Outcome
from onhand.kernel.decisions import APPROVERS, Answer
from onhand.kernel.money import Money

FALLBACK_LANGUAGE = "en"
_FACT_IN_WORDS = re.compile(r"\{([^{}]{1,80})\}")


@dataclass(frozen=True, slots=True)
class Applied:
    """A version in force, ready to answer; `graph` is None where this version of the product cannot read it any more."""

    guideline_id: int
    name: str
    number: int
    document: Document
    graph: ReadGraph | None
    problem: str = ""

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts it looks at."""
        return tuple(one.name for one in self.document.graph.inputs)


@dataclass(frozen=True, slots=True)
class Said:
    """What a guideline or a limit answers. `rows` are those that counted, for people; `rule` and `version` name it in the record."""

    answer: Answer
    reason: str
    rule: str
    version: str
    may_approve: tuple[str, ...] = ()
    needs_second: bool = False
    customer_words: Mapping[str, str] | None = None
    clause: str = ""
    identification: int = 0
    follow_ups: tuple[Mapping[str, Any], ...] = ()
    rows: Sequence[Mapping[str, Any]] = ()

    def as_json(self) -> dict[str, Any]:
        """As records keep it."""
        said = {"answer": self.answer.value, "rule": self.rule, "version": self.version, "reason": self.reason}
        return {**said, **({"rows": list(self.rows)} if self.rows else {})}


def prepared(guideline_id: int, name: str, number: int, document: Document) -> Applied:
    """A version ready to answer, also one that cannot be read any more."""
    try:
        return Applied(guideline_id, name, number, document, read(document))
    except GraphError as error:
        return Applied(guideline_id, name, number, document, None, str(error)[:300])


def answer_of(one: Applied, facts: Mapping[str, Value], given: Money | None, *, in_words: bool = True) -> Said | None:
    """
    What a guideline says over these facts; None where no row of it covers the case, or it only lists remedies. Without words (for
    deciding many) there are neither reasons nor rows nor what follows.
    """
    if not one.document.decision:
        return None
    if one.graph is None:
        return _asking(
            one, _("The guideline “%(name)s” cannot be read: %(why)s") % {"name": one.name, "why": one.problem}
        )
    outcome = one.graph.decide(one.document.decision, facts)[one.document.decision]
    if outcome.problem:
        return _asking(one, _("The guideline “%(name)s” contradicts itself here.") % {"name": one.name}, outcome)
    if outcome.value is None:
        return None
    named = outcome.value if isinstance(outcome.value, dict) else {"answer": outcome.value}
    return _read(one, named, outcome, facts, given, in_words)


def _read(
    one: Applied,
    named: Mapping[str, Value],
    outcome: Outcome,
    facts: Mapping[str, Value],
    given: Money | None,
    in_words: bool,
) -> Said | None:
    if named.get("answer") is None:
        return None
    try:
        answer = Answer(str(named["answer"]))
    except ValueError:
        return _asking(one, _("The guideline “%(name)s” gives no answer that is known.") % {"name": one.name}, outcome)
    approvers = tuple(part.strip() for part in str(named.get("approver") or "").split(",") if part.strip())
    allowed = _most(named.get("most"), given) if answer is Answer.ALLOW else None
    if allowed is not None:
        answer = Answer.ASK if approvers else Answer.REFUSE
    may_approve = (approvers or APPROVERS) if answer is Answer.ASK else ()
    needs_second = named.get("second person") is True
    if not in_words:
        return Said(answer, "", f"guideline:{one.guideline_id}", str(one.number), may_approve, needs_second)
    reason, customer_words = _words(one, named.get("words"), facts)
    if allowed is not None and given is not None:
        said = {"amount": given.formatted(), "most": allowed.formatted(), "name": one.name}
        reason = _("%(amount)s is more than the %(most)s that “%(name)s” allows.") % said
    level = named.get("identification")
    return Said(
        answer,
        reason or _default_reason(answer, one.name),
        rule=f"guideline:{one.guideline_id}",
        version=str(one.number),
        may_approve=may_approve,
        needs_second=needs_second,
        customer_words=customer_words,
        clause=str(named.get("clause") or one.document.clause),
        identification=int(level) if isinstance(level, Decimal) else 0,
        follow_ups=_follow_ups(one, facts) if answer is not Answer.REFUSE else (),
        rows=_rows(one, outcome),
    )


def _most(most: Value, given: Money | None) -> Money | None:
    """The most that may be given, where more is given."""
    if given is None or not isinstance(most, Decimal):
        return None
    allowed = Money(max(in_minor(most, given.currency), 0), given.currency)
    return allowed if abs(given.minor) > allowed.minor else None


def _asking(one: Applied, reason: str, outcome: Outcome | None = None) -> Said:
    """The safe answer where a guideline cannot say: somebody else looks at it."""
    rows = _rows(one, outcome) if outcome else ()
    return Said(
        Answer.ASK, reason, f"guideline:{one.guideline_id}", str(one.number), APPROVERS, needs_second=True, rows=rows
    )


def _rows(one: Applied, outcome: Outcome) -> Sequence[Mapping[str, Any]]:
    table = one.graph.tables.get(one.document.decision) if one.graph else None
    return table.why(outcome) if table else ()


def _default_reason(answer: Answer, name: str) -> str:
    if answer is Answer.ALLOW:
        return _("The guideline “%(name)s” allows this.") % {"name": name}
    if answer is Answer.ASK:
        return _("The guideline “%(name)s” asks for approval.") % {"name": name}
    return _("The guideline “%(name)s” refuses this.") % {"name": name}


def _words(one: Applied, key: Value, facts: Mapping[str, Value]) -> tuple[str, Mapping[str, str] | None]:
    """(the words for the representative in the language that is active, those for the customer by language)."""
    found = one.document.words.get(key) if isinstance(key, str) else None
    if found is None:
        return "", None
    own = in_language(found.representative, get_language() or "")
    return filled(own, facts), {language: filled(text, facts) for language, text in found.customer.items()}


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in this language, else in English, else in any."""
    for wanted in (language, language.partition("-")[0], FALLBACK_LANGUAGE):
        if texts.get(wanted):
            return texts[wanted]
    return next(iter(texts.values()), "")


def filled(text: str, facts: Mapping[str, Value]) -> str:
    """A text with the facts it names in braces put in; what is no fact stays as it stands."""

    def fact(match: re.Match[str]) -> str:
        value = facts.get(match[1].strip())
        return match[0] if value is None else written(value).strip('"')

    return _FACT_IN_WORDS.sub(fact, text)


def listed(one: Applied, decision: str, facts: Mapping[str, Value]) -> list[dict[str, Value]]:
    """The rows a decision lists over these facts, each by the names of its outputs; none where it cannot say."""
    if one.graph is None or not decision:
        return []
    value = one.graph.decide(decision, facts)[decision].value
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, dict)]


def _follow_ups(one: Applied, facts: Mapping[str, Value]) -> tuple[Mapping[str, Any], ...]:
    rows = listed(one, one.document.follow_ups, facts)
    return read_follow_ups(rows, f"guideline:{one.guideline_id}", str(one.number))
