"""Warranty: which piece it is, when it was bought, by which terms it is covered, and until when."""

import calendar
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from onhand.catalogue.models import Product
from onhand.kernel.days import company_day
from onhand.orders.models import Order, OrderLine, Shipment, ShipmentLine, ShippedPiece


@dataclass(frozen=True, slots=True)
class Cover:
    """What is known of a piece under warranty. `until` is the last day; None where there is no warranty beside the law's."""

    line: OrderLine
    serial: str
    bought_on: date
    begins_on: date
    months: int | None
    terms: str
    until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it is covered on a day."""
        return self.until is not None and day <= self.until


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def cover_of(order: Order, line: OrderLine, serial: str = "") -> Cover:
    """How a line is covered: from delivery of the shipment the piece was in, or of the first there was."""
    product = Product.objects.get(pk=line.variant.product_id)
    begins = _delivered_on(line, serial) or company_day(order.placed_at)
    months = product.warranty_months
    until = None if months is None else months_after(begins, months)
    return Cover(line, serial, company_day(order.placed_at), begins, months, product.warranty_terms, until)


def _delivered_on(line: OrderLine, serial: str) -> date | None:
    rows = ShipmentLine.objects.filter(line=line, shipment__delivered_at__isnull=False)
    if serial:
        rows = rows.filter(serials__serial=serial)
    found: Shipment | None = Shipment.objects.filter(pk__in=rows.values("shipment")).order_by("delivered_at").first()
    return company_day(found.delivered_at) if found and found.delivered_at else None


def pieces_by_serial(serial: str, orders: Q | None = None) -> list[ShippedPiece]:
    """The pieces of that serial number that were shipped, newest first, by the index of serial numbers."""
    found = ShippedPiece.objects.filter(serial=serial.strip().upper())
    if orders is not None:
        found = found.filter(orders)
    return list(found.select_related("line__order", "line__variant").order_by("-pk")[:20])
