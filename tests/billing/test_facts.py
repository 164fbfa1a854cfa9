"""What guidelines can ask about the account of a customer who is billed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from onhand.guidelines.facts import customer_of
from onhand.kernel.decisions import Question
from tests.billing.accounts import make_account, make_plan, make_subscription
from tests.factories import NOON, make_actor, make_customer
from tests.guidelines.asking import facts_of
from tests.invoicing.documents import invoice, line

pytestmark = pytest.mark.django_db
DUE = date(2026, 3, 28)


def test_an_account_tells_what_is_overdue_and_since_when(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"
    ana = make_customer(country="ES")
    account = make_account(ana, dunning_stage=2, hold_until=date(2026, 3, 29))
    one = invoice(line(9000), customer=ana, day=DUE, due_days=0)
    last = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)  # the day it is due, and then one of 23 hours
    told = facts_of("account", "account", account, at=last)
    assert told == {
        "account kind": "consumer",
        "dunning stage": 2,
        "dunning held": True,
        "payment plan running": False,
        "amount open": told["amount open"],
        "amount overdue": 0,
        "days overdue": 0,
    }
    assert told["amount open"] * 100 == one.gross_minor
    for at, days, held in (
        (last + timedelta(seconds=1), 1, True),
        (last + timedelta(hours=23), 1, True),
        (last + timedelta(hours=23, seconds=1), 2, False),
    ):
        told = facts_of("account", "account", account, at=at)
        assert (told["days overdue"], told["dunning held"]) == (days, held)
        assert told["amount overdue"] * 100 == one.gross_minor
    merged = make_customer(merged_into=ana)
    assert facts_of("account", "customer", merged, at=last)["dunning stage"] == 2
    assert set(facts_of("account", "customer", make_customer(), at=last).values()) == {None}


def test_whose_a_subscription_is() -> None:
    account = make_account()
    subscription = make_subscription(account, make_plan())
    question = Question(make_actor(), "tests.act", "subscription", subscription.pk, {}, NOON, subscription)
    assert customer_of(question) == account.customer_id
    assert facts_of("account", "subscription", subscription, at=NOON)["account kind"] == "consumer"
