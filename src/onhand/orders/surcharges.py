"""
What an exchange costs more, as it was asked for: what came in of it, and what becomes of the rest when less is due, or nothing. Only what
came in is ever given back.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.db.models import QuerySet

from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.orders.models import Order, OrderPayment, Return
from onhand.orders.noting import By
from onhand.orders.offering import method_label
from onhand.orders.settling import mark_paid, payments_for
from onhand.payments import taking
from onhand.payments.enums import PaymentState
from onhand.payments.models import Payment
from onhand.payments.refunding import give_back, refundable, timing

WAITING = (PaymentState.PENDING, PaymentState.AUTHORISED)


def came_in(order: Order, one: Return, *, locks: bool = True) -> Money:
    """What was captured for a return; `locks` as of `payments_for`."""
    return Money(sum(payment.captured_minor for payment in _own(order, one, locks=locks)), order.currency)


def give_all_back(order: Order, one: Return, by: By) -> tuple[Money, list[dict[str, Any]]]:
    """
    Nothing is due for a return any more: what came in goes back to where it came from, the rest is called off. What went back, and how.
    Whoever calls it stores the order.
    """
    if not one.charged_minor:
        return Money(0, order.currency), []
    payments = _own(order, one)
    given, ways = Money(0, order.currency), []
    for payment in payments:
        amount = refundable(payment)
        if amount.minor <= 0:
            continue
        key = f"return:{one.pk}:withdrawn:{payment.pk}"
        give_back(payment, amount, document=("return", one.pk), key=key, at=by.at, by_name=by.name)
        method = payment.method
        ways.append({"paid_to": method_label(method), "amount": amount.as_json(), "refund_timing": timing(method)})
        given += amount
    _end(order, payments, by)
    _on_account(order, one, payments).update(ended_at=by.at)
    mark_paid(order, by.at)
    return given, ways


def leave_due(order: Order, one: Return, due: Money, by: By) -> list[dict[str, Any]]:
    """
    So much is due for a return beside what came in, or nothing. A payment on its way is waited for if it is over just that; else it is
    called off, and what is due is on the customer's account. By which methods it still comes. Whoever calls it stores the order.
    """
    if not one.charged_minor:
        return []
    payments = _own(order, one)
    waiting = [payment for payment in payments if payment.state in WAITING]
    if waiting and sum(payment.minor for payment in waiting) == due.minor:
        return [
            {"paid_by": method_label(payment.method), "amount": Money(payment.minor, order.currency).as_json()}
            for payment in waiting
        ]
    _end(order, [payment for payment in payments if payment.state != PaymentState.CAPTURED], by)
    row = _on_account(order, one, payments)
    if due.minor > 0:
        row.update(minor=due.minor)
    else:
        row.update(ended_at=by.at)
    mark_paid(order, by.at)
    return []


def _own(order: Order, one: Return, *, locks: bool = True) -> list[Payment]:
    """The payments asked for with a return, locked."""
    return [payment for payment in payments_for(order, locks=locks) if payment.key.startswith(f"return:{one.pk}:")]


def _end(order: Order, payments: Sequence[Payment], by: By) -> None:
    """These do not pay for the order any more. What a provider is being asked for now is given back once it came (`releasing`)."""
    for payment in payments:
        if payment.state in WAITING:
            with suppress(NotPossible):
                taking.call_off(payment, at=by.at)
    rows = OrderPayment.objects.filter(order=order, payment__in=[payment.pk for payment in payments])
    rows.filter(ended_at__isnull=True).update(ended_at=by.at)


def _on_account(order: Order, one: Return, payments: Sequence[Payment]) -> QuerySet[OrderPayment]:
    """The row that says that what a return cost more is on account: the newest over that amount; none where it was asked for."""
    if payments:
        return OrderPayment.objects.none()
    rows = OrderPayment.objects.filter(
        order=order, payment__isnull=True, ended_at__isnull=True, minor=one.charged_minor
    )
    return OrderPayment.objects.filter(pk__in=rows.order_by("-pk").values("pk")[:1])
