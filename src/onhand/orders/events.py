"""What happens to orders. Ids and plain values only."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class OrderEvent(Event):
    """Something happened to an order."""

    order_id: int
    customer_id: int


@dataclass(frozen=True, slots=True)
class OrderPlaced(OrderEvent):
    """An order was placed."""

    name: ClassVar[str] = "orders.placed"
    gross_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderChanged(OrderEvent):
    """Address, payment method, lines or options of an order were changed, or goodwill was given. `what` is a ChangeKind."""

    name: ClassVar[str] = "orders.changed"
    what: str


@dataclass(frozen=True, slots=True)
class OrderCancelled(OrderEvent):
    """An order was cancelled."""

    name: ClassVar[str] = "orders.cancelled"
    reason: str


@dataclass(frozen=True, slots=True)
class OrderShipped(OrderEvent):
    """A shipment left."""

    name: ClassVar[str] = "orders.shipped"
    shipment_id: int
    carrier: str
    tracking: str


@dataclass(frozen=True, slots=True)
class OrderDelivered(OrderEvent):
    """A shipment was delivered."""

    name: ClassVar[str] = "orders.delivered"
    shipment_id: int


@dataclass(frozen=True, slots=True)
class ReturnAsked(OrderEvent):
    """A return or exchange was agreed, or something claimed under warranty. `kind` is a ReturnKind."""

    name: ClassVar[str] = "orders.return_asked"
    return_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class ReturnReceived(OrderEvent):
    """What a customer sent back arrived."""

    name: ClassVar[str] = "orders.return_received"
    return_id: int


@dataclass(frozen=True, slots=True)
class ReturnSettled(OrderEvent):
    """A return was inspected and settled, or called off."""

    name: ClassVar[str] = "orders.return_settled"
    return_id: int
    state: str
