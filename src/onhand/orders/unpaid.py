"""Orders that wait for their money for too long: cancelled where nothing of it came, shown to people where something did."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from onhand.invoicing.models import Document
from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.errors import ActError
from onhand.kernel.perform import perform
from onhand.orders.access import visible_orders
from onhand.orders.enums import CancelReason, ChangeKind, OrderState
from onhand.orders.models import Order, OrderChange, OrderRules
from onhand.orders.releasing import lock_order
from onhand.payments.enums import PaymentState
from onhand.payments.models import Payment

MOST_DAYS_TO_PAY = 365
ACTOR = system_actor("orders")
# What people do to an order that still waits gives it its time anew.
ANEW = (ChangeKind.METHOD, ChangeKind.LINES, ChangeKind.OPTIONS, ChangeKind.DISCOUNT_BACK)
log = structlog.get_logger("onhand.orders")


def days_to_pay() -> int:
    """After how many days without their money orders are cancelled; 0 where they never are."""
    found = OrderRules.objects.values_list("days_to_pay", flat=True).first()
    return 0 if found is None else found


def _late(now: datetime) -> QuerySet[Order]:
    """Orders that wait for their money longer than they may."""
    days = days_to_pay()
    if not days:
        return Order.objects.none()
    before = now - timedelta(days=days)
    touched = OrderChange.objects.filter(order=OuterRef("pk"), kind__in=ANEW, at__gte=before)
    return Order.objects.filter(state=OrderState.PENDING, placed_at__lt=before, from_system="").exclude(Exists(touched))


def _something_came() -> Exists:
    """Whether money came in for an order or its invoices and was not all given back, or is held for it."""
    invoices = Document.objects.filter(document_type="order", document_id=OuterRef(OuterRef("pk"))).values("pk")
    of = Q(document_type="order", document_id=OuterRef("pk")) | Q(document_type="document", document_id__in=invoices)
    payments = Payment.objects.filter(of, state__in=(PaymentState.AUTHORISED, PaymentState.CAPTURED))
    return Exists(payments.filter(Q(state=PaymentState.AUTHORISED) | Q(captured_minor__gt=F("refunded_minor"))))


def unpaid_orders(now: datetime) -> QuerySet[Order]:
    """Orders that wait for too long and of which nothing was paid."""
    return _late(now).exclude(_something_came())


def partly_paid_orders(actor: Actor, now: datetime, most: int) -> list[Order]:
    """Orders this actor sees that wait too long for the rest of their money, oldest first: somebody has to look at them."""
    late = _late(now).filter(_something_came()).values("pk")
    return list(visible_orders(actor).filter(pk__in=late).order_by("placed_at", "pk")[:most])


def cancel_unpaid(order_id: int, now: datetime) -> bool:
    """Cancel an order if it still waits and nothing of it was paid; whether it was. What refuses it is logged."""
    with transaction.atomic():
        lock_order(order_id)
        if not unpaid_orders(now).filter(pk=order_id).exists():
            return False
        try:
            perform(
                "orders.cancel_order",
                actor=ACTOR,
                subject_id=order_id,
                arguments={"reason": str(CancelReason.NOT_PAID)},
                at=now,
                as_part=True,
            )
        except ActError as error:
            log.warning("an unpaid order was not cancelled", order=order_id, why=error.message)
            return False
    return True
