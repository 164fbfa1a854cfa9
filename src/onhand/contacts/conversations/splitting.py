"""Taking messages out of a conversation into one of their own: what was written about another matter."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from onhand.contacts.conversations import placing
from onhand.contacts.conversations.subject_lines import bare_subject
from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import Contact, Message
from onhand.kernel.errors import NotPossible

LONGEST_SUBJECT = 200


def split(contact: Contact, message_ids: Sequence[int], *, at: datetime) -> Contact:
    """
    Move messages of a contact into a new one, which is like it otherwise, and return that. Both are somebody's turn or the customer's
    by who wrote last in them. In the caller's transaction, which has the contact locked and stores it.

    :raises NotPossible: none or all would move, one is not of this contact, or is still on its way out.
    """
    rows = list(Message.objects.select_for_update().filter(contact=contact.pk).order_by("at", "pk"))
    chosen = set(message_ids)
    moved = [one for one in rows if one.pk in chosen]
    stays = [one for one in rows if one.pk not in chosen]
    if len(moved) != len(chosen) or not moved:
        raise NotPossible(_("Choose messages of this conversation."), field="messages")
    if any(one.state in (MessageState.WAITING, MessageState.HELD) for one in moved):
        raise NotPossible(_("One of these is not sent yet. Wait until it is out, or undo it first."), field="messages")
    if not any(not one.is_internal for one in stays) or not any(not one.is_internal for one in moved):
        raise NotPossible(_("Something of the conversation has to stay, and something to go."), field="messages")
    new = _like(contact, moved, at)
    new.save()
    Message.objects.filter(pk__in=[one.pk for one in moved]).update(contact=new)
    if contact.ended_at is None:
        _whose_turn(contact, stays, at)
    return new


def _like(contact: Contact, moved: Sequence[Message], at: datetime) -> Contact:
    first = next(one for one in moved if not one.is_internal)
    new = Contact(
        customer_id=contact.customer_id,
        channel=contact.channel,
        direction=first.direction,
        outside_address=contact.outside_address,
        came_to=contact.came_to,
        subject=bare_subject(first.subject)[:LONGEST_SUBJECT] or contact.subject,
        started_at=first.at,
        team_id=contact.team_id,
        representative_id=contact.representative_id,
        representative_name=contact.representative_name,
        priority=contact.priority,
        language=contact.language,
        split_from_id=contact.pk,
    )
    _whose_turn(new, moved, at)
    return new


def _whose_turn(contact: Contact, messages: Sequence[Message], at: datetime) -> None:
    written = [one for one in messages if not one.is_internal and one.state != MessageState.CANCELLED]
    last = written[-1] if written else messages[-1]
    contact.last_message_at = last.at
    if last.direction == Direction.INBOUND:
        placing.customer_waits(contact, at)
    elif contact.waiting_until is None:
        placing.answered(contact)
