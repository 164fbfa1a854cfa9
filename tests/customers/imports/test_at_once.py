"""Several at the same customers at once, and any mixture of files undone."""

import io
import threading
import time
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onhand.customers.bulk import bring_in_rows
from onhand.customers.imports import operations, steps
from onhand.customers.imports.operations import Choices
from onhand.customers.intake.reading import Reading
from onhand.customers.intake.upsert import OnMatch
from onhand.customers.models import Customer, CustomerImport, OutsideId
from onhand.kernel.actor import Actor
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.staff.queries import actor_for
from tests.customers.imports.test_flow import check, do, tables, upload, work
from tests.examples import examples
from tests.factories import NOON, make_actor, make_representative

pytestmark = pytest.mark.django_db(transaction=True)


def keep_working(one: CustomerImport, wrong: list[BaseException]) -> None:
    try:
        while True:
            try:
                if not steps.step(one.pk, lambda: NOON):
                    return
            except steps.TryAgain:
                time.sleep(0.01)
    except BaseException as error:  # noqa: BLE001  (told in the test's own thread)
        wrong.append(error)
    finally:
        connection.close()


def at_once(*works: Any) -> None:
    wrong: list[BaseException] = []
    threads = [threading.Thread(target=one, args=(wrong,)) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == []


def test_two_imports_and_a_program_with_the_same_ids_make_no_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.customers.imports.storing.ROWS_A_CHUNK", 40)
    ana = actor_for(make_representative("Ana Prieto"))
    lines = [f"{n},N-{n % 300},Name {n % 300}\n" for n in range(300)]
    files = ["id,customer number,name\n" + "".join(part) for part in (lines, reversed(lines))]
    imports = [check(ana, upload(ana, text), on_match="update") for text in files]
    for one in imports:
        perform("customers.start_import", actor=ana, subject_id=one.pk, arguments={}, at=NOON)

    def program(wrong: list[BaseException]) -> None:
        try:
            for start in (150, 0, 75):
                raws = [
                    {"outside_id": [str(n)], "name": [f"Name {n}"], "city": ["X"]} for n in range(start, start + 100)
                ]
                bring_in_rows(raws, actor=make_actor(), reading=Reading("crm"), on_match=OnMatch.UPDATE, at=NOON)
        except BaseException as error:  # noqa: BLE001
            wrong.append(error)
        finally:
            connection.close()

    at_once(*(lambda wrong, one=one: keep_working(one, wrong) for one in imports), program)
    assert Customer.objects.count() == OutsideId.objects.count() == 300
    assert ActRecord.objects.filter(act="customers.import_customer").count() == 300
    for one in imports:
        one.refresh_from_db()
        assert one.state == "done" and sum(one.counts["done"].values()) == 300


def test_one_import_worked_on_twice_at_once_happens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.customers.imports.storing.ROWS_A_CHUNK", 25)
    ana = actor_for(make_representative("Ana Prieto"))
    one = upload(ana, "id,name\n" + "".join(f"{n},Name {n}\n" for n in range(300)))
    mapping = {int(place): name for place, name in one.mapping.items()}
    choices = Choices(mapping, system="crm")
    operations.choose_columns(actor=ana, import_id=one.pk, choices=choices, queue=lambda _pk: None)
    work(one)
    perform("customers.start_import", actor=ana, subject_id=one.pk, arguments={}, at=NOON)
    at_once(*[lambda wrong: keep_working(one, wrong)] * 3)
    assert Customer.objects.count() == 300
    assert ActRecord.objects.filter(act="customers.import_customer").count() == 300


ROW = st.tuples(
    st.sampled_from(["", "1", "2", "3", "4"]),
    st.sampled_from(["", "N1", "N2"]),
    st.sampled_from(["", "Ana", "Eva Núñez", "Íñigo"]),
    st.sampled_from(["", "a@example.com", "b@example.com;c@example.com", "wrong"]),
    st.sampled_from(["", "Madrid", "León"]),
    st.sampled_from(["", "1980-01-31", "1999-12-01"]),
)
FILES = st.lists(
    st.tuples(st.lists(ROW, min_size=1, max_size=8), st.sampled_from(["fill", "update", "skip"])),
    min_size=1,
    max_size=3,
)


def bring(ana: Actor, rows: list[tuple[str, ...]], on_match: str) -> CustomerImport:
    text = io.StringIO()
    text.write("id,customer number,name,email,city,born on\n")
    text.writelines(",".join(row) + "\n" for row in rows)
    return upload(ana, text.getvalue() + "x,,,,,never\n")


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES)
def test_whatever_was_brought_in_is_undone_without_a_trace(files: list[tuple[list[tuple[str, ...]], str]]) -> None:
    ana = actor_for(make_representative("Ana Prieto"))
    stages, imports = [tables()], []
    for rows, on_match in files:
        one = bring(ana, rows, on_match)
        mapping = dict(enumerate(["outside_id", "customer_number", "name", "email", "city", "born_on"]))
        one = check(ana, one, mapping=mapping, on_match=on_match)
        foreseen = one.counts["checked"]
        one = do("start_import", ana, one)
        assert (
            sum(one.counts["done"].values())
            == sum(v for k, v in foreseen.items() if k != "alike")
            == len([row for row in rows if any(row)]) + 1
        )
        imports.append(one)
        stages.append(tables())
    for one, before in zip(reversed(imports), reversed(stages[:-1]), strict=True):
        if one.counts["done"].get("created") or one.counts["done"].get("updated"):
            one = do("undo_import", ana, one)
            assert one.state == "undone" and not one.counts["undone"].get("kept"), one.counts
        assert tables() == before
