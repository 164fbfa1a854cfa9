"""Changes of an order of which nothing has been shipped: its lines, its options, how it is paid; and cancelling it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from onhand.catalogue.enums import ProductKind
from onhand.catalogue.models import Variant
from onhand.catalogue.reading import variants_by_id
from onhand.coupons.models import CouponUse
from onhand.coupons.using import take_back
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.kernel.reading import read_rows
from onhand.orders import goods
from onhand.orders.amounts import MOST_PIECES, Priced, share, taken_apart
from onhand.orders.enums import CancelReason, ChangeKind, OrderState
from onhand.orders.invoices import credit_pieces, creditable, left_to_credit
from onhand.orders.models import Order, OrderExtra, OrderLine, OrderPayment
from onhand.orders.noting import By, file_ids, follow_state, lines_of, next_number, note_change
from onhand.orders.offering import method_label
from onhand.orders.placing import priced_line, put_amounts, put_totals, snapshot_lines
from onhand.orders.pricing import Wanted, offers
from onhand.orders.settling import (
    Settlement,
    charge,
    is_covered,
    mark_paid,
    paid_so_far,
    payments_for,
    refund,
    still_here,
    to_account,
)
from onhand.orders.subjects import ORDER
from onhand.orders.surcharges import WAITING
from onhand.payments import taking
from onhand.payments.models import Payment, PaymentMethod

_NOT_IN = "document_type = 'order' and document_id = %s and state in ('pending', 'authorised')"
OPEN = (OrderState.PENDING, OrderState.IN_PROCESS)


def require_unshipped(order: Order) -> list[OrderLine]:
    """
    The lines of an order of which nothing has been shipped.

    :raises NotPossible: it is cancelled, or something is on its way.
    """
    lines = lines_of(order)
    if order.state == OrderState.CANCELLED:
        raise NotPossible(_("This order was cancelled."))
    if any(line.shipped for line in lines if not line.is_service):
        raise NotPossible(_("Something of this order has been shipped. Agree a return or an exchange instead."))
    if order.state not in OPEN:
        raise NotPossible(_("This order is over."))
    return lines


def change_pieces(order: Order, wanted: Mapping[int, int], by: By, method: PaymentMethod | None = None) -> Settlement:
    """
    Order other numbers of pieces (by line; 0 takes it off). Each line keeps its price, and the share of its discount that its pieces had:
    pieces that are added have none.

    :raises NotPossible: a line is not of this order, nothing would be left, there is not enough, or it is too little for the coupon.
    """
    lines = require_unshipped(order)
    known = {line.pk: line for line in lines if not line.is_service and line.pieces}
    before = snapshot_lines(order, lines)
    for number, pieces in wanted.items():
        line = known.get(number)
        if line is None:
            raise NotPossible(_("Choose lines of this order."), field="rows")
        if not 0 <= pieces <= MOST_PIECES:
            raise NotPossible(_("Give 0 to %(most)s pieces.") % {"most": MOST_PIECES}, field="rows")
    changed = [known[number] for number, pieces in wanted.items() if known[number].pieces != pieces]
    if not changed:
        raise NotPossible(_("Nothing would change."), field="rows")
    if not any(wanted.get(line.pk, line.pieces) for line in lines):
        raise NotPossible(_("Nothing would be left. Cancel the order instead."), field="rows")
    gross = {line.pk: line.gross_minor for line in changed}
    _lock_stock(changed, [])
    for line in changed:
        goods.release([line], at=by.at)
        pieces = wanted[line.pk]
        keep_discount(line, pieces, order.currency)
        line.pieces = pieces
    change = price_anew(order, lines)
    goods.keep(changed, at=by.at, customer_id=order.customer_id)
    settlement = Settlement(order.currency)
    for line in changed:
        difference = Money(line.gross_minor - gross[line.pk], order.currency)
        settlement.add(line.title, difference, line.pieces)
    add_rounding(settlement, change)
    return settled(order, settlement, by, ChangeKind.LINES, before, lines, method)


def keep_discount(line: OrderLine, pieces: int, currency: str) -> None:
    """Let a line that is to have so many pieces keep the share of its discount they had: it was given on those and does not grow."""
    kept = min(pieces, line.pieces)
    whole, own = Money(line.discount_minor, currency), Money(line.own_discount_minor, currency)
    line.discount_minor = min(share(whole, line.pieces, kept).minor, line.unit_minor * pieces)
    line.own_discount_minor = min(share(own, line.pieces, kept).minor, line.discount_minor)


def change_variants(order: Order, wanted: Mapping[int, int], method: PaymentMethod | None, by: By) -> Settlement:
    """
    Send other variants of the same products (variant by line) at the price of today; the discount of a line stays.

    :raises NotPossible: it is another product, the same variant, not sold or not there, or it is too little for the coupon.
    """
    lines = require_unshipped(order)
    known = {line.pk: line for line in lines if not line.is_service and line.pieces}
    before = snapshot_lines(order, lines)
    for number, variant in wanted.items():
        if number not in known:
            raise NotPossible(_("Choose lines of this order."), field="rows")
        require_replacement(known[number], variant)
    changed = [known[number] for number in wanted]
    gross = {line.pk: line.gross_minor for line in changed}
    offered = offers(
        [Wanted(wanted[line.pk], line.pieces) for line in changed],
        order.currency,
        customer_ids=file_ids(order),
        address=order.address,
        on=company_day(by.at),
    )
    _lock_stock(changed, [variant for offer in offered for variant, _pieces in offer.parts])
    for line, offer in zip(changed, offered, strict=True):
        goods.release([line], at=by.at)
        fresh = offer.line(line.number, line.pieces, line.discount_minor)
        for name in ("variant", "sku", "title", "options", "parts", "unit_minor", "includes_tax", "percent"):
            setattr(line, name, getattr(fresh, name))
        line.discount_minor = min(line.discount_minor, line.unit_minor * line.pieces)
        line.own_discount_minor = min(line.own_discount_minor, line.discount_minor)
    change = price_anew(order, lines)
    goods.keep(changed, at=by.at, customer_id=order.customer_id)
    settlement = Settlement(order.currency)
    for line in changed:
        settlement.add(line.title, Money(line.gross_minor - gross[line.pk], order.currency), line.pieces)
    add_rounding(settlement, change)
    return settled(order, settlement, by, ChangeKind.OPTIONS, before, lines, method)


def require_replacement(line: OrderLine, variant_id: int, *, across: bool | None = None) -> Variant:
    """
    The variant that can stand in for a line: another one of the same product; with `across` also goods of another product.

    :raises NotPossible: it is not. Where `across` is false and not None it says that a permission is missing.
    """
    known = variants_by_id([variant_id, line.variant_id])
    found = known.get(variant_id)
    words = {"article": line.title}
    is_other = found is not None and found.product_id != known[line.variant_id].product_id
    if found is None or (is_other and across is None):
        raise NotPossible(
            _("Only another variant of the same product can take the place of %(article)s.") % words, field="rows"
        )
    if is_other and not across:
        raise NotPossible(
            _("%(article)s is exchanged for the same product only: another one needs a permission you do not have.")
            % words,
            field="rows",
        )
    if is_other and found.product.kind == ProductKind.SERVICE:
        raise NotPossible(_("A service cannot be sent in exchange."), field="rows")
    if found.pk == line.variant_id:
        raise NotPossible(_("%(article)s is what was ordered already.") % {"article": line.title}, field="rows")
    if not (found.is_active and found.product.is_active):
        raise NotPossible(_("%(article)s is not sold any more.") % {"article": found.sku}, field="rows")
    return found


def _lock_stock(lines: Sequence[OrderLine], more: Sequence[int]) -> None:
    own = [variant for line in lines for variant, _pieces in line.parts]
    goods.lock_for([line.pk for line in lines], more_variants=[*own, *more])


def price_anew(order: Order, lines: Sequence[OrderLine], *, asks_coupon: bool = True) -> int:
    """
    Tax and totals of everything the order holds, worked out anew; the rows are stored. By how much its sum changed, in minor units.

    :raises NotPossible: it is too little for the coupon, if that is asked for.
    """
    gross = order.gross_minor
    extras = list(OrderExtra.objects.filter(order=order).order_by("pk"))
    own = [line for line in lines if line.pieces]
    priced = [priced_line(line, order.currency) for line in own]
    # What was priced without tax is taxed anew with the lines, as when it was ordered: the same lines come to the same sums.
    includes = any(line.includes_tax for line in own)
    beside = [
        Priced(Money(one.gross_minor if includes else one.net_minor, order.currency), one.percent, includes)
        for one in extras
    ]
    taxed, totals = taken_apart([*priced, *beside])
    rows: list[OrderLine | OrderExtra] = [*own, *extras]
    for row, parts in zip(rows, taxed, strict=True):
        put_amounts(row, parts)
    for line in lines:
        if not line.pieces:
            line.net_minor = line.tax_minor = line.discount_minor = line.own_discount_minor = 0
        line.save()
    for one in extras:
        one.save(update_fields=["net_minor", "tax_minor"])
    put_totals(order, totals, sum(line.discount_minor for line in lines))
    if asks_coupon:
        _require_enough_for_coupon(order, own)
    return order.gross_minor - gross


def add_rounding(settlement: Settlement, change: int) -> None:
    """Where prices are without tax, a cent of it may move between lines as it is rounded anew: the settlement is the sums' difference."""
    if rest := change - settlement.total.minor:
        settlement.add(_("Tax, rounded anew"), Money(rest, settlement.currency))


