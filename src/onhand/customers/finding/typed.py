"""What somebody typed into the one box: words, and what may be a number, an e-mail address, a reference code or a date."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import phonenumbers

from onhand.customers.finding.words import MOST_WORDS, folded_words, spellings
from onhand.kernel.references import ALPHABET, LEAST_LENGTH, InvalidReference, read_reference

LEAST_FIGURES = 4
LEAST_TELEPHONE = 7  # from so many figures on, what was typed is a number and not a word
LONGEST_TELEPHONE = 15
LONGEST_TYPED = 300
_FIGURES = re.compile(r"(?<![\w@.])[+(]?[0-9][0-9 ()./-]*[0-9]")
_DATE = re.compile(r"(?<!\d)(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./ -](\d{1,2})[./ -](\d{4}))(?!\d)")
_SIGNS = re.compile(r"[\s./-]")
_HEARD = str.maketrans({"S": "5", "Z": "2"})


@dataclass(frozen=True, slots=True)
class Typed:
    """
    `text` is what was typed, in lower case; `words` are its words, each with the ways it may be spelled. `figures` are telephone
    numbers as figures only, `addresses` whole or partial e-mail addresses, `exact` what may be a customer or account number or a
    handle, each in lower case. `references` fit what was typed, `near` differ from it in one character.
    """

    text: str = ""
    words: Sequence[Sequence[str]] = ()
    figures: Sequence[str] = ()
    addresses: Sequence[str] = ()
    exact: Sequence[str] = ()
    references: Sequence[str] = ()
    near: Sequence[str] = ()
    born_on: Sequence[date] = ()
    last_is_open: bool = field(default=True)  # the last word may go on

    @property
    def is_nothing(self) -> bool:
        """True if there is nothing to search for."""
        found = (self.words, self.figures, self.addresses, self.exact, self.references, self.near, self.born_on)
        return not any(found)


def read_typed(text: str) -> Typed:
    """Read what was typed. Never fails; of more than `LONGEST_TYPED` characters or `MOST_WORDS` words only the first are read."""
    given = text[:LONGEST_TYPED].replace("\0", " ").encode("utf-8", "ignore").decode()
    tokens = given.split()
    addresses = [token.lower() for token in tokens if _may_be_address(token)]
    born_on = list(_dates(given))
    figures, rest = _numbers(given)
    words = [spellings(word) for token in rest.split() for word in folded_words(token)]
    if not words and figures:  # somebody may be called so
        words = [[one] for one in figures]
    compact = _SIGNS.sub("", given).lower()
    exact = dict.fromkeys(one for one in (given.strip().lower(), compact, *(t.lower() for t in tokens)) if len(one) > 2)
    references, near = _references(given, tokens)
    return Typed(
        text=" ".join(tokens).casefold(),
        words=[word for word in words if word][:MOST_WORDS],
        figures=figures,
        addresses=addresses[:2],
        exact=list(exact)[:MOST_WORDS],
        references=references,
        near=near,
        born_on=born_on,
        last_is_open=not given.endswith(" "),
    )


def _may_be_address(token: str) -> bool:
    """True for an e-mail address, its beginning, or a host; "St. John" and "S.L." are none."""
    if "@" in token.strip("@"):
        return True
    before, dot, after = token.strip("@").rpartition(".")
    return token.startswith("@") or (bool(dot) and len(before) > 1 and len(after) > 1 and not before.isdigit())


def _numbers(text: str) -> tuple[list[str], str]:
    """The runs of figures that may be telephone numbers, and the text without those that can be nothing else."""
    found: dict[str, None] = {}
    rest = text
    for match in _FIGURES.finditer(text):
        figures = "".join(c for c in match.group() if c in "0123456789")
        if LEAST_FIGURES <= len(figures) <= LONGEST_TELEPHONE:
            found[figures] = None
            if len(figures) >= LEAST_TELEPHONE:
                rest = rest.replace(match.group(), " ")
    return list(found)[:3], rest


def _dates(text: str) -> Iterator[date]:
    for match in _DATE.finditer(text):
        year, month, day, first, second, late_year = (int(part) if part else 0 for part in match.groups())
        orders = [(year, month, day)] if year else [(late_year, second, first), (late_year, first, second)]
        for parts in dict.fromkeys(orders):
            try:
                yield date(*parts)
            except ValueError:
                continue


def _references(text: str, tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    fits: dict[str, None] = {}
    near: dict[str, None] = {}
    for candidate in dict.fromkeys((text, *tokens)):
        try:
            fits[read_reference(candidate)] = None
        except InvalidReference:
            near |= dict.fromkeys(_near_references(candidate))
    return list(fits), [] if fits else list(near)


def _near_references(text: str) -> Iterator[str]:
    """The right codes one wrong character or one swap away from what looks like a code and is none."""
    bare = "".join(c for c in text.upper() if c.isascii() and c.isalnum()).translate(_HEARD)
    written_as_code = "-" in text.strip("-") or any(c.isdigit() for c in text)
    if not LEAST_LENGTH < len(bare) <= LEAST_LENGTH + 3 or not written_as_code or bare.isdigit():
        return
    for place in range(len(bare)):
        others = [bare[:place] + c + bare[place + 1 :] for c in ALPHABET]
        swapped = bare[:place] + bare[place : place + 2][::-1] + bare[place + 2 :]
        for other in (*others, swapped):
            try:
                yield read_reference(other)
            except InvalidReference:
                continue


@cache
def calling_codes() -> tuple[str, ...]:
    """The countries' codes of telephone numbers."""
    return tuple(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def whole_numbers(figures: str) -> list[str]:
    """The numbers in E.164 that these figures may be the whole of, with or without the country's code or a leading nought."""
    bare = figures.removeprefix("00")
    national = dict.fromkeys((figures, figures.removeprefix("0")))
    return [f"+{bare}", *(f"+{code}{one}" for one in national for code in calling_codes())]
