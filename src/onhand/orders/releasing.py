"""What payments do to orders: money that comes in lets an order go on, money that comes too late or too much goes back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from onhand.kernel.hints import send_after_commit
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.orders.enums import ChangeKind, OrderState
from onhand.orders.models import Order, OrderLine, OrderPayment
from onhand.orders.noting import By, follow_state, note_change
from onhand.orders.settling import is_covered, paid_so_far, refund
from onhand.orders.subjects import lock_customer_of
from onhand.payments.models import Payment
from onhand.payments.refunding import give_back, refundable
from onhand.payments.settling import lock_payment

BY = "Payments"


def lock_order(order_id: int) -> Order | None:
    """An order, locked after its customer; None if there is none."""
    customer_id = Order.objects.filter(pk=order_id).values_list("customer_id", flat=True).first()
    if customer_id is None:
        return None
    lock_customer_of(customer_id)
    lock_in_order(Order, [order_id])
    return Order.objects.get(pk=order_id)


def _store(order: Order) -> None:
    order.version += 1
    order.save()
    send_after_commit(f"order:{order.pk}")
    send_after_commit(f"customer:{order.customer_id}")


@transaction.atomic
def payment_came(order_id: int, payment_id: int, at: datetime) -> None:
    """
    A payment for an order came in: the order goes on once all of it is there. What a cancelled order got is given back, and what came
    by a way the order is not paid by any more.
    """
    order = lock_order(order_id)
    if order is None:
        return
    by = By(at, BY)
    if order.state == OrderState.CANCELLED:
        _give_back(order, paid_so_far(order), f"order:{order.pk}:late:{payment_id}", by)
        return
    if _gave_back_ended(order, payment_id, by):
        return
    if order.paid_at is None and is_covered(order):
        order.paid_at = at
        note_change(order, ChangeKind.PAID, by)
        if not _is_shipped(order):
            _give_back(order, _too_much(order), f"order:{order.pk}:over:{payment_id}", by)
        follow_state(order, at)
        _store(order)


def _gave_back_ended(order: Order, payment_id: int, by: By) -> bool:
    """Whether a payment came in after it was no longer wanted; what is still here of it goes back."""
    ended = OrderPayment.objects.filter(order=order, payment=payment_id, ended_at__isnull=False)
    if not ended.exists():
        return False
    late = lock_payment(payment_id)
    amount = refundable(late)
    if amount.minor > 0:
        key = f"order:{order.pk}:late:{payment_id}"
        give_back(late, amount, document=("order", order.pk), key=key, at=by.at, by_name=by.name)
    return True


def _is_shipped(order: Order) -> bool:
    return OrderLine.objects.filter(order=order, is_service=False, shipped__gt=0).exists()


def _too_much(order: Order) -> Money:
    return Money(max(0, paid_so_far(order).minor - order.gross_minor), order.currency)


def _give_back(order: Order, amount: Money, key: str, by: By) -> None:
    if amount.minor > 0:
        refund(order, amount, to=None, document=("order", order.pk), key=key, by=by)


@transaction.atomic
def payment_failed(order_id: int, payment_id: int, why: str, at: datetime) -> None:
    """A payment for an order failed: it stays pending, and says so, until it is paid another way."""
    order = lock_order(order_id)
    if order is None or order.state == OrderState.CANCELLED:
        return
    if not Payment.objects.filter(pk=payment_id, document_type="order", document_id=order_id).exists():
        return
    note_change(order, ChangeKind.PAYMENT_FAILED, By(at, BY), after={"note": why or _("No reason was given.")})
    _store(order)


@transaction.atomic
def complete(order_id: int, at: datetime) -> bool:
    """An order nothing more is expected of is completed; false where something is."""
    order = lock_order(order_id)
    if order is None or order.state != OrderState.DELIVERED:
        return False
    order.completed_at = at
    follow_state(order, at)
    note_change(order, ChangeKind.COMPLETED, By(at, "Onhand"))
    _store(order)
    return True
