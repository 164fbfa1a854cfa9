"""The page of the books: what was booked is there and balances, and is taken out whole."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from onhand.coupons.models import Campaign
from onhand.coupons.using import make
from onhand.kernel.models import AccessRecord
from onhand.kernel.money import Money
from onhand.ledger.chart import BANK, SALES, TAX
from onhand.ledger.checks import check_books
from onhand.ledger.posting import credit, debit, post
from tests.factories.staff import make_person
from tests.factories.statements import statements
from tests.ledger.days import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_person("administrator", name="Lena Fischer"))
    return client


def sell(number: int, *, currency: str = "EUR", days_ago: int = 0, text: str = "") -> None:
    post(
        "sale",
        document=("test", number),
        key=f"sale:{number}",
        lines=[
            debit(BANK, Money(12100, currency)),
            credit(SALES, Money(10000, currency)),
            credit(TAX, Money(2100, currency)),
        ],
        at=NOW,
        booked_on=TODAY - timedelta(days=days_ago),
        text=text,
    )


def test_the_balance_of_a_day_by_currency_checks_and_closed_periods(client: Client) -> None:
    assert "Nothing was booked yet" in client.get("/settings/books/").content.decode()
    sell(1, days_ago=3)
    sell(2)
    sell(3, currency="JPY")
    check_books(NOW)
    now = client.get("/settings/books/").content.decode()
    assert "Trial balance in EUR" in now
    assert "Trial balance in JPY" in now
    assert "€242.00" in now
    assert "right" in now
    before = client.get("/settings/books/", {"on": (TODAY - timedelta(days=1)).isoformat()}).content.decode()
    assert "€121.00" in before
    assert "Trial balance in JPY" not in before
    assert "That is no day" in client.get("/settings/books/", {"on": "2026-02-31"}).content.decode()
    given = {"idempotency_key": "1", "step": "do", "last_day": (TODAY - timedelta(days=2)).isoformat()}
    assert client.post("/settings/acts/period/new/ledger.close_period/", given).status_code == 302
    assert "Lena Fischer" in client.get("/settings/books/").content.decode()


def test_journals_come_in_pages_of_equal_cost(client: Client) -> None:
    for number in range(1, 4):
        sell(number)
    client.get("/settings/books/journals/")
    with statements() as few:
        client.get("/settings/books/journals/")
    for number in range(4, 70):
        sell(number)
    with statements() as many:
        page = client.get("/settings/books/journals/").content.decode()
    assert len(many) == len(few)
    assert page.count("<tr id=") == 50
    assert "?before=" in page


def test_every_entry_of_a_span_is_taken_out_and_that_is_on_record(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onhand.ledger.journals.BATCH", 2)
    for number in range(1, 8):
        sell(
            number,
            days_ago=number % 3,
            text="=SUM(A1)" if number == 1 else "",
            currency="JPY" if number == 7 else "EUR",
        )
    sell(8, days_ago=30)
    span = {"first": (TODAY - timedelta(days=2)).isoformat(), "last": TODAY.isoformat()}
    answer = client.post("/settings/books/journals/file/", span)
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[arg-type,attr-defined]
    assert len(rows) == 7 * 3
    assert [row["booked_on"] for row in rows] == sorted(row["booked_on"] for row in rows)
    assert {row["debit"] for row in rows if row["account"] == "bank"} == {"121.00", "12100"}
    assert {row["text"] for row in rows} == {"", "'=SUM(A1)"}
    assert AccessRecord.objects.filter(page="ledger.export").count() == 1
    wrong = client.post("/settings/books/journals/file/", {"first": "2026-03-10", "last": "2026-03-01"})
    assert wrong.status_code == 422
    assert "not before it" in wrong.content.decode()


def test_coupons_are_laid_down_and_listed_with_their_budget(client: Client) -> None:
    assert "No coupons yet" in client.get("/settings/coupons/").content.decode()
    given: dict[str, Any] = {"campaign_name": "Late <b>", "worth": "amount", "amount": "20", "amount__currency": "EUR"}
    given |= {"from_day": "2026-01-01", "until_day": "2030-12-31", "days_valid": "30", "per_customer": "1"}
    given |= {"budget": "100", "budget__currency": "EUR", "idempotency_key": "1", "step": "do"}
    answer = client.post("/settings/acts/coupon_campaign/new/coupons.add_campaign/", given)
    assert answer.status_code == 302, answer.content.decode()
    campaign = Campaign.objects.get()
    for number in range(5):
        given = {"customer": None, "code": f"CODE-{number}", "until": TODAY, "most_uses": 1}
        make(campaign, **given, reason="", at=NOW, by_name="Ana")
    listed = client.get("/settings/coupons/").content.decode()
    assert "Late &lt;b&gt;" in listed
    assert listed.count("€100.00") == 2  # all of it promised
    assert "CODE-4" in client.get(f"/settings/coupons/{campaign.pk}/").content.decode()
