"""
What a contact brings by which somebody may be recognised, read into the forms stored: a telephone number however it was written,
an e-mail address, a handle, a customer or account number, a reference code.

Reading never fails: what cannot be recognised by says why.
"""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

import phonenumbers
from django.utils.translation import gettext as _

from onhand.customers.contact_points import InvalidContactPoint, read_email
from onhand.customers.enums import IdentityKind
from onhand.kernel.references import InvalidReference, read_reference


class ClueKind(StrEnum):
    TELEPHONE = "telephone"
    EMAIL = "email"
    HANDLE = "handle"
    NUMBER = "number"  # of a customer or an account: people do not tell them apart
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing to recognise by. `keys` are the forms it may be stored in, none if it says nothing; `problem` then says why."""

    kind: ClueKind
    keys: tuple[str, ...]
    network: str = ""
    problem: str = ""


LONGEST = 254
SHORTEST_NUMBER = 3
MOST_FIGURES = 17  # E.164 has 15; two more for what is dialled before
_WITHHELD = frozenset(
    {
        "anonymous",
        "withheld",
        "restricted",
        "private",
        "unavailable",
        "unknown",
        "blocked",
        "noname",
        "nonumber",
        "hidden",
    }
)
_SCHEME = re.compile(r"(?:sips?|tel|callto|whatsapp|mailto):", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s./_-]+")


def read_clue(kind: ClueKind, text: str, *, country: str = "", network: str = "") -> Clue:
    """What was brought, in the form it is looked for. `country` (ISO 3166 alpha-2) is where a number was dialled or written."""
    given = "".join(c for c in text[: 2 * LONGEST] if c.isprintable() and not "\ud800" <= c <= "\udfff").strip()
    if not given or len(given) > LONGEST:
        return Clue(kind, (), network, _("Nothing was given to recognise by.") if not given else _("This is too long."))
    match kind:
        case ClueKind.TELEPHONE:
            return _telephone(given, country)
        case ClueKind.EMAIL:
            return _email(given)
        case ClueKind.HANDLE:
            name = given.removeprefix("@")
            return Clue(kind, (name, f"@{name}") if name else (), network)
        case ClueKind.NUMBER:
            return _number(given)
        case ClueKind.REFERENCE:
            return _reference(given)


def identity_kinds(kind: ClueKind) -> tuple[IdentityKind, ...]:
    """The kinds of identity a clue is looked for among; none for a reference code, which is the file's own."""
    match kind:
        case ClueKind.NUMBER:
            return (IdentityKind.CUSTOMER_NUMBER, IdentityKind.ACCOUNT_NUMBER)
        case ClueKind.REFERENCE:
            return ()
    return (IdentityKind(kind.value),)


def _telephone(given: str, country: str) -> Clue:
    bare = _SCHEME.sub("", given, count=1)
    bare = re.split("[;@]", bare, maxsplit=1)[0] if bare != given or "@" in given else bare
    if re.sub(r"[^a-z]", "", bare.casefold()) in _WITHHELD:
        return Clue(ClueKind.TELEPHONE, (), problem=_("The number is withheld."))
    numbers = tuple(dict.fromkeys(n for n in (_e164(bare, country), _e164(_as_international(bare), "")) if n))
    return Clue(ClueKind.TELEPHONE, numbers, problem="" if numbers else _("This is not a whole telephone number."))


def _as_international(text: str) -> str:
    """The figures as if they began with the country's code, as many networks send them. Empty for what is marked so already."""
    return "" if "+" in text else f"+{phonenumbers.normalize_digits_only(text).removeprefix('00')}"


def _e164(text: str, country: str) -> str:
    if not SHORTEST_NUMBER < sum(c.isdigit() for c in text) <= MOST_FIGURES + len("ext. 99999"):
        return ""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(given: str) -> Clue:
    address = parseaddr(_SCHEME.sub("", given, count=1))[1]
    try:
        return Clue(ClueKind.EMAIL, (read_email(address),))
    except InvalidContactPoint as error:
        return Clue(ClueKind.EMAIL, (), problem=str(error))


def _number(given: str) -> Clue:
    keys = tuple(dict.fromkeys((given, _SEPARATORS.sub("", given))))
    if len(keys[-1]) < SHORTEST_NUMBER:
        return Clue(ClueKind.NUMBER, (), problem=_("This is too short for a number of ours."))
    return Clue(ClueKind.NUMBER, keys)


def _reference(given: str) -> Clue:
    try:
        return Clue(ClueKind.REFERENCE, (read_reference(given),))
    except InvalidReference:
        return Clue(ClueKind.REFERENCE, (), problem=_("This is not a reference code: please compare each character."))
