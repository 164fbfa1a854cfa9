"""The one entry: raw bytes in, what they say out."""

import re
from collections.abc import Collection
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

from onhand.channels.email.reading import (
    addresses,
    automata,
    bodies,
    bounces,
    cards,
    checks,
    dates,
    files,
    identifiers,
    languages,
    markup,
    parts,
    quotes,
    reports,
)
from onhand.channels.email.reading.charsets import guess
from onhand.channels.email.reading.heads import Head
from onhand.channels.email.reading.parsed import (
    Address,
    As,
    Automatic,
    Bounce,
    FeedbackReport,
    ParsedFile,
    ParsedMail,
    Recipient,
)
from onhand.channels.email.reading.parts import Part
from onhand.channels.email.reading.plain import one_line, plain
from onhand.channels.email.reading.problems import Noted

LONGEST_SUBJECT = 500
LONGEST_TEXT = 1_000_000  # characters
MOST_RECIPIENTS = 500

_RECIPIENT_LINES: tuple[tuple[str, As], ...] = (("to", "to"), ("cc", "cc"), ("bcc", "bcc"))
_CID = re.compile(r'\ssrc="cid:([^"]*)"', re.IGNORECASE)
_SHORT = 300  # characters of a text that may only say that the mail is in HTML
_RICH = 1_000


def read_mail(
    raw: bytes,
    *,
    own_domains: Collection[str] = (),
    own_addresses: Collection[str] = (),
    trusted_authserv: str = "",
    dns_text: checks.DnsText | None = None,
) -> ParsedMail:
    """
    What a mail says. Never raises: what is wrong with the mail is in `problems`, and of a mail that cannot be read comes what can be had.

    `own_domains` are those our Message-IDs are made under, `own_addresses` those we write from: mail of ours that comes back is a loop.
    `trusted_authserv` is the name our mail server gives itself in Authentication-Results; only its results are read. `dns_text` answers
    the TXT record of a name: with it, signatures are checked here where no trusted server did.
    """
    try:
        return _read(raw, automata.Ours.of(own_domains, own_addresses), trusted_authserv, dns_text)
    except Exception:  # noqa: BLE001  (whatever a mail may do to the reader, the mail must be seen)
        return _unreadable(raw)


def _unreadable(raw: bytes) -> ParsedMail:
    """The little that never fails: the bytes as text."""
    text, masked = cards.mask(plain(guess(raw[:100_000])))
    noted = Noted()
    name = identifiers.own(Head([]), raw, noted)
    noted.note("unreadable")
    return ParsedMail(message_id=name, text=text, card_numbers_masked=masked, problems=noted.codes())


def _read(raw: bytes, ours: automata.Ours, trusted_authserv: str, dns_text: checks.DnsText | None) -> ParsedMail:
    noted = Noted()
    mail = parts.read(raw, noted)
    head = mail.head
    subject, masked = cards.mask(one_line(head.text("subject"), LONGEST_SUBJECT))
    sender = _sender(head, noted)
    message_id = identifiers.own(head, mail.body, noted)
    said = _Said(subject, noted)
    content = bodies.read(mail, noted)
    said.take(content)
    carried = _files(content, said.html, noted)
    said.take_forwarded(carried)
    if not (said.text or said.html or carried):
        noted.note("empty")
    bounce = bounces.read(mail, sender=sender, subject=subject, text=said.text, noted=noted)
    report = None if bounce else reports.read(mail, noted)
    automatic, because = _automatic(
        mail, bounce, report, sender=sender, message_id=message_id, subject=subject, ours=ours
    )
    masked += said.card_numbers_masked
    if masked:
        noted.note("card_numbers_masked")
    return ParsedMail(
        message_id=message_id,
        in_reply_to=identifiers.answered(head),
        references=identifiers.references(head),
        date=dates.written_at(head, noted),
        sender=sender,
        reply_to=next(iter(addresses.read(head.raw("reply-to"), 1)), None),
        recipients=_recipients(head, noted),
        subject=subject,
        text=said.text,
        quoted_from=said.quoted_from,
        html=said.html,
        attachments=carried,
        automatic=automatic,
        automatic_because=because,
        bounce=_masked(bounce),
        feedback_report=report,
        checks=checks.read(head, sender=sender, trusted_authserv=trusted_authserv, raw=raw, dns_text=dns_text),
        language_hint=languages.hint(head, text=said.text[: said.quoted_from], html=said.source),
        card_numbers_masked=masked,
        problems=noted.codes(),
    )


