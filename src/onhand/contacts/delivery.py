"""What became of messages on their way out. The channel that carries them says it here, in one transaction with the event."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction

from onhand.contacts.conversations import placing
from onhand.contacts.enums import MessageState
from onhand.contacts.finishing import finish, is_nobodys_work
from onhand.contacts.models import Contact, Message
from onhand.contacts.work import hint_lists, tell_lists
from onhand.kernel.actor import Actor
from onhand.kernel.events import Event
from onhand.kernel.hints import send_after_commit
from onhand.kernel.records import Subject, publish


@dataclass(frozen=True, slots=True)
class MessageSent(Event):
    """A message was taken by the next server or network on its way."""

    name: ClassVar[str] = "contacts.message_sent"
    message_id: int


@dataclass(frozen=True, slots=True)
class MessageNotDelivered(Event):
    """A message could not be delivered, for good."""

    name: ClassVar[str] = "contacts.message_not_delivered"
    message_id: int
    problem: str


# By channel, what queues a message to be carried out at a time (None: at once). A channel registers itself: it is a layer above.
_carriers: dict[str, Callable[[int, datetime | None], None]] = {}


def register_carrier(channel: str, queue: Callable[[int, datetime | None], None]) -> None:
    """Say who carries the messages of a channel. `queue` is called in the transaction that makes the message wait."""
    _carriers[channel] = queue


def hand_over(message: Message, channel: str) -> None:
    """Have a waiting message carried out once `send_after` has come. In the transaction that makes it wait: they commit together."""
    if carry := _carriers.get(channel):
        carry(message.pk, message.send_after)


def note_try(message_id: int, *, at: datetime) -> Message | None:
    """
    Count a try, before it is made, and give the message as it goes out; None if it is not to be sent now: cancelled, sent, held, or
    not yet due.
    Who calls must be the only one at it, and tells how it went by one of the functions below.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).filter(pk=message_id).first()
        due = message is not None and (message.send_after is None or message.send_after <= at)
        if message is None or message.state != MessageState.WAITING or not due:
            return None
        message.tries += 1
        message.save(update_fields=["tries"])
    finish(message)
    return message


def note_sent(message: Message, *, at: datetime, actor: Actor, problem: str = "") -> None:
    """The message is out of our hands. `problem` says which of several recipients were refused: then its contact comes back as work."""
    with transaction.atomic():
        contact = _locked_contact(message) if problem else None
        changed = Message.objects.filter(pk=message.pk, state=MessageState.WAITING).update(
            state=MessageState.SENT, sent_at=at, problem=problem
        )
        if not changed:
            return
        if contact is not None and not is_nobodys_work(message):
            _make_work(contact, at)
        publish(MessageSent(message_id=message.pk), actor=actor, subject=_subject(message), at=at)
        _tell(message)


def note_not_delivered(message: Message, problem: str, *, at: datetime, actor: Actor) -> None:
    """The message will not arrive: its contact comes back as work, with the reason. Also for what was sent and bounced."""
    with transaction.atomic():
        contact = _locked_contact(message)
        open_states = (MessageState.WAITING, MessageState.SENT)
        changed = Message.objects.filter(pk=message.pk, state__in=open_states).update(
            state=MessageState.FAILED, problem=problem
        )
        if not changed:
            return
        if not is_nobodys_work(message):
            _make_work(contact, at)
        event = MessageNotDelivered(message_id=message.pk, problem=problem)
        publish(event, actor=actor, subject=_subject(message), at=at)
        _tell(message)


def note_put_off(message: Message, problem: str, *, until: datetime, taken: Collection[str] = ()) -> None:
    """
    The message could not be sent now and is tried again later. `taken` are the recipients to whom it went already: marked among the
    recipients by `taken`, they are not sent to again.
    """
    recipients = [one | {"taken": True} if one.get("address") in taken else one for one in message.recipients]
    with transaction.atomic():
        Message.objects.filter(pk=message.pk, state=MessageState.WAITING).update(
            send_after=until, problem=problem, recipients=recipients
        )
        _tell(message)


def _tell(message: Message) -> None:
    """Let pages of the contact look again, and the lists it is on."""
    send_after_commit(f"contact:{message.contact_id}")
    hint_lists(Contact.objects.get(pk=message.contact_id))


def _locked_contact(message: Message) -> Contact:
    """The message's contact, locked before the message as acts on it do: so nobody waits for one another."""
    return Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=message.contact_id)


def _make_work(contact: Contact, at: datetime) -> None:
    """It is somebody's turn here again, at once."""
    placing.go_on(contact)
    placing.come_back(contact, at)
    contact.version += 1
    contact.save(update_fields=["ended_at", "needs_answer", "due_at", "waiting_until", "version"])
    tell_lists(contact, at)


def _subject(message: Message) -> Subject:
    return Subject("contact", message.contact_id, message.contact_id)
