"""
A discount on one line of an order of which nothing has been shipped: an amount, or a share of what the line comes to; and taking it back,
by the same measure.
"""

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.orders.changing import add_rounding, price_anew, require_unshipped, settled
from onhand.orders.enums import ChangeKind, OrderState
from onhand.orders.models import Order, OrderLine
from onhand.orders.noting import By, lines_of
from onhand.orders.placing import snapshot_lines
from onhand.orders.pricing import money_in
from onhand.orders.settling import Settlement
from onhand.payments.models import PaymentMethod


def discountable(line: OrderLine, currency: str) -> Money:
    """What can be taken off a line at most: its price as it is priced (with tax or without), less what is off already."""
    return Money(line.unit_minor * line.pieces - line.discount_minor, currency)


def off(order: Order, line_id: int, amount: Money | None, percent: str) -> Money:
    """
    What is taken off a line, by an amount or a share of what it comes to.

    :raises NotPossible: both or neither are given, the line is not of this order, or it is nothing or more than the line.
    """
    if (amount is None) == (not percent.strip()):
        raise NotPossible(_("Give an amount or a share."), field="amount")
    line = OrderLine.objects.filter(pk=line_id, order=order, is_service=False, pieces__gt=0).first()
    if line is None:
        raise NotPossible(_("Choose lines of this order."), field="line")
    most = discountable(line, order.currency)
    if amount is not None:
        given = Money(money_in(order.currency, amount, "amount", most=most.minor), order.currency)
    else:
        given = most.times(_share(percent) / 100)
    if not given.minor:
        raise NotPossible(_("Give an amount above nothing."), field="amount" if amount is not None else "percent")
    return given


def _share(typed: str) -> Decimal:
    try:
        share = Decimal(typed.strip().replace(",", "."))
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or not 0 < share <= 100 or share != share.quantize(Decimal("0.01")):
        raise NotPossible(_("Give a share above 0 and up to 100, with at most two decimals."), field="percent")
    return share


def discount_line(order: Order, line_id: int, given: Money, reason: str, by: By) -> Settlement:
    """
    Take an amount off a line; tax and totals follow, and what was paid too much goes back.

    :raises NotPossible: something was shipped, it is too little for the coupon, or more goodwill was given than the order would come to.
    """
    lines = require_unshipped(order)
    line = next(one for one in lines if one.pk == line_id)
    before, gross = snapshot_lines(order, lines), line.gross_minor
    line.discount_minor += given.minor
    line.own_discount_minor += given.minor
    change = price_anew(order, lines)
    settlement = Settlement(order.currency)
    settlement.add(line.title, Money(line.gross_minor - gross, order.currency), line.pieces)
    add_rounding(settlement, change)
    more = {"discount": given.as_json(), "article": line.title, "reason": reason}
    return settled(order, settlement, by, ChangeKind.DISCOUNT, before, lines, more=more)


def on_line(order: Order, line_id: int, amount: Money | None) -> Money:
    """
    What is to be taken back of the discounts given on a line alone: an amount, or all of it. What came off it by a coupon, or by a
    discount on everything, is not of it.

    :raises NotPossible: the line is not of this order, no such discount was given on it, or it is nothing or more than was given.
    """
    line = OrderLine.objects.filter(pk=line_id, order=order, is_service=False).first()
    if line is None:
        raise NotPossible(_("Choose lines of this order."), field="line")
    if not line.own_discount_minor:
        words = {"article": line.title}
        raise NotPossible(_("No discount was given on %(article)s alone.") % words, field="line")
    if amount is None:
        return Money(line.own_discount_minor, order.currency)
    given = Money(money_in(order.currency, amount, "amount", most=line.own_discount_minor), order.currency)
    if not given.minor:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    return given


def require_open(order: Order, line_id: int) -> None:
    """
    Refuse to take a discount back that an invoice says already, or that belongs to an order of which something left: it stands.

    :raises NotPossible: as it says.
    """
    lines = lines_of(order)
    for line in lines:
        if line.pk == line_id and line.invoiced:
            words = {"article": line.title}
            raise NotPossible(_("%(article)s was invoiced with this discount: it stands.") % words, field="line")
    if order.state != OrderState.CANCELLED and any(line.shipped for line in lines if not line.is_service):
        raise NotPossible(_("Something of this order has been shipped: its discounts stand."))
    require_unshipped(order)


def take_back(
    order: Order, line_id: int, given: Money, reason: str, by: By, method: PaymentMethod | None = None
) -> Settlement:
    """
    Take back an amount of what was given off a line; tax and totals are again what they were without it, and the difference is due.

    :raises NotPossible: something was shipped, or it cannot be paid like that.
    """
    lines = require_unshipped(order)
    line = next(one for one in lines if one.pk == line_id)
    before, gross = snapshot_lines(order, lines), line.gross_minor
    line.discount_minor -= given.minor
    line.own_discount_minor -= given.minor
    change = price_anew(order, lines)
    settlement = Settlement(order.currency)
    settlement.add(line.title, Money(line.gross_minor - gross, order.currency), line.pieces)
    add_rounding(settlement, change)
    more = {"discount_taken_back": given.as_json(), "article": line.title, "reason": reason}
    return settled(order, settlement, by, ChangeKind.DISCOUNT_BACK, before, lines, method, more)
