"""The head of a mail or of a part of it: its lines as names and values."""

import re

from onhand.channels.email.reading.words import text_of

MOST_LINES = 2_000
MOST_BYTES = 1_000_000
LONGEST_VALUE = 100_000  # bytes; thousands of recipients fit

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r(?!\n))")
_OTHERS_LOOKED_AT = 5


class Head:
    """Names in small letters with their values in the order they stand; the same name may stand several times."""

    def __init__(self, fields: list[tuple[str, bytes]], *, is_malformed: bool = False, is_cut: bool = False) -> None:
        self.fields = fields
        self.is_malformed = is_malformed
        self.is_cut = is_cut
        self._by_name: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._by_name.setdefault(name, []).append(value)

    def raw(self, name: str) -> bytes:
        """The first value as it stands, unfolded; empty if there is none."""
        return self._by_name.get(name, [b""])[0]

    def all_raw(self, name: str) -> list[bytes]:
        return self._by_name.get(name, [])

    def text(self, name: str) -> str:
        """The first value decoded, in one line."""
        value = self.raw(name)
        return text_of(value).strip() if value else ""

    def all_text(self, name: str) -> list[str]:
        return [text_of(value).strip() for value in self.all_raw(name)]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name


def split(raw: bytes) -> tuple[Head, bytes]:
    """The head and what follows it. A mail that starts with no head is all body."""
    fields: list[tuple[str, list[bytes]]] = []
    malformed = cut = False
    at = _start(raw)
    while at < len(raw):
        line, following = _line_at(raw, at)
        if not line.strip(b" \t\x00"):
            if line and fields and following < len(raw) and raw[following : following + 1] not in (b"\n", b"\r"):
                malformed = True  # a line of blanks: an end to some programs, a slip of others; read it as the end
            at = following
            break
        if len(fields) >= MOST_LINES or at > MOST_BYTES:
            cut = True
            at = _end_of_head(raw, at)
            break
        field = _FIELD.match(line)
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
        elif field is not None:
            fields.append((field[1].decode("ascii").lower(), [line[field.end() :]]))
        elif line.startswith((b"From ", b">From ")):
            pass  # the line of an mbox file
        elif fields and _goes_on(raw, following):
            malformed = True
            fields[-1][1].append(b" " + line)
        else:
            malformed = True
            break
        at = following
    joined = [(name, b"".join(lines).replace(b"\x00", b"").strip()[:LONGEST_VALUE]) for name, lines in fields]
    return Head(joined, is_malformed=malformed, is_cut=cut), raw[at:]


def _start(raw: bytes) -> int:
    """Past a byte order mark and empty lines that some programs put first."""
    at = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while at < len(raw) and at < 1000 and raw[at] in b"\r\n":
        at += 1
    return at if _FIELD.match(raw, at) or raw[at : at + 5] == b"From " else 0


def _line_at(raw: bytes, at: int) -> tuple[bytes, int]:
    found = _LINE.match(raw, at)
    return (found[1], found.end()) if found else (raw[at:], len(raw))


def _goes_on(raw: bytes, at: int) -> bool:
    """Whether the head goes on after a line that is none: another field comes before the empty line."""
    for _ in range(_OTHERS_LOOKED_AT):
        line, at = _line_at(raw, at)
        if not line.strip():
            return False
        if _FIELD.match(line):
            return True
    return False


def _end_of_head(raw: bytes, at: int) -> int:
    found = re.compile(rb"\r?\n\r?\n").search(raw, at)
    return found.end() if found else len(raw)
