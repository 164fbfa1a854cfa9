"""Message-IDs: a mail's own, and those it refers to."""

import hashlib
import re

from onhand.channels.email.reading.heads import Head
from onhand.channels.email.reading.plain import one_line
from onhand.channels.email.reading.problems import Noted
from onhand.channels.email.reading.words import text_of

LONGEST = 500
MOST = 100
_IN_BRACKETS = re.compile(r"<\s*([^<>\s][^<>]{0,900})\s*>")
_BARE = re.compile(r"(?<![^\s<>,;()\"@])[^\s<>,;()\"]+@[^\s<>,;()\"]+")
# What a second delivery of the same mail has in common with the first; the trace of its way differs.
_ESSENCE = ("date", "from", "to", "cc", "subject", "reply-to", "in-reply-to", "content-type")


def own(head: Head, body: bytes, noted: Noted) -> str:
    """The mail's Message-ID; where it has none, one made of its content, the same for every delivery of the same mail."""
    found = all_in(head.raw("message-id")) or all_in(head.raw("resent-message-id"))
    if found:
        return found[0]
    noted.note("message_id_missing")
    digest = hashlib.sha256()
    for name in _ESSENCE:
        digest.update(name.encode() + b":" + head.raw(name) + b"\n")
    digest.update(body.replace(b"\r\n", b"\n").strip())
    return f"<{digest.hexdigest()[:40]}@no-message-id.invalid>"


def references(head: Head) -> list[str]:
    """The mails this one follows, oldest first, each once; of very many the first and the last."""
    found = list(dict.fromkeys(one for line in head.all_raw("references")[:10] for one in all_in(line)))
    return found if len(found) <= MOST else found[:1] + found[1 - MOST :]


def answered(head: Head) -> str:
    """The mail this one says it answers, or empty."""
    found = all_in(head.raw("in-reply-to"))
    return found[0] if found else ""


def all_in(raw: bytes) -> list[str]:
    """The Message-IDs in a line, in angle brackets, without blanks; those too long to be one are left out."""
    if not raw:
        return []
    text = text_of(raw)
    found = _IN_BRACKETS.findall(text) or _BARE.findall(text)
    if not found and (word := one_line(text, LONGEST)) and " " not in word:
        found = [word]
    bare = (re.sub(r"[\s<>]+", "", one_line(one, LONGEST + 1)) for one in found)
    return [f"<{one}>" for one in bare if one and len(one) <= LONGEST - 2]
