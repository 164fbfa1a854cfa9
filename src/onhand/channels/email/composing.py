"""A message as the mail that goes out: the same mail, however often it has to be sent."""

import re
from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import dkim

from onhand.channels.email.headers import addresses_line, line_of
from onhand.channels.email.models import Mailbox
from onhand.channels.email.servers import dkim_key
from onhand.contacts.models import Attachment, Message

MOST_REFERENCES = 20  # the first and the last ones: a thread of years would outgrow what servers take
SIGNED_HEADERS = (
    *(b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"mime-version"),
    *(b"content-type", b"reply-to", b"list-unsubscribe", b"list-unsubscribe-post", b"auto-submitted"),
)
_ID = re.compile(r"<[^<>\s]+>")
_CID = re.compile(r"\bcid:")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.IGNORECASE)


def compose(message: Message, mailbox: Mailbox, attachments: Iterable[Attachment], *, at: datetime) -> bytes:
    """
    The mail as bytes with CRLF, signed where the mailbox has a key. Raises ValueError if the message has no recipient or name that a
    mail can bear. `at` is now: what was written to be sent later is not dated back.
    """
    mail = EmailMessage(policy=SMTP.clone(max_line_length=76))
    mail.set_content(message.text, subtype="plain", charset="utf-8", cte="quoted-printable")
    files = list(attachments)
    if message.html:
        _add_html(mail, message.html, [one for one in files if _stands_in(one, message.html)])
        files = [one for one in files if not _stands_in(one, message.html)]
    for one in files:
        maintype, subtype = _media_type(one)
        mail.add_attachment(bytes(one.file.content), maintype=maintype, subtype=subtype, filename=one.name)
    _fix_boundaries(mail, message)
    return _signed(_head(message, mailbox, at) + mail.as_bytes(), mailbox)


def recipients_of(message: Message) -> list[str]:
    """Every address the mail still has to go to, each once."""
    found = (str(one.get("address", "")).strip() for one in message.recipients if not one.get("taken"))
    return list(dict.fromkeys(address for address in found if address))


def _head(message: Message, mailbox: Mailbox, at: datetime) -> bytes:
    lines = [addresses_line("From", [(mailbox.from_name or mailbox.name, mailbox.address)])]
    for header, kind in (("To", "to"), ("Cc", "cc")):
        named = [(str(one.get("name", "")), str(one["address"])) for one in message.recipients if _is(one, kind)]
        if named:
            lines.append(addresses_line(header, named))
    if message.reply_to:
        lines.append(addresses_line("Reply-To", [("", message.reply_to)]))
    answered = _known_ids(message.answers)
    said = [("Subject", message.subject), ("Date", format_datetime(at)), ("Message-ID", message.outside_id)]
    if answered:
        said += [("In-Reply-To", answered[-1]), ("References", " ".join(answered))]
    if message.automatic:
        said += [("Auto-Submitted", "auto-replied" if answered else "auto-generated")]
        said += [("X-Auto-Response-Suppress", "All")]
    if unsubscribe := _unsubscribe(message):
        said += [("List-Unsubscribe", f"<{unsubscribe}>")]
        said += [("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")] if unsubscribe.startswith("https:") else []
    return b"".join([*lines, *(line_of(name, text) for name, text in said)])


def _is(recipient: dict[str, Any], kind: str) -> bool:
    return bool(recipient.get("address")) and recipient.get("as", "to") == kind


def _known_ids(answers: Iterable[Any]) -> list[str]:
    """The Message-IDs answered, oldest first; of many, the first and the last."""
    found = list(dict.fromkeys(one for text in answers for one in _ID.findall(str(text))))
    return found if len(found) <= MOST_REFERENCES else [found[0], *found[1 - MOST_REFERENCES :]]


def _unsubscribe(message: Message) -> str:
    """Where the recipient can leave a list: what the message's checks say of it, for mails sent to many."""
    given = str(message.checks.get("list_unsubscribe", "")) if isinstance(message.checks, dict) else ""
    return given if re.fullmatch(r"(https|mailto):[!-;=?-~]{1,900}", given) else ""


def _add_html(mail: EmailMessage, html: str, inline: list[Attachment]) -> None:
    mail.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    if not inline:
        return
    part = list(mail.iter_parts())[1]
    assert isinstance(part, MIMEPart)
    for one in inline:
        maintype, subtype = _media_type(one)
        part.add_related(
            bytes(one.file.content),
            maintype=maintype,
            subtype=subtype,
            cid=f"<{one.content_id}>",
            filename=one.name,
            disposition="inline",
        )


def _stands_in(file: Attachment, html: str) -> bool:
    return bool(file.is_inline and file.content_id and _CID.search(html) and f"cid:{file.content_id}" in html)


def _media_type(file: Attachment) -> tuple[str, str]:
    known = file.media_type if _TYPE.fullmatch(file.media_type) else "application/octet-stream"
    maintype, _slash, subtype = known.partition("/")
    return ("application", "octet-stream") if maintype in ("multipart", "message") else (maintype, subtype)


def _fix_boundaries(mail: EmailMessage, message: Message) -> None:
    """Boundaries that follow from the Message-ID, so that a second try is the same mail byte for byte."""
    name = re.sub(r"[^A-Za-z0-9]", "", message.outside_id)[:40]
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{name}_{number}")


def _signed(mail: bytes, mailbox: Mailbox) -> bytes:
    key = dkim_key(mailbox)
    if not key or not mailbox.dkim_selector:
        return mail
    domain = mailbox.address.rpartition("@")[2]
    there = {line.partition(b":")[0].strip().lower() for line in mail.partition(b"\r\n\r\n")[0].splitlines()}
    signature: bytes = dkim.sign(
        mail,
        mailbox.dkim_selector.encode(),
        domain.encode("idna"),
        key.encode(),
        include_headers=[name for name in SIGNED_HEADERS if name in there],
        canonicalize=(b"relaxed", b"relaxed"),
    )
    return signature + mail
