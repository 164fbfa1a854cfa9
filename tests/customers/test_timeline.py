"""The timeline: one order over all sources and merged files, in pages, filtered and searched."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from onhand.customers.models import Customer, Note
from onhand.customers.timeline import (
    Source,
    Telling,
    Wanted,
    all_sources,
    forget_source,
    read_mark,
    read_timeline,
    register_source,
    tell,
    timeline_statement,
)
from onhand.kernel.perform import perform
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db


def write(customer: Customer, text: str, at: datetime = NOON, by: str = "Rosa") -> Note:
    return Note.objects.create(customer=customer, text=text, author_name=by, created_at=at)


def said(customer: Customer, **given: Any) -> list[str]:
    return [entry.said for entry in read_timeline(customer.pk, **given).entries]


def test_newest_first_in_pages_over_all_kinds(django_assert_num_queries: Any) -> None:
    customer = make_customer("Ana")
    for number in range(7):
        act, arguments = ("customers.add_note", {"text": f"note {number}"})
        if number % 2:
            act, arguments = ("customers.change_language", {"language": "es" if number % 4 == 1 else "en"})
        at = NOON + timedelta(minutes=number)
        perform(act, actor=make_actor(), arguments=arguments, subject_id=customer.pk, at=at)
    first = read_timeline(customer.pk, limit=4)
    rest = read_timeline(customer.pk, limit=4, before=first.next)
    shown = [entry.said or entry.data["after"]["language"] for entry in [*first.entries, *rest.entries]]
    assert shown == ["note 6", "es", "note 4", "en", "note 2", "es", "note 0"]
    assert rest.next == ""
    assert tell(first.entries[0]).headline == "Note"
    only_notes = read_timeline(customer.pk, wanted=Wanted(kinds=frozenset({"note"})))
    assert {entry.kind for entry in only_notes.entries} == {"note"}
    only_acts = read_timeline(customer.pk, wanted=Wanted(kinds=frozenset({"act"})))
    assert {entry.kind for entry in only_acts.entries} == {"act"}, "the record of a note is told of by the note"
    assert read_timeline(customer.pk, wanted=Wanted(kinds=frozenset({"planet"}))).entries == []


def test_pages_lose_and_double_nothing_when_everything_happened_at_once() -> None:
    customer, other = make_customer("Ana"), make_customer("Anna")
    other.merged_into = customer
    other.save()
    for number in range(6):
        write(customer if number % 2 else other, f"note {number}")
        arguments = {"language": "es" if number % 2 == 0 else "en"}
        perform("customers.change_language", actor=make_actor(), arguments=arguments, subject_id=customer.pk, at=NOON)
    seen, before = [], ""
    while True:
        page = read_timeline(customer.pk, limit=5, before=before)
        seen += [(entry.kind, entry.id) for entry in page.entries]
        before = page.next
        if not before:
            break
    assert len(seen) == len(set(seen)) == 12
    assert seen == sorted(seen, reverse=True)


def test_a_merged_customers_entries_are_on_the_file_and_nobody_elses() -> None:
    ana, anna, ben = make_customer("Ana"), make_customer("Anna"), make_customer("Ben")
    anna.merged_into = ana
    anna.save()
    write(ana, "of Ana"), write(anna, "of Anna", NOON + timedelta(hours=1)), write(ben, "of Ben")
    assert said(ana) == ["of Anna", "of Ana"]
    assert said(ben) == ["of Ben"]


def test_a_period_and_words_without_accents_or_case() -> None:
    customer = make_customer("Ana")
    for day in range(5):
        write(customer, f"Llamó por la lámpara {day}", NOON + timedelta(days=day))
    write(customer, "100% sure_thing", NOON)
    two_days = Wanted(since=NOON + timedelta(days=1), until=NOON + timedelta(days=3))
    assert said(customer, wanted=two_days) == ["Llamó por la lámpara 2", "Llamó por la lámpara 1"]
    assert said(customer, wanted=Wanted(words="LAMPARA llamo 3")) == ["Llamó por la lámpara 3"]
    assert said(customer, wanted=Wanted(words="0% sure_")) == ["100% sure_thing"]
    assert said(customer, wanted=Wanted(words="lam%ra")) == []
    assert len(said(customer, wanted=Wanted(words="rosa"))) == 6, "who wrote it is searched as well"
    assert said(customer, wanted=Wanted(words="\0")) == said(customer)


def test_acts_are_found_by_what_they_are_called_but_not_by_what_they_changed() -> None:
    customer = make_customer("Ana")
    arguments = {"email": "secret@correo.example"}
    perform("customers.add_email", actor=make_actor(), arguments=arguments, subject_id=customer.pk, at=NOON)
    assert [entry.kind for entry in read_timeline(customer.pk, wanted=Wanted(words="add e-mail")).entries] == ["act"]
    assert read_timeline(customer.pk, wanted=Wanted(words="secret")).entries == []


def test_a_search_that_looked_at_a_part_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.customers.timeline.LOOKED_AT", 10)
    customer = make_customer("Ana")
    for number in range(35):
        write(customer, "lamp" if number in (2, 20, 30) else "other", NOON + timedelta(minutes=number))
    found, before, pages = [], "", 0
    while True:
        page = read_timeline(customer.pk, wanted=Wanted(words="lamp"), before=before)
        found += [entry.at for entry in page.entries]
        pages += 1
        if page.next:
            assert page.looked_back_to is not None
        else:
            assert page.looked_back_to is None
            break
        before = page.next
    assert found == [NOON + timedelta(minutes=number) for number in (30, 20, 2)]
    assert pages == 4


@pytest.mark.parametrize(
    "mark", ["", "x", "~~", "2026~note~1", "2026-01-01T00:00:00~note~1", "2026-01-01T00:00:00+00:00~note~²", "a~act~1"]
)
def test_marks_of_nobodys_making_are_ignored(mark: str) -> None:
    assert read_mark(mark) is None
    customer = make_customer("Ana")
    write(customer, "here")
    assert said(customer, before=mark) == ["here"]


def explained(sql: str, parameters: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_sort = off")  # of a table with no rows, sorting costs nothing
        cursor.execute(f"explain {sql}", parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("kind", ["note", "act", "contact", "case", "promise"])
def test_every_page_comes_from_an_index_in_order(kind: str) -> None:
    """So that a hundred thousand entries cost as much as twenty: no sorting within a source, whatever comes before."""
    marks = ["", f"{NOON.isoformat()}~note~5", f"{NOON.isoformat()}~{kind}~5"]
    for mark in marks:
        statement = timeline_statement(Wanted(kinds=frozenset({kind}), since=NOON), before=mark)
        assert statement is not None
        members = "with members as materialized (select 5::bigint as id)"
        plan = explained(f"{members} {statement.sql}", dict(statement.parameters))
        lateral = plan[plan.index("CTE Scan on members m") :]
        assert "Index" in lateral, plan
        assert "Sort" not in lateral, plan
        assert "Seq Scan" not in lateral, plan


@pytest.fixture
def parcels() -> Iterator[None]:
    register_source(
        Source(
            kind="parcel",
            label="Parcels",
            order=60,
            rows="customers_outsideid o",
            of="o.customer_id = m.id",
            at="o.created_at",
            id="o.id",
            by="o.system",
            said="o.value",
            data="jsonb_build_object('weight', 7)",
            searched="o.value",
            tell=lambda entry: Telling(f"Parcel of {entry.data['weight']} kg", said=entry.said),
        )
    )
    yield
    forget_source("parcel")


def test_a_source_of_another_app_is_in_every_timeline(parcels: None) -> None:
    customer = make_customer("Ana")
    customer.outside_ids.create(system="depot", value="A kettle", created_at=NOON)
    write(customer, "about the kettle")
    found = read_timeline(customer.pk, wanted=Wanted(words="kettle")).entries
    assert [entry.kind for entry in found] == ["parcel", "note"]
    assert tell(found[0]).headline == "Parcel of 7 kg"
    assert [source.kind for source in all_sources()][-1] == "parcel"
