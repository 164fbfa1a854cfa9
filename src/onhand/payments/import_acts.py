"""What an import does for every payment and refund."""

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
from onhand.payments.import_kinds import PAYMENTS, REFUNDS
from onhand.payments.models import Payment, Refund
from onhand.payments.subjects import PAYMENT, REFUND

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


@act(
    subject=REFUND,
    creates=True,
    permission=access.IMPORT,
    label=gettext_lazy("Take over a refund made elsewhere"),
)
def import_refund(
    *,
    run: Run,
    outside_system: Annotated[str, Field(label=gettext_lazy("Other system"), max_length=60)],
    outside_id: Number,
    payment: Annotated[str, Field(label=gettext_lazy("Number of the payment there"), max_length=200)],
    refunded_on: Annotated[date, Field(label=gettext_lazy("Given back"))],
    amount: Annotated[Money, Field(label=gettext_lazy("Amount"))],
    credit_note: Annotated[
        str,
        Field(
            label=gettext_lazy("Number of the credit note there"),
            max_length=200,
            help=gettext_lazy("Only where it pays out one that was taken over."),
        ),
    ] = "",
    receipt: Annotated[str, Field(label=gettext_lazy("Reference"), max_length=200)] = "",
) -> Refund:
    """Keep a refund that was made elsewhere, of a payment that was received there. Imports do this for every new row."""
    given = {"credit_note": credit_note, "reference": receipt}
    row = {name: value for name, value in given.items() if value}
    row |= {"outside_id": outside_id, "payment": payment, "refunded_at": refunded_on.isoformat()}
    row |= {"currency": amount.currency, "amount": str(amount.decimal)}
    (outcome,) = bring_in_kind(REFUNDS, [row], Bringing(run.actor, run.at, outside_system, is_recorded=False))
    if outcome.problems or outcome.object_id is None:
        names = {"refunded_at": "refunded_on", "currency": "amount"}
        raise ArgumentsInvalid({names.get(one.field, one.field): [one.message] for one in outcome.problems})
    if outcome.status is not Status.CREATED:
        raise NotPossible(_("This refund was brought in before."), field="outside_id")
    return Refund.objects.get(pk=outcome.object_id)
