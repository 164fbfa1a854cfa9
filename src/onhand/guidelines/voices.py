"""
Who else has a say in the decision, beside tables, limits and the role: apps above, whose answers count like those of a guideline.

A voice says what it has to say of an act, or nothing; it has no effect and looks at as little as it can, for it is asked before every act.
What it keeps in memory it keeps under the number of the book, which it is told: whatever changes what it goes by turns the page of the book
(`book.turn_page`). It can ask or refuse. What it allows covers nothing: how much may be given is laid down in guidelines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from onhand.guidelines.answers import Said
from onhand.kernel.decisions import Question


@dataclass(frozen=True, slots=True)
class Voice:
    """
    `says` answers a question, asked under the book of that number, with what this app has to say of it, nothing in most cases. `key` is
    its name.
    """

    key: str
    says: Callable[[Question, int], Sequence[Said]]


_voices: dict[str, Voice] = {}


def register_voice(voice: Voice) -> Voice:
    """Give an app a say in every decision. The same key again takes the place of the one before."""
    _voices[voice.key] = voice
    return voice


def forget_voice(key: str) -> None:
    """Take a say away again: for tests that give one."""
    _voices.pop(key, None)


def what_they_say(question: Question, number: int) -> list[Said]:
    """What all of them say of this act, by key."""
    return [said for key in sorted(_voices) for said in _voices[key].says(question, number)]
