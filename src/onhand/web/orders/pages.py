"""What the pages of orders and returns show, in words."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import OutsideInvoice
from onhand.kernel.actor import Actor
from onhand.kernel.acts import acts_on
from onhand.kernel.money import Money
from onhand.orders.enums import (
    CancelReason,
    ChangeKind,
    ExtraKind,
    Grade,
    OrderState,
    ReturnKind,
    ReturnReason,
    ReturnState,
    ScanKind,
    ShipmentState,
)
from onhand.orders.labels import address_lines
from onhand.orders.models import Order, OrderChange, OrderLine, Return
from onhand.orders.offering import method_label
from onhand.orders.panels import OrderShown
from onhand.orders.placing import returnable_until
from onhand.orders.reading import OrderPage, ReturnPage, ShipmentRow
from onhand.orders.states import line_state
from onhand.orders.subjects import ORDER, RETURN
from onhand.payments.enums import PaymentState
from onhand.payments.models import Payment
from onhand.payments.words import disputed_words
from onhand.web.addresses import address_of
from onhand.web.desk.act_words import ChangeWords
from onhand.web.orders.at_shop import shop_context, shop_offers
from onhand.web.templating import show_date, show_datetime, show_time

TONES = {
    OrderState.PENDING: "warn",
    OrderState.IN_PROCESS: "info",
    OrderState.SHIPPED: "info",
    OrderState.DELIVERED: "good",
    OrderState.COMPLETED: "good",
    OrderState.RETURN_REQUESTED: "warn",
    OrderState.EXCHANGE_REQUESTED: "warn",
    OrderState.CANCELLED: "bad",
}
KEYS = {
    "orders.cancel_order": "c",
    "orders.change_address": "a",
    "orders.return_lines": "r",
    "orders.exchange_lines": "e",
    "orders.ship_order": "s",
    "orders.deliver_shipment": "d",
    "orders.add_goodwill": "o",
    "orders.claim_warranty": "w",
    "orders.receive_return": "r",
    "orders.inspect_return": "i",
    "connectors.cancel_at_shop": "c",
    "connectors.refund_at_shop": "r",
}
ON_A_LINE = (ChangeKind.DISCOUNT, ChangeKind.DISCOUNT_BACK)  # say which line it is; the others are as they were
SETTLEMENTS = {"due": "warn", "refund": "good", "even": ""}


def order_context(page: OrderPage, actor: Actor) -> dict[str, Any]:
    """The context of the page of an order."""
    order = page.order
    return {
        "order": _head(page),
        "lines": [_line(line, order.currency) for line in page.lines],
        "extras": [
            {"label": one.text or ExtraKind(one.kind).label, "amount": _money(one.gross_minor, order.currency)}
            for one in page.extras
        ],
        "totals": _totals(order),
        "shipments": [_shipment(row, order) for row in page.shipments],
        "returns": [_return(one, order.currency) for one in page.returns],
        "payments": [_payment(one) for one in page.payments],
        "documents": [
            {
                "id": one.pk,
                "label": one.label,
                "kind": DocumentKind(one.kind).label,
                "system": one.system if isinstance(one, OutsideInvoice) else "",
                "amount": _money(one.gross_minor, one.currency),
                "at": show_date(one.issued_on),
                "url": "" if isinstance(one, OutsideInvoice) else address_of("money:document", one.pk),
            }
            for one in page.documents
        ],
        "days": _days(page.changes),
        "live": f"order:{order.pk} customer:{page.root_id}",
        "parts_url": address_of("orders:parts", order.pk),
        "dispute_url": address_of("orders:dispute", order.pk),
        "column": "stream",
        "at_shop": shop_context(order),
        **_acts(ORDER, order.pk, actor, offered_on(page)),
    }


def _acts(subject: str, pk: int, actor: Actor, offered: Mapping[str, bool]) -> dict[str, Any]:
    links = [
        (act.name, {"label": act.label, "url": address_of("desk:act", act.name, pk), "key": KEYS.get(act.name, "")})
        for act in acts_on(subject, actor)
        if offered.get(act.name, False)
    ]
    return {
        "acts": [link for name, link in links if name in KEYS],
        "more_acts": [link for name, link in links if name not in KEYS],
    }


def offered_on(page: OrderPage) -> dict[str, bool]:
    """Which acts the page of an order offers as it stands, by name; of an order of an outside shop those that ask the shop."""
    return shop_offers(page.order) if page.order.from_system else _offers(page)


def _offers(page: OrderPage) -> dict[str, bool]:
    """Which acts make sense as the order stands; each looks again for itself."""
    order, lines = page.order, [line for line in page.lines if not line.is_service]
    live = order.state not in (OrderState.CANCELLED, OrderState.COMPLETED)
    unshipped = live and not any(line.shipped for line in lines)
    own = [line for line in lines if line.in_return_id is None]
    back = any(line.delivered > line.returned + line.exchanged for line in lines)
    until = returnable_until(order)
    in_time = back and (until is None or until >= timezone.now())
    underway = any(row.shipment.state == ShipmentState.UNDERWAY for row in page.shipments)
    shippable = any(line.shipped < line.pieces and not line.is_held for line in lines)
    return {
        **dict.fromkeys(
            (
                *("orders.cancel_order", "orders.change_address", "orders.change_lines", "orders.change_options"),
                *("orders.change_payment_method", "orders.discount_line"),
            ),
            unshipped,
        ),
        "orders.take_back_discount": unshipped and any(line.own_discount_minor for line in lines),
        "orders.cancel_rest": live and not unshipped and any(line.shipped < line.pieces for line in own),
        "orders.cancel_pieces": live and any(line.shipped < line.pieces for line in own),
        "orders.ship_order": live and order.state != OrderState.PENDING and shippable,
        "orders.note_scan": underway,
        "orders.deliver_shipment": underway,
        "orders.return_lines": in_time,
        "orders.exchange_lines": in_time,
        "orders.claim_warranty": back,
        "orders.add_goodwill": order.state != OrderState.CANCELLED and order.goodwill_minor < order.gross_minor,
    }


def _head(page: OrderPage) -> dict[str, Any]:
    order = page.order
    state = OrderState(order.state)
    until = returnable_until(order)
    facts = [
        (_("Placed"), f"{show_datetime(order.placed_at)} · {order.placed_by_name}".rstrip(" ·")),
        (_("Cancelled"), _moment(order.cancelled_at)),
        (_("Reason"), str(CancelReason(order.cancel_reason).label) if order.cancel_reason else ""),
        (_("Delivered"), _moment(order.delivered_at)),
        (_("Can be sent back until"), show_date(until) if until else ""),
        (_("Goodwill"), _money(order.goodwill_minor, order.currency) if order.goodwill_minor else ""),
        (_("Note"), order.note),
    ]
    return {
        "id": order.pk,
        "reference": order.reference,
        "state": state.label,
        "state_tone": TONES[state],
        "total": _money(order.gross_minor, order.currency),
        "facts": [(label, value) for label, value in facts if value],
        "address": address_lines(order.address),
        "is_pending": state is OrderState.PENDING,
    }


def _moment(at: datetime | None) -> str:
    return show_datetime(at) if at else ""


def _money(minor: int, currency: str) -> str:
    return Money(minor, currency).formatted()


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    counted = (
        (line.shipped, _("shipped")),
        (line.delivered, _("delivered")),
        (line.returned, _("returned")),
        (line.exchanged, _("exchanged")),
        (line.received, _("back")),
        (line.credited, _("credited")),
    )
    counters = " · ".join(f"{count} {words}" for count, words in counted if count)
    return {
        "id": line.pk,
        "number": line.number,
        "title": line.title,
        "sku": line.sku,
        "pieces": line.pieces,
        "unit": _money(line.unit_minor, currency),
        "amount": _money(line.gross_minor, currency),
        "discount": _money(line.discount_minor, currency) if line.discount_minor else "",
        "state": line_state(line).label,
        "counters": "" if line.is_service else counters,
        "instead": line.in_return.reference if line.in_return else "",
        "instead_url": address_of("orders:return", line.in_return_id) if line.in_return_id else "",
        "is_held": line.is_held and line.pieces > 0,
    }


def _totals(order: Order) -> list[tuple[str, str]]:
    rows = [
        (_("Without tax"), _money(order.net_minor, order.currency)),
        (_("Tax"), _money(order.tax_minor, order.currency)),
        (_("Total"), _money(order.gross_minor, order.currency)),
    ]
    discount = [(_("Discount given"), _money(order.discount_minor, order.currency))] if order.discount_minor else []
    return [*discount, *rows]


def _shipment(row: ShipmentRow, order: Order) -> dict[str, Any]:
    one = row.shipment
    elsewhere = one.address != order.address
    return {
        "id": one.pk,
        "number": one.number,
        "carrier": one.carrier,
        "tracking": one.tracking,
        "state": ShipmentState(one.state).label,
        "tone": "good" if one.state == ShipmentState.DELIVERED else "info",
        "shipped": show_datetime(one.shipped_at),
        "delivered": _moment(one.delivered_at),
        "delivered_to": one.delivered_to,
        "proof": one.proof,
        "address": ", ".join(address_lines(one.address)) if elsewhere else "",
        "lines": [f"{line.pieces} × {line.line.title}" for line in row.lines],
        "scans": [
            {
                "id": scan.pk,
                "at": show_datetime(scan.at),
                "kind": ScanKind(scan.kind).label,
                "place": " ".join(filter(None, (scan.postal_code, scan.place))),
            }
            for scan in row.scans
        ],
    }


def _return(one: Return, currency: str) -> dict[str, Any]:
    amounts = []
    if one.credited_minor:
        amounts.append(_("%(amount)s credited") % {"amount": _money(one.credited_minor, currency)})
    if one.given_back_minor:
        amounts.append(_("%(amount)s given back") % {"amount": _money(one.given_back_minor, currency)})
    return {
        "id": one.pk,
        "reference": one.reference,
        "url": address_of("orders:return", one.pk),
        "kind": ReturnKind(one.kind).label,
        "reason": ReturnReason(one.reason).label,
        "state": ReturnState(one.state).label,
        "tone": {"agreed": "warn", "received": "info", "closed": "good"}.get(one.state, ""),
        "agreed": show_date(one.agreed_at),
        "amounts": " · ".join(amounts),
    }


def _payment(one: Payment) -> dict[str, Any]:
    state = PaymentState(one.state)
    tone = {PaymentState.CAPTURED: "good", PaymentState.FAILED: "bad", PaymentState.PENDING: "warn"}.get(state, "")
    back = one.refunded_minor + one.refunding_minor
    return {
        "id": one.pk,
        "method": method_label(one.method),
        "amount": _money(one.minor, one.currency),
        "state": state.label,
        "tone": tone,
        "at": show_datetime(one.captured_at or one.made_at),
        "back": _("%(amount)s given back") % {"amount": _money(back, one.currency)} if back else "",
        "disputed": disputed_words(one),
        "why": one.why,
    }


def _days(changes: Any) -> list[dict[str, Any]]:
    """What happened, newest first, by days."""
    days: list[dict[str, Any]] = []
    words = ChangeWords(ORDER)
    for change in changes:
        local = timezone.localtime(change.at)
        if not days or days[-1]["id"] != f"{local:%Y%m%d}":
            days.append({"id": f"{local:%Y%m%d}", "label": show_date(local), "entries": []})
        days[-1]["entries"].append(_entry(change, words))
    return days


def _entry(change: OrderChange, words: ChangeWords) -> dict[str, Any]:
    kind = ChangeKind(change.kind)
    settlement = change.settlement
    badges = []
    facts: list[tuple[str, str]] = []
    if settlement:
        word = str(settlement["word"])
        named = {"due": _("Due"), "refund": _("Refund"), "even": _("Even")}[word]
        amount = settlement["amount"]
        shown = _money(amount["minor"], amount["currency"])
        badges = [{"words": f"{named}: {shown}" if amount["minor"] else named, "tone": SETTLEMENTS[word]}]
        facts = [
            (one["for"], _money(one["amount"]["minor"], one["amount"]["currency"])) for one in settlement["derivation"]
        ]
        facts += [_way(way) for way in settlement["ways"]]
    before = {
        key: value for key, value in change.before.items() if key in ("address", "paid_by", "order_state", "total")
    }
    after = {key: value for key, value in change.after.items() if key != "lines"}
    said = "" if kind in ON_A_LINE else "\n".join(_pieces_words(one) for one in change.after.get("lines", []))
    return {
        "id": f"change-{change.pk}",
        "at": change.at,
        "time": show_time(change.at),
        "kind": "act",
        "icon": ICONS.get(kind, "act"),
        "headline": kind.label,
        "by": change.by_name,
        "said": said,
        "facts": facts,
        "badges": badges,
        "changes": words.changes(before, after) if kind is not ChangeKind.PLACED else [],
    }


def _pieces_words(one: Mapping[str, Any]) -> str:
    return ngettext("%(count)s piece: %(article)s", "%(count)s pieces: %(article)s", one["pieces"]) % {
        "count": one["pieces"],
        "article": one["article"],
    }


def _way(way: Mapping[str, Any]) -> tuple[str, str]:
    label = _("Given back to") if "paid_to" in way else _("Paid by")
    parts = [str(way.get("paid_to") or way.get("paid_by"))]
    if "amount" in way:
        parts.append(_money(way["amount"]["minor"], way["amount"]["currency"]))
    if way.get("refund_timing"):
        parts.append(str(way["refund_timing"]))
    return label, " · ".join(parts)


ICONS: Mapping[ChangeKind, str] = {
    ChangeKind.PLACED: "list",
    ChangeKind.SHIPPED: "out",
    ChangeKind.SCANNED: "place",
    ChangeKind.DELIVERED: "check",
    ChangeKind.CANCELLED: "close",
    ChangeKind.REST_CANCELLED: "close",
    ChangeKind.PIECES_CANCELLED: "close",
    ChangeKind.RETURN: "undo",
    ChangeKind.EXCHANGE: "undo",
    ChangeKind.CLAIM: "shield",
    ChangeKind.PAYMENT_FAILED: "warn",
}


def return_context(page: ReturnPage, actor: Actor) -> dict[str, Any]:
    """The context of the page of a return."""
    one, order = page.one, page.one.order
    arrived = any(row.received for row in page.lines)
    is_open = one.state in (ReturnState.AGREED, ReturnState.RECEIVED)
    offered: dict[str, bool] = {
        "orders.receive_return": is_open and any(row.received < row.pieces for row in page.lines),
        "orders.inspect_return": is_open and arrived,
        "orders.withdraw_return": is_open and not arrived,
    }
    given: Callable[[int], str] = lambda minor: _money(minor, order.currency)  # noqa: E731
    facts = [
        (_("Kind"), str(ReturnKind(one.kind).label)),
        (_("Reason"), str(ReturnReason(one.reason).label)),
        (_("Agreed"), f"{show_datetime(one.agreed_at)} · {one.agreed_by_name}"),
        (_("To be sent by"), show_date(one.send_by)),
        (_("Arrived"), _moment(one.received_at)),
        (_("Closed"), _moment(one.closed_at)),
        (_("Money back to"), method_label(one.refund_to) if one.refund_to else ""),
        (_("Expected to be given back"), given(one.expected_minor) if one.expected_minor and is_open else ""),
        (_("Credited"), given(one.credited_minor) if one.credited_minor else ""),
        (_("Given back"), given(one.given_back_minor) if one.given_back_minor else ""),
        (_("Note"), one.note),
    ]
    return {
        "one": _return(one, order.currency),
        "facts": [(label, value) for label, value in facts if value],
        "rows": [
            {
                "id": row.pk,
                "title": row.line.title,
                "sku": row.line.sku,
                "pieces": row.pieces,
                "received": row.received,
                "taken": row.taken,
                "restocked": row.restocked,
                "grade": Grade(row.grade).label if row.grade else "",
                "deducted": given(row.deduction_minor) if row.deduction_minor else "",
                "fault": row.fault,
            }
            for row in page.lines
        ],
        "replacements": [_line(line, order.currency) for line in page.replacements],
        "order_reference": order.reference,
        "order_url": address_of("orders:order", order.pk),
        "label_url": address_of("orders:label", one.pk) if is_open else "",
        "live": f"return:{one.pk} order:{order.pk}",
        "here": address_of("orders:return", one.pk),
        "column": "stream",
        **_acts(RETURN, one.pk, actor, offered),
    }


def list_row(one: OrderShown) -> dict[str, Any]:
    """An order in a list."""
    state = OrderState(one.state)
    more = one.lines - 1
    articles = one.first
    if more > 0:
        articles += " " + ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}
    return {
        "id": one.id,
        "reference": one.reference,
        "url": address_of("orders:order", one.id),
        "state": state.label,
        "tone": TONES[state],
        "total": one.total.formatted(),
        "placed": " · ".join(filter(None, (show_date(one.placed_at), one.system))),
        "articles": articles,
    }
