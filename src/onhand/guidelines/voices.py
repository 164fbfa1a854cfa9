"""
Who else has a say in the decision, beside tables, limits and the role: apps above, whose answers count like those of a guideline.

A voice says what it has to say of an act, or nothing; it has no effect and looks at as little as it can, for it is asked before every act.
It can ask or refuse. What it allows covers nothing: how much may be given is laid down in guidelines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onhand.guidelines.answers import Said
from onhand.kernel.decisions import Question


@dataclass(frozen=True, slots=True)
class Voice:
    """
    `says` answers a question with what this app has to say of it, nothing in most cases. `key` is its name. A voice with a `page` goes by
    what that reads: it is read with the book, by each process once, and again when the app turned the book's page (`book.turn_page`);
    `says` is then given it after the question.
    """

    key: str
    says: Callable[..., Sequence[Said]]
    page: Callable[[], Any] | None = None


_voices: dict[str, Voice] = {}


def register_voice(voice: Voice) -> Voice:
    """Give an app a say in every decision. The same key again takes the place of the one before."""
    _voices[voice.key] = voice
    return voice


def forget_voice(key: str) -> None:
    """Take a say away again: for tests that give one."""
    _voices.pop(key, None)


def read_pages() -> dict[str, Any]:
    """What the voices go by, as this transaction sees it."""
    return {key: voice.page() for key, voice in _voices.items() if voice.page}


def what_they_say(question: Question, pages: Mapping[str, Any]) -> list[Said]:
    """What all of them say of this act, by key. `pages` are what they go by; one that is not among them is read now."""
    said: list[Said] = []
    for key in sorted(_voices):
        voice = _voices[key]
        if voice.page is None:
            said += voice.says(question)
        else:
            said += voice.says(question, pages[key] if key in pages else voice.page())
    return said
