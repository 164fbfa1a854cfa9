"""Approvals for tests that need one to be there."""

from itertools import count
from typing import Any

from onhand.approvals.models import Approval
from onhand.customers.models import Customer
from tests.factories import NOON

_numbers = count(1)


def make_approval(customer: Customer, text: str = "A long wait", **changes: Any) -> Approval:
    """An open approval of goodwill for a customer, asked by nobody in particular."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "act": "invoicing.give_goodwill",
        "about_type": "customer",
        "about_id": customer.pk,
        "about_title": customer.name,
        "arguments": {"amount": {"minor": 5000, "currency": "EUR"}, "reason": text},
        "facts": {"amount": {"minor": 5000, "currency": "EUR"}},
        "decision": {"answer": "ask", "reason": "x", "rule": "x", "version": "1", "may_approve": ["supervisor"]},
        "may_approve": ["supervisor"],
        "digest": f"{number:064}",
        "key": f"made-{number}",
        "customer": customer,
        "note": text,
        "asked_at": NOON,
        "asked_by_kind": "person",
        "asked_by_id": 1_000_000 + number,
        "asked_by_name": "Ana Prieto",
        "asked_via": "desk",
        "expires_at": NOON.replace(year=2099),
    } | changes
    return Approval.objects.create(**given)
