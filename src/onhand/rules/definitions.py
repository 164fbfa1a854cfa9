"""
A rule as it is written down: JSON in, checked values out. Everything is bounded, so that no rule set can be slow or large.

    {"key": "a1b2c3d4", "name": "Invoices", "when": "new_contact", "joined": "all",
     "groups": [{"how": "any", "conditions": [{"what": "subject", "how": "has_any", "value": ["invoice"]}]}],
     "actions": [{"do": "hand_to_team", "with": {"team": 3}}], "stops": true, "is_on": true}
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from onhand.kernel.errors import ArgumentsInvalid
from onhand.rules.actions import ActionKind, find_action
from onhand.rules.conditions import MOST_GROUPS, Group, Problems, read_group, trusted_group
from onhand.rules.enums import Joined, Moment

MOST_RULES = 300
MOST_ACTIONS = 10
LONGEST_NAME = 120
LONGEST_DEFINITION = 100_000  # characters
SHORTEST_WAIT, LONGEST_WAIT = 5, 60 * 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Action:
    """Something a rule does: the key of its kind, and what the rule gives."""

    do: str
    values: Mapping[str, Any]

    @property
    def kind(self) -> ActionKind | None:
        return find_action(self.do)

    def as_json(self) -> dict[str, Any]:
        return {"do": self.do, "with": dict(self.values)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `wait_minutes` counts only when it is asked about contacts that wait. Without groups it holds always."""

    key: str
    name: str
    when: Moment
    actions: tuple[Action, ...]
    groups: tuple[Group, ...] = ()
    joined: Joined = Joined.ALL
    wait_minutes: int = 0
    stops: bool = False
    is_on: bool = True

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "key": self.key,
            "name": self.name,
            "when": self.when.value,
            "wait_minutes": self.wait_minutes,
            "joined": self.joined.value,
            "groups": [group.as_json() for group in self.groups],
            "actions": [action.as_json() for action in self.actions],
            "stops": self.stops,
            "is_on": self.is_on,
        }


def new_key() -> str:
    """A key no rule had before: what a rule did is told by it, through all versions."""
    return secrets.token_hex(4)


def parse_rule(text: str) -> Rule:
    """
    A rule out of JSON text, all of it checked.

    :raises ArgumentsInvalid: naming each place that is wrong, such as `groups.0.conditions.1.value`.
    """
    if len(text) > LONGEST_DEFINITION:
        raise ArgumentsInvalid({"definition": [_("This rule is too long.")]})
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ArgumentsInvalid({"definition": [_("This is not JSON.")]}) from None
    return read_rule(given)


def read_rule(given: Any) -> Rule:
    """The same out of JSON values."""
    if not isinstance(given, Mapping):
        raise ArgumentsInvalid({"definition": [_("A rule is an object with a name, a moment and actions.")]})
    problems: Problems = {}
    when = given.get("when")
    if when not in Moment.values:
        problems["when"] = [_("Choose when the rule is asked.")]
        when = Moment.NEW_CONTACT
    joined = given.get("joined", Joined.ALL.value)
    if joined not in Joined.values:
        problems["joined"] = [_("Choose how the groups are joined.")]
        joined = Joined.ALL
    rule = Rule(
        key=_key(given.get("key")),
        name=_name(given.get("name"), problems),
        when=Moment(when),
        wait_minutes=_minutes(given.get("wait_minutes"), problems) if when == Moment.WAITING else 0,
        joined=Joined(joined),
        groups=_groups(given.get("groups", []), problems),
        actions=_actions(given.get("actions"), problems),
        stops=given.get("stops") is True,
        is_on=given.get("is_on", True) is True,
    )
    if problems:
        raise ArgumentsInvalid(problems)
    return rule


def trusted_rules(stored: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """
    Rules as they were checked and stored before. Their actions are not checked again: what has gone since, such as a team, shows as
    a problem where the rule acts.
    """
    return tuple(_trusted(one) for one in stored)


def _trusted(stored: Mapping[str, Any]) -> Rule:
    return Rule(
        key=stored["key"],
        name=stored["name"],
        when=Moment(stored["when"]),
        wait_minutes=stored["wait_minutes"],
        joined=Joined(stored["joined"]),
        groups=tuple(trusted_group(group) for group in stored["groups"]),
        actions=tuple(Action(one["do"], one["with"]) for one in stored["actions"]),
        stops=stored["stops"],
        is_on=stored["is_on"],
    )


def _key(given: Any) -> str:
    is_key = isinstance(given, str) and 0 < len(given) <= 20 and given.isascii() and given.isalnum()
    return given if is_key else new_key()


def _name(given: Any, problems: Problems) -> str:
    name = " ".join(given.split()) if isinstance(given, str) else ""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        problems["name"] = [_("Give the rule a name of at most %(most)s characters.") % {"most": LONGEST_NAME}]
        return "?"
    return name


def _minutes(given: Any, problems: Problems) -> int:
    minutes = int(given) if isinstance(given, int | str) and str(given).isascii() and str(given).isdigit() else 0
    if not SHORTEST_WAIT <= minutes <= LONGEST_WAIT:
        problems["wait_minutes"] = [
            _("Give %(least)s to %(most)s minutes.") % {"least": SHORTEST_WAIT, "most": LONGEST_WAIT}
        ]
        return SHORTEST_WAIT
    return minutes


def _groups(given: Any, problems: Problems) -> tuple[Group, ...]:
    if not isinstance(given, list) or len(given) > MOST_GROUPS:
        problems["groups"] = [_("A rule has at most %(most)s groups of conditions.") % {"most": MOST_GROUPS}]
        return ()
    return tuple(read_group(one, f"groups.{number}", problems) for number, one in enumerate(given))


def _actions(given: Any, problems: Problems) -> tuple[Action, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_ACTIONS:
        problems["actions"] = [_("A rule has 1 to %(most)s actions.") % {"most": MOST_ACTIONS}]
        return ()
    read = (_action(one, f"actions.{number}", problems) for number, one in enumerate(given))
    return tuple(one for one in read if one is not None)


def _action(given: Any, place: str, problems: Problems) -> Action | None:
    do = given.get("do") if isinstance(given, Mapping) else None
    kind = find_action(do) if isinstance(do, str) else None
    values = given.get("with", {}) if isinstance(given, Mapping) else None
    if kind is None or not isinstance(values, Mapping):
        problems[f"{place}.do"] = [_("Choose what is done.")]
        return None
    try:
        return Action(kind.key, kind.read(values))
    except ArgumentsInvalid as error:
        for name, messages in error.fields.items():
            problems[f"{place}.{name}"] = messages
        return None
