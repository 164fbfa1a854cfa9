"""What guidelines can ask about payments and what customers have to spend."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onhand.kernel.money import Money
from tests.factories import make_customer
from tests.guidelines.asking import facts_of
from tests.payments.money import NOW, euro, make_card, make_method, method_of, take

pytestmark = pytest.mark.django_db


def test_a_payment_tells_how_and_when_it_was_paid(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"
    ana = make_customer()
    at = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)  # a second before a day of 23 hours
    paid = take(method_of(make_card(ana, 5000)), 1200, at=at)
    assert facts_of("payment", "payment", paid, at=at + timedelta(seconds=1)) == {
        "payment method": "stored_value",
        "payment state": "captured",
        "days since paid": 1,
    }
    for moment, days in ((at, 0), (at + timedelta(hours=23), 1), (at + timedelta(hours=23, seconds=1), 2)):
        assert facts_of("payment", "payment", paid, at=moment)["days since paid"] == days
    asked = take(make_method(ana), 900)
    assert facts_of("payment", "payment", asked, at=NOW)["days since paid"] is None
    assert facts_of("payment", "customer", ana, at=NOW)["payment method"] is None


def test_stored_value_is_that_of_the_file_in_the_currency_of_the_act() -> None:
    ana = make_customer()
    other = make_customer(merged_into=ana)
    make_card(ana, 5000)
    make_card(other, 250)
    make_card(make_customer(), 99_999)
    told = facts_of("stored value", "customer", other, at=NOW, gives=euro(1))
    assert str(told["stored value balance"]) == "52.50"
    assert facts_of("stored value", "customer", ana, at=NOW, gives=Money(1, "GBP"))["stored value balance"] == 0
    assert facts_of("stored value", "customer", ana, at=NOW)["stored value balance"] is None, "in no currency"
