"""
What the facts of an act worked out, kept on the locked order for the act that follows in the same transaction: the same reckoning is not
done twice. It is for exactly what was asked; anything else is worked out anew.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

from onhand.orders.models import Order

T = TypeVar("T")
_KEPT = "_foreseen"


def foresee(order: Order, key: Hashable, work_out: Callable[[], T]) -> T:
    """Work something out and keep it."""
    found = work_out()
    vars(order).setdefault(_KEPT, {})[key] = found
    return found


def foreseen(order: Order, key: Hashable, work_out: Callable[[], T]) -> T:
    """What was kept under this key, once; else worked out now."""
    kept: dict[Hashable, T] = vars(order).get(_KEPT, {})
    return kept.pop(key) if key in kept else work_out()
