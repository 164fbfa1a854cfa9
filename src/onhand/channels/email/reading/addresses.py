"""Names and addresses from the lines of a head, however they are written."""

import re

from onhand.channels.email.reading.parsed import Address
from onhand.channels.email.reading.plain import BIDI, one_line
from onhand.channels.email.reading.words import decoded, text_of

LONGEST_NAME, LONGEST_ADDRESS = 200, 254

# A quoted string, a comment, an address in angle brackets, a sign that divides, or anything else.
_PIECE = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.){0,500}+)"|\((?P<comment>(?:[^()\\]|\\.){0,500}+)\)|<(?P<angle>[^<>]*)>?|(?P<divides>[,;])|(?P<word>[^\s",;()<>]+)'
    r"|(?P<odd>.)",
    re.DOTALL,
)
# It begins where a word begins: looking for it stays in proportion to the length of the line.
_ADDRESS = re.compile(r"(?<![^\s@<>()\[\],;:\"])[^\s@<>()\[\],;:\"]+@(?:[^\s@<>()\[\],;:\"]+|\[[0-9A-Fa-f.:IPv]+\])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ENCODED = re.compile(r"=\?.{0,500}?\?=", re.DOTALL)
_LONGEST_ENTRY = 500
_GROUP = re.compile(r"^[^@<>]{1,80}:$")


def read(raw: bytes, most: int) -> list[Address]:
    """The addresses of one line, at most `most`. Entries with neither name nor address are left out."""
    raw = raw[: _LONGEST_ENTRY * (most + 20)]
    text = raw.decode("ascii") if raw.isascii() and b"\x1b" not in raw else text_of(raw)
    if "=?" in text and "@" not in _ENCODED.sub("", text):
        text = decoded(text)  # a program encoded the whole line, address and all
    found: list[Address] = []
    entry = _Entry()
    for piece in _PIECE.finditer(text):
        if len(found) >= most:
            return found
        if piece["divides"]:
            if entry.may_end(piece["divides"]):
                _keep(found, entry.read())
                entry = _Entry()
            elif entry.words:
                entry.words[-1] += piece["divides"]
            continue
        entry.take(piece)
    _keep(found, entry.read())
    return found[:most]


def _keep(found: list[Address], address: Address) -> None:
    if address.name or address.address:
        found.append(address)


class _Entry:
    """What stands between two commas."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None
        self.quoted = ""
        self.has_address = False

    def take(self, piece: re.Match[str]) -> None:
        if piece["quoted"] is not None:
            self.quoted = _ESCAPED.sub(r"\1", piece["quoted"])
            self.words.append(self.quoted)
        elif piece["comment"] is not None:
            self.comments.append(_ESCAPED.sub(r"\1", piece["comment"]))
        elif piece["angle"] is not None:
            # In Name <a@b> <c@d> the last is the address; the others are part of the name.
            if self.angle and "@" in self.angle and "@" not in piece["angle"]:
                return
            if self.angle:
                self.words.append(self.angle)
            self.angle = piece["angle"]
        elif piece["word"] is not None:
            if piece["word"].startswith("@") and self.quoted and self.words[-1:] == [self.quoted]:
                self.words[-1] = self.quoted.replace(" ", "") + piece["word"]  # "a b"@c.example
                self.has_address = True
                return
            self.words.append(piece["word"])
            self.has_address = self.has_address or "@" in piece["word"]
            if piece["word"].endswith(":") and len(self.words) < 10 and _GROUP.match(" ".join(self.words)):
                self.words = []  # undisclosed-recipients:;

    def may_end(self, sign: str) -> bool:
        """`Doe, Jane <jane@…>` without quotes: a comma ends nothing before an address was seen."""
        return sign == ";" or self.angle is not None or self.has_address or not self.words

    def read(self) -> Address:
        words = " ".join(self.words)
        if self.angle is not None and (address := clean_address(self.angle)):
            name = words
        elif found := _ADDRESS.search(words):
            address = clean_address(found[0])
            name = (words[: found.start()] + " " + words[found.end() :]) if address else words
            name = name.replace("mailto:", "")
        elif self.quoted and (address := clean_address(self.quoted)):
            name = ""
        else:
            address, name = "", words
        name = clean_name(name) or clean_name(" ".join(self.comments))
        return Address("" if name.lower() == address.lower() else name, address)


def clean_name(name: str) -> str:
    """A name to show: decoded, in one line, without quotes around it and marks that turn the direction."""
    name = one_line(BIDI.sub("", decoded(name[: 20 * LONGEST_NAME])), LONGEST_NAME)
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name


def clean_address(text: str) -> str:
    """The address in `text`, its domain in small letters; empty if there is none or it is too long to be one."""
    text = (
        BIDI.sub("", decoded(text[: 20 * LONGEST_ADDRESS]))
        .strip()
        .removeprefix("mailto:")
        .removeprefix("MAILTO:")
        .strip("'\" ")
    )
    text = re.sub(r"^@[^:]*:", "", text)  # a route, as of old
    if '"' in text:
        local, _, domain = text.rpartition("@")
        text = local.strip('"').replace(" ", "") + "@" + domain
    found = _ADDRESS.fullmatch(re.sub(r"\s*([@.])\s*", r"\1", text)) or _ADDRESS.search(text)
    if found is None:
        return ""
    local, _, domain = one_line(found[0], LONGEST_ADDRESS + 1).rpartition("@")
    address = f"{local}@{domain.rstrip('.>').lower()}"
    return address if len(address) <= LONGEST_ADDRESS and local and domain.strip(".") else ""
