"""Reading of names, e-mail addresses, numbers, languages and countries as people type them, into the one form we store."""

import re
import unicodedata
from functools import cache

import phonenumbers
from babel import Locale
from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onhand.customers.masks import HIDDEN

# ISO 639-1; languages a customer can be served in, not those of the product.
LANGUAGES = (
    *("ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga", "gl", "he", "hi"),
    *("hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "mt", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr"),
    *("sv", "sw", "ta", "th", "tl", "tr", "uk", "ur", "vi", "zh"),
)


class InvalidContactPoint(ValueError):
    """What was typed cannot be an address or number; the text says why."""


def read_email(text: str) -> str:
    """An e-mail address, its domain in lower case. The part before the @ keeps its case: only the receiving host may read it."""
    local, at, domain = text.strip().rpartition("@")
    address = f"{local}{at}{domain.lower()}"
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidContactPoint(_("This is not an e-mail address such as ana@example.com.")) from None
    if len(address) > 254:
        raise InvalidContactPoint(_("This e-mail address is too long."))
    return address


def read_telephone(text: str, country: str) -> str:
    """A telephone number in E.164, read by the rules of `country` (ISO 3166 alpha-2, may be empty) unless it begins with +."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidContactPoint(
            _("This is not a telephone number. Give it with its country code, such as +34 910 123 456.")
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_handle(network: str, text: str) -> tuple[str, str]:
    """A network in lower case, and what somebody is called there, without a leading @."""
    handle = text.strip().removeprefix("@")
    if not handle or any(c.isspace() for c in handle) or not _has_sign(handle) or not _has_sign(network):
        raise InvalidContactPoint(_("This is not a handle such as @ana. Give it without spaces."))
    return " ".join(network.casefold().split()), handle


def read_number(text: str) -> str:
    """A customer or account number in capital letters, without spaces."""
    number = "".join(text.split()).upper()
    if not _NUMBER.fullmatch(number):
        raise InvalidContactPoint(_("A number has letters, figures and the signs - / . only, and at least one figure."))
    return number


def read_name(text: str) -> str:
    """A name with single spaces. Names of one letter, or without letters, are names; one nobody can see is none."""
    name = " ".join(text.split())
    if not _has_sign(name):
        raise InvalidContactPoint(_("Give a name that can be seen."))
    return name


def read_tax_number(text: str) -> str:
    """A tax number in capital letters with single spaces, plausible for some country: each has its own rules."""
    number = " ".join(text.upper().split())
    if number and not _TAX_NUMBER.fullmatch(number):
        raise InvalidContactPoint(
            _("A tax number has 4 to 40 letters, figures, spaces and the signs - / . only, and at least one figure.")
        )
    return number


# Letters by their category, blank to the eye.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_NUMBER = re.compile(r"(?=[^0-9]*[0-9])[A-Z0-9][A-Z0-9./-]*")
_TAX_NUMBER = re.compile(r"(?=[^0-9]*[0-9])[A-Z0-9][A-Z0-9 ./-]{3,39}")


def _has_sign(text: str) -> bool:
    """Whether anything of the text can be seen."""
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _BLANK_LETTERS for c in text)


def show_telephone(e164: str) -> str:
    """A stored number as people write it internationally; a masked one as it is."""
    if HIDDEN in e164:
        return e164
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def language_name(code: str) -> str:
    """A language, named in the reader's language."""
    return dict(language_options()).get(code, code)


def country_name(code: str) -> str:
    """A country, named in the reader's language; nothing for none."""
    return dict(country_options()).get(code, code)


def language_options() -> list[tuple[str, str]]:
    """(code, name) of every language a customer can have, named in the reader's language."""
    return list(_languages(get_language() or "en"))


def country_options() -> list[tuple[str, str]]:
    """(ISO 3166 alpha-2, name) of every country, named in the reader's language."""
    return list(_countries(get_language() or "en"))


def _display(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


@cache
def _languages(language: str) -> tuple[tuple[str, str], ...]:
    names = _display(language).languages
    return tuple(
        sorted(((code, str(names.get(code, code)).capitalize()) for code in LANGUAGES), key=lambda option: option[1])
    )


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = {str(code): str(name) for code, name in _display(language).territories.items()}
    codes = {code for code in names if len(code) == 2 and code.isalpha()} - _NOT_COUNTRIES
    return tuple(sorted(((code, names[code]) for code in codes), key=lambda option: option[1]))


_NOT_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"} | set(get_global("territory_aliases"))
