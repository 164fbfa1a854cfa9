"""What the warehouse does, and what the carrier says."""

from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.orders import access, shipping
from onhand.orders.enums import ChangeKind, ScanKind
from onhand.orders.events import OrderDelivered, OrderShipped
from onhand.orders.models import Order
from onhand.orders.noting import By, note_change
from onhand.orders.offering import SHIPMENT, to_ship
from onhand.orders.rows import ShipRow
from onhand.orders.serials import read_serials
from onhand.orders.shipping import Packed
from onhand.orders.subjects import ORDER

ShipmentOf = Annotated[int, Field(label=gettext_lazy("Shipment"), reference=SHIPMENT)]


@act(subject=ORDER, permission=access.SHIP, label=gettext_lazy("Ship"))
def ship_order(
    order: Order,
    *,
    run: Run,
    rows: Annotated[list[ShipRow], Field(label=gettext_lazy("What is shipped"), rows=to_ship)],
    carrier: Annotated[str, Field(label=gettext_lazy("Carrier"), max_length=60)],
    tracking: Annotated[str, Field(label=gettext_lazy("Tracking number"), max_length=60)] = "",
) -> None:
    """Send goods of an order off, all of them or some: they leave the stock and are invoiced."""
    packed = [Packed(row.line, row.pieces, read_serials(row.serials, row=n)) for n, row in enumerate(rows, 1)]
    shipment, invoice = shipping.ship(order, packed, carrier=carrier, tracking=tracking.replace(" ", ""), by=By.of(run))
    run.changed(
        "shipment", after={"id": shipment.pk, "number": shipment.number, "carrier": carrier, "tracking": tracking}
    )
    if invoice:
        run.changed("invoice", after=invoice.label)
    run.publish(OrderShipped(order.pk, order.customer_id, shipment.pk, carrier, shipment.tracking))


@act(subject=ORDER, permission=access.SHIP, label=gettext_lazy("Note where a shipment is"), only_adds=True)
def note_scan(
    order: Order,
    *,
    run: Run,
    shipment: ShipmentOf,
    kind: Annotated[ScanKind, Field(label=gettext_lazy("What the carrier said"))],
    seen_at: Annotated[datetime | None, Field(label=gettext_lazy("When"), help=gettext_lazy("Empty: now."))] = None,
    place: Annotated[str, Field(label=gettext_lazy("Where"), max_length=200)] = "",
    postal_code: Annotated[str, Field(label=gettext_lazy("Postal code"), max_length=20)] = "",
    scan_key: Annotated[str, Field(label=gettext_lazy("The carrier's number of it"), max_length=100)] = "",
) -> None:
    """Write down what the carrier said of a shipment. The same said twice is one."""
    found = shipping.shipment_of(order, shipment)
    at = seen_at or run.at
    if not found.shipped_at <= at <= run.at:
        raise NotPossible(_("Give a time after it was shipped that is not still to come."), field="seen_at")
    is_new = shipping.scan(found, kind, seen_at=at, place=place, postal_code=postal_code, key=scan_key)
    if is_new:
        after = {"shipment": found.number, "scan": str(kind), "at": at.isoformat(), "place": place}
        note_change(order, ChangeKind.SCANNED, By.of(run), after=after)
        run.changed("scan", after=str(ScanKind(kind).label))


@act(subject=ORDER, permission=access.SHIP, label=gettext_lazy("Note a delivery"))
def deliver_shipment(
    order: Order,
    *,
    run: Run,
    shipment: ShipmentOf,
    delivered_to: Annotated[str, Field(label=gettext_lazy("Taken by"), max_length=200)],
    delivered_at: Annotated[
        datetime | None, Field(label=gettext_lazy("When"), help=gettext_lazy("Empty: now."))
    ] = None,
    proof: Annotated[
        str, Field(label=gettext_lazy("Proof"), max_length=500, help=gettext_lazy("Such as signed, photograph, code."))
    ] = "",
    place: Annotated[str, Field(label=gettext_lazy("Where"), max_length=200)] = "",
    postal_code: Annotated[str, Field(label=gettext_lazy("Postal code"), max_length=20)] = "",
) -> None:
    """Write down that a shipment was delivered: when, who took it, and how that is known."""
    found = shipping.shipment_of(order, shipment)
    at = delivered_at or run.at
    by = By.of(run)
    shipping.deliver(order, found, delivered_at=at, to=delivered_to, proof=proof, by=by)
    shipping.scan(found, ScanKind.DELIVERED, seen_at=at, place=place, postal_code=postal_code, key="delivered")
    run.changed("shipment", after={"number": found.number, "delivered_to": delivered_to, "proof": proof})
    run.publish(OrderDelivered(order.pk, order.customer_id, found.pk))