def _require_enough_for_coupon(order: Order, lines: Sequence[OrderLine]) -> None:
    """Refuse what leaves less than a coupon used on the order asks for, what it takes off not counted, as when it was used."""
    uses = CouponUse.objects.filter(document_type=ORDER, document_id=order.pk, taken_back_at=None)
    for use in uses.select_related("coupon").order_by("pk"):
        amount = sum(line.unit_minor * line.pieces for line in lines) - max(0, order.discount_minor - use.minor)
        if amount < use.coupon.least_minor:
            words = {"code": use.coupon.code, "amount": Money(use.coupon.least_minor, order.currency).formatted()}
            raise NotPossible(_("Coupon “%(code)s” is for orders of at least %(amount)s.") % words, field="rows")


def settled(
    order: Order,
    settlement: Settlement,
    by: By,
    kind: ChangeKind,
    before: Mapping[str, object],
    lines: Sequence[OrderLine],
    method: PaymentMethod | None = None,
    more: Mapping[str, object] | None = None,
    to: PaymentMethod | None = None,
) -> Settlement:
    """
    Take the difference of an order's sums by `method`, or give it back `to` one instead of to where it came from, and note what was
    changed, with `more` that is to be said of it.
    """
    if order.goodwill_minor > order.gross_minor:
        raise NotPossible(_("More goodwill was given than the order would come to."))
    settle_difference(order, settlement, method, to=to, key=f"order:{order.pk}:{next_number(order)}", by=by)
    note_change(
        order,
        kind,
        by,
        before=before,
        after=snapshot_lines(order, lines) | dict(more or {}),
        settlement=settlement.as_json(),
    )
    follow_state(order, by.at, lines)
    return settlement


