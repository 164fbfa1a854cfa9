"""Encoded words of heads (RFC 2047), also in the broken forms that occur: blanks within, cut characters, no padding, several sets."""

import binascii
import re

from onhand.channels.email.reading import charsets

_WORD = re.compile(r"=\?([\w.:+'*-]{0,60}?)(?:\*[A-Za-z0-9-]{0,20})?\?([BbQq])\?(.{0,3000}?)\?=(?!=)", re.DOTALL)
_LONGEST = 20_000


def text_of(raw: bytes) -> str:
    """A value of a head as text. Bytes beyond ASCII are UTF-8 by today's rules (RFC 6532), or guessed."""
    raw = raw[:_LONGEST]
    text = raw.decode("ascii") if raw.isascii() and b"\x1b" not in raw else charsets.guess(raw)
    return decoded(text)


def decoded(text: str) -> str:
    """The text with its encoded words decoded; what cannot be decoded stays as it is."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    pending: tuple[str, bytes] | None = None  # bytes of one set so far: characters may be cut between two words
    end = 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        content = _content(word[2], word[3])
        name = word[1] or "utf-8"
        joins = pending is not None and not between.strip()
        if joins and pending is not None and pending[0].lower() == name.lower() and not _has_shifts(name):
            pending = (pending[0], pending[1] + content)
        else:
            pieces += _text(pending)
            if not joins:
                pieces.append(between)
            pending = (name, content)
        end = word.end()
    pieces += _text(pending)
    return "".join(pieces) + text[end:]


def _text(pending: tuple[str, bytes] | None) -> list[str]:
    return [] if pending is None else [charsets.decode(pending[1], pending[0])[0]]


def _has_shifts(name: str) -> bool:
    return name.lower().startswith(("iso-2022", "utf-7", "hz"))


def _content(encoding: str, word: str) -> bytes:
    try:
        if encoding in "bB":
            return base64_of(word.encode("ascii", "ignore"))
        return binascii.a2b_qp(re.sub(r"\r?\n[ \t]?", "", word).replace("_", " ").encode("utf-8"), header=True)
    except ValueError:
        return word.encode("utf-8", "replace")


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")


def base64_of(content: bytes) -> bytes:
    """What base64 says, also where it has foreign characters, lacks padding or is several pieces one after the other."""
    try:
        if b"=" not in content.rstrip(b"=\r\n \t"):
            return binascii.a2b_base64(content)
    except binascii.Error:
        pass
    found = []
    for number, said in enumerate(re.split(rb"=+", content)):
        piece = _NOT_BASE64.sub(b"", said)
        if number and len(piece) != len(said.translate(None, b"\r\n \t")):
            break  # what a list or a scanner of viruses wrote under it
        whole = piece[: len(piece) // 4 * 4]
        rest = piece[len(whole) :]
        found.append(binascii.a2b_base64(whole))
        if len(rest) > 1:
            found.append(binascii.a2b_base64(rest + b"=" * (4 - len(rest))))
    return b"".join(found)
