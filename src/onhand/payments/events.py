"""What happens to payments, for the apps above: each names the customer and the document it was for."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event
from onhand.payments.models import Chargeback, ChargebackMove, Payment, Refund


@dataclass(frozen=True, slots=True)
class PaymentAuthorised(Event):
    """A payment was authorised: the money is set aside, and comes in when it is captured."""

    name: ClassVar[str] = "payments.payment_authorised"
    payment_id: int
    customer_id: int
    document_type: str
    document_id: int


@dataclass(frozen=True, slots=True)
class PaymentCaptured(Event):
    """The money of a payment came in and was booked."""

    name: ClassVar[str] = "payments.payment_captured"
    payment_id: int
    customer_id: int
    document_type: str
    document_id: int
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentFailed(Event):
    """A payment failed for good, or was called off: nothing came in."""

    name: ClassVar[str] = "payments.payment_failed"
    payment_id: int
    customer_id: int
    document_type: str
    document_id: int
    why: str


@dataclass(frozen=True, slots=True)
class RefundDone(Event):
    """The money of a refund went out and was booked."""

    name: ClassVar[str] = "payments.refund_done"
    refund_id: int
    payment_id: int
    customer_id: int
    document_type: str
    document_id: int
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class RefundFailed(Event):
    """A refund failed for good: the money is still here, on the customer's account."""

    name: ClassVar[str] = "payments.refund_failed"
    refund_id: int
    payment_id: int
    customer_id: int
    document_type: str
    document_id: int
    why: str


@dataclass(frozen=True, slots=True)
class ChargebackBegan(Event):
    """The customer's bank asks a payment back."""

    name: ClassVar[str] = "payments.chargeback_began"
    chargeback_id: int
    payment_id: int
    customer_id: int
    document_type: str
    document_id: int
    minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChargebackMoved(Event):
    """A provider took money for a chargeback (`minor` above nothing), or gave it back (below); it was booked."""

    name: ClassVar[str] = "payments.chargeback_moved"
    chargeback_id: int
    payment_id: int
    customer_id: int
    document_type: str
    document_id: int
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ChargebackEnded(Event):
    """A chargeback was decided, or dropped: `state` is a ChargebackState."""

    name: ClassVar[str] = "payments.chargeback_ended"
    chargeback_id: int
    payment_id: int
    customer_id: int
    document_type: str
    document_id: int
    state: str


@dataclass(frozen=True, slots=True)
class StatementBroughtIn(Event):
    """A bank statement was brought in: so many lines were new, so many known from an earlier file."""

    name: ClassVar[str] = "payments.statement_brought_in"
    import_id: int
    lines: int
    known: int


def captured(payment: Payment) -> PaymentCaptured:
    """The event of a payment that came in."""
    return PaymentCaptured(
        payment_id=payment.pk,
        customer_id=payment.customer_id,
        document_type=payment.document_type,
        document_id=payment.document_id,
        minor=payment.captured_minor,
        currency=payment.currency,
    )


def failed(payment: Payment) -> PaymentFailed:
    """The event of a payment nothing came of."""
    return PaymentFailed(
        payment_id=payment.pk,
        customer_id=payment.customer_id,
        document_type=payment.document_type,
        document_id=payment.document_id,
        why=payment.why,
    )


def refunded(refund: Refund, payment: Payment) -> RefundDone:
    """The event of a refund that went out."""
    return RefundDone(
        refund_id=refund.pk,
        payment_id=payment.pk,
        customer_id=payment.customer_id,
        document_type=refund.document_type,
        document_id=refund.document_id,
        minor=refund.minor,
        currency=payment.currency,
    )


def not_refunded(refund: Refund, payment: Payment) -> RefundFailed:
    """The event of a refund that failed."""
    return RefundFailed(
        refund_id=refund.pk,
        payment_id=payment.pk,
        customer_id=payment.customer_id,
        document_type=refund.document_type,
        document_id=refund.document_id,
        why=refund.why,
    )


def chargeback_began(one: Chargeback, payment: Payment) -> ChargebackBegan:
    """The event of a payment a bank asks back."""
    return ChargebackBegan(
        chargeback_id=one.pk,
        payment_id=payment.pk,
        customer_id=payment.customer_id,
        document_type=payment.document_type,
        document_id=payment.document_id,
        minor=one.minor,
        currency=payment.currency,
        reason=one.reason,
    )


def chargeback_moved(move: ChargebackMove, payment: Payment) -> ChargebackMoved:
    """The event of money taken for a chargeback, or given back."""
    return ChargebackMoved(
        chargeback_id=move.chargeback_id,
        payment_id=payment.pk,
        customer_id=payment.customer_id,
        document_type=payment.document_type,
        document_id=payment.document_id,
        minor=move.minor,
        currency=payment.currency,
    )


def chargeback_ended(one: Chargeback, payment: Payment) -> ChargebackEnded:
    """The event of a chargeback that is over."""
    return ChargebackEnded(
        chargeback_id=one.pk,
        payment_id=payment.pk,
        customer_id=payment.customer_id,
        document_type=payment.document_type,
        document_id=payment.document_id,
        state=one.state,
    )
