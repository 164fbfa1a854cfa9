"""Reading customers' files, and leaving a trace of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onhand.customers import queries
from onhand.customers.models import Customer
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.models import AccessRecord
from onhand.kernel.perform import perform
from tests.factories import NOON, make_actor, make_customer, make_representative
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db


def with_points(name: str, *values: str, **changes: Any) -> Customer:
    customer = make_customer(name, **changes)
    for value in values:
        customer.identities.create(kind="telephone" if value.startswith("+") else "email", value=value, created_at=NOON)
    return customer


def test_only_visible_customers_are_read() -> None:
    person = make_representative()
    mine, theirs = make_customer("Ana", owner=person), make_customer("Anton")
    actor = make_actor(id=person.pk, visibility=Visibility.OWN)
    assert queries.read_file(actor, mine.pk).name == "Ana"
    for number in (theirs.pk, 0, -1, 2**80, 424242):
        with pytest.raises(SubjectNotFound):
            queries.read_file(actor, number)


def test_file_in_one_statement() -> None:
    person = make_representative("Rosa Field")
    customer = with_points("Ana", "+34910123456", "ana@correo.example", owner=person, city="Madrid")
    with statements() as sent:
        queries.read_file(make_actor(), customer.pk)
    assert len(sent) == 1
    found = queries.read_file(make_actor(), customer.pk)
    assert (found.city, found.owner, found.site) == ("Madrid", "Rosa Field", "")
    assert [one.value for one in found.identities] == ["+34910123456", "ana@correo.example"]


def test_reading_leaves_a_record_once_a_quarter_of_an_hour() -> None:
    customer, actor = make_customer("Ana"), make_actor()
    for minutes, contact in ((0, None), (5, None), (14, 7), (16, None)):
        at = NOON + timedelta(minutes=minutes)
        queries.note_reading(actor, customer.pk, page="desk.customer", reason="looked up", at=at, contact_id=contact)
    read = [(one.at - NOON, one.contact_id) for one in AccessRecord.objects.order_by("id")]
    assert read == [(timedelta(0), None), (timedelta(minutes=14), 7), (timedelta(minutes=16), None)]


def test_recently_opened_and_done_today() -> None:
    actor = make_actor()
    ana, ben = make_customer("Ana"), make_customer("Ben")
    for minutes, customer in ((0, ana), (1, ben), (30, ana)):
        queries.note_reading(actor, customer.pk, page="desk.customer", reason="", at=NOON + timedelta(minutes=minutes))
    assert [one.name for one in queries.recently_opened(actor)] == ["Ana", "Ben"]
    assert queries.recently_opened(make_actor(id=99)) == []
    perform("customers.add_note", actor=actor, arguments={"text": "x"}, subject_id=ana.pk, at=NOON)
    assert [(one.act, one.customer) for one in queries.acts_since(actor, NOON)] == [("customers.add_note", "Ana")]
    assert queries.acts_since(actor, NOON + timedelta(hours=1)) == []


def test_recently_opened_looks_at_the_files_that_were_opened_not_at_every_customer() -> None:
    actor = make_actor()
    queries.note_reading(actor, make_customer("Ana").pk, page="desk.customer", reason="", at=NOON)
    with CaptureQueriesContext(connection) as run:
        queries.recently_opened(actor)
    with connection.cursor() as cursor:
        cursor.execute(f"explain {run[0]['sql']}")
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "hashed SubPlan" not in plan, "every customer is looked at"
