"""Payments as rows for other systems. They only go out: money is not booked by a list."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.imports.kinds import ImportKind, Row, register_kind
from onhand.customers.intake.fields import IntakeField
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.payments import access


def read_payments(actor: Actor, after: int, most: int) -> list[tuple[int, Row]]:
    """Payments with what came in and went back."""
    found = access.visible_payments(actor).filter(pk__gt=after).select_related("customer", "method").order_by("pk")
    return [
        (
            one.pk,
            {
                "customer_reference": one.customer.reference,
                "method": str(one.method.kind),
                "document": f"{one.document_type} {one.document_id}",
                "currency": one.currency,
                "amount": str(Money(one.minor, one.currency).decimal),
                "captured": str(Money(one.captured_minor, one.currency).decimal),
                "refunded": str(Money(one.refunded_minor, one.currency).decimal),
                "state": str(one.state),
            },
        )
        for one in found[:most]
    ]


register_kind(
    ImportKind(
        name="payments",
        label=_("Payments"),
        permission=access.VIEW,
        fields=tuple(
            IntakeField(name, label, ())
            for name, label in (
                ("customer_reference", _("Customer's Onhand reference")),
                ("method", _("Payment method")),
                ("document", _("For")),
                ("currency", _("Currency")),
                ("amount", _("Amount")),
                ("captured", _("Came in")),
                ("refunded", _("Given back")),
                ("state", _("State")),
            )
        ),
        needs=(),
        take=None,
        read=read_payments,
        is_personal=True,
    )
)
