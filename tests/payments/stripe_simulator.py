"""
A server on loopback that answers as Stripe does, as far as we ask: payments, refunds, customers, payment methods and pages for customers,
with keys that make requests the same, signed messages, and everything that can go wrong on the way.
"""

import hashlib
import hmac
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, SECRET = "sk_test_simulated", "whsec_simulated"
Said = tuple[int, dict[str, Any]]

# What a fault does: nothing and no answer; nothing and an error; everything and an error; everything and no answer; everything, late.
DOWN, ERROR, ERROR_AFTER, LOST, SLOW, BUSY = "down", "error", "error_after", "lost", "slow", "busy"
SLOW_SECONDS = 1.5


@dataclass
class Simulator:
    """What Stripe knows. `faults` are met by the next requests that write, one each; `outage` by all of them until it is over."""

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, tuple[str, Said]] = field(default_factory=dict)
    faults: deque[str] = field(default_factory=deque)
    outage: str = ""
    asked: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))
    lock: Any = field(default_factory=threading.RLock)
    url: str = ""

    def __enter__(self) -> "Simulator":
        handler = type("Handler", (_Handler,), {"simulator": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Everything of a kind, the newest first, as lists of Stripe are."""
        return [one for one in reversed(self.things.values()) if one["object"] == kind]

    def money_in(self) -> int:
        """What came in of all payments, less what went back: the truth everything else is compared with."""
        came: int = sum(one["amount_received"] for one in self.of("payment_intent"))
        return came - sum(one["amount"] for one in self.of("refund") if one["status"] in ("succeeded", "pending"))

    def change(self, number: str, **values: Any) -> dict[str, Any]:
        """Let something happen there: a debit that was still going on comes in, a bank sends a refund back."""
        self.things[number] |= values
        return self.things[number]

    def message(self, kind: str, thing: dict[str, Any], number: str = "") -> bytes:
        """The message Stripe sends of something that happened."""
        number = number or f"evt_{next(self.numbers)}"
        return json.dumps({"id": number, "object": "event", "type": kind, "data": {"object": thing}}).encode()

    def make(self, kind: str, prefix: str, **values: Any) -> dict[str, Any]:
        """A new thing."""
        number = f"{prefix}_{next(self.numbers)}"
        self.things[number] = {"id": number, "object": kind, "metadata": {}, "created": int(time.time())} | values
        return self.things[number]

    def dispute(self, intent: str, *, withdrawn: bool = True, **values: Any) -> dict[str, Any]:
        """The customer's bank asks a payment back, all of it unless told otherwise, and mostly takes it at once with a fee of 15.00."""
        of = self.things[intent]
        given: dict[str, Any] = {"amount": of["amount_received"], "reason": "fraudulent", "status": "needs_response"}
        due = {"due_by": int(time.time()) + 7 * 86400}
        made = self.make(
            "dispute",
            "dp",
            currency=of["currency"],
            payment_intent=intent,
            charge="ch_1",
            evidence_details=due,
            balance_transactions=[],
            **given | values,
        )
        if withdrawn:
            self.move(made["id"], -made["amount"], fee=1500)
        return made

    def move(self, dispute: str, amount: int, *, fee: int = 0, currency: str = "") -> None:
        """Money is taken from the account for a dispute (below nothing), or given back."""
        of = self.things[dispute]
        number = f"txn_{next(self.numbers)}"
        moved = {"id": number, "object": "balance_transaction", "amount": amount, "fee": fee, "net": amount - fee}
        of["balance_transactions"] = [*of["balance_transactions"], moved | {"currency": currency or of["currency"]}]

    def give_method(self, session: dict[str, Any], method: str = "") -> dict[str, Any]:
        """The customer types in their card on the page."""
        card = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2031}
        self.things[method or "pm_given"] = made = {
            "id": method or "pm_given",
            "object": "payment_method",
            "type": "card",
            "card": card,
            "metadata": {},
            "customer": session["customer"],
        }
        session |= {
            "status": "complete",
            "setup_intent": {"id": "seti_1", "object": "setup_intent", "payment_method": made},
        }
        return session

    def pay_page(self, session: dict[str, Any], status: str = "succeeded") -> dict[str, Any]:
        """The customer pays on a page, by a card nobody here knows; the payment."""
        card = {"brand": "visa", "last4": "1881", "exp_month": 3, "exp_year": 2032}
        method = self.make("payment_method", "pm", type="card", card=card, customer=None)
        intent = self.make(
            "payment_intent",
            "pi",
            amount=session["amount_total"],
            amount_received=session["amount_total"] if status == "succeeded" else 0,
            currency=session["currency"],
            customer=None,
            metadata=session["wanted"],
            last_payment_error=None,
            status=status,
            payment_method=method,
        )
        session |= {"status": "complete", "payment_intent": intent["id"]}
        return intent

    # -- what is asked ------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, params: dict[str, Any], key: str) -> Said:
        """Do what was asked; a key met before gets the answer it got."""
        said = json.dumps([path, params], sort_keys=True)
        if key and key in self.keys:
            before, answered = self.keys[key]
            if before != said:
                return _error(
                    400, "idempotency_error", "Keys for idempotent requests can only be used with the same parameters"
                )
            return answered
        answered = self._do(method, path, params)
        if key:
            self.keys[key] = (said, answered)
        return answered

    def _do(self, method: str, path: str, params: dict[str, Any]) -> Said:
        parts = path.strip("/").split("/")[1:]
        if method == "GET":
            return self._read(parts, params)
        match parts:
            case ["payment_intents"]:
                return self._pay(params)
            case ["payment_intents", number, "capture"]:
                return self._step(number, "requires_capture", "succeeded")
            case ["payment_intents", number, "cancel"]:
                return self._step(number, "requires_capture", "canceled")
            case ["refunds"]:
                return self._refund(params)
            case ["customers"]:
                return 200, self.make("customer", "cus", metadata=params.get("metadata", {}))
            case ["checkout", "sessions"]:
                return self._page(params)
            case ["checkout", "sessions", number, "expire"]:
                page = self.things.get(number)
                if page is None:
                    return _missing(number)
                if page["status"] != "open":
                    return _error(
                        400, "invalid_request_error", f"Only open sessions can be expired, this is {page['status']}"
                    )
                return 200, dict(self.change(number, status="expired"))
            case ["payment_methods", number, "detach"]:
                found = self.things.get(number)
                return (200, found | {"customer": None}) if found else _missing(number)
        return _missing(path)

    def _page(self, params: dict[str, Any]) -> Said:
        mode, now = params["mode"], int(time.time())
        page = {"status": "open", "url": f"{self.url}/page", "customer": params.get("customer"), "mode": mode}
        page |= {"setup_intent": None, "payment_intent": None, "metadata": params["metadata"]}
        if mode == "payment":
            price = params["line_items"]["0"]["price_data"]
            of = params["payment_intent_data"]["metadata"]
            page |= {"amount_total": int(price["unit_amount"]), "currency": price["currency"], "wanted": of}
        return 200, self.make("checkout.session", "cs", expires_at=int(params.get("expires_at", now + 86400)), **page)

    def _read(self, parts: list[str], params: dict[str, Any]) -> Said:
        match parts:
            case ["payment_intents"]:
                found = [one for one in self.of("payment_intent") if one["customer"] == params.get("customer")]
                return 200, {"object": "list", "data": found, "has_more": False}
            case ["refunds"]:
                found = [one for one in self.of("refund") if one["payment_intent"] == params.get("payment_intent")]
                return 200, {"object": "list", "data": found, "has_more": False}
        thing = self.things.get(parts[-1])
        return (200, thing) if thing else _missing(parts[-1])

    def _pay(self, params: dict[str, Any]) -> Said:
        amount, captures = int(params["amount"]), params["capture_method"] == "automatic"
        intent = self.make(
            "payment_intent",
            "pi",
            amount=amount,
            amount_received=0,
            currency=params["currency"],
            customer=params.get("customer", ""),
            metadata=params.get("metadata", {}),
            last_payment_error=None,
            status="succeeded" if captures else "requires_capture",
        )
        match params["payment_method"]:
            case "pm_declined":
                words = {"message": "Your card was declined.", "code": "card_declined"}
                intent |= {"status": "requires_payment_method", "last_payment_error": words}
                return 402, {"error": words | {"type": "card_error", "payment_intent": intent}}
            case "pm_gone":
                del self.things[intent["id"]]
                return _missing("pm_gone")
            case "pm_debit":
                intent["status"] = "processing"
        if intent["status"] == "succeeded":
            intent["amount_received"] = amount
        return 200, dict(intent)

    def _step(self, number: str, before: str, after: str) -> Said:
        intent = self.things.get(number)
        if intent is None:
            return _missing(number)
        if intent["status"] != before:
            return _error(400, "invalid_request_error", f"This PaymentIntent has a status of {intent['status']}.")
        intent["status"] = after
        intent["amount_received"] = intent["amount"] if after == "succeeded" else 0
        return 200, dict(intent)

    def _refund(self, params: dict[str, Any]) -> Said:
        intent = self.things.get(params["payment_intent"])
        if intent is None:
            return _missing(params["payment_intent"])
        amount = int(params["amount"])
        back = sum(
            one["amount"]
            for one in self.of("refund")
            if one["payment_intent"] == intent["id"] and one["status"] != "failed"
        )
        if back + amount > intent["amount_received"]:
            return _error(400, "invalid_request_error", "Refund amount is greater than unrefunded amount on charge")
        metadata = params.get("metadata", {})
        values = {"payment_intent": intent["id"], "amount": amount, "status": "succeeded", "metadata": metadata}
        return 200, dict(self.make("refund", "re", **values))


def _error(status: int, kind: str, message: str) -> Said:
    return status, {"error": {"type": kind, "message": message}}


def _missing(number: str) -> Said:
    return _error(404, "invalid_request_error", f"No such thing: '{number}'")


def sign(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """The header Stripe sends with a message."""
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class _Handler(BaseHTTPRequestHandler):
    simulator: Simulator
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        written = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._serve("POST", _nested(parse_qsl(written, keep_blank_values=True)))

    def do_GET(self) -> None:
        self._serve("GET", _nested(parse_qsl(urlsplit(self.path).query)))

    def _serve(self, method: str, params: dict[str, Any]) -> None:
        simulator, path = self.simulator, urlsplit(self.path).path
        with simulator.lock:
            simulator.asked.append(f"{method} {path}")
            writes = method == "POST"
            fault = simulator.outage or (simulator.faults.popleft() if writes and simulator.faults else "")
            said = self._said(method, path, params, fault)
        if fault == SLOW:
            time.sleep(SLOW_SECONDS)
        if fault in (DOWN, LOST):
            self.close_connection = True
            return
        status, body = said
        written = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # whoever asked did not wait

    def _said(self, method: str, path: str, params: dict[str, Any], fault: str) -> Said:
        key = self.headers.get("Idempotency-Key", "") if method == "POST" else ""
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return _error(401, "invalid_request_error", "Invalid API Key provided")
        if fault == DOWN:
            return 0, {}
        if fault == BUSY:
            return _error(429, "invalid_request_error", "Too many requests")
        if fault == ERROR:
            broken = _error(500, "api_error", "Something went wrong")
            if key:  # as Stripe does: the key is answered with the error from now on
                self.simulator.keys[key] = (json.dumps([path, params], sort_keys=True), broken)
            return broken
        answered = self.simulator.answer(method, path, params, key)
        if fault == ERROR_AFTER:
            broken = _error(500, "api_error", "Something went wrong")
            self.simulator.keys[key] = (self.simulator.keys[key][0], broken)
            return broken
        return answered

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Form values with names such as metadata[onhand] as a tree."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.replace("]", "").split("[")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return tree
