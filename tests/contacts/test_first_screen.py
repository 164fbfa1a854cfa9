"""The first screen of a file: everything in one statement, for whom it may be, and a record of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.first_screen import open_file
from onhand.contacts.models import Contact
from onhand.customers.models import Customer
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.models import AccessRecord
from onhand.kernel.signing import STREAM_COLUMNS, sign
from tests.factories import NOON, make_actor, make_customer, make_representative
from tests.factories.staff import make_site, make_team
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db


def opened(actor: Any, customer: Customer, **given: Any) -> Any:
    return open_file(actor, customer.pk, **{"page": "desk.customer", "reason": "asked", "at": NOON} | given)


def check(customer: Customer, contact: Contact, **given: Any) -> None:
    plain = {"way": "code", "level": 2, "at": NOON, "until": NOON + timedelta(hours=1), "by_name": "Rosa"}
    customer.identity_checks.create(contact_id=contact.pk, **plain | given)


def test_who_flags_and_timeline_of_a_merged_file() -> None:
    ana, anna = make_customer("Ana", city="Madrid", owner=make_representative("Rosa")), make_customer("Anna")
    Customer.objects.filter(pk=anna.pk).update(merged_into=ana)
    later = NOON + timedelta(days=1)
    for one, kind, more in ((ana, "vulnerable", {"until": later}), (anna, "fraud_alert", {})):
        one.flags.create(kind=kind, reason="said so", set_by_name="Eva", set_at=NOON, **more)
    ana.flags.create(kind="abusive", reason="", set_by_name="Eva", set_at=NOON, until=NOON)
    anna.notes.create(text="of Anna", author_name="Eva", created_at=NOON)
    screen = opened(make_actor(), ana)
    assert (screen.head.name, screen.head.city, screen.head.owner, screen.head.site) == ("Ana", "Madrid", "Rosa", "")
    assert {flag.kind: flag.until for flag in screen.flags} == {"vulnerable": later, "fraud_alert": None}
    assert [entry.said for entry in screen.timeline.entries] == ["of Anna"]
    assert screen.reading.member_ids == [ana.pk, anna.pk]
    assert opened(make_actor(), anna).head.merged_into == ana.pk


def count_statements(work: Callable[[], object]) -> int:
    with statements() as sent:
        work()
    return len(sent)


def test_one_statement_and_one_for_the_record() -> None:
    customer, actor = make_customer("Ana"), make_actor()
    assert count_statements(lambda: opened(actor, customer)) == 2
    assert count_statements(lambda: opened(actor, customer, at=NOON + timedelta(minutes=14))) == 1
    assert count_statements(lambda: opened(actor, customer, at=NOON + timedelta(minutes=16))) == 2
    read = AccessRecord.objects.order_by("id").values_list("subject_id", "page", "at")
    assert list(read) == [(customer.pk, "desk.customer", at) for at in (NOON, NOON + timedelta(minutes=16))]


def test_its_record_is_sealed_like_any_other() -> None:
    opened(make_actor(), make_customer("Ana"))
    row = AccessRecord.objects.get()
    columns = STREAM_COLUMNS["kernel_accessrecord"]
    assert bytes(row.mac) == sign("kernel_accessrecord", [getattr(row, column) for column in columns])


@pytest.mark.parametrize("visibility", list(Visibility))
def test_only_who_may_see_the_customer(visibility: Visibility) -> None:
    person, site = make_representative(), make_site()
    team = make_team(site)
    places = {"site_ids": frozenset({site.pk}), "team_ids": frozenset({team.pk})}
    actor = make_actor(id=person.pk, visibility=visibility, **places)
    assert opened(actor, make_customer("Ana", owner=person, site=site, team=team)).head.name == "Ana"
    other = make_customer("Ben", owner=make_representative(), site=make_site(), team=make_team())
    if visibility is Visibility.ALL:
        assert opened(actor, other).head.name == "Ben"
    else:
        with pytest.raises(SubjectNotFound):
            opened(actor, other)


def test_who_sees_nobody_sees_nobody() -> None:
    ana = make_customer("Ana")
    blind = [make_actor(permissions=frozenset()), make_actor(visibility=Visibility.SITE)]
    for actor in blind:
        with pytest.raises(SubjectNotFound):
            opened(actor, ana)
    for number in (0, -1, 2**80, 424242):
        with pytest.raises(SubjectNotFound):
            open_file(make_actor(), number, page="desk.customer", reason="", at=NOON)
    assert not AccessRecord.objects.exists()


def test_identified_on_ones_own_contact_that_goes_on() -> None:
    ana = make_customer("Ana")
    actor = make_actor(permissions=make_actor().permissions - {"customers.work_without_contact"})
    assert (opened(actor, ana).contact, opened(actor, ana).reading.reached.level) == (None, 0)
    contact = Contact.objects.create(customer=ana, channel="telephone", started_at=NOON, representative_id=actor.id)
    screen = opened(actor, ana)
    assert screen.contact is not None
    assert (screen.contact.id, screen.reading.contact_id, screen.reading.reached.level) == (contact.pk, contact.pk, 0)
    check(ana, contact, level=0)
    check(ana, contact, way="questions", level=1)
    screen = opened(actor, ana)
    assert screen.reading.reached.level == 1
    assert (screen.reading.reached.how, screen.identified_at, screen.failed_tries) == ("questions", NOON, 1)
    assert opened(make_actor(id=99, permissions=actor.permissions), ana).reading.reached.level == 0, (
        "a colleague's contact"
    )
    assert opened(actor, ana, at=NOON + timedelta(hours=2)).reading.reached.level == 0, "it holds for an hour"
    contact.ended_at = NOON
    contact.save()
    assert opened(actor, ana).reading.reached.level == 0


def test_the_reading_is_recorded_on_the_contact() -> None:
    ana, actor = make_customer("Ana"), make_actor()
    opened(actor, ana)
    contact = Contact.objects.create(customer=ana, channel="telephone", started_at=NOON, representative_id=actor.id)
    opened(actor, ana)
    opened(actor, ana)
    assert list(AccessRecord.objects.order_by("id").values_list("contact_id", flat=True)) == [None, contact.pk]
