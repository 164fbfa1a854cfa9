"""The demo company's customers, of any number, and their years of contacts."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from onhand.contacts.models import Case, CaseClock, CaseContact, CaseKind, Contact, Message, Promise
from onhand.customers.contact_points import read_email, read_telephone
from onhand.customers.demo import loading as demo_loading
from onhand.customers.demo.company import add_demo_customers, create_demo_customers
from onhand.customers.demo.loading import load_sources
from onhand.customers.demo.sources import Calendar, DemoCompany, DemoPerson, demo_sources
from onhand.customers.finding.find import find_customers, search_customers
from onhand.customers.models import Customer, Household, Identity, Note
from onhand.customers.operations import next_reference
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.staff.demo import create_demo_staff
from tests.factories import NOON, make_actor

STAFF = (DemoPerson(1, "Ana Prieto"), DemoPerson(2, "Grace Holroyd"))


@pytest.fixture(autouse=True)
def inside_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load begins a transaction of its own; in a test there is one already."""
    atomic = demo_loading.transaction.atomic
    monkeypatch.setattr(demo_loading.transaction, "atomic", lambda *function, **_more: atomic(*function))


def block(*, seed: int = 1, number: int = 0, at: datetime = NOON, size: int = 300) -> dict[str, list[str]]:
    load_sources()
    sources = demo_sources()
    references = {sequence: 1 for source in sources for sequence in source.references}
    company = DemoCompany(100_000, seed, at, {1: STAFF}, [(1, 1, "Madrid")], references)
    first_ids = {table.name: 1 for source in sources for table in source.tables()}
    return demo_loading._make_block(number, size, sources, company, Calendar(at), first_ids)


@pytest.mark.django_db
def test_demo_customers_are_plausible_and_quickly_made() -> None:
    create_demo_staff(at=NOON, password="kettle-lamp-river-42")
    begun = time.process_time()
    assert create_demo_customers(at=NOON) == 240
    assert time.process_time() - begun < 4
    assert create_demo_customers(at=NOON) == 0
    assert len(set(Customer.objects.values_list("language", flat=True))) >= 8
    assert Customer.objects.filter(kind="organisation").count() >= 5
    assert Customer.objects.exclude(owner=None).exists()
    assert not Customer.objects.filter(team=None).exists()
    assert Household.objects.exists()
    for identity in Identity.objects.filter(kind__in=("email", "telephone")):
        read = read_email if identity.kind == "email" else lambda value: read_telephone(value, "")
        assert read(identity.value) == identity.value
        if identity.kind == "email":
            assert {"example", "com", "org", "net"} & set(identity.value.rpartition("@")[2].split("."))
            assert "example" in identity.value
    assert search_customers(make_actor(), "garcia")
    records = ActRecord.objects.order_by("id")
    assert records.count() >= 80
    times = [record.at for record in records]
    assert times == sorted(times)
    assert NOON - timedelta(days=29) < times[0] < times[-1] < NOON
    assert len({record.actor_name for record in records}) > 3
    assert Contact.objects.count() > 1_000
    assert Case.objects.filter(closed_at=None).exists()
    assert Promise.objects.exists()
    assert {"inbound", "outbound"} == set(Message.objects.values_list("direction", flat=True))
    assert "\n\n" in "".join(Message.objects.values_list("text", flat=True))
    assert set(Contact.objects.exclude(last_message_at=None).values_list("came_to", flat=True)) == {
        "help@onhand-demo.example"
    }
    assert Contact.objects.filter(needs_answer=True, ended_at=None, team__isnull=False).exists()
    assert not Contact.objects.filter(last_message_at__isnull=False, messages=None).exists()
    for row in (Contact.objects.order_by("started_at"), Note.objects.order_by("created_at")):
        last = row.last()
        assert last is not None
        assert getattr(last, "started_at", None) or last.created_at < NOON


@pytest.mark.django_db
def test_without_staff_there_are_customers_all_the_same() -> None:
    assert create_demo_customers(at=NOON, count=12) == 12


