"""Invoices and credit notes as rows: those other systems issued come in, all go out. Numbers without gaps are given here alone."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.imports.kinds import ImportKind, register_kind
from onhand.customers.intake.fields import IntakeField
from onhand.invoicing import access, bringing_in, taking_out

INVOICES = register_kind(
    ImportKind(
        name=bringing_in.KIND,
        label=_("Invoices and credit notes of other systems"),
        permission=access.IMPORT,
        fields=(
            IntakeField(
                "outside_id",
                _("Number in the other system"),
                ("invoice", "invoice id", "id", "outside id", "document id", "factura"),
            ),
            IntakeField("number", _("Number on it"), ("number", "invoice number", "numero", "numero de factura")),
            IntakeField("kind", _("Kind: invoice or credit_note"), ("kind", "type", "tipo"), longest=20),
            IntakeField("order", _("Number of the order there"), ("order", "order id", "order number", "pedido")),
            IntakeField(
                "customer_id", _("Customer's number there"), ("customer", "customer id", "cliente", "id cliente")
            ),
            IntakeField(
                "customer_reference",
                _("Customer's Onhand reference"),
                ("customer reference", "onhand reference"),
                longest=100,
            ),
            IntakeField("issued_on", _("Issued"), ("issued", "issued on", "date", "invoice date", "fecha"), longest=40),
            IntakeField("due_on", _("Due"), ("due", "due on", "due date", "vencimiento"), longest=40),
            IntakeField("currency", _("Currency"), ("currency", "moneda", "divisa"), longest=3),
            IntakeField("net", _("Net"), ("net", "subtotal", "neto", "base imponible"), longest=40),
            IntakeField("tax", _("Tax"), ("tax", "vat", "iva", "impuesto"), longest=40),
            IntakeField("gross", _("Total with tax"), ("gross", "total", "amount", "importe"), longest=40),
            IntakeField(
                "open", _("Still open"), ("open", "open amount", "balance", "amount due", "pendiente"), longest=40
            ),
            IntakeField(
                "lines",
                _("Lines, as TEXT x 2 @ 12.50; …"),
                ("lines", "items", "lineas", "conceptos"),
                longest=20_000,
            ),
            IntakeField("left", _("Open less payments"), (), longest=40, own=True),
            IntakeField("counters", _("Counters"), (), longest=60, own=True),
            IntakeField("document", _("For"), (), longest=60, own=True),
        ),
        needs=("outside_id", "issued_on", "currency", "gross", "open"),
        take=bringing_in.take_invoices,
        read=taking_out.read_documents,
        is_personal=True,
        reads=access.VIEW,
        rank=20,
    )
)
