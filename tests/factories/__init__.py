"""Things tests need, made with as little as a test wants to say about them."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from onhand.customers.enums import CustomerKind
from onhand.customers.models import Customer
from onhand.customers.operations import new_customer
from onhand.kernel.actor import Actor, ActorKind, Visibility
from onhand.kernel.permissions import all_permissions
from onhand.staff.models import Representative, Role

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_numbers = count(1)


def make_actor(**changes: Any) -> Actor:
    """An actor who may do everything everywhere, unless told otherwise."""
    given: dict[str, Any] = {
        "kind": ActorKind.PERSON,
        "id": 1,
        "name": "Ana Prieto",
        "role": "representative",
        "permissions": frozenset(p.name for p in all_permissions()),
        "visibility": Visibility.ALL,
    }
    return Actor(**given | changes)


def make_customer(name: str = "", **changes: Any) -> Customer:
    """A stored customer."""
    customer = new_customer(name=name or f"Customer {next(_numbers)}", kind=CustomerKind.PERSON, language="en", at=NOON)
    for field, value in changes.items():
        setattr(customer, field, value)
    customer.save()
    return customer


def make_role(key: str = "", **changes: Any) -> Role:
    """A stored role that may do everything everywhere, unless told otherwise."""
    given: dict[str, Any] = {
        "key": key or f"role-{next(_numbers)}",
        "permissions": sorted(p.name for p in all_permissions()),
        "visibility": "all",
    }
    given |= changes
    return Role.objects.create(**{"name": given["key"].capitalize()} | given)


def make_representative(name: str = "Ana Prieto", **changes: Any) -> Representative:
    """A stored representative with a role of their own, unless one is given."""
    number = next(_numbers)
    given: dict[str, Any] = {"email": f"person{number}@staff.example", "name": name, "joined_at": NOON}
    given |= changes
    return Representative.objects.create(**{"role": given.get("role") or make_role()} | given)
