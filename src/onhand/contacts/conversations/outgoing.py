"""Messages on their way out, as rows: to whom, under which name for ever, when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from onhand.contacts.contact_rules import current_rules
from onhand.contacts.conversations.subject_lines import answer_subject
from onhand.contacts.conversations.written import clean_html, clean_written, text_of
from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import Contact, Message
from onhand.customers.contact_points import InvalidContactPoint, read_email
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible

MOST_RECIPIENTS = 50
MOST_ANSWERED = 20  # Message-IDs a thread is named by: the first, and the last ones
LONGEST_TEXT = 200_000
_THREAD = """
select outside_id from (
  (select m.outside_id, m.at, m.id from contacts_message m
   where m.contact_id = %s and m.outside_id <> '' and m.state not in ('held', 'cancelled') order by m.at, m.id limit 1)
  union
  (select m.outside_id, m.at, m.id from contacts_message m
   where m.contact_id = %s and m.outside_id <> '' and m.state not in ('held', 'cancelled') order by m.at desc, m.id desc limit %s)
) t order by t.at, t.id
"""


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be sent: cleaned text and HTML, and whom to."""

    text: str
    html: str
    recipients: list[dict[str, str]]
    subject: str


def read_writing(text: str, html: str, recipients: list[dict[str, str]], subject: str) -> Writing:
    """What was typed, fit to be sent. Raises NotPossible if it says nothing or goes to nobody."""
    safe = clean_html(html) if html else ""
    said = clean_written(text) if text.strip() else text_of(safe)
    if not said.strip() and not safe:
        raise NotPossible(_("Write something first."), field="text")
    if not any(one["as"] == "to" for one in recipients):
        raise NotPossible(_("Say whom this goes to."), field="to")
    return Writing(said, safe, recipients, " ".join(subject.split())[:500])


def read_recipients(own_address: str, *, asked_as: str = "to", **lines: Sequence[str] | None) -> list[dict[str, str]]:
    """
    The recipients of the lines `to`, `cc` and `bcc`, each address once, in the first line that names it. `asked_as` is what the
    argument for the line `to` is called.

    :raises NotPossible: one is no address, is our own, or there are too many.
    """
    found: dict[str, dict[str, str]] = {}
    for line, given in lines.items():
        field = asked_as if line == "to" else line
        for typed in given or ():
            try:
                address = read_email(typed)
            except InvalidContactPoint as problem:
                raise NotPossible(f"{typed[:100]}: {problem}", field=field) from None
            if own_address and address.casefold() == own_address.casefold():
                raise NotPossible(_("This is our own address: the mail would come back here."), field=field)
            found.setdefault(address.casefold(), {"name": "", "address": address, "as": line})
    if len(found) > MOST_RECIPIENTS:
        raise NotPossible(_("At most %(most)s recipients.") % {"most": MOST_RECIPIENTS}, field=asked_as)
    return list(found.values())


def usual_recipient(contact: Contact) -> list[str]:
    """Whom an answer goes to unless somebody says otherwise: who wrote last, at the address they want answers at."""
    last = (
        Message.objects.filter(contact=contact.pk, direction=Direction.INBOUND, is_internal=False)
        .order_by("automatic", "-at", "-pk")
        .values_list("reply_to", "sender_address")
        .first()
    )
    address = (last[0] or last[1] if last else "") or contact.outside_address
    return [address] if address else []


def usual_subject(contact: Contact, reference: str = "") -> str:
    """The subject of an answer, with the reference of the one case the contact is about."""
    return answer_subject(contact.subject, reference)


def thread_of(contact_id: int) -> list[str]:
    """The Message-IDs of a conversation, oldest first; of a long one, the first and the last."""
    with connection.cursor() as cursor:
        cursor.execute(_THREAD, [contact_id, contact_id, MOST_ANSWERED - 1])
        return [name for (name,) in cursor.fetchall()]


def new_message(
    contact: Contact,
    writing: Writing,
    *,
    actor: Actor,
    at: datetime,
    send_at: datetime | None,
    is_held: bool,
    afterwards: dict[str, Any] | None = None,
    automatic: str = "",
) -> Message:
    """
    Store a message to be sent. Its Message-ID is fixed here: however often it has to be sent, it is the same mail. In the caller's
    transaction, with the contact locked.
    """
    number = next_message_id()
    return Message.objects.create(
        pk=number,
        contact=contact,
        direction=Direction.OUTBOUND,
        at=at,
        sender_address=contact.came_to,
        recipients=writing.recipients,
        subject=writing.subject,
        text=writing.text,
        html=writing.html,
        outside_id=outside_id(number, contact.came_to),
        answers=thread_of(contact.pk),
        automatic=automatic,
        author_id=actor.id,
        author_name=actor.name,
        state=MessageState.HELD if is_held else MessageState.WAITING,
        send_after=send_at if is_held else when_to_send(at, send_at),
        afterwards=(afterwards or {}) if is_held else {},
    )


def when_to_send(at: datetime, send_at: datetime | None) -> datetime:
    """Not before it can be undone no more, and not before it was wished for."""
    soonest = at + timedelta(seconds=current_rules().undo_seconds)
    return max(soonest, send_at) if send_at else soonest


def next_message_id() -> int:
    """An id for a message that must be known before the row is stored."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('contacts_message', 'id'))")
        ((number,),) = cursor.fetchall()
    return int(number)


def outside_id(number: int, our_address: str) -> str:
    """The Message-ID of a message of ours. Its random part cannot be guessed: who names it has seen the mail."""
    domain = our_address.rpartition("@")[2].strip().lower() or "onhand.invalid"
    if not domain.isascii():
        domain = domain.encode("idna").decode()
    return f"<m-{number}-{token_hex(10)}@{domain}>"


def addresses_of(recipients: Iterable[dict[str, Any]]) -> set[str]:
    """The addresses among recipients, to be compared."""
    return {str(one.get("address", "")).casefold() for one in recipients} - {""}
