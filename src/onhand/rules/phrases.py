"""
Looking for words, phrases and addresses in texts. A star stands for any letters; there are no other signs, and nothing here takes
longer than the text is long, whatever is asked.
"""

import re
from dataclasses import dataclass

from onhand.customers.finding.words import fold

LONGEST_TEXT = 20_000  # characters of a text that are looked at
LONGEST_PHRASE = 100
_SIGNS = re.compile(r"[\W_]+")
# Scripts written without spaces: a word may begin anywhere.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")


def haystack(text: str) -> str:
    """A text as phrases are looked for in it: folded words, a space before, between and after them."""
    return f" {_SIGNS.sub(' ', fold(text[:LONGEST_TEXT])).strip()} "


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in their order. `needle` is what must stand in the haystack."""

    written: str
    needle: str

    def is_in(self, hay: str) -> bool:
        """Whether a haystack holds it."""
        return self.needle in hay


def read_phrase(written: str) -> Phrase:
    """
    A word or phrase as people write it: `late delivery`, `refund*`, `*rechnung`.

    :raises ValueError: nothing to look for, or a star in the middle.
    """
    text = written.strip()
    begins, ends = text.startswith("*"), text.endswith("*")
    words = _SIGNS.sub(" ", fold(text.strip("*")[:LONGEST_PHRASE])).strip()
    if not words or "*" in text.strip("*"):
        raise ValueError(written)
    if _UNSPACED.search(words):
        return Phrase(written, words)
    return Phrase(written, f"{'' if begins else ' '}{words}{'' if ends else ' '}")


def address_fits(pattern: str, address: str) -> bool:
    """
    Whether an address is one that is meant: `ana@shop.example` that one, `@shop.example` or `shop.example` everybody there and at its
    subdomains, and a star any letters. Both are taken in small letters.
    """
    pattern, address = pattern.strip().lower(), address.strip().lower()
    if not pattern or not address:
        return False
    if "*" in pattern:
        return _fits_stars(pattern if "@" in pattern else f"*@{pattern}", address)
    local, at, domain = pattern.rpartition("@")
    if at and local:
        return address == pattern
    host = address.rpartition("@")[2]
    return host == domain or host.endswith(f".{domain}")


def _fits_stars(pattern: str, text: str) -> bool:
    """Greedy from the left: each piece between stars is looked for once, so no pattern makes it slow."""
    first, *others = pattern.split("*")
    *middle, last = others
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
