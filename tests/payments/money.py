"""Customers with something to pay with, for tests."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from django.db import connection

from onhand.customers.models import Customer
from onhand.kernel.money import Money
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.payments import stored, taking
from onhand.payments.enums import MethodKind, ProviderKind
from onhand.payments.models import Drawer, Payment, PaymentMethod, ProviderAccount, StoredValueCard
from onhand.payments.refunding import give_back

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)
numbers = count(1)


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def make_provider(kind: str = ProviderKind.PRACTICE, **changes: Any) -> ProviderAccount:
    """A stored account with a provider."""
    number = next(numbers)
    return ProviderAccount.objects.create(name=f"Provider {number}", kind=kind, hook=f"hook{number}", **changes)


def make_method(customer: Customer, kind: str = MethodKind.CARD, **changes: Any) -> PaymentMethod:
    """A stored payment method; of a card, with a provider."""
    given: dict[str, Any] = {"added_at": NOW} | changes
    if kind == MethodKind.CARD:
        given = {"reference": f"pm_{next(numbers)}", "last4": "4242", "label": "Visa"} | given
        if "provider" not in given:
            given["provider"] = make_provider()
    return PaymentMethod.objects.create(customer=customer, kind=kind, **given)


def make_drawer(*, is_open: bool = True, **changes: Any) -> Drawer:
    """A stored drawer."""
    given: dict[str, Any] = {"name": f"Drawer {next(numbers)}", "currency": "EUR"} | changes
    return Drawer.objects.create(is_open=is_open, **given)


def make_card(customer: Customer | None, minor: int = 0, buyer: Customer | None = None) -> StoredValueCard:
    """A stored-value card with that much on it."""
    card, _code = stored.new_card(customer.pk if customer else None, "EUR", at=NOW, by_name="Test")
    if minor:
        who = (buyer or customer or card.customer).pk  # type: ignore[union-attr]
        stored.load(card, euro(minor), key=f"load:{next(numbers)}", at=NOW, customer_id=who)
    return card


def method_of(card: StoredValueCard) -> PaymentMethod:
    return stored.method_of(card, NOW)


def take(method: PaymentMethod, minor: int, **changes: Any) -> Payment:
    """Take euro by a method, for order 1."""
    given: dict[str, Any] = {"document": ("order", 1), "key": f"take:{next(numbers)}", "at": NOW, "by_name": "Test"}
    return taking.take(method, euro(minor), **given | changes)


def refund(payment: Payment, minor: int, **changes: Any) -> Any:
    """Give euro of a payment back, for order 1."""
    given: dict[str, Any] = {"document": ("order", 1), "key": f"back:{next(numbers)}", "at": NOW, "by_name": "Test"}
    return give_back(payment, euro(minor), **given | changes)


def owed(customer: Customer) -> int:
    """What the customer owes in cents; below nothing is what we owe them."""
    return balance_of(RECEIVABLE, "EUR", customer_id=customer.pk).minor


def check_now() -> None:
    """Have the database check what it else checks at the commit."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
