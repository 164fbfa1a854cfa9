"""Complaints passed on by mailbox providers, when somebody pressed the spam button (ARF, RFC 5965)."""

import re

from onhand.channels.email.reading import heads, identifiers
from onhand.channels.email.reading.addresses import clean_address
from onhand.channels.email.reading.parsed import FeedbackReport
from onhand.channels.email.reading.parts import Part
from onhand.channels.email.reading.plain import one_line
from onhand.channels.email.reading.problems import Noted


def read(mail: Part, noted: Noted) -> FeedbackReport | None:
    """The report the mail is, None if it is none."""
    status = next((part for part in mail.walk() if part.media_type == "message/feedback-report"), None)
    if status is None:
        return None
    said, _ = heads.split(status.content(noted).strip(b"\r\n") + b"\r\n\r\n")
    recipient = clean_address(said.text("original-rcpt-to")) or clean_address(said.text("removal-recipient"))
    original = ""
    for part in mail.walk():
        if part is not mail and part.media_type in ("message/rfc822", "text/rfc822-headers"):
            head, _ = heads.split(part.content(noted))
            original = (identifiers.all_in(head.raw("message-id")) or [""])[0]
            recipient = recipient or clean_address(head.text("to"))
            break
    kind = re.sub(r"[^a-z0-9-]", "", said.text("feedback-type").lower())[:30] or "other"
    reporter = one_line(said.text("reporting-mta").partition(";")[2] or said.text("user-agent"), 200)
    return FeedbackReport(kind, recipient, original, reporter)
