"""Invoices and credit notes as rows for other systems. They only go out: numbers without gaps are given here."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.imports.kinds import ImportKind, Row, register_kind
from onhand.customers.intake.fields import IntakeField
from onhand.invoicing import access
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money


def read_documents(actor: Actor, after: int, most: int) -> list[tuple[int, Row]]:
    """Invoices and credit notes with their totals."""
    found = access.visible_documents(actor).filter(pk__gt=after).select_related("customer", "counters").order_by("pk")
    return [
        (
            one.pk,
            {
                "number": one.label,
                "kind": str(one.kind),
                "counters": one.counters.label if one.counters else "",
                "customer_reference": one.customer.reference,
                "document": f"{one.document_type} {one.document_id}",
                "issued_on": one.issued_on.isoformat(),
                "due_on": one.due_on.isoformat(),
                "currency": one.currency,
                "net": str(Money(one.net_minor, one.currency).decimal),
                "tax": str(Money(one.tax_minor, one.currency).decimal),
                "gross": str(Money(one.gross_minor, one.currency).decimal),
            },
        )
        for one in found[:most]
    ]


register_kind(
    ImportKind(
        name="invoices",
        label=_("Invoices and credit notes"),
        permission=access.VIEW,
        fields=tuple(
            IntakeField(name, label, ())
            for name, label in (
                ("number", _("Number")),
                ("kind", _("Kind")),
                ("counters", _("Counters")),
                ("customer_reference", _("Customer's Onhand reference")),
                ("document", _("For")),
                ("issued_on", _("Issued")),
                ("due_on", _("Due")),
                ("currency", _("Currency")),
                ("net", _("Net")),
                ("tax", _("Tax")),
                ("gross", _("Gross")),
            )
        ),
        needs=(),
        take=None,
        read=read_documents,
        is_personal=True,
    )
)
