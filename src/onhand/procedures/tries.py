"""Test cases of a procedure: facts and answers as cells say them, and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from onhand.guidelines.book import Book
from onhand.guidelines.cases import read_value
from onhand.guidelines.feel.errors import CellError
from onhand.guidelines.feel.values import Value
from onhand.procedures.knowing import Remedies
from onhand.procedures.script import Script, Step, StepKind, Try
from onhand.procedures.walking import Taken, Walk, walk

STRONG = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """A test case and what came of it: the remedies offered, the step it stopped at; `problem` where it could not be tried."""

    tried: Try
    offers: tuple[str, ...] | None = None
    stops: str = ""
    problem: str = ""

    @property
    def is_right(self) -> bool:
        """Whether it came out as written."""
        same = self.tried.offers is None or set(self.tried.offers) == set(self.offers or ())
        return not self.problem and same and self.tried.stops == self.stops


def try_all(script: Script, book: Book, at: datetime) -> list[Tried]:
    """Go through all test cases, in order. What is no question of the case is said, whoever it is is identified."""
    return [_try(script, one, book, at) for one in script.tries]


def _try(script: Script, one: Try, book: Book, at: datetime) -> Tried:
    try:
        known = {name: read_value(text) for name, text in one.known}
    except CellError as error:
        return Tried(one, problem=error.message)
    facts = {name: value for name, value in known.items() if name in script.facts or not _is_answer(script, name)}
    remedies = Remedies(script, book, at, facts)
    taken: dict[str, Taken] = {}
    for _step in range(len(script.steps) + 1):
        way = walk(script, taken, facts, level=STRONG, remedies=remedies)
        step = way.now
        if step is None:
            return Tried(one)
        if way.stops:
            return Tried(one, stops=step.key)
        if step.kind is StepKind.OFFER and one.offers is not None:
            return Tried(one, offers=tuple(offered.option.key for offered in way.offered))
        answer = _answer(step, way, known)
        if answer is None:
            return Tried(one, problem=_("It says nothing of “%(step)s”.") % {"step": step.key})
        taken[step.key] = answer
    return Tried(one, problem=_("It comes to no end."))


def _is_answer(script: Script, name: str) -> bool:
    return any(step.variable == name for step in script.steps)


def _answer(step: Step, way: Walk, known: Mapping[str, Value]) -> Taken | None:
    """What the case answers at a step; None where it says nothing of a question."""
    if step.kind is StepKind.ASK:
        value = known.get(step.variable)
        return None if value is None else Taken("said", _said(value))
    if step.kind is StepKind.OFFER:
        return Taken("done", way.offered[0].option.key, 0) if way.offered else None
    return Taken("done", "", 0)


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
