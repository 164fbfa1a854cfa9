"""Contacts, and representatives who need one to be told anything."""

from typing import Any

from onhand.contacts.models import Contact
from onhand.customers.access import WORK_WITHOUT_CONTACT
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor
from onhand.kernel.permissions import all_permissions
from tests.factories import NOON, make_actor


def make_contact(customer: Customer | None, representative_id: int | None = 1, **changes: Any) -> Contact:
    """A telephone call that goes on, with the representative of `make_server`."""
    given = {"channel": "telephone", "started_at": NOON, "representative_name": "Ana Prieto"}
    return Contact.objects.create(customer=customer, representative_id=representative_id, **(given | changes))


def make_server(**changes: Any) -> Actor:
    """A representative who serves customers on contacts: everything is allowed but to work without one."""
    allowed = frozenset(p.name for p in all_permissions()) - {WORK_WITHOUT_CONTACT}
    return make_actor(**{"permissions": allowed} | changes)
