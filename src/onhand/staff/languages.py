"""The languages people can speak, by their code of two letters (ISO 639-1)."""

from functools import cache

from babel.core import Locale
from django.utils.translation import get_language


def language_options() -> list[tuple[str, str]]:
    """(code, name) of every language, named in the reader's."""
    return list(_languages(get_language() or "en"))


def language_name(code: str) -> str:
    """A language, named in the reader's."""
    return dict(language_options()).get(code, code)


@cache
def _languages(reader: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(reader.replace("-", "_")).languages.items()
    named = [(str(code), str(name)) for code, name in names if len(str(code)) == 2]
    return tuple(sorted(((code, name[:1].upper() + name[1:]) for code, name in named), key=lambda option: option[1]))
