"""A file from its upload to its undoing, without a browser and without a queue."""

import io
from typing import Any

import pytest
import xlsxwriter
from django.db import connection

from onhand.customers.enums import ImportState
from onhand.customers.imports import operations, queries, steps
from onhand.customers.imports.operations import Choices
from onhand.customers.models import Customer, CustomerImport, ImportChunk, ImportPiece, OutsideId
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.errors import ActError, NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.staff.queries import actor_for
from tests.factories import NOON, make_actor, make_customer, make_representative

pytestmark = pytest.mark.django_db(transaction=True)
FILE = """Id;Nombre;Apellidos;Correo electrónico;Teléfono;Ciudad;País
1;Ana;Núñez;ana@example.com;910 123 456;Madrid;España
2;Eva;García;eva@example.com;12;Sevilla;España
3;Íñigo;Peña;inigo@example.com;;Bilbao;ES
4;;;nobody@example.com;;Bilbao;ES
"""


@pytest.fixture
def ana() -> Actor:
    return actor_for(make_representative("Ana Prieto"))


def upload(actor: Actor, text: str | bytes = FILE, name: str = "customers.csv") -> CustomerImport:
    content = text.encode() if isinstance(text, str) else text
    return operations.store_file(actor=actor, file=io.BytesIO(content), name=name, size=len(content), at=NOON)


def work(one: CustomerImport) -> CustomerImport:
    while steps.step(one.pk, lambda: NOON):
        pass
    one.refresh_from_db()
    return one


def check(actor: Actor, one: CustomerImport, **changes: Any) -> CustomerImport:
    mapping = {int(place): name for place, name in one.mapping.items()}
    choices = Choices(**{"mapping": mapping, "system": "crm", "country": "ES", "language": "es"} | changes)
    operations.choose_columns(actor=actor, import_id=one.pk, choices=choices, queue=lambda _pk: None)
    return work(one)


def do(name: str, actor: Actor, one: CustomerImport) -> CustomerImport:
    perform(f"customers.{name}", actor=actor, subject_id=one.pk, arguments={}, at=NOON)
    return work(one)


def tables() -> dict[str, Any]:
    """Everything of the customers, as it would be compared before and after."""
    found = {}
    with connection.cursor() as cursor:
        for table in ("customers_customer", "customers_identity", "customers_outsideid"):
            cursor.execute(f"select to_jsonb(t) - 'version' from {table} t order by id")
            found[table] = cursor.fetchall()
    return found


def test_a_file_is_recognised_checked_run_and_undone(ana: Actor) -> None:
    one = upload(ana)
    assert (one.format, one.encoding, one.delimiter, one.state) == ("csv", "utf-8", ";", ImportState.UPLOADED)
    assert list(one.mapping.values()) == [
        "outside_id",
        "given_name",
        "family_name",
        "email",
        "telephone",
        "city",
        "country",
    ]
    before = tables()
    one = check(ana, one)
    assert one.state == ImportState.CHECKED, one.problem
    assert one.counts["checked"] == {"created": 2, "error": 2}
    assert tables() == before and not ActRecord.objects.exists()
    found = queries.problems(one, "checked")
    assert [(p.row, p.column, p.value) for p in found] == [(3, "Teléfono", "12"), (5, "Name", "")]

    one = do("start_import", ana, one)
    assert (one.state, one.counts["done"]) == (ImportState.DONE, {"created": 2, "error": 2})
    assert set(Customer.objects.values_list("name", flat=True)) == {"Ana Núñez", "Íñigo Peña"}
    assert not ImportPiece.objects.exists()
    mended = "".join(queries.wrong_rows(one, "done"))
    assert mended.splitlines()[1].startswith('2,Eva,García,eva@example.com,12,Sevilla,España,"Teléfono: This is not')

    one = do("undo_import", ana, one)
    assert (one.state, one.counts["undone"]) == (ImportState.UNDONE, {"removed": 2})
    assert tables() == before
    assert ActRecord.objects.filter(act="customers.take_back_import").count() == 2


