"""Whatever is done in whatever order, nothing is given without a decision that allows it."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onhand.approvals.ending import expire_due
from onhand.approvals.models import Approval
from onhand.contacts.models import Contact
from onhand.guidelines.models import Guideline
from onhand.invoicing.models import Document
from onhand.kernel.actor import system_actor
from onhand.kernel.errors import ActError
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from tests.approvals.asked import GOODWILL, NOW, ask, do, goodwill, lay_down, on_contact
from tests.examples import examples
from tests.factories.staff import actor_of
from tests.factories.work import make_person
from tests.guidelines.company import document, publish

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("ask", "do", "allow", "deny", "withdraw", "expire", "forbid", "permit")),
        st.integers(0, 4),
        st.sampled_from((1_000, 5_000, 9_000)),
    ),
    max_size=14,
)


@pytest.mark.django_db
def test_nothing_is_given_without_a_decision_that_allows_it() -> None:
    lay_down()
    moments = count(1)

    @settings(max_examples=examples(20), deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    @example([("ask", 0, 5_000), ("allow", 1, 5_000)])  # one way that gives something, whatever else is drawn
    def play(steps: list[tuple[str, int, int]]) -> None:
        _play(steps, NOW + timedelta(hours=next(moments)))

    play()
    assert ActRecord.objects.filter(act="approvals.allow").exists()


def _play(steps: list[tuple[str, int, int]], begins: datetime) -> None:
    asker = make_person("representative")
    people = [asker, make_person("supervisor"), make_person("supervisor"), make_person("senior"), make_person()]
    contact = on_contact(asker, at=begins)
    at: datetime = begins
    forbidden: list[Guideline] = []
    for number, (what, who, minor) in enumerate(steps):
        at += timedelta(minutes=4)
        person, newest = people[who], Approval.objects.filter(contact=contact).order_by("-pk").first()
        try:
            match what:
                case "ask":
                    ask(person, contact, minor, at=at, key=f"key-{number}")
                case "do":
                    perform(
                        GOODWILL,
                        actor=actor_of(person),
                        subject_id=contact.customer_id,
                        arguments=goodwill(minor),
                        at=at,
                        contact_id=contact.pk,
                    )
                case "expire":
                    expire_due(at)
                case "forbid":
                    rows = [("-", '"refuse"', "", "", "")]
                    forbidden.append(publish(f"Stop {number}", document([GOODWILL], ["weekday"], rows)))
                case "permit" if forbidden:
                    _retire(forbidden.pop(), at)
                case "allow" | "deny" | "withdraw" if newest is not None:
                    do(what, newest, person, at=at, **({"reason": "No"} if what == "deny" else {}))
        except ActError:
            pass
        _check(asker.pk, contact)
    for one in forbidden:
        _retire(one, at)


def _retire(guideline: Guideline, at: datetime) -> None:
    perform(
        "guidelines.retire_guideline",
        actor=system_actor("tests"),
        arguments={"note": "."},
        at=at,
        subject_id=guideline.pk,
    )


def _check(asker_id: int, contact: Contact) -> None:
    """Each thing given has a record; it was allowed, and beyond what one gives alone by somebody else."""
    records = list(ActRecord.objects.filter(act=GOODWILL, subject_id=contact.customer_id))
    assert len(records) == Document.objects.filter(customer=contact.customer_id).count()
    found = Approval.objects.filter(contact=contact, state="allowed")
    allowed = set(found.values_list("record_id", flat=True))
    for record in records:
        assert record.decision["answer"] == "allow"
        by = record.decision.get("approved_by")
        if record.actor_id == asker_id and record.facts["amount"]["minor"] > 2_000:
            assert by is not None
            assert by["id"] != asker_id
            assert record.pk in allowed
    assert allowed <= {record.pk for record in records}
