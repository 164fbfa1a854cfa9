"""
What rules would do in a situation. Trying rules and applying them both ask here, so that what a trial shows is what publishing does.
Pure: the same rules and situation give the same plan, always.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from onhand.rules.conditions import MOST_REASONS, Reason
from onhand.rules.definitions import Action, Rule
from onhand.rules.enums import Joined, Moment
from onhand.rules.situations import Course, Situation

LastAnswer = Callable[[str], datetime | None]  # address → when a rule last answered it
# Local parts of addresses that nobody reads.
_NOBODY = (
    "mailer-daemon",
    "postmaster",
    "no-reply",
    "noreply",
    "no_reply",
    "do-not-reply",
    "donotreply",
    "bounce",
    "bounces",
)

AUTOMATON, UNSURE, NOBODY, LATELY, ONCE = "automaton", "unsure", "nobody", "lately", "once"  # why there is no answer


@dataclass(frozen=True, slots=True)
class Step:
    """An action of a plan; `left_out` says why it is not done, empty if it is."""

    action: Action
    left_out: str = ""

    def as_json(self) -> dict[str, Any]:
        return self.action.as_json() | ({"left_out": self.left_out} if self.left_out else {})


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that holds, why, and what it does."""

    rule: Rule
    because: tuple[Reason, ...]
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """Without the reasons: what was found in a message is not kept twice."""
        return {"rule": self.rule.key, "name": self.rule.name, "steps": [step.as_json() for step in self.steps]}


def is_asked(rule: Rule, situation: Situation) -> bool:
    """Whether a rule is asked at this moment at all."""
    if not rule.is_on:
        return False
    if situation.moment is Moment.WAITING:
        return rule.when is Moment.WAITING and situation.waited_minutes >= rule.wait_minutes
    return rule.when is Moment.MESSAGE or (rule.when is Moment.NEW_CONTACT and situation.known.is_new)


def reasons_of(rule: Rule, situation: Situation, course: Course) -> tuple[Reason, ...] | None:
    """Why a rule holds; None if it does not."""
    reasons: list[Reason] = []
    for group in rule.groups:
        found = group.holds(situation, course)
        if found is None and rule.joined is Joined.ALL:
            return None
        if found is not None:
            reasons += found
            if rule.joined is Joined.ANY:
                break
    else:
        if rule.groups and rule.joined is Joined.ANY:
            return None
    return tuple(reasons[:MOST_REASONS])


def plan(rules: Iterable[Rule], situation: Situation, last_answer: LastAnswer) -> list[Match]:
    """The rules that hold, in order, each seeing what those before it did, up to the first that stops."""
    course, matches = Course.at_first(situation.known), []
    for rule in rules:
        if not is_asked(rule, situation):
            continue
        because = reasons_of(rule, situation, course)
        if because is None:
            continue
        steps = tuple(_step(action, situation, course, last_answer) for action in rule.actions)
        matches.append(Match(rule, because, steps))
        if rule.stops:
            break
    return matches


def _step(action: Action, situation: Situation, course: Course, last_answer: LastAnswer) -> Step:
    kind = action.kind
    if kind is None:
        return Step(action)  # fails where it is done, and says so
    if kind.answers:
        why_not = why_not_answered(situation, course, last_answer, hours=action.values.get("hours", 24))
        if why_not:
            return Step(action, why_not)
    kind.effect(course, action.values)
    return Step(action)


def why_not_answered(situation: Situation, course: Course, last_answer: LastAnswer, *, hours: int) -> str:
    """Why no automatic answer goes to the sender; empty if one may."""
    if situation.automatic:
        return AUTOMATON
    local, at, _domain = situation.sender.lower().rpartition("@")
    if not at or local.startswith(_NOBODY) or situation.sender.lower() == situation.came_to.lower():
        return NOBODY
    if situation.failed_checks:
        return UNSURE
    if course.is_answered:
        return ONCE
    before = last_answer(situation.sender.lower())
    return LATELY if before is not None and situation.at - before < timedelta(hours=hours) else ""


def answers_in(matches: Sequence[Match]) -> bool:
    """Whether a plan answers the sender."""
    return any(
        not step.left_out and step.action.kind is not None and step.action.kind.answers
        for match in matches
        for step in match.steps
    )
