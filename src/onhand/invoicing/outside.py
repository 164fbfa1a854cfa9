"""Documents other systems issued: what of them is open in our books, and as what they stand beside our own."""

from collections.abc import Collection

from django.db.models import Sum

from onhand.invoicing.access import visible_outside
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import OutsideInvoice
from onhand.kernel.actor import Actor
from onhand.payments.elsewhere import ElsewhereKind, PaidThere, register_elsewhere
from onhand.payments.models import Payment

TYPE = "outside_invoice"


def sign_of(invoice: OutsideInvoice) -> int:
    """Whether it is owed by the customer, 1, or to them, -1."""
    return -1 if invoice.kind == DocumentKind.CREDIT_NOTE else 1


def paid_of(ids: Collection[int]) -> dict[int, int]:
    """What of these was paid elsewhere since they were taken over, in minor units."""
    paid = Payment.objects.filter(document_type=TYPE, document_id__in=ids).order_by().values_list("document_id")
    return dict(paid.annotate(sum=Sum("captured_minor")))


def find_paid_there(actor: Actor, ids: Collection[int]) -> list[PaidThere]:
    """Those of these invoices that this actor sees and whose customers were not erased, with what is open of them."""
    paid = paid_of(ids)
    found = visible_outside(actor).filter(pk__in=ids, kind=DocumentKind.INVOICE, customer__erased_at=None)
    return [PaidThere(one.pk, one.customer_id, one.currency, one.open_minor - paid.get(one.pk, 0)) for one in found]


def connect() -> None:
    """Let payments received elsewhere be for such invoices."""
    register_elsewhere(ElsewhereKind(TYPE, "invoices", "invoice", is_booked=True, find=find_paid_there))
