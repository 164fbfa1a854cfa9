"""What invoicing keeps about a person: their documents, which the law has companies keep whole."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.invoicing.models import Document, DocumentFile, DocumentLine, OutsideInvoice, RateRow

WHY_KEPT = _("Tax law has invoices and credit notes kept as they were issued, with whom they were written to.")

hold(
    TableHolding(
        name="documents",
        label=_("Invoices and credit notes"),
        model=Document,
        shown=(
            ("label", _("Number")),
            ("kind", _("Kind")),
            ("issued_on", _("Issued")),
            ("due_on", _("Due")),
            ("gross_minor", _("Sum in the smallest unit")),
            ("currency", _("Currency")),
            ("address", _("Written to")),
            ("reason", _("Reason")),
        ),
        treatment=Treatment.KEEP,
        subject="document",
        why_kept=WHY_KEPT,
        beside=(RateRow, DocumentFile),
    )
)
hold(
    TableHolding(
        name="document_lines",
        label=_("Lines of invoices and credit notes"),
        model=DocumentLine,
        shown=(
            ("document__label", _("Number")),
            ("text", _("What for")),
            ("pieces", _("Pieces")),
            ("net_minor", _("Net in the smallest unit")),
            ("tax_minor", _("Tax in the smallest unit")),
        ),
        paths=("document__customer_id",),
        treatment=Treatment.KEEP,
        why_kept=WHY_KEPT,
    )
)
hold(
    TableHolding(
        name="outside_invoices",
        label=_("Invoices and credit notes of other systems"),
        model=OutsideInvoice,
        shown=(
            ("system", _("Other system")),
            ("label", _("Number")),
            ("kind", _("Kind")),
            ("issued_on", _("Issued")),
            ("gross_minor", _("Sum in the smallest unit")),
            ("open_minor", _("Still open, in the smallest unit")),
            ("currency", _("Currency")),
            ("lines", _("Lines")),
        ),
        treatment=Treatment.KEEP,
        subject="outside_invoice",
        why_kept=WHY_KEPT,
    )
)