def settle_difference(
    order: Order, settlement: Settlement, method: PaymentMethod | None, *, to: PaymentMethod | None, key: str, by: By
) -> None:
    """
    Take what came due by a method of the customer (that of the order, where none is named), or give back what is too much. What payments
    on their way bring beyond what the order came to is not asked for a second time.

    :raises NotPossible: the order was paid by several methods and none is named, or a balance does not suffice.
    """
    total = settlement.total
    if total.minor > 0:
        asked = min(total, _asked_beyond(order, order.gross_minor - total.minor), key=lambda one: one.minor)
        due = total - asked
        if due.minor:
            settlement.ways = charge(order, [(method or only_method(order), due)], key, by)
        if asked.minor:
            settlement.ways = [*settlement.ways, {"paid_by": _("Payments on their way"), "amount": asked.as_json()}]
        mark_paid(order, by.at)
    elif total.minor < 0:
        settlement.ways = give_back(order, -total, to=to, key=key, by=by)


def _asked_beyond(order: Order, before: int) -> Money:
    """What payments on their way bring beyond what an order came to: it came to more when they were asked for."""
    going = OrderPayment.objects.filter(order=order, ended_at__isnull=True)
    planned = going.filter(payment__isnull=True).aggregate(sum=Sum("minor"))["sum"] or 0
    coming = going.filter(payment__state__in=WAITING).aggregate(sum=Sum("minor"))["sum"] or 0
    if not coming:
        return Money(0, order.currency)
    return Money(min(coming, max(0, paid_so_far(order).minor + planned + coming - before)), order.currency)


def give_back(order: Order, amount: Money, *, to: PaymentMethod | None, key: str, by: By) -> list[dict[str, Any]]:
    """
    An order comes to so much less: give back what was paid beyond what is left of it. What was not paid is not asked for any more. How
    each part goes.
    """
    over = Money(max(0, paid_so_far(order).minor - left_to_credit(order).minor), order.currency)
    part = min(amount, over, key=lambda one: one.minor)
    given = Money(0, order.currency)
    ways: list[dict[str, Any]] = []
    if part.minor:
        given, ways = refund(order, part, to=to, document=("order", order.pk), key=key, by=by)
    if given < amount:
        reduce_planned(order, amount - given)
        ways = [*ways, to_account(amount - given)]
    return ways


def reduce_planned(order: Order, amount: Money) -> None:
    """Less is to be paid: a payment that has not been taken yet is not known here; what is on account is reduced."""
    left = amount.minor
    for one in OrderPayment.objects.filter(order=order, payment__isnull=True, ended_at__isnull=True).order_by("pk"):
        part = min(left, one.minor)
        if part == one.minor:
            one.delete()
        else:
            OrderPayment.objects.filter(pk=one.pk).update(minor=F("minor") - part)
        left -= part


