"""Documents, the company's details and series of numbers as subjects of acts."""

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onhand.contacts.files import also_keeps
from onhand.customers.identification.level import set_customer_of
from onhand.customers.membership import family_ids
from onhand.customers.models import Customer
from onhand.invoicing import access
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import CompanyDetails, Document, NumberSeries, OutsideInvoice
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.payments.subjects import REF_INVOICE

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

DOCUMENT, COMPANY, SERIES = "document", "company_details", "number_series"
OUTSIDE_INVOICE = "outside_invoice"
SETTINGS_PAGE = "/settings/invoicing/"

COMPANY_LABELS: "dict[str, _StrOrPromise]" = {
    "name": _("Name"),
    "address_lines": _("Street and number"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "country": _("Country"),
    "tax_number": _("Tax number"),
    "registration": _("Entry in the register"),
    "email": _("E-mail address"),
    "telephone": _("Telephone number"),
    "website": _("Website"),
    "iban": _("IBAN"),
    "bic": _("BIC"),
    "footer": _("Last line of documents"),
    "due_days": _("Days to pay"),
}


def customer_of_document(document_id: int) -> int | None:
    """Whose document it is."""
    return Document.objects.filter(pk=document_id).values_list("customer_id", flat=True).first()


def snapshot_document(document: Document) -> dict[str, Any]:
    """What acts change about a document: what credit notes took back of it."""
    credited = Document.objects.values_list("credited_minor", flat=True).get(pk=document.pk)
    return {"credited": Money(credited, document.currency).as_json()}


def lock_customer_first(_act: Act, document_id: int) -> None:
    """Lock whose document it is, which comes first in the order of locks."""
    lock_in_order(Customer, Document.objects.filter(pk=document_id).values_list("customer_id", flat=True))


def company_values(details: CompanyDetails) -> dict[str, Any]:
    """The company's details by name."""
    return {name: getattr(details, name) for name in COMPANY_LABELS}


def _series_values(series: NumberSeries) -> dict[str, Any]:
    return {"prefix": series.prefix, "by_year": series.by_year, "digits": series.digits}


register_subject(
    SubjectType(
        name=DOCUMENT,
        label=_("Invoice or credit note"),
        model=Document,
        visible=access.visible_documents,
        snapshot=snapshot_document,
        snapshot_row=lambda _document: {},
        title=lambda document: f"{DocumentKind(document.kind).label} {document.label}",
        page=lambda pk: f"/money/documents/{pk}/",
        change_labels={
            "credited": _("Credited"),
            "credit_note": _("Credit note"),
            "invoice": _("New invoice"),
            "sent": _("Sent"),
        },
        locks_first=lock_customer_first,
    )
)


def customer_of_outside(invoice_id: int) -> int | None:
    """Whose document of another system it is."""
    return OutsideInvoice.objects.filter(pk=invoice_id).values_list("customer_id", flat=True).first()


def snapshot_outside(invoice: OutsideInvoice) -> dict[str, Any]:
    """What stands on a document of another system."""
    return {
        "number": invoice.label,
        "gross": Money(invoice.gross_minor, invoice.currency).as_json(),
        "open": Money(invoice.open_minor, invoice.currency).as_json(),
        "due_on": invoice.due_on.isoformat(),
    }


register_subject(
    SubjectType(
        name=OUTSIDE_INVOICE,
        label=_("Document of another system"),
        model=OutsideInvoice,
        visible=access.visible_outside,
        snapshot=snapshot_outside,
        snapshot_row=snapshot_outside,
        title=lambda invoice: f"{DocumentKind(invoice.kind).label} {invoice.label} ({invoice.system})",
        page=lambda pk: f"/desk/customers/{customer_of_outside(pk)}/",
        change_labels={
            "number": _("Number"),
            "gross": _("Total with tax"),
            "open": _("Still open"),
            "due_on": _("Due"),
            "lines": _("Lines"),
            "order": _("Order"),
        },
    )
)
register_subject(
    SubjectType(
        name=COMPANY,
        label=_("Company's details"),
        model=CompanyDetails,
        visible=access.visible_details,
        snapshot=company_values,
        snapshot_row=company_values,
        title=lambda _details: gettext("Company's details"),
        page=lambda _pk: SETTINGS_PAGE,
        change_labels=COMPANY_LABELS,
    )
)
register_subject(
    SubjectType(
        name=SERIES,
        label=_("Numbers of documents"),
        model=NumberSeries,
        visible=access.visible_series,
        snapshot=_series_values,
        snapshot_row=_series_values,
        title=lambda series: str(DocumentKind(series.kind).label),
        page=lambda _pk: SETTINGS_PAGE,
        change_labels={
            "prefix": _("Begins with"),
            "by_year": _("Each year begins anew"),
            "digits": _("Digits"),
            "next_number": _("Next number"),
        },
    )
)

SHOWN = 50


def _open_invoices(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
    """The newest invoices of the customer of which something is left."""
    if customer_id is None:
        return []
    found = access.visible_documents(actor).filter(
        customer__in=family_ids([customer_id]), kind=DocumentKind.INVOICE, gross_minor__gt=F("credited_minor")
    )
    rows = found.filter(label__icontains=typed).order_by("-pk")[:SHOWN]
    return [Option(one.pk, f"{one.label} ({Money(one.left_minor, one.currency).formatted()})") for one in rows]


def _invoice_label(actor: Actor, pk: int) -> str:
    return access.visible_documents(actor).filter(pk=pk).values_list("label", flat=True).first() or ""


register_reference(ReferenceType(name=REF_INVOICE, options=_open_invoices, is_short=True, label=_invoice_label))
also_keeps("invoicing_documentfile", "file_id")
set_customer_of(DOCUMENT, customer_of_document)
set_customer_of(OUTSIDE_INVOICE, customer_of_outside)