@pytest.mark.django_db
def test_more_are_added_to_what_there_is_and_work_goes_on() -> None:
    create_demo_customers(at=NOON, count=20)
    told: list[tuple[str, int, int]] = []
    add_demo_customers(at=NOON, count=30, seed=7, progress=lambda *said: told.append(said))
    assert Customer.objects.count() == 50
    assert Customer.objects.values("reference").distinct().count() == 50
    assert ("customers", 30, 30) in told
    assert not Customer.objects.filter(reference=next_reference()).exists()
    arguments = {"customer_name": "Ana Prieto", "language": "es"}
    done = perform("customers.register_customer", actor=make_actor(), arguments=arguments, at=NOON)
    assert find_customers(make_actor(), "ana prieto").customers
    assert done.subject_id is not None


@pytest.mark.django_db
def test_a_large_load_puts_every_index_and_constraint_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def schema() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "select indexdef from pg_indexes where schemaname = 'public' union all"
                " select conrelid::regclass || conname || pg_get_constraintdef(oid) from pg_constraint where conrelid > 0 order by 1"
            )
            return cursor.fetchall()

    before = schema()
    monkeypatch.setattr(demo_loading, "LARGE", 10)
    add_demo_customers(at=NOON, count=40)
    assert schema() == before
    assert Customer.objects.count() == 40
    assert find_customers(make_actor(), Customer.objects.order_by("pk")[20].name).customers


def test_the_same_seed_makes_the_same_rows() -> None:
    assert block() == block()
    assert block(number=3) == block(number=3)
    first = block()["customers_customer"]
    assert block(seed=2)["customers_customer"] != first
    assert block(number=1)["customers_customer"] != first
    later = block(at=NOON + timedelta(days=7))
    assert [line.split("\t")[3] for line in later["customers_customer"]] == [line.split("\t")[3] for line in first]


def test_contacts_have_the_shape_of_real_days_and_weeks() -> None:
    chance_of = Counter[int]()
    hours, years = Counter[int](), Counter[int]()
    for number in range(3):
        for line in block(number=number, size=1_000)["contacts_contact"]:
            column = line.split("\t")
            at = datetime.fromisoformat(column[8])
            assert at < NOON.astimezone(UTC)
            chance_of[at.weekday()] += 1
            years[at.year] += 1
            if column[3] == "telephone":
                hours[at.hour] += 1
    assert chance_of[0] > 1.1 * chance_of[2] > 2 * chance_of[5] > chance_of[6]
    assert hours[10] > hours[14]
    assert hours[17] > hours[14]
    assert set(hours) <= set(range(7, 21))
    assert years[2025] > 1.2 * years[2023]


def test_people_have_the_names_of_their_countries() -> None:
    names = {line.split("\t")[3]: line.split("\t")[5] for line in block(size=1_000)["customers_customer"]}
    spanish = [name for name, language in names.items() if language == "es"]
    assert sum(len(name.split()) >= 3 for name in spanish) > 0.8 * len(spanish)
    assert any("α" in name for name in names)
    assert any("\u0400" < c < "\u04ff" for name in names for c in name)
    assert len(names) > 900


@pytest.mark.django_db
def test_demo_cases_have_due_times_and_promises_that_fit() -> None:
    create_demo_staff(at=NOON, password="kettle-lamp-river-42")
    create_demo_customers(at=NOON)
    open_cases = Case.objects.filter(closed_at=None)
    running = CaseClock.objects.filter(met_at=None, stopped_at=None)
    assert set(running.values_list("case", flat=True)) == set(open_cases.values_list("pk", flat=True))
    assert running.filter(broken_at=None, due_at__gt=NOON).exists()
    assert running.exclude(broken_at=None).exists()
    assert not running.filter(broken_at=None, paused_at=None, due_at__lt=NOON).exists()
    assert not CaseClock.objects.filter(paused_at__isnull=False).exclude(case__state="waiting").exists()
    assert Promise.objects.filter(kept_at=None).exclude(broken_at=None).exists()
    assert Promise.objects.exclude(kept_at=None).exclude(broken_at=None).exists()
    assert open_cases.exclude(team=None).exclude(reason=None).exists()
    assert set(Case.objects.values_list("kind", flat=True)) <= set(CaseKind.objects.values_list("key", flat=True))
    assert CaseContact.objects.count() == Contact.objects.exclude(case=None).count()
