"""Whether two files look like one customer's, how much, and why. Pure: what is compared is read elsewhere."""

import re
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING

from anyascii import anyascii
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz

from onhand.customers.enums import IdentityKind
from onhand.customers.finding.words import fold

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LEAST_SCORE = 50  # below it a pair is not worth anybody's time
MOST_SCORE = 99  # never certain: people decide
NEAR = 88  # of 100, by rapidfuzz's comparison of words in any order
SHORTEST_NEAR_NAME = 6  # letters; in shorter names one letter is too much of the name
_SIGNS = re.compile(r"[^a-z0-9]+")

REASONS: "dict[str, tuple[int, _StrOrPromise]]" = {
    "same_tax_number": (95, _("Same tax number")),
    "same_number": (90, _("Same customer or account number")),
    "same_name_born": (90, _("Same name and date of birth")),
    "same_email": (85, _("Same e-mail address")),
    "same_telephone": (85, _("Same telephone number")),
    "same_handle": (85, _("Same handle")),
    "same_name_address": (85, _("Same name and address")),
    "near_name_born": (70, _("Similar name and same date of birth")),
    "near_name_address": (70, _("Similar name at the same address")),
    "same_name_postcode": (65, _("Same name and postal code")),
}
_IDENTITY_REASONS = {
    IdentityKind.EMAIL: "same_email",
    IdentityKind.TELEPHONE: "same_telephone",
    IdentityKind.HANDLE: "same_handle",
    IdentityKind.CUSTOMER_NUMBER: "same_number",
    IdentityKind.ACCOUNT_NUMBER: "same_number",
}
_EACH_FURTHER_REASON = 5
_NAMES_APART = 35  # two people who share a telephone without anybody having said so
_BORN_APART, _TAX_NUMBERS_APART = 45, 60

IdentityOf = tuple[str, str, str]  # kind, network, the form compared


@dataclass(frozen=True, slots=True)
class Compared:
    """What of a file is compared. `identities` are those held now that nobody said were shared."""

    id: int
    kind: str
    name: str
    born_on: date | None
    tax_number: str
    country: str
    postal_code: str
    address_lines: str
    identities: frozenset[IdentityOf] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much speaks for two files being one customer's (50 to 99), what, and a mark of each ground."""

    score: int
    reasons: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(slots=True)
class _Grounds:
    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, *ground: object) -> None:
        self.found.setdefault(reason, []).append(_mark(reason, *ground))


def name_words(name: str) -> list[str]:
    """The words of a name without case, accents and script, in alphabetical order: people write them in any."""
    return sorted(word for word in _SIGNS.split(anyascii(fold(name)).lower()) if word)


def _bare(text: str) -> str:
    return _SIGNS.sub("", anyascii(fold(text)).lower())


def _place(one: Compared) -> str:
    """The address in one form; empty if there is too little to compare."""
    street, code = _bare(one.address_lines), _bare(one.postal_code)
    return f"{one.country}|{code}|{street}" if street and code else ""


def blocking_keys(one: Compared) -> set[int]:
    """What another file must share at least one of, beside identities, to be compared with this one."""
    words, born, code = name_words(one.name), one.born_on, _bare(one.postal_code)
    name, keys = " ".join(words), set()
    if name and born:
        keys.add(f"born|{name}|{born}")
        keys.add(f"initials|{''.join(word[0] for word in words)}|{born}")
    if name and code:
        keys.add(f"code|{name}|{one.country}|{code}")
    if name and _place(one):
        keys.add(f"place|{_place(one)}")
    if tax := _bare(one.tax_number):
        keys.add(f"tax|{one.country}|{tax}")
    return {_number(f"{one.kind}|{key}") for key in keys}


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def _mark(*parts: object) -> str:
    return blake2b("|".join(str(part) for part in parts).encode(), digest_size=4).hexdigest()


def compare(one: Compared, other: Compared) -> Likeness | None:
    """How alike two files are; None where it is not worth a suggestion."""
    if one.kind != other.kind:
        return None
    names = " ".join(name_words(one.name)), " ".join(name_words(other.name))
    same_name = bool(names[0]) and names[0] == names[1]
    is_near = same_name or (
        min(map(len, names)) >= SHORTEST_NEAR_NAME and fuzz.token_sort_ratio(*names, processor=None) >= NEAR
    )
    grounds = _Grounds()
    for kind, network, value in sorted(one.identities & other.identities):
        grounds.add(_IDENTITY_REASONS[IdentityKind(kind)], kind, network, value)
    if _bare(one.tax_number) and (one.country, _bare(one.tax_number)) == (other.country, _bare(other.tax_number)):
        grounds.add("same_tax_number", one.tax_number)
    _compare_names(one, other, same_name=same_name, is_near=is_near, grounds=grounds)
    if not grounds.found:
        return None
    score = _score(one, other, list(grounds.found), is_near=is_near)
    if score < LEAST_SCORE:
        return None
    reasons = sorted(grounds.found, key=lambda reason: (-REASONS[reason][0], reason))
    return Likeness(score, tuple(reasons), tuple(sorted(mark for marks in grounds.found.values() for mark in marks)))


def _compare_names(one: Compared, other: Compared, *, same_name: bool, is_near: bool, grounds: _Grounds) -> None:
    if not is_near:
        return
    names = sorted((one.name, other.name))
    place, how = _place(one), "same" if same_name else "near"
    if one.born_on is not None and one.born_on == other.born_on:
        grounds.add(f"{how}_name_born", *names, one.born_on)
    if place and place == _place(other):
        grounds.add(f"{how}_name_address", *names, place)
    elif same_name and _bare(one.postal_code) and _code(one) == _code(other):
        grounds.add("same_name_postcode", *names, _code(one))


def _code(one: Compared) -> str:
    return f"{one.country}|{_bare(one.postal_code)}"


def _score(one: Compared, other: Compared, reasons: list[str], *, is_near: bool) -> int:
    score = max(REASONS[reason][0] for reason in reasons) + _EACH_FURTHER_REASON * (len(reasons) - 1)
    if not is_near:
        score -= _NAMES_APART
    if one.born_on and other.born_on and one.born_on != other.born_on:
        score -= _BORN_APART
    if one.tax_number and other.tax_number and _bare(one.tax_number) != _bare(other.tax_number):
        score -= _TAX_NUMBERS_APART
    return min(score, MOST_SCORE)
