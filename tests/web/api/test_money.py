"""Money over REST: bills explained, standings read, usage brought in once."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from onhand.billing.billing_accounts import bill_accounts
from onhand.billing.models import Subscription, UsageRecord
from onhand.invoicing.models import Document
from tests.billing.accounts import NOW, TODAY, make_account, make_plan, make_subscription, make_tariff, use
from tests.factories.callers import Caller, make_representative, make_token


def caller(**role: Any) -> Caller:
    return Caller(make_token(make_representative(**role)), Client())


def billed() -> Document:
    plan = make_plan(name="Power")
    make_tariff(plan)
    account = make_account()
    use(make_subscription(account, plan), "100")
    with transaction.atomic():
        bill_accounts([account.pk], day=TODAY, at=NOW)
    return Document.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_bill_is_explained_and_an_account_read() -> None:
    document = billed()
    me = caller()
    answered = me.get(f"documents/{document.pk}", reason="asked")
    assert answered.status_code == 200, answered.content
    said = answered.json()
    assert (said["number"], said["gross"], said["lines"][1]["pieces"]) == ("INV-2026-00001", 4250, "100")
    assert "Used: 100 kWh." in said["lines"][1]["explained"]
    assert said["lines"][1]["derivation"]["included"] == "50"
    stands = me.get(f"accounts/{document.document_id}", reason="asked").json()
    assert (stands["balance"], stands["open"][0]["label"]) == (4250, "INV-2026-00001")
    assert me.get("documents/999999", reason="asked").status_code == 404
    careful = caller(email="bo@example.com", permissions=["customers.view", "invoicing.view", "billing.view"])
    assert careful.get(f"documents/{document.pk}", reason="asked").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_usage_is_brought_in_once_and_wrong_rows_are_named() -> None:
    billed()
    one = Subscription.objects.get()
    row = {"subscription_id": one.pk, "outside_id": "m-1", "day": "2026-04-02", "quantity": "1.5"}
    body = {"source": "meter", "rows": [row, row | {"outside_id": "m-2", "subscription_id": 10**6}]}
    me = caller()
    first = me.client.post(
        "/api/v1/usage/bulk", body, content_type="application/json", headers={"Authorization": f"Bearer {me.token}"}
    )
    assert first.json()["stored"] == 1
    assert list(first.json()["errors"]) == ["1"]
    again = me.client.post(
        "/api/v1/usage/bulk", body, content_type="application/json", headers={"Authorization": f"Bearer {me.token}"}
    )
    assert (again.json()["stored"], again.json()["known"]) == (0, 1)
    assert UsageRecord.objects.filter(source="meter").count() == 1
    wrong = {"source": "meter", "rows": [row | {"quantity": "NaN"}]}
    refused = me.client.post(
        "/api/v1/usage/bulk", wrong, content_type="application/json", headers={"Authorization": f"Bearer {me.token}"}
    )
    assert refused.status_code == 422
