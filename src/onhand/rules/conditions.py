"""Conditions, and whether they hold: for every condition and situation there is an answer, and always the same one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from onhand.rules.enums import GroupHow, How
from onhand.rules.phrases import LONGEST_PHRASE, Phrase, address_fits, read_phrase
from onhand.rules.qualities import HOWS, Kind, Quality, find_quality
from onhand.rules.situations import Course, Situation

MOST_VALUES = 100
MOST_GROUPS = 10
MOST_CONDITIONS = 20  # of a group
LARGEST_NUMBER = 1_000_000
MOST_REASONS = 20
LONGEST_FOUND = 100
_HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
Problems = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition that held, and what was found."""

    what: str
    how: str
    found: str

    def as_json(self) -> dict[str, str]:
        return {"what": self.what, "how": self.how, "found": self.found}


@dataclass(frozen=True)
class Condition:
    """One thing asked: `value` is a tuple of texts, a number, or None, by the kind of what is asked."""

    what: str
    how: How
    value: Any = None

    @property
    def quality(self) -> Quality | None:
        return find_quality(self.what)

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """The value as phrases."""
        return tuple(read_phrase(one) for one in self.value)

    @cached_property
    def span(self) -> tuple[int, int]:
        """The value as minutes of the day."""
        return _read_span(self.value)

    def as_json(self) -> dict[str, Any]:
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"what": self.what, "how": self.how.value} | ({} if value is None else {"value": value})

    def holds(self, situation: Situation, course: Course) -> Reason | None:
        """Why it holds; None if it does not."""
        quality = self.quality
        if quality is None:
            return None
        found = _TESTS[quality.kind](self, quality.read(situation, course))
        return None if found is None else Reason(self.what, self.how.value, found[:LONGEST_FOUND])


def _test_words(condition: Condition, hay: str) -> str | None:
    found = [phrase.written for phrase in condition.phrases if phrase.is_in(hay)]
    if condition.how is How.HAS_NONE:
        return None if found else ""
    if condition.how is How.HAS_ALL:
        return ", ".join(found) if len(found) == len(condition.phrases) else None
    return found[0] if found else None


def _test_addresses(condition: Condition, addresses: Sequence[str]) -> str | None:
    found = next((a for a in addresses for pattern in condition.value if address_fits(pattern, a)), None)
    if condition.how is How.IS_NONE:
        return "" if found is None else None
    return found


def _test_choice(condition: Condition, values: Sequence[str]) -> str | None:
    found = next((value for value in values if value in condition.value), None)
    if condition.how is How.IS_NONE:
        return ", ".join(values) if found is None else None
    return found


def _test_number(condition: Condition, number: int) -> str | None:
    fits = number >= condition.value if condition.how is How.AT_LEAST else number <= condition.value
    return str(number) if fits else None


def _test_yes_no(condition: Condition, answer: bool) -> str | None:
    return "" if answer is (condition.how is How.YES) else None


def _test_clock(condition: Condition, minute: int) -> str | None:
    begins, ends = condition.span
    inside = begins <= minute < ends if begins <= ends else minute >= begins or minute < ends
    return f"{minute // 60:02}:{minute % 60:02}" if inside is (condition.how is How.BETWEEN) else None


