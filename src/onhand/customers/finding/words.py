"""
The words a customer is found by, folded, so that case, accents, signs and script do not matter.

Words of names stand as they are, those of the city after `@`, those of the street and the postal code after `#`: what may be
seen of them differs, and a customer called Madrid comes before all who live there. Numbers, e-mail addresses and reference codes
are not among them: they are found in their own tables.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Protocol

from anyascii import anyascii

MOST_WORDS = 8
LONGEST_WORD = 60
CITY = "@"
STREET = "#"
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_HAS_WRITTEN_OUT = re.compile("[äöüøå]")
_SYLLABLE = re.compile("[A-Z][a-z]*|[a-z]+")
# Scripts written without spaces: a part of a name may begin anywhere in it.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]+")
MOST_SYLLABLES = 8


class Placed(Protocol):
    """What has an address: a customer, or one of their further addresses."""

    address_lines: str
    postal_code: str
    city: str
    region: str


class Named(Placed, Protocol):
    """A customer, or whatever else has a name and an address."""

    name: str


def fold(text: str) -> str:
    """Lower case, without accents, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)
    return " ".join(unicodedata.normalize("NFC", bare).split())


def folded_words(text: str) -> list[str]:
    """The words of a text: folded, parted at every sign, in order, none longer than `LONGEST_WORD`."""
    return ["".join(part)[:LONGEST_WORD] for part in _parted(fold(text))]


def _parted(folded: str) -> Iterator[list[str]]:
    word: list[str] = []
    for character in folded:
        if character.isalnum():
            word.append(character)
        elif word:
            yield word
            word = []
    if word:
        yield word


def spellings(word: str) -> list[str]:
    """The ways in which one typed word may stand in a name: folded, and in Latin letters."""
    folded = folded_words(word)
    latin = [] if word.isascii() else _squeezed(anyascii(word))
    return list(dict.fromkeys(one for one in (*folded, "".join(folded)[:LONGEST_WORD], *latin) if one))


def search_text_of(customer: Named, *others: Named | Placed) -> str:
    """
    The words a customer is found by. `others` are the customers merged into this one and further addresses; their words are found
    too. It begins with the words of the customer's own name, which puts lists in the order of names.
    """
    words: dict[str, None] = {}
    for one in (customer, *others):
        name = getattr(one, "name", "")
        if name:
            words |= dict.fromkeys(name_words(name))
    for one in (customer, *others):
        words |= dict.fromkeys(_place_words(one))
    return " ".join(words)


def name_words(name: str) -> Iterator[str]:
    """The words of a name in all their spellings, those as written first."""
    yield from folded_words(name)
    for written in name.split():
        parts = folded_words(written)
        if len(parts) > 1:  # O'Connor, Thornton-Lee
            yield "".join(parts)[:LONGEST_WORD]
        if parts and not written.isascii():  # a sign alone, such as §, is not a word, whatever it is called
            yield from _other_spellings(written)


def _other_spellings(written: str) -> Iterator[str]:
    lowered = written.casefold()
    if _HAS_WRITTEN_OUT.search(lowered):
        yield from folded_words(lowered.translate(_WRITTEN_OUT))
    latin = anyascii(written)
    yield from _squeezed(latin)
    run = _UNSPACED.search(fold(written))
    if run:
        whole = run.group()[:MOST_SYLLABLES]
        yield from (whole[start:] for start in range(len(whole)))
        yield from (syllable.lower()[:LONGEST_WORD] for syllable in _SYLLABLE.findall(latin)[:MOST_SYLLABLES])


def _squeezed(latin: str) -> list[str]:
    """The Latin spelling of one written word as one word; nothing if nothing is left of it."""
    return ["".join(folded_words(latin))[:LONGEST_WORD]] if any(c.isalnum() for c in latin) else []


def _place_words(place: Placed) -> Iterator[str]:
    for text in (place.city, place.region):
        yield from (CITY + word for word in _with_latin(text))
    yield from (STREET + word for word in _with_latin(place.address_lines))
    code = folded_words(place.postal_code)
    yield from (STREET + word for word in code)
    if len(code) > 1:
        yield STREET + "".join(code)[:LONGEST_WORD]


def _with_latin(text: str) -> list[str]:
    return folded_words(text) if text.isascii() else [*folded_words(text), *folded_words(anyascii(text))]


def vocabulary_of(texts: Iterable[str]) -> set[str]:
    """The words of search texts in which typing errors are looked for: those without figures, of at least two letters."""
    return {word for text in texts for word in text.split() if is_ordinary(word)}


def is_ordinary(word: str) -> bool:
    """True for a word, marked or not, that has no figures and at least two letters."""
    bare = word.lstrip(CITY + STREET)
    return len(bare) > 1 and not any(c.isdigit() for c in bare)
