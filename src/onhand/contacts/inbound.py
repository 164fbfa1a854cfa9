"""
Receiving what was written to us: one message in the conversation it belongs to, or in a new one, in the caller's transaction.

A channel hands over what it read. Nothing here trusts what a mail says of itself: who wrote is recognised, never identified; a forged
sender is nobody; a conversation is joined only by who belongs to it.
"""

import json
from bisect import insort
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.db import connection

from onhand.contacts.cases.belonging import cases_of
from onhand.contacts.cases.states import case_written_to
from onhand.contacts.conversations import placing
from onhand.contacts.conversations.forgery import with_verdict
from onhand.contacts.conversations.reports import note_bounce, note_unwanted
from onhand.contacts.conversations.senders import Writer, find_writer
from onhand.contacts.conversations.subject_lines import bare_subject
from onhand.contacts.conversations.threading import find_place
from onhand.contacts.enums import Direction, MessageState, Priority
from onhand.contacts.events import MessageReceived
from onhand.contacts.files import attach
from onhand.contacts.models import CaseContact, Contact, Message
from onhand.contacts.received import Received
from onhand.contacts.work import tell_lists
from onhand.customers.enums import ChannelKind
from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.database import run_prepared
from onhand.kernel.inserting import insert_row
from onhand.kernel.locking import change_statement, lock_row, stored_values
from onhand.kernel.records import Subject, publish

Step = Callable[[Contact, Message, datetime], None]
AFTER_RECEIVING: list[tuple[int, str, Step]] = []
LONGEST_SUBJECT = 200  # of a contact; its messages keep more
# What arrives twice under one name, from the same writer and with the same words, is the same: in one mailbox, or for the conversation
# it is in already, whichever mailbox it took this time.
# What was read from the same row is the same in any case.
_EARLIER = """
(select m.id from contacts_message m join contacts_contact c on c.id = m.contact_id
where m.raw_id = %s and c.channel = 'email' and m.direction = 'inbound' limit 1)
union all
(select m.id from contacts_message m join contacts_contact c on c.id = m.contact_id
where m.outside_id = %s and m.outside_id <> '' and m.direction = 'inbound' and c.channel = 'email'
  and (lower(c.came_to) = %s or c.id = %s)
  and lower(m.sender_address) = %s and m.subject = %s and m.text = %s and m.checks is not distinct from %s::jsonb
order by m.id limit 1)
limit 1
"""


def register_step(order: int, function: Step) -> None:
    """
    Let a function have its say about every contact something was written in, before it appears on a list: rules, classification. It
    assigns to the contact, which is locked and stored afterwards; what it raises undoes the receiving. Lower orders come first.
    """
    name = f"{function.__module__}.{function.__qualname__}"
    if all(known != name for _order, known, _function in AFTER_RECEIVING):
        insort(AFTER_RECEIVING, (order, name, function), key=lambda step: step[:2])


def forget_step(function: Step) -> None:
    """Take a step out again: for tests that define their own."""
    AFTER_RECEIVING[:] = [step for step in AFTER_RECEIVING if step[2] is not function]


