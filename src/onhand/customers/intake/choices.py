"""Countries, languages, kinds and dates as files of many systems write them."""

import re
from datetime import date, datetime
from functools import cache, lru_cache

from babel import Locale
from django.utils.translation import gettext as _

from onhand.customers.contact_points import LANGUAGES, country_options
from onhand.customers.enums import CustomerKind
from onhand.customers.finding.words import fold

_NAMED_IN = ("en", "es", "fr", "de", "pt", "it", "ca")
_ALSO = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "great britain": "GB",
    "usa": "US",
    "holland": "NL",
}
_EARLIEST = 1850
_PARTED = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})")
_KINDS = {
    CustomerKind.PERSON: (
        "person",
        "individual",
        "private",
        "consumer",
        "p",
        "persona",
        "particular",
        "privado",
        "fisica",
    ),
    CustomerKind.ORGANISATION: (
        *("organisation", "organization", "company", "business", "corporate", "o", "b2b", "org"),
        *("organizacion", "empresa", "sociedad", "juridica", "negocio", "autonomo"),
    ),
}


class Unreadable(ValueError):
    """A cell that cannot be what its column says; the text says how to mend it."""


@cache
def _countries() -> dict[str, str]:
    codes = {code for code, _name in country_options()}
    found: dict[str, str] = {}
    for language in _NAMED_IN:
        names = Locale.parse(language).territories
        found |= {fold(str(names[code])): code for code in codes if code in names}
    return found | _ALSO | {code.casefold(): code for code in codes}


@cache
def _languages() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in (*_NAMED_IN, *LANGUAGES):
        names = Locale.parse(language).languages
        found |= {fold(str(names[code])): code for code in LANGUAGES if code in names}
    return found | {code: code for code in LANGUAGES}


@lru_cache(maxsize=1_000)
def read_country(text: str) -> str:
    """A country's code (ISO 3166 alpha-2) from its code or its name in several languages. Raises Unreadable."""
    found = _countries().get(fold(text).strip(". "))
    if found is None:
        raise Unreadable(_("This is not a country. Write its name or its two letters, such as ES."))
    return found


@lru_cache(maxsize=1_000)
def read_language(text: str) -> str:
    """A language's code from its code, with or without a country, or its name in several languages. Raises Unreadable."""
    known, folded = _languages(), fold(text)
    found = known.get(folded) or known.get(re.split(r"[-_]", folded)[0])
    if found is None:
        raise Unreadable(_("This is not a language we know. Write its name or its two letters, such as es."))
    return found


def read_kind(text: str) -> CustomerKind:
    """Person or organisation. Raises Unreadable."""
    folded = fold(text).replace("persona ", "")
    for kind, words in _KINDS.items():
        if folded in words:
            return kind
    raise Unreadable(_("Write “person” or “organisation”."))


def read_date(text: str, *, day_first: bool) -> date:
    """A date written 1980-01-31, or with day, month and four-digit year in the order the file has them. Raises Unreadable."""
    bare = text.strip()
    try:
        found = (
            datetime.fromisoformat(bare).date() if len(bare) >= 10 and bare[4:5] == "-" else _parted(bare, day_first)
        )
    except ValueError:
        raise Unreadable(_("This is not a date. Write it as 1980-01-31.")) from None
    if found.year < _EARLIEST:
        raise Unreadable(_("This is too long ago."))
    return found


def _parted(text: str, day_first: bool) -> date:
    match = _PARTED.fullmatch(text.split("T")[0])
    if match is None:
        raise ValueError(text)
    first, second, year = (int(part) for part in match.groups())
    day, month = (first, second) if day_first else (second, first)
    return date(year, month, day)
