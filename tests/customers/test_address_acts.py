"""Addresses are changed, added, corrected and ended by the rules of their country."""

from typing import Any

import pytest

from onhand.customers.models import Address
from onhand.kernel.errors import ArgumentsInvalid, NotPossible, StaleVersion
from onhand.kernel.perform import perform
from tests.customers.acting import do
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db

MADRID = {"address_lines": "Calle Mayor 1", "postal_code": "28 013", "city": "Madrid", "country": "ES"}
LEEDS = {"address_lines": "1 Mill Lane", "postal_code": "ls14ap", "city": "Leeds", "country": "GB"}


def test_change_address_stores_the_form_of_the_country_and_its_time() -> None:
    customer = make_customer()
    assert do("change_address", customer, **MADRID).after == MADRID | {
        "postal_code": "28013",
        "time_zone": "Europe/Madrid",
    }
    assert do("change_address", customer, **LEEDS).after["time_zone"] == "Europe/London"


def test_change_address_names_every_field_at_fault() -> None:
    customer = make_customer()
    with pytest.raises(ArgumentsInvalid) as refused:
        do("change_address", customer, **MADRID | {"postal_code": "ABC", "city": ""})
    assert set(refused.value.fields) == {"city", "postal_code"}
    with pytest.raises(NotPossible):
        do("change_address", customer, **MADRID | {"country": "EU"})


def test_a_time_zone_of_their_own_stays() -> None:
    customer = make_customer(**MADRID, time_zone="Atlantic/Canary")
    assert "time_zone" not in do("change_address", customer, **LEEDS).after


def test_old_addresses_without_rules_stay_readable_and_changeable() -> None:
    customer = make_customer(address_lines="x" * 300, postal_code="nonsense", country="ES")
    assert do("change_address", customer, **MADRID).before["postal_code"] == "nonsense"


def test_further_addresses_are_added_corrected_and_ended() -> None:
    customer, other = make_customer(), make_customer()
    added = do("add_address", customer, address_kind="delivery", **MADRID)
    (shown,) = added.after["further_addresses"]
    assert (shown["address_kind"], shown["postal_code"]) == ("delivery", "28013")
    with pytest.raises(NotPossible):
        do("add_address", customer, address_kind="delivery", **MADRID)
    do("add_address", customer, address_kind="billing", **MADRID)
    first = Address.objects.order_by("pk")[0]
    corrected = do("correct_address", customer, address=first.pk, address_kind="work", **LEEDS)
    assert corrected.after["further_addresses"][0]["postal_code"] == "LS1 4AP"
    with pytest.raises(NotPossible):
        do("end_address", other, address=first.pk)
    ended = do("end_address", customer, address=first.pk)
    assert [one["address_kind"] for one in ended.after["further_addresses"]] == ["billing"]
    first.refresh_from_db()
    assert first.ended_at == NOON
    for act, more in (("end_address", {}), ("correct_address", LEEDS | {"address_kind": "home"})):
        with pytest.raises(NotPossible):
            do(act, customer, address=first.pk, **more)


@pytest.mark.parametrize(
    "given",
    [
        {"address_lines": "٣ شارع النيل", "city": "القاهرة", "country": "EG"},
        {"address_lines": "\u202e1 evil street", "city": "X", "country": "AO"},
        {"address_lines": "1", "city": "Å", "country": "NO", "postal_code": "0150"},
        {
            "address_lines": "L" * 300,
            "city": "C" * 100,
            "country": "GB",
            "postal_code": "SW1A 1AA",
            "region": "R" * 100,
        },
    ],
)
def test_unusual_addresses_are_addresses(given: dict[str, Any]) -> None:
    customer = make_customer()
    do("change_address", customer, **given)
    customer.refresh_from_db()
    assert customer.address_lines == given["address_lines"].lstrip("\u202e")


def test_correcting_the_same_address_at_once_overwrites_nothing_silently() -> None:
    customer = make_customer()
    do("add_address", customer, address_kind="work", **MADRID)
    address = Address.objects.get()
    arguments = {"address": address.pk, "address_kind": "home", **LEEDS}
    given = {"actor": make_actor(), "arguments": arguments, "subject_id": customer.pk, "at": NOON}
    perform("customers.correct_address", **given, expected_version=2)
    with pytest.raises(StaleVersion):
        perform("customers.correct_address", **given, expected_version=2)
