"""
Payments a customer's bank asks back: what the provider says of one is written, booked and told, once, however often and in whatever order
it says so. Called in a transaction that holds the customer's lock and the payment.
"""

from datetime import datetime

from django.db.models import Sum

from onhand.kernel.hints import send_after_commit
from onhand.payments import events
from onhand.payments.booking import book_chargeback
from onhand.payments.enums import CHARGEBACK_OVER
from onhand.payments.models import Chargeback, ChargebackMove, Payment
from onhand.payments.provider import ChargebackSaid
from onhand.payments.settling import tell


def note_chargeback(payment: Payment, said: ChargebackSaid, at: datetime) -> Chargeback:
    """
    Write down how a chargeback is. What was decided is not open again: that was said before it. Each movement of money is booked by its
    name at the provider, so it does not matter which message brings it.
    """
    found = Chargeback.objects.filter(payment=payment, reference=said.reference).first()
    one = found or Chargeback(
        payment=payment, customer_id=payment.customer_id, reference=said.reference, minor=said.amount.minor, noted_at=at
    )
    was_over = found is not None and one.state in CHARGEBACK_OVER
    if not was_over or said.state in CHARGEBACK_OVER:
        one.state, one.reason, one.minor = said.state, said.reason[:100], said.amount.minor
        one.respond_by = said.respond_by
    is_over = one.state in CHARGEBACK_OVER
    if is_over and one.ended_at is None:
        one.ended_at = at
    one.version += found is not None
    one.save()
    if found is None:
        tell(events.chargeback_began(one, payment), payment.customer_id, at)
    _book_new(one, payment, said, at)
    _mark(payment)
    if is_over and not was_over:
        tell(events.chargeback_ended(one, payment), payment.customer_id, at)
    send_after_commit(f"customer:{payment.customer_id}", f"{payment.document_type}:{payment.document_id}")
    return one


def _book_new(one: Chargeback, payment: Payment, said: ChargebackSaid, at: datetime) -> None:
    known = set(ChargebackMove.objects.filter(chargeback=one).values_list("reference", flat=True))
    for moved in said.moves:
        if moved.reference in known or not (moved.minor or moved.fee.minor):
            continue
        known.add(moved.reference)
        move = ChargebackMove.objects.create(
            chargeback=one,
            reference=moved.reference,
            minor=moved.minor,
            fee_minor=moved.fee.minor,
            fee_currency=moved.fee.currency,
            at=at,
        )
        book_chargeback(move, payment, at)
        tell(events.chargeback_moved(move, payment), payment.customer_id, at)


def _mark(payment: Payment) -> None:
    """Keep on the payment what was taken back of it, and how far its newest chargeback is."""
    taken = ChargebackMove.objects.filter(chargeback__payment=payment).aggregate(sum=Sum("minor"))["sum"] or 0
    newest = Chargeback.objects.filter(payment=payment).order_by("-pk").values_list("state", flat=True).first() or ""
    if (payment.taken_back_minor, payment.disputed) != (taken, newest):
        payment.taken_back_minor, payment.disputed = taken, newest
        payment.version += 1
        payment.save(update_fields=["taken_back_minor", "disputed", "version"])
