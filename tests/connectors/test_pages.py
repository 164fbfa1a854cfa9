"""The pages of outside shops: how they are, what waits and what failed, and what the page of an order says of its shop."""

import pytest
from django.test import Client

from onhand.connectors.models import Outgoing, OutsideShop
from onhand.kernel.money import Money
from onhand.web.addresses import address_of
from tests.connectors.acting import Both
from tests.connectors.woocommerce_simulator import DOWN, KEY, SECRET
from tests.factories.staff import PASSWORD, make_person


@pytest.fixture
def client(both: Both) -> Client:
    found = Client()
    person = make_person("administrator")
    assert found.post("/account/login/", {"login": person.email, "password": PASSWORD}).status_code == 302
    return found


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_a_shop_is_set_up_by_form_and_its_secrets_are_shown_nowhere(both: Both, client: Client) -> None:
    address = "/settings/acts/outside_shop/new/connectors.add_shop/"
    assert "Consumer key" in shown(client, address)
    form = {"shop_name": "Second", "url": both.there.url, "api_key": KEY, "api_secret": SECRET, "kind": "woocommerce"}
    assert client.post(address, form | {"url": "shop", "step": "do"}).status_code == 422
    assert client.post(address, form | {"step": "do"}).status_code == 302
    one = OutsideShop.objects.get(name="Second")
    pages = shown(client, "/settings/shops/") + shown(client, f"/settings/shops/{one.pk}/")
    assert "not asked yet" in pages
    assert f"/connectors/hooks/{one.hook}/" in pages
    assert KEY not in pages
    assert SECRET not in pages
    assert client.get("/settings/shops/999999/").status_code == 404


def test_what_waits_failed_and_was_refused_is_seen_with_its_reason(both: Both, client: Client) -> None:
    good = both.there.buy([("KETTLE", 1, 1000)])
    both.there.buy([("<i>GONE</i>", 1, 1000)])
    both.poll()
    assert "in step" in shown(client, "/settings/shops/")
    both.act("refund_at_shop", both.order(good).pk, reason="All", amount=Money(1809, "EUR").as_json())
    both.there.give_back(good, 100)
    both.send()
    one = Outgoing.objects.get()
    page = shown(client, f"/settings/shops/{both.shop.pk}/")
    assert "Invalid refund amount." in page
    assert "There is no article &lt;i&gt;GONE&lt;/i&gt;" in page
    again = f"/settings/acts/outside_shop/{both.shop.pk}/connectors.tell_again/"
    assert f"{again}?outgoing={one.pk}" in page
    assert f'value="{one.pk}"' in shown(client, f"{again}?outgoing={one.pk}")
    both.there.outage = DOWN
    both.poll()
    assert "does not answer" in shown(client, "/settings/shops/") + shown(client, f"/settings/shops/{both.shop.pk}/")


def test_the_page_of_an_order_says_what_its_shop_says(both: Both, client: Client) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    both.poll()
    order = both.order(number)
    both.act("refund_at_shop", order.pk, reason="Late", amount=Money(500, "EUR").as_json())
    page = shown(client, f"/orders/{order.pk}/")
    assert "At the shop" in page
    assert "Credit card" in page
    assert "Waiting" in page
    assert f"/connectors.refund_at_shop/{order.pk}/" in page or "connectors.refund_at_shop" in page
    assert "orders.cancel_order" not in page
    for name in ("refund_at_shop", "cancel_at_shop", "complete_at_shop"):
        form = shown(client, address_of("desk:act", f"connectors.{name}", order.pk))
        assert "Article KETTLE" in form or name != "refund_at_shop"
    both.send()
    page = shown(client, f"/orders/{order.pk}/")
    assert "€5.00" in page
    assert "[onhand" not in page
