"""Reads for whoever sets shops up, and for the page of an order."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from onhand.connectors.enums import OutgoingState, OutsideState
from onhand.connectors.models import Outgoing, OutsideOrder, OutsideRefund, OutsideShop, ShopHealth

MOST = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """A shop with how it answers, how much waits to be told to it, what it refused, and how many orders were not taken."""

    shop: OutsideShop
    health: ShopHealth
    waiting: int
    refused: int
    not_taken: int


def standings(shops: Sequence[OutsideShop]) -> list[Standing]:
    """How these shops are, in their order."""
    health = ShopHealth.objects.in_bulk([one.pk for one in shops])
    told = Outgoing.objects.filter(outside_order__shop__in=shops)
    counts = {
        (pk, state): many
        for pk, state, many in told.values_list("outside_order__shop", "state").annotate(many=Count("pk")).order_by()
    }
    failed = OutsideOrder.objects.filter(shop__in=shops, state=OutsideState.REFUSED)
    not_taken = dict(failed.values_list("shop").annotate(many=Count("pk")).order_by())
    return [
        Standing(
            shop=one,
            health=health.get(one.pk) or ShopHealth(shop=one),
            waiting=counts.get((one.pk, OutgoingState.WAITING), 0),
            refused=counts.get((one.pk, OutgoingState.REFUSED), 0),
            not_taken=not_taken.get(one.pk, 0),
        )
        for one in shops
    ]


def told_of(shop: OutsideShop, state: OutgoingState) -> list[Outgoing]:
    """What a shop was told or is to be told, in one state, the newest first."""
    found = Outgoing.objects.filter(outside_order__shop=shop, state=state).select_related("outside_order__order")
    return list(found.order_by("-pk")[:MOST])


def not_taken(shop: OutsideShop) -> list[OutsideOrder]:
    """The orders of a shop that are not kept as it says, the newest first."""
    return list(shop.orders.filter(state=OutsideState.REFUSED).select_related("order").order_by("-pk")[:MOST])


@dataclass(frozen=True, slots=True)
class AtShop:
    """An order as its shop has it: what was given back there, and what the shop was asked."""

    outside: OutsideOrder
    refunds: list[OutsideRefund]
    asked: list[Outgoing]


def at_shop(order_id: int) -> AtShop | None:
    """What an order is at its shop; None for an order of no shop."""
    outside = OutsideOrder.objects.select_related("shop").filter(order=order_id).first()
    if outside is None:
        return None
    refunds = OutsideRefund.objects.filter(outside_order=outside, gone_at=None).order_by("made_at", "pk")
    return AtShop(outside, list(refunds), list(outside.outgoing.order_by("-pk")[:MOST]))
