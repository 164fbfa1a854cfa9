"""Text that can be stored and shown: no NUL, no lone surrogates, no control characters, one kind of line end."""

import re

_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
# Controls, lone surrogates, noncharacters and the byte order mark; tab and line feed stay.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\ufdd0-\ufdef]")
# Marks that turn the direction of what follows: good in a text, a trick in a name of a file or a person.
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ASCII_LINE_ENDS = bytes.maketrans(b"\r\x0b\x0c", b"\n\n\n")
_ASCII_UNSHOWN = bytes(one for one in [*range(0x20), 0x7F] if one not in b"\t\n\r\x0b\x0c")
_BLANKS = re.compile(r"\s+")


def plain(text: str) -> str:
    """The text with line ends as line feeds and without what cannot be stored or seen."""
    if text.isascii():  # many times faster than by expressions
        content = text.encode("ascii").replace(b"\r\n", b"\n").translate(_ASCII_LINE_ENDS, _ASCII_UNSHOWN)
        return content.decode("ascii")
    return _UNSHOWN.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str, most: int) -> str:
    """The text in one line, blanks drawn together, at most `most` characters."""
    return _BLANKS.sub(" ", plain(text[: most * 4])).strip()[:most].rstrip()
