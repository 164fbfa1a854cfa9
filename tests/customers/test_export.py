"""Lists taken out: only what may be seen, on record, harmless in a spreadsheet, and brought in again without a change."""

import csv
import io

import pytest
from django.test import Client

from onhand.customers.export import export_customers
from onhand.customers.imports.mapping import guess_mapping, headings_of, raw_of
from onhand.customers.imports.tables import recognise, rows_of
from onhand.customers.intake.reading import Reading, read_row
from onhand.customers.intake.upsert import OnMatch, Status, bring_in
from onhand.customers.models import Customer, OutsideId
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.models import AccessRecord
from tests.factories import NOON, make_actor, make_customer, make_representative
from tests.factories.callers import make_token

pytestmark = pytest.mark.django_db


def company() -> None:
    ana = make_customer(
        "Íñigo «Ñ» Peña, hijo", address_lines="Calle Mayor 1\n2.º B", postal_code="08013", city="Ávila", country="ES"
    )
    for kind, value in (
        ("telephone", "+34910123456"),
        ("email", "ana@example.com"),
        ("email", "b@example.com"),
        ("customer_number", "00042"),
    ):
        ana.identities.create(kind=kind, value=value, created_at=NOON)
    OutsideId.objects.create(customer=ana, system="crm", value="007", created_at=NOON)
    make_customer("=HYPERLINK(1)", kind="organisation", form_of_address="-x")
    make_customer("@Acme\u00a0+Co", city="'=x")


def content_of(**changes: object) -> bytes:
    given = {"format": "csv", "at": NOON} | changes
    return b"".join(export_customers(given.pop("actor", make_actor()), **given).content)  # type: ignore[arg-type]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_goes_out_comes_in_again_unchanged(format: str) -> None:
    company()
    before = list(Customer.objects.order_by("pk").values())
    file = io.BytesIO(content_of(format=format))
    headings, *rows = rows_of(file, recognise(file))
    mapping = guess_mapping(headings_of(headings), rows)
    rows = [row for row in rows if row]
    assert len(mapping) == len(headings), [h for n, h in enumerate(headings) if n not in mapping]
    incoming = []
    for row in rows:
        one, problems = read_row(raw_of(row, mapping), Reading(system="crm"))
        assert problems == []
        incoming.append(one)
    results = bring_in(incoming, actor=make_actor(), at=NOON, on_match=OnMatch.UPDATE)
    assert {result.status for result in results} == {Status.UNCHANGED}, results
    assert list(Customer.objects.order_by("pk").values()) == before


def test_no_cell_is_a_formula_and_numbers_keep_their_signs() -> None:
    company()
    rows = list(csv.reader(io.StringIO(content_of().decode("utf-8-sig"), newline="")))
    assert all(cell[:1] not in ("=", "+", "-", "@") for row in rows for cell in row)
    assert "'+34910123456" in rows[1] and "00042" in rows[1] and "08013" in rows[1] and "007" in rows[1]


def test_only_what_may_be_seen_goes_out_and_it_is_on_record() -> None:
    company()
    mine = make_representative("Eva")
    own = make_customer("Mine", owner_id=mine.pk)
    Customer.objects.filter(name="@Acme\u00a0+Co").update(erased_at=NOON)
    actor = make_actor(id=mine.pk, visibility=Visibility.OWN)
    lines = content_of(actor=actor).decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [own.reference]
    assert len(content_of().splitlines()) > 3
    assert (
        len(content_of(words="peña").decode().split("Onhand reference")[1].splitlines()) == 3
    )  # one of its cells has two lines
    assert content_of(words="zz\x00zz").count(b"\n") == 1
    record = AccessRecord.objects.order_by("pk").first()
    assert record is not None
    assert (record.page, record.reason, record.actor_id) == ("customers.export", "csv: 1", mine.pk)
    with pytest.raises(NotPermitted):
        content_of(actor=make_actor(permissions=frozenset({"customers.view", "customers.import"})))
    with pytest.raises(NotPossible):
        content_of(format="pdf")


def test_what_identification_protects_is_masked_and_a_mask_changes_nothing() -> None:
    company()
    actor = make_actor(permissions=frozenset({"customers.view", "customers.export"}))
    file = io.BytesIO(content_of(actor=actor))
    text = file.getvalue().decode()
    for secret in ("910123456", "ana@", "Calle Mayor", "08013", "00042"):
        assert secret not in text
    assert "a•••@example.com" in text
    headings, *rows = rows_of(file, recognise(file))
    mapping = guess_mapping(headings_of(headings), rows)
    incoming = [read_row(raw_of(row, mapping), Reading(system="crm"))[0] for row in rows]
    results = bring_in(incoming, actor=make_actor(), at=NOON, on_match=OnMatch.UPDATE)
    assert {result.status for result in results} == {Status.UNCHANGED}


def test_long_lists_go_out_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.customers.export.BATCH", 3)
    names = [make_customer(f"Customer {n}").name for n in range(7)]
    found = [row[1] for row in csv.reader(io.StringIO(content_of().decode("utf-8-sig")))]
    assert found[1:] == names


def test_over_rest() -> None:
    company()
    token = make_token(make_representative())
    answer = Client().get("/api/v1/customers/export?format=csv", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert body.startswith("\ufeffOnhand reference".encode())
    assert Client().get("/api/v1/customers/export", headers={"Authorization": "Bearer x"}).status_code == 401
