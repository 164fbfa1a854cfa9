"""
A text as numbers: words, pairs of words and parts of words, hashed into a fixed number of places. Nothing is learnt here and nothing
has to be kept, so any language and any new word has its place. Letters of every script are written in Latin ones first.
"""

import itertools
import re
from typing import TYPE_CHECKING
from zlib import crc32

from anyascii import anyascii

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Indices = npt.NDArray[np.int32]
    Values = npt.NDArray[np.float32]

PLACES = 1 << 15
LONGEST_SUBJECT = 200  # characters looked at
LONGEST_TEXT = 1_200
SHORT = 6.0  # a text shorter than some ten words says less, and weighs less: else a greeting would be a strong sign
_WORD = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"\d{3,}")


def read_words(text: str, longest: int) -> list[str]:
    """The words of a text's beginning in small Latin letters; long numbers, which name single things, are one word."""
    return _WORD.findall(_NUMBER.sub("0", anyascii(text[:longest]).lower()))


def features(subject: str, text: str) -> "tuple[Indices, Values]":
    """The places that stand for a message and their weights, whose squares add up to 1 at most; both empty where it says nothing."""
    import numpy as np  # not needed where nothing is classified

    in_subject, in_text = read_words(subject, LONGEST_SUBJECT), read_words(text, LONGEST_TEXT)
    words = [*in_subject, *in_text]
    hashed = [crc32(word.encode()) for word in words]
    hashed += [crc32(f"{one} {two}".encode()) for one, two in itertools.pairwise(words)]
    hashed += [crc32(f"subject {word}".encode()) for word in in_subject]
    places = np.concatenate([np.array(hashed, dtype=np.uint64), _parts(" ".join(words).encode())]) % PLACES
    indices, counts = np.unique(places, return_counts=True)
    weights = np.log1p(counts.astype(np.float32))
    length = max(float(np.sqrt((weights * weights).sum())), SHORT)
    return indices.astype(np.int32), (weights / length).astype(np.float32)


def _parts(letters: bytes) -> "npt.NDArray[np.uint64]":
    """Four letters at a time, each hashed by one multiplication."""
    import numpy as np

    row = np.frombuffer(letters, dtype=np.uint8).astype(np.uint64)
    if len(row) < 4:
        return np.empty(0, dtype=np.uint64)
    fours = row[:-3] | row[1:-2] << np.uint64(8) | row[2:-1] << np.uint64(16) | row[3:] << np.uint64(24)
    hashed: npt.NDArray[np.uint64] = (fours * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return hashed
