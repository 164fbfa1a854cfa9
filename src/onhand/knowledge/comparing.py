"""What changed between two texts, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

MOST_WORDS_COMPARED = 3_000  # of one changed part: a longer one is shown as taken out and put in whole
WORDS_BETWEEN = 2
KEPT_AROUND = 30  # words shown around a change
_WORD = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the compared texts: `kind` is same, gone, come or left_out (the same, and too long to show)."""

    kind: str
    text: str


def compare(before: str, after: str) -> list[Part]:
    """The two texts in parts, in order. Lines are compared first, then the words of those that differ."""
    raw = _by_lines(before.splitlines(keepends=True), after.splitlines(keepends=True))
    parts = [
        Part(kind, "".join(part.text for part in alike))
        for kind, alike in groupby((part for part in raw if part.text), key=lambda part: part.kind)
    ]
    return list(_shortened(list(_joined(parts))))


def _by_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Part("same", "".join(old[a:b]))
        else:
            yield from _by_words("".join(old[a:b]), "".join(new[c:d]))


def _by_words(before: str, after: str) -> Iterator[Part]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) + len(new) > MOST_WORDS_COMPARED:
        yield from (Part("gone", before), Part("come", after))
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Part("same", "".join(old[a:b]))
        else:
            yield from (Part("gone", "".join(old[a:b])), Part("come", "".join(new[c:d])))


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """What was taken out in one place together, then what was put in. A word or two left between two changes say nothing alone."""
    gone = come = ""
    for place, part in enumerate(parts):
        is_between = bool(gone or come) and any(later.kind != "same" for later in parts[place + 1 : place + 2])
        if part.kind == "gone":
            gone += part.text
        elif part.kind == "come":
            come += part.text
        elif is_between and len(part.text.split()) <= WORDS_BETWEEN and "\n" not in part.text:
            gone, come = gone + part.text, come + part.text
        else:
            yield from (one for one in (Part("gone", gone), Part("come", come)) if one.text)
            gone = come = ""
            yield part
    yield from (one for one in (Part("gone", gone), Part("come", come)) if one.text)


def _shortened(parts: Sequence[Part]) -> Iterator[Part]:
    for place, part in enumerate(parts):
        words = _WORD.findall(part.text)
        before, after = KEPT_AROUND if place else 0, KEPT_AROUND if place < len(parts) - 1 else 0
        if part.kind != "same" or len(words) <= before + after + 10 or len(parts) == 1:
            yield part
            continue
        yield Part("same", "".join(words[:before]))
        yield Part("left_out", "".join(words[before : len(words) - after]))
        yield Part("same", "".join(words[len(words) - after :]))
