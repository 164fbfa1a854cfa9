"""What each act on a customer's file does."""

from typing import Any

import pytest

from onhand.customers.models import Customer, Identity, Note
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from onhand.kernel.perform import Outcome, perform
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db


def do(name: str, customer: Customer, **arguments: Any) -> Outcome:
    return perform(name, actor=make_actor(), subject_id=customer.pk, arguments=arguments, at=NOON)


def test_register_customer_opens_a_file_with_a_reference() -> None:
    outcome = perform(
        "customers.register_customer",
        actor=make_actor(),
        arguments={
            "customer_name": " Ana  Prieto ",
            "kind": "organisation",
            "language": "es",
            "email": "ANA@Example.com",
        },
        at=NOON,
    )
    customer = Customer.objects.get(pk=outcome.subject_id or 0)
    assert (customer.kind, customer.language, customer.version, outcome.version) == ("organisation", "es", 1, 1)
    assert len(customer.reference) == 7
    assert outcome.before == {}


def test_change_address_changes_all_of_it() -> None:
    customer = make_customer(region="Madrid", postal_code="28013")
    outcome = do(
        "customers.change_address",
        customer,
        address_lines="1 High Street\nFlat 2",
        postal_code="n19gu",
        city="London",
        country="GB",
    )
    customer.refresh_from_db()
    assert (customer.address_lines, customer.region, customer.postal_code) == ("1 High Street\nFlat 2", "", "N1 9GU")
    assert outcome.after["time_zone"] == customer.time_zone == "Europe/London"
    assert outcome.before["region"] == "Madrid"
    with pytest.raises(NotPossible) as refused:
        do("customers.change_address", customer, address_lines="x", city="x", country="EU")
    assert list(refused.value.fields) == ["country"]


@pytest.mark.parametrize(
    ("add", "remove", "field", "typed", "stored"),
    [
        ("customers.add_email", "customers.remove_email", "email", " Ana@Example.COM ", "Ana@example.com"),
        ("customers.add_telephone", "customers.remove_telephone", "telephone", "910 123 456", "+34910123456"),
    ],
)
def test_contact_points_come_and_go(add: str, remove: str, field: str, typed: str, stored: str) -> None:
    customer, other = make_customer(country="ES"), make_customer(country="ES")
    outcome = do(add, customer, **{field: typed})
    assert outcome.after == {f"{field}s": [stored]}
    identity = Identity.objects.get()
    assert (identity.value, identity.customer_id, identity.created_at) == (stored, customer.pk, NOON)
    customer.refresh_from_db()
    with pytest.raises(NotPossible):
        do(add, customer, **{field: stored})
    with pytest.raises(NotPossible):
        do(remove, other, **{field: identity.pk})
    with pytest.raises(NotPossible):
        do(add, customer, **{field: "nobody"})
    outcome = do(remove, customer, **{field: identity.pk})
    assert (outcome.before, outcome.after) == ({f"{field}s": [stored]}, {f"{field}s": []})
    customer.refresh_from_db()
    assert customer.version == 3


def test_an_address_is_not_removed_as_a_number() -> None:
    customer = make_customer()
    do("customers.add_email", customer, email="ana@example.com")
    with pytest.raises(NotPossible):
        do("customers.remove_telephone", customer, telephone=Identity.objects.get().pk)


def test_change_language_takes_a_language_there_is() -> None:
    customer = make_customer()
    assert do("customers.change_language", customer, language="es").after == {"language": "es"}
    customer.refresh_from_db()
    assert customer.language == "es"
    for wrong, error in (("xx", NotPossible), ("", ArgumentsInvalid)):
        with pytest.raises(error):
            do("customers.change_language", customer, language=wrong)


def test_add_note_keeps_who_and_on_which_contact() -> None:
    customer = make_customer()
    outcome = perform(
        "customers.add_note",
        actor=make_actor(),
        subject_id=customer.pk,
        arguments={"text": "Called twice.\r\nCall back."},
        at=NOON,
        contact_id=9,
    )
    note = Note.objects.get()
    assert (note.text, note.author_name, note.contact_id) == ("Called twice.\nCall back.", "Ana Prieto", 9)
    assert outcome.after == {"note": note.text}


