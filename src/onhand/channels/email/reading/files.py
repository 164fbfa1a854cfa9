"""The files a mail carries: safe names, types by content."""

import mimetypes
import re
import unicodedata

from onhand.channels.email.reading.charsets import known
from onhand.channels.email.reading.parsed import ParsedFile
from onhand.channels.email.reading.parts import Part
from onhand.channels.email.reading.plain import BIDI, one_line
from onhand.channels.email.reading.problems import Noted
from onhand.channels.email.reading.sniffing import media_type_of
from onhand.channels.email.reading.words import decoded, text_of

LONGEST_NAME = 255
LONGEST_TYPE = 100

_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200d\u2060]')
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")
_ENDINGS = {
    "message/rfc822": ".eml", "text/calendar": ".ics", "text/plain": ".txt", "text/html": ".html", "image/jpeg": ".jpg",
    "application/ms-tnef": ".dat", "message/delivery-status": ".txt", "text/rfc822-headers": ".txt", "image/tiff": ".tif",
    "application/pgp-signature": ".asc", "application/pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m", "audio/wav": ".wav",
    "application/octet-stream": ".bin", "text/vcard": ".vcf", "message/feedback-report": ".txt",
    "message/disposition-notification": ".txt", "application/pgp-encrypted": ".asc",
}  # fmt: skip
_HARMLESS_DISGUISE = {
    "",
    "application/octet-stream",
    "application/x-download",
    "application/force-download",
    "application/binary",
}


def file_of(part: Part, position: int, noted: Noted) -> ParsedFile:
    """The part as a file."""
    content = part.content(noted)
    claimed = one_line(part.media_type, LONGEST_TYPE)
    wanted = _inner_subject(content) if claimed == "message/rfc822" and not part.file_name else part.file_name
    media_type = media_type_of(content, claimed, wanted)[:LONGEST_TYPE]
    if claimed == "message/rfc822" and media_type in ("text/plain", "application/octet-stream"):
        media_type = claimed
    _note(claimed, media_type, wanted, noted)
    return ParsedFile(
        name=safe_name(wanted, media_type, position, add_ending=not part.file_name),
        claimed_type=claimed,
        media_type=media_type,
        content_id=content_id(part),
        is_inline=False,
        content=content,
    )


def content_id(part: Part) -> str:
    """The id the HTML shows the part by, without brackets."""
    return one_line(part.head.text("content-id"), 255).strip("<> ")


def _note(claimed: str, media_type: str, name: str, noted: Noted) -> None:
    if media_type == "application/ms-tnef" or name.lower() == "winmail.dat":
        noted.note("winmail")
    runs = media_type in (
        "application/x-msdownload",
        "text/html",
        "image/svg+xml",
        "application/x-elf",
        "application/x-ms-shortcut",
    )
    if runs and claimed not in _HARMLESS_DISGUISE and claimed.split("/")[0] != "text" and claimed != media_type:
        noted.note("type_disguised")


def _inner_subject(content: bytes) -> str:
    found = re.search(rb"^subject:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", content[:20_000], re.IGNORECASE | re.MULTILINE)
    return text_of(found[1]).strip()[:100] if found else ""


def safe_name(name: str, media_type: str, position: int, *, add_ending: bool = False) -> str:
    """
    A name that can be shown and saved: no folders, no controls, no marks that turn the direction of letters, at most 255
    characters of which the ending is kept. A file without a name is called by its place and type.
    """
    name = decoded(name)
    if re.fullmatch(r"[\w-]+'[\w-]*'.+", name) and known(
        name.partition("'")[0]
    ):  # RFC 2231 put where it does not belong
        name = name.split("'", 2)[2]
    name = BIDI.sub("", one_line(unicodedata.normalize("NFC", name), 4 * LONGEST_NAME))
    if "\\" in name or ("/" in name and not add_ending):
        name = re.split(r"[\\/]", name)[-1]
    name = _NOT_IN_NAMES.sub("_", name).strip(". ")
    ending = _ENDINGS.get(media_type) or mimetypes.guess_extension(media_type, strict=False) or ".bin"
    if not name or not name.strip("_"):
        return f"file-{position + 1}{ending}"
    if add_ending and not name.lower().endswith(ending):
        name += ending
    if _RESERVED.match(name):
        name = "_" + name
    if len(name) > LONGEST_NAME:
        stem, dot, last = name.rpartition(".")
        kept = dot + last if stem and len(last) <= 20 else ""
        name = name[: LONGEST_NAME - len(kept)].rstrip(". ") + kept
    return name
