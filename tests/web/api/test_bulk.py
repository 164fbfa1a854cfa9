"""Many customers in one request: each row its own answer, one key one effect, the same rights as everywhere."""

from typing import Any

import pytest
from django.test import Client

from onhand.customers.models import Customer
from onhand.kernel.models import ActRecord
from tests.factories import NOON, make_representative, make_role
from tests.factories.callers import make_token

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [
    {"outside_id": "1", "name": "Ana Núñez", "emails": ["ana@example.com"], "telephones": ["910 123 456"]},
    {"outside_id": "2", "name": "Eva", "telephones": ["12"]},
    {"outside_id": "3"},
]


def send(token: str, rows: list[dict[str, Any]], key: str = "", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    body = {"system": "crm", "country": "ES", "customers": rows} | more
    return Client().post("/api/v1/customers/bulk", body, content_type="application/json", headers=headers)


@pytest.fixture
def token() -> str:
    return str(make_token(make_representative()))


def test_each_row_has_its_own_answer(token: str) -> None:
    answer = send(token, ROWS).json()
    assert (answer["created"], answer["errors"]) == (1, 2)
    first, second, third = answer["results"]
    assert (first["status"], first["outside_id"], first["version"]) == ("created", "1", 1)
    assert Customer.objects.get(pk=first["customer_id"]).reference == first["reference"]
    assert (second["status"], [*second["fields"]]) == ("error", ["telephone"])
    assert [*third["fields"]] == ["name"]
    again = send(token, [{"outside_id": "1", "city": "Madrid"}, {"outside_id": "1", "city": "Madrid"}]).json()
    assert [one["status"] for one in again["results"]] == ["updated", "unchanged"]


def test_the_same_key_acts_once(token: str) -> None:
    first = send(token, ROWS, key="abc").json()
    second = send(token, ROWS, key="abc").json()
    assert second["is_replay"] and not first["is_replay"]
    assert second["results"] == first["results"]
    assert (Customer.objects.count(), ActRecord.objects.count()) == (1, 1)
    other = send(token, ROWS[:1], key="abc")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    somebody = str(make_token(make_representative()))
    assert send(somebody, ROWS[:1], key="abc").json()["results"][0]["status"] == "unchanged"


def test_rights_and_forms_are_checked(token: str) -> None:
    from onhand.customers.access import VIEW

    reader = make_representative(role=make_role(permissions=[VIEW]))
    assert send(str(make_token(reader)), ROWS).status_code == 403
    assert send(token, []).status_code == 422
    assert send(token, [{"outside_id": "1"}] * 1001).status_code == 422
    assert send(token, [{"nonsense": 1}]).status_code == 422
    assert send(token, ROWS, country="Narnia").json()["fields"].keys() == {"country"}
    assert send(token, ROWS, on_match="delete").status_code == 422
    assert not Customer.objects.exists()


def test_erased_customers_are_refused_and_merged_ones_changed_at_their_root(token: str) -> None:
    rows = [
        {"outside_id": "1", "name": "Ana"},
        {"outside_id": "2", "name": "Eva"},
        {"outside_id": "3", "name": "Eva B"},
    ]
    ana, eva, twin = (one["customer_id"] for one in send(token, rows).json()["results"])
    Customer.objects.filter(pk=ana).update(erased_at=NOON)
    Customer.objects.filter(pk=twin).update(merged_into=eva)
    found = send(token, [{"outside_id": "1", "city": "X"}, {"outside_id": "3", "city": "Y"}]).json()["results"]
    assert found[0]["status"] == "error" and "erased" in found[0]["fields"]["outside_id"][0]
    assert (found[1]["status"], found[1]["customer_id"]) == ("updated", eva)
