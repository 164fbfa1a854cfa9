"""Shipping: goods leave with a carrier and are invoiced, the carrier is heard of, somebody takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from onhand.catalogue.models import Variant
from onhand.invoicing.models import Document
from onhand.kernel.errors import NotPossible
from onhand.orders import goods
from onhand.orders.enums import ChangeKind, OrderState, ScanKind, ShipmentState
from onhand.orders.invoices import invoice_pieces
from onhand.orders.models import Order, OrderLine, Scan, Shipment, ShipmentLine, ShippedPiece
from onhand.orders.noting import By, follow_state, lines_of, note_change
from onhand.orders.serials import require_with_us


@dataclass(frozen=True, slots=True)
class Packed:
    """So many pieces of a line in a shipment, with their serial numbers."""

    line_id: int
    pieces: int
    serials: Sequence[str] = ()


def ship(
    order: Order, packed: Sequence[Packed], *, carrier: str, tracking: str, by: By
) -> tuple[Shipment, Document | None]:
    """
    Send goods off: they leave the stock they were kept in, and are invoiced.

    :raises NotPossible: the order waits for its money or is cancelled, or a line has less left to be shipped.
    """
    if order.state == OrderState.CANCELLED:
        raise NotPossible(_("This order was cancelled."))
    if order.state == OrderState.PENDING:
        raise NotPossible(_("This order waits for its money."))
    lines = {line.pk: line for line in lines_of(order)}
    _require_shippable(packed, lines)
    last = Shipment.objects.filter(order=order).aggregate(last=Max("number"))["last"] or 0
    shipment = Shipment.objects.create(
        order=order, number=last + 1, carrier=carrier, tracking=tracking, address=order.address, shipped_at=by.at
    )
    wanted = {one.line_id: one.pieces for one in packed}
    taken = goods.take_out(wanted, lines, at=by.at)
    goods.move_out(taken, shipment=("shipment", shipment.pk), at=by.at, by_name=by.name)
    for one in packed:
        line = lines[one.line_id]
        row = ShipmentLine.objects.create(shipment=shipment, line=line, pieces=one.pieces)
        ShippedPiece.objects.bulk_create(
            ShippedPiece(shipment_line=row, line=line, serial=serial) for serial in one.serials
        )
        line.shipped += one.pieces
        line.save(update_fields=["shipped"])
    invoice = invoice_pieces(
        order, {lines[one.line_id]: one.pieces for one in packed}, key=f"shipment:{shipment.pk}", by=by
    )
    after = {
        "shipment": shipment.number,
        "carrier": carrier,
        "tracking": tracking,
        "lines": [{"article": lines[one.line_id].title, "pieces": one.pieces} for one in packed],
        "invoice": invoice.label if invoice else "",
    }
    note_change(order, ChangeKind.SHIPPED, by, after=after)
    follow_state(order, by.at, list(lines.values()))
    return shipment, invoice


def _require_shippable(packed: Sequence[Packed], lines: Mapping[int, OrderLine]) -> None:
    if not packed:
        raise NotPossible(_("Say what is shipped."), field="rows")
    if len({one.line_id for one in packed}) < len(packed):
        raise NotPossible(_("Give each line once."), field="rows")
    with_serials = set(
        Variant.objects.filter(
            pk__in=[line.variant_id for line in lines.values()], product__has_serial_numbers=True
        ).values_list("pk", flat=True)
    )
    for one in packed:
        line = lines.get(one.line_id)
        if line is None or line.is_service:
            raise NotPossible(_("Choose lines of this order."), field="rows")
        left = line.pieces - line.shipped
        words = {"article": line.title, "left": left}
        if line.is_held:
            raise NotPossible(_("%(article)s leaves when what it is sent for has come back.") % words, field="rows")
        if not 1 <= one.pieces <= left:
            raise NotPossible(_("Of %(article)s %(left)s are left to be shipped.") % words, field="rows")
        if line.variant_id in with_serials and len(one.serials) != one.pieces:
            raise NotPossible(_("Give the serial number of each piece of %(article)s.") % words, field="rows")
        if line.variant_id not in with_serials and one.serials:
            raise NotPossible(_("%(article)s has no serial numbers.") % words, field="rows")
    require_with_us([(lines[one.line_id], one.serials) for one in packed])


def shipment_of(order: Order, shipment_id: int) -> Shipment:
    """
    A shipment of this order, on its way.

    :raises NotPossible: it is another order's, or has arrived.
    """
    found = Shipment.objects.filter(pk=shipment_id, order=order).first()
    if found is None:
        raise NotPossible(_("Choose a shipment of this order."), field="shipment")
    if found.state != ShipmentState.UNDERWAY:
        raise NotPossible(_("This shipment has arrived."), field="shipment")
    return found


def scan(shipment: Shipment, kind: ScanKind, *, seen_at: datetime, place: str, postal_code: str, key: str) -> bool:
    """Write down what the carrier said; false where it was known."""
    _row, is_new = Scan.objects.get_or_create(
        shipment=shipment,
        key=key or f"{kind}:{seen_at.isoformat()}",
        defaults={"at": seen_at, "kind": kind, "place": place, "postal_code": postal_code},
    )
    return is_new


def deliver(order: Order, shipment: Shipment, *, delivered_at: datetime, to: str, proof: str, by: By) -> None:
    """
    Note that a shipment arrived: when, who took it, how that is known.

    :raises NotPossible: the time is before it was shipped, or still to come.
    """
    if not shipment.shipped_at <= delivered_at <= by.at:
        raise NotPossible(_("Give a time after it was shipped that is not still to come."), field="delivered_at")
    shipment.state, shipment.delivered_at = ShipmentState.DELIVERED, delivered_at
    shipment.delivered_to, shipment.proof = to, proof
    shipment.save()
    lines = {line.pk: line for line in lines_of(order)}
    for row in ShipmentLine.objects.filter(shipment=shipment).order_by("pk"):
        line = lines[row.line_id]
        line.delivered += row.pieces
        line.save(update_fields=["delivered"])
    order.delivered_at = max(delivered_at, order.delivered_at or delivered_at)
    after = {"shipment": shipment.number, "delivered_to": to, "proof": proof, "at": delivered_at.isoformat()}
    note_change(order, ChangeKind.DELIVERED, by, after=after)
    follow_state(order, by.at, list(lines.values()))
