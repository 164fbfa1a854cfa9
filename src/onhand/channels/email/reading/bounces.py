"""Reports that a mail could not be delivered: by the standard (RFC 3464), and in the words of common mail servers."""

import re

from onhand.channels.email.reading import heads, identifiers
from onhand.channels.email.reading.addresses import clean_address
from onhand.channels.email.reading.heads import Head
from onhand.channels.email.reading.parsed import Address, Bounce
from onhand.channels.email.reading.parts import Part
from onhand.channels.email.reading.plain import one_line, plain
from onhand.channels.email.reading.problems import Noted
from onhand.channels.email.reading.words import text_of

LONGEST_TEXT = 500
_LOOKED_AT = 30_000  # characters of a report in plain words

_SENDERS = re.compile(
    r"^(?:mailer-daemon|postmaster|mdaemon|mail-daemon|mailerdaemon|mail\.delivery.*|bounce[sd]?|microsoftexchange\w+"
    r"|postman)(?:[+._=-].*)?$",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"mail delivery (?:sub)?system|mail delivery service|mailer[ -]daemon|postmaster|system administrator|internet mail delivery",
    re.IGNORECASE,
)
_SUBJECTS = re.compile(
    r"""(?ix)(?:undeliver(?:able|ed)|undelivered\ mail|deliver(?:y|ing)\ (?:status\ notification|failure|failed|problem|report
    |has\ failed|delayed)|mail\ delivery\ (?:failed|failure|problem)
    |returned\ mail|failure\ notice|warning:\ (?:message|could\ not\ send)|message\ (?:status\ -\ )?undeliver
    |mail\ system\ error|nondeliverable|non-deliverable|non\ remis
    |unzustellbar|nicht\ zugestellt|zustellung\ fehlgeschlagen|non\ distribuable|échec\ de\ (?:la\ )?remise
    |no\ se\ puede\ entregar|no\ entregado|non\ recapitabile|mancato\ recapito
    |não\ entregue|falha\ na\ entrega|onbestelbaar|niet\ bezorgd|nie\ można\ dostarczyć|niedostarczon|zwrot\ poczty
    |message\ you\ sent\ blocked)"""
)
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.-])([45][0-5]\d)(?=[ :-](?![\d]{2,}[ -]\d))(?![\d.]\d)")
_ADDRESS = re.compile(r"<([^\s<>@:]+@[^\s<>@]+)>|(?<![\w.+-])([\w.+=/-]{1,64}@[\w-]+(?:\.[\w-]+)+)")
_HARD_WORDS = re.compile(
    r"""(?ix)user\ unknown|unknown\ (?:user|recipient|address)|no\ such\ (?:user|mailbox|recipient|address|person)
    |does\ not\ exist|doesn['’]t\ exist|not\ (?:be\ )?found|no\ mailbox
    |unrouteable|host\ (?:not|unknown)|recipient\ (?:rejected|address\ rejected)|invalid\ (?:recipient|mailbox|address)
    |mailbox\ unavailable|account\ (?:disabled|has\ been\ disabled)|address\ rejected
    |wasn['’]t\ found|couldn['’]t\ be\ found|konnte\ nicht\ gefunden|existiert\ nicht|unbekannt|n['’]existe\ pas|no\ existe
    |non\ esiste|não\ existe|bestaat\ niet|nie\ istnieje|permanent"""
)
_SOFT_WORDS = re.compile(
    r"""(?ix)mailbox\ (?:is\ )?full|over\ ?quota|quota\ exceeded|exceeded\ (?:its|their|the)\ (?:storage|quota)
    |insufficient\ (?:system\ )?storage|temporar|try\ again|timed?\ ?out|greylist|will\ be\ retried
    |delayed|connection\ (?:refused|timed)|too\ many|deferred|not\ yet\ been\ delivered|still\ being\ (?:tried|retried)
    |postfach.{0,40}\ voll|boîte.{0,80}pleine|buzón.{0,80}lleno|casella.{0,80}piena"""
)
_WAITING = re.compile(
    r"(?i)will (?:be|continue to be|keep) (?:retried|trying|tried)|not yet been delivered|delivery .{0,40}delayed"
    r"|no action is required|you do not need to resend|warning only"
)
_COPY_BEGINS = re.compile(
    r"(?im)^[- ]*(?:this is a copy of (?:the|your) message|below this line is a copy of the message"
    r"|original message (?:headers|follows)|a copy of the original message|"
    r"------ this is a copy|--- ?original message|-----? ?original message|message headers? follow|unsent message below|returned message)"
)
_MESSAGE_ID = re.compile(r"(?im)^[> \t]*message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,490}>)")
_MARKED_RECIPIENTS = ("x-failed-recipients", "x-actual-recipients", "x-original-to-failed")


def read(mail: Part, *, sender: Address, subject: str, text: str, noted: Noted) -> Bounce | None:
    """The bounce the mail reports, None if it reports none. Reports of success and receipts of reading are none."""
    for part in mail.walk():
        if part.media_type in ("message/delivery-status", "message/global-delivery-status"):
            return _standard(mail, part, text, noted)
    if not _looks_like_one(mail.head, sender, subject):
        return None
    return _in_words(mail, text, noted)


