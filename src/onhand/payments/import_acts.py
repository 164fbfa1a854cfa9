"""What an import does for every payment."""

from datetime import date
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.imports.kinds import Bringing, bring_in_kind
from onhand.customers.intake.upsert import Status
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.payments import access
from onhand.payments.import_kinds import PAYMENTS
from onhand.payments.models import Payment
from onhand.payments.subjects import PAYMENT

Number = Annotated[str, Field(label=gettext_lazy("Number in the other system"), max_length=200)]


@act(
    subject=PAYMENT,
    creates=True,
    permission=access.IMPORT,
    label=gettext_lazy("Take over a payment received elsewhere"),
)
def import_payment(
    *,
    run: Run,
    outside_system: Annotated[str, Field(label=gettext_lazy("Other system"), max_length=60)],
    outside_id: Number,
    received_on: Annotated[date, Field(label=gettext_lazy("Received"))],
    method: Annotated[
        str,
        Field(label=gettext_lazy("Paid with"), max_length=40, help=gettext_lazy("Write card, bank, cash or terminal.")),
    ],
    amount: Annotated[Money, Field(label=gettext_lazy("Amount"))],
    order: Annotated[str, Field(label=gettext_lazy("Number of the order there"), max_length=200)] = "",
    invoice: Annotated[str, Field(label=gettext_lazy("Number of the invoice there"), max_length=200)] = "",
    customer_reference: Annotated[str, Field(label=gettext_lazy("Customer's Onhand reference"), max_length=100)] = "",
    receipt: Annotated[str, Field(label=gettext_lazy("Reference"), max_length=200)] = "",
) -> Payment:
    """Keep a payment that was received elsewhere: for an order, an invoice, or a customer's account. Imports do this for every new row."""
    given = {"order": order, "invoice": invoice, "customer_reference": customer_reference, "reference": receipt}
    row = {name: value for name, value in given.items() if value}
    row |= {"outside_id": outside_id, "received_at": received_on.isoformat(), "method": method}
    row |= {"currency": amount.currency, "amount": str(amount.decimal)}
    (outcome,) = bring_in_kind(PAYMENTS, [row], Bringing(run.actor, run.at, outside_system, is_recorded=False))
    if outcome.problems or outcome.object_id is None:
        names = {"received_at": "received_on", "customer_id": "customer_reference", "currency": "amount"}
        raise ArgumentsInvalid({names.get(one.field, one.field): [one.message] for one in outcome.problems})
    if outcome.status is not Status.CREATED:
        raise NotPossible(_("This payment was brought in before."), field="outside_id")
    return Payment.objects.get(pk=outcome.object_id)
