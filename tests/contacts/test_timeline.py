"""What contacts, cases and promises look like in a customer's timeline."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.models import Case, Contact, Promise
from onhand.contacts.timeline import lasted
from onhand.customers.timeline import read_timeline, tell
from tests.factories import NOON, make_customer

pytestmark = pytest.mark.django_db


def told(customer: Any) -> list[Any]:
    return [tell(entry) for entry in read_timeline(customer.pk).entries]


def test_a_contact_says_its_channel_how_long_and_how_sure() -> None:
    customer = make_customer("Ana")
    Contact.objects.create(
        customer=customer,
        channel="telephone",
        subject="Broken lamp",
        summary="She will send a picture.",
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=192),
        representative_name="Rosa Field",
        identified_level=2,
        identified_how="code by e-mail",
    )
    (one,) = told(customer)
    assert one.headline == "Telephone from the customer"
    assert one.said == "Broken lamp\nShe will send a picture."
    assert one.facts == [("Lasted", "3:12"), ("Identified", "code by e-mail")]
    assert one.badges == []
    assert one.icon == "telephone"


def test_a_contact_that_goes_on_and_one_to_the_customer() -> None:
    customer = make_customer("Ana")
    Contact.objects.create(customer=customer, channel="email", direction="outbound", started_at=NOON)
    (one,) = told(customer)
    assert (one.headline, one.badges) == ("E-mail to the customer", [("going on", "info")])


def test_cases_and_promises_say_how_they_stand() -> None:
    customer = make_customer("Ana")
    Case.objects.create(customer=customer, reference="K7F-29Q", kind="complaint", subject="Lamp", opened_at=NOON)
    later = NOON + timedelta(days=1)
    for minutes, state in enumerate(({}, {"kept_at": later}, {"called_off_at": later})):
        at = NOON + timedelta(minutes=minutes)
        Promise.objects.create(
            customer=customer, text="A new lamp", made_at=at, due_at=later, made_by_name="R", **state
        )
    stands = [one.badges[0][0] for one in told(customer)]
    assert stands == ["called off", "kept", "Open", "open"] or stands == ["called off", "kept", "open", "Open"]


def test_a_stopwatch() -> None:
    assert [lasted(seconds) for seconds in (-3, 5, 192, 3792)] == ["0:00", "0:05", "3:12", "1:03:12"]
