"""Values with parameters, as Content-Type and Content-Disposition have them, with RFC 2231 and its broken forms."""

import re
from urllib.parse import unquote_to_bytes

from onhand.channels.email.reading import charsets
from onhand.channels.email.reading.words import decoded, text_of

_PARAMETER = re.compile(
    r"""([^\s=;"]{1,60}+)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)(?:"|$)|'([^';]*+)'(?=\s*(?:;|$))|([^;\r\n]*))""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MOST = 100


def parse(raw: bytes) -> tuple[str, dict[str, str]]:
    """The value in small letters, and its parameters by name in small letters, decoded."""
    text = _unencoded(raw[:10_000])
    value, _, rest = text.partition(";")
    value = re.sub(r"\([^()]*\)", "", value[:500]).strip().strip("\"'").lower()
    if "=" in value and "/" not in value:  # Content-Disposition: filename=x
        value, rest = "", text
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for found, _position in zip(_PARAMETER.finditer(rest), range(_MOST), strict=False):
        name = found[1].lower()
        content = _ESCAPED.sub(r"\1", found[2]) if found[2] is not None else (found[3] or found[4] or "").strip()
        if "*" in name:
            _keep_piece(pieces, name, content)
        else:
            plain.setdefault(name, content)
    parameters = {name: decoded(content).strip() for name, content in plain.items()}
    for name, parts in pieces.items():
        parameters[name] = _joined(parts)
    return value.split()[0] if value else "", parameters


def _unencoded(raw: bytes) -> str:
    """As text, leaving encoded words for later: what they hold may look like a parameter."""
    return raw.decode("ascii") if raw.isascii() and b"\x1b" not in raw else text_of(raw)


def _keep_piece(pieces: dict[str, dict[int, tuple[str, bool]]], name: str, content: str) -> None:
    """`name*`, `name*0`, `name*0*`: (position, content, whether it is percent-encoded)."""
    name, _, rest = name.partition("*")
    number = rest.rstrip("*")
    if len(number) > 3 or (number and not number.isdecimal()):
        return
    pieces.setdefault(name, {}).setdefault(int(number or 0), (content, not rest or rest.endswith("*")))


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    charset = ""
    first = min(parts)
    whole: list[bytes] = []
    for number in sorted(parts):
        content, is_encoded = parts[number]
        if is_encoded and number == first and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        whole.append(unquote_to_bytes(content) if is_encoded else content.encode("utf-8", "replace"))
    return decoded(charsets.decode(b"".join(whole), charset)[0]).strip()
