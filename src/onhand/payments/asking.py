"""
Asking providers for payments and refunds, outside of any transaction.

First the try is counted and committed, with the time of the next one; then the provider is asked, by a key that is the same each time;
then what it said is settled. Stopped anywhere in between, it is asked again under the same key, and the money moves once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from onhand.kernel.locked_texts import CannotUnlock
from onhand.kernel.money import Money
from onhand.payments import settling
from onhand.payments.enums import PaymentState, RefundState
from onhand.payments.models import Payment, PaymentMethod, ProviderAccount, Refund
from onhand.payments.pauses import pause_after
from onhand.payments.provider import (
    Answer,
    Authorises,
    Captures,
    Charge,
    Misconfigured,
    Refunds,
    Result,
    Return,
    TakesMethods,
    Unreachable,
)
from onhand.payments.providers import open_provider

Clock = Callable[[], datetime]
CHECK_AGAIN = timedelta(hours=6)  # what goes on at the provider is told by it; in case it does not, it is asked
log = structlog.get_logger("onhand.payments")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked: the row as it was when the try was counted."""

    account: ProviderAccount
    reference: str
    state: str
    is_called_off: bool
    charge: Charge


def ask_for_payment(payment_id: int, clock: Clock) -> None:
    """Ask the provider for a payment that is due; then settle what it said."""
    with transaction.atomic():
        payment = settling.lock_payment(payment_id)
        asked = _begin_payment(payment, clock())
    if asked is None:
        return
    answer, why = _call(lambda: _charge(asked), f"payment {payment_id}")
    with transaction.atomic():
        payment = settling.lock_payment(payment_id)
        if answer is None:
            _keep_waiting(payment, why)
        else:
            settle_payment(payment, answer, clock())


def settle_payment(payment: Payment, answer: Answer, at: datetime) -> None:
    """Write down what a provider said of a payment that is locked. Said again, or too late, it changes nothing."""
    match answer.result:
        case Result.DONE:
            settling.note_captured(payment, at, reference=answer.reference, minor=answer.minor)
        case Result.AUTHORISED:
            settling.note_authorised(payment, answer.reference, at)
        case Result.FAILED:
            settling.note_failed(payment, answer.why, at, reference=answer.reference)
        case Result.GOES_ON if payment.state == PaymentState.PENDING:
            payment.reference, payment.why = answer.reference or payment.reference, answer.why[: settling.LONGEST_WHY]
            payment.next_try_at = at + CHECK_AGAIN
            payment.save(update_fields=["reference", "why", "next_try_at"])


def ask_for_refund(refund_id: int, clock: Clock) -> None:
    """Ask the provider for a refund that is due; then settle what it said."""
    with transaction.atomic():
        refund, payment = settling.lock_refund(refund_id)
        at = clock()
        if refund.state != RefundState.PENDING or refund.next_try_at is None or refund.next_try_at > at:
            return
        refund.tries += 1
        refund.next_try_at = at + pause_after(refund.tries)
        refund.save(update_fields=["tries", "next_try_at"])
        account = _account_of(payment.method)
        amount = Money(refund.minor, payment.currency)
        wanted = Return(refund.token, payment.reference, amount, is_again=refund.tries > 1)

    def call() -> Answer:
        provider = open_provider(account)
        if not isinstance(provider, Refunds):
            raise Misconfigured("this provider gives nothing back")
        return provider.refund(wanted)

    answer, why = _call(call, f"refund {refund_id}")
    with transaction.atomic():
        refund, payment = settling.lock_refund(refund_id)
        if answer is None:
            _keep_waiting(refund, why)
        else:
            settle_refund(refund, payment, answer, clock())


def settle_refund(refund: Refund, payment: Payment, answer: Answer, at: datetime) -> None:
    """Write down what a provider said of a refund that is locked, with its payment."""
    match answer.result:
        case Result.DONE | Result.AUTHORISED:
            settling.note_refunded(refund, payment, at, reference=answer.reference)
        case Result.FAILED:
            settling.note_refund_failed(refund, payment, answer.why, at, reference=answer.reference)
        case Result.GOES_ON if refund.state == RefundState.PENDING:
            refund.reference, refund.next_try_at = answer.reference or refund.reference, at + CHECK_AGAIN
            refund.save(update_fields=["reference", "next_try_at"])


def forget_method(provider_id: int, reference: str) -> None:
    """Have a provider forget a payment method, where it has any."""
    provider = open_provider(ProviderAccount.objects.get(pk=provider_id))
    if isinstance(provider, TakesMethods):
        provider.forget(reference)


def due_payments(at: datetime, most: int) -> list[int]:
    """The payments whose time to be asked for has come, those that wait longest first."""
    found = Payment.objects.filter(next_try_at__lte=at).order_by("next_try_at")
    return list(found.values_list("pk", flat=True)[:most])


def due_refunds(at: datetime, most: int) -> list[int]:
    """The refunds whose time to be asked for has come, those that wait longest first."""
    found = Refund.objects.filter(next_try_at__lte=at).order_by("next_try_at")
    return list(found.values_list("pk", flat=True)[:most])


def _begin_payment(payment: Payment, at: datetime) -> _Asked | None:
    """Count the try; None where there is nothing to ask now."""
    waits = payment.state == PaymentState.PENDING or payment.state == PaymentState.AUTHORISED
    if not waits or payment.next_try_at is None or payment.next_try_at > at:
        return None
    payment.tries += 1
    payment.next_try_at = at + pause_after(payment.tries)
    payment.save(update_fields=["tries", "next_try_at"])
    method = payment.method
    return _Asked(
        account=_account_of(method),
        reference=payment.reference,
        state=payment.state,
        is_called_off=payment.is_called_off,
        charge=Charge(
            token=payment.token,
            amount=Money(payment.minor, payment.currency),
            method=method.reference,
            customer=method.outside_customer,
            text=f"{payment.document_type} {payment.document_id}",
            captures=payment.captures,
            is_again=payment.tries > 1,
        ),
    )


def _account_of(method: PaymentMethod) -> ProviderAccount:
    if method.provider is None:
        raise Misconfigured("this method has no provider")
    return method.provider


def _charge(asked: _Asked) -> Answer:
    provider = open_provider(asked.account)
    if asked.is_called_off and asked.reference and isinstance(provider, Captures):
        return provider.cancel(asked.reference, f"{asked.charge.token}-cancel")
    if asked.state == PaymentState.AUTHORISED:
        if not isinstance(provider, Captures):
            raise Misconfigured("this provider sets nothing aside")
        return provider.capture(asked.reference, asked.charge.amount, f"{asked.charge.token}-capture")
    if not isinstance(provider, Authorises):
        raise Misconfigured("this provider takes nothing")
    return provider.authorise(asked.charge)


def _call(call: Callable[[], Answer], what: str) -> tuple[Answer | None, str]:
    """What the provider said; None and why where nobody knows. Whatever goes wrong, it is asked again."""
    try:
        return call(), ""
    except Unreachable as error:
        log.warning("payment provider did not answer", what=what, why=str(error)[:200])
        return None, "unreachable"
    except (Misconfigured, CannotUnlock) as error:
        log.error("payment provider is not set up", what=what, why=str(error)[:200])
        return None, "misconfigured"


def _keep_waiting(row: Payment | Refund, why: str) -> None:
    """Leave it pending, visibly: the next try stands already."""
    if row.state in (PaymentState.PENDING, PaymentState.AUTHORISED):
        row.why = why
        row.save(update_fields=["why"])
