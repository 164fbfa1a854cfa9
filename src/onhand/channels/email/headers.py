"""
The lines at the head of a mail, written by ourselves: the standard library breaks Message-IDs longer than a line into encoded words, so
that no other program knows the thread again, and loses spaces between words it encodes.
"""

import re
from collections.abc import Iterable, Sequence
from email.header import Header

from onhand.channels.email.smtp import wire_address

LINE = 76  # characters; a single longer word stays whole, up to the 998 a server must take
_BARE = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def line_of(name: str, text: str) -> bytes:
    """A header with a text: on one line or folded, in other letters encoded. Line breaks in the text are spaces."""
    said = one_line(text)
    if said.isascii() and "=?" not in said:
        return f"{name}: {_folded(said.split(' '), LINE - len(name) - 2)}\r\n".encode()
    encoded = Header(said, "utf-8", maxlinelen=LINE, header_name=name).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n".encode()


def addresses_line(name: str, people: Iterable[tuple[str, str]]) -> bytes:
    """A header with (name, address) pairs. Raises ValueError for what is no address."""
    return f"{name}: {(',' + chr(13) + chr(10) + ' ').join(address_of(*one) for one in people)}\r\n".encode()


def address_of(name: str, address: str) -> str:
    """One person as a header says it. Raises ValueError for what is no address."""
    bare = address.strip()
    if not _BARE.fullmatch(bare) or not bare.isprintable():
        raise ValueError(f"{bare} is no mail address")
    said = one_line(name)
    if not said:
        return wire_address(bare)
    if not said.isascii() or "=?" in said:
        said = Header(said, "utf-8", maxlinelen=LINE).encode(linesep="\r\n")
    elif not _ATOMS.fullmatch(said):
        said = '"' + re.sub(r'(["\\])', r"\\\1", said) + '"'
    return f"{said} <{wire_address(bare)}>"


def one_line(text: str) -> str:
    """The text without line breaks and what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _folded(words: Sequence[str], room: int) -> str:
    lines, length = [[words[0]]], len(words[0])
    for word in words[1:]:
        if length + 1 + len(word) > room:
            lines.append([word])
            room, length = LINE - 1, len(word)
        else:
            lines[-1].append(word)
            length += 1 + len(word)
    return "\r\n ".join(" ".join(line) for line in lines)
