"""
What a contact needs of whoever takes it: skills at levels, how hard it is, and a queue of its own. Kept beside the contact, so that it
still holds when the customer writes again; its work is as this says, in the same transaction.
"""

from collections.abc import Mapping
from typing import Any

from onhand.contacts.models import Contact
from onhand.routing.matching.wanted import LOWEST
from onhand.routing.models import ContactNeeds, Queue

SKILL = "skill:"  # how attributes of skills begin: see `staff.abilities`


def needs_of(contact_id: int) -> dict[str, Any]:
    """What the contact's work is described by, of what was said; nothing where nothing was. One statement."""
    found = ContactNeeds.objects.select_related("queue").filter(contact=contact_id).first()
    if found is None:
        return {}
    chosen = {"is_queue_chosen": True} if found.queue is not None and found.queue.is_active else {}
    return {"wanted": wanted_of(found.skills), "difficulty": found.difficulty} | chosen


def queue_chosen(contact_id: int) -> Queue | None:
    """The queue that was chosen for a contact, if it is in use."""
    found = ContactNeeds.objects.filter(contact=contact_id, queue__is_active=True).select_related("queue").first()
    return found.queue if found is not None else None


def wanted_of(skills: Mapping[str, int]) -> dict[str, Any]:
    """Skills with their lowest levels as an expression (see `matching.wanted`)."""
    asked = [{"has": f"{SKILL}{key}", "from": max(LOWEST, int(level))} for key, level in sorted(skills.items())]
    return {} if not asked else asked[0] if len(asked) == 1 else {"all": asked}


def needs_for_change(contact: Contact) -> ContactNeeds:
    """What was said of a contact, to be changed: the contact is locked."""
    return ContactNeeds.objects.filter(contact=contact).first() or ContactNeeds(contact=contact)
