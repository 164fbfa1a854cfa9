"""Placing an order: priced, taxed, its goods kept, and paid or on account, in one transaction. Used by the act, by imports and by tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from onhand.catalogue.taxes import Taxed
from onhand.coupons.using import Redemption, redeemable, use
from onhand.customers.addresses import InvalidAddress, read_address
from onhand.customers.membership import member_ids
from onhand.customers.models import Customer
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from onhand.kernel.money import Money
from onhand.kernel.references import reference_code
from onhand.orders import goods
from onhand.orders.amounts import Priced, Totals, line_amount, taken_apart
from onhand.orders.enums import ChangeKind, ExtraKind
from onhand.orders.invoices import invoice_services
from onhand.orders.models import Order, OrderExtra, OrderLine
from onhand.orders.noting import By, follow_state, note_change
from onhand.orders.pricing import Offer, Wanted, offers
from onhand.orders.settling import Settlement, charge, mark_paid, usable_method
from onhand.orders.subjects import ORDER
from onhand.payments.models import PaymentMethod

ADDRESS = ("address_lines", "postal_code", "city", "region", "country")
DAYS_TO_RETURN = 30


@dataclass(frozen=True, slots=True)
class Extra:
    """What is charged beside the lines, in minor units and priced like them."""

    kind: ExtraKind
    minor: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be ordered: rows with their discounts, what is charged beside, a discount on everything, and where it goes."""

    wanted: Sequence[Wanted]
    currency: str
    address: Mapping[str, Any]
    extras: Sequence[Extra] = ()
    discount: int = 0
    note: str = ""
    coupon: str = ""


def next_references(count: int, prefix: str = "A") -> list[str]:
    """Several reference codes no order (or with R, no return) has had before."""
    sequence = {"A": "orders_reference", "R": "orders_return_reference"}[prefix]
    found = run_prepared("select nextval(%s::text::regclass) from generate_series(1, %s::int)", [sequence, count])
    return [f"{prefix}-{reference_code(number)}" for (number,) in found]


def address_for(customer: Customer, given: Mapping[str, str]) -> dict[str, Any]:
    """
    Where an order goes: as given, or where the customer lives if nothing is given.

    :raises ArgumentsInvalid: it is not an address of its country; names the fields.
    """
    typed = {part: given.get(part, "") for part in ADDRESS}
    if not any(typed[part] for part in ADDRESS[:-1]):
        typed = {part: getattr(customer, part) for part in ADDRESS}
    try:
        read = read_address(**typed)
    except InvalidAddress as error:
        raise ArgumentsInvalid(error.fields) from None
    return {"name": given.get("name") or customer.name, **{part: getattr(read, part) for part in ADDRESS}}


def place(
    customer: Customer, basket: Basket, pay: Sequence[tuple[int, Money | None]], *, by: By
) -> tuple[Order, Settlement]:
    """
    Place an order for a customer whose row is locked. Stock is kept, then payments are taken.

    :raises NotPossible: something is not sold, not there, or cannot be paid like that.
    """
    members = member_ids(customer.pk)
    offered = offers(
        basket.wanted, basket.currency, customer_ids=members, address=basket.address, on=company_day(by.at)
    )
    order = Order(
        reference=next_references(1)[0],
        customer=customer,
        currency=basket.currency,
        address=dict(basket.address),
        placed_at=by.at,
        placed_by_name=by.name,
        note=basket.note,
    )
    redemption = _redeemable(basket, offered, members, by)
    if redemption is not None:
        basket = replace(basket, discount=basket.discount + redemption.off.minor)
    lines, extras = build(order, offered, basket)
    order.save(force_insert=True)
    if redemption is not None:
        use(redemption, customer=customer, document=(ORDER, order.pk), at=by.at)
    _store(order, lines, extras)
    goods.keep([line for line in lines if not line.is_service], at=by.at, customer_id=customer.pk)
    invoice_services(order, lines, by)
    settlement = settlement_of(order, lines, extras)
    ways = pay_order(order, members, pay, by)
    settlement.ways = ways
    follow_state(order, by.at, lines)
    order.save()
    after = snapshot_lines(order, lines) | {"total": Money(order.gross_minor, order.currency).as_json()}
    if redemption is not None:
        after |= {"coupon": redemption.coupon.code, "coupon_takes_off": redemption.off.as_json()}
    note_change(order, ChangeKind.PLACED, by, after=after, settlement=settlement.as_json())
    return order, settlement


def build(order: Order, offered: Sequence[Offer], basket: Basket) -> tuple[list[OrderLine], list[OrderExtra]]:
    """The lines and extras of an order with their amounts, and its totals; nothing is stored."""
    discounts = _discounts(offered, basket)
    lines = [
        offer.line(number, one.pieces, discount)
        for number, (offer, one, discount) in enumerate(zip(offered, basket.wanted, discounts, strict=True), 1)
    ]
    priced = [priced_line(line, basket.currency) for line in lines]
    rate, includes = _rate_beside(priced)
    extras = [
        OrderExtra(kind=one.kind, text=one.text, percent=rate, net_minor=0, tax_minor=0)
        for one in basket.extras
        if one.minor
    ]
    beside = [Priced(Money(one.minor, basket.currency), rate, includes) for one in basket.extras if one.minor]
    taxed, totals = taken_apart([*priced, *beside])
    rows: list[OrderLine | OrderExtra] = [*lines, *extras]
    for row, parts in zip(rows, taxed, strict=True):
        put_amounts(row, parts)
    put_totals(order, totals, sum(discounts))
    return lines, extras


