"""Everything the page of an order shows, as rows: a statement a kind of thing, each bounded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from onhand.invoicing.models import Document, OutsideInvoice
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.orders.access import visible_orders, visible_returns
from onhand.orders.models import (
    Order,
    OrderChange,
    OrderExtra,
    OrderLine,
    Return,
    ReturnLine,
    Scan,
    Shipment,
    ShipmentLine,
)
from onhand.payments.models import Payment

MOST_LINES, MOST_SHOWN, MOST_CHANGES = 200, 50, 100


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """A shipment with what is in it and what the carrier said of it."""

    shipment: Shipment
    lines: Sequence[ShipmentLine]
    scans: Sequence[Scan]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order with everything that belongs to it. `root_id` is the customer whose file it is in."""

    order: Order
    root_id: int
    lines: Sequence[OrderLine] = ()
    extras: Sequence[OrderExtra] = ()
    shipments: Sequence[ShipmentRow] = ()
    returns: Sequence[Return] = ()
    payments: Sequence[Payment] = ()
    documents: Sequence[Document | OutsideInvoice] = ()
    changes: Sequence[OrderChange] = ()


@dataclass(frozen=True, slots=True)
class ReturnPage:
    """A return with its lines and the order's."""

    one: Return
    root_id: int
    lines: Sequence[ReturnLine] = field(default_factory=list)
    replacements: Sequence[OrderLine] = field(default_factory=list)


def find_order(actor: Actor, order_id: int) -> tuple[Order, int]:
    """An order this actor may see, and the customer whose file it is in; raises SubjectNotFound."""
    if not 0 < order_id <= LARGEST_INTEGER:
        raise SubjectNotFound
    found = visible_orders(actor).select_related("customer").filter(pk=order_id).first()
    if found is None:
        raise SubjectNotFound
    return found, found.customer.merged_into_id or found.customer_id


def read_order_page(order: Order, root_id: int) -> OrderPage:
    """Everything of an order."""
    lines = OrderLine.objects.filter(order=order).select_related("in_return").order_by("number")
    changes = OrderChange.objects.filter(order=order).order_by("-number")[:MOST_CHANGES]
    payments = Payment.objects.filter(document_type="order", document_id=order.pk).select_related("method")
    kinds = (Document, OutsideInvoice) if order.from_system else (Document,)
    theirs = [
        kind._default_manager.filter(document_type="order", document_id=order.pk).order_by("pk") for kind in kinds
    ]
    return OrderPage(
        order=order,
        root_id=root_id,
        lines=list(lines[:MOST_LINES]),
        extras=list(OrderExtra.objects.filter(order=order).order_by("pk")),
        shipments=_shipments(order),
        returns=list(Return.objects.filter(order=order).order_by("-pk")[:MOST_SHOWN]),
        payments=list(payments.order_by("pk")[:MOST_SHOWN]),
        documents=[one for documents in theirs for one in documents[:MOST_SHOWN]],
        changes=list(changes),
    )


def _shipments(order: Order) -> list[ShipmentRow]:
    shipments = list(Shipment.objects.filter(order=order).order_by("number")[:MOST_SHOWN])
    ids = [one.pk for one in shipments]
    scans: dict[int, list[Scan]] = {}
    for scan in Scan.objects.filter(shipment__in=ids).order_by("-at", "-pk")[:MOST_LINES]:
        scans.setdefault(scan.shipment_id, []).append(scan)
    lines: dict[int, list[ShipmentLine]] = {}
    for row in ShipmentLine.objects.filter(shipment__in=ids).select_related("line").order_by("pk")[:MOST_LINES]:
        lines.setdefault(row.shipment_id, []).append(row)
    return [ShipmentRow(one, lines.get(one.pk, []), scans.get(one.pk, [])) for one in shipments]


def read_return_page(actor: Actor, return_id: int) -> ReturnPage:
    """A return this actor may see; raises SubjectNotFound."""
    if not 0 < return_id <= LARGEST_INTEGER:
        raise SubjectNotFound
    found = visible_returns(actor).select_related("order__customer", "refund_to").filter(pk=return_id).first()
    if found is None:
        raise SubjectNotFound
    customer = found.order.customer
    return ReturnPage(
        found,
        customer.merged_into_id or customer.pk,
        list(ReturnLine.objects.filter(in_return=found).select_related("line").order_by("pk")[:MOST_LINES]),
        list(OrderLine.objects.filter(in_return=found).order_by("number")[:MOST_LINES]),
    )
