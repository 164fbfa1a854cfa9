"""
The form of a rule. Its rows are numbered boxes (`g0-c1-what`); adding, taking away and moving a row sends the form and gets it back
with the row changed, so that it works alike by keyboard, with and without script.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from onhand.kernel.actor import Actor
from onhand.rules.actions import find_action, offered_actions
from onhand.rules.conditions import MOST_CONDITIONS, MOST_GROUPS
from onhand.rules.definitions import MOST_ACTIONS, Rule
from onhand.rules.enums import GroupHow, Joined, Moment
from onhand.rules.qualities import HOWS, Kind, all_qualities, find_quality
from onhand.web.act_forms import FieldView, view_of

if TYPE_CHECKING:
    from django.http import QueryDict

Definition = dict[str, Any]
UNITS = {"minutes": 1, "hours": 60, "days": 1440}


def definition_of(rule: Rule | None) -> Definition:
    """What the form opens with: a rule as it is, or a new one with a row to fill in of everything."""
    if rule is not None:
        return rule.as_json()
    return {
        "key": "",
        "name": "",
        "when": Moment.NEW_CONTACT.value,
        "wait_minutes": 240,
        "joined": Joined.ALL.value,
        "groups": [{"how": GroupHow.ALL.value, "conditions": [_new_condition()]}],
        "actions": [{"do": "", "with": {}}],
        "stops": False,
        "is_on": True,
    }


def _new_condition() -> Definition:
    return {"what": "", "how": "", "value": None}


def typed_definition(data: "QueryDict", key: str) -> Definition:
    """What was typed, as a definition: not checked, and every row where it stands."""
    return {
        "key": key,
        "name": data.get("name", ""),
        "when": data.get("when", ""),
        "wait_minutes": _minutes(data.get("wait", ""), data.get("wait_unit", "")),
        "joined": data.get("joined", Joined.ALL.value),
        "groups": [_typed_group(data, number) for number in _numbers(data, "g", MOST_GROUPS)],
        "actions": [_typed_action(data, number) for number in _numbers(data, "a", MOST_ACTIONS)],
        "stops": data.get("stops") == "true",
        "is_on": data.get("is_on", "true") == "true",
    }


def _numbers(data: "QueryDict", letter: str, most: int) -> Sequence[int]:
    """The rows of one kind that were sent, by their first box."""
    first = "do" if letter == "a" else "how"
    return [number for number in range(most + 1) if f"{letter}{number}-{first}" in data]


def _minutes(text: str, unit: str) -> int | str:
    number = text.strip()
    return int(number) * UNITS.get(unit, 1) if number.isascii() and number.isdigit() and len(number) < 7 else number


def _typed_group(data: "QueryDict", number: int) -> Definition:
    rows = [place for place in range(MOST_CONDITIONS + 1) if f"g{number}-c{place}-what" in data]
    return {
        "how": data.get(f"g{number}-how", ""),
        "conditions": [_typed_condition(data, f"g{number}-c{place}") for place in rows],
    }


def _typed_condition(data: "QueryDict", place: str) -> Definition:
    what = data.get(f"{place}-what", "")
    quality = find_quality(what)
    kind = quality.kind if quality else None
    value: Any = data.get(f"{place}-value", "")
    if kind is Kind.CHOICE:
        value = data.getlist(f"{place}-value")
    elif kind is Kind.YES_NO:
        value = None
    return {"what": what, "how": data.get(f"{place}-how", ""), "value": value}


def _typed_action(data: "QueryDict", number: int) -> Definition:
    do = data.get(f"a{number}-do", "")
    kind = find_action(do)
    values = {}
    for field in kind.fields if kind else ():
        name = f"a{number}-{field.name}"
        if name in data and data.get(name, "").strip():
            values[field.name] = data.getlist(name) if field.widget == "choices" else data.get(name, "").strip()
    return {"do": do, "with": values}


def change(definition: Definition, asked: str) -> str:
    """
    Do what a row's button asks, such as `add-condition:0` or `remove-action:2`; anything else changes nothing. Gives the name of the
    box to go on with.
    """
    what, *places = asked.split(":")
    numbers = [int(place) for place in places if place.isascii() and place.isdigit() and len(place) < 4]
    groups, actions = definition["groups"], definition["actions"]
    if what == "add-group" and len(groups) < MOST_GROUPS:
        groups.append({"how": GroupHow.ALL.value, "conditions": [_new_condition()]})
        return f"g{len(groups) - 1}-c0-what"
    if what == "add-action" and len(actions) < MOST_ACTIONS:
        actions.append({"do": "", "with": {}})
        return f"a{len(actions) - 1}-do"
    if what == "remove-action" and _within(numbers, actions):
        actions.pop(numbers[0])
        return f"a{max(0, numbers[0] - 1)}-do"
    if what == "up-action" and _within(numbers, actions):
        actions.insert(max(0, numbers[0] - 1), actions.pop(numbers[0]))
        return f"a{max(0, numbers[0] - 1)}-do"
    if _within(numbers, groups):
        return _change_group(groups, what, numbers)
    return ""


def _change_group(groups: list[Definition], what: str, numbers: Sequence[int]) -> str:
    rows = groups[numbers[0]]["conditions"]
    if what == "add-condition" and len(rows) < MOST_CONDITIONS:
        rows.append(_new_condition())
        return f"g{numbers[0]}-c{len(rows) - 1}-what"
    if what == "remove-condition" and len(numbers) > 1 and numbers[1] < len(rows):
        rows.pop(numbers[1])
        if not rows:
            groups.pop(numbers[0])
            return "when"
        return f"g{numbers[0]}-c{max(0, numbers[1] - 1)}-what"
    return ""


def _within(numbers: Sequence[int], rows: Sequence[Any]) -> bool:
    return bool(numbers) and numbers[0] < len(rows)


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One row of conditions as the template draws it."""

    place: str
    what: str
    how: str
    kind: str
    hows: Sequence[tuple[str, Any]]
    options: Sequence[tuple[str, Any]]
    value: Any
    unit: Any
    errors: Sequence[str]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action: its fields are an act's own, named by the row."""

    place: str
    do: str
    fields: Sequence[FieldView]
    values: Mapping[str, Any]
    errors: Mapping[str, Sequence[str]]


