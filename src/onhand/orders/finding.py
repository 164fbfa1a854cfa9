"""Orders found by what people have at hand: a reference of an order or a return, a tracking number, a serial number, an invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from onhand.invoicing.models import Document
from onhand.kernel.actor import Actor
from onhand.kernel.references import InvalidReference, read_reference
from onhand.orders.access import visible_orders
from onhand.orders.enums import OrderState
from onhand.orders.models import Order, Return, Shipment, ShippedPiece

MOST = 8
LONGEST_TYPED = 60
LEAST_TYPED = 4


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order that was found."""

    id: int
    reference: str
    customer: str
    state: str
    placed_at: datetime


def find_orders(actor: Actor, typed: str, *, most: int = MOST) -> Sequence[FoundOrder]:
    """The orders of exactly that reference, return, tracking number, serial number or invoice; each by its own index."""
    said = typed.strip()[:LONGEST_TYPED]
    if len(said) < LEAST_TYPED:
        return []
    bare = said.replace(" ", "")
    named = _references(said)
    ids = [
        *Order.objects.filter(reference__in=named).values_list("pk", flat=True)[:most],
        *Return.objects.filter(reference__in=named).values_list("order", flat=True)[:most],
        *Shipment.objects.filter(tracking=bare).exclude(tracking="").values_list("order", flat=True)[:most],
        *ShippedPiece.objects.filter(serial=bare.upper()).values_list("line__order", flat=True)[:most],
        *_invoiced(said, most),
    ]
    found = visible_orders(actor).filter(pk__in=ids).select_related("customer").order_by("-pk")[:most]
    return [
        FoundOrder(one.pk, one.reference, one.customer.name, str(OrderState(one.state).label), one.placed_at)
        for one in found
    ]


def _references(typed: str) -> list[str]:
    """The codes something typed can be: with its letter, or without."""
    upper = typed.upper().strip()
    prefix, rest = (upper[0], upper[1:]) if upper[:1] in "AR" and upper[1:2] in "- " else ("", upper)
    try:
        code = read_reference(rest)
    except InvalidReference:
        return []
    return [f"{one}-{code}" for one in (prefix or "AR")]


def _invoiced(typed: str, most: int) -> list[int]:
    found = Document.objects.filter(label=typed.upper(), document_type="order")
    return list(found.values_list("document_id", flat=True)[:most])


def order_by_reference(actor: Actor, typed: str) -> Order | None:
    """The one order of that reference, if the actor may see it."""
    return visible_orders(actor).filter(reference__in=_references(typed)).first()