def receive(
    parsed: Received, *, raw_id: int | None, mailbox_address: str, team_id: int | None, at: datetime
) -> Message | None:
    """
    Make of a mail what is to be made of it, in the caller's transaction: the message it became, or None for mail that is no message
    (reports about mail of ours, and our own mail come back). The same mail again gives the message it became the first time.

    A mail to several of our mailboxes is a message in each: every team that was written to has it, in a contact of its own.

    :raises RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("receive inside a transaction: the message belongs with the mail it was read from")
    actor = system_actor("e-mail")
    if parsed.automatic == "bounce":
        note_bounce(parsed, at=at, actor=actor)
        return None
    if parsed.automatic == "feedback_report":
        note_unwanted(parsed, raw_id=raw_id or 0, at=at, actor=actor)
        return None
    if parsed.automatic == "loop":
        return None
    _one_at_a_time(parsed, mailbox_address)
    return _receive(parsed, raw_id=raw_id, mailbox_address=mailbox_address, team_id=team_id, at=at, actor=actor)


def _receive(
    parsed: Received, *, raw_id: int | None, mailbox_address: str, team_id: int | None, at: datetime, actor: Actor
) -> Message:
    writer = find_writer(actor, parsed, at)
    place = find_place(
        writer,
        answers=_answers(parsed),
        subject=parsed.subject,
        came_to=mailbox_address,
        at=at,
        is_automatic=bool(parsed.automatic),
    )
    earlier = _earlier(parsed, raw_id, mailbox_address, place.contact_id)
    if earlier is not None:
        return earlier
    contact = _locked(place.contact_id)
    is_new = contact is None
    if contact is None:
        contact = _new_contact(parsed, writer, mailbox_address, team_id, at)
        placing.customer_waits(contact, at)
        insert_row(contact)
        _join_cases(contact, place.cases, at)
    was, stored = placing.place_of(contact), stored_values(contact)
    message = _store_message(parsed, contact, raw_id, at)
    if is_new or not parsed.automatic:
        _our_turn(contact, parsed, writer, at)
        for case_id in place.cases if is_new else cases_of(contact.pk):
            case_written_to(case_id, bool(parsed.automatic), at)
    for _order, _name, step in tuple(AFTER_RECEIVING):
        step(contact, message, at)
    _store_changes(contact, stored, is_new=is_new)
    event = MessageReceived(message.pk, contact.pk, is_new)
    publish(event, actor=actor, subject=Subject("contact", contact.pk, contact.pk), at=at)
    tell_lists(contact, at, was_representative=was.representative_id, was_team=was.team_id)
    return message


def _store_changes(contact: Contact, stored: dict[str, Any], *, is_new: bool) -> None:
    """Store what receiving, and the steps after it, made of the contact. A new one is as it was stored, unless they changed it."""
    if not is_new:
        run_prepared(*change_statement(contact, stored))
        contact.version += 1
    elif stored_values(contact) != stored:
        contact.save()


def _our_turn(contact: Contact, parsed: Received, writer: Writer, at: datetime) -> None:
    """Somebody waits for us now, whatever the contact was before."""
    if contact.ended_at is not None:
        placing.go_on(contact)
    placing.customer_waits(contact, at)
    contact.last_message_at = at
    if contact.customer_id is None and _is_recognised_now(contact, writer):
        contact.customer_id = writer.customer_id
    contact.language = contact.language or parsed.language_hint[:10]


def _is_recognised_now(contact: Contact, writer: Writer) -> bool:
    """Whether who began the contact is known by now, and nothing in it was forged."""
    if writer.customer_id is None or writer.address != contact.outside_address.lower():
        return False
    return not Message.objects.filter(contact=contact.pk, checks__has_key="forged").exists()


def _new_contact(parsed: Received, writer: Writer, mailbox_address: str, team_id: int | None, at: datetime) -> Contact:
    """A contact for what belongs to none. What machines and lists send is less urgent than what people write."""
    return Contact(
        customer_id=writer.customer_id,
        channel=ChannelKind.EMAIL,
        direction=Direction.INBOUND,
        outside_address=parsed.sender.address[:254],
        subject=bare_subject(parsed.subject)[:LONGEST_SUBJECT],
        started_at=at,
        last_message_at=at,
        came_to=mailbox_address[:254],
        team_id=team_id,
        priority=Priority.LOW if parsed.automatic else Priority.NORMAL,
        language=parsed.language_hint[:10],
    )


def _store_message(parsed: Received, contact: Contact, raw_id: int | None, at: datetime) -> Message:
    message = Message(
        contact=contact,
        direction=Direction.INBOUND,
        at=at,
        written_at=parsed.date,
        sender_name=parsed.sender.name[:200],
        sender_address=parsed.sender.address[:254],
        reply_to=parsed.reply_to.address[:254] if parsed.reply_to else "",
        recipients=[{"name": one.name, "address": one.address, "as": one.as_} for one in parsed.recipients],
        subject=parsed.subject[:500],
        text=parsed.text,
        quoted_from=parsed.quoted_from,
        html=parsed.html,
        outside_id=parsed.message_id[:500],
        answers=_answers(parsed)[::-1],
        automatic=parsed.automatic[:30],
        checks=with_verdict(parsed.checks),
        raw_id=raw_id,
        state=MessageState.RECEIVED,
    )
    insert_row(message)
    if parsed.attachments:
        attach(message, parsed.attachments, at)
    return message


def _answers(parsed: Received) -> list[str]:
    """The Message-IDs a mail refers to, the one it answers first, then back in time."""
    return list(dict.fromkeys(one[:500] for one in (parsed.in_reply_to, *reversed(parsed.references)) if one))


def _locked(contact_id: int | None) -> Contact | None:
    if contact_id is None:
        return None
    return lock_row(Contact.objects.all(), contact_id)


def _earlier(parsed: Received, raw_id: int | None, mailbox_address: str, contact_id: int | None) -> Message | None:
    """The message this mail became when it was read before, or arrived before under whatever number."""
    same = (parsed.sender.address.lower(), parsed.subject[:500], parsed.text, json.dumps(with_verdict(parsed.checks)))
    rows = run_prepared(_EARLIER, [raw_id, parsed.message_id[:500], mailbox_address.lower(), contact_id, *same])
    return Message.objects.get(pk=rows[0][0]) if rows else None


def _one_at_a_time(parsed: Received, mailbox_address: str) -> None:
    """Mails of one writer, and mails of one name, are received one after the other: the second finds what the first became."""
    names = (f"writer {parsed.sender.address.lower()}", f"mail {parsed.message_id} {mailbox_address.lower()}")
    keys = sorted(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True) for name in names)
    run_prepared("select pg_advisory_xact_lock(k) from unnest(%s::bigint[]) k", [keys])


def _join_cases(contact: Contact, case_ids: tuple[int, ...], at: datetime) -> None:
    CaseContact.objects.bulk_create(
        CaseContact(case_id=case_id, contact=contact, at=at, by_name="") for case_id in case_ids
    )
