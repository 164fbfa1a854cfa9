"""The pages of webhooks: what they show of endpoints and messages, and what can be done from them."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.webhooks.enums import EndpointState
from onhand.webhooks.models import Attempt, Delivery, Endpoint, EndpointHealth
from tests.factories import make_customer
from tests.factories.staff import PASSWORD, make_person
from tests.webhooks.acting import change_language

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    found = Client()
    person = make_person("administrator")
    assert found.post("/account/login/", {"login": person.email, "password": PASSWORD}).status_code == 302
    return found


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def add(client: Client, **changes: Any) -> Any:
    form = {"endpoint_name": "Shop", "url": "https://shop.example.com/hook", "areas": ["customers.*"], "log_days": "30"}
    return client.post("/settings/acts/webhook_endpoint/new/webhooks.add_endpoint/", form | {"step": "do"} | changes)


def test_a_webhook_is_added_and_its_secret_is_shown_this_once(client: Client) -> None:
    assert "No webhook yet" in shown(client, "/settings/webhooks/")
    form = shown(client, "/settings/acts/webhook_endpoint/new/webhooks.add_endpoint/")
    assert 'value="catalogue.*"' in form
    assert add(client, url="http://10.0.0.1/").status_code == 422
    answer = add(client)
    assert "whsec_" in answer.content.decode()
    one = Endpoint.objects.get()
    pages = shown(client, "/settings/webhooks/") + shown(client, f"/settings/webhooks/{one.pk}/")
    assert "https://shop.example.com/hook" in pages
    assert "whsec_" not in pages
    form = shown(client, f"/settings/acts/webhook_endpoint/{one.pk}/webhooks.change_endpoint/")
    assert "whsec_" not in form
    assert "https://shop.example.com/hook" in form


def test_the_log_shows_each_try_and_lets_it_be_delivered_again(client: Client) -> None:
    add(client)
    change_language(make_customer())
    one = Delivery.objects.get()
    Attempt.objects.create(
        delivery=one, at=timezone.now(), url="https://shop.example.com/hook", body='{"type":"x"}', status=500,
        answer="<script>no</script>", problem="answered 500", milliseconds=12,
    )  # fmt: skip
    Delivery.objects.update(state="failed", ended_at=timezone.now(), last_problem="answered 500", attempts=1)
    page = shown(client, f"/settings/webhooks/{one.endpoint_id}/")
    assert "customers.change_language" in page
    assert "answered 500" in page
    assert "customers.change_language" not in shown(client, f"/settings/webhooks/{one.endpoint_id}/?state=delivered").partition('id="log"')[2].partition("History")[0]  # fmt: skip  # noqa: E501
    told = shown(client, f"/settings/webhooks/{one.endpoint_id}/deliveries/{one.pk}/")
    assert "&lt;script&gt;no" in told
    assert f"evt_{one.event_id}" in told
    assert "12 ms" in told
    address = f"/settings/acts/webhook_endpoint/{one.endpoint_id}/webhooks.replay_delivery/"
    assert f'value="{one.pk}"' in shown(client, f"{address}?delivery={one.pk}")
    assert client.post(address, {"delivery": one.pk, "step": "do"}).status_code == 302
    one.refresh_from_db()
    assert one.state == "waiting"


def test_one_that_failed_says_so_and_what_to_do(client: Client) -> None:
    add(client)
    one = Endpoint.objects.get()
    EndpointHealth.objects.update(failing_since=timezone.now(), last_problem="answered 503")
    assert "Answered 503" in shown(client, f"/settings/webhooks/{one.pk}/")
    Endpoint.objects.update(state=EndpointState.FAILED, why_off="It answered 410.")
    page = shown(client, f"/settings/webhooks/{one.pk}/")
    assert "It answered 410." in page
    assert "webhooks.switch_on_endpoint" in page
    assert "webhooks.send_test" not in page.partition('id="log"')[0]
    assert "switched off: it failed" in shown(client, "/settings/webhooks/")


def test_all_that_can_be_told_is_listed_and_found(client: Client) -> None:
    assert "customers.merged" in shown(client, "/settings/webhooks/events/")
    found = shown(client, "/settings/webhooks/events/?q=price")
    assert "catalogue.set_prices" in found
    assert "customers.merged" not in found