def rows_of(definition: Definition, errors: Mapping[str, list[str]], actor: Actor) -> dict[str, Any]:
    """What the template draws."""
    return {
        "groups": [_group_rows(group, number, errors) for number, group in enumerate(definition["groups"])],
        "actions": [_action_row(one, number, errors, actor) for number, one in enumerate(definition["actions"])],
        "qualities": [(one.key, one.label) for one in all_qualities()],
        "kinds": [(one.key, one.label) for one in offered_actions()],
        "moments": Moment.choices,
        "group_hows": GroupHow.choices,
        "joins": Joined.choices,
        "units": _shown_wait(definition["wait_minutes"]),
    }


def _shown_wait(minutes: Any) -> tuple[Any, str]:
    """A wait as a number and its unit."""
    if isinstance(minutes, int) and minutes:
        unit = next(name for name in ("days", "hours", "minutes") if minutes % UNITS[name] == 0)
        return minutes // UNITS[unit], unit
    return minutes, "minutes"


def _group_rows(group: Definition, number: int, errors: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = [
        _condition_row(row, f"g{number}-c{place}", f"groups.{number}.conditions.{place}", errors)
        for place, row in enumerate(group["conditions"])
    ]
    return {"number": number, "how": group["how"], "rows": rows, "errors": errors.get(f"groups.{number}", [])}


def _condition_row(row: Definition, place: str, name: str, errors: Mapping[str, list[str]]) -> ConditionRow:
    quality = find_quality(row["what"])
    hows = HOWS[quality.kind] if quality else ()
    how = row["how"] if row["how"] in hows else (hows[0].value if hows else "")
    value = row.get("value")
    if quality and quality.kind in (Kind.WORDS, Kind.ADDRESSES) and isinstance(value, list | tuple):
        value = ", ".join(value)
    if quality and quality.kind is not Kind.CHOICE and isinstance(value, list | tuple):
        value = ", ".join(value)  # another thing was asked before
    options = list(quality.options()) if quality else []
    if quality and quality.kind is Kind.YES_NO:
        shown = [("yes", quality.label), ("no", quality.otherwise)]
    else:
        shown = [(one.value, one.label) for one in hows]
    return ConditionRow(
        place=place,
        what=row["what"],
        how=how,
        kind=quality.kind.value if quality else "",
        hows=shown,
        options=options,
        value=[] if value is None else value,
        unit=quality.unit if quality else "",
        errors=[text for part in ("what", "how", "value") for text in errors.get(f"{name}.{part}", [])],
    )


def _action_row(one: Definition, number: int, errors: Mapping[str, list[str]], actor: Actor) -> ActionRow:
    kind, place = find_action(one["do"]), f"a{number}"
    prefix = f"actions.{number}."
    fields = kind.fields if kind else ()
    return ActionRow(
        place=place,
        do=one["do"],
        fields=[replace(view_of(field, actor), name=f"{place}-{field.name}") for field in fields],
        values={
            f"{place}-{name}": value if isinstance(value, list) else str(value) for name, value in one["with"].items()
        },
        errors={
            (place if name == f"{prefix}do" else f"{place}-{name.removeprefix(prefix)}"): messages
            for name, messages in errors.items()
            if name.startswith(prefix)
        },
    )
