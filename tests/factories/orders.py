"""Orders for tests that need one to be there, without a shop around it."""

from itertools import count
from typing import Any

from onhand.customers.models import Customer
from onhand.orders.models import Order, Return
from tests.factories import NOON

_numbers = count(1)


def make_order(customer: Customer, **changes: Any) -> Order:
    """A stored order without lines."""
    number = next(_numbers)
    given: dict[str, Any] = {"reference": f"A-TEST{number}", "currency": "EUR", "placed_at": NOON}
    return Order.objects.create(customer=customer, **given | changes)


def make_return(order: Order, **changes: Any) -> Return:
    """A stored return without lines."""
    given: dict[str, Any] = {
        "reference": f"R-TEST{next(_numbers)}",
        "reason": "other",
        "agreed_at": NOON,
        "send_by": NOON.date(),
    }
    return Return.objects.create(order=order, **given | changes)