def test_what_was_changed_later_is_kept_and_named(ana: Actor) -> None:
    known = make_customer("Ana Núñez", country="ES", city="Toledo")
    OutsideId.objects.create(customer=known, system="crm", value="1", created_at=NOON)
    one = do("start_import", ana, check(ana, upload(ana), on_match="update"))
    assert one.counts["done"] == {"created": 1, "updated": 1, "error": 2}
    new = Customer.objects.get(name="Íñigo Peña")
    perform("customers.add_note", actor=ana, subject_id=new.pk, arguments={"text": "called"}, at=NOON)
    perform("customers.add_email", actor=ana, subject_id=known.pk, arguments={"email": "own@example.com"}, at=NOON)
    Customer.objects.filter(pk=known.pk).update(city="León")
    one = do("undo_import", ana, one)
    assert one.counts["undone"] == {"restored": 1, "kept": 2}
    known.refresh_from_db()
    assert known.city == "León"
    assert list(known.identities.values_list("value", flat=True)) == ["own@example.com"]
    assert Customer.objects.filter(pk=new.pk).exists()
    kept = queries.kept(ana, one)
    assert {(k.customer_id, "city" in k.words) for k in kept} == {(known.pk, True), (new.pk, False)}


def test_one_customer_can_be_put_back_by_itself(ana: Actor) -> None:
    known = make_customer("Old Name", country="ES")
    OutsideId.objects.create(customer=known, system="crm", value="1", created_at=NOON)
    one = do("start_import", ana, check(ana, upload(ana), on_match="update"))
    perform("customers.take_back_import", actor=ana, subject_id=known.pk, arguments={"import_id": one.pk}, at=NOON)
    known.refresh_from_db()
    assert (known.name, known.city, known.identities.count()) == ("Old Name", "", 0)
    with pytest.raises(NotPossible):
        perform("customers.take_back_import", actor=ana, subject_id=known.pk, arguments={"import_id": one.pk}, at=NOON)
    new = Customer.objects.get(name="Íñigo Peña")
    with pytest.raises(NotPossible, match="whole import"):
        perform("customers.take_back_import", actor=ana, subject_id=new.pk, arguments={"import_id": one.pk}, at=NOON)


def test_a_customer_made_and_changed_by_the_same_file_goes_again(ana: Actor) -> None:
    before = tables()
    text = "id,name,city\n" + "".join(f"{n % 700},Name {n},{n}\n" for n in range(1200))
    one = do("start_import", ana, check(ana, upload(ana, text), on_match="update"))
    assert one.counts["done"] == {"created": 700, "updated": 500}
    assert one.chunk_count == 3
    assert len(one.counts["repeated"]) == 100
    one = do("undo_import", ana, one)
    assert one.counts["undone"] == {"removed": 700, "restored": 500}
    assert tables() == before


def test_a_stopped_import_goes_on_where_it_was(ana: Actor) -> None:
    text = "id,name\n" + "".join(f"{n},Name {n}\n" for n in range(1200))
    one = check(ana, upload(ana, text))
    perform("customers.start_import", actor=ana, subject_id=one.pk, arguments={}, at=NOON)
    assert steps.step(one.pk, lambda: NOON)
    perform("customers.stop_import", actor=ana, subject_id=one.pk, arguments={}, at=NOON)
    assert not steps.step(one.pk, lambda: NOON)
    assert Customer.objects.count() == 500
    one = do("start_import", ana, one)
    assert (one.state, Customer.objects.count()) == (ImportState.DONE, 1200)


def test_rows_are_numbered_as_the_file_shows_them(ana: Actor) -> None:
    one = check(ana, upload(ana, "\n\nname,email\nAna,a@example.com\n\n,\nEva,wrong\n"), system="")
    assert (one.rows, one.counts["checked"]) == (2, {"created": 1, "error": 1})
    assert [p.row for p in queries.problems(one, "checked")] == [7]
    assert "".join(queries.wrong_rows(one, "checked")).splitlines()[1].startswith("Eva,wrong,")


def test_another_encoding_or_sheet_can_be_chosen(ana: Actor) -> None:
    one = upload(ana, "nombre,ciudad\nÑ,León\n".encode("cp1252"))
    assert (one.encoding, one.examples) == ("windows-1252", [["Ñ", "León"]])
    one = operations.read_differently(actor=ana, import_id=one.pk, encoding="utf-8", delimiter=",", sheet="")
    assert "\ufffd" in one.examples[0][0]
    assert check(ana, one).counts["checked"] == {"error": 1}
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        workbook.add_worksheet("Notes").write_row(0, 0, ["a", "b"])
        sheet = workbook.add_worksheet("People")
        sheet.write_row(0, 0, ["Name", "Phone", "Born on"])
        sheet.write_row(1, 0, ["Ana", 34910123456])
    with pytest.raises(NotPossible, match="nothing below"):
        upload(ana, book.getvalue())


