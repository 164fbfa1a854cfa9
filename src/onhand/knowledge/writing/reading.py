"""
How a text reads. Words and turns are known in English and Spanish, the ease of reading also in German and French; in other languages
only what needs no words is said: sentences, capitals, exclamation marks.

Ease is a figure from 0 (hard) to 100 (easy), by the formulas in `ease`. Letters to customers are good from 60 on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from onhand.knowledge.writing.ease import reading_ease
from onhand.knowledge.writing.words import COLD, HARD

LONGEST_TEXT = 20_000
LONG_SENTENCE = 25  # words
MOST_HINTS = 40
EASY = 60
FEWEST_WORDS = 10  # below, the formulas swing with every word
LOUD = 4  # letters: a word in capitals of fewer may be a name
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\s\"'”’»)]+|\n+")
# Letters after which a full stop ends no sentence.
_SHORT_FORMS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "sr",
        "sra",
        "srta",
        "d",
        "dña",
        "no",
        "núm",
        "nº",
        "art",
        "av",
        "avda",
        "c",
        "e.g",
        "i.e",
        "etc",
        "p.ej",
        "ej",
        "st",
        "ltd",
    ]
)


class HintKind(Enum):
    """What a hint is about."""

    LONG_SENTENCE = "long_sentence"
    HARD_WORD = "hard_word"
    COLD = "cold"
    SHOUTED = "shouted"
    EXCLAIMED = "exclaimed"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at, between two places of the text. `instead` is what to say instead; `words` counts those of a long sentence."""

    kind: HintKind
    begins: int
    ends: int
    said: str
    instead: str = ""
    words: int = 0


@dataclass(frozen=True, slots=True)
class Writing:
    """How a text reads. `average` is words a sentence; `ease` is None where it cannot be said: too few words, or another language."""

    words: int
    sentences: int
    average: float
    longest: int
    ease: int | None
    hints: tuple[Hint, ...]


def read_writing(text: str, language: str) -> Writing:
    """Look at a text, at most its first 20,000 letters. Fields and gaps count as one word each."""
    text = text[:LONGEST_TEXT]
    code = language.partition("-")[0].lower()
    spans = list(_sentences(text))
    counts = [len(_WORD.findall(text[begins:ends])) for begins, ends in spans]
    words = sum(counts)
    hints = [
        Hint(HintKind.LONG_SENTENCE, begins, ends, text[begins:ends], words=count)
        for (begins, ends), count in zip(spans, counts, strict=True)
        if count > LONG_SENTENCE
    ]
    hints += _turns(text, HARD.get(code, {}), HintKind.HARD_WORD)
    hints += _turns(text, COLD.get(code, {}), HintKind.COLD)
    hints += _shouted(text)
    hints += [Hint(HintKind.EXCLAIMED, *found.span(), found[0]) for found in re.finditer(r"[!¡]{2,}", text)]
    hints.sort(key=lambda hint: (hint.begins, hint.ends))
    return Writing(
        words=words,
        sentences=len(spans),
        average=round(words / len(spans), 1) if spans else 0.0,
        longest=max(counts, default=0),
        ease=_ease(text, code, words, len(spans)),
        hints=tuple(hints[:MOST_HINTS]),
    )


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence with a word in it begins and ends. A line of its own is one: a heading, a greeting, an item of a list."""
    begins = 0
    for found in _SENTENCE_END.finditer(text):
        so_far = text[begins : found.start()]
        last = so_far.rsplit(None, 1)[-1].rstrip(".").lower() if so_far.strip() else ""
        if so_far.endswith(".") and last in _SHORT_FORMS and "\n" not in found[0]:
            continue
        yield from _trimmed(text, begins, found.start())
        begins = found.end()
    yield from _trimmed(text, begins, len(text))


def _trimmed(text: str, begins: int, ends: int) -> Iterator[tuple[int, int]]:
    said = text[begins:ends]
    if _WORD.search(said):
        yield begins + len(said) - len(said.lstrip()), begins + len(said.rstrip())


def _shouted(text: str) -> Iterator[Hint]:
    """Words in capitals one after the other, at least two, one of them of four letters."""
    runs: list[list[re.Match[str]]] = [[]]
    for word in _WORD.finditer(text):
        follows = runs[-1] and not text[runs[-1][-1].end() : word.start()].strip()
        if len(word[0]) > 1 and word[0].isupper():
            if follows or not runs[-1]:
                runs[-1].append(word)
            else:
                runs.append([word])
        else:
            runs.append([])
    for run in runs:
        if len(run) > 1 and any(len(word[0]) >= LOUD for word in run):
            begins, ends = run[0].start(), run[-1].end()
            yield Hint(HintKind.SHOUTED, begins, ends, text[begins:ends])


def _turns(text: str, turns: Mapping[str, str], kind: HintKind) -> Iterator[Hint]:
    if not turns:
        return
    longest_first = sorted(turns, key=len, reverse=True)
    either = "|".join(r"\s+".join(map(re.escape, turn.split())) for turn in longest_first)
    pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
    for found in pattern.finditer(text):
        instead = turns.get(" ".join(found[0].lower().split()))
        if instead:
            yield Hint(kind, *found.span(), found[0], instead)


def _ease(text: str, language: str, words: int, sentences: int) -> int | None:
    ease = reading_ease(_WORD.findall(text), sentences, language) if words >= FEWEST_WORDS else None
    return None if ease is None else round(max(0.0, min(100.0, ease)))
