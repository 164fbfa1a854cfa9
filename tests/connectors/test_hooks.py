"""Messages of a shop: only its own are heard, and repeated, late, swapped and odd ones do no harm."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
from django.test import Client

from onhand.connectors import hooks
from onhand.connectors.models import OutsideOrder
from onhand.orders.models import Order
from tests.connectors.acting import Both
from tests.connectors.woocommerce_simulator import WEBHOOK_SECRET


def test_a_message_makes_the_order_be_read_at_once(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    assert both.hear(number)[0] == 200
    assert not Order.objects.exists()
    both.read()
    assert both.differences() == []


def test_messages_late_and_swapped_leave_the_order_as_it_is_now(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)], status="pending")
    said = [both.there.message(number)]
    for status in ("processing", "completed"):
        both.there.pass_time(minutes=1)
        both.there.put(number, status)
        said.append(both.there.message(number))
    for body, headers in (said[2], said[0], said[1], said[0]):
        assert hooks.take_in(both.shop.hook, body, headers, both.there.now)[0] == 200
        both.read()
        assert both.order(number).state == "completed"
    assert both.differences() == []


@pytest.mark.parametrize("signature", ["", "x", "é", "c2lnbmF0dXJl"])
def test_a_message_that_is_not_proven_is_not_heard(both: Both, signature: str) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    assert both.hear(number, **{"x-wc-webhook-signature": signature}) == (401, None)
    assert not OutsideOrder.objects.exists()


def test_a_message_altered_on_its_way_is_not_heard(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    body, headers = both.there.message(number)
    assert hooks.take_in(both.shop.hook, body + b" ", headers, both.there.now) == (401, None)
    assert hooks.take_in("another", body, headers, both.there.now) == (404, None)
    assert hooks.take_in(both.shop.hook, b"x" * (hooks.LARGEST + 1), headers, both.there.now) == (413, None)


@pytest.mark.parametrize(
    "body",
    [b"webhook_id=5", b"{}", b"[1]", b'{"id": "1 or 1=1"}', b'{"id": -4}', b"[" * 100_000, b'{"id": 1e99}', b"\xff"],
)
def test_a_message_of_nothing_is_heard_and_does_nothing(both: Both, body: bytes) -> None:
    proof = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"x-wc-webhook-signature": proof, "x-wc-webhook-topic": "order.updated"}
    assert hooks.take_in(both.shop.hook, body, headers, both.there.now) == (200, None)
    assert not OutsideOrder.objects.exists()


def test_a_shop_without_a_secret_proves_nothing(both: Both) -> None:
    both.shop.webhook_secret = b""
    both.shop.save()
    number = both.there.buy([("KETTLE", 1, 1000)])
    body, headers = both.there.message(number)
    empty = base64.b64encode(hmac.new(b"", body, hashlib.sha256).digest()).decode()
    assert hooks.take_in(both.shop.hook, body, headers | {"x-wc-webhook-signature": empty}, both.there.now) == (
        401,
        None,
    )


def test_the_address_takes_messages_of_anybody_and_hears_the_shops(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    body, headers = both.there.message(number)
    sent: dict[str, Any] = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    address = f"/connectors/hooks/{both.shop.hook}/"
    client = Client(enforce_csrf_checks=True)
    assert client.post(address, body, content_type="application/json", **sent).status_code == 200
    assert client.post(address, body, content_type="application/json").status_code == 401
    assert client.post("/connectors/hooks/nobody/", body, content_type="application/json", **sent).status_code == 404
    assert client.get(address).status_code == 405
    assert OutsideOrder.objects.get().outside_id == str(number)
