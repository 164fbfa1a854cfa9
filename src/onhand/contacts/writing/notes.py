"""What is easily overlooked in an answer before it goes out, and how it reads."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from onhand.contacts.writing.own_words import own_words
from onhand.knowledge.writing.reading import Writing, read_writing

MOST_NOTES = 20


class NoteKind(StrEnum):
    """What a note is about."""

    NOT_FILLED_IN = "not_filled_in"
    TWICE = "twice"
    FILE_FORGOTTEN = "file_forgotten"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to look at, between two places of the text; `said` is what stands there."""

    kind: NoteKind
    begins: int
    ends: int
    said: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as its reader will find it: how it reads, and what may have been overlooked."""

    writing: Writing
    notes: Sequence[Note]


# What standard responses and hands leave behind for somebody to fill in.
_GAP = re.compile(r"\{\{?[^{}\n]{0,60}\}\}?|\[[A-ZÄÖÜÁÉÍÓÚÑ_ ]{3,40}\]|\b[Xx]{3,}\b|_{4,}|<[A-ZÄÖÜ_ ]{3,40}>")
_TWICE = re.compile(r"\b([^\W\d_]{2,})[ \t]+\1\b", re.IGNORECASE)
_MAY_STAND_TWICE = {
    "en": frozenset({"had", "that"}),
    "de": frozenset({"die", "der", "das", "sie"}),
    "es": frozenset(),
    "fr": frozenset({"nous", "vous"}),
}
_FILE = {
    "en": re.compile(r"\b(?:attach(?:ed|ing|ment)|enclosed)\b", re.IGNORECASE),
    "de": re.compile(r"\b(?:im anhang|anbei|angehängt\w*|beigefügt\w*|anlage)\b", re.IGNORECASE),
    "es": re.compile(r"\b(?:adjunt\w+|anex\w+)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(?:ci-joint\w*|pièces? jointes?|en annexe)\b", re.IGNORECASE),
}


def read_answer(text: str, language: str, *, has_files: bool = True) -> Answer:
    """
    What there is to say about an answer before it goes out in that language. `has_files` False: one that speaks of a file is asked
    about it.
    """
    own = own_words(text)
    found = sorted(_notes(own, language.partition("-")[0].lower(), has_files=has_files), key=lambda one: one.begins)
    return Answer(read_writing(own, language), found[:MOST_NOTES])


def _notes(own: str, language: str, *, has_files: bool) -> Iterator[Note]:
    for gap in _GAP.finditer(own):
        yield _note(NoteKind.NOT_FILLED_IN, gap)
    allowed = _MAY_STAND_TWICE.get(language, frozenset())
    for twice in _TWICE.finditer(own):
        if twice[1].lower() not in allowed:
            yield _note(NoteKind.TWICE, twice)
    speaks = _FILE.get(language)
    said = speaks.search(own) if speaks and not has_files else None
    if said:
        yield _note(NoteKind.FILE_FORGOTTEN, said)


def _note(kind: NoteKind, found: re.Match[str]) -> Note:
    return Note(kind, found.start(), found.end(), found[0])
