"""
Where each answer of a procedure leads, as far as its text alone says: for who writes and reads it.

What is not known yet, a fact or an answer of another question, leaves it open whether a step comes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onhand.guidelines.feel.values import Value
from onhand.procedures.script import Formula, Script, Step, StepKind

MOST_OPEN = 3  # steps that may come, told of one answer
LOOKED_AT = 50  # steps after a question
_UNKNOWN: Value = ["?"]  # equal to nothing and to be compared with nothing, so whatever asks for it stays open
_SAME = re.compile(r'\s*([\w .&/-]+?) = "([^"\\]*)"\s*')


@dataclass(frozen=True, slots=True)
class Lead:
    """
    Where an answer leads: to a step, or, without one, to the end. `is_sure`: false where it depends on more than this answer. `ends`: the
    procedure ends at that step.
    """

    step: Step | None
    is_sure: bool = True
    ends: bool = False


def leads(script: Script, step: Step, answer: Mapping[str, Value]) -> Sequence[Lead]:
    """The steps that may come next once `step` is answered so, up to the first that surely does."""
    known = {**_implied(step), **answer}
    found: list[Lead] = []
    place = script.steps.index(step)
    for later in script.steps[place + 1 : place + 1 + LOOKED_AT]:
        needed = _holds(later.when, known, step.when)
        if later.kind is StepKind.STOP and needed is not False:
            ends = _holds(later.ends_when, known, step.when)
            needed = False if ends is False else (needed and ends)
        if needed is False:
            if later.variable:
                known[later.variable] = None  # not asked, so not known
            continue
        found.append(Lead(later, needed is True, later.kind is StepKind.STOP))
        if needed or len(found) > MOST_OPEN:
            return found
    return [*found, Lead(None, not found)] if place + LOOKED_AT + 1 >= len(script.steps) else found


def _holds(formula: Formula | None, known: Mapping[str, Value], above: Formula | None) -> bool | None:
    """Whether a condition holds; None where that is open. One the step itself has holds already."""
    if formula is None or (above is not None and formula.text == above.text):
        return True
    names = {name.partition(".")[0] for name in formula.names}
    found = formula.evaluate({**dict.fromkeys(names, _UNKNOWN), **known})
    if isinstance(found, bool):
        return found
    return False if names <= known.keys() else None


def _implied(step: Step) -> dict[str, Value]:
    """What holds where the step is reached at all: answers its own condition names, one and the other."""
    found: dict[str, Value] = {}
    for part in step.when.text.split(" and ") if step.when else []:
        same = _SAME.fullmatch(part)
        if same is None:
            return {}
        found[same[1]] = same[2]
    return found
