"""
How payments and refunds end: what a provider, a bank statement or a person says of them is written, booked and told, once.

Each function is called in a transaction that holds the customer's lock and the row; said again, what is settled already changes nothing.
"""

from datetime import datetime

from onhand.customers.models import Customer
from onhand.kernel.actor import system_actor
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.events import Event
from onhand.kernel.inserting import update_row
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.reading import read_row
from onhand.kernel.records import Subject, publish
from onhand.ledger.models import Journal
from onhand.ledger.posting import reverse
from onhand.payments import events
from onhand.payments.booking import book_payment, book_refund
from onhand.payments.deposits import hold_paid
from onhand.payments.enums import PaymentState, RefundState
from onhand.payments.models import Payment, Refund
from onhand.payments.reading import find_method
from onhand.payments.stored import load_paid

# What is paid for a deposit is held, and for a card put on it.
_AFTERWARDS = {"deposit": hold_paid, "stored_card": load_paid}
LONGEST_WHY = 300


def lock_payment(payment_id: int) -> Payment:
    """A payment, locked after its customer; with its method."""
    whose = run_prepared("select customer_id from payments_payment where id = %s", [payment_id])
    lock_in_order(Customer, [customer_id for (customer_id,) in whose])
    payment = read_row(Payment, "id = %s", [payment_id], locks=True)
    if payment is None:
        raise Payment.DoesNotExist
    method = find_method(payment.method_id)
    if method is not None:
        payment.method = method
    return payment


def lock_refund(refund_id: int) -> tuple[Refund, Payment]:
    """A refund with its payment, both locked after the customer."""
    payment = lock_payment(Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id))
    rows = Refund.objects.select_related("to").select_for_update(of=("self",), no_key=True)
    return rows.get(pk=refund_id), payment


def note_authorised(payment: Payment, reference: str, at: datetime) -> bool:
    """The money is set aside. False where that is no news."""
    if payment.state != PaymentState.PENDING:
        return False
    payment.state, payment.reference = PaymentState.AUTHORISED, reference or payment.reference
    payment.next_try_at, payment.why = None, ""
    _save(payment, "state", "reference", "next_try_at", "why")
    tell(
        events.PaymentAuthorised(payment.pk, payment.customer_id, payment.document_type, payment.document_id),
        payment.customer_id,
        at,
    )
    return True


def note_captured(
    payment: Payment, at: datetime, *, reference: str = "", minor: int | None = None, is_on_statement: bool = False
) -> bool:
    """The money came in: `minor` of it, or all. False where it had come before."""
    if payment.state in (PaymentState.CAPTURED, PaymentState.CANCELLED):
        return False
    came = payment.minor if minor is None else min(minor, payment.minor)
    payment.state, payment.captured_minor, payment.captured_at = PaymentState.CAPTURED, came, at
    payment.reference = reference or payment.reference
    payment.next_try_at, payment.why = None, ""
    _save(payment, "state", "captured_minor", "captured_at", "reference", "next_try_at", "why")
    book_payment(payment, Money(came, payment.currency), at, is_on_statement=is_on_statement)
    if afterwards := _AFTERWARDS.get(payment.document_type):
        afterwards(payment, at)
    tell(events.captured(payment), payment.customer_id, at)
    return True


def note_failed(payment: Payment, why: str, at: datetime, *, reference: str = "") -> bool:
    """Nothing came, and nothing is tried any more. False where the payment is settled already."""
    if payment.state not in (PaymentState.PENDING, PaymentState.AUTHORISED):
        return False
    payment.state = PaymentState.CANCELLED if payment.is_called_off else PaymentState.FAILED
    payment.why, payment.next_try_at = why[:LONGEST_WHY], None
    payment.reference = reference or payment.reference
    _save(payment, "state", "why", "next_try_at", "reference", "is_called_off")
    tell(events.failed(payment), payment.customer_id, at)
    return True


def note_refunded(
    refund: Refund, payment: Payment, at: datetime, *, reference: str = "", is_on_statement: bool = False
) -> bool:
    """The money went out. False where it had gone before, or the refund failed."""
    if refund.state != RefundState.PENDING:
        return False
    refund.state, refund.done_at, refund.next_try_at, refund.why = RefundState.DONE, at, None, ""
    refund.reference = reference or refund.reference
    _save(refund, "state", "done_at", "next_try_at", "why", "reference")
    book_refund(refund, payment, at, is_on_statement=is_on_statement)
    tell(events.refunded(refund, payment), payment.customer_id, at)
    return True


def note_refund_failed(refund: Refund, payment: Payment, why: str, at: datetime, *, reference: str = "") -> bool:
    """The money is still here, or came back from a bank that did not take it: then what was booked is countered."""
    if refund.state == RefundState.FAILED:
        return False
    was_done = refund.state == RefundState.DONE
    refund.state, refund.why, refund.next_try_at = RefundState.FAILED, why[:LONGEST_WHY], None
    refund.reference = reference or refund.reference
    _save(refund, "state", "why", "next_try_at", "reference")
    if was_done:
        journal = Journal.objects.get(key=f"refund:{refund.pk}")
        key = f"refund:{refund.pk}:back"
        reverse(journal.pk, document=("refund", refund.pk), key=key, at=at, booked_on=company_day(at))
    tell(events.not_refunded(refund, payment), payment.customer_id, at)
    return True


def _save(row: Payment | Refund, *fields: str) -> None:
    row.version += 1
    update_row(row, *fields, "version")


def tell(event: Event, customer_id: int, at: datetime) -> None:
    """Publish an event on the customer's file."""
    publish(event, actor=system_actor("Payments"), subject=Subject("customer", customer_id), at=at)
