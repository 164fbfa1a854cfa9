"""
Acts done with a standard response, as they are written down and as they are kept.

Written one a line, the act's name and its arguments: `customers.add_note text="Sent a return label"`. Kept as
`{"act": name, "arguments": {…}}`. A day or time may be said from the moment of use: `+2h`, `+3d`, `+1w`.

They are checked against the act's own signature when the response is saved; an argument that is needed and not given is asked for when
the response is used. A response does nothing by itself: whoever answers sees the act's preview and does it, under their own permissions.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act, all_acts, get_act
from onhand.kernel.errors import ArgumentsInvalid, NotPossible, UnknownAct

SUBJECTS = ("customer", "contact", "case")  # what an answer to somebody is about
MOST_ACTS = 10
_FROM_NOW = re.compile(r"\+([0-9]{1,3})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
_ARGUMENT = re.compile(r"\s+([a-z_][a-z0-9_]*)=(\"(?:[^\"\\]|\\.)*\"|\[[^\]]*\]|[^\s\"\[]\S*)")


@dataclass(frozen=True, slots=True)
class OfferedAct:
    """An act offered with a response. `missing` names the arguments that are still to be filled in; `may` whether this actor may do it."""

    name: str
    label: str
    subject: str
    arguments: Mapping[str, Any]
    missing: tuple[str, ...]
    may: bool


def attachable_acts() -> list[Act]:
    """The acts a response may come with."""
    return [act for act in all_acts() if act.subject in SUBJECTS and not act.creates and not act.has_secrets]


def read_acts(written: str, *, at: datetime) -> list[dict[str, Any]]:
    """
    The acts as they are kept; raises NotPossible for the field `acts`, saying what is wrong in which line. Times from the moment of
    use are checked as from `at`.
    """
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    if len(lines) > MOST_ACTS:
        raise NotPossible(_("Give at most %(most)s acts.") % {"most": MOST_ACTS}, field="acts")
    return [_read_line(number, line, at) for number, line in enumerate(lines, 1)]


def _read_line(number: int, line: str, at: datetime) -> dict[str, Any]:
    name = _NAME.match(line)
    arguments: dict[str, Any] = {}
    read = name.end() if name else 0
    while name and (found := _ARGUMENT.match(line, read)):
        arguments[found[1]] = _value(number, found[2])
        read = found.end()
    if name is None or line[read:].strip():
        raise _wrong(number, _("write an act's name, then its arguments as name=value, with words in quotation marks"))
    _check(number, name[0], arguments, at)
    return {"act": name[0], "arguments": arguments}


def _value(number: int, written: str) -> Any:
    if written[0] not in '"[':
        return written
    try:
        return json.loads(written)
    except ValueError:
        raise _wrong(number, _("“%(text)s” cannot be read") % {"text": written[:60]}) from None


def _check(number: int, name: str, arguments: Mapping[str, Any], at: datetime) -> None:
    try:
        act = get_act(name)
    except UnknownAct as error:
        raise _wrong(number, error.message) from None
    if act.creates or act.has_secrets or act.subject not in SUBJECTS:
        raise _wrong(number, _("“%(act)s” cannot come with a response") % {"act": act.label})
    try:
        act.read_arguments(arguments_at(act, arguments, at))
    except ArgumentsInvalid as error:
        wrong = {field: said for field, said in error.fields.items() if field in arguments}
        if wrong:
            words = "; ".join(f"{field}: {' '.join(said)}" for field, said in wrong.items())
            raise _wrong(number, words) from None


def arguments_at(act: Act, given: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The arguments with times said from the moment of use as the day or time they mean at `at`."""
    widgets = {field.name: field.widget for field in act.fields}
    return {name: _from_now(widgets.get(name, ""), value, at) for name, value in given.items()}


def _from_now(widget: str, value: Any, at: datetime) -> Any:
    found = _FROM_NOW.fullmatch(value) if isinstance(value, str) and widget in ("date", "datetime") else None
    if found is None:
        return value
    then = (at + int(found[1]) * _UNITS[found[2]]).astimezone(timezone.get_current_timezone())
    return then.date().isoformat() if widget == "date" else then.isoformat(timespec="minutes")


def _wrong(number: int, words: str) -> NotPossible:
    return NotPossible(_("Line %(number)s: %(words)s") % {"number": number, "words": words}, field="acts")


def written_acts(kept: Sequence[Mapping[str, Any]]) -> str:
    """The acts as they are written, one a line."""
    return "\n".join(
        " ".join(
            [
                one["act"],
                *(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in one["arguments"].items()),
            ]
        )
        for one in kept
    )


def offered_acts(kept: Sequence[Mapping[str, Any]], actor: Actor, *, at: datetime) -> list[OfferedAct]:
    """The acts of a response for who uses it; one this version of the product does not have any more is left out."""
    offered = []
    for one in kept:
        try:
            act = get_act(one["act"])
        except UnknownAct:
            continue
        given = arguments_at(act, one["arguments"], at)
        missing = tuple(field.name for field in act.fields if field.required and field.name not in given)
        offered.append(OfferedAct(act.name, str(act.label), act.subject, given, missing, actor.may(act.permission)))
    return offered
