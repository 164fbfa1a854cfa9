"""Doing acts on customers in tests."""

from typing import Any

from onhand.customers.models import Customer
from onhand.kernel.perform import Outcome, perform
from tests.factories import NOON, make_actor


def do(
    act: str, on: Customer, /, *, actor: Any = None, contact: int | None = None, at: Any = NOON, **arguments: Any
) -> Outcome:
    """Do `customers.<act>` on a customer, by somebody who may do everything."""
    return perform(
        f"customers.{act}",
        actor=actor or make_actor(),
        subject_id=on.pk,
        arguments=arguments,
        at=at,
        contact_id=contact,
    )
