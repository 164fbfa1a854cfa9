"""Tags made to keep the reader busy: parsers compare every attribute of a tag with every other."""

import re

_LONG = 2_000  # characters between two closing brackets; shorter ones cannot hold enough
_MOST_ATTRIBUTES = 200
_MOST_OPEN_VALUES = 100
_MOST_WORDS = 2_000

_TAG = re.compile(r"<[A-Za-z]")
_ATTRIBUTE = re.compile(r"""[\s/]*+[^\s/=][^\s/=]*+(?:\s*+=\s*+(?:"[^"]*"|'[^']*'|[^\s"'][^\s]*+|))?+""")
_OPEN_VALUE = re.compile(r"""=\s*+(?:"[^">]*+|'[^'>]*+)>""")


def is_overloaded(source: str) -> bool:
    """Whether some tag of the HTML may have more attributes than any program writes. Never no where there is one."""
    if _OPEN_VALUE.search(source) is None and max(map(len, source.split(">"))) <= _LONG:
        return False
    open_values = 0
    goes_on = False
    for piece in source.split(">"):
        if len(piece) > _LONG and (_words(piece) > _MOST_WORDS if goes_on else _attributes(piece) > _MOST_ATTRIBUTES):
            return True
        goes_on = _goes_on(piece)
        open_values += goes_on
        if open_values > _MOST_OPEN_VALUES:
            return True
    return False


def _goes_on(piece: str) -> bool:
    """Whether a value is left open at its end: only by such values can a tag be longer than it looks."""
    return any((quote := piece.rfind(sign)) >= 0 and piece[:quote].rstrip().endswith("=") for sign in "\"'")


def _words(piece: str) -> int:
    return len(piece.split(None, _MOST_WORDS + 1))


def _attributes(piece: str) -> int:
    start = _TAG.search(piece)
    if start is None:
        return 0
    count = 0
    for _attribute in _ATTRIBUTE.finditer(piece, start.end()):
        count += 1
        if count > _MOST_ATTRIBUTES:
            break
    return count
