"""What is changed on an order before it is shipped, and what is given out of goodwill."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.identification.level import IDENTIFIED
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.orders import access, changing, discounting
from onhand.orders.enums import ChangeKind, GoodwillKind, OrderState
from onhand.orders.events import OrderChanged
from onhand.orders.invoices import credit_goodwill
from onhand.orders.models import Order
from onhand.orders.noting import By, next_number, note_change
from onhand.orders.offering import LINE_OF_ORDER, LINE_WITH_DISCOUNT, METHOD_OF_ORDER, to_change
from onhand.orders.order_acts import RefundTo
from onhand.orders.placing import address_for
from onhand.orders.pricing import Wanted, money_in, offers
from onhand.orders.rows import OptionRow, PiecesRow, once
from onhand.orders.settling import Settlement, alternative, refund, usable_method
from onhand.orders.subjects import ORDER

Method = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Difference paid by"),
        reference=METHOD_OF_ORDER,
        help=gettext_lazy("Empty: as the order was paid."),
    ),
]
Lines = Annotated[
    str,
    Field(
        label=gettext_lazy("Street and number"),
        widget="textarea",
        max_length=300,
        current=lambda order: order.address.get("address_lines", ""),
    ),
]


def _current(name: str) -> Any:
    return lambda order: order.address.get(name, "")


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Change where it goes"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
    name="orders.change_address",
)
def change_address(
    order: Order,
    *,
    run: Run,
    address_lines: Lines,
    country: Annotated[str, Field(label=gettext_lazy("Country"), widget="country", current=_current("country"))],
    postal_code: Annotated[
        str, Field(label=gettext_lazy("Postal code"), max_length=20, current=_current("postal_code"))
    ] = "",
    city: Annotated[str, Field(label=gettext_lazy("City"), max_length=100, current=_current("city"))] = "",
    region: Annotated[str, Field(label=gettext_lazy("Region"), max_length=100, current=_current("region"))] = "",
    recipient: Annotated[str, Field(label=gettext_lazy("Goes to"), max_length=300, current=_current("name"))] = "",
) -> None:
    """Send an order of which nothing has been shipped to another address."""
    lines = changing.require_unshipped(order)
    before = dict(order.address)
    given = {
        "name": recipient or before.get("name", ""),
        "address_lines": address_lines,
        "postal_code": postal_code,
        "city": city,
        "region": region,
        "country": country,
    }
    address = address_for(order.customer, given)
    if address == before:
        raise NotPossible(_("Nothing would change."))
    if (address["country"], address["region"]) != (before.get("country"), before.get("region")):
        _require_same_tax(order, lines, address, run)
    order.address = address
    note_change(order, ChangeKind.ADDRESS, By.of(run), before={"address": before}, after={"address": address})
    Settlement(order.currency).tell(run)
    run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.ADDRESS)))


def _require_same_tax(order: Order, lines: list[Any], address: Mapping[str, Any], run: Run) -> None:
    """An order keeps its prices with their tax: where another tax applies it is placed anew."""
    own = [line for line in lines if line.pieces]
    wanted = [Wanted(line.variant_id, line.pieces) for line in own]
    there = offers(
        wanted, order.currency, customer_ids=[order.customer_id], address=address, on=company_day(order.placed_at)
    )
    if any(line.percent != offer.percent for line, offer in zip(own, there, strict=True)):
        raise NotPossible(_("Another tax applies there. Cancel this order and place it anew."), field="country")


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Change how it is paid"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
)
def change_payment_method(
    order: Order,
    *,
    run: Run,
    method: Annotated[int, Field(label=gettext_lazy("Payment method"), reference=METHOD_OF_ORDER)],
) -> None:
    """Pay an order of which nothing has been shipped by another payment method: what was paid goes back to where it came from."""
    settlement = changing.change_method(order, usable_method(order, method, "method"), By.of(run))
    settlement.tell(run)
    run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.METHOD)))


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Change how many"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
)
def change_lines(
    order: Order,
    *,
    run: Run,
    rows: Annotated[
        list[PiecesRow],
        Field(label=gettext_lazy("Lines"), rows=to_change, help=gettext_lazy("0 takes a line off the order.")),
    ],
    method: Method = None,
) -> None:
    """Order more or fewer pieces of lines, while nothing has been shipped. Each keeps its price; the difference is paid or given back."""
    chosen = None if method is None else usable_method(order, method, "method")
    wanted = once([(row.line, row.pieces) for row in rows])
    settlement = changing.change_pieces(order, wanted, By.of(run), chosen)
    settlement.tell(run)
    run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.LINES)))


@act(
    subject=ORDER,
    permission=access.CHANGE,
    label=gettext_lazy("Change options"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
)
def change_options(
    order: Order,
    *,
    run: Run,
    rows: Annotated[list[OptionRow], Field(label=gettext_lazy("Lines"), rows=to_change)],
    method: Method = None,
) -> None:
    """Send other variants of the same products, while nothing has been shipped. A difference in price is paid or given back."""
    chosen = None if method is None else usable_method(order, method, "method")
    wanted = once([(row.line, row.variant) for row in rows])
    settlement = changing.change_variants(order, wanted, chosen, By.of(run))
    settlement.tell(run)
    run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.OPTIONS)))


def _discount(order: Order, *, line: int, amount: Money | None, percent: str, **_rest: Any) -> Mapping[str, Any]:
    """What is taken off, for the authority."""
    return {"discount": discounting.off(order, line, amount, percent)}


@act(
    subject=ORDER,
    permission=access.DISCOUNT_LINE,
    label=gettext_lazy("Give a discount on a line"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
    facts=_discount,
    gives="discount",
)
def discount_line(
    order: Order,
    *,
    run: Run,
    line: Annotated[int, Field(label=gettext_lazy("Line"), reference=LINE_OF_ORDER)],
    reason: Annotated[str, Field(label=gettext_lazy("What for"), max_length=200)],
    amount: Annotated[
        Money | None,
        Field(
            label=gettext_lazy("Amount"),
            help=gettext_lazy("Taken off the line's price, with tax where the price has it."),
        ),
    ] = None,
    percent: Annotated[
        str,
        Field(
            label=gettext_lazy("Or share in per cent"),
            max_length=6,
            help=gettext_lazy("Of what the line comes to now."),
        ),
    ] = "",
) -> None:
    """Take an amount or a share off one line of an order of which nothing has been shipped. What was paid too much is given back."""
    changing.require_unshipped(order)
    given = discounting.off(order, line, amount, percent)
    settlement = discounting.discount_line(order, line, given, reason, By.of(run))
    run.changed("discount", after=given.as_json())
    settlement.tell(run)
    run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.DISCOUNT)))


@act(
    subject=ORDER,
    permission=access.DISCOUNT_LINE,
    label=gettext_lazy("Take back a discount"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
)
def take_back_discount(
    order: Order,
    *,
    run: Run,
    line: Annotated[int, Field(label=gettext_lazy("Line"), reference=LINE_WITH_DISCOUNT)],
    reason: Annotated[str, Field(label=gettext_lazy("Why"), max_length=200)],
    amount: Annotated[Money | None, Field(label=gettext_lazy("Amount"), help=gettext_lazy("Empty: all of it."))] = None,
    method: Method = None,
) -> None:
    """Take back a discount given on one line of an order of which nothing has been shipped. What comes due is paid as the order is."""
    discounting.require_open(order, line)
    given = discounting.on_line(order, line, amount)
    chosen = None if method is None else usable_method(order, method, "method")
    settlement = discounting.take_back(order, line, given, reason, By.of(run), chosen)
    run.changed("discount_taken_back", after=given.as_json())
    settlement.tell(run)
    run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.DISCOUNT_BACK)))


def _goodwill(_order: Order, *, amount: Money, **_rest: Any) -> Mapping[str, Any]:
    return {"amount": amount}


@act(
    subject=ORDER,
    permission=access.GOODWILL,
    label=gettext_lazy("Give goodwill"),
    protects=IDENTIFIED,
    scope=access.ORDERS,
    facts=_goodwill,
    gives="amount",
)
def add_goodwill(
    order: Order,
    *,
    run: Run,
    amount: Annotated[Money, Field(label=gettext_lazy("Amount"))],
    reason: Annotated[str, Field(label=gettext_lazy("What for"), max_length=200)],
    given_as: Annotated[
        GoodwillKind,
        Field(
            label=gettext_lazy("What it is"),
            help=gettext_lazy(
                "Tax is given back with a reduction of the price only, at the rates of what was ordered."
            ),
        ),
    ] = GoodwillKind.COMPENSATION,
    on_account: Annotated[
        bool,
        Field(
            label=gettext_lazy("Leave it on their account"),
            help=gettext_lazy("Otherwise it is given back as the order was paid."),
        ),
    ] = False,
    refund_to: RefundTo = None,
) -> None:
    """Give the customer an amount for what went wrong with an order, without anything coming back."""
    minor = money_in(order.currency, amount, "amount", most=order.gross_minor - order.goodwill_minor)
    if not minor:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    if order.state == OrderState.CANCELLED:
        raise NotPossible(_("This order was cancelled."))
    to = alternative(order, refund_to, "refund_to")
    by = By.of(run)
    settlement = Settlement(order.currency)
    settlement.add(reason, -amount)
    key = f"goodwill:{order.pk}:{next_number(order)}"
    note = credit_goodwill(order, amount, key=key, reason=reason, by=by, kind=given_as)
    if not on_account:
        _given, settlement.ways = refund(order, amount, to=to, document=("order", order.pk), key=key, by=by)
    after = {"goodwill": amount.as_json(), "reason": reason, "credit_note": [note.label]}
    note_change(order, ChangeKind.GOODWILL, by, after=after, settlement=settlement.as_json())
    order.goodwill_minor += minor
    run.changed("credit_note", after=note.label)
    settlement.tell(run)
    run.publish(OrderChanged(order.pk, order.customer_id, str(ChangeKind.GOODWILL)))
