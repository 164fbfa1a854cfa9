"""Subjects of mails: what of them is the subject, and the reference code of a case in them."""

import re

from onhand.kernel.references import ALPHABET, InvalidReference, read_reference

LONGEST = 500
MOST_CODES = 10
# What mail programs of many languages put before the subject of an answer or of something passed on.
_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|antw|sv|vs|rv|res|ref|rif|odp|ynt|atb|vá|回复|答复|fw|fwd|wg|tr|rv|enc|i|vl|doorst|転送|转发)"
    r"\s*(?:\[\d+\]|\(\d+\)|\d+)?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_CODE = re.compile(rf"\[#?\s*([{ALPHABET}SZ]{{3,6}}[-‐–]?[{ALPHABET}SZ]{{3,6}})\s*\]", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """The subject without what answers and passing on put before it, and without reference codes."""
    return " ".join(_CODE.sub(" ", _PREFIX.sub("", subject)).split())


def answer_subject(subject: str, reference: str = "") -> str:
    """The subject of an answer, with the reference in brackets if there is one."""
    bare = bare_subject(subject)[: LONGEST - 30]
    token = f" [{reference}]" if reference else ""
    return f"Re: {bare}{token}"


def codes_in(subject: str) -> list[str]:
    """The reference codes in brackets whose check character is right, as they are stored."""
    found: list[str] = []
    for written in _CODE.findall(subject[:2_000])[:MOST_CODES]:
        try:
            found.append(read_reference(written))
        except InvalidReference:
            continue
    return list(dict.fromkeys(found))
