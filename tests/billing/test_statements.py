"""Statements of account: what was booked in a period with what stood before and after, on paper and by mail."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from onhand.billing import statements
from onhand.billing.models import CustomerAccount
from onhand.billing.statement_pdf import statement_html, statement_pdf
from onhand.billing.statements import Statement, read_statement
from onhand.contacts.models import Attachment, Contact, Message
from onhand.customers.models import Customer, Identity
from onhand.invoicing.models import Seller
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from tests.billing.accounts import make_account
from tests.factories import make_actor, make_customer, make_representative, make_role
from tests.factories.drawing import needs_pdf
from tests.invoicing.documents import credit_note, invoice, line
from tests.invoicing.test_einvoice import COMPANY

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*sRGB2014.icc:pytest.PytestUnraisableExceptionWarning"),
]
NOW = datetime(2026, 4, 1, 6, tzinfo=UTC)
TODAY = date(2026, 4, 1)


def told(statement: Statement) -> list[tuple[str, int, int]]:
    return [(one.text, one.amount.minor, one.balance.minor) for one in statement.movements]


def pay(customer: Customer, minor: int, at: datetime) -> None:
    perform(
        "payments.note_terminal_payment",
        actor=make_actor(),
        subject_id=customer.pk,
        arguments={"amount": Money(minor, "EUR").as_json(), "receipt": f"r{minor}"},
        at=at,
    )


def an_account(**customer: Any) -> CustomerAccount:
    """Invoiced 100.00 in January and 50.00 in March, of which 10.00 were credited; paid 30.00 in March."""
    ana = make_customer("Ana Prieto", country="ES", **customer)
    account = make_account(ana)
    invoice(line(10000), customer=ana, at=datetime(2026, 1, 10, 12, tzinfo=UTC), day=date(2026, 1, 10))
    bill = invoice(line(5000), customer=ana, at=datetime(2026, 3, 10, 12, tzinfo=UTC), day=date(2026, 3, 10))
    note_at = datetime(2026, 3, 12, 12, tzinfo=UTC)
    credit_note(bill, line(1000), customer_id=ana.pk, at=note_at, day=note_at.date())
    pay(ana, 3000, datetime(2026, 3, 20, 12, tzinfo=UTC))
    invoice(line(700), customer=ana, at=NOW, day=TODAY)
    return account


def test_a_statement_goes_from_what_stood_before_to_what_stands_after() -> None:
    account = an_account()
    found = read_statement(account, date(2026, 3, 1), date(2026, 3, 31), TODAY)
    assert (found.opening.minor, found.closing.minor) == (10000, 11000)
    assert told(found) == [
        ("INV-2026-00002", 5000, 15000),
        ("CN-2026-00001", -1000, 14000),
        ("Card terminal", -3000, 11000),
    ]
    assert [(one.label, one.left.minor) for one in found.open_items] == [
        ("INV-2026-00001", 7000),
        ("INV-2026-00002", 4000),
        ("INV-2026-00003", 700),
    ], "what is open is so today, whatever the period"
    before = read_statement(account, date(2025, 1, 1), date(2025, 12, 31), TODAY)
    assert (before.opening.minor, before.closing.minor, told(before)) == (0, 0, [])
    day = read_statement(account, TODAY, TODAY, TODAY)
    assert (day.opening.minor, told(day)) == (11000, [("INV-2026-00003", 700, 11700)])


def test_merged_rows_are_one_account_and_other_currencies_stay_out() -> None:
    account = an_account()
    other = make_customer("Ana P.", country="ES")
    invoice(line(900), customer=other, at=NOW, day=TODAY)
    invoice(line(100, currency="USD"), customer=account.customer, at=NOW, day=TODAY)
    Customer.objects.filter(pk=other.pk).update(merged_into=account.customer_id)
    found = read_statement(account, TODAY, TODAY, TODAY)
    assert sorted(one.amount.minor for one in found.movements) == [700, 900]
    assert found.closing == Money(12600, "EUR") == found.open_balance


def test_days_in_the_wrong_order_or_to_come_and_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    account = an_account()
    for first, last in ((TODAY, TODAY - timedelta(days=1)), (TODAY, TODAY + timedelta(days=1))):
        with pytest.raises(NotPossible):
            read_statement(account, first, last, TODAY)
    monkeypatch.setattr(statements, "MOST", 3)
    assert len(read_statement(account, date(2026, 3, 1), date(2026, 3, 31), TODAY).movements) == 3
    with pytest.raises(NotPossible, match="shorter"):
        read_statement(account, date(2026, 1, 1), date(2026, 3, 31), TODAY)


def test_the_paper_is_in_the_customers_language() -> None:
    needs_pdf()
    Seller.objects.create(details=COMPANY, since=NOW)
    account = an_account(language="es")
    found = read_statement(account, date(2026, 3, 1), date(2026, 3, 31), TODAY)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(statement_pdf(found))).pages)
    for said in ("INV-2026-00002", "CN-2026-00001", "100,00", "110,00", "Ana Prieto", "31 de marzo de 2026", "117,00"):
        assert said in text, said
    assert "DE02 1203 0000 0000 2020 51" in text
    assert 'lang="es"' in statement_html(found)


def test_who_has_credit_is_told_so() -> None:
    ana = make_customer("Ana", language="en")
    account = make_account(ana)
    pay(ana, 500, NOW)
    found = read_statement(account, TODAY, TODAY, TODAY)
    assert "€5.00 are to your credit." in statement_html(found)
    assert "Open on" not in statement_html(found)


def test_send_statement_writes_to_the_customer_with_the_pdf() -> None:
    needs_pdf()
    account = an_account()
    Identity.objects.create(customer=account.customer, kind="email", value="ana@example.com", created_at=NOW)
    given = {"address": "ana@example.com", "first": "2026-03-01", "last": "2026-03-31"}
    shared: dict[str, Any] = {"actor": make_actor(), "subject_id": account.pk, "arguments": given, "at": NOW}
    perform("billing.send_statement", **shared, preview=True)
    assert not Message.objects.exists()
    perform("billing.send_statement", **shared)
    attached = Attachment.objects.get(message=Message.objects.get())
    assert attached.name == "statement-2026-03-01-2026-03-31.pdf"
    assert bytes(attached.file.content).startswith(b"%PDF")
    assert Contact.objects.get().customer_id == account.customer_id
    record = ActRecord.objects.get(act="billing.send_statement")
    assert record.after["sent"] == "ana@example.com"
    assert "2026-03-01" in record.after["statement"]
    for wrong in ({"address": "nobody"}, {"last": "2026-05-01"}, {"first": "2026-03-31", "last": "2026-03-01"}):
        with pytest.raises(NotPossible):
            perform("billing.send_statement", **shared | {"arguments": given | wrong})
    with pytest.raises(NotPossible, match="role"):
        perform(
            "billing.send_statement",
            **shared
            | {
                "actor": make_actor(
                    permissions=frozenset(
                        {"invoicing.issue", "billing.view", "customers.view", "customers.work_without_contact"}
                    )
                )
            },
        )
    assert Message.objects.count() == 1


def test_the_statement_is_opened_from_the_accounts_page_and_that_is_recorded() -> None:
    needs_pdf()
    account = an_account()
    client = Client()
    client.force_login(make_representative("Ana Prieto"))
    shown = client.get(reverse("money:account", args=[account.pk]), {"first": "2026-03-01", "last": "2026-03-31"})
    page = shown.content.decode()
    assert "before it stood at €100.00" in page
    assert "€110.00" in page
    got = client.get(reverse("money:statement", args=[account.pk]), {"first": "2026-03-01", "last": "2026-03-31"})
    assert got["Content-Type"] == "application/pdf"
    assert "statement-2026-03-01-2026-03-31.pdf" in got["Content-Disposition"]
    assert AccessRecord.objects.filter(page="statement", subject_id=account.customer_id).count() == 1
    refused = client.get(reverse("money:statement", args=[account.pk]), {"first": "2026-03-31", "last": "2026-03-01"})
    assert refused.status_code == 302
    assert "first day is after" in client.get(refused["Location"]).content.decode()
    other = Client()
    other.force_login(make_representative("Bo", role=make_role(permissions=["customers.view", "billing.view"])))
    assert other.get(reverse("money:statement", args=[account.pk])).status_code == 404, "not identified"
