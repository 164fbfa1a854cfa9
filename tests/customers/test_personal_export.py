"""Everything about a person in one archive: whole, readable by programs and people, safe in a spreadsheet, and not for everybody."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from onhand.contacts.models import Contact
from onhand.customers.models import Note, PersonalExport, PersonalExportPart
from onhand.customers.privacy import exports
from onhand.customers.privacy.holdings import all_holdings
from onhand.kernel.errors import ActError, NotPermitted, SubjectNotFound
from onhand.kernel.models import AccessRecord, ActRecord
from tests.customers.persons import CANARY, do, make_whole_person
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = timedelta(days=7)


def as_text(archive: bytes, name: str) -> str:
    """One file of an archive, as text."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read(name).decode("utf-8-sig")


def make(customer: Any, **arguments: Any) -> bytes:
    do("customers.export_personal_data", customer, **arguments)
    export = PersonalExport.objects.order_by("-pk")[0]
    assert exports.make_export(export.pk, NOON)
    _found, parts = exports.open_export(actor=make_actor(), export_id=export.pk, at=NOON)
    return b"".join(parts)


def test_everything_of_the_merged_file_is_in_it_for_programs_and_people() -> None:
    person = make_whole_person()
    archive = make(person)
    data = json.loads(as_text(archive, "data.json"))
    sections = data["sections"]
    assert set(sections) == {holding.name for holding in all_holdings() if holding.columns}
    assert {row["name"] for row in sections["file"]} == {f"{CANARY} Root", f"{CANARY} Absorbed"}
    assert {row["value"] for row in sections["identities"]} >= {f"{CANARY}1@example.com", f"{CANARY}2@example.com"}
    assert {row["text"] for row in sections["notes"]} == {f"{CANARY} likes tea"}
    assert {row["person"] for row in sections["relations"]} == {"Other Person"}
    assert "other_id" not in json.dumps(sections["relations"])
    assert {row["reason"] for row in sections["accesses"]} >= {f"{CANARY} calls"}
    assert "customers.add_email" in {row["act"] for row in sections["acts"]}
    assert "Ana Prieto" not in as_text(archive, "data.json"), "who works here is named by what they do"
    page = as_text(archive, "index.html")
    assert f"{CANARY} likes tea" in page
    assert 'lang="en"' in page
    assert "<script" not in page


def test_the_manifest_has_the_digest_of_each_file_and_the_row_that_of_the_archive() -> None:
    archive = make(make_whole_person())
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        names = set(opened.namelist()) - {"manifest.json"}
        assert manifest["sha256"] == {name: hashlib.sha256(opened.read(name)).hexdigest() for name in names}
        schema = json.loads(opened.read("schema.json"))
    assert schema["properties"]["sections"]["properties"]["notes"]["items"]["properties"]["text"]["title"] == "Note"
    assert PersonalExport.objects.get().sha256 == hashlib.sha256(archive).hexdigest()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_taken_for_a_formula_and_no_text_for_markup(begin: str) -> None:
    customer = make_customer()
    text = f'{begin}cmd("x"),<script>alert(1)</script>'
    Note.objects.create(customer=customer, text=text, author_name="Ana", created_at=NOON)
    archive = make(customer)
    rows = list(csv.reader(io.StringIO(as_text(archive, "csv/notes.csv"))))
    assert rows[1][1] == f"'{text}"
    assert "<script" not in as_text(archive, "index.html")
    assert json.loads(as_text(archive, "data.json"))["sections"]["notes"][0]["text"] == text


def test_it_is_in_the_language_asked_for_or_the_customers() -> None:
    customer = make_customer(language="es")
    assert 'lang="es"' in as_text(make(customer), "index.html")
    assert 'lang="en"' in as_text(make(customer, in_language="en"), "index.html")
    assert 'lang="en"' in as_text(make(customer, in_language="fi"), "index.html")
    with pytest.raises(ActError):
        do("customers.export_personal_data", customer, in_language="xx")


def test_only_who_asked_downloads_it_in_time_and_each_time_is_recorded() -> None:
    customer = make_customer()
    archive = make(customer)
    export = PersonalExport.objects.get()
    assert len(archive) == export.size
    for actor, at in ((make_actor(id=2), NOON), (make_actor(), NOON + WEEK)):
        with pytest.raises(SubjectNotFound):
            exports.open_export(actor=actor, export_id=export.pk, at=at)
    with pytest.raises(NotPermitted):
        from onhand.kernel.perform import perform

        perform(
            "customers.export_personal_data",
            actor=make_actor(permissions=frozenset({"customers.view"})),
            subject_id=customer.pk,
            arguments={},
            at=NOON,
        )
    assert AccessRecord.objects.filter(page="personal_export", subject_id=customer.pk).count() == 1
    assert ActRecord.objects.filter(act="customers.export_personal_data").count() == 1
    assert exports.remove_expired(NOON + WEEK) == 1
    assert not PersonalExportPart.objects.exists()
    assert PersonalExport.objects.get().state == "removed"
    assert exports.make_export(export.pk, NOON) is False


def test_a_long_file_is_read_in_slices_and_kept_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PART_BYTES", 1_000)
    monkeypatch.setattr("onhand.customers.privacy.holdings.SLICE", 100)
    monkeypatch.setattr("onhand.customers.privacy.archive.ROWS_ON_THE_PAGE", 50)
    customer = make_customer()
    Note.objects.bulk_create(
        Note(customer=customer, text=f"note {n}", author_name="Ana", created_at=NOON) for n in range(1_050)
    )
    Contact.objects.bulk_create(
        Contact(customer=customer, channel="chat", summary=f"s{n}", started_at=NOON) for n in range(250)
    )
    archive = make(customer)
    sections = json.loads(as_text(archive, "data.json"))["sections"]
    assert [row["text"] for row in sections["notes"]] == [f"note {n}" for n in range(1_050)]
    assert len(sections["contacts"]) == 250
    assert as_text(archive, "index.html").count("<td>note ") == 50
    export = PersonalExport.objects.get()
    assert export.rows >= 1_300
    assert PersonalExportPart.objects.count() > 3


def test_an_export_killed_on_the_way_is_made_again_and_one_of_somebody_erased_is_not() -> None:
    customer = make_customer()
    do("customers.export_personal_data", customer)
    export = PersonalExport.objects.get()
    PersonalExport.objects.update(state="working", rows=7)  # as a killed job leaves it
    assert exports.make_export(export.pk, NOON)
    assert exports.make_export(export.pk, NOON) is False
    do("customers.export_personal_data", customer)
    do("customers.erase_customer", customer, basis="asked")
    latest = PersonalExport.objects.order_by("-pk")[0]
    assert exports.make_export(latest.pk, NOON) is False
    with pytest.raises(SubjectNotFound):
        exports.open_export(actor=make_actor(), export_id=export.pk, at=NOON)
