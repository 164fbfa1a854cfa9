"""What guidelines can ask about a contact and the customer's cases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onhand.contacts.models import Case, ContactReason
from tests.factories import NOON, make_customer
from tests.factories.contacts import make_contact
from tests.guidelines.asking import facts_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_madrid(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"


def test_a_contact_tells_its_channel_and_whether_the_customer_waits() -> None:
    ana = make_customer()
    reason = ContactReason.objects.create(name="Damaged")
    call = make_contact(ana, ended_at=NOON + timedelta(minutes=9), reason=reason, direction="inbound")
    for at, waits in ((NOON, True), (NOON + timedelta(minutes=8, seconds=59), True), (call.ended_at, False)):
        assert facts_of("contact", "customer", ana, at=at, contact_id=call.pk) == {
            "channel": "telephone",
            "contact direction": "inbound",
            "customer waiting": waits,
            "contact reason": "Damaged",
        }
    letter = make_contact(ana, channel="letter")
    told = facts_of("contact", "order", None, at=NOON, contact_id=letter.pk)
    assert (told["customer waiting"], told["contact reason"]) == (False, None)
    assert set(facts_of("contact", "customer", ana, at=NOON).values()) == {None}
    assert set(facts_of("contact", "customer", ana, at=NOON, contact_id=999_999).values()) == {None}


@pytest.mark.usefixtures("in_madrid")
def test_cases_are_counted_as_they_were_at_the_moment() -> None:
    ana = make_customer()
    other, somebody_else = make_customer(merged_into=ana), make_customer()
    begins = datetime(2025, 10, 26, 23, tzinfo=UTC)  # of the first of 365 days: the day before had 25 hours
    at = datetime(2026, 10, 26, 22, 59, 59, tzinfo=UTC)  # the last second of the last of them
    for number, (whose, kind, opened, closed) in enumerate(
        (
            (ana, "complaint", begins, begins + timedelta(days=3)),
            (other, "complaint", begins - timedelta(seconds=1), None),
            (ana, "question", at, None),
            (ana, "complaint", at - timedelta(days=1), at),
            (ana, "complaint", at + timedelta(seconds=1), None),
            (somebody_else, "complaint", at, None),
        )
    ):
        state = {"state": "closed", "closed_at": closed} if closed else {}
        Case.objects.create(reference=f"C-{number}", customer=whose, kind=kind, subject="x", opened_at=opened, **state)
    assert facts_of("cases", "customer", other, at=at) == {"open cases": 2, "complaints in 12 months": 2}
    before = facts_of("cases", "customer", ana, at=at - timedelta(seconds=1))
    assert before == {"open cases": 2, "complaints in 12 months": 2}, "what is closed a second later is open"
    after = facts_of("cases", "customer", ana, at=at + timedelta(seconds=1))
    assert after["complaints in 12 months"] == 2, "a new one counts, and the oldest no more"
    assert facts_of("cases", "guideline", None, at=at)["open cases"] is None
