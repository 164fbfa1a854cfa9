"""What an import does for every document of another system."""

from datetime import date
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.imports.kinds import Bringing, bring_in_kind
from onhand.customers.intake.upsert import Status
from onhand.invoicing import access
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.import_kinds import INVOICES
from onhand.invoicing.models import OutsideInvoice
from onhand.invoicing.subjects import OUTSIDE_INVOICE
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money


@act(
    subject=OUTSIDE_INVOICE,
    creates=True,
    permission=access.IMPORT,
    label=gettext_lazy("Take over an invoice of another system"),
)
def import_invoice(
    *,
    run: Run,
    outside_system: Annotated[str, Field(label=gettext_lazy("Other system"), max_length=60)],
    outside_id: Annotated[str, Field(label=gettext_lazy("Number in the other system"), max_length=60)],
    customer_reference: Annotated[str, Field(label=gettext_lazy("Customer's Onhand reference"), max_length=100)],
    issued_on: Annotated[date, Field(label=gettext_lazy("Issued"))],
    gross: Annotated[Money, Field(label=gettext_lazy("Total with tax"))],
    still_open: Annotated[Money, Field(label=gettext_lazy("Still open"))],
    tax: Annotated[Money | None, Field(label=gettext_lazy("Tax"))] = None,
    kind: Annotated[DocumentKind, Field(label=gettext_lazy("Kind"))] = DocumentKind.INVOICE,
    due_on: Annotated[date | None, Field(label=gettext_lazy("Due"))] = None,
) -> OutsideInvoice:
    """Keep an invoice or credit note another system issued; what is open of it is owed here. Imports do this for every new row."""
    for name, amount in (("still_open", still_open), ("tax", tax)):
        if amount is not None and amount.currency != gross.currency:
            raise ArgumentsInvalid({name: [_("This is in another currency.")]})
    row = {"outside_id": outside_id, "customer_reference": customer_reference, "kind": kind.value}
    row |= {"issued_on": issued_on.isoformat(), "currency": gross.currency, "gross": str(gross.decimal)}
    row |= {"open": str(still_open.decimal)}
    row |= {"tax": str(tax.decimal)} if tax is not None else {}
    row |= {"due_on": due_on.isoformat()} if due_on else {}
    (outcome,) = bring_in_kind(INVOICES, [row], Bringing(run.actor, run.at, outside_system, is_recorded=False))
    if outcome.problems or outcome.object_id is None:
        names = {"open": "still_open", "currency": "gross", "number": "outside_id"}
        raise ArgumentsInvalid({names.get(one.field, one.field): [one.message] for one in outcome.problems})
    if outcome.status is not Status.CREATED:
        raise NotPossible(_("This invoice was brought in before."), field="outside_id")
    return OutsideInvoice.objects.get(pk=outcome.object_id)
