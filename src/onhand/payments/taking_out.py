"""Payments read out as rows, by id, a batch at a time."""

from onhand.customers.imports.kinds import Row, names_of
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.payments import access
from onhand.payments.elsewhere import elsewhere_kinds
from onhand.payments.models import Payment


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
