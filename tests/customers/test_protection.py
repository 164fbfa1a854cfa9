"""What is masked, for whom, and how it is shown in full after all."""

from datetime import date, timedelta
from typing import Any

import pytest

from onhand.contacts.models import Contact
from onhand.customers.enums import IdentityKind
from onhand.customers.file_queries import read_file
from onhand.customers.identification.level import NOBODY, STAFF, Reached
from onhand.customers.masks import HIDDEN, mask_email, mask_number, mask_telephone
from onhand.customers.models import Address, Customer, IdentityCheck
from onhand.customers.protection import IDENTITIES, PROTECTED, is_open, protect_values
from onhand.customers.timeline import read_timeline
from onhand.kernel.errors import IdentityNeeded, NotPossible
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.kernel.perform import Outcome, perform
from onhand.kernel.subjects import reference_type
from tests.factories import NOON, make_actor, make_customer
from tests.factories.contacts import make_contact, make_server

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
ONCE, STRONGLY = Reached(1, "questions"), Reached(2, "code")


@pytest.fixture
def ana() -> Customer:
    customer = make_customer(
        "Ana Núñez",
        address_lines="Calle Mayor 1",
        postal_code="28013",
        city="Madrid",
        country="ES",
        born_on=date(1980, 5, 12),
        tax_number="ES12345678Z",
    )
    for kind, value in (
        ("telephone", "+34910123456"),
        ("email", "ana@correo.example"),
        ("account_number", "A1234567890"),
    ):
        customer.identities.create(kind=kind, value=value, label="mother", created_at=NOON)
    Address.objects.create(customer=customer, kind="work", address_lines="Gran Vía 9", country="ES", valid_from=NOON)
    return customer


def identify(customer: Customer, level: int, **changes: Any) -> Contact:
    contact = make_contact(customer)
    given = {"way": "code", "level": level, "at": NOON, "until": LATER, "by_name": "x"} | changes
    IdentityCheck.objects.create(customer=customer, contact_id=contact.pk, **given)
    return contact


@pytest.mark.parametrize(
    ("masked", "shown"),
    [
        (mask_telephone("+34910123456"), "+34 ••• ••• 456"),
        (mask_telephone("12"), HIDDEN),
        (mask_telephone("not a number 123456"), "••• ••• 456"),
        (mask_email("ana@correo.example"), "a•••@correo.example"),
        (mask_email("a@correo.example"), "•••@correo.example"),
        (mask_email("nonsense"), HIDDEN),
        (mask_number("ES12 3456 78Z9"), "••• 78Z9"),
        (mask_number("1234567"), "••• 67"),
        (mask_number("12"), HIDDEN),
        (mask_number(""), HIDDEN),
    ],
)
def test_masks_show_enough_to_compare_and_not_to_tell(masked: str, shown: str) -> None:
    assert masked == shown


def test_a_file_is_shown_by_the_level_reached(ana: Customer) -> None:
    nobody = read_file(make_server(), ana.pk, at=NOON)
    assert nobody.reached == NOBODY
    assert {one.kind: one.value for one in nobody.identities} == {
        "telephone": "+34 ••• ••• 456",
        "email": "a•••@correo.example",
        "account_number": "••• 890",
    }
    assert {one.label for one in nobody.identities} == {""}
    assert (nobody.name, nobody.city, nobody.country) == ("Ana Núñez", "Madrid", "ES")
    assert (nobody.address_lines, nobody.postal_code, nobody.born_on, nobody.tax_number) == (
        HIDDEN,
        HIDDEN,
        None,
        "••• 78Z",
    )
    assert [one.address_lines for one in nobody.addresses] == [HIDDEN]
    assert {"born_on", "tax_number", "address_lines", "postal_code", "addresses"} <= nobody.masked
    contact = identify(ana, 1)
    for given in (contact.pk, None):  # their own going-on contact is found by itself
        once = read_file(make_server(), ana.pk, at=NOON, contact_id=given)
        assert (once.address_lines, once.born_on, once.tax_number) == ("Calle Mayor 1", None, "••• 78Z")
        assert {one.value for one in once.identities} == {"+34910123456", "ana@correo.example", "••• 890"}
    assert read_file(make_server(), ana.pk).reached == NOBODY  # without a time no contact counts
    assert read_file(make_server(id=2), ana.pk, at=NOON, contact_id=contact.pk).reached == NOBODY
    staff = read_file(make_actor(), ana.pk, at=NOON)
    assert (staff.reached, staff.address_lines, staff.born_on) == (STAFF, "Calle Mayor 1", None)