def test_a_workbook_is_read(ana: Actor) -> None:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        people = workbook.add_worksheet("People")
        people.write_row(0, 0, ["Name", "Phone"])
        people.write_string(1, 0, "Ana")
        people.write_number(1, 1, 34910123456)
        other = workbook.add_worksheet("Others")
        other.write_row(0, 0, ["Empresa", "Tel"])
        other.write_row(1, 0, ["Acme", "910 123 456"])
    one = upload(ana, book.getvalue(), "c.xlsx")
    assert (one.format, one.sheets, one.examples) == ("xlsx", ["People", "Others"], [["Ana", "34910123456"]])
    one = operations.read_differently(actor=ana, import_id=one.pk, encoding="utf-8", delimiter=",", sheet="Others")
    one = do("start_import", ana, check(ana, one, system=""))
    assert Customer.objects.get().identities.get().value == "+34910123456"
    assert Customer.objects.get().kind == "organisation"


def test_choices_that_make_no_sense_are_refused(ana: Actor) -> None:
    one = upload(ana)
    for wrong in (
        {"system": ""},
        {"mapping": {}},
        {"mapping": {0: "name", 1: "name"}},
        {"mapping": {99: "name"}},
        {"mapping": {0: "nonsense"}},
        {"country": "XX"},
        {"language": "xx"},
        {"on_match": "delete"},
    ):
        with pytest.raises(NotPossible):
            check(ana, one, **wrong)
    with pytest.raises(NotPossible):
        do("start_import", ana, one)
    with pytest.raises(NotPossible):
        do("stop_import", ana, one)
    with pytest.raises(NotPossible):
        do("undo_import", ana, one)


def test_only_who_may_brings_in_and_sees_imports(ana: Actor) -> None:
    with pytest.raises(NotPermitted):
        upload(make_actor(permissions=frozenset({"customers.view"})))
    one = upload(ana)
    other = actor_for(make_representative("Eva", visibility=Visibility.OWN))
    with pytest.raises(SubjectNotFound):
        check(other, one)
    with pytest.raises(ActError):
        do("start_import", other, one)


def test_who_left_the_company_brings_in_nothing_more(ana: Actor) -> None:
    from onhand.staff.models import Representative

    one = upload(ana)
    Representative.objects.filter(pk=ana.id).update(is_active=False)
    assert check(ana, one).state == ImportState.FAILED
    assert "does not work here" in one.problem or CustomerImport.objects.get().problem


def test_a_file_is_forgotten_but_can_still_be_undone(ana: Actor) -> None:
    one = do("start_import", ana, check(ana, upload(ana)))
    operations.forget_file(actor=ana, import_id=one.pk, at=NOON)
    assert not ImportChunk.objects.filter(rows__isnull=False).exists()
    assert queries.problems(one, "done") == []
    one = do("undo_import", ana, one)
    assert one.counts["undone"] == {"removed": 2}


def test_new_rows_that_share_a_number_with_somebody_are_named(ana: Actor) -> None:
    known = make_customer("Ana N.")
    known.identities.create(kind="telephone", value="+34910123456", created_at=NOON)
    one = check(ana, upload(ana))
    assert [(a.row, a.customer_id) for a in queries.alike(ana, one)] == [(2, known.pk)]


def test_a_customer_can_be_taken_over_singly(ana: Actor) -> None:
    arguments = {
        "customer_name": "Ana",
        "outside_system": "crm",
        "outside_id": "7",
        "email": "a@example.com",
        "country": "ES",
    }
    made = perform("customers.import_customer", actor=ana, arguments=arguments, at=NOON)
    assert made.after["emails"] == ["a@example.com"]
    with pytest.raises(NotPossible):
        perform("customers.import_customer", actor=ana, arguments=arguments, at=NOON)
    changes = {"outside_system": "crm", "outside_id": "7", "customer_name": "Ana P", "telephone": "910 123 456"}
    changed = perform("customers.import_changes", actor=ana, subject_id=made.subject_id, arguments=changes, at=NOON)
    assert (changed.after["name"], changed.after["telephones"]) == ("Ana P", ["+34910123456"])


def test_somebody_erased_leaves_the_files_too_and_is_not_brought_in_again(ana: Actor) -> None:
    one = do("start_import", ana, check(ana, upload(ana)))
    gone = Customer.objects.get(name="Ana Núñez")
    perform("customers.erase_customer", actor=ana, subject_id=gone.pk, arguments={"basis": "asked"}, at=NOON)
    kept = [row for chunk in ImportChunk.objects.filter(customer_import=one) for row in chunk.rows or []]
    assert [any(row) for row in kept] == [False, True, True, True]
    again = check(ana, upload(ana))
    assert again.counts["checked"] == {"unchanged": 1, "error": 3}
    assert any("erased" in problem.message for problem in queries.problems(again, "checked"))
