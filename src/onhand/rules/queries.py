"""Reads of rules: what they did to a contact, what failed, versions and how they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from onhand.kernel.actor import Actor
from onhand.rules.access import SET_UP
from onhand.rules.definitions import Rule, trusted_rules
from onhand.rules.models import RuleExecution, RuleSetVersion, Trial, TriedMessage
from onhand.rules.wording import Wording

MOST_EXECUTIONS = 100
MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Explained:
    """What one rule did to a contact, in words."""

    rule_key: str
    rule: str
    version: int
    at: datetime
    because: Sequence[str]
    done: Sequence[str]
    stopped: bool
    has_problem: bool
    message_id: int
    contact_id: int


def explain(execution: RuleExecution, wording: Wording) -> Explained:
    """An execution in the reader's words."""
    return Explained(
        rule_key=execution.rule_key,
        rule=execution.rule_name,
        version=execution.set_version,
        at=execution.at,
        because=[wording.reason(one) for one in execution.because],
        done=[wording.step(one) for one in execution.done],
        stopped=execution.stopped,
        has_problem=execution.has_problem,
        message_id=execution.message_id,
        contact_id=execution.contact_id,
    )


def explained_on(actor: Actor, contact_id: int) -> list[Explained]:
    """
    What rules did to a contact and why, oldest first. Whoever calls has read the contact before, which checks that it may be seen.
    """
    wording = Wording(actor)
    found = RuleExecution.objects.filter(contact=contact_id).order_by("at", "pk")[:MOST_EXECUTIONS]
    return [explain(one, wording) for one in found]


def problems(actor: Actor, limit: int = MOST_PROBLEMS) -> list[Explained]:
    """What rules could not do, newest first, for who writes rules."""
    if not actor.may(SET_UP):
        return []
    wording = Wording(actor)
    found = RuleExecution.objects.filter(has_problem=True).order_by("-at", "-pk")[:limit]
    return [explain(one, wording) for one in found]


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule that differs between two lists of rules: `change` is added, removed, changed, moved, on or off."""

    change: str
    name: str
    before: str
    after: str


def differences(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], wording: Wording
) -> list[Difference]:
    """What somebody changed between two lists of rules as they are stored, in the order of the newer, what was removed last."""
    old, new = _by_key(before), _by_key(after)
    kept_before = [key for key in old if key in new]
    kept_after = [key for key in new if key in old]
    found: list[Difference] = []
    for key, rule in new.items():
        was = old.get(key)
        sentence = wording.rule(rule).sentence
        if was is None:
            found.append(Difference("added", rule.name, "", sentence))
        elif _content(was) != _content(rule) or was.name != rule.name:
            found.append(Difference("changed", rule.name, f"{was.name}: {wording.rule(was).sentence}", sentence))
        if was is not None and was.is_on != rule.is_on:
            found.append(Difference("on" if rule.is_on else "off", rule.name, "", sentence))
        if was is not None and kept_before.index(key) != kept_after.index(key):
            found.append(Difference("moved", rule.name, str(list(old).index(key) + 1), str(list(new).index(key) + 1)))
    found += [
        Difference("removed", rule.name, wording.rule(rule).sentence, "") for key, rule in old.items() if key not in new
    ]
    return found


def _by_key(stored: Sequence[Mapping[str, Any]]) -> dict[str, Rule]:
    return {rule.key: rule for rule in trusted_rules(stored)}


def _content(rule: Rule) -> Mapping[str, Any]:
    return {name: value for name, value in rule.as_json().items() if name not in ("key", "name", "is_on")}


def rules_of_version(number: int) -> Sequence[Mapping[str, Any]]:
    """The rules of a version as they are stored; none for 0."""
    found: Sequence[Mapping[str, Any]] = (
        RuleSetVersion.objects.values_list("rules", flat=True).get(number=number) if number else []
    )
    return found


def tried_messages(
    trial_id: int, *, rule_key: str = "", only_different: bool = False, after: int = 0, limit: int = 50
) -> list[TriedMessage]:
    """Messages of a trial that are shown singly, those of a rule only if one is named, in the order they came."""
    found = TriedMessage.objects.filter(trial=trial_id, pk__gt=after).select_related("message__contact").order_by("pk")
    if rule_key:
        found = found.filter(rule_keys__contains=[rule_key])
    if only_different:
        found = found.filter(is_different=True)
    return list(found[:limit])


def latest_trials(most: int) -> list[Trial]:
    """The newest trials."""
    return list(Trial.objects.order_by("-pk").defer("rules", "counts")[:most])


def times_acted(now: datetime) -> dict[str, int]:
    """How often each rule acted in the last 30 days, by its key."""
    found = RuleExecution.objects.filter(at__gte=now - timedelta(days=30)).values_list("rule_key")
    return dict(found.annotate(times=Count("pk")).order_by())
