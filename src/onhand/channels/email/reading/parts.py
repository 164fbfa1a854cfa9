"""The tree of parts a mail is made of, bounded in depth and number, with damaged separators forgiven."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from onhand.channels.email.reading import heads, parameters
from onhand.channels.email.reading.heads import Head
from onhand.channels.email.reading.problems import Noted
from onhand.channels.email.reading.words import base64_of

DEEPEST = 20
MOST_PARTS = 500

_LOOKS_LIKE_BOUNDARY = re.compile(rb"^--([^\s-][^\r\n]{0,200}?)[ \t]*\r?$", re.MULTILINE)
_AFTER_SEPARATOR = re.compile(rb"(--)?[ \t]*(?:\r\n|\r|\n|$)")
_BLANKS_AFTER_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_BASE64 = bytes(range(0x30, 0x3A)) + bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B)) + b"+/=\r\n \t"
_TYPE = re.compile(r"[\w!#$&.+^-]{1,60}/[\w!#$&.+^-]{1,100}")


@dataclass(slots=True)
class Part:
    """One part: its head, its body still encoded, and for a multipart the parts in it."""

    head: Head
    body: bytes = field(repr=False)
    media_type: str
    parameters: dict[str, str]
    disposition: str
    file_name: str
    parts: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return bool(self.parts)

    def walk(self) -> Iterator["Part"]:
        """This part and all in it, in order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))

    def content(self, noted: Noted) -> bytes:
        """The body decoded."""
        encoding = self.head.text("content-transfer-encoding").strip("\"' ;").lower().split(";")[0].strip()
        if encoding == "base64":
            return _from_base64(self.body, noted)
        if encoding in ("quoted-printable", "quotedprintable", "qp"):
            return binascii.a2b_qp(_BLANKS_AFTER_SOFT_BREAK.sub(b"=", self.body))
        if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return uudecoded(self.body)
        if encoding not in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "7bits", "8bits", "utf-8"):
            noted.note("encoding_unknown")
        return self.body


def read(raw: bytes, noted: Noted) -> Part:
    """The mail as a tree of parts."""
    head, body = heads.split(raw)
    if head.is_malformed:
        noted.note("head_malformed")
    if head.is_cut:
        noted.note("head_cut")
    return _part(head, body, _Count(noted), 0, "text/plain")


class _Count:
    def __init__(self, noted: Noted) -> None:
        self.noted = noted
        self.parts = 0


def _part(head: Head, body: bytes, count: _Count, depth: int, otherwise: str) -> Part:
    count.parts += 1
    said, given = parameters.parse(head.raw("content-type"))
    disposition, more = parameters.parse(head.raw("content-disposition"))
    media_type = said if _TYPE.fullmatch(said) else _repaired(said, otherwise)
    name = more.get("filename") or given.get("name") or given.get("filename") or more.get("name") or ""
    part = Part(head, body, media_type, given, disposition, name)
    if media_type.startswith("multipart/"):
        if depth >= DEEPEST:
            count.noted.note("nested_too_deeply")
            return part
        _take_apart(part, count, depth)
    return part


def _repaired(said: str, otherwise: str) -> str:
    """`text`, `html`, `pdf` and nothing at all occur."""
    return {"text": "text/plain", "html": "text/html", "": otherwise, "message": "message/rfc822"}.get(
        said, "application/octet-stream"
    )


def _take_apart(part: Part, count: _Count, depth: int) -> None:
    otherwise = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
    pieces = _pieces(part, count.noted)
    if not pieces:
        count.noted.note("boundary_missing")
        part.media_type = (
            "text/html" if re.match(rb"\s*<(?:!doctype|html|body)", part.body, re.IGNORECASE) else "text/plain"
        )
        return
    for piece in pieces:
        if count.parts >= MOST_PARTS:
            count.noted.note("parts_cut")
            return
        head, body = _of_part(piece)
        part.parts.append(_part(head, body, count, depth + 1, otherwise))


def _of_part(piece: bytes) -> tuple[Head, bytes]:
    if piece[:1] == b"\n" or piece[:2] == b"\r\n":  # a part without a head
        return Head([]), piece.lstrip(b"\r\n") if len(piece) < 3 else piece[2 if piece[:1] == b"\r" else 1 :]
    return heads.split(piece)


def _pieces(part: Part, noted: Noted) -> list[bytes]:
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace")
    found = _between(part.body, boundary.rstrip()) if boundary else []
    if found:
        return found
    guessed = _LOOKS_LIKE_BOUNDARY.search(part.body)
    if guessed is None:
        return []
    noted.note("boundary_missing")
    return _between(part.body, guessed[1].removesuffix(b"--"))


def _between(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the lines that are separators; the line end before one belongs to it."""
    sign = b"--" + boundary
    pieces: list[bytes] = []
    start: int | None = None
    at = 0
    while (place := body.find(sign, at)) >= 0:
        at = place + len(sign)
        found = _AFTER_SEPARATOR.match(body, at)
        if found is None or (place and body[place - 1] not in b"\r\n"):
            continue
        if start is not None:
            end = place - 2 if body[place - 2 : place] == b"\r\n" else place - 1
            pieces.append(body[start : max(start, end)])
        if found[1]:
            return pieces
        start = at = found.end()
        if len(pieces) > MOST_PARTS:
            return pieces
    if start is not None:
        pieces.append(body[start:])
    return pieces


def _from_base64(body: bytes, noted: Noted) -> bytes:
    start = body[:4096].partition(b"=")[0]  # what stands after the padding may be what a list wrote under it
    if len(start.translate(None, _BASE64)) * 20 > len(start) or (b" " in start.strip() and _is_sentence(start)):
        noted.note("encoding_broken")  # it was never encoded
        return body
    content = base64_of(body)
    letters = len(body) - body.count(b"\n") - body.count(b"\r")
    if letters // 4 * 3 - len(content) > 64:
        noted.note("encoding_broken")
    return content


def _is_sentence(start: bytes) -> bool:
    """Blanks in every line, more often than a program would put them between letters of base64."""
    return start.count(b" ") * 20 > len(start)


def uudecoded(body: bytes) -> bytes:
    """What uuencoded lines say; lines that say nothing are passed over."""
    content = []
    for line in body.splitlines():
        if not line or line.startswith((b"begin ", b"end")):
            continue
        try:
            content.append(binascii.a2b_uu(line))
        except binascii.Error:  # trailing blanks or a wrong count, as some old programs wrote
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            with_count = line[:wanted]
            try:
                content.append(binascii.a2b_uu(with_count))
            except binascii.Error:
                continue
    return b"".join(content)