_TESTS: dict[Kind, Callable[[Condition, Any], str | None]] = {
    Kind.WORDS: _test_words,
    Kind.ADDRESSES: _test_addresses,
    Kind.CHOICE: _test_choice,
    Kind.NUMBER: _test_number,
    Kind.YES_NO: _test_yes_no,
    Kind.CLOCK: _test_clock,
}


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions asked together."""

    how: GroupHow
    conditions: tuple[Condition, ...]

    def as_json(self) -> dict[str, Any]:
        return {"how": self.how.value, "conditions": [one.as_json() for one in self.conditions]}

    def holds(self, situation: Situation, course: Course) -> list[Reason] | None:
        """The reasons why it holds; None if it does not."""
        reasons: list[Reason] = []
        if any(condition.quality is None for condition in self.conditions):
            return None  # what this version of the product does not know must not let a rule act more often than it was meant to
        for condition in self.conditions:
            reason = condition.holds(situation, course)
            if self.how is GroupHow.ALL and reason is None:
                return None
            if self.how is GroupHow.NONE and reason is not None:
                return None
            if reason is not None:
                reasons.append(reason)
                if self.how is GroupHow.ANY:
                    return reasons
        return None if self.how is GroupHow.ANY else reasons


def trusted_group(stored: Mapping[str, Any]) -> Group:
    """A group as it was checked and stored before."""
    return Group(GroupHow(stored["how"]), tuple(_trusted(one) for one in stored["conditions"]))


def _trusted(stored: Mapping[str, Any]) -> Condition:
    value = stored.get("value")
    return Condition(stored["what"], How(stored["how"]), tuple(value) if isinstance(value, list) else value)


def read_group(given: Any, place: str, problems: Problems) -> Group:
    """A group out of JSON; what is wrong is noted under its place."""
    if not isinstance(given, Mapping) or not isinstance(given.get("conditions"), list):
        problems.setdefault(place, []).append(_("This group of conditions cannot be read."))
        return Group(GroupHow.ALL, ())
    how = given.get("how")
    if how not in GroupHow.values:
        problems.setdefault(f"{place}.how", []).append(_("Choose how the conditions are joined."))
        how = GroupHow.ALL
    rows = given["conditions"]
    if not 1 <= len(rows) <= MOST_CONDITIONS:
        problems.setdefault(place, []).append(_("A group has 1 to %(most)s conditions.") % {"most": MOST_CONDITIONS})
    read = (
        read_condition(row, f"{place}.conditions.{number}", problems)
        for number, row in enumerate(rows[:MOST_CONDITIONS])
    )
    return Group(GroupHow(how), tuple(one for one in read if one is not None))


def read_condition(given: Any, place: str, problems: Problems) -> Condition | None:
    """A condition out of JSON; None where something is wrong with it, which is noted under its place."""
    what = given.get("what") if isinstance(given, Mapping) else None
    quality = find_quality(what) if isinstance(what, str) else None
    if quality is None:
        problems.setdefault(f"{place}.what", []).append(_("Choose what is asked."))
        return None
    how = given.get("how")
    if how not in HOWS[quality.kind]:
        problems.setdefault(f"{place}.how", []).append(_("Choose how it is compared."))
        return None
    try:
        return Condition(quality.key, How(how), _READERS[quality.kind](given.get("value")))
    except ValueError as error:
        problems.setdefault(f"{place}.value", []).append(str(error))
        return None


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.replace("\n", ",").split(",")
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value[: MOST_VALUES + 1]):
        raise ValueError(_("Give words or choices."))
    found = tuple(dict.fromkeys(one.strip() for one in value if one.strip()))
    if not 1 <= len(found) <= MOST_VALUES:
        raise ValueError(_("Give 1 to %(most)s.") % {"most": MOST_VALUES})
    if any(len(one) > LONGEST_PHRASE or not one.isprintable() for one in found):
        raise ValueError(_("Each may have %(most)s characters at most.") % {"most": LONGEST_PHRASE})
    return found


def _phrases(value: Any) -> tuple[str, ...]:
    found = _texts(value)
    for one in found:
        try:
            read_phrase(one)
        except ValueError:
            raise ValueError(
                _("“%(words)s” cannot be looked for: give letters, and a star only at the beginning or end.")
                % {"words": one}
            ) from None
    return found


def _choices(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and len(value) <= MOST_VALUES and "" in value:
        rest = [one for one in value if one != ""]
        return ("", *(_texts(rest) if rest else ()))
    return _texts(value)


def _number(value: Any) -> int:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= LARGEST_NUMBER):
        raise ValueError(_("Give a whole number."))
    return int(text)


def _nothing(_value: Any) -> None:
    return None


def _clock(value: Any) -> str:
    if not isinstance(value, str) or not _HOURS.fullmatch(value.strip()[:20]):
        raise ValueError(_("Give two times, such as 8:00-18:00."))
    begins, ends = _read_span(value.strip())
    if begins == ends:
        raise ValueError(_("Give two different times."))
    return value.strip()


def _read_span(value: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(value)
    if found is None:
        raise ValueError(value)
    hours = [int(part) for part in found.groups()]
    return hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]


_READERS = {
    Kind.WORDS: _phrases,
    Kind.ADDRESSES: _texts,
    Kind.CHOICE: _choices,
    Kind.NUMBER: _number,
    Kind.YES_NO: _nothing,
    Kind.CLOCK: _clock,
}
