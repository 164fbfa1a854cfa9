"""What an import does for every order."""

from datetime import date
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.imports.kinds import Bringing, bring_in_kind
from onhand.customers.intake.upsert import Status
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from onhand.kernel.fields import Field
from onhand.orders import access
from onhand.orders.import_kinds import ORDERS
from onhand.orders.models import Order
from onhand.orders.subjects import ORDER


@act(subject=ORDER, creates=True, permission=access.IMPORT, label=gettext_lazy("Take over an order that is over"))
def import_order(
    *,
    run: Run,
    outside_system: Annotated[str, Field(label=gettext_lazy("Other system"), max_length=60)],
    outside_id: Annotated[str, Field(label=gettext_lazy("Number in the other system"), max_length=200)],
    customer_reference: Annotated[str, Field(label=gettext_lazy("Customer's Onhand reference"), max_length=100)],
    placed_on: Annotated[date, Field(label=gettext_lazy("Placed"))],
    currency: Annotated[str, Field(label=gettext_lazy("Currency"), max_length=3)],
    lines: Annotated[
        str,
        Field(
            label=gettext_lazy("Lines"),
            max_length=20_000,
            help=gettext_lazy("As ARTICLE x 2 @ 12.50, with semicolons between."),
        ),
    ],
) -> Order:
    """Keep an order of another system that is over there. Nothing is booked for it. Imports do this for every new row."""
    row = {
        "outside_id": outside_id,
        "customer_reference": customer_reference,
        "placed_at": placed_on.isoformat(),
        "currency": currency,
        "lines": lines,
    }
    (outcome,) = bring_in_kind(ORDERS, [row], Bringing(run.actor, run.at, outside_system, is_recorded=False))
    if outcome.status is Status.UNCHANGED:
        raise NotPossible(_("This order was brought in before."), field="outside_id")
    if outcome.problems or outcome.object_id is None:
        names = {"placed_at": "placed_on"}
        raise ArgumentsInvalid({names.get(one.field, one.field): [one.message] for one in outcome.problems})
    return Order.objects.get(pk=outcome.object_id)
