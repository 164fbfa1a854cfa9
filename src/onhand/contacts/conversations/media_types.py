"""What an uploaded file is: by its first bytes where they tell, else what the browser called it, unless that would run somewhere."""

import re

_SIGNS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-elf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"Rar!", "application/vnd.rar"),
    (b"7z\xbc\xaf", "application/x-7z-compressed"),
)
_KIND = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_TOLD_BY_BYTES = frozenset({"image/png", "image/jpeg", "image/gif", "image/tiff", "application/pdf"})
_ZIPPED = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/epub+zip",
)
_MARKUP = re.compile(rb"^\s*(<!doctype html|<html|<\?xml|<svg|<script|<head|<body)", re.IGNORECASE)


def media_type_of(content: bytes, claimed: str, name: str) -> str:
    """The media type of a file; application/octet-stream where nobody can tell."""
    for sign, kind in _SIGNS:
        if content.startswith(sign):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    said = claimed.partition(";")[0].strip().lower()
    if not _KIND.fullmatch(said) or said in _TOLD_BY_BYTES:
        said = "application/octet-stream"
    if content.startswith(b"PK\x03\x04"):
        return said if said.startswith(_ZIPPED) else "application/zip"
    if _MARKUP.match(content[:512]):
        return "image/svg+xml" if b"<svg" in content[:512].lower() else "text/html"
    if name.lower().endswith(".csv") and b"\x00" not in content[:4096]:
        return "text/csv"
    return said
