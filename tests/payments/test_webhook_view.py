"""The address providers send their messages to: whatever anybody sends, nothing but what is signed is kept, once."""

import pytest
from django.test import Client
from django.urls import reverse

from onhand.payments.models import ProviderAccount, ProviderEvent
from onhand.payments.webhooks import LARGEST
from tests.payments.stripe_simulator import Simulator, sign

pytestmark = pytest.mark.django_db


def post(client: Client, hook: str, body: bytes, signature: str) -> int:
    address = reverse("payments:hook", args=[hook])
    given = {"HTTP_STRIPE_SIGNATURE": signature} if signature else {}
    return client.post(address, body, content_type="application/json", **given).status_code  # type: ignore[arg-type]


def test_signed_messages_are_stored_once(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    client = Client(enforce_csrf_checks=True)
    body = simulator.message("payment_intent.succeeded", {"id": "pi_9"}, "evt_9")
    assert [post(client, stripe_account.hook, body, sign(body)) for _time in range(3)] == [200, 200, 200]
    event = ProviderEvent.objects.get()
    assert (event.outside_id, bytes(event.body)) == ("evt_9", body)


@pytest.mark.parametrize(
    ("hook", "body", "signature", "status"),
    [
        ("", b"{}", "t=1,v1=00", 400),
        ("", b"{}", "", 400),
        ("", b"\x00" * 10_000, "é", 400),
        ("", b"x" * (LARGEST + 1), "t=1,v1=00", 413),
        ("nobody", b"{}", "t=1,v1=00", 404),
        ("n" * 41, b"{}", "t=1,v1=00", 413),
    ],
)
def test_anything_else_is_refused(
    stripe_account: ProviderAccount, hook: str, body: bytes, signature: str, status: int
) -> None:
    assert post(Client(), hook or stripe_account.hook, body, signature) == status
    assert not ProviderEvent.objects.exists()


def test_an_account_out_of_use_takes_nothing(stripe_account: ProviderAccount, simulator: Simulator) -> None:
    body = simulator.message("payment_intent.succeeded", {"id": "pi_9"})
    ProviderAccount.objects.update(is_active=False)
    assert post(Client(), stripe_account.hook, body, sign(body)) == 404
    assert Client().get(reverse("payments:hook", args=[stripe_account.hook])).status_code == 405


def test_customers_come_back_to_a_page_that_knows_nobody() -> None:
    answer = Client().get(reverse("payments:given"))
    assert answer.status_code == 200
    assert "Thank you" in answer.content.decode()
