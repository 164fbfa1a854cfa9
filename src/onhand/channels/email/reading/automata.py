"""Whether a program wrote the mail, and what kind: so that nobody answers it by another program and no case is opened."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from onhand.channels.email.reading.heads import Head
from onhand.channels.email.reading.parsed import Address, Automatic

MOST_STATIONS = (
    50  # lines of Received; a mail that went through more goes in circles (RFC 5321 wants at least 100 tolerated)
)
_MOST_TIMES_HERE = 3

_LISTS = ("list-id", "list-post", "list-unsubscribe", "list-help", "mailing-list", "x-mailing-list", "x-beenthere")
_REPLYING = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply", "x-vacation",
    "x-ms-exchange-inbox-rules-loop", "delivered-by-the-graces-of-vacation",
)  # fmt: skip
_ROBOTS = re.compile(
    r"^(?:mailer-daemon|postmaster|mdaemon|mail-daemon|no-?reply|do-?not-?reply|donotreply|nobody|auto-?reply|bounces?)(?:[+._=-].*)?$",
    re.IGNORECASE,
)
# Weak by themselves: people write such subjects too. They count where another sign agrees.
_SUBJECTS = re.compile(
    r"""(?ix)^\s*(?:auto(?:matic|mated)?[\s-]*(?:reply|response|answer)|out\ of\ (?:the\ )?office|ooo\b|away\ from|vacation
    |on\ leave|autoreply
    |automatische\ (?:antwort|abwesenheit|beantwoord)|abwesenheit(?:snotiz|sbenachrichtigung|sassistent|smeldung)?
    |auto-?antwort|nicht\ im\ büro|urlaub
    |réponse\ automatique|absence\ du\ bureau|absent(?:e)?\ du\ bureau|message\ d['’]absence
    |respuesta\ autom[aá]tica|fuera\ de\ la?\ oficina|ausencia|autorespuesta
    |risposta\ automatica|fuori\ (?:ufficio|sede)|assenza
    |resposta\ autom[aá]tica|fora\ do\ escrit[oó]rio|aus[eê]ncia
    |automatisch\ antwoord|afwezig(?:heid)?|niet\ aanwezig|automatisch\ bericht
    |automatyczna\ odpowied[zź]|odpowied[zź]\ automatyczna|autoodpowied[zź]|poza\ biurem|nieobecno[sś][cć]
    |autosvar|automatiskt\ svar|frånvaro|fravær|automaattinen\ vastaus|poissa|автоответ|автоматический\ ответ|自动回复|自動応答|不在)"""
)


@dataclass(frozen=True, slots=True)
class Ours:
    """What is the company's own: domains its Message-IDs are made under, addresses it writes from."""

    domains: frozenset[str]
    addresses: frozenset[str]

    @classmethod
    def of(cls, domains: Collection[str], addresses: Collection[str]) -> "Ours":
        return cls(frozenset(one.lower() for one in domains), frozenset(one.lower() for one in addresses))


def kind_of(head: Head, *, sender: Address, message_id: str, subject: str, ours: Ours) -> tuple[Automatic, str]:
    """What kind of automaton wrote the mail, and the sign it was known by; two empty strings for people. Bounces are told elsewhere."""
    if sign := _loop(head, sender, message_id, ours):
        return "loop", sign
    submitted = head.text("auto-submitted").lower().partition(";")[0].strip()
    if submitted.startswith(("auto-replied", "auto-notified")):
        return "auto_reply", f"Auto-Submitted: {submitted}"
    if sign := next((name for name in _REPLYING if name in head), ""):
        return "auto_reply", sign
    precedence = head.text("precedence").lower().strip()
    if precedence in ("auto_reply", "auto-reply"):
        return "auto_reply", f"Precedence: {precedence}"
    if sign := _list(head, precedence):
        return "list", sign
    if submitted and submitted != "no":
        return "auto_reply", f"Auto-Submitted: {submitted}"
    return _by_weak_signs(head, sender, subject)


def _loop(head: Head, sender: Address, message_id: str, ours: Ours) -> str:
    if any(
        word.strip().lower() in ours.addresses
        for line in head.all_text("x-loop")
        for word in re.split(r"[\s,;<>]+", line)
    ):
        return "X-Loop"
    received = head.all_raw("received")
    if len(received) > MOST_STATIONS:
        return "Received"
    delivered = [line.strip("<> ").lower() for line in head.all_text("delivered-to")]
    if any(delivered.count(address) >= _MOST_TIMES_HERE for address in ours.addresses.intersection(delivered)):
        return "Delivered-To"
    made_here = message_id.strip("<>").rpartition("@")[2].lower() in ours.domains
    if made_here and sender.address.lower() in ours.addresses:
        return "Message-ID"
    return ""


def _list(head: Head, precedence: str) -> str:
    if precedence in ("bulk", "list", "junk"):
        # Exchange and others mark their absence notes so; it is the rest that tells.
        if _SUBJECTS.match(head.text("subject")):
            return ""
        return f"Precedence: {precedence}"
    # One List- line alone may stand in a person's mail that came through a help desk; a subscription has its id.
    return next((name for name in _LISTS if name in head), "")


def _by_weak_signs(head: Head, sender: Address, subject: str) -> tuple[Automatic, str]:
    signs = []
    if _SUBJECTS.match(subject):
        signs.append("Subject")
    if head.raw("return-path").strip() == b"<>":
        signs.append("Return-Path")
    suppressed = {word.strip().lower() for word in head.text("x-auto-response-suppress").split(",")}
    if suppressed & {"all", "oof", "autoreply", "dr", "rn", "nrn"}:
        signs.append("X-Auto-Response-Suppress")
    if head.text("precedence").lower().strip() in ("bulk", "junk", "list"):
        signs.append("Precedence")
    local = sender.address.rpartition("@")[0]
    if _ROBOTS.match(local):
        signs.append("From")
    strong = {"Return-Path", "X-Auto-Response-Suppress", "Precedence"}
    if strong.intersection(signs) or len(signs) > 1:
        return "auto_reply", ", ".join(signs)
    return "", ""