def _redeemable(basket: Basket, offered: Sequence[Offer], members: Sequence[int], by: By) -> Redemption | None:
    """The coupon of the basket, locked, and what it takes off what its lines come to; None without one."""
    if not basket.coupon:
        return None
    whole = sum(one.minor for one in _amounts(offered, basket)) - basket.discount
    total = Money(max(whole, 0), basket.currency)
    return redeemable(basket.coupon, customer_ids=members, total=total, on=company_day(by.at))


def _amounts(offered: Sequence[Offer], basket: Basket) -> list[Money]:
    """What each row comes to, its own discount taken off."""
    return [
        line_amount(offer.price.amount, one.pieces, Money(one.discount, basket.currency))
        for offer, one in zip(offered, basket.wanted, strict=True)
    ]


def _discounts(offered: Sequence[Offer], basket: Basket) -> list[int]:
    """The discount of each row: its own, and its share of the one on everything."""
    amounts = _amounts(offered, basket)
    whole = sum(one.minor for one in amounts)
    if basket.discount > whole:
        raise NotPossible(_("A discount cannot be more than what it is given on."), field="discount")
    if not basket.discount:
        return [one.discount for one in basket.wanted]
    shares = Money(basket.discount, basket.currency).allocate([one.minor for one in amounts])
    return [one.discount + part.minor for one, part in zip(basket.wanted, shares, strict=True)]


def priced_line(line: OrderLine, currency: str) -> Priced:
    """A line as it is to be taxed."""
    amount = line_amount(Money(line.unit_minor, currency), line.pieces, Money(line.discount_minor, currency))
    return Priced(amount, line.percent, line.includes_tax)


def _rate_beside(priced: Sequence[Priced]) -> tuple[Decimal, bool]:
    """Shipping and fees are taxed like the goods they go with: at the rate of the largest amount."""
    most: dict[tuple[Decimal, bool], int] = {}
    for one in priced:
        key = one.percent, one.includes_tax
        most[key] = most.get(key, 0) + one.amount.minor
    return max(most, key=lambda key: (most[key], key[0]))


def put_amounts(row: OrderLine | OrderExtra, taxed: Taxed) -> None:
    """Note what a row costs without tax, and its tax."""
    row.net_minor, row.tax_minor = taxed.net.minor, taxed.tax.minor


def put_totals(order: Order, totals: Totals, discount: int) -> None:
    """Note what an order comes to."""
    order.net_minor, order.tax_minor, order.gross_minor = totals.net, totals.tax, totals.gross
    order.discount_minor = discount


def _store(order: Order, lines: Sequence[OrderLine], extras: Sequence[OrderExtra]) -> None:
    for line in lines:
        line.order = order
    for one in extras:
        one.order = order
    OrderLine.objects.bulk_create(lines)
    OrderExtra.objects.bulk_create(extras)


def settlement_of(order: Order, lines: Sequence[OrderLine], extras: Sequence[OrderExtra]) -> Settlement:
    """How an order's sum comes about: every line, and what is beside."""
    settlement = Settlement(order.currency)
    for line in lines:
        settlement.add(line.title, Money(line.gross_minor, order.currency), line.pieces)
    for one in extras:
        named = one.text or str(ExtraKind(one.kind).label)
        settlement.add(named, Money(one.gross_minor, order.currency))
    return settlement


def pay_order(
    order: Order, customer_ids: Sequence[int], pay: Sequence[tuple[int, Money | None]], by: By
) -> list[dict[str, Any]]:
    """
    Take an order's sum by these methods (id, amount; one of them without an amount takes what is left).

    :raises NotPossible: the amounts do not come to the sum, or a method is not this customer's.
    """
    methods = [usable_method(customer_ids, number, "payments") for number, _amount in pay]
    if order.gross_minor == 0:
        order.paid_at = by.at
        return []
    ways = charge(order, _shared_out(order, methods, pay), f"order:{order.pk}:placed", by)
    mark_paid(order, by.at)
    return ways


def _shared_out(
    order: Order, methods: Sequence[PaymentMethod], pay: Sequence[tuple[int, Money | None]]
) -> list[tuple[PaymentMethod, Money]]:
    if not methods:
        raise NotPossible(_("Say how this is paid."), field="payments")
    if len({one.pk for one in methods}) < len(methods):
        raise NotPossible(_("Give each payment method once."), field="payments")
    given = [amount for _method, amount in pay]
    if any(one is not None and (one.currency != order.currency or one.minor <= 0) for one in given):
        words = {"currency": order.currency}
        raise NotPossible(_("Give amounts above nothing, in %(currency)s.") % words, field="payments")
    left = Money(order.gross_minor - sum(one.minor for one in given if one is not None), order.currency)
    if given.count(None) > 1 or left.minor < 0 or (left.minor > 0) != (None in given):
        words = {"total": Money(order.gross_minor, order.currency).formatted()}
        raise NotPossible(_("The amounts must come to %(total)s.") % words, field="payments")
    return [(method, amount if amount is not None else left) for method, amount in zip(methods, given, strict=True)]


def snapshot_lines(order: Order, lines: Sequence[OrderLine]) -> dict[str, Any]:
    """The lines as records of changes hold them."""
    return {
        "lines": [
            {
                "number": line.number,
                "sku": line.sku,
                "article": line.title,
                "pieces": line.pieces,
                "unit": Money(line.unit_minor, order.currency).as_json(),
                "amount": Money(line.gross_minor, order.currency).as_json(),
            }
            for line in lines
        ]
    }


def returnable_until(order: Order) -> datetime | None:
    """Until when goods can be sent back without a fault; None before delivery."""
    return order.delivered_at + timedelta(days=DAYS_TO_RETURN) if order.delivered_at else None
