"""Spanish is complete: every sentence of templates and code is translated, with the same places to fill in."""

import re
import tomllib
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[2] / "src" / "onhand"
KEYWORDS = {**DEFAULT_KEYWORDS, "_": None, "gettext_lazy": None, "pgettext_lazy": DEFAULT_KEYWORDS["pgettext"]}
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")


def sentences() -> set[tuple[str, str | None]]:
    """Every sentence, with what is said about its use where one English word is several in other languages."""
    mappings = tomllib.loads((PACKAGE / "locale" / "babel.toml").read_text(encoding="utf-8"))["mappings"]
    methods = [(one["pattern"], one["method"]) for one in mappings]
    options = {one["pattern"]: {k: v for k, v in one.items() if k not in ("pattern", "method")} for one in mappings}
    found = extract_from_dir(str(PACKAGE), methods, options, KEYWORDS)
    return {
        (message[0] if isinstance(message, tuple) else message, context)
        for _file, _line, message, _notes, context in found
    }


def test_every_sentence_is_in_spanish() -> None:
    with (PACKAGE / "locale" / "es" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    missing = sorted(
        one
        for one, context in sentences()
        if one and not (catalogue.get(one, context) and all(_strings(catalogue.get(one, context))))
    )
    assert missing == []


def test_translations_fill_in_the_same_places() -> None:
    with (PACKAGE / "locale" / "es" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    for message in catalogue:
        if not message.id:
            continue
        originals = message.id if isinstance(message.id, tuple | list) else [message.id]
        wanted = set(PLACES.findall(originals[-1]))
        for said in _strings(message):
            assert set(PLACES.findall(said)) == wanted, message.id
        assert not message.fuzzy, message.id


def _strings(message: object) -> list[str]:
    said = message.string  # type: ignore[attr-defined]
    return list(said) if isinstance(said, tuple | list) else [said]
