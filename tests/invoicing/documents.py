"""Shared by the tests of invoicing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from onhand.customers.models import Customer
from onhand.invoicing.enums import What
from onhand.invoicing.issuing import LineWanted, issue_credit_note, issue_invoice
from onhand.invoicing.models import Document
from onhand.kernel.money import Money
from tests.factories import make_customer

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)
numbers = count(1)


def line(
    minor: int, percent: str = "21", *, what: What = What.GOODS, currency: str = "EUR", **given: Any
) -> LineWanted:
    """A line with tax in its amount."""
    told: dict[str, Any] = {"text": "Lamp", "pieces": 1, "includes_tax": True} | given
    return LineWanted(what=what, amount=Money(minor, currency), percent=Decimal(percent), **told)


def invoice(*lines: LineWanted, customer: Customer | None = None, **given: Any) -> Document:
    """An issued invoice."""
    number = next(numbers)
    told: dict[str, Any] = {"of": ("order", number), "address": {}, "key": f"test:{number}", "at": NOW, "day": TODAY}
    return issue_invoice((customer or make_customer()).pk, lines or [line(12100)], **told | given)


def credit_note(counters: Document | None, *lines: LineWanted, **given: Any) -> Document:
    """An issued credit note."""
    number = next(numbers)
    told: dict[str, Any] = {"of": ("return", number), "address": {}, "key": f"test:{number}", "at": NOW, "day": TODAY}
    customer_id = given.pop("customer_id", None) or (counters.customer_id if counters else make_customer().pk)
    return issue_credit_note(customer_id, lines, counters=counters, **told | given)
