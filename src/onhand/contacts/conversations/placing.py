"""
Whose work a contact is, and when. These assign to a contact that is locked; whoever calls stores it: an act by itself, a step of
receiving together with what arrived.
"""

from dataclasses import dataclass
from datetime import datetime

from onhand.contacts.answer_times import handed_over, read_answer_times
from onhand.contacts.models import Contact


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a contact was, to tell their lists."""

    representative_id: int | None
    team_id: int | None


def place_of(contact: Contact) -> Place:
    """Whose the contact is now."""
    return Place(contact.representative_id, contact.team_id)


def give_to(contact: Contact, representative_id: int | None, name: str) -> None:
    """Let it be somebody's, or nobody's (None, "")."""
    contact.representative_id, contact.representative_name = representative_id, name


def hand_to(contact: Contact, team_id: int) -> None:
    """Let it be a team's, and nobody's in it yet. It is to be answered within that team's opening hours."""
    if contact.due_at is not None and contact.team_id != team_id:
        contact.due_at = handed_over(
            contact.due_at, contact.priority, contact.team_id, team_id, contact.last_message_at
        )
    contact.team_id = team_id
    give_to(contact, None, "")


def set_priority(contact: Contact, priority: int) -> None:
    """Let it be more or less urgent; the time it is to be answered by moves with it, within opening hours."""
    if contact.due_at is not None:
        contact.due_at = read_answer_times(contact.team_id).moved(contact.due_at, contact.priority, priority)
    contact.priority = priority


def customer_waits(contact: Contact, at: datetime) -> None:
    """It is our turn: the customer wrote. Who waits already does not wait longer for having written again."""
    if not contact.needs_answer or contact.due_at is None:
        contact.due_at = read_answer_times(contact.team_id).due(contact.priority, at)
    contact.needs_answer = True
    contact.waiting_until, contact.waiting_for = None, ""


def answered(contact: Contact, *, wait_until: datetime | None = None) -> None:
    """It is the customer's turn; back at a time, if one is given."""
    contact.needs_answer, contact.due_at = False, None
    contact.waiting_until, contact.waiting_for = wait_until, ""


def come_back(contact: Contact, at: datetime) -> None:
    """It is our turn again, at once."""
    contact.needs_answer, contact.due_at = True, at
    contact.waiting_until = None


def end(contact: Contact, at: datetime) -> None:
    """It is over, until the customer writes again."""
    contact.ended_at = at
    contact.needs_answer, contact.due_at = False, None
    contact.waiting_until, contact.waiting_for = None, ""


def go_on(contact: Contact) -> None:
    """What was ended goes on."""
    contact.ended_at = None
