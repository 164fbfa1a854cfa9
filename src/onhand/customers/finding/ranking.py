"""Which of the candidates is meant most likely, and why each was found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

from onhand.customers.finding.candidates import Candidate, Hit
from onhand.customers.finding.meanings import How, Meaning, Meanings
from onhand.customers.finding.typed import Typed
from onhand.customers.finding.words import CITY, STREET, folded_words

MISSING = 8.0  # a typed word that is nowhere on file weighs more than any error
HIT = {How.EXACT: -20.0, How.BEGINS: -4.0, How.ENDS: -4.5, How.SIMILAR: -1.0}
REST = 0.05  # each word of the name that was not typed
COMMON = 0.02  # of two words as near, the commoner is meant more often
TURNED = 0.03  # a word of the name that stands before the one typed before it


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate, how far it is from what was typed, and by which of its words or other things it was found."""

    candidate: Candidate
    distance: float
    meant: Sequence[Meaning]
    hits: Sequence[Hit]


def rank(candidates: Sequence[Candidate], typed: Typed, meanings: Meanings, *, sees_all: bool) -> list[Ranked]:
    """The candidates that fit, nearest first."""
    ranked = [one for one in (_weigh(each, meanings, sees_all=sees_all) for each in candidates) if one is not None]
    some_fit = any(not _misses(one, typed) for one in ranked)
    return sorted(
        (one for one in ranked if not some_fit or not _misses(one, typed) or one.hits),
        key=lambda one: (
            round(one.distance, 3),
            typed.text not in one.candidate.name.casefold(),  # Zoé and Zoë
            one.candidate.place,
            one.candidate.id,
        ),
    )


def _misses(one: Ranked, typed: Typed) -> bool:
    return not one.hits and len(one.meant) < len(typed.words)


def _weigh(candidate: Candidate, meanings: Meanings, *, sees_all: bool) -> Ranked | None:
    words = candidate.words if sees_all else list(_open_words(candidate, meanings))
    distance, meant = 0.0, []
    for options in meanings.words:
        best = _best(options, words)
        if best is None:
            distance += 0.0 if candidate.hits else MISSING
            continue
        distance += best.distance - (COMMON * log10(best.customers) if best.how is How.SIMILAR else 0.0)
        meant.append(best)
    if not meant and not candidate.hits:
        return None
    named = Counter(one.word for one in meant if one.word[0] not in CITY + STREET)
    name = Counter(folded_words(candidate.name))
    distance += REST * ((name - named).total() + sum(times for word, times in (named - name).items() if word in name))
    distance += TURNED * _turned(meant, candidate.words)
    distance += min((HIT[hit.how] for hit in candidate.hits), default=0.0)
    return Ranked(candidate, distance, meant, candidate.hits)


def _turned(meant: Sequence[Meaning], words: Sequence[str]) -> int:
    """How many of the typed words stand on file before the one typed before them."""
    places = [words.index(one.word) for one in meant]
    return sum(one > other for one, other in pairwise(places))


def _best(options: dict[str, Meaning], words: Sequence[str]) -> Meaning | None:
    best = None
    for word in words:
        meaning = options.get(word)
        if meaning is not None and (best is None or meaning.distance < best.distance):
            best = meaning
    if best is None:
        for option in options.values():
            if option.is_open:
                for word in words:
                    if word.startswith(option.word):
                        return Meaning(word, How.BEGINS, option.distance + 0.5, option.customers)
    return best


def _open_words(candidate: Candidate, meanings: Meanings) -> Iterator[str]:
    """
    The words by which somebody finds the customer who may not see where they live: those of name and city, and those of the
    street or the postal code if the whole of it was typed, so that nothing can be learnt by trying letter after letter.
    """
    whole: set[str] = set()
    for text in (candidate.address_lines, candidate.postal_code):
        parts = folded_words(text)
        if parts and (_typed_all(parts, meanings) or _typed_all(["".join(parts)], meanings)):
            whole |= {STREET + part for part in (*parts, "".join(parts))}
    yield from (word for word in candidate.words if word[0] != STREET or word in whole)


def _typed_all(parts: Sequence[str], meanings: Meanings) -> bool:
    def is_typed(part: str) -> bool:
        found = (options.get(STREET + part) for options in meanings.words)
        return any(one is not None and one.how is How.EXACT for one in found)

    return all(is_typed(part) for part in parts)