def only_method(order: Order) -> PaymentMethod:
    """
    The one method an order is paid by.

    :raises NotPossible: there are several, or none: one has to be named.
    """
    methods = PaymentMethod.objects.filter(
        pk__in=OrderPayment.objects.filter(order=order, ended_at__isnull=True).values("method"), is_active=True
    )
    found = list(methods.order_by("pk")[:2])
    if len(found) != 1:
        raise NotPossible(_("Say by which payment method the difference is paid."), field="method")
    return found[0]


def change_method(order: Order, method: PaymentMethod, by: By) -> Settlement:
    """
    Pay an order by another method: what was paid goes back to where it came from, what is still asked for is called off, and the whole is
    taken anew.

    :raises NotPossible: it is paid so already, or the method cannot pay it.
    """
    require_unshipped(order)
    current = list(OrderPayment.objects.filter(order=order, ended_at__isnull=True).select_related("method", "payment"))
    if [one.method_id for one in current] == [method.pk] and is_covered(order):
        raise NotPossible(_("This is how the order is paid already."), field="method")
    settlement = Settlement(order.currency)
    key = f"order:{order.pk}:{next_number(order)}"
    call_off(order, by)
    OrderPayment.objects.filter(pk__in=[one.pk for one in current]).update(ended_at=by.at)
    given, ways = _all_back(order, key, by)
    if given.minor:
        settlement.add(_("Paid before"), -given)
    settlement.add(_("Order"), Money(order.gross_minor, order.currency))
    if order.gross_minor:
        ways = [*ways, *charge(order, [(method, Money(order.gross_minor, order.currency))], key, by)]
    settlement.ways = ways
    mark_paid(order, by.at)
    note_change(
        order,
        ChangeKind.METHOD,
        by,
        before={"paid_by": [method_label(one.method) for one in current]},
        after={"paid_by": [method_label(method)]},
        settlement=settlement.as_json(),
    )
    follow_state(order, by.at)
    return settlement


def _all_back(order: Order, key: str, by: By) -> tuple[Money, list[dict[str, object]]]:
    """Give back everything that came in for an order, each to where it came from."""
    paid = paid_so_far(order)
    if not paid.minor:
        return paid, []
    return refund(order, paid, to=None, document=("order", order.pk), key=f"{key}:back", by=by)


def call_off(order: Order, by: By) -> None:
    """
    Stop asking for payments of an order that have not come in. What a provider is being asked for at this moment stays pending: should it
    come in all the same, it is given back (`releasing.payment_came`).
    """
    for payment in read_rows(Payment, _NOT_IN, [order.pk]):
        with suppress(NotPossible):
            taking.call_off(payment, at=by.at)


def cancel(
    order: Order, reason: CancelReason, to: PaymentMethod | None, by: By, more: Mapping[str, object] | None = None
) -> Settlement:
    """
    Cancel an order nothing of which was shipped: its goods are free again, services are credited, and what was paid is given back. `more`
    is noted with it.

    :raises NotPossible: something was shipped, or it is cancelled already.
    """
    lines = require_unshipped(order)
    codes = take_back((ORDER, order.pk), at=by.at)  # before goods, as orders are placed
    goods.release([line for line in lines if not line.is_service], at=by.at)
    services = [
        (line, line.pieces, left)
        for line in lines
        if line.is_service and line.pieces and (left := creditable(line, order.currency)).minor
    ]
    key = f"order:{order.pk}:cancelled"
    credit_pieces(order, services, key=key, reason=str(reason.label), by=by)
    call_off(order, by)
    payments = payments_for(order)
    paid = still_here(payments, order.currency)
    settlement = Settlement(order.currency)
    ways: list[dict[str, object]] = []
    if paid.minor:
        settlement.add(_("Paid for the order"), -paid)
        _given, ways = refund(order, paid, to=to, document=("order", order.pk), key=key, by=by, payments=payments)
    settlement.ways = ways
    before = {"order_state": str(order.state)}
    order.state, order.cancelled_at, order.cancel_reason = OrderState.CANCELLED, by.at, reason
    run_prepared(
        "update orders_orderpayment set ended_at = %s where order_id = %s and ended_at is null", [by.at, order.pk]
    )
    note_change(
        order,
        ChangeKind.CANCELLED,
        by,
        before=before,
        after={"order_state": str(order.state), "cancel_reason": str(reason)}
        | ({"coupon": codes[0]} if codes else {})
        | dict(more or {}),
        settlement=settlement.as_json(),
    )
    return settlement
