"""What a file is by its first bytes. Archives are never opened: the names in the first entries of a zip are all that is looked at."""

_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"\x00\x00\x01\x00", "image/x-icon"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
    (257, b"ustar", "application/x-tar"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (0, b"ITSF", "application/vnd.ms-htmlhelp"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"-----BEGIN PGP", "application/pgp-encrypted"),
    (0, b"BEGIN:VCARD", "text/vcard"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"),
    (0, b"%!PS", "application/postscript"),
    (32769, b"CD001", "application/x-iso9660-image"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BOXES = {
    b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif", b"avif": "image/avif", b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime", b"3gp4": "video/3gpp", b"3gp5": "video/3gpp",
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_IN_ZIP = (
    (b"word/", _OFFICE + "wordprocessingml.document"),
    (b"xl/", _OFFICE + "spreadsheetml.sheet"),
    (b"ppt/", _OFFICE + "presentationml.presentation"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
)
# What the sender may say of a container that cannot be told apart without opening it.
_OLE = {
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-outlook",
    "application/x-msi",
}
_BY_ENDING = {
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook", "msi": "application/x-msi",
}  # fmt: skip
_SCRIPTS = ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml")
_TEXT_LOOKED_AT = 4096


def media_type_of(content: bytes, claimed: str, name: str) -> str:
    """
    The media type of `content`: by its first bytes where they tell, else what was claimed if text may be that, else
    application/octet-stream. Something that would run in a browser is named so whatever it claims to be.
    """
    found = _by_signs(content)
    if found == "application/x-ole-storage":
        return claimed if claimed in _OLE else _BY_ENDING.get(_ending(name), found)
    if found == "application/zip":
        return _zip(content, claimed)
    if found:
        return found
    if not content:
        return claimed or "application/octet-stream"
    if _is_text(content):
        return _text(content, claimed, name)
    safe = claimed.startswith(("audio/", "video/", "application/")) and claimed not in _SCRIPTS
    return (
        claimed
        if safe and claimed not in ("application/pdf", "application/zip", "application/javascript")
        else "application/octet-stream"
    )


def _by_signs(content: bytes) -> str:
    for place, sign, kind in _SIGNS:
        if content[place : place + len(sign)] == sign:
            return kind
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], "")
    if content[4:8] == b"ftyp":
        return _BOXES.get(content[8:12], "video/mp4")
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return "application/zip"
    return "application/pdf" if b"%PDF-" in content[:1024] and not _is_text(content[:64]) else ""


def _zip(content: bytes, claimed: str) -> str:
    start = content[:8192]
    if start[30:38] == b"mimetype":
        told = start[38:120].split(b"PK")[0].decode("ascii", "ignore").strip()
        if told.startswith(("application/vnd.oasis.opendocument.", "application/epub+zip")):
            return told
    for sign, kind in _IN_ZIP:
        if sign in start:
            return kind
    return claimed if claimed.startswith(_OFFICE) and b"[Content_Types].xml" in start else "application/zip"


def _is_text(content: bytes) -> bool:
    start = content[:_TEXT_LOOKED_AT]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return b"\x00" not in start and sum(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in start) * 100 <= len(
        start
    )


def _text(content: bytes, claimed: str, name: str) -> str:
    start = content[:_TEXT_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start and (start.startswith(b"<") or claimed == "image/svg+xml"):
        return "image/svg+xml"
    if (
        start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe"))
        or b"<script" in start
    ):
        return "text/html"
    if start.startswith(b"<?xml"):
        return "application/xhtml+xml" if b"<html" in start else "application/xml"
    if start.startswith(
        (b"received:", b"return-path:", b"from:", b"message-id:", b"mime-version:")
    ) and claimed.startswith("message/"):
        return "message/rfc822"
    by_name = {
        "csv": "text/csv",
        "ics": "text/calendar",
        "vcf": "text/vcard",
        "json": "application/json",
        "eml": "message/rfc822",
    }
    if claimed.startswith(("text/", "message/")) and claimed not in _SCRIPTS:
        return claimed
    if claimed in ("application/json", "application/pgp-signature", "application/pgp-encrypted", "application/ics"):
        return claimed
    return by_name.get(_ending(name), "text/plain")


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