def _sender(head: Head, noted: Noted) -> Address:
    lines = head.all_raw("from")
    found = addresses.read(lines[0], 2) if lines else []
    if len(found) > 1 or len(lines) > 1:
        noted.note("several_senders")
    if not found or not found[0].address:
        noted.note("sender_missing")
        found = [*addresses.read(head.raw("sender"), 1), *found]
    return found[0] if found else Address()


def _recipients(head: Head, noted: Noted) -> list[Recipient]:
    found: dict[tuple[str, str], Recipient] = {}
    for name, as_ in _RECIPIENT_LINES:
        for line in head.all_raw(name)[:20]:
            if len(found) > MOST_RECIPIENTS:
                break
            for one in addresses.read(line, MOST_RECIPIENTS + 1):
                if one.address:
                    found.setdefault((as_, one.address), Recipient(one.name, one.address, as_))
    if len(found) > MOST_RECIPIENTS:
        noted.note("recipients_cut")
    return list(found.values())[:MOST_RECIPIENTS]


class _Said:
    """What the mail says: text, HTML, and where each begins to repeat earlier mails."""

    def __init__(self, subject: str, noted: Noted) -> None:
        self.subject = subject
        self.noted = noted
        self.source = self.html = self.text = ""
        self.quoted_from: int | None = None
        self.card_numbers_masked = 0

    def take(self, content: bodies.Content) -> None:
        self.source = content.html
        text, quoted = content.text or "", None
        if self.source:
            shown = self._sanitised()
            self.html, self.card_numbers_masked = cards.mask_html(shown.html)
            if content.text is None or (len(text.strip()) < _SHORT and len(self.source) > _RICH):
                told, told_quoted = markup.text_of(shown)
                if content.text is None or len(told) > 3 * len(text):
                    text, quoted = told, told_quoted
            if not self.html and not text.strip():
                self.noted.note("html_unreadable")
        self._keep(text, quoted)

    def _sanitised(self) -> markup.Shown:
        if len(self.source) > markup.LONGEST:
            self.noted.note("html_cut")
            self.source = self.source[: markup.LONGEST].rpartition("<")[0]
        return markup.sanitise(self.source, is_forwarding=quotes.is_forwarding(self.subject))

    def _keep(self, text: str, quoted: int | None) -> None:
        text = plain(text).rstrip()
        started = text.lstrip("\n")
        if quoted is not None:
            quoted -= len(text) - len(started)
        if len(started) > LONGEST_TEXT:
            self.noted.note("text_cut")
            started = started[:LONGEST_TEXT]
        self.text, in_text = cards.mask(started)
        # Text and HTML say the same: what is in both counts once.
        self.card_numbers_masked = max(self.card_numbers_masked, in_text)
        fits = quoted is not None and 0 < quoted < len(self.text)
        self.quoted_from = quoted if fits else quotes.quoted_from(self.text, self.subject)

    def take_forwarded(self, carried: list[ParsedFile]) -> None:
        """A mail that is nothing but another mail passed on says what that one says."""
        if self.text.strip() or self.html or not carried or carried[0].media_type != "message/rfc822":
            return
        inner_noted = Noted()
        inner = bodies.read(parts.read(carried[0].content, inner_noted), inner_noted)
        if inner.pieces:
            self.noted.note("text_of_forwarded")
            self.take(inner)


def _files(content: bodies.Content, shown_html: str, noted: Noted) -> list[ParsedFile]:
    shown = {unquote(unescape(found)) for found in _CID.findall(shown_html)}
    found = []
    for position, part in enumerate(content.files):
        one = files.file_of(part, position, noted)
        found.append(replace(one, is_inline=True) if one.content_id and one.content_id in shown else one)
    return found + content.unpacked


def _automatic(
    mail: Part,
    bounce: Bounce | None,
    report: FeedbackReport | None,
    *,
    sender: Address,
    message_id: str,
    subject: str,
    ours: automata.Ours,
) -> tuple[Automatic, str]:
    if bounce is not None:
        return "bounce", "delivery report"
    if report is not None:
        return "feedback_report", "message/feedback-report"
    kind, because = automata.kind_of(mail.head, sender=sender, message_id=message_id, subject=subject, ours=ours)
    if kind:
        return kind, because
    for part in mail.walk():
        if part.media_type in ("message/disposition-notification", "message/delivery-status"):
            return "auto_reply", part.media_type
    return "", ""


def _masked(bounce: Bounce | None) -> Bounce | None:
    return None if bounce is None else replace(bounce, text=cards.mask(bounce.text)[0])
