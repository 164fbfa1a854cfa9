"""Builds raw mail the way programs write it: heads in order, CRLF, parts between boundaries."""

import base64
import quopri
from dataclasses import dataclass
from typing import Any

SERVICE = "service@shop.example"
WHEN = "Mon, 02 Mar 2026 10:15:00 +0100"


@dataclass(frozen=True)
class Example:
    """
    A mail and what must be read from it. Keys of `expected`: the fields of ParsedMail, and `visible` (text before the history),
    `quoted` (whether there is history), `has`/`lacks` (strings of the text), `html_has`/`html_lacks`, `sender` (address), `sender_name`,
    `to` (addresses of all recipients), `files` (name, media type, whether inline), `bounce` (recipient, permanent, code, original).
    """

    name: str
    raw: bytes
    expected: dict[str, Any]


def example(name: str, raw: bytes, **expected: Any) -> Example:
    return Example(name, raw, expected)


@dataclass(frozen=True)
class Body:
    """The lines of a head that speak of the content, and the content as it travels."""

    lines: tuple[str, ...]
    content: bytes


def encoded(content: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(content).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        return quopri.encodestring(content).replace(b"\n", b"\r\n")
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if encoding in ("7bit", "8bit") else content


def body(
    content: str | bytes,
    kind: str = "text/plain",
    *,
    charset: str = "utf-8",
    encoding: str = "8bit",
    disposition: str = "",
    cid: str = "",
    more: tuple[str, ...] = (),
) -> Body:
    """A part. Text is encoded in `charset`, which is named unless empty; bytes are taken as they are and no charset is named."""
    if isinstance(content, str):
        raw = content.encode(charset or "utf-8")
        kind = f"{kind}; charset={charset}" if charset else kind
    else:
        raw = content
    lines = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}"]
    if disposition:
        lines.append(f"Content-Disposition: {disposition}")
    if cid:
        lines.append(f"Content-ID: <{cid}>")
    return Body((*lines, *more), encoded(raw, encoding))


def html(content: str, *, charset: str = "utf-8", encoding: str = "8bit") -> Body:
    return body(content, "text/html", charset=charset, encoding=encoding)


def attached(name: str, content: bytes, kind: str, *, inline: bool = False, cid: str = "") -> Body:
    """A file, in base64."""
    way = "inline" if inline else "attachment"
    return body(content, f'{kind}; name="{name}"', encoding="base64", disposition=f'{way}; filename="{name}"', cid=cid)


def multipart(subtype: str, *parts: Body, boundary: str = "", more: str = "") -> Body:
    boundary = boundary or f"----=_Part_{subtype}_{len(parts)}_{sum(len(part.content) for part in parts)}"
    pieces = [f"--{boundary}\r\n".encode() + whole(part) + b"\r\n" for part in parts]
    closing = f"--{boundary}--\r\n".encode()
    return Body((f'Content-Type: multipart/{subtype};{more} boundary="{boundary}"',), b"".join(pieces) + closing)


def whole(part: Body) -> bytes:
    return "\r\n".join(part.lines).encode() + b"\r\n\r\n" + part.content


def mail(
    content: Body | str = "Guten Tag, wo ist mein Paket?",
    *,
    sender: str | bytes = "Anna Beispiel <anna@kunde.example>",
    to: str = f"Service <{SERVICE}>",
    subject: str | bytes = "Frage",
    date: str = WHEN,
    message_id: str = "<1@kunde.example>",
    more: tuple[str | bytes, ...] = (),
    first: tuple[str, ...] = (),
) -> bytes:
    """A whole mail; a line whose value is empty is left out. `first` stands above, as servers put it, `more` below."""
    part = body(content) if isinstance(content, str) else content
    lines: list[str | bytes] = [*first]
    for name, value in (("From", sender), ("To", to), ("Subject", subject), ("Date", date), ("Message-ID", message_id)):
        if value:
            lines.append(name.encode() + b": " + value if isinstance(value, bytes) else f"{name}: {value}")
    lines += [*more, "MIME-Version: 1.0", *part.lines]
    head = b"\r\n".join(line if isinstance(line, bytes) else line.encode("utf-8") for line in lines)
    return head + b"\r\n\r\n" + part.content


def both(text: str, source: str) -> Body:
    """The same as text and as HTML."""
    return multipart("alternative", body(text, encoding="quoted-printable"), html(source, encoding="quoted-printable"))
