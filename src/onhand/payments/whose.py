"""Whose file the things of this app belong to, so that acts on them can be protected."""

from collections.abc import Callable

from django.db.models import Model

from onhand.customers.identification.level import set_customer_of
from onhand.payments.models import Deposit, Payment, PaymentLink, PaymentMethod, Refund, StoredValueCard


def connect() -> None:
    """Say it to the gate of identification."""
    for name, model in (
        ("payment", Payment),
        ("payment_method", PaymentMethod),
        ("stored_card", StoredValueCard),
        ("deposit", Deposit),
        ("refund", Refund),
        ("payment_link", PaymentLink),
    ):
        set_customer_of(name, _finder(model))


def _finder(model: type[Model]) -> Callable[[int], int | None]:
    def find(row_id: int) -> int | None:
        found: int | None = model._default_manager.filter(pk=row_id).values_list("customer_id", flat=True).first()
        return found

    return find
