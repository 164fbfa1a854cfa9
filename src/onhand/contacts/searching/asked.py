"""
What was typed into the search, taken apart: words, "phrases", -what must not be there, and filters such as `from:` and `before:`.

Filters are typed in English or in the reader's language. What is no filter is words: `http://x` and `10:30` too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.utils.translation import pgettext

LONGEST = 300
MOST_TERMS = 12
SHORTEST_BEGINNING = 3  # letters; the words that begin with fewer are too many to be meant

_TERM = re.compile(r'(?P<not>-)?(?:(?P<filter>[^\W\d_]{2,15}):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$|(\d{1,2})[./](\d{1,2})[./](\d{4})$")
FIELDS = {"subject": "A", "from": "B", "to": "C"}
_NAMED = ("channel", "team", "state", "case", "customer", "has")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after the other. `weight` is the part they stand in (A subject, B from, C to), empty for any."""

    words: str
    weight: str = ""
    is_not: bool = False
    is_begun: bool = False  # the last word may be the beginning of one


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What is looked for. `after` is the first day, `before` the day after the last. `named` holds filters by name: channel, team, state,
    case, customer, each with what was typed. `not_understood` are filters whose value says nothing.
    """

    terms: tuple[Term, ...] = ()
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)
    after: date | None = None
    before: date | None = None
    has_file: bool = False
    not_understood: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """True where neither words nor filters say what is looked for."""
        return not (any(not term.is_not for term in self.terms) or self.named or self.has_file)

    @property
    def plain_words(self) -> str:
        """The words looked for anywhere, without filters, for whoever searches in another way."""
        return " ".join(term.words for term in self.terms if not term.weight and not term.is_not)

    @property
    def has_filters(self) -> bool:
        """Whether anything narrows the search besides words."""
        return bool(self.named or self.has_file or self.after or self.before or any(t.weight for t in self.terms))


def filter_names() -> dict[str, str]:
    """Each filter's name in the reader's language, by its English one."""
    return {
        "subject": pgettext("search filter, one word", "subject"),
        "from": pgettext("search filter, one word", "from"),
        "to": pgettext("search filter, one word", "to"),
        "channel": pgettext("search filter, one word", "channel"),
        "team": pgettext("search filter, one word", "team"),
        "state": pgettext("search filter, one word", "state"),
        "case": pgettext("search filter, one word", "case"),
        "customer": pgettext("search filter, one word", "customer"),
        "has": pgettext("search filter, one word", "has"),
        "after": pgettext("search filter, one word", "after"),
        "before": pgettext("search filter, one word", "before"),
    }


def read_asked(typed: str) -> Asked:
    """What was typed, understood. Never fails: what cannot be a filter is words."""
    typed = typed[:LONGEST].replace("\0", " ")
    names = {spoken.casefold(): name for name, spoken in filter_names().items()} | {
        name: name for name in filter_names()
    }
    asked = Asked()
    found = list(_TERM.finditer(typed))[:MOST_TERMS]
    for place, one in enumerate(found):
        is_last = place == len(found) - 1 and not typed.endswith((" ", '"'))
        asked = _with(asked, one, names.get((one["filter"] or "").casefold(), ""), is_last)
    return asked


def _with(asked: Asked, found: re.Match[str], name: str, is_last: bool) -> Asked:
    said = found["phrase"] if found["phrase"] is not None else found["word"]
    if name in ("after", "before"):
        return _with_day(asked, name, said, found[0])
    if name == "has":
        is_known = said.casefold() in _files()
        return replace(asked, has_file=True) if is_known else _not_understood(asked, found[0])
    if name in _NAMED and not found["not"]:
        return replace(asked, named=asked.named | {name: (*asked.named.get(name, ()), said)})
    words = said if name or not found["filter"] else f"{found['filter']} {said}"
    begun = is_last and found["phrase"] is None and not found["not"] and len(_last_word(words)) >= SHORTEST_BEGINNING
    term = Term(words, FIELDS.get(name, ""), bool(found["not"]), begun)
    return replace(asked, terms=(*asked.terms, term)) if _says_something(words) else asked


def _files() -> Iterable[str]:
    return ("file", "files", "attachment", pgettext("search filter has:", "file").casefold())


def _says_something(words: str) -> bool:
    return any(character.isalnum() for character in words)


def _last_word(words: str) -> str:
    return re.split(r"[\W_]+", words)[-1]


def _with_day(asked: Asked, name: str, said: str, typed: str) -> Asked:
    span = read_day(said)
    if span is None:
        return _not_understood(asked, typed)
    first, following = span
    return (
        replace(asked, after=first) if name == "after" else replace(asked, before=first if first != following else None)
    )


def _not_understood(asked: Asked, typed: str) -> Asked:
    return replace(asked, not_understood=(*asked.not_understood, typed))


def read_day(said: str) -> tuple[date, date] | None:
    """A day, month or year as (its first day, the day after its last); None if it is none."""
    found = _DAY.match(said.strip())
    if found is None:
        return None
    try:
        if found[6]:
            day = date(int(found[6]), int(found[5]), int(found[4]))
            return day, day + timedelta(days=1)
        year, month = int(found[1]), int(found[2] or 0)
        if found[3]:
            day = date(year, month, int(found[3]))
            return day, day + timedelta(days=1)
        if month:
            return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        return date(year, 1, 1), date(year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None
