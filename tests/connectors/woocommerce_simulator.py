"""
A server on loopback that answers as the documented REST interface of WooCommerce does, as far as we ask: orders with lines, taxes,
shipping and fees, their refunds, states, pages with counts, signed messages, and everything that can go wrong on the way. It keeps its
own sums in cents and shares no code with what it tries.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, SECRET, WEBHOOK_SECRET = "ck_simulated", "cs_simulated", "whsec of the shop"
BEGIN = datetime(2026, 3, 10, 12, tzinfo=UTC)
Said = tuple[int, Any, dict[str, str]]
# What a fault does. Nothing: no answer, an error, too busy, a page for people. Everything: an error, no answer, an answer too late; and
# a refund without what is written after it.
DOWN, ERROR, BUSY, PAGE = "down", "error", "busy", "page"
ERROR_AFTER, LOST, SLOW, STOPPED = "error_after", "lost", "slow", "stopped"
SLOW_SECONDS = 1.5


def decimal(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def cents(text: str) -> int:
    whole, _dot, rest = text.partition(".")
    value = abs(int(whole or "0")) * 100 + int((rest + "00")[:2])
    return -value if text.startswith("-") else value


def taxed(net: int) -> int:
    """21 per cent, as the shop rounds."""
    return (net * 21 + 50) // 100


@dataclass
class Shop:
    """What the shop knows. `faults` are met by the next requests that write, `read_faults` by those that read; `outage` by all."""

    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    faults: deque[str] = field(default_factory=deque)
    read_faults: deque[str] = field(default_factory=deque)
    outage: str = ""
    asked: list[str] = field(default_factory=list)
    now: datetime = BEGIN
    numbers: Any = field(default_factory=lambda: count(100))
    lock: Any = field(default_factory=threading.RLock)
    url: str = ""

    def __enter__(self) -> "Shop":
        handler = type("Handler", (_Handler,), {"shop": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    # What people do at the shop.

    def buy(
        self,
        items: Sequence[tuple[str, int, int]],
        *,
        status: str = "processing",
        customer: int = 7,
        email: str = "ana@example.com",
        shipping: int = 495,
        **changes: Any,
    ) -> int:
        """An order of (article number, pieces, net price of one in cents); its number."""
        number = next(self.numbers)
        lines = [self._line(sku, pieces, net) for sku, pieces, net in items]
        beside = [self._beside("method_title", "Parcel", shipping)] if shipping else []
        person = {
            "first_name": "Ana",
            "last_name": "Prieto",
            "company": "",
            "address_1": "Calle Mayor 1",
            "address_2": "",
        }
        person |= {"city": "Madrid", "state": "M", "postcode": "28013", "country": "ES"}
        self.orders[number] = {
            "id": number,
            "number": str(number),
            "status": status,
            "currency": "EUR",
            "prices_include_tax": False,
            "customer_id": customer,
            "customer_note": "",
            "billing": person | {"email": email, "phone": ""},
            "shipping": person,
            "payment_method": "stripe",
            "payment_method_title": "Credit card",
            "transaction_id": f"ch_{number}",
            "date_created_gmt": self._time(),
            "date_modified_gmt": self._time(),
            "date_paid_gmt": self._time() if status in ("processing", "completed") else None,
            "date_completed_gmt": self._time() if status == "completed" else None,
            "line_items": lines,
            "shipping_lines": beside,
            "fee_lines": [],
            "coupon_lines": [],
            "tax_lines": [{"id": 1, "rate_id": 4, "rate_code": "ES-IVA", "compound": False, "rate_percent": 21}],
            "discount_total": "0.00",
            "discount_tax": "0.00",
            "meta_data": [],
        }
        self._add_up(number)
        self.orders[number] |= changes
        return number

    def _line(self, sku: str, pieces: int, net: int) -> dict[str, Any]:
        total, tax = decimal(net * pieces), decimal(taxed(net * pieces))
        share = str(net * pieces * 21 / 10_000)  # the shop keeps taxes by rate finer than it is paid
        return {
            "id": next(self.numbers),
            "name": f"Article {sku}",
            "product_id": 1,
            "variation_id": 0,
            "quantity": pieces,
            "tax_class": "",
            "subtotal": total,
            "subtotal_tax": tax,
            "total": total,
            "total_tax": tax,
            "taxes": [{"id": 4, "total": share, "subtotal": share}],
            "sku": sku,
            "price": net / 100,
            "meta_data": [],
        }

    def _beside(self, named: str, text: str, net: int) -> dict[str, Any]:
        tax = decimal(taxed(net))
        taxes = [{"id": 4, "total": tax, "subtotal": ""}]
        return {"id": next(self.numbers), named: text, "total": decimal(net), "total_tax": tax, "taxes": taxes}

    def _add_up(self, number: int) -> None:
        order = self.orders[number]
        rows = [*order["line_items"], *order["shipping_lines"], *order["fee_lines"]]
        tax = sum(cents(one["total_tax"]) for one in rows)
        order["total_tax"] = decimal(tax)
        order["total"] = decimal(tax + sum(cents(one["total"]) for one in rows))

    def put(self, number: int, status: str) -> None:
        """Somebody at the shop, or its interface, gives an order another state."""
        order = self.orders[number]
        if order["status"] != status:
            order["status"] = status
            if status in ("processing", "completed") and not order["date_paid_gmt"]:
                order["date_paid_gmt"] = self._time()
            if status == "completed":
                order["date_completed_gmt"] = self._time()
        self._touch(number)

    def add_line(self, number: int, sku: str, pieces: int, net: int) -> None:
        """Somebody at the shop adds a line."""
        self.orders[number]["line_items"].append(self._line(sku, pieces, net))
        self._add_up(number)
        self._touch(number)

    def drop_line(self, number: int, index: int = 0) -> None:
        """Somebody at the shop takes a line out."""
        del self.orders[number]["line_items"][index]
        self._add_up(number)
        self._touch(number)

    def left(self, number: int) -> int:
        """What of an order is not given back, in cents."""
        return cents(self.orders[number]["total"]) - self.refunded(number)

    def refunded(self, number: int) -> int:
        """What of an order was given back, in cents."""
        return sum(cents(one["amount"]) for one in self.refunds.get(number, []))

    def give_back(
        self, number: int, amount: int, reason: str = "", lines: Sequence[dict[str, Any]] = ()
    ) -> dict[str, Any] | None:
        """Money goes back; None where it is more than is left."""
        if amount < 0 or amount > self.left(number):
            return None
        refund = {
            "id": next(self.numbers),
            "date_created_gmt": self._time(),
            "amount": decimal(amount),
            "reason": reason,
            "refunded_by": 1,
            "refunded_payment": True,
            "meta_data": [],
            "line_items": [self._returned(number, one) for one in lines],
        }
        self.refunds.setdefault(number, []).append(refund)
        if not self.left(number):
            self.orders[number]["status"] = "refunded"
        self._touch(number)
        return refund

    def _returned(self, number: int, wanted: dict[str, Any]) -> dict[str, Any]:
        line = next(one for one in self.orders[number]["line_items"] if one["id"] == wanted["id"])
        tax = sum(cents(one["refund_total"]) for one in wanted.get("refund_tax", []))
        return {
            "id": next(self.numbers),
            "name": line["name"],
            "quantity": -wanted.get("quantity", 0),
            "total": decimal(-cents(wanted["refund_total"])),
            "total_tax": decimal(-tax),
            "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": str(line["id"])}],
        }

    def take_back_refund(self, number: int) -> None:
        """Somebody at the shop deletes the last refund of an order."""
        self.refunds[number].pop()
        if self.orders[number]["status"] == "refunded":
            self.orders[number]["status"] = "processing"
        self._touch(number)

    def pass_time(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def _touch(self, number: int) -> None:
        self.orders[number]["date_modified_gmt"] = self._time()

    def _time(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S")

    # What it answers and tells.

    def shown(self, number: int) -> dict[str, Any]:
        """An order as the interface gives it."""
        found = deepcopy(self.orders[number])
        found["refunds"] = [
            {"id": one["id"], "reason": one["reason"], "total": f"-{one['amount']}"}
            for one in self.refunds.get(number, [])
        ]
        return found

    def message(self, number: int, topic: str = "order.updated") -> tuple[bytes, dict[str, str]]:
        """A message of an order as the shop sends it, with its headers in small letters."""
        body = json.dumps(self.shown(number)).encode()
        proof = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"x-wc-webhook-signature": proof, "x-wc-webhook-topic": topic, "x-wc-webhook-delivery-id": "d1"}
        return body, headers

    def answer(self, method: str, path: str, asked: dict[str, str], content: dict[str, Any], *, stops: bool) -> Said:
        """What comes back, with everything done."""
        parts = path.removeprefix("/wp-json/wc/v3/").strip("/").split("/")
        if parts == ["orders"]:
            return self._listed(asked)
        if parts[0] != "orders" or not parts[1].isdigit():
            return _wrong(404, "rest_no_route", "No route was found.")
        number = int(parts[1])
        if number not in self.orders:
            return _wrong(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        if parts[2:] == ["refunds"]:
            if method == "POST":
                return self._make_refund(number, content, stops=stops)
            return _page(self.refunds.get(number, []), asked)
        if method == "PUT":
            self.put(number, content["status"])
        return 200, self.shown(number), {}

    def _listed(self, asked: dict[str, str]) -> Said:
        assert asked["dates_are_gmt"] == "true"
        assert asked["order"] == "asc"
        after = asked["modified_after"]
        found = [number for number, one in sorted(self.orders.items()) if one["date_modified_gmt"] > after]
        return _page([self.shown(number) for number in found], asked)

    def _make_refund(self, number: int, content: dict[str, Any], *, stops: bool) -> Said:
        refund = self.give_back(
            number, cents(content["amount"]), content.get("reason", ""), content.get("line_items", [])
        )
        if refund is None:
            return _wrong(500, "woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.")
        if stops:
            return _wrong(500, "internal_server_error", "There has been a critical error on this website.")
        refund["meta_data"] = [{"id": 9, **one} for one in content.get("meta_data", [])]
        return 201, refund, {}


def _page(found: list[Any], asked: dict[str, str]) -> Said:
    size, page = int(asked.get("per_page", "10")), int(asked.get("page", "1"))
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
    return 200, found[(page - 1) * size : page * size], headers


def _wrong(status: int, code: str, message: str) -> Said:
    return status, {"code": code, "message": message, "data": {"status": status}}, {}


class _Handler(BaseHTTPRequestHandler):
    shop: Shop

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def _serve(self, method: str) -> None:
        shop, parts = self.shop, urlsplit(self.path)
        content = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        shop.asked.append(f"{method} {self.path}")
        waiting = shop.read_faults if method == "GET" else shop.faults
        fault = shop.outage or (waiting.popleft() if waiting else "")
        if fault == DOWN:
            self.close_connection = True
            return
        proof = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if fault in (ERROR, BUSY, PAGE):
            self._fail(fault)
        elif self.headers.get("Authorization") != f"Basic {proof}":
            self._reply(*_wrong(401, "woocommerce_rest_authentication_error", "Invalid signature."))
        else:
            with shop.lock:
                asked = dict(parse_qsl(parts.query))
                said = shop.answer(method, parts.path, asked, content, stops=fault == STOPPED)
            if fault == LOST:
                self.close_connection = True
                return
            if fault == SLOW:
                time.sleep(SLOW_SECONDS)
            if fault == ERROR_AFTER:
                said = _wrong(500, "internal_server_error", "There has been a critical error on this website.")
            self._reply(*said)

    def _fail(self, fault: str) -> None:
        if fault == BUSY:
            self._reply(429, {"code": "too_many", "message": "Slow down."}, {"Retry-After": "900"})
        elif fault == PAGE:
            self._reply(200, "<html>Under maintenance</html>", {})
        else:
            self._reply(503, "<html>Bad gateway</html>", {})

    def _reply(self, status: int, content: Any, headers: dict[str, str]) -> None:
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        pass
