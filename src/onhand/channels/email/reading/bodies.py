"""Which parts of a mail are what it says, and which are files that came with it."""

import html
import re
from dataclasses import dataclass, field

from onhand.channels.email.reading import charsets, flowed
from onhand.channels.email.reading.files import safe_name
from onhand.channels.email.reading.parsed import ParsedFile
from onhand.channels.email.reading.parts import Part, uudecoded
from onhand.channels.email.reading.plain import plain
from onhand.channels.email.reading.problems import Noted
from onhand.channels.email.reading.sniffing import media_type_of

_SHOWN = ("text/plain", "text/html", "text/enriched", "text/richtext", "application/xhtml+xml")
_OTHER_RENDERINGS = ("text/x-amp-html", "text/watch-html")  # the same again, for special programs
_UUENCODED = re.compile(
    rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n((?:[ -`]{1,90}\r?\n)*?)(?:[` ]?\r?\n)?end[ \t]*\r?$(?:\r?\n)*",
    re.MULTILINE,
)
_ENRICHED_TAG = re.compile(r"<(<)|<param>.*?</param>|</?[A-Za-z][\w-]{0,60}>", re.DOTALL | re.IGNORECASE)


@dataclass(slots=True)
class Piece:
    """A stretch of what the mail says: as text, as HTML, or as both."""

    text: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Content:
    """What a mail says, in order, and the parts that are files."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    unpacked: list[ParsedFile] = field(default_factory=list)  # files that stood in the midst of a text

    @property
    def text(self) -> str | None:
        """The text as the sender wrote it; None where some of it is only HTML."""
        texts = [piece.text for piece in self.pieces]
        if any(text is None for text in texts):
            return None
        return "\n\n".join(text.strip("\n") for text in texts if text is not None and text.strip())

    @property
    def html(self) -> str:
        """All of it as HTML, empty if nothing was written in HTML."""
        if not any(piece.html for piece in self.pieces):
            return ""
        return "\n".join(piece.html or as_html(piece.text or "") for piece in self.pieces)


def as_html(text: str) -> str:
    """Text as it looks, in HTML."""
    return f"<div>{html.escape(text, quote=False).replace(chr(10), '<br>')}</div>"


def read(mail: Part, noted: Noted) -> Content:
    """What the mail says and carries."""
    content = Content()
    content.pieces = _shown(mail, content, noted, is_root=True)
    if not content.pieces:
        _take_named_text(content, noted)
    return content


def _shown(
    part: Part, content: Content, noted: Noted, *, is_root: bool = False, in_alternative: bool = False
) -> list[Piece]:
    if part.media_type == "multipart/alternative" and part.parts:
        return _alternative(part, content, noted)
    if part.parts:
        if part.media_type == "multipart/encrypted":
            noted.note("encrypted")
        pieces = []
        for one in part.parts:
            pieces += _shown(one, content, noted, in_alternative=in_alternative)
        return pieces
    if _is_said(part, is_root=is_root, in_alternative=in_alternative):
        piece = _piece(part, content, noted)
        return [piece] if (piece.text or "").strip() or (piece.html or "").strip() else []
    if not (in_alternative and part.media_type in _OTHER_RENDERINGS) and (part.body.strip() or part.file_name):
        _note_kind(part, noted)
        content.files.append(part)
    return []


def _is_said(part: Part, *, is_root: bool, in_alternative: bool) -> bool:
    if part.media_type not in _SHOWN or part.disposition == "attachment":
        return False
    return is_root or in_alternative or not part.file_name


def _alternative(part: Part, content: Content, noted: Noted) -> list[Piece]:
    """The plainest text there is and the richest HTML, as one piece."""
    text: str | None = None
    rich: list[Piece] | None = None
    for one in part.parts:
        pieces = _shown(one, content, noted, in_alternative=True)
        if any(piece.html for piece in pieces):
            rich = pieces
        elif pieces and not (text or "").strip():
            text = "\n\n".join(piece.text or "" for piece in pieces)
    if rich is None:
        return [] if text is None else [Piece(text=text)]
    joined = "\n".join(piece.html or as_html(piece.text or "") for piece in rich)
    return [Piece(text=text if (text or "").strip() else None, html=joined)]


def _piece(part: Part, content: Content, noted: Noted) -> Piece:
    raw = part.content(noted)
    is_html = part.media_type in ("text/html", "application/xhtml+xml")
    if not is_html and b"begin " in raw:
        raw = _without_uuencoded(raw, content)
    text, problem = charsets.decode(raw, part.parameters.get("charset", ""), is_html=is_html)
    if problem:
        noted.note(problem)
    if is_html:
        return Piece(html=text)
    text = plain(text)
    if part.media_type in ("text/enriched", "text/richtext"):
        text = _ENRICHED_TAG.sub(r"\1", text)
    elif part.parameters.get("format", "").lower() == "flowed":
        text = flowed.joined(text, deletes_space=part.parameters.get("delsp", "").lower() == "yes")
    return Piece(text=text)


def _without_uuencoded(raw: bytes, content: Content) -> bytes:
    """Files in the midst of a text, as programs sent them before there were parts."""

    def take(found: re.Match[bytes]) -> bytes:
        decoded = uudecoded(found[2])
        if not decoded:
            return found[0]
        said = charsets.guess(found[1])
        kind = media_type_of(decoded, "application/octet-stream", said)
        content.unpacked.append(ParsedFile(safe_name(said, kind, len(content.unpacked)), "", kind, "", False, decoded))
        return b""

    return _UUENCODED.sub(take, raw)


def _take_named_text(content: Content, noted: Noted) -> None:
    """A scanner or an old program names even what it has to say; the first such text is read if there is no other."""
    for part in content.files:
        if part.media_type in _SHOWN and part.disposition != "attachment":
            piece = _piece(part, content, noted)
            if (piece.text or "").strip() or (piece.html or "").strip():
                content.files.remove(part)
                content.pieces = [piece]
            return


def _note_kind(part: Part, noted: Noted) -> None:
    kind = part.media_type
    if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        noted.note("signed_unread" if part.parameters.get("smime-type", "").lower() == "signed-data" else "encrypted")
    elif kind == "message/partial":
        noted.note("partial")
    elif kind == "message/external-body":
        noted.note("external_body")
