"""The settings pages of payments, and the panel: from nothing to a drawer counted, a statement matched, a payment given back."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onhand.payments import asking
from onhand.payments.bank.matching import match_statement
from onhand.payments.enums import LinkState
from onhand.payments.models import BankImport, BankLine, Drawer, PaymentLink, ProviderAccount, Refund
from tests.factories import make_customer
from tests.factories.staff import make_person
from tests.payments.money import NOW, make_card, make_method, make_provider, method_of, take

pytestmark = pytest.mark.django_db
ACTS = "/settings/acts"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_person("administrator", name="Lena Fischer"))
    return client


def page(client: Client, address: str, **asked: Any) -> str:
    answer = client.get(address, asked)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def send(client: Client, address: str, **given: Any) -> Any:
    answer = client.post(address, {"idempotency_key": timezone.now().isoformat(), "step": "do"} | given)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def test_a_provider_is_set_up_and_its_secrets_are_never_shown(client: Client) -> None:
    assert "No provider yet" in page(client, "/settings/payments/")
    secret = "sk_live_never_shown"
    given = {"account_name": "Our Stripe", "kind": "stripe", "api_key": secret, "webhook_secret": "whsec_x"}
    send(client, f"{ACTS}/payment_provider/new/payments.add_provider/", **given)
    one = ProviderAccount.objects.get()
    shown = page(client, f"/settings/payments/{one.pk}/")
    assert f"/payments/hooks/{one.hook}/" in shown
    assert secret not in shown
    assert "Our Stripe" in page(client, "/settings/payments/")


def test_a_drawer_is_opened_and_counted(client: Client) -> None:
    assert "No drawers yet" in page(client, "/settings/drawers/")
    send(client, f"{ACTS}/drawer/new/payments.add_drawer/", drawer_name="Front desk", currency="EUR")
    one = Drawer.objects.get()
    counted = {"counted": "50.00", "counted__currency": "EUR", "why": "Change"}
    send(client, f"{ACTS}/drawer/{one.pk}/payments.open_drawer/", **counted)
    assert "€50.00" in page(client, f"/settings/drawers/{one.pk}/")
    assert "Front desk" in page(client, "/settings/drawers/")


def test_a_statement_is_brought_in_and_what_nobody_was_found_for_is_matched(client: Client) -> None:
    assert "No statement yet" in page(client, "/settings/bank/")
    ana = make_customer("Ana Prieto")
    content = b"Date,Amount,Name,Text\n2026-03-09,5.00,Somebody,hello\n"
    answer = client.post("/settings/bank/", {"file": SimpleUploadedFile("march.csv", content)})
    one = BankImport.objects.get()
    assert answer["Location"] == f"/settings/bank/{one.pk}/"
    match_statement(one.pk, timezone.now)
    assert "Somebody" in page(client, "/settings/bank/")
    line = BankLine.objects.get()
    send(client, f"{ACTS}/bank_line/{line.pk}/payments.match_to_customer/", customer=str(ana.pk))
    assert "Ana Prieto" in page(client, f"/settings/bank/{one.pk}/")
    assert "Somebody" not in page(client, "/settings/bank/")
    for file, words in ((SimpleUploadedFile("a.xml", b"<a/>"), "no statement"), (None, "Choose a file")):
        refused = client.post("/settings/bank/", {"file": file} if file else {})
        assert refused.status_code == 422
        assert words in refused.content.decode()


def test_the_panel_shows_no_more_of_a_card_than_may_be_and_what_can_be_done(client: Client) -> None:
    ana = make_customer("Ana Prieto")
    assert "Nothing was paid" in page(client, f"/desk/customers/{ana.pk}/panels/payments/")
    payment = take(make_method(ana), 5000)
    asking.ask_for_payment(payment.pk, lambda: timezone.now())
    take(method_of(make_card(ana, 900)), 300)
    shown = page(client, f"/desk/customers/{ana.pk}/panels/payments/")
    assert "Visa •••• 4242" in shown
    assert "€6.00" in shown
    form = f"/desk/acts/payments.refund_payment/{payment.pk}/"
    assert form in shown
    assert "50.00" in page(client, form)
    given = {"amount": "20.00", "amount__currency": "EUR", "idempotency_key": "k" * 16}
    client.post(form, given)
    assert Refund.objects.get().minor == 2000
    assert "€20.00 given back" in page(client, f"/desk/customers/{ana.pk}/panels/payments/")
    assert "Refund of" in page(client, f"/desk/customers/{ana.pk}/")


def test_a_payment_link_is_shown_with_its_page_and_can_be_cancelled(client: Client) -> None:
    ana = make_customer("Ana Prieto")
    shared: dict[str, Any] = {
        "customer": ana,
        "provider": make_provider(),
        "currency": "EUR",
        "document_type": "customer",
    }
    shared |= {"document_id": ana.pk, "text": "your account", "asked_at": NOW, "asked_by_name": "Bo"}
    links = [
        PaymentLink.objects.create(
            minor=minor, state=state, url=f"https://pay.example/{minor}", expires_at=NOW, **shared
        )
        for minor, state in ((1234, LinkState.READY), (777, LinkState.CANCELLED))
    ]
    shown = page(client, reverse("desk:customer_panel", args=[ana.pk, "payments"]))
    assert "€12.34" in shown
    assert 'href="https://pay.example/1234"' in shown
    assert reverse("desk:act", args=["payments.cancel_link", links[0].pk]) in shown
    assert "7.77" not in shown
