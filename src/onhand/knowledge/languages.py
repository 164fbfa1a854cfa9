"""The languages articles and responses are written in, and which of them PostgreSQL knows the words of."""

from typing import TYPE_CHECKING

from onhand.customers.contact_points import language_options

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# Language → text search configuration of PostgreSQL 15 and later.
_CONFIGURATIONS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
NO_LANGUAGE = "simple"


def configuration(language: str) -> str:
    """The text search configuration of a language: its own where there is one, else `simple`, which knows no endings."""
    return _CONFIGURATIONS.get(language.partition("-")[0].lower(), NO_LANGUAGE)


def languages() -> "list[tuple[str, _StrOrPromise]]":
    """The languages to choose from."""
    return list(language_options())


def language_name(code: str) -> str:
    """What a language is called, in the reader's."""
    return str(dict(languages()).get(code, code))
