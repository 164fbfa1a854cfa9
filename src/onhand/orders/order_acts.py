"""Placing an order for a customer, and cancelling it."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.arguments import Country
from onhand.customers.identification.level import IDENTIFIED
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.orders import access, cancelling, changing, placing
from onhand.orders.enums import CancelReason, ChangeKind, ExtraKind, OrderState
from onhand.orders.events import OrderCancelled, OrderChanged, OrderPlaced
from onhand.orders.models import Order
from onhand.orders.noting import By
from onhand.orders.offering import REFUND_TO, to_cancel
from onhand.orders.placing import Basket, Extra
from onhand.orders.pricing import Wanted, currencies, money_in, usual_currency
from onhand.orders.rows import ItemRow, PayRow, PiecesRow, once
from onhand.orders.settling import alternative, paid_so_far
from onhand.orders.subjects import ORDER

Optional = Annotated[Money | None, Field(label=gettext_lazy("Amount"))]
RefundTo = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Money back to"),
        reference=REFUND_TO,
        help=gettext_lazy("Empty: to where it came from."),
    ),
]


def _discount(_customer: Customer, *, discount: Money | None, **_rest: Any) -> Mapping[str, Any]:
    """What is given off, for the authority."""
    return {"discount": discount} if discount else {}


@act(
    subject=CUSTOMER,
    permission=access.CHANGE,
    label=gettext_lazy("Place an order"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
    only_adds=True,
    row_only=True,
    facts=_discount,
    gives="discount",
)
def place_order(
    customer: Customer,
    *,
    run: Run,
    rows: Annotated[list[ItemRow], Field(label=gettext_lazy("Articles"))],
    payments: Annotated[list[PayRow], Field(label=gettext_lazy("Paid by"))],
    shipping: Annotated[Money | None, Field(label=gettext_lazy("Shipping"))] = None,
    fee: Annotated[Money | None, Field(label=gettext_lazy("Fee"))] = None,
    discount: Annotated[Money | None, Field(label=gettext_lazy("Discount on everything"))] = None,
    coupon: Annotated[str, Field(label=gettext_lazy("Coupon"), max_length=30)] = "",
    currency: Annotated[
        str,
        Field(label=gettext_lazy("Currency"), options=currencies, help=gettext_lazy("Empty: that of their country.")),
    ] = "",
    recipient: Annotated[
        str, Field(label=gettext_lazy("Goes to"), max_length=300, help=gettext_lazy("Empty: the customer."))
    ] = "",
    address_lines: Annotated[
        str,
        Field(
            label=gettext_lazy("Street and number"),
            widget="textarea",
            max_length=300,
            help=gettext_lazy("Empty: where the customer lives."),
        ),
    ] = "",
    postal_code: Annotated[str, Field(label=gettext_lazy("Postal code"), max_length=20)] = "",
    city: Annotated[str, Field(label=gettext_lazy("City"), max_length=100)] = "",
    region: Annotated[str, Field(label=gettext_lazy("Region"), max_length=100)] = "",
    country: Country = "",
    note: Annotated[str, Field(label=gettext_lazy("Note"), max_length=500)] = "",
) -> None:
    """Place an order for the customer: its goods are kept for them, and it is paid by one or several of their payment methods."""
    chosen = currency or usual_currency(customer)
    if chosen not in dict(currencies()):
        raise NotPossible(_("There are no prices in this currency."), field="currency")
    given = {
        "name": recipient,
        "address_lines": address_lines,
        "postal_code": postal_code,
        "city": city,
        "region": region,
        "country": country or customer.country,
    }
    wanted = [Wanted(row.variant, row.pieces) for row in rows]
    off = money_in(chosen, discount, "discount")
    if off and not run.actor.may(access.DISCOUNT):
        raise NotPermitted(access.DISCOUNT)
    extras = [
        Extra(ExtraKind.SHIPPING, money_in(chosen, shipping, "shipping", most=10**9)),
        Extra(ExtraKind.FEE, money_in(chosen, fee, "fee", most=10**9)),
    ]
    basket = Basket(wanted, chosen, placing.address_for(customer, given), extras, off, note, coupon)
    order, settlement = placing.place(customer, basket, [(one.method, one.amount) for one in payments], by=By.of(run))
    run.changed("order", after={"id": order.pk, "reference": order.reference, "order_state": str(order.state)})
    settlement.tell(run)
    run.publish(OrderPlaced(order.pk, order.customer_id, order.gross_minor, order.currency))


def _paid(order: Order, **_rest: Any) -> Mapping[str, Any]:
    """What was paid and goes back, for the authority."""
    return {"refund": paid_so_far(order, locks=False)}


def _paid_for_the_rest(order: Order, **_rest: Any) -> Mapping[str, Any]:
    """What the rest comes to, for the authority."""
    return {"refund": cancelling.refund_of(order)}


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Cancel the order"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
    facts=_paid,
)
def cancel_order(
    order: Order,
    *,
    run: Run,
    reason: Annotated[CancelReason, Field(label=gettext_lazy("Reason"))],
    refund_to: RefundTo = None,
) -> None:
    """Cancel an order of which nothing has been shipped. What was paid is given back."""
    to = alternative(order, refund_to, "refund_to")
    settlement = changing.cancel(order, reason, to, By.of(run))
    settlement.tell(run)
    run.publish(OrderCancelled(order.pk, order.customer_id, str(reason)))


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Cancel the rest"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
    facts=_paid_for_the_rest,
)
def cancel_rest(
    order: Order,
    *,
    run: Run,
    reason: Annotated[CancelReason, Field(label=gettext_lazy("Reason"))],
    refund_to: RefundTo = None,
) -> None:
    """Cancel what has not been shipped of an order of which something has. What was paid for it is given back; what was shipped stands."""
    to = alternative(order, refund_to, "refund_to")
    settlement = cancelling.cancel_rest(order, reason, to, By.of(run))
    settlement.tell(run)
    run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.REST_CANCELLED)))


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Cancel pieces"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
)
def cancel_pieces(
    order: Order,
    *,
    run: Run,
    rows: Annotated[list[PiecesRow], Field(label=gettext_lazy("What is cancelled"), rows=to_cancel)],
    reason: Annotated[CancelReason, Field(label=gettext_lazy("Reason"))],
    refund_to: RefundTo = None,
) -> None:
    """Cancel pieces that have not been shipped and give back what was paid for them. If nothing is left, the order is cancelled."""
    to = alternative(order, refund_to, "refund_to")
    wanted = once([(row.line, row.pieces) for row in rows])
    settlement = cancelling.cancel_pieces(order, wanted, reason, to, By.of(run))
    settlement.tell(run)
    if order.state == OrderState.CANCELLED:
        run.publish(OrderCancelled(order.pk, order.customer_id, str(reason)))
    else:
        run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.PIECES_CANCELLED)))