def test_reveal_shows_once_and_leaves_a_record(ana: Customer) -> None:
    def reveal(contact: Contact | None, actor: Any = None, **more: Any) -> Outcome:
        return perform(
            "customers.reveal",
            actor=actor or make_server(),
            subject_id=ana.pk,
            arguments={"what": "born_on", "reason": "Asked for it."} | more.pop("arguments", {}),
            at=NOON,
            contact_id=contact.pk if contact else None,
            **more,
        )

    for contact in (None, identify(ana, 1)):
        with pytest.raises(IdentityNeeded):
            reveal(contact)
    Contact.objects.all().update(ended_at=NOON)
    strong = identify(ana, 2)
    assert reveal(strong, preview=True).shown == {}
    outcome = reveal(strong, idempotency_key="k")
    assert outcome.shown == {"born_on": "1980-05-12"}
    assert reveal(strong, idempotency_key="k").shown == {}  # a replay shows nothing again
    record = ActRecord.objects.get(act="customers.reveal")
    assert record.arguments == {"what": "born_on", "reason": "Asked for it."}
    assert "1980" not in str([record.before, record.after, record.facts])
    read = AccessRecord.objects.get(page="reveal.born_on")
    assert (read.subject_id, read.contact_id, read.reason) == (ana.pk, strong.pk, "Asked for it.")
    assert reveal(None, make_actor(), arguments={"what": "account_numbers"}).shown == {"account_numbers": "A1234567890"}
    with pytest.raises(NotPossible):
        reveal(strong, arguments={"what": "name"})
    Customer.objects.filter(pk=ana.pk).update(born_on=None)
    with pytest.raises(NotPossible, match="does not hold"):
        reveal(strong)


def test_who_speaks_for_the_customer_is_told_what_they_may_be() -> None:
    told = Reached(2, "authorised", "Luis", told=frozenset({"contact_details"}), does=frozenset())
    assert is_open("emails", told)
    assert not is_open("represented_by", told)
    assert not is_open("born_on", told)
    assert is_open("name", told)


def test_records_hold_back_what_the_reader_may_not_see() -> None:
    values = {
        "emails": ["ana@correo.example"],
        "address_lines": "x",
        "city": "Madrid",
        "email": 5,
        "never_heard_of": "secret",
        "labels": [{"of": "+34910123456", "label": "mother"}],
        "code": f"{HIDDEN}0123abcd",
        "region": "",
        "x": None,
        "by_number": {"+34910123456": "x"},
    }
    assert protect_values(values, NOBODY) == {
        "emails": ["a•••@correo.example"],
        "address_lines": HIDDEN,
        "city": "Madrid",
        "email": 5,
        "never_heard_of": HIDDEN,
        "labels": [{"of": HIDDEN, "label": HIDDEN}],
        "code": HIDDEN,
        "region": "",
        "x": None,
        "by_number": {HIDDEN: HIDDEN},
    }
    assert protect_values({"born_on": "1980-05-12", "never_heard_of": "x"}, STRONGLY) == {
        "born_on": HIDDEN,
        "never_heard_of": "x",
    }
    assert protect_values({"emails": ["a@b.example"], "tax_number": "ES12345678Z"}, ONCE) == {
        "emails": ["a@b.example"],
        "tax_number": "••• 78Z",
    }
    assert set(IDENTITIES) == set(IdentityKind)
    assert all(rule.level for rule in PROTECTED.values())


def test_timeline_masks_changes(ana: Customer) -> None:
    given: dict[str, Any] = {"actor": make_actor(), "subject_id": ana.pk, "at": NOON}
    perform("customers.add_email", arguments={"email": "new@correo.example"}, **given)
    (entry,) = read_timeline(ana.pk).entries
    assert "new@" not in str(entry)
    (entry,) = read_timeline(ana.pk, reader=ONCE).entries
    assert "new@correo.example" in str(entry)


def test_suggestions_do_not_say_what_is_behind_the_mask(ana: Customer) -> None:
    options = reference_type("customers.telephone").options
    assert [one.label for one in options(make_server(), ana.pk, "")] == ["+34 ••• ••• 456"]
    for typed in ("+34910123456", "910123", "999"):  # what fits and what does not are answered alike
        assert [one.label for one in options(make_server(), ana.pk, typed)] == ["+34 ••• ••• 456"]
    assert reference_type("customers.address").options(make_server(), ana.pk, "") == []
    assert [one.label for one in options(make_actor(), ana.pk, "910 12")] == ["+34 910 12 34 56 (mother)"]
