"""Documents other systems issued: what of them is open in our books, and as what they stand beside our own."""

from collections.abc import Collection

from django.db.models import Sum

from onhand.invoicing.access import visible_outside
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import OutsideInvoice
from onhand.kernel.actor import Actor
from onhand.payments.elsewhere import ElsewhereKind, PaidThere, register_elsewhere
from onhand.payments.models import Payment, Refund

TYPE = "outside_invoice"


def sign_of(invoice: OutsideInvoice) -> int:
    """Whether it is owed by the customer, 1, or to them, -1."""
    return -1 if invoice.kind == DocumentKind.CREDIT_NOTE else 1


def paid_of(ids: Collection[int]) -> dict[int, int]:
    """
    What of these was settled elsewhere since they were taken over, in minor units: paid of invoices less what was given back of that,
    and paid out of credit notes. Those of which nothing moved are not in it.
    """
    these = {"document_type": TYPE, "document_id__in": ids}
    came = Payment.objects.filter(**these).order_by().values_list("document_id")
    went = Refund.objects.filter(**these).order_by().values_list("document_id")
    paid = dict(came.annotate(sum=Sum("captured_minor")))
    back = dict(went.annotate(sum=Sum("minor")))
    return {pk: abs(paid.get(pk, 0) - back.get(pk, 0)) for pk in paid.keys() | back.keys()}


def _find(kind: DocumentKind, actor: Actor, ids: Collection[int]) -> list[PaidThere]:
    paid = paid_of(ids)
    found = visible_outside(actor).filter(pk__in=ids, kind=kind, customer__erased_at=None)
    return [PaidThere(one.pk, one.customer_id, one.currency, one.open_minor - paid.get(one.pk, 0)) for one in found]


def find_paid_there(actor: Actor, ids: Collection[int]) -> list[PaidThere]:
    """Those of these invoices that this actor sees and whose customers were not erased, with what is open of them."""
    return _find(DocumentKind.INVOICE, actor, ids)


def find_credited_there(actor: Actor, ids: Collection[int]) -> list[PaidThere]:
    """Those of these credit notes that this actor sees and whose customers were not erased, with what of them was not paid out."""
    return _find(DocumentKind.CREDIT_NOTE, actor, ids)


def connect() -> None:
    """Let payments received elsewhere be for such invoices, and refunds made elsewhere pay such credit notes out."""
    register_elsewhere(ElsewhereKind(TYPE, "invoices", "invoice", is_booked=True, find=find_paid_there))
    register_elsewhere(
        ElsewhereKind(TYPE, "invoices", "credit_note", is_booked=True, find=find_credited_there, is_credit=True)
    )
