"""
Why something of a shop did not go, in words. It is noted by jobs and read by people of any language, so what is kept is the English
sentence with what stands in it; it is said in the reader's language where it is shown. What a shop says itself stands as it said it.
"""

import json
from typing import Any

from django.utils.translation import gettext

LONGEST = 300  # of the columns they are kept in


class Said(str):
    """A sentence of ours as it is kept. Made by `kept`, said by `shown`."""

    __slots__ = ()


def ours(word: str) -> list[str]:
    """A word of ours inside a sentence: it is said in the reader's language too."""
    return [word]


def kept(sentence: str, **values: Any) -> Said:
    """A sentence of ours, marked by `gettext_noop`, to be kept with what stands in it. One that is too long is kept as its English."""
    whole = json.dumps([sentence, values], ensure_ascii=False, separators=(",", ":"))
    if len(whole) <= LONGEST:
        return Said(whole)
    return Said((sentence % {name: _plain(value) for name, value in values.items()})[:LONGEST])


def shown(text: str) -> str:
    """What is kept, in the language that is active; texts of the shop and of older versions as they stand."""
    if not text.startswith('["'):
        return text
    try:
        sentence, values = json.loads(text)
        return gettext(sentence) % {
            name: gettext(value[0]) if isinstance(value, list) else value for name, value in values.items()
        }
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return text


def _plain(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value
