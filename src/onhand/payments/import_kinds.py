"""Payments and refunds as rows: those received and made elsewhere come in, all go out."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.imports.kinds import ImportKind, register_kind
from onhand.customers.intake.fields import IntakeField
from onhand.payments import access, bringing_in, bringing_refunds, taking_out

PAYMENTS = register_kind(
    ImportKind(
        name=bringing_in.KIND,
        label=_("Payments received elsewhere"),
        permission=access.IMPORT,
        fields=(
            IntakeField(
                "outside_id",
                _("Number in the other system"),
                (
                    "payment",
                    "payment id",
                    "id",
                    "outside id",
                    "transaction",
                    "transaction id",
                    "pago",
                    "numero de pago",
                ),
            ),
            IntakeField("order", _("Number of the order there"), ("order", "order id", "order number", "pedido")),
            IntakeField("invoice", _("Number of the invoice there"), ("invoice", "invoice number", "factura")),
            IntakeField(
                "customer_id", _("Customer's number there"), ("customer", "customer id", "cliente", "id cliente")
            ),
            IntakeField(
                "customer_reference",
                _("Customer's Onhand reference"),
                ("customer reference", "onhand reference"),
                longest=100,
            ),
            IntakeField(
                "received_at", _("Received"), ("received", "received at", "paid at", "date", "fecha"), longest=40
            ),
            IntakeField(
                "method",
                _("Paid with: card, bank, cash or terminal"),
                ("method", "payment method", "forma de pago", "metodo de pago"),
                longest=40,
            ),
            IntakeField(
                "method_name", _("What it is called there"), ("method name", "gateway", "brand", "nombre"), longest=100
            ),
            IntakeField("currency", _("Currency"), ("currency", "moneda", "divisa"), longest=3),
            IntakeField("amount", _("Amount"), ("amount", "paid", "total", "importe", "cantidad"), longest=40),
            IntakeField("reference", _("Reference"), ("reference", "referencia", "concepto")),
            IntakeField("document", _("For"), (), longest=60, own=True),
            IntakeField("captured", _("Came in"), (), longest=40, own=True),
            IntakeField("refunded", _("Given back"), (), longest=40, own=True),
            IntakeField("state", _("State"), (), longest=20, own=True),
        ),
        needs=("outside_id", "received_at", "method", "currency", "amount"),
        take=bringing_in.take_payments,
        read=taking_out.read_payments,
        is_personal=True,
        reads=access.VIEW,
        rank=30,
    )
)
REFUNDS = register_kind(
    ImportKind(
        name=bringing_refunds.KIND,
        label=_("Refunds made elsewhere"),
        permission=access.IMPORT,
        fields=(
            IntakeField(
                "outside_id",
                _("Number in the other system"),
                ("refund", "refund id", "id", "outside id", "reembolso", "numero de reembolso", "devolucion"),
            ),
            IntakeField(
                "payment",
                _("Number of the payment there"),
                ("payment", "payment id", "transaction", "transaction id", "charge", "pago", "numero de pago"),
            ),
            IntakeField(
                "credit_note",
                _("Number of the credit note there, where it pays that out"),
                ("credit note", "credit note number", "abono", "factura rectificativa"),
            ),
            IntakeField(
                "refunded_at", _("Given back"), ("refunded", "refunded at", "paid back at", "date", "fecha"), longest=40
            ),
            IntakeField("currency", _("Currency"), ("currency", "moneda", "divisa"), longest=3),
            IntakeField(
                "amount", _("Amount"), ("amount", "refunded amount", "total", "importe", "cantidad"), longest=40
            ),
            IntakeField("reference", _("Reference"), ("reference", "referencia", "concepto")),
            IntakeField("customer_reference", _("Customer's Onhand reference"), (), longest=100, own=True),
            IntakeField("method", _("Paid with"), (), longest=40, own=True),
            IntakeField("document", _("For"), (), longest=60, own=True),
            IntakeField("state", _("State"), (), longest=20, own=True),
        ),
        needs=("outside_id", "payment", "refunded_at", "currency", "amount"),
        take=bringing_refunds.take_refunds,
        read=taking_out.read_refunds,
        is_personal=True,
        reads=access.VIEW,
        rank=40,
    )
)
