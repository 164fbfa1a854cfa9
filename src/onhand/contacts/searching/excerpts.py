"""The part of a text that has what was looked for, with it marked; accents and case aside."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from onhand.contacts.searching.asked import SHORTEST_BEGINNING, Asked
from onhand.customers.finding.words import fold

LONGEST_LOOKED_THROUGH = 20_000  # letters
WORDS_SHOWN = 32
WORDS_BEFORE = 6

Pieces = tuple[tuple[str, bool], ...]  # a text in pieces, and whether each is what was looked for

_WORD = re.compile(r"[^\W_]+")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Sought:
    """Words looked for, folded; `begun` are those that may be only the beginning of one."""

    words: frozenset[str]
    begun: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: Asked, weights: Iterable[str] = ("", "A")) -> "Sought":
        """The words of a question that may stand in a part with one of these weights."""
        words: set[str] = set()
        begun: list[str] = []
        for term in asked.terms:
            if term.is_not or term.weight not in weights:
                continue
            found = [fold(one) for one in _WORD.findall(term.words)]
            words.update(found)
            if term.is_begun and found and len(found[-1]) >= SHORTEST_BEGINNING:
                begun.append(found[-1])
        return cls(frozenset(words), tuple(begun))

    def has(self, written: str) -> bool:
        """Whether a written word is one of them."""
        folded = fold(written)
        return folded in self.words or (bool(self.begun) and folded.startswith(self.begun))


def marked(text: str, sought: Sought) -> Pieces:
    """The whole text, with what was looked for marked."""
    return _pieces(text, _words_of(text, sought))


def excerpt(text: str, sought: Sought) -> Pieces:
    """The stretch of the text that has most of what was looked for, in one line; its beginning where it has none."""
    text = _BLANKS.sub(" ", text[:LONGEST_LOOKED_THROUGH]).strip()
    words = _words_of(text, sought)
    start = _best_start(words)
    shown = words[start : start + WORDS_SHOWN]
    if not shown:
        return ((text[:200], False),) if text else ()
    begin = shown[0][0] if start else 0
    end = shown[-1][1] if start + WORDS_SHOWN < len(words) else len(text)
    pieces = _pieces(text[begin:end], [(low - begin, high - begin, hit) for low, high, hit in shown])
    before: Pieces = (("… ", False),) if start else ()
    after: Pieces = ((" …", False),) if end < len(text) else ()
    return (*before, *pieces, *after)


_Words = list[tuple[int, int, bool]]


def _words_of(text: str, sought: Sought) -> _Words:
    return [(one.start(), one.end(), sought.has(one[0])) for one in _WORD.finditer(text)]


def _best_start(words: _Words) -> int:
    hits = [number for number, (_low, _high, hit) in enumerate(words) if hit]
    if not hits:
        return 0
    best, most = hits[0], 0
    for place, first in enumerate(hits):
        many = sum(1 for other in hits[place : place + WORDS_SHOWN] if other - first < WORDS_SHOWN - WORDS_BEFORE)
        if many > most:
            best, most = first, many
    return max(0, best - WORDS_BEFORE)


def _pieces(text: str, words: _Words) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    end = 0
    for low, high, hit in words:
        if hit:
            if low > end:
                pieces.append((text[end:low], False))
            pieces.append((text[low:high], True))
            end = high
    if end < len(text):
        pieces.append((text[end:], False))
    return tuple(pieces)
