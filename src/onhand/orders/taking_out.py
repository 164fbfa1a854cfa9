"""Orders and shipments read out as rows, by id, a batch at a time."""

from collections.abc import Collection

from onhand.customers.imports.kinds import Row, names_of
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.orders import access
from onhand.orders.models import OrderLine, Scan, Shipment
from onhand.payments.elsewhere import PaidThere

Found = list[tuple[int, Row]]


def read_orders(actor: Actor, after: int, most: int) -> Found:
    """Orders with their lines, as an import of orders reads them."""
    found = list(access.visible_orders(actor).filter(pk__gt=after).select_related("customer").order_by("pk")[:most])
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order__in=found, in_return=None).order_by("order", "number"):
        lines.setdefault(line.order_id, []).append(line)
    shipping: dict[int, int] = {}
    for one in found:
        extras = one.gross_minor - sum(line.net_minor + line.tax_minor for line in lines.get(one.pk, []))
        shipping[one.pk] = extras
    return [
        (
            one.pk,
            {
                "reference": one.reference,
                "customer_reference": one.customer.reference,
                "placed_at": one.placed_at.isoformat(),
                "state": str(one.state),
                "currency": one.currency,
                "lines": "; ".join(_line(line, one.currency) for line in lines.get(one.pk, [])),
                "tax_percent": next((f"{line.percent.normalize():f}" for line in lines.get(one.pk, [])), "0"),
                "includes_tax": "yes" if all(line.includes_tax for line in lines.get(one.pk, [])) else "no",
                "shipping": str(Money(max(0, shipping[one.pk]), one.currency).decimal),
                "total": str(Money(one.gross_minor, one.currency).decimal),
            },
        )
        for one in found
    ]


def _line(line: OrderLine, currency: str) -> str:
    return f"{line.sku} x {line.pieces} @ {Money(line.unit_minor, currency).decimal}"


def find_paid_there(actor: Actor, ids: Collection[int]) -> list[PaidThere]:
    """Those of these orders that came from another system and this actor sees, of customers who were not erased."""
    found = access.visible_orders(actor).filter(pk__in=ids, customer__erased_at=None).exclude(from_system="")
    return [PaidThere(one.pk, one.customer_id, one.currency, None) for one in found]


def read_shipments(actor: Actor, after: int, most: int) -> Found:
    """Shipments with what is in them and where they were seen, as an import of shipments reads them."""
    seen = Shipment.objects.filter(order__in=access.visible_orders(actor), pk__gt=after).order_by("pk")
    found = list(seen.select_related("order").prefetch_related("lines__line", "scans")[:most])
    numbers = names_of("orders", [one.order_id for one in found])
    return [
        (
            one.pk,
            {
                "order": numbers.get((one.order_id, one.order.from_system), one.order.reference),
                "number": str(one.number),
                "carrier": one.carrier,
                "tracking": one.tracking,
                "state": str(one.state),
                "shipped_at": one.shipped_at.isoformat(),
                "delivered_at": one.delivered_at.isoformat() if one.delivered_at else "",
                "delivered_to": one.delivered_to,
                "proof": one.proof,
                "lines": "; ".join(f"{sku} x {pieces}" for sku, pieces in _packed(one).items()),
                "scans": "; ".join(
                    _scan(scan) for scan in sorted(one.scans.all(), key=lambda scan: (scan.at, scan.pk))
                ),
            },
        )
        for one in found
    ]


def _packed(shipment: Shipment) -> dict[str, int]:
    packed: dict[str, int] = {}
    for part in sorted(shipment.lines.all(), key=lambda part: part.line.number):
        packed[part.line.sku] = packed.get(part.line.sku, 0) + part.pieces
    return packed


def _scan(scan: Scan) -> str:
    place, code = (
        " ".join(text.replace(";", " ").replace(",", " ").split()) for text in (scan.place, scan.postal_code)
    )
    return (
        f"{scan.at.isoformat()} {scan.kind}" + (f", {place}" if place or code else "") + (f", {code}" if code else "")
    )
