"""Contacts that were put by and whose time is over: they come back to the lists."""

from datetime import datetime

from django.db import transaction

from onhand.contacts.conversations import placing
from onhand.contacts.events import ContactCameBack
from onhand.contacts.models import Contact
from onhand.contacts.work import tell_lists
from onhand.kernel.actor import system_actor
from onhand.kernel.records import Subject, publish

MOST_AT_ONCE = 200


def bring_back(*, at: datetime) -> int:
    """
    Bring back every contact whose wait is over, a few in each transaction, and return how many. Run by several at once, each comes back
    once; killed on the way, the rest comes back with the next run.
    """
    total = 0
    while count := _bring_back_some(at):
        total += count
    return total


def _bring_back_some(at: datetime) -> int:
    actor = system_actor("waits")
    with transaction.atomic():
        over = Contact.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(
            ended_at__isnull=True, waiting_until__lte=at
        )
        found = list(over.order_by("waiting_until", "pk")[:MOST_AT_ONCE])
        for contact in found:
            placing.come_back(contact, at)
            contact.version += 1
            publish(ContactCameBack(contact.pk), actor=actor, subject=Subject("contact", contact.pk, contact.pk), at=at)
            tell_lists(contact, at)
        Contact.objects.bulk_update(found, ["needs_answer", "due_at", "waiting_until", "version"])
    return len(found)
