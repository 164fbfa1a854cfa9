"""Rules, contacts and messages for tests, made with as little as a test wants to say about them."""

import json
from datetime import datetime
from typing import Any

from onhand.contacts.enums import Direction
from onhand.contacts.models import Contact, Message
from onhand.customers.models import Customer
from onhand.kernel.perform import Outcome, perform
from onhand.rules.definitions import Rule, read_rule
from onhand.rules.published import current
from onhand.rules.running import apply_to_arrival
from tests.factories import NOON, make_actor

URGENT = {"do": "set_priority", "with": {"priority": "2"}}


def condition(what: str, how: str, value: Any = None) -> dict[str, Any]:
    return {"what": what, "how": how} | ({} if value is None else {"value": value})


def definition(
    name: str = "Invoices",
    *conditions: dict[str, Any],
    when: str = "new_contact",
    how: str = "all",
    actions: list[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    groups = [{"how": how, "conditions": list(conditions)}] if conditions else []
    return {"name": name, "when": when, "groups": groups, "actions": actions or [URGENT]} | more


def rule(*given: Any, **more: Any) -> Rule:
    return read_rule(definition(*given, **more))


def do(name: str, **arguments: Any) -> Outcome:
    return perform(f"rules.{name}", actor=make_actor(), subject_id=current().pk, arguments=arguments, at=NOON)


def write(*definitions: dict[str, Any]) -> None:
    for one in definitions:
        do("write_rule", definition=json.dumps(one))


def publish(*definitions: dict[str, Any]) -> int:
    write(*definitions)
    do("publish_rules", note="tests")
    return current().published


def make_written(customer: Customer | None = None, at: datetime = NOON, **changes: Any) -> tuple[Contact, Message]:
    """A contact that a mail has just begun, not yet seen by rules."""
    given: dict[str, Any] = {
        "channel": "email",
        "started_at": at,
        "last_message_at": at,
        "needs_answer": True,
        "came_to": "service@lumen.example",
        "language": "en",
    }
    of_contact = {
        name: changes.pop(name)
        for name in list(changes)
        if name in {f.name for f in Contact._meta.fields} - {"subject"}
    }
    contact = Contact.objects.create(
        customer=customer, subject=changes.get("subject", "")[:200], **(given | of_contact)
    )
    return contact, make_message(contact, at, **changes)


def make_message(contact: Contact, at: datetime = NOON, **changes: Any) -> Message:
    given: dict[str, Any] = {"direction": Direction.INBOUND, "at": at, "sender_address": "ana@home.example"}
    return Message.objects.create(contact=contact, **(given | changes))


def arrive(customer: Customer | None = None, at: datetime = NOON, **changes: Any) -> tuple[Contact, Message]:
    """The same, after the rules."""
    contact, message = make_written(customer, at, **changes)
    apply_to_arrival(contact, message, at)
    contact.refresh_from_db()
    return contact, message
