"""Orders of outside shops: kept as the shop says, and what the shop is asked to do with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.connectors import access, keeping
from onhand.connectors.asking import ask_to_cancel, ask_to_complete, ask_to_refund, left_of, refundable_rows, worth_of
from onhand.connectors.models import OutsideOrder
from onhand.customers.identification.level import IDENTIFIED
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.orders import access as orders
from onhand.orders.enums import CancelReason, ChangeKind, OrderState
from onhand.orders.events import OrderCancelled, OrderChanged, OrderPlaced
from onhand.orders.models import Order
from onhand.orders.noting import By, note_change
from onhand.orders.placing import next_references
from onhand.orders.subjects import ORDER, on_orders_elsewhere

on_orders_elsewhere(
    *(
        "connectors.follow_order",
        "connectors.cancel_at_shop",
        "connectors.complete_at_shop",
        "connectors.refund_at_shop",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackRow:
    """So many pieces of a line that are given back."""

    line: Annotated[int, Field(label=gettext_lazy("Line"), widget="hidden")]
    pieces: Annotated[int, Field(label=gettext_lazy("Pieces"))]


@act(subject=ORDER, creates=True, permission=access.FOLLOW, label=gettext_lazy("Keep an order of an outside shop"))
def keep_order(
    *,
    run: Run,
    outside_order: Annotated[int, Field(label=gettext_lazy("Order of the shop"))],
    customer: Annotated[int, Field(label=gettext_lazy("Customer"))],
) -> Order:
    """Keep an order as an outside shop says it is. Nothing of it is booked here. The product does this for every new order."""
    outside = OutsideOrder.objects.select_related("shop").filter(pk=outside_order, order=None).first()
    if outside is None or outside.said is None:
        raise NotPossible(_("The shop has said nothing new of this order."), field="outside_order")
    said = keeping.unpacked(outside.said)
    order = Order(
        reference=next_references(1)[0],
        customer_id=customer,
        from_system=outside.shop.name,
        placed_by_name=outside.shop.name,
    )
    keeping.put_order(order, said, is_erased=False)
    order.save(force_insert=True)
    keeping.put_lines(order, outside, said, outside.shop)
    keeping.put_money(outside, said, run.at, is_erased=False)
    outside.order = order
    outside.save(update_fields=["order", "paid_at", "paid_by", "paid_reference", "refunded_minor"])
    by = By(said.placed_at, outside.shop.name)
    note_change(order, ChangeKind.PLACED, by, after=keeping.snapshot(order, outside))
    run.publish(OrderPlaced(order.pk, order.customer_id, order.gross_minor, order.currency))
    return order


@act(subject=ORDER, permission=access.FOLLOW, label=gettext_lazy("Follow the outside shop"))
def follow_order(order: Order, *, run: Run) -> None:
    """Put an order right as the outside shop now says it is. The product does this whenever the shop changed it."""
    outside = OutsideOrder.objects.select_related("shop").filter(order=order).first()
    if outside is None or outside.said is None:
        raise NotPossible(_("The shop has said nothing new of this order."))
    said = keeping.unpacked(outside.said)
    before, was = keeping.snapshot(order, outside), order.state
    is_erased = keeping.is_erased(order.customer_id)
    keeping.put_order(order, said, is_erased=is_erased)
    keeping.put_lines(order, outside, said, outside.shop)
    keeping.put_money(outside, said, run.at, is_erased=is_erased)
    outside.save(update_fields=["paid_at", "paid_by", "paid_reference", "refunded_minor"])
    after = keeping.snapshot(order, outside)
    changed = [key for key in after if after[key] != before[key]]
    if not changed:
        return
    note_change(
        order,
        ChangeKind.OUTSIDE,
        By(run.at, outside.shop.name),
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )
    if "refund" in changed:
        run.changed("refund", before=before["refund"], after=after["refund"])
    if order.state == OrderState.CANCELLED and was != OrderState.CANCELLED:
        run.publish(OrderCancelled(order.pk, order.customer_id, str(order.cancel_reason)))
    else:
        run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.OUTSIDE)))


def _left(order: Order, *, give_back: bool, **_rest: Any) -> Mapping[str, Any]:
    """What goes back with a cancellation, for the authority."""
    left = left_of(order) if give_back else None
    return {"refund": left} if left else {}


def _given_back(order: Order, *, rows: list[BackRow] | None, amount: Money | None, **_rest: Any) -> Mapping[str, Any]:
    """What goes back, for the authority."""
    wanted = amount or worth_of(order, {row.line: row.pieces for row in rows or [] if row.pieces})
    return {"refund": wanted} if wanted else {}


@act(
    subject=ORDER,
    permission=access.ASK,
    label=gettext_lazy("Cancel at the shop"),
    protects=IDENTIFIED,
    scope=orders.ORDERS,
    facts=_left,
    gives="refund",
)
def cancel_at_shop(
    order: Order,
    *,
    run: Run,
    reason: Annotated[CancelReason, Field(label=gettext_lazy("Reason"))],
    give_back: Annotated[
        bool,
        Field(
            label=gettext_lazy("Give back what was paid"),
            help=gettext_lazy("By the way it was paid, as far as the shop can do that."),
        ),
    ] = True,
) -> None:
    """Have the outside shop cancel an order of which nothing has gone. The order changes here once the shop has done it."""
    asked = ask_to_cancel(order, str(CancelReason(reason).label), give_back=give_back, at=run.at, by=run.actor.name)
    run.changed("asked_of_shop", after=asked)


@act(
    subject=ORDER,
    permission=access.ASK,
    label=gettext_lazy("Complete at the shop"),
    protects=IDENTIFIED,
    scope=orders.ORDERS,
)
def complete_at_shop(order: Order, *, run: Run) -> None:
    """Tell the outside shop that an order has gone to the customer. The order changes here once the shop has done it."""
    run.changed("asked_of_shop", after=ask_to_complete(order, at=run.at, by=run.actor.name))


@act(
    subject=ORDER,
    permission=access.ASK,
    label=gettext_lazy("Give back at the shop"),
    protects=IDENTIFIED,
    scope=orders.ORDERS,
    facts=_given_back,
    gives="refund",
)
def refund_at_shop(
    order: Order,
    *,
    run: Run,
    reason: Annotated[
        str, Field(label=gettext_lazy("Reason"), max_length=120, help=gettext_lazy("The shop tells the customer."))
    ],
    rows: Annotated[list[BackRow] | None, Field(label=gettext_lazy("What comes back"), rows=refundable_rows)] = None,
    amount: Annotated[
        Money | None,
        Field(label=gettext_lazy("Amount"), help=gettext_lazy("Empty: what these pieces cost.")),
    ] = None,
    by_hand: Annotated[
        bool,
        Field(
            label=gettext_lazy("The money goes by hand"),
            help=gettext_lazy("The shop only notes it. Else it pays it back by the way it was paid."),
        ),
    ] = False,
    restock: Annotated[bool, Field(label=gettext_lazy("Back in the shop's stock"))] = False,
) -> None:
    """Have the outside shop give money back: for pieces of lines, or an amount. It is asked once, however often it does not answer."""
    pieces = {row.line: row.pieces for row in rows or [] if row.pieces}
    asked = ask_to_refund(
        order,
        reason,
        pieces=pieces,
        amount=amount,
        moves_money=not by_hand,
        restocks=restock,
        at=run.at,
        by=run.actor.name,
    )
    run.changed("asked_of_shop", after=asked)
