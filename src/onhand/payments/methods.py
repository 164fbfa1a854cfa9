"""What customers pay with: methods that need no provider, and forgetting those that do."""

from collections.abc import Collection
from datetime import datetime

from onhand.payments.asking_tasks import queue_forgetting
from onhand.payments.enums import MethodKind
from onhand.payments.models import PaymentMethod

PLAIN = (MethodKind.CASH, MethodKind.TERMINAL, MethodKind.ACCOUNT)


def plain_method(customer_id: int, kind: MethodKind, at: datetime) -> PaymentMethod:
    """The customer's method of a kind everybody has: cash, the card terminal, on account. Under the customer's lock."""
    if kind not in PLAIN:
        raise ValueError(f"{kind} is a method of its own")
    found, _is_new = PaymentMethod.objects.get_or_create(
        customer_id=customer_id, kind=kind, is_active=True, defaults={"added_at": at}
    )
    return found


def remove(method: PaymentMethod, at: datetime) -> None:
    """Take a method out of use; its provider forgets it. Part of an act, which stores the method."""
    method.is_active, method.removed_at = False, at
    if method.provider_id is not None and method.reference:
        queue_forgetting(method.provider_id, method.reference)


def forget_methods(customer_ids: Collection[int], at: datetime) -> None:
    """Take every method of customers out of use."""
    for method in PaymentMethod.objects.filter(customer__in=customer_ids, is_active=True):
        remove(method, at)
        method.version += 1
        method.save(update_fields=["is_active", "removed_at", "version"])
