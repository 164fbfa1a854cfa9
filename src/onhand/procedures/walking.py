"""
Where a procedure has come to: worked out of what was answered and what is known, nothing else.

The steps are looked at in order. One that is not needed is passed over; one that is known already is taken by itself; the first that is
neither taken nor skipped is the one to take now. What comes after it is not looked at, so nothing after a step can be done before it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from onhand.guidelines.feel.values import Value
from onhand.procedures.enums import Source
from onhand.procedures.script import AnswerType, Option, Prepared, Script, Step, StepKind


class Status(StrEnum):
    """How a step stands."""

    TAKEN = "taken"
    KNOWN = "known"
    SKIPPED = "skipped"
    NOT_NEEDED = "not needed"
    NOW = "now"
    STOPS = "stops"  # the procedure ends here


@dataclass(frozen=True, slots=True)
class Taken:
    """What was put down for a step."""

    source: str
    answer: str = ""
    record_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A remedy that is on the list, and the most that may be given with it (None: nothing is said)."""

    option: Option
    most: Decimal | None = None


Remedies = Callable[[Step, Mapping[str, Value]], Sequence[Offered]]


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was looked at, how it stands, and the value it gave."""

    step: Step
    status: Status
    value: Value = None


@dataclass(slots=True)
class Walk:
    """
    The way through: `path` are the steps looked at, the last one the one to take now unless all are passed. `values` are facts and answers
    by name. `offered` are the remedies of the step to take now; `prepared` the act that is to be done for it, once one is chosen.
    """

    path: list[Passed] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    offered: Sequence[Offered] = ()
    prepared: Prepared | None = None
    reached: list[str] = field(default_factory=list)

    @property
    def now(self) -> Step | None:
        """The step to take now; None where the end is reached."""
        last = self.path[-1] if self.path else None
        return last.step if last and last.status in (Status.NOW, Status.STOPS) else None

    @property
    def stops(self) -> bool:
        """Whether the procedure ends at the step that is reached."""
        return bool(self.path) and self.path[-1].status is Status.STOPS


def own_remedies(step: Step, values: Mapping[str, Value]) -> list[Offered]:
    """The remedies a step has itself, by their conditions."""
    return [Offered(one) for one in step.options if one.when is None or one.when.holds(values)]


def walk(
    script: Script,
    taken: Mapping[str, Taken],
    facts: Mapping[str, Value],
    *,
    level: int = 0,
    remedies: Remedies = own_remedies,
) -> Walk:
    """Where a run of a script is, by what was taken of it, what the books know, and how well the customer is identified (0 to 3)."""
    way = Walk(values=dict(facts))
    for step in script.steps:
        if step.when is not None and not step.when.holds(way.values):
            way.path.append(Passed(step, Status.NOT_NEEDED))
            continue
        status = _look(step, taken.get(step.key), way, level, remedies)
        way.path.append(Passed(step, status, way.values.get(step.variable) if step.variable else None))
        if status in (Status.NOW, Status.STOPS):
            break
    return way


def _look(step: Step, taken: Taken | None, way: Walk, level: int, remedies: Remedies) -> Status:
    """How a step stands; what it gives is put among the values."""
    if taken is not None and taken.source == Source.SKIPPED:
        return Status.SKIPPED
    if step.kind is StepKind.SAY:
        return Status.TAKEN if taken else Status.NOW
    if step.kind is StepKind.ASK:
        return _asked(step, taken, way)
    if step.kind is StepKind.IDENTIFY:
        return Status.KNOWN if taken or level >= step.level else Status.NOW
    if step.kind is StepKind.STOP:
        holds = step.ends_when is not None and step.ends_when.holds(way.values)
        return Status.STOPS if holds else Status.NOT_NEEDED
    return _to_do(step, taken, way, remedies)


def _asked(step: Step, taken: Taken | None, way: Walk) -> Status:
    if taken is not None:
        try:
            way.values[step.variable] = step.read(taken.answer)
        except ValueError:  # what was answered is erased
            return Status.NOW
        return Status.KNOWN if taken.source == Source.KNOWN else Status.TAKEN
    known = way.values.get(step.fact) if step.fact else None
    if known is None or not _answers(step, known):
        return Status.NOW
    way.values[step.variable] = known
    return Status.KNOWN


def _answers(step: Step, known: Value) -> bool:
    """Whether a fact is what the question asks for; of any other, who asks puts it down."""
    if step.type is AnswerType.YES_NO:
        return isinstance(known, bool)
    if step.type is AnswerType.NUMBER:
        return isinstance(known, Decimal)
    if step.type is AnswerType.DATE:
        return isinstance(known, date) and not isinstance(known, datetime)
    if not isinstance(known, str) or not known:
        return False
    return step.type is AnswerType.TEXT or step.option(known) is not None


def _to_do(step: Step, taken: Taken | None, way: Walk, remedies: Remedies) -> Status:
    """A step by which something is done: chosen first where there is a choice, then done, which its record shows."""
    prepared = step.prepared
    if step.kind is StepKind.OFFER:
        offered = remedies(step, way.values)
        chosen = None
        if taken is not None:
            chosen = next((one for one in offered if one.option.key == taken.answer), None)
        if taken is not None and taken.record_id is not None:  # done: whatever the list says by now
            chosen = chosen or Offered(step.option(taken.answer) or Option(taken.answer, {}))
        way.offered = offered
        if chosen is None:
            return Status.NOW
        way.values["remedy"], way.values["most"] = chosen.option.key, chosen.most
        prepared = chosen.option.prepared
    if prepared is None:
        return Status.TAKEN
    way.prepared = prepared
    way.reached.append(prepared.act)
    if taken is None or taken.record_id is None:
        return Status.NOW
    way.prepared = None
    return Status.TAKEN
