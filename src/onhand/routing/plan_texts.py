"""
Steps and overflow of a queue as people write them, a line each: ``Refunds 4+ for 30 s``, ``Refunds for 2 min``, ``anybody``; and
``Sales if waiting 10 min``, ``Sales if expected 15 min``, ``Sales if nobody``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.routing.expressions import Names, WrongExpressionError, read_expression, write_expression
from onhand.routing.matching.plans import LONGEST, MOST_STEPS, Overflow, Step

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_LENGTH = re.compile(r"(\d{1,6})\s*(s|min|h|d)")


def write_length(seconds: int) -> str:
    """A length of time in the largest unit that says it exactly: 90 is ``90 s``, 120 is ``2 min``."""
    for unit, size in sorted(_UNITS.items(), key=lambda one: -one[1]):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def read_length(text: str) -> int:
    """
    Seconds of ``30 s``, ``2 min``, ``1 h`` or ``1 d``.

    :raises WrongExpressionError: anything else, or longer than a week.
    """
    found = _LENGTH.fullmatch(text.strip())
    seconds = int(found.group(1)) * _UNITS[found.group(2)] if found else 0
    if not found or seconds > LONGEST:
        raise WrongExpressionError(
            _("“%(length)s”: write a length as 30 s, 2 min, 1 h or 1 d, a week at most.")
            % {"length": text.strip()[:40]}
        )
    return seconds


def read_steps_text(text: str, names: Names) -> list[Step]:
    """
    The steps a text says, a line each; none is one step for anybody.

    :raises WrongExpressionError: naming the line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    if len(lines) > MOST_STEPS:
        raise WrongExpressionError(
            ngettext("There may be %(count)s step.", "There may be %(count)s steps.", MOST_STEPS)
            % {"count": MOST_STEPS}
        )
    steps = []
    for number, line in enumerate(lines, 1):
        try:
            wanted, _for, length = _parted(line)
            seconds = read_length(length) if length else None
            if seconds is None and number < len(lines):
                raise WrongExpressionError(_("say after how long the next step counts, as in “for 30 s”."))
            steps.append(Step(read_expression(wanted, names), seconds if number < len(lines) else None))
        except WrongExpressionError as error:
            raise WrongExpressionError(_("Line %(number)s: %(error)s") % {"number": number, "error": error}) from None
    return steps


def write_steps_text(steps: Sequence[Step], names: Names) -> str:
    """The text that reads as these steps."""
    lines = []
    for step in steps:
        words = write_expression(step.wanted, names)
        lines.append(words if step.seconds is None else f"{words} {_('for')} {write_length(step.seconds)}")
    return "\n".join(lines)


def read_overflow_text(text: str, queues: Mapping[int, str]) -> list[Overflow]:
    """
    When which queues' people help, a line each.

    :raises WrongExpressionError: naming the line.
    """
    by_name = {name.casefold(): number for number, name in queues.items()}
    found = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        name, _if, condition = _split(line, ("if", _("if")))
        number = by_name.get(name.strip().strip('"').casefold())
        if number is None:
            raise WrongExpressionError(_("There is no other queue “%(name)s”.") % {"name": name.strip()[:60]})
        found.append(_overflow(number, condition.strip()))
    return found


def write_overflow_text(overflow: Sequence[Overflow], queues: Mapping[int, str]) -> str:
    """The text that reads as this."""
    lines = []
    for one in overflow:
        name = queues.get(one.queue, str(one.queue))
        if one.waiting_seconds is not None:
            lines.append(f"{name} {_('if')} {_('waiting')} {write_length(one.waiting_seconds)}")
        if one.expected_seconds is not None:
            lines.append(f"{name} {_('if')} {_('expected')} {write_length(one.expected_seconds)}")
        if one.if_nobody:
            lines.append(f"{name} {_('if')} {_('nobody')}")
    return "\n".join(lines)


def steps_as_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as a plan's settings hold them."""
    return [{"wanted": step.wanted.as_json(), "seconds": step.seconds} for step in steps]


def _overflow(queue: int, condition: str) -> Overflow:
    if condition.casefold() in ("nobody", _("nobody").casefold()):
        return Overflow(queue, if_nobody=True)
    for known, words in (("waiting", _("waiting")), ("expected", _("expected"))):
        for word in (known, words):
            if condition.casefold().startswith(word.casefold() + " "):
                seconds = read_length(condition[len(word) :])
                return Overflow(
                    queue, seconds if known == "waiting" else None, seconds if known == "expected" else None
                )
    raise WrongExpressionError(
        _("“%(condition)s”: write “if waiting 10 min”, “if expected 15 min” or “if nobody”.")
        % {"condition": condition[:60]}
    )


def _parted(line: str) -> tuple[str, str, str]:
    """What a step asks, and for how long; only a length at the very end is one."""
    wanted, word, length = _split(line, ("for", _("for")), last=True)
    return (wanted, word, length) if word and _LENGTH.match(length.strip()) else (line, "", "")


def _split(line: str, words: Sequence[str], *, last: bool = False) -> tuple[str, str, str]:
    """A line before and after one of the words, the first or the last time it stands there."""
    places = [one for word in words for one in re.finditer(rf"(?:^|[\s,]){re.escape(word)}\s", line, re.IGNORECASE)]
    if not places:
        return line, "", ""
    place = (max if last else min)(places, key=lambda one: one.start())
    return line[: place.start()].rstrip(" ,"), place.group().strip(), line[place.end() :]
