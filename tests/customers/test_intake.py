"""Rows from outside: read into one form, and written many at once with a record each."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from onhand.customers.enums import CustomerKind, IdentityKind, IdentitySource
from onhand.customers.finding.find import find_customers
from onhand.customers.intake.reading import Incoming, Reading, read_row
from onhand.customers.intake.upsert import OnMatch, Result, Status, bring_in
from onhand.customers.models import Customer, Identity, OutsideId
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import NotPermitted
from onhand.kernel.models import ActRecord, Delivery, EventRecord
from tests.factories import NOON, make_actor, make_customer

CRM = Reading(system="crm", country="ES", language="es", today=NOON.date())


def row(reading: Reading = CRM, **cells: str | list[str]) -> Incoming:
    incoming, problems = read_row({k: [v] if isinstance(v, str) else v for k, v in cells.items()}, reading)
    assert not problems, problems
    return incoming


def wrong(reading: Reading = CRM, **cells: str) -> dict[str, str]:
    _incoming, problems = read_row({k: [v] for k, v in cells.items()}, reading)
    return {problem.field: problem.message for problem in problems}


def bring(*rows: Incoming, on_match: OnMatch = OnMatch.UPDATE, **changes: Any) -> list[Result]:
    with transaction.atomic():
        return bring_in(rows, actor=changes.pop("actor", make_actor()), at=NOON, on_match=on_match, **changes)


def test_a_row_is_read_as_people_write_it() -> None:
    found = row(
        outside_id=" 00042 ",
        given_name="Ana",
        family_name=["Núñez", "Prieto"],
        country="España",
        language="Spanish",
        born_on="3/4/1980",
        email="Ana@Example.COM; ana@work.example",
        telephone="910 123 456",
        address_lines=["Calle Mayor 1", "2.º B"],
        postal_code="08013",
    )
    assert found.outside == ("crm", "00042")
    assert found.values == {
        "name": "Ana Núñez Prieto",
        "country": "ES",
        "language": "es",
        "born_on": date(1980, 4, 3),
        "address_lines": "Calle Mayor 1\n2.º B",
        "postal_code": "08013",
    }
    assert found.identities == [
        (IdentityKind.EMAIL, "Ana@example.com"),
        (IdentityKind.EMAIL, "ana@work.example"),
        (IdentityKind.TELEPHONE, "+34910123456"),
    ]


def test_a_company_is_an_organisation() -> None:
    found = row(organisation="Café Orquídea")
    assert (found.values["name"], found.values["kind"]) == ("Café Orquídea", CustomerKind.ORGANISATION)
    assert row(organisation="Acme", given_name="Ana").values["name"] == "Ana"


def test_what_cannot_be_read_is_named_with_how_to_mend_it() -> None:
    assert wrong(
        email="ana@", telephone="12", language="Klingon", country="Narnia", born_on="31/31/2000", kind="dog"
    ).keys() == {*("email", "telephone", "language", "country", "born_on", "kind")}
    assert "rounded" in wrong(telephone="3.49E+10")["telephone"]
    assert "encoding" in wrong(name="Ana N\ufffd\ufffdez")["name"]
    assert "encoding" in wrong(name="Ana\x00")["name"]
    assert "too long" in wrong(name="x" * 301)["name"]
    assert "future" in wrong(born_on="2027-01-01")["born_on"]
    assert "system" in wrong(Reading(), outside_id="1")["outside_id"]
    assert "reference" in wrong(reference="K7F-29")["reference"]
    assert "postal code" in wrong(postal_code="ABC")["postal_code"]
    assert row(postal_code="ls14ap", country="UK").values["postal_code"] == "LS1 4AP"


def test_what_an_export_masked_or_escaped_is_read_back() -> None:
    found = row(telephone="'+34910123456", email="a•••@example.com", name="'=SUM(A1)")
    assert found.identities == [(IdentityKind.TELEPHONE, "+34910123456")]
    assert found.values["name"] == "=SUM(A1)"


@pytest.mark.django_db
def test_new_rows_become_customers_with_a_record_an_event_and_deliveries_each() -> None:
    results = bring(
        row(outside_id="1", name="Ana Prieto", email="ana@example.com", telephone="910 123 456"),
        row(outside_id="2", name="Acme", kind="company"),
    )
    assert [r.status for r in results] == [Status.CREATED, Status.CREATED]
    ana, acme = (Customer.objects.get(pk=r.customer_id) for r in results)
    assert (ana.name, ana.language, ana.country, ana.version) == ("Ana Prieto", "es", "ES", 1)
    assert acme.kind == CustomerKind.ORGANISATION
    assert ana.time_zone == "Europe/Madrid"
    assert [one.id for one in find_customers(make_actor(), "910123456").customers] == [ana.pk]
    identities = list(Identity.objects.filter(customer=ana).order_by("pk"))
    assert [(i.kind, i.value, i.source) for i in identities] == [
        ("email", "ana@example.com", IdentitySource.IMPORTED),
        ("telephone", "+34910123456", IdentitySource.IMPORTED),
    ]
    assert OutsideId.objects.get(customer=ana).value == "1"
    record = ActRecord.objects.get(pk=results[0].record_id)
    assert (record.act, record.subject_id, record.before) == ("customers.import_customer", ana.pk, {})
    assert record.after["emails"] == ["ana@example.com"]
    assert record.arguments["outside_id"] == "1"
    event = EventRecord.objects.get(record_id=record.pk)
    assert (event.name, event.subject_id) == ("kernel.act_done", ana.pk)
    assert Delivery.objects.filter(event_id=event.pk).exists()


@pytest.mark.django_db
def test_known_rows_change_only_what_differs_and_say_so() -> None:
    (first,) = bring(row(outside_id="1", name="Ana", city="Madrid", email="a@example.com"))
    (same,) = bring(row(outside_id="1", name="Ana", city="Madrid", email="A@example.com"))
    assert (same.status, same.customer_id) == (Status.UNCHANGED, first.customer_id)
    (changed,) = bring(row(outside_id="1", name="Ana María", email="b@example.com"))
    assert changed.status is Status.UPDATED
    record = ActRecord.objects.get(pk=changed.record_id)
    assert record.before == {"name": "Ana", "emails": ["a@example.com"]}
    assert record.after == {"name": "Ana María", "emails": ["a@example.com", "b@example.com"]}
    customer = Customer.objects.get(pk=first.customer_id)
    assert (customer.name, customer.city, customer.version) == ("Ana María", "Madrid", 2)
    assert "maria" in customer.search_text


@pytest.mark.django_db
def test_who_moves_to_another_country_lives_by_its_time() -> None:
    bring(row(outside_id="1", name="Ana"))
    (moved,) = bring(row(outside_id="1", country="Portugal"))
    record = ActRecord.objects.get(pk=moved.record_id)
    assert record.after == {"country": "PT", "time_zone": "Europe/Lisbon"}
    assert Customer.objects.get().time_zone == "Europe/Lisbon"


@pytest.mark.django_db
def test_what_is_there_is_skipped_or_only_filled_if_asked() -> None:
    bring(row(outside_id="1", name="Ana", city="Madrid"))
    (skipped,) = bring(row(outside_id="1", name="Eva", region="Madrid", tax_number="1X"), on_match=OnMatch.SKIP)
    assert skipped.status is Status.SKIPPED
    (filled,) = bring(row(outside_id="1", name="Eva", region="Madrid", tax_number="1X"), on_match=OnMatch.FILL)
    customer = Customer.objects.get(pk=filled.customer_id)
    assert (customer.name, customer.tax_number, customer.region) == ("Ana", "1X", "")  # no address is made of two


@pytest.mark.django_db
def test_a_customer_is_found_by_outside_id_else_reference_else_number() -> None:
    (first,) = bring(row(outside_id="1", customer_number="C-1", name="Ana"))
    assert bring(row(customer_number="c-1", name="Ana B"))[0].customer_id == first.customer_id
    assert bring(row(reference=first.reference, name="Ana C"))[0].customer_id == first.customer_id
    (again,) = bring(row(Reading(system="shop"), outside_id="9", customer_number="C-1", name="Ana C"))
    assert (again.status, again.customer_id) == (Status.UPDATED, first.customer_id)
    assert OutsideId.objects.filter(customer=first.customer_id).count() == 2
    make_customer("Twin").identities.create(kind="customer_number", value="C-1", created_at=NOON)
    (unsure,) = bring(row(customer_number="C-1", name="Ana"))
    assert unsure.status is Status.ERROR
    (unknown,) = bring(row(reference="222-222", name="Ana")) if _is_code("222-222") else (unsure,)
    assert unknown.status is Status.ERROR


def _is_code(text: str) -> bool:
    return not wrong(reference=text)


@pytest.mark.django_db
def test_the_same_id_twice_in_a_batch_is_one_customer() -> None:
    results = bring(
        row(outside_id="1", name="Ana"), row(outside_id="1", name="Ana B"), row(outside_id="1", name="Ana B")
    )
    assert [r.status for r in results] == [Status.CREATED, Status.UPDATED, Status.UNCHANGED]
    assert Customer.objects.get().version == 2


@pytest.mark.django_db
def test_two_rows_by_different_keys_about_one_customer_are_one_after_the_other() -> None:
    bring(row(outside_id="1", customer_number="7", name="Ana"))
    results = bring(row(outside_id="1", name="Eva"), row(customer_number="7", city="Bilbao"))
    assert [r.status for r in results] == [Status.UPDATED, Status.UPDATED]
    assert (Customer.objects.get().name, Customer.objects.get().city) == ("Eva", "Bilbao")


@pytest.mark.django_db
def test_merged_customers_are_changed_at_their_root_and_erased_ones_refused() -> None:
    (a, b) = bring(row(outside_id="1", name="Ana"), row(outside_id="2", name="Ana P"))
    Customer.objects.filter(pk=b.customer_id).update(merged_into=a.customer_id)
    (merged,) = bring(row(outside_id="2", name="Ana Prieto", email="a@example.com"))
    assert merged.customer_id == a.customer_id
    assert Customer.objects.get(pk=a.customer_id).name == "Ana Prieto"
    Customer.objects.filter(pk=a.customer_id).update(erased_at=NOON)
    (refused,) = bring(row(outside_id="2", name="X"))
    assert refused.status is Status.ERROR
    assert "erased" in refused.problems[0].message


@pytest.mark.django_db
def test_what_the_actor_may_not_see_is_not_changed() -> None:
    (first,) = bring(row(outside_id="1", name="Ana"))
    somebody = make_actor(id=5, visibility=Visibility.OWN)
    results = bring(row(outside_id="1", customer_number="5", name="X"), actor=somebody)
    assert results[0].status is Status.ERROR
    assert Customer.objects.get(pk=first.customer_id).name == "Ana"
    with pytest.raises(NotPermitted):
        bring(row(outside_id="3", name="X"), actor=make_actor(permissions=frozenset({"customers.view"})))


@pytest.mark.django_db
def test_a_new_customer_needs_a_name_and_a_dry_run_writes_nothing() -> None:
    (nameless,) = bring(row(outside_id="1"))
    assert nameless.problems[0].field == "name"
    dry = bring(row(outside_id="1", name="Ana"), dry=True)
    assert dry[0].status is Status.CREATED
    assert not Customer.objects.exists() and not OutsideId.objects.exists() and not ActRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_records_written_in_bulk_are_under_seal_as_any_other() -> None:
    from onhand.kernel.models import Seal
    from onhand.kernel.records import EVENTS, RECORDS
    from onhand.kernel.seals import check_stream, mark, seal_settled

    bring(row(outside_id="1", name="Ana Núñez", born_on="1980-01-31"), row(outside_id="2", name="Eva"))
    bring(row(outside_id="1", name="Ana", email="ana@example.com"))
    seal_settled({stream: mark(stream) for stream in (RECORDS, EVENTS)}, NOON)
    assert Seal.objects.count() == 2
    assert [*check_stream(RECORDS), *check_stream(EVENTS)] == []
