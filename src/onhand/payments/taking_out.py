"""Payments and refunds read out as rows, by id, a batch at a time."""

from onhand.customers.imports.kinds import Row, names_of
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.payments import access
from onhand.payments.bringing_in import KIND as PAYMENTS
from onhand.payments.elsewhere import credit_kinds, elsewhere_kinds
from onhand.payments.models import Payment, Refund


def read_payments(actor: Actor, after: int, most: int) -> list[tuple[int, Row]]:
    """Payments with what came in and went back; what was received elsewhere as an import of payments reads it."""
    seen = access.visible_payments(actor).filter(pk__gt=after).select_related("customer", "method").order_by("pk")
    found = list(seen[:most])
    named: dict[int, Row] = {}
    for kind in elsewhere_kinds():
        of = [one for one in found if one.from_system and one.document_type == kind.document_type]
        numbers = names_of(kind.kind, [one.document_id for one in of])
        named |= {one.pk: {kind.column: numbers.get((one.document_id, one.from_system), "")} for one in of}
    return [(one.pk, _row(one) | named.get(one.pk, {})) for one in found]


def _row(one: Payment) -> Row:
    return {
        "customer_reference": one.customer.reference,
        "received_at": (one.captured_at or one.made_at).isoformat(),
        "method": str(one.method.kind),
        "method_name": one.method.label,
        "currency": one.currency,
        "amount": str(Money(one.minor, one.currency).decimal),
        "reference": one.reference,
        "document": f"{one.document_type} {one.document_id}",
        "captured": str(Money(one.captured_minor, one.currency).decimal),
        "refunded": str(Money(one.refunded_minor, one.currency).decimal),
        "state": str(one.state),
    }


def read_refunds(actor: Actor, after: int, most: int) -> list[tuple[int, Row]]:
    """Refunds with how far they are; what was given back elsewhere as an import of refunds reads it."""
    seen = access.visible_refunds(actor).filter(pk__gt=after).select_related("payment__customer", "to").order_by("pk")
    found = list(seen[:most])
    numbers = names_of(PAYMENTS, [one.payment_id for one in found])
    named = {one.pk: {"payment": numbers.get((one.payment_id, one.from_system), "")} for one in found}
    for kind in credit_kinds():
        of = [one for one in found if one.from_system and _pays_out(one, kind.document_type)]
        credited = names_of(kind.kind, [one.document_id for one in of])
        for one in of:
            named[one.pk] |= {kind.column: credited.get((one.document_id, one.from_system), "")}
    return [(one.pk, _refund_row(one) | named[one.pk]) for one in found]


def _pays_out(one: Refund, document_type: str) -> bool:
    """Whether a refund is for such a document of its own, and not for what was paid."""
    paid = (one.payment.document_type, one.payment.document_id)
    return one.document_type == document_type and (one.document_type, one.document_id) != paid


def _refund_row(one: Refund) -> Row:
    return {
        "customer_reference": one.payment.customer.reference,
        "refunded_at": (one.done_at or one.made_at).isoformat(),
        "currency": one.payment.currency,
        "amount": str(Money(one.minor, one.payment.currency).decimal),
        "reference": one.reference,
        "method": str(one.to.kind),
        "document": f"{one.document_type} {one.document_id}",
        "state": str(one.state),
    }
