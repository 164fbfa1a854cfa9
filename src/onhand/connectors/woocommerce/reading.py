"""
Orders and refunds of a WooCommerce shop, from its JSON to plain values. Amounts are the shop's own and must add up to the order's
total; what does not is said, with both sums, and not kept.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as _

from onhand.connectors.port import Buyer, Misread, ShopExtra, ShopLine, ShopOrder, ShopRefund, Unreadable
from onhand.connectors.woocommerce.fields import (
    Thing,
    amount,
    currency_of,
    fine,
    meta,
    moment,
    number,
    share,
    text,
    thing,
    things,
    whole,
)
from onhand.connectors.words import kept, ours
from onhand.kernel.money import Money
from onhand.orders.amounts import MOST_LINES, MOST_PIECES
from onhand.orders.enums import ExtraKind, OrderState

KEY = "_onhand_key"
MARK = "onhand "  # before the key at the end of a refund's reason
NOT_ORDERS = frozenset({"checkout-draft", "auto-draft", "draft"})  # baskets nobody has ordered yet
_STATES = {
    "pending": OrderState.PENDING,
    "on-hold": OrderState.PENDING,
    "failed": OrderState.PENDING,
    "processing": OrderState.IN_PROCESS,
    "completed": OrderState.COMPLETED,
    "cancelled": OrderState.CANCELLED,
    "trash": OrderState.CANCELLED,
}
_NEVER = datetime(1990, 1, 1, tzinfo=UTC)


def read_order(said: Any, refunds: Sequence[Thing]) -> ShopOrder | Unreadable:
    """An order with its refunds, or why it cannot be kept. Raises Misread where it cannot even be said which it is."""
    content = thing(said, "order")
    outside_id = number(content.get("id"), "id")
    try:
        return _order(content, outside_id, refunds)
    except Misread as error:
        return Unreadable(
            outside_id=outside_id,
            number=text(content.get("number"), 60),
            status=text(content.get("status"), 60),
            changed_at=moment(content.get("date_modified_gmt")),
            why=str(error)[:300],
        )


def _order(said: Thing, outside_id: str, refunds: Sequence[Thing]) -> ShopOrder:
    currency = currency_of(said.get("currency"))
    includes = said.get("prices_include_tax") is True
    rates = {str(one.get("rate_id")): share(one.get("rate_percent")) for one in things(said.get("tax_lines"), "taxes")}
    lines = tuple(_line(one, currency, includes, rates) for one in things(said.get("line_items"), "lines"))
    if len(lines) > MOST_LINES:
        raise Misread(kept(_("There are more than %(most)s lines."), most=MOST_LINES))
    if len({one.outside_id for one in lines}) < len(lines):
        raise Misread(kept(_("Two lines have the same number.")))
    extras = (
        *_extras(said.get("shipping_lines"), ExtraKind.SHIPPING, "method_title", currency, rates),
        *_extras(said.get("fee_lines"), ExtraKind.FEE, "name", currency, rates),
    )
    net = sum(one.net for one in lines) + sum(one.net for one in extras)
    tax = sum(one.tax for one in lines) + sum(one.tax for one in extras)
    _require_sum(net + tax, amount(said.get("total"), currency, ours(_("The total"))), currency, ours(_("The total")))
    _require_sum(tax, amount(said.get("total_tax"), currency, ours(_("The tax"))), currency, ours(_("The tax")))
    given_back = tuple(read_refund(one, currency) for one in refunds)
    if sum(one.minor for one in given_back) > net + tax:
        raise Misread(kept(_("More was given back than the order comes to.")))
    status, billing = text(said.get("status"), 60), thing(said.get("billing") or {}, "billing")
    placed = moment(said.get("date_created_gmt")) or _NEVER
    paid, done = moment(said.get("date_paid_gmt")), moment(said.get("date_completed_gmt"))
    return ShopOrder(
        outside_id=outside_id,
        number=text(said.get("number"), 60) or outside_id,
        status=status,
        state=state_of(status, is_paid=paid is not None, is_completed=done is not None),
        currency=currency,
        changed_at=moment(said.get("date_modified_gmt")) or placed,
        placed_at=placed,
        paid_at=paid,
        completed_at=done,
        paid_by=text(said.get("payment_method_title"), 200) or text(said.get("payment_method"), 200),
        paid_reference=text(said.get("transaction_id"), 200),
        note=text(said.get("customer_note"), 500),
        buyer=_buyer(said, billing),
        address=_address(said, billing),
        lines=lines,
        extras=extras,
        net=net,
        tax=tax,
        discount=amount(said.get("discount_total"), currency, ours(_("The discount")))
        + (amount(said.get("discount_tax"), currency, ours(_("The discount"))) if includes else 0),
        refunds=given_back,
    )


def state_of(status: str, *, is_paid: bool, is_completed: bool) -> OrderState:
    """The shop's word in ours, plugins' too. Given back whole, an order is completed if its goods had gone, else cancelled."""
    if status == "refunded":
        return OrderState.COMPLETED if is_completed else OrderState.CANCELLED
    if status in _STATES:
        return _STATES[status]
    if is_completed:
        return OrderState.COMPLETED
    return OrderState.IN_PROCESS if is_paid else OrderState.PENDING


def _require_sum(found: int, said: int, currency: str, name: list[str]) -> None:
    if found != said:
        words = _("%(name)s is %(said)s, and its lines come to %(found)s.")
        shown = {"said": Money(said, currency).formatted(), "found": Money(found, currency).formatted()}
        raise Misread(kept(words, name=name, **shown))


def _line(said: Thing, currency: str, includes: bool, rates: dict[str, Decimal]) -> ShopLine:
    title = text(said.get("name"), 300) or "–"
    pieces = whole(said.get("quantity"), title[:60], MOST_PIECES)
    net = amount(said.get("total"), currency, title[:60])
    tax = amount(said.get("total_tax"), currency, title[:60])
    before = amount(said.get("subtotal"), currency, title[:60])
    before += amount(said.get("subtotal_tax"), currency, title[:60]) if includes else 0
    paid = net + tax if includes else net
    unit = -(-max(before, paid) // pieces)
    return ShopLine(
        outside_id=number(said.get("id"), "line"),
        sku=text(said.get("sku"), 60),
        title=title,
        pieces=pieces,
        unit=unit,
        discount=unit * pieces - paid,
        includes_tax=includes,
        percent=_percent(said, rates, net, tax),
        net=net,
        tax=tax,
        taxes=_by_rate(said, tax, currency),
    )


def _percent(said: Thing, rates: dict[str, Decimal], net: int, tax: int) -> Decimal:
    """The rate a line is taxed at, as the shop says; where it does not, what its tax is of it."""
    found = [
        rates[key]
        for one in things(said.get("taxes"), "taxes")
        if (key := str(one.get("id"))) in rates and one.get("total")
    ]
    if tax and found:
        return min(sum(found, Decimal(0)), Decimal(999))
    return share(f"{Decimal(100 * tax) / net:.3f}") if net else Decimal(0)


def _by_rate(said: Thing, tax: int, currency: str) -> tuple[tuple[str, int], ...]:
    """A line's tax by the shop's rates. The shop keeps shares finer than can be paid: they are brought to the tax that was."""
    found = [(str(one.get("id")), fine(one.get("total"))) for one in things(said.get("taxes"), "taxes")]
    weights = [int(part * 10**6) for _rate, part in found]
    if not tax or not any(weights) or not all(rate.isascii() and rate.isdigit() for rate, _part in found):
        return ()
    parts = Money(tax, currency).allocate(weights)
    return tuple((rate, part.minor) for (rate, _part), part in zip(found, parts, strict=True))


def _extras(said: Any, kind: ExtraKind, named: str, currency: str, rates: dict[str, Decimal]) -> list[ShopExtra]:
    found = []
    for one in things(said, kind.value):
        name = text(one.get(named), 200)
        net = amount(one.get("total"), currency, name[:60] or str(kind.label))
        tax = amount(one.get("total_tax"), currency, name[:60] or str(kind.label))
        if net or tax:
            found.append(ShopExtra(kind, name, _percent(one, rates, net, tax), net, tax))
    return found


def read_refund(said: Any, currency: str) -> ShopRefund:
    """Money the shop gave back. Raises Misread."""
    content = thing(said, "refund")
    further = things(content.get("meta_data"), "meta_data")
    reason = text(content.get("reason"), 300)
    return ShopRefund(
        outside_id=number(content.get("id"), "refund"),
        minor=amount(content.get("amount"), currency, ours(_("A refund"))),
        reason=reason,
        made_at=moment(content.get("date_created_gmt")) or _NEVER,
        key=key_of(meta(further, KEY), reason),
        lines=tuple(_refunded(one, currency) for one in things(content.get("line_items"), "lines")),
    )


def key_of(stored: Any, reason: str) -> str:
    """
    The key a refund was asked with from here. It stands in its further data, which the shop writes after the refund itself, and, as the
    shop may be stopped in between, at the end of its reason.
    """
    if isinstance(stored, str) and stored:
        return stored[:40]
    _head, found, key = reason.rpartition(f"[{MARK}")
    return key[:-1][:40] if found and key.endswith("]") else ""


def _refunded(said: Thing, currency: str) -> tuple[str, int, int]:
    """What of a line was given back: amounts and pieces are below nothing there."""
    line = meta(things(said.get("meta_data"), "meta_data"), "_refunded_item_id")
    pieces = said.get("quantity")
    minor = amount(said.get("total"), currency, ours(_("A refund")), least=None)
    minor += amount(said.get("total_tax"), currency, ours(_("A refund")), least=None)
    is_count = isinstance(pieces, int) and abs(pieces) <= MOST_PIECES
    return text(str(line or ""), 40), abs(pieces) if is_count and isinstance(pieces, int) else 0, abs(minor)


def _buyer(said: Thing, billing: Thing) -> Buyer:
    named = " ".join(filter(None, (text(billing.get(part), 100) for part in ("first_name", "last_name"))))
    customer = said.get("customer_id")
    return Buyer(
        outside_id=number(customer, "customer") if customer else "",
        name=named or text(billing.get("company"), 200) or text(billing.get("email"), 200),
        email=text(billing.get("email"), 254),
        telephone=text(billing.get("phone"), 40),
        country=_country(billing),
    )


def _country(part: Thing) -> str:
    found = text(part.get("country"), 2).upper()
    return found if len(found) == 2 and found.isascii() and found.isalpha() else ""


def _address(said: Thing, billing: Thing) -> dict[str, str]:
    """Where it goes: the shipping address, or the billing one where nothing is shipped."""
    shipping = thing(said.get("shipping") or {}, "shipping")
    part = shipping if text(shipping.get("address_1"), 200) or text(shipping.get("city"), 100) else billing
    name = " ".join(filter(None, (text(part.get(one), 100) for one in ("first_name", "last_name"))))
    return {
        "name": name or text(part.get("company"), 200),
        "address_lines": "\n".join(filter(None, (text(part.get(one), 200) for one in ("address_1", "address_2")))),
        "postal_code": text(part.get("postcode"), 20),
        "city": text(part.get("city"), 100),
        "region": text(part.get("state"), 100),
        "country": _country(part),
    }
