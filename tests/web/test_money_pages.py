"""The pages of money: documents explained and as files, accounts, the panel of the file, and what is laid down."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from onhand.billing.billing_accounts import bill_accounts
from onhand.billing.models import BillingRun, DunningStage
from onhand.customers.models import Customer
from onhand.invoicing.models import Document
from onhand.kernel.perform import perform
from onhand.payments.enums import ProviderKind
from onhand.payments.models import PaymentLink
from tests.billing.accounts import NOW, TODAY, make_account, make_plan, make_subscription, make_tariff, use
from tests.factories import make_actor, make_customer, make_representative, make_role
from tests.payments.money import make_provider

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*sRGB2014.icc:pytest.PytestUnraisableExceptionWarning"),
]


def signed_in(**role: Any) -> Client:
    client = Client()
    client.force_login(make_representative("Ana Prieto", **role))
    return client


def billed() -> tuple[Customer, Document]:
    plan = make_plan(name="Power")
    make_tariff(plan)
    account = make_account(make_customer("Bo Lind", country="ES"))
    use(make_subscription(account, plan, label="Gran Vía 1"), "100")
    with transaction.atomic():
        bill_accounts([account.pk], day=TODAY, at=NOW)
    return account.customer, Document.objects.get()


def page(client: Client, name: str, *args: int) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_a_document_is_explained_line_by_line_and_given_as_a_file() -> None:
    _customer, document = billed()
    client = signed_in()
    shown = page(client, "money:document", document.pk)
    for said in (
        "INV-2026-00001",
        "€42.50",
        "A month costs €30.00.",
        "Used: 100 kWh.",
        "50 kWh at 0.25 each: 12.50.",
        "Gran Vía 1",
    ):
        assert said in shown, said
    assert "Issue a credit note" in shown
    pdf = client.get(reverse("money:pdf", args=[document.pk]))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert client.get(reverse("money:xml", args=[document.pk])).status_code == 404, "the company has no details"
    perform(
        "invoicing.credit_lines",
        actor=make_actor(),
        subject_id=document.pk,
        arguments={
            "rows": [{"line": document.lines.all()[0].pk, "amount": {"minor": 100, "currency": "EUR"}}],
            "reason": "Sorry",
        },
        at=NOW,
    )
    assert "CN-2026-00001" in page(client, "money:document", document.pk)
    note = Document.objects.get(kind="credit_note")
    shown = page(client, "money:document", note.pk)
    assert "Sorry" in shown
    assert "Issue a credit note" not in shown


def test_an_invoice_offers_a_link_to_pay_what_is_open_of_it() -> None:
    customer, document = billed()
    client, label = signed_in(), "Ask for a payment by a link"
    assert label not in page(client, "money:document", document.pk), "no provider has pages"
    make_provider(ProviderKind.STRIPE)
    shown = page(client, "money:document", document.pk)
    (address,) = re.findall(r'href="([^"]*payments.ask_by_link[^"]*)"', shown)
    form = client.get(unescape(address)).content.decode()
    assert re.search(r'name="amount"[^>]*value="42.50"', form)
    assert re.search(rf'<option value="{document.pk}" selected', form)
    given = {"amount": {"minor": 1000, "currency": "EUR"}, "invoice": document.pk}
    perform("payments.ask_by_link", actor=make_actor(), subject_id=customer.pk, arguments=given, at=NOW)
    (address,) = re.findall(r'href="([^"]*payments.ask_by_link[^"]*)"', page(client, "money:document", document.pk))
    assert "amount=32.50" in unescape(address), "less what a link asks for already"
    given = {"amount": {"minor": 3250, "currency": "EUR"}, "invoice": document.pk}
    perform("payments.ask_by_link", actor=make_actor(), subject_id=customer.pk, arguments=given, at=NOW)
    assert label not in page(client, "money:document", document.pk)
    PaymentLink.objects.all().delete()
    may_not = signed_in(
        role=make_role(permissions=["customers.view", "invoicing.view", "billing.view", "payments.view"])
    )
    assert label not in page(may_not, "money:document", document.pk)


def test_an_account_shows_what_is_open_subscribed_booked_and_agreed() -> None:
    customer, document = billed()
    client = signed_in()
    account_id = document.document_id
    perform(
        "billing.agree_payment_plan",
        actor=make_actor(),
        subject_id=account_id,
        arguments={"parts": 2, "first_on": "2026-04-05"},
        at=NOW,
    )
    shown = page(client, "money:account", account_id)
    for said in (
        "€42.50 open",
        "Instalment 1",
        "Payment plan over €42.50",
        "Gran Vía 1",
        "Renegotiate",
        "Put right what was billed",
    ):
        assert said in shown, said
    panel = client.get(reverse("desk:customer_panel", args=[customer.pk, "account"])).content.decode()
    assert "€42.50 open" in panel
    assert document.label in panel
    timeline = page(client, "desk:customer", customer.pk)
    assert "Invoice issued" in timeline
    assert "Payment plan agreed" in timeline


def test_who_is_not_identified_is_told_nothing() -> None:
    customer, document = billed()
    role = {"permissions": ["customers.view", "invoicing.view", "billing.view"]}
    from tests.factories import make_role

    client = signed_in(role=make_role(**role))
    for name, pk in (("money:document", document.pk), ("money:account", document.document_id)):
        shown = page(client, name, pk)
        assert "Identify the customer first" in shown
        assert "42.50" not in shown, shown[shown.index("42.50") - 300 : shown.index("42.50")]
    assert client.get(reverse("money:pdf", args=[document.pk])).status_code == 404
    assert "42.50" not in client.get(reverse("desk:customer_panel", args=[customer.pk, "account"])).content.decode()


def test_what_is_laid_down_about_money_has_its_pages() -> None:
    billed()
    DunningStage.objects.create(number=1, name="Reminder", after_days=5, fee_minor=300, fee_currency="EUR")
    BillingRun.objects.create(day=date(2026, 4, 1), started_at=NOW, started_by_name="Ana")
    make_account(problem="There is no price.")
    client = signed_in()
    assert "INV-2026-00001" in page(client, "settings:company")
    assert "€30.00" in page(client, "settings:plans")
    from onhand.billing.models import Plan

    assert "0.25 up to 100, then 0.2" in page(client, "settings:plan", Plan.objects.get(name="Power").pk)
    assert "€3.00" in page(client, "settings:dunning")
    shown = page(client, "settings:billing")
    assert "There is no price." in shown
    assert "0 left" in shown
