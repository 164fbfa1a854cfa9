"""
Filling the fields of a text: `{customer.name}` becomes the customer's name.

Nothing is looked up by name in an object and nothing is evaluated: a field is a key of a mapping of texts, and what it stands for is
put in as it is, never read again. A field without a value stays visible as a gap, `⟦Customer's name⟧`; a text with a gap is not sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

GAP_BEGINS, GAP_ENDS = "⟦", "⟧"
_FIELD = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\}")
_GAP = re.compile("⟦([^⟦⟧]*)⟧")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its fields filled. `gaps` names the fields that had no value, in order, each once."""

    text: str
    gaps: tuple[str, ...]


def fields_in(text: str) -> list[str]:
    """The names of the fields a text has, in order, each once."""
    return list(dict.fromkeys(_FIELD.findall(text)))


def fill(text: str, values: Mapping[str, str], labels: Mapping[str, str]) -> Filled:
    """The text with every field that has a value filled; the others stand as gaps, by their label, or their name where none is known."""
    gaps: dict[str, None] = {}

    def put(found: re.Match[str]) -> str:
        name = found[1]
        value = values.get(name, "").strip()
        if value:
            return value
        gaps[name] = None
        return f"{GAP_BEGINS}{labels.get(name, name)}{GAP_ENDS}"

    return Filled(_FIELD.sub(put, text), tuple(gaps)) if "{" in text else Filled(text, ())


def find_gaps(text: str) -> list[str]:
    """What still has to be filled in before a text may be sent, in order, each once."""
    return list(dict.fromkeys(_GAP.findall(text)))
