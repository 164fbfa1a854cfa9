"""A person is erased: nothing of them is left anywhere, the books and the seals are whole, and there is proof."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from onhand.contacts.models import Case, Contact, Promise
from onhand.customers.finding.find import search_customers
from onhand.customers.intake.reading import Reading, read_row
from onhand.customers.intake.upsert import OnMatch, bring_in
from onhand.customers.models import (
    Customer,
    CustomerImport,
    Erasure,
    ErasureWork,
    Flag,
    Identity,
    ImportChunk,
    Note,
    OutsideId,
    PersonalExport,
    Relation,
    SuppressedIdentity,
)
from onhand.customers.privacy.erasure import erase_next, look_again
from onhand.customers.privacy.exports import make_export
from onhand.customers.privacy.proof import is_proven
from onhand.customers.privacy.suppression import suppressed_among
from onhand.kernel import sealing
from onhand.kernel.errors import ActError, NotPermitted, NotPossible
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.kernel.perform import Outcome, perform
from tests.customers.persons import CANARY, canaries, do, make_whole_person
from tests.factories import NOON, make_actor, make_customer
from tests.kernel.sessions import together
from tests.kernel.test_seals import seal_all

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(days=1)


def erase(customer: Customer, **arguments: Any) -> Outcome:
    preview = arguments.pop("preview", False)
    actor = arguments.pop("actor", make_actor())
    given = {"basis": "asked"} | arguments
    return perform(
        "customers.erase_customer", actor=actor, subject_id=customer.pk, arguments=given, at=LATER, preview=preview
    )


def finish(limit: int = 1_000) -> Erasure:
    erasure = Erasure.objects.order_by("-pk")[0]
    while erase_next(erasure.pk, LATER, limit):
        pass
    return Erasure.objects.get(pk=erasure.pk)


@pytest.fixture
def person() -> Iterator[Customer]:
    yield make_whole_person()


@pytest.mark.parametrize("limit", [1, 3, 1_000])
def test_after_an_erasure_no_value_of_the_person_is_in_any_table(person: Customer, limit: int) -> None:
    head = seal_all()
    do("customers.export_personal_data", person)
    assert make_export(PersonalExport.objects.get().pk, NOON)
    assert len(canaries()) > 20
    outcome = erase(person)
    done = finish(limit)
    assert canaries() == []
    assert done.state == "done"
    assert list(sealing.check_all(head)) == []
    assert list(sealing.check_all(seal_all(LATER))) == []
    record = ActRecord.objects.get(pk=outcome.record_id)
    assert (done.record_id, record.arguments["basis"]) == (record.pk, "asked")
    assert record.before == {}
    assert record.after["erased"]["Notes"] == 2


def test_the_books_stay_whole(person: Customer) -> None:
    before = [model.objects.count() for model in (Contact, Case, Promise, ActRecord, AccessRecord, Customer)]
    other = Customer.objects.get(pk=Relation.objects.order_by("pk")[0].customer_id)
    erase(person)
    finish()
    after = [model.objects.count() for model in (Contact, Case, Promise, ActRecord, AccessRecord, Customer)]
    assert after == [*before[:3], before[3] + 1, *before[4:]]
    contact = Contact.objects.order_by("pk")[0]
    assert (contact.channel, contact.summary, contact.ended_at) == ("telephone", "", NOON)
    assert Case.objects.filter(state="closed", kind="question").count() == 2
    assert [note.text for note in other.notes.all()] == [
        "… speaks for her"
    ]  # it is theirs, and names the person no more
    assert other.name == "Other Person"
    assert not Note.objects.filter(customer=person).exists()
    person.refresh_from_db()
    assert person.name == f"Erased customer {person.reference}"
    assert person.erased_at == LATER
    assert (person.born_on, person.reach_from, person.household_id) == (None, None, None)


def test_the_proof_says_what_was_done_and_cannot_be_altered(person: Customer) -> None:
    erase(person, remark="File 2026/11")
    done = finish()
    assert is_proven(done)
    assert done.counts["notes"] == 2
    assert done.counts["identities"] == 4
    assert done.counts["kernel_actrecord"] >= 6
    assert set(done.member_ids) == {person.pk, *person.merged.values_list("pk", flat=True)}
    assert not ErasureWork.objects.exists()
    Erasure.objects.filter(pk=done.pk).update(basis="obliged")
    assert not is_proven(Erasure.objects.get(pk=done.pk))


def test_the_file_is_empty_before_the_job_has_run(person: Customer) -> None:
    erase(person)
    assert Erasure.objects.get().state == "requested"
    from onhand.customers.file_queries import read_file
    from onhand.customers.timeline import read_timeline

    shown = read_file(make_actor(), person.pk)
    assert CANARY not in repr(shown)
    assert read_timeline(person.pk).entries == []
    assert search_customers(make_actor(), CANARY) == []
    assert [found.id for found in search_customers(make_actor(), person.reference)] == [person.pk]
    assert not Identity.objects.filter(customer__in=[person.pk, *person.merged.values_list("pk", flat=True)]).exists()


def test_a_preview_says_what_goes_and_what_stays_and_changes_nothing(person: Customer) -> None:
    outcome = erase(person, preview=True)
    assert outcome.after["erased"]["Addresses and numbers"] == 4
    assert any(line.startswith("Contacts: 2.") for line in outcome.after["kept"])
    assert CANARY not in repr(outcome)
    assert not Erasure.objects.exists()
    person.refresh_from_db()
    assert person.erased_at is None


def test_what_stands_against_it_is_said(person: Customer) -> None:
    Contact.objects.update(ended_at=None)
    Case.objects.update(closed_at=None, state="open")
    with pytest.raises(NotPossible, match=r"2 contacts are going on\. 2 cases are open"):
        erase(person)
    lesser = make_actor(permissions=make_actor().permissions - {"customers.erase_despite_open"})
    with pytest.raises(NotPossible, match="role"):
        erase(person, actor=lesser, despite_open=True)
    hold = Flag.objects.create(customer=person, kind="legal_hold", reason="case 7", set_by_name="Ana", set_at=NOON)
    with pytest.raises(NotPossible, match="legal hold"):
        erase(person, despite_open=True)
    hold.until = NOON
    hold.save()
    with pytest.raises(NotPossible, match="do not name"):
        erase(person, despite_open=True, remark=f"for {CANARY.lower()} root")
    with pytest.raises(NotPermitted):
        erase(person, actor=make_actor(permissions=frozenset({"customers.view"})))
    erase(person, despite_open=True)
    finish()
    assert not Contact.objects.filter(ended_at=None).exists()
    assert not Case.objects.exclude(state="closed").exists()


def test_nothing_is_done_on_an_erased_file_and_it_is_erased_once(person: Customer) -> None:
    erase(person)
    with pytest.raises(ActError):
        erase(person)
    with pytest.raises(ActError):
        do("customers.export_personal_data", person)
    finish()
    assert Erasure.objects.count() == 1


def test_whatever_was_recognised_is_told_to_imports_as_keyed_hashes(person: Customer) -> None:
    erase(person)
    finish()
    known = ("email", "", f"{CANARY.upper()}1@example.com"), ("outside_id", "shop", f"{CANARY}-2")
    assert suppressed_among([*known, ("email", "", "somebody@example.com")]) == set(known)
    other = make_customer("Zoe Zyxwvu")
    erase(other, remember_hashes=False)
    assert SuppressedIdentity.objects.filter(erasure__customer=other).count() == 0


def test_an_edit_at_the_same_time_comes_before_or_is_refused() -> None:
    for attempt in range(6):
        person = make_customer(f"{CANARY} {attempt}")

        def edit(person: Customer = person) -> Any:
            return do("customers.add_note", person, text=f"{CANARY} calls")

        def mail(person: Customer = person) -> Any:
            return do("customers.add_email", person, email=f"{CANARY}@example.com")

        def gone(person: Customer = person) -> Any:
            return erase(person)

        results = together(edit, gone, mail)
        assert isinstance(results[1], Outcome), results
        finish()
        assert canaries() == [], results


def test_what_is_written_about_somebody_erased_is_found_again(person: Customer) -> None:
    erase(person)
    done = finish()
    assert look_again(done, LATER) == 0
    Contact.objects.create(customer=person, channel="chat", summary=f"{CANARY} again", started_at=LATER, ended_at=LATER)
    assert look_again(done, LATER) == 1
    assert canaries() == []


def test_an_erasure_goes_on_where_it_was_stopped(person: Customer) -> None:
    erase(person)
    pk = Erasure.objects.get().pk
    for _ in range(7):
        erase_next(pk, LATER, 2)
    with pytest.raises(RuntimeError), transaction.atomic():
        erase_next(pk, LATER, 2)
        raise RuntimeError  # as if the process had died in the batch
    done = finish(2)
    assert canaries() == []
    assert done.counts["notes"] == 2
    assert list(sealing.check_all({})) == []


def test_two_jobs_on_one_erasure_do_each_row_once(person: Customer) -> None:
    erase(person)
    together(*[lambda: finish(3)] * 3)
    done = Erasure.objects.get()
    while done.state != "done":
        done = finish(3)
    assert done.counts["notes"] == 2
    assert canaries() == []


def test_rows_of_imported_files_are_emptied(person: Customer) -> None:
    brought = CustomerImport.objects.create(
        file_name="customers.csv",
        file_bytes=100,
        format="csv",
        state="done",
        examples=[[f"{CANARY} Root", "x"]],
        started_by_name="Ana",
        created_at=NOON,
    )
    rows = [[f"{CANARY} 1", "600 123 456"], ["Other", "y"], [f"{CANARY} Root", "at fault"]]
    done = {
        "rows": [[5, "created", person.pk, 1, 1], [6, "created", 999_999, 2, 1]],
        "problems": [[5, "city", CANARY, "?"]],
    }
    chunk = ImportChunk.objects.create(customer_import=brought, number=0, first_row=5, rows=rows, done=done)
    erase(person)
    finish(2)
    chunk.refresh_from_db()
    assert chunk.rows == [["", ""], ["Other", "y"], ["…", "at fault"]]
    assert chunk.done == {"rows": done["rows"], "problems": []}
    assert canaries() == []


def test_an_import_that_brings_somebody_erased_back_is_told() -> None:
    person = make_customer()
    do("customers.add_email", person, email="zyxwvu@example.com")
    OutsideId.objects.create(customer=person, system="crm", value="42", created_at=NOON)
    erase(person)
    reading = Reading(system="crm", country="ES", language="es", today=NOON.date())
    rows = []
    for cells in (
        {"outside_id": "42", "name": "Zyxwvu Root"},
        {"outside_id": "43", "name": "Zyxwvu Root", "email": "Zyxwvu@Example.com"},
        {"outside_id": "44", "name": "Somebody Else", "email": "else@example.com"},
    ):
        incoming, problems = read_row({name: [value] for name, value in cells.items()}, reading)
        assert not problems
        rows.append(incoming)
    with transaction.atomic():
        results = bring_in(rows, actor=make_actor(), at=NOON, on_match=OnMatch.UPDATE)
    assert [result.customer_id is not None for result in results] == [False, False, True]
    assert "erased" in results[0].problems[0].message
