"""
An order kept as a shop says it is: its lines, prices, taxes and totals are the shop's own, none is worked out again. Nothing of it is
booked here and no goods are kept for it: the shop has both.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from pydantic import TypeAdapter

from onhand.catalogue.enums import ProductKind
from onhand.catalogue.models import Variant
from onhand.connectors.enums import OutgoingState
from onhand.connectors.models import Outgoing, OutsideLine, OutsideOrder, OutsideRefund, OutsideShop
from onhand.connectors.port import ShopLine, ShopOrder
from onhand.customers.models import Customer
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.kernel.signing import canonical, keyed_hash
from onhand.orders.enums import CancelReason, OrderState
from onhand.orders.models import Order, OrderExtra, OrderLine
from onhand.orders.placing import snapshot_lines

_ORDER = TypeAdapter(ShopOrder)
_BEFORE_PAYMENT = (OrderState.PENDING, OrderState.CANCELLED)


def packed(said: ShopOrder) -> dict[str, Any]:
    """An order as it can be stored for a moment."""
    found: dict[str, Any] = _ORDER.dump_python(said, mode="json")
    return found


def unpacked(stored: Any) -> ShopOrder:
    """The same order again."""
    return _ORDER.validate_python(stored)


def fingerprint(said: ShopOrder) -> str:
    """Tells whether an order is still what it was, whenever the shop says it changed."""
    content = packed(said)
    del content["changed_at"]
    return keyed_hash(canonical(content)).hex()


def snapshot(order: Order, outside: OutsideOrder) -> dict[str, Any]:
    """What a change of an order is compared by."""
    lines = list(OrderLine.objects.filter(order=order).order_by("number")) if order.pk else []
    return snapshot_lines(order, lines) | {
        "total": Money(order.gross_minor, order.currency).as_json(),
        "order_state": str(order.state),
        "refund": Money(outside.refunded_minor, order.currency).as_json(),
    }


def put_order(order: Order, said: ShopOrder, *, is_erased: bool) -> None:
    """
    What stands on the order's own row; whoever calls it stores it. Of somebody who was erased no address comes back.

    :raises NotPossible: its currency is another than it was.
    """
    if order.currency and order.currency != said.currency:
        words = _("The order was in %(before)s, and is now in %(after)s at the shop.")
        raise NotPossible(words % {"before": order.currency, "after": said.currency})
    order.currency, order.state = said.currency, said.state
    order.net_minor, order.tax_minor, order.gross_minor = said.net, said.tax, said.net + said.tax
    order.discount_minor = said.discount
    order.placed_at = said.placed_at
    if not is_erased:
        order.address, order.note = said.address, said.note
    is_over, is_cancelled = said.state == OrderState.COMPLETED, said.state == OrderState.CANCELLED
    order.paid_at = said.paid_at or (None if said.state in _BEFORE_PAYMENT else said.placed_at)
    if said.state == OrderState.PENDING:
        order.paid_at = None
    done = (said.completed_at or said.changed_at) if is_over else None
    order.completed_at, order.delivered_at = (
        (order.completed_at or done, order.delivered_at or done) if is_over else (None, None)
    )
    order.cancelled_at = (order.cancelled_at or said.changed_at) if is_cancelled else None
    order.cancel_reason = (order.cancel_reason or CancelReason.OTHER) if is_cancelled else ""


def put_lines(order: Order, outside: OutsideOrder, said: ShopOrder, shop: OutsideShop) -> None:
    """
    The lines, each known by its number at the shop, and what is beside them; what has gone is counted by the order's state.

    :raises NotPossible: the catalogue does not know an article, and none stands for it.
    """
    variants = _variants(said.lines, shop)
    known = {one.outside_id: one for one in OutsideLine.objects.filter(outside_order=outside).select_related("line")}
    still = {one.outside_id for one in said.lines}
    OrderLine.objects.filter(pk__in=[one.line_id for key, one in known.items() if key not in still]).delete()
    last = max((one.line.number for one in known.values()), default=0)
    for one, variant in zip(said.lines, variants, strict=True):
        outside_line = known.get(one.outside_id)
        if outside_line is None:
            last += 1
            outside_line = OutsideLine(
                outside_order=outside, outside_id=one.outside_id, line=OrderLine(order=order, number=last)
            )
        _put_line(outside_line.line, one, variant, has_gone=said.state == OrderState.COMPLETED)
        outside_line.line.save()
        outside_line.line = outside_line.line  # now that it has an id
        outside_line.taxes = [list(tax) for tax in one.taxes]
        outside_line.save()
    OrderExtra.objects.filter(order=order).delete()
    OrderExtra.objects.bulk_create(
        OrderExtra(order=order, kind=one.kind, text=one.text, percent=one.percent, net_minor=one.net, tax_minor=one.tax)
        for one in said.extras
    )


def _put_line(line: OrderLine, said: ShopLine, variant: Variant, *, has_gone: bool) -> None:
    line.variant, line.sku, line.title, line.options = variant, said.sku or variant.sku, said.title, variant.options
    line.parts, line.is_service = [], variant.product.kind == ProductKind.SERVICE
    line.pieces, line.unit_minor, line.discount_minor = said.pieces, said.unit, said.discount
    line.includes_tax, line.percent = said.includes_tax, said.percent
    line.net_minor, line.tax_minor = said.net, said.tax
    line.shipped = line.delivered = said.pieces if has_gone else 0


def _variants(lines: Sequence[ShopLine], shop: OutsideShop) -> list[Variant]:
    found: Mapping[str, Variant] = {
        one.sku: one
        for one in Variant.objects.filter(sku__in={line.sku for line in lines}).select_related("product")
        if one.sku
    }
    unknown = next((line for line in lines if line.sku not in found), None)
    if unknown is None:
        return [found[line.sku] for line in lines]
    if shop.stand_in_id is None:
        words = _(
            "There is no article %(sku)s (%(title)s). Bring it into the catalogue, or choose an article that stands for it."
        )
        raise NotPossible(words % {"sku": unknown.sku or "–", "title": unknown.title[:60]})
    instead = Variant.objects.select_related("product").get(pk=shop.stand_in_id)
    return [found.get(line.sku, instead) for line in lines]


def put_money(outside: OutsideOrder, said: ShopOrder, at: datetime, *, is_erased: bool) -> None:
    """
    What the shop took and gave back. A refund with a key of ours is the one that was asked for: it is done, whether or not its answer
    came. One that the shop took back again stays, with when.
    """
    outside.paid_at = said.paid_at
    if not is_erased:
        outside.paid_by, outside.paid_reference = said.paid_by, said.paid_reference
    outside.refunded_minor = said.refunded
    known = {one.outside_id: one for one in OutsideRefund.objects.filter(outside_order=outside)}
    for refund in said.refunds:
        one = known.pop(refund.outside_id, None) or OutsideRefund(
            outside_order=outside, outside_id=refund.outside_id, reason="" if is_erased else refund.reason
        )
        one.minor, one.made_at, one.gone_at = refund.minor, refund.made_at, None
        one.lines = [list(line) for line in refund.lines]
        if refund.key:
            one.outgoing = Outgoing.objects.filter(outside_order=outside, key=refund.key).first()
        one.save()
        if one.outgoing_id:
            Outgoing.objects.filter(pk=one.outgoing_id).exclude(state=OutgoingState.DONE).update(
                state=OutgoingState.DONE, next_try_at=None, done_at=at, words=""
            )
    OutsideRefund.objects.filter(pk__in=[one.pk for one in known.values()], gone_at=None).update(gone_at=at)


def is_erased(customer_id: int) -> bool:
    """Whether this customer was erased: then nothing personal of theirs comes in again."""
    return Customer.objects.filter(pk=customer_id).exclude(erased_at=None).exists()
