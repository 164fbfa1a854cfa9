"""Bytes to text: the character sets of mail, also where the name is missing, unknown or a lie."""

import codecs
import re
from functools import lru_cache

from charset_normalizer import from_bytes

# How programs write what Python knows under another name, or what is read by its superset as browsers do.
_ALIASES = {
    "ansi": "cp1252", "ascii": "us-ascii", "us-ascii": "us-ascii", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "cp950", "x-x-big5": "cp950",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "ksc5601": "cp949", "shift_jis": "cp932",
    "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "ms_kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "iso-2022-jp-ms": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "utf8mb4": "utf-8", "utf-8mb4": "utf-8", "utf-8n": "utf-8",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6", "logical": "iso-8859-8",
    "x-mac-roman": "mac-roman", "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "x-mac-ce": "mac-latin2",
    "unicode": "utf-16", "ucs-2": "utf-16", "iso-10646-ucs-2": "utf-16-be", "koi8": "koi8-r", "dos-862": "cp862",
    "x-windows-949": "cp949", "x-cp1250": "cp1250", "x-cp1251": "cp1251", "x-cp1252": "cp1252",
}  # fmt: skip
# Names that say nothing, and codecs of Python that are no character sets (some of them slow on purpose-made input).
_NO_NAME = {
    "",
    "unknown",
    "unknown-8bit",
    "x-unknown",
    "default",
    "none",
    "null",
    "utf",
    "binary",
    "8bit",
    "7bit",
    "x-user-defined",
}
_NOT_CHARSETS = {
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "mbcs",
    "oem",
    "unicode-escape",
}
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_ISO_2022_JP = re.compile(rb"\x1b[$(][@BJ]")
_GUESSED_FROM = 4_000  # bytes looked at where a character set has to be guessed
_UNDEFINED_IN_CP1252 = dict.fromkeys(range(0x80, 0xA0))


@lru_cache(maxsize=512)
def known(name: str) -> str:
    """Python's codec for a name as mails write it, or empty."""
    name = (
        name.strip()
        .strip("\"'<>")
        .lower()
        .partition("$")[0]
        .replace(" ", "-")
        .removeprefix("_")
        .removeprefix("charset=")[:40]
    )
    if name in _NO_NAME:
        return ""
    for spelling in (
        name,
        name.replace("_", "-"),
        name.removeprefix("x-"),
        re.sub(r"^(?:cp|windows|win|ibm)[-_]?(?=\d)", "cp", name),
    ):
        wanted = _ALIASES.get(spelling, spelling)
        if wanted in _NOT_CHARSETS:
            return ""
        try:
            found = codecs.lookup(wanted)
            b"a".decode(found.name, "ignore")  # refuses what turns bytes into bytes
        except (LookupError, ValueError, UnicodeError):
            continue
        return "" if found.name in _NOT_CHARSETS else found.name
    return ""


def decode(content: bytes, declared: str = "", *, is_html: bool = False) -> tuple[str, str]:
    """The text of `content`, and the code of the problem met (see `problems`), empty if there was none."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace"), ""
    name = known(declared)
    problem = "charset_unknown" if not name and declared.strip().lower() not in _NO_NAME else ""
    if not name and is_html and (meta := _META.search(content[:4096])):
        name = known(meta[1].decode("ascii"))
    if content.isascii() and not (name.startswith(("utf-16", "utf-7", "utf-32", "hz")) or b"\x1b" in content):
        return content.decode("ascii"), "" if name or not declared else problem
    if not name:
        return guess(content), problem or "charset_guessed"
    return _by_name(content, name, problem)


def _by_name(content: bytes, name: str, problem: str) -> tuple[str, str]:
    # A single-byte set makes sense of anything; text that is also proper UTF-8 was meant to be that.
    if _is_single_byte(name) and (as_utf8 := _strictly(content, "utf-8")) is not None:
        return as_utf8, problem or "charset_wrong"
    if name in ("utf-16", "utf-32"):
        name = _byte_order(content, name)
    text = _strictly(content, name)
    if text is not None:
        return text, problem
    if name == "cp1252":
        return _western(content), problem
    if name == "ascii":
        return guess(content), "charset_wrong"
    damaged = content.decode(name, "replace")
    if damaged.count("\ufffd") * 50 <= len(damaged):  # a slip, such as a text cut in the middle of a character
        return damaged, "charset_wrong"
    return guess(content), "charset_wrong"


def guess(content: bytes) -> str:
    """The text of bytes in an unknown character set: UTF-8 if it is that, else what fits best, else Western European."""
    if _ISO_2022_JP.search(content) and (text := _strictly(content, "iso2022_jp_ext")) is not None:
        return text
    if (text := _strictly(content, "utf-8")) is not None:
        return text
    high = sum(byte > 127 for byte in content[:_GUESSED_FROM])
    looked_at = min(len(content), _GUESSED_FROM)
    if high * 8 > looked_at and (high > 8 or high * 2 > looked_at):  # many: no Western language writes so
        best = from_bytes(content[:_GUESSED_FROM]).best()
        if best is not None and (text := _strictly(content, best.encoding)) is not None:
            return text
    damaged = content.decode("utf-8", "replace")
    if damaged.count("\ufffd") * 4 < high:
        return damaged
    return _western(content)


def _western(content: bytes) -> str:
    text = _strictly(content, "cp1252")
    return text if text is not None else content.decode("latin-1").translate(_UNDEFINED_IN_CP1252)


def _strictly(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None


@lru_cache(maxsize=128)
def _is_single_byte(name: str) -> bool:
    return name.startswith(("iso8859", "cp125", "cp8", "koi8", "mac-", "latin"))


def _byte_order(content: bytes, name: str) -> str:
    """Without a mark: where the zeros of the Latin letters stand tells."""
    return f"{name}-be" if content[:200:2].count(0) > content[1:200:2].count(0) else f"{name}-le"
