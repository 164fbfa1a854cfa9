"""What an import does for every order."""

from datetime import date
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.imports.kinds import Bringing, ImportKind, Row, bring_in_kind, known_ids
from onhand.customers.intake.upsert import Status
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from onhand.kernel.fields import Field
from onhand.orders import access
from onhand.orders.import_kinds import ORDERS, SHIPMENTS
from onhand.orders.models import Order, Shipment
from onhand.orders.subjects import IMPORT_SHIPMENT, ORDER, on_orders_elsewhere

on_orders_elsewhere(IMPORT_SHIPMENT)
OutsideSystem = Annotated[str, Field(label=gettext_lazy("Other system"), max_length=60)]
OutsideNumber = Annotated[str, Field(label=gettext_lazy("Number in the other system"), max_length=200)]


@act(subject=ORDER, creates=True, permission=access.IMPORT, label=gettext_lazy("Take over an order that is over"))
def import_order(
    *,
    run: Run,
    outside_system: OutsideSystem,
    outside_id: OutsideNumber,
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
    if _brought(ORDERS, row, run, outside_system, {"placed_at": "placed_on"}) is Status.UNCHANGED:
        raise NotPossible(_("This order was brought in before."), field="outside_id")
    return Order.objects.get(pk=_object_id(ORDERS, outside_system, outside_id))


@act(
    subject=ORDER,
    permission=access.IMPORT,
    label=gettext_lazy("Take over a shipment of an order that is over"),
    row_only=True,
)
def import_shipment(
    order: Order,
    *,
    run: Run,
    outside_system: OutsideSystem,
    outside_id: OutsideNumber,
    carrier: Annotated[str, Field(label=gettext_lazy("Carrier"), max_length=60)],
    tracking: Annotated[str, Field(label=gettext_lazy("Tracking number"), max_length=60)] = "",
    shipped_on: Annotated[date | None, Field(label=gettext_lazy("Shipped"))] = None,
    delivered_on: Annotated[date | None, Field(label=gettext_lazy("Delivered"))] = None,
    delivered_to: Annotated[str, Field(label=gettext_lazy("Taken by"), max_length=200)] = "",
    proof: Annotated[str, Field(label=gettext_lazy("Proof of delivery"), max_length=500)] = "",
    lines: Annotated[
        str,
        Field(
            label=gettext_lazy("Pieces"),
            max_length=20_000,
            help=gettext_lazy("As ARTICLE x 2, with semicolons between. Empty: all."),
        ),
    ] = "",
) -> None:
    """Keep a shipment of an order that came from another system, or what became known of it. Imports do this for every row."""
    given = {"tracking": tracking, "delivered_to": delivered_to, "proof": proof, "lines": lines}
    given |= {"shipped_at": shipped_on.isoformat() if shipped_on else ""}
    given |= {"delivered_at": delivered_on.isoformat() if delivered_on else ""}
    row = {"outside_id": outside_id, "order": order.reference, "carrier": carrier} | given
    names = {"shipped_at": "shipped_on", "delivered_at": "delivered_on", "order": "outside_id"}
    if _brought(SHIPMENTS, row, run, outside_system, names) is Status.UNCHANGED:
        raise NotPossible(_("Nothing of this shipment is new."), field="outside_id")
    shipment = Shipment.objects.get(pk=_object_id(SHIPMENTS, outside_system, outside_id))
    run.changed("shipment", after={"number": shipment.number, "carrier": carrier, "tracking": shipment.tracking})


def _brought(kind: ImportKind, row: Row, run: Run, system: str, names: dict[str, str]) -> Status:
    """What became of one row. Raises ArgumentsInvalid by the act's own names."""
    filled = {name: value for name, value in row.items() if value}
    (outcome,) = bring_in_kind(kind, [filled], Bringing(run.actor, run.at, system, is_recorded=False))
    if outcome.problems:
        raise ArgumentsInvalid({names.get(one.field, one.field): [one.message] for one in outcome.problems})
    return outcome.status


def _object_id(kind: ImportKind, system: str, outside_id: str) -> int:
    return known_ids(kind.name, system, [outside_id])[outside_id]