def test_register_customer_takes_what_is_known_and_the_time_of_the_country() -> None:
    given = {
        "customer_name": "Ana Prieto",
        "country": "ES",
        "city": " Madrid ",
        "telephone": "910 123 456",
        "born_on": "1980-02-29",
        "form_of_address": "Dra.",
    }
    outcome = perform("customers.register_customer", actor=make_actor(), arguments=given, at=NOON)
    customer = Customer.objects.get(pk=outcome.subject_id or 0)
    assert (customer.time_zone, customer.city, str(customer.born_on)) == ("Europe/Madrid", "Madrid", "1980-02-29")
    assert outcome.after["telephones"] == ["+34910123456"]
    assert (outcome.after["born_on"], outcome.after["form_of_address"]) == ("1980-02-29", "Dra.")
    for wrong, field in (
        ({"telephone": "12"}, "telephone"),
        ({"country": "EU"}, "country"),
        ({"kind": "organisation"}, "born_on"),
    ):
        with pytest.raises(NotPossible) as refused:
            perform("customers.register_customer", actor=make_actor(), arguments=given | wrong, at=NOON)
        assert list(refused.value.fields) == [field]
    assert Customer.objects.count() == 1


NAMES = [
    "Q",
    "N" * 300,
    "4711",
    "!!!",
    "山",
    "محمد",
    "ע" * 300,
    "㌖" * 300,
    "ﷺ" * 300,
    "O’Connor-Ñúñez d’A",
    "\U0001f984",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_of_every_kind_are_names(name: str) -> None:
    customer = make_customer("Ana")
    outcome = perform(
        "customers.change_name", actor=make_actor(), subject_id=customer.pk, arguments={"name": f"  {name} "}, at=NOON
    )
    customer.refresh_from_db()
    assert customer.name == outcome.after["name"] == name


@pytest.mark.parametrize(
    "name", ["", "  ", "\u200d", "\u3164\u3164", "\u0301", "\u2800", "a\nb", "\x00", "N" * 301, "\u202e"]
)
def test_a_name_nobody_can_see_or_store_is_none(name: str) -> None:
    customer = make_customer("Ana")
    for act, argument in (("change_name", "name"), ("register_customer", "customer_name")):
        subject = None if act == "register_customer" else customer.pk
        with pytest.raises((NotPossible, ArgumentsInvalid)) as refused:
            perform(f"customers.{act}", actor=make_actor(), subject_id=subject, arguments={argument: name}, at=NOON)
        assert list(refused.value.fields) == [argument]


def test_change_form_of_address() -> None:
    customer = make_customer()
    assert do("customers.change_form_of_address", customer, form_of_address="Ms").after == {"form_of_address": "Ms"}
    assert do("customers.change_form_of_address", customer).after == {"form_of_address": ""}


def test_change_born_on_takes_days_that_can_be() -> None:
    customer, company = make_customer(), make_customer(kind="organisation")
    assert do("customers.change_born_on", customer, born_on="1980-02-29").after == {"born_on": "1980-02-29"}
    assert do("customers.change_born_on", customer).after == {"born_on": ""}
    for on, wrong in ((customer, "2026-11-23"), (customer, "1895-01-01"), (company, "1980-01-01")):
        with pytest.raises(NotPossible):
            do("customers.change_born_on", on, born_on=wrong)
    do("customers.change_born_on", customer, born_on="2026-11-21")


def test_change_tax_number_takes_what_is_plausible() -> None:
    customer = make_customer()
    assert do("customers.change_tax_number", customer, tax_number=" b-12 345.678 ").after == {
        "tax_number": "B-12 345.678"
    }
    assert do("customers.change_tax_number", customer).after == {"tax_number": ""}
    for wrong in ("123", "ABCD", "12;34", "1234567890" * 5, "-1234", "١٢٣٤"):
        with pytest.raises((NotPossible, ArgumentsInvalid)) as refused:
            do("customers.change_tax_number", customer, tax_number=wrong)
        assert list(refused.value.fields) == ["tax_number"]


def test_change_time_zone_takes_a_zone_there_is() -> None:
    customer = make_customer()
    assert do("customers.change_time_zone", customer, time_zone="Atlantic/Canary").after == {
        "time_zone": "Atlantic/Canary"
    }
    for wrong in ("Mars/Olympus", "EST", "../etc"):
        with pytest.raises(NotPossible):
            do("customers.change_time_zone", customer, time_zone=wrong)