def _looks_like_one(head: Head, sender: Address, subject: str) -> bool:
    if any(name in head for name in _MARKED_RECIPIENTS):
        return True
    says_so = _SUBJECTS.search(subject) is not None
    nobody = head.raw("return-path").strip() == b"<>" or not sender.address
    daemon = bool(_SENDERS.match(sender.address.rpartition("@")[0]) or _NAMES.search(sender.name))
    return says_so and (nobody or daemon)


def _standard(mail: Part, status: Part, text: str, noted: Noted) -> Bounce | None:
    groups = _groups(status.content(noted))
    chosen: Head | None = None
    for group in groups:
        if "action" not in group and "status" not in group and "final-recipient" not in group:
            continue
        if group.text("action").lower().strip() in ("delivered", "relayed", "expanded"):
            continue
        # Of several recipients the first that failed for good tells most.
        if chosen is None or (_fails(group) and not _fails(chosen)):
            chosen = group
    if chosen is None:
        return None
    recipient = _recipient(chosen) or _named_in(mail.head)
    said = chosen.text("diagnostic-code").partition(";")[2].strip() or chosen.text("diagnostic-code") or text
    status_code = _CODE.search(chosen.text("status"))
    code = status_code[1] if status_code else ""
    if (not code or code.endswith(".0.0")) and (better := _code(said)):
        code = better
    is_permanent = _fails(chosen) and not code.startswith("4") and not _is_full(code, said)
    return Bounce(recipient, is_permanent, code, one_line(said, LONGEST_TEXT), _original(mail, text, noted))


def _groups(content: bytes) -> list[Head]:
    pieces = re.split(rb"\r?\n[ \t]*\r?\n", content.strip(b"\r\n"))
    return [heads.split(piece.lstrip(b"\r\n") + b"\r\n\r\n")[0] for piece in pieces[:200]]


def _fails(group: Head) -> bool:
    action = group.text("action").lower().strip()
    return action.startswith("fail") or (not action and group.text("status").strip().startswith("5"))


def _recipient(group: Head) -> str:
    for name in ("original-recipient", "final-recipient"):
        value = group.text(name)
        address = clean_address(value.partition(";")[2] or value)
        if address:
            return address
    return ""


def _named_in(head: Head) -> str:
    for name in _MARKED_RECIPIENTS:
        if address := clean_address(head.text(name).split(",")[0]):
            return address
    return ""


def _in_words(mail: Part, text: str, noted: Noted) -> Bounce | None:
    said = text[:_LOOKED_AT]
    copy = _COPY_BEGINS.search(said)
    report = said[: copy.start()] if copy else said
    recipient = _named_in(mail.head) or _first_address(report, mail.head)
    code = _code(report)
    original = _original(mail, text, noted)
    if not (recipient or code or original):
        return None
    return Bounce(recipient, _is_hard(code, report), code, _explanation(report, recipient, code), original)


def _first_address(report: str, head: Head) -> str:
    """The address the report complains of: not the reporting server, nor the one the report is sent to."""
    to = clean_address(head.text("to"))
    sender = clean_address(head.text("from"))
    for found in _ADDRESS.finditer(report):
        address = clean_address(found[1] or found[2])
        local = address.partition("@")[0].lower()
        if (
            address
            and address.lower() not in (to.lower(), sender.lower())
            and local not in ("postmaster", "mailer-daemon", "mdaemon", "abuse", "support", "helpdesk")
        ):
            return address
    return ""


def _code(text: str) -> str:
    codes: list[str] = [one for one in _CODE.findall(text) if not one.startswith("2")]
    if codes:
        return codes[0]
    reply = _REPLY.search(text)
    return reply[1] if reply else ""


def _is_full(code: str, said: str) -> bool:
    """A full mailbox is emptied one day, whatever the server calls it."""
    return code == "5.2.2" or (code in ("", "552") and _SOFT_WORDS.search(said) is not None)


def _is_hard(code: str, report: str) -> bool:
    if _WAITING.search(report) or code.startswith("4") or _is_full(code, report):
        return False
    if code.startswith("5"):
        return True
    if _HARD_WORDS.search(report):
        return True
    return not _SOFT_WORDS.search(report)


def _explanation(report: str, recipient: str, code: str) -> str:
    """The line that says why: with the code, else the one after the recipient, else the beginning."""
    lines = [line.strip() for line in report.split("\n") if line.strip()]
    for number, line in enumerate(lines):
        if code and code in line:
            return one_line(" ".join(lines[number : number + 2]), LONGEST_TEXT)
    for number, line in enumerate(lines):
        if recipient and recipient in line.lower():
            return one_line(" ".join(lines[number : number + 3]), LONGEST_TEXT)
    return one_line(" ".join(lines[:4]), LONGEST_TEXT)


def _original(mail: Part, text: str, noted: Noted) -> str:
    """The Message-ID of the mail that came back: in its copy, its head, or copied into the text."""
    for part in list(mail.walk())[1:]:
        if part.media_type in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/global-headers",
            "message/rfc822-headers",
        ):
            found = identifiers.all_in(heads.split(part.content(noted))[0].raw("message-id"))
            if found:
                return found[0]
    found_in_text = _MESSAGE_ID.search(text) or _MESSAGE_ID.search(plain(text_of(mail.body[:20_000])))
    if found_in_text:
        return found_in_text[1]
    return identifiers.answered(mail.head) or (identifiers.references(mail.head) or [""])[-1]
