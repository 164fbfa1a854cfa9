"""Documents are numbered without gaps, are what the ledger says, are never changed, and are credited no more than they were."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.invoicing.enums import DocumentKind, What
from onhand.invoicing.issuing import AlreadyInvoicedError
from onhand.invoicing.models import Document, DocumentLine, NumberCounter, NumberSeries, RateRow
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.checks import find_faults
from onhand.ledger.models import Journal
from onhand.ledger.totals import trial_balance
from tests.factories import make_customer
from tests.invoicing.documents import TODAY, credit_note, invoice, line


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")


def booked() -> dict[str, int]:
    return {one.role.key: one.balance for one in trial_balance() if one.balance}


@pytest.mark.django_db
def test_an_invoice_is_numbered_added_up_and_booked() -> None:
    ana = make_customer("Ana Prieto", city="Madrid", country="ES", language="es")
    made = invoice(
        line(12100, pieces=2, source=("order_line", 3)),
        line(500, "10", what=What.SHIPPING, text="Shipping"),
        line(300, "0", what=What.FEE, text="Fee"),
        customer=ana,
    )
    check_now()
    stored = Document.objects.get(pk=made.pk)
    assert (stored.label, stored.kind, stored.due_on) == ("INV-2026-00001", "invoice", date(2026, 3, 24))
    assert (stored.net_minor, stored.tax_minor, stored.gross_minor) == (10755, 2145, 12900)
    assert stored.address["name"] == "Ana Prieto"
    assert stored.address["city"] == "Madrid"
    assert stored.language == "es"
    rows = stored.rates.order_by("-percent").values_list("category", "percent", "net_minor", "tax_minor")
    assert list(rows) == [("S", 21, 10000, 2100), ("S", 10, 455, 45), ("Z", 0, 300, 0)]
    assert booked() == {"receivable": 12900, "sales": -10000, "shipping": -455, "fees": -300, "tax": -2145}
    assert balance_of(RECEIVABLE, "EUR", customer_id=ana.pk) == Money(12900, "EUR")
    assert list(find_faults()) == []


@pytest.mark.django_db
def test_a_credit_note_is_the_contrary_and_goodwill_is_booked_on_goodwill() -> None:
    bill = invoice(line(12100, source=("order_line", 3)), line(605, what=What.SHIPPING, text="Shipping"))
    note = credit_note(bill, line(12100, source=("order_line", 3)))
    assert (note.label, note.counters_id, note.gross_minor) == ("CN-2026-00001", bill.pk, 12100)
    assert note.lines.get().counters_id == bill.lines.get(position=1).pk
    bill.refresh_from_db()
    assert bill.left_minor == 605
    credit_note(bill, line(100, what=What.GOODWILL, text="For the wait"))
    credit_note(None, line(1000, "0", what=What.GOODWILL, text="Sorry"), customer_id=bill.customer_id)
    check_now()
    assert booked() == {"receivable": -495, "goodwill": 1083, "shipping": -500, "tax": -88}
    assert list(find_faults()) == []


@pytest.mark.django_db
def test_credit_notes_never_exceed_a_line_nor_the_invoice() -> None:
    bill = invoice(line(1000, source=("order_line", 1)), line(500, source=("order_line", 2)))
    credit_note(bill, line(999, source=("order_line", 1)))
    refused = [
        [line(2, source=("order_line", 1))],
        [line(501, source=("order_line", 2))],
        [line(300, source=("order_line", 2)), line(300, source=("order_line", 2))],
        [line(502, what=What.GOODWILL)],
        [line(0, source=("order_line", 1))],
        [line(-5, source=("order_line", 1))],
        [line(1, source=("order_line", 1), counters=10**9)],
        [line(1, currency="USD")],
        [line(0)],
        [line(-10)],
        [],
    ]
    before = Document.objects.count()
    for lines in refused:
        with pytest.raises(NotPossible), transaction.atomic():
            credit_note(bill, *lines)
    with pytest.raises(NotPossible, match="not an invoice of this"), transaction.atomic():
        credit_note(bill, line(1), customer_id=make_customer().pk)
    note = credit_note(bill, line(1, source=("order_line", 1)))
    with pytest.raises(NotPossible, match="not an invoice"), transaction.atomic():
        credit_note(note, line(1))
    assert Document.objects.count() == before + 1
    credit_note(bill, line(500, source=("order_line", 2)))
    check_now()
    bill.refresh_from_db()
    assert bill.left_minor == 0
    assert list(find_faults()) == []
    assert booked() == {}


@pytest.mark.django_db
def test_what_makes_no_sense_is_refused_and_takes_no_number() -> None:
    for lines in (
        [line(-5)],
        [line(5, pieces=0)],
        [line(5, text=" ")],
        [line(5), line(5, currency="USD")],
        [line(10**16)],
    ):
        with pytest.raises(NotPossible), transaction.atomic():
            invoice(*lines)
    invoice(key="order:1")
    with pytest.raises(AlreadyInvoicedError), transaction.atomic():
        invoice(key="order:1")
    assert invoice().label == "INV-2026-00002"
    free = invoice(line(0), line(100), line(-100, text="Discount"))
    assert not Journal.objects.filter(document_type="document", document_id=free.pk).exists()
    assert list(find_faults()) == []


@pytest.mark.django_db
def test_years_count_anew_unless_the_series_counts_through() -> None:
    invoice()
    assert invoice(day=date(2027, 1, 1)).label == "INV-2027-00001"
    NumberSeries.objects.filter(kind=DocumentKind.INVOICE).update(by_year=False, prefix="R", digits=1)
    assert [invoice(day=date(year, 1, 1)).label for year in (2026, 2027)] == ["R1", "R2"]
    assert list(find_faults()) == []


@pytest.mark.django_db
def test_a_document_is_never_changed_deleted_or_added_to() -> None:
    bill = invoice()
    check_now()
    changes = [
        lambda: Document.objects.filter(pk=bill.pk).update(gross_minor=1),
        lambda: Document.objects.filter(pk=bill.pk).update(credited_minor=5),
        lambda: Document.objects.filter(pk=bill.pk).update(address={}),
        lambda: DocumentLine.objects.filter(document=bill).update(text="Other"),
        lambda: DocumentLine.objects.filter(document=bill).update(credited_net=5),
        lambda: RateRow.objects.filter(document=bill).update(percent=Decimal(3)),
        lambda: DocumentLine.objects.filter(document=bill).delete(),
        lambda: Document.objects.filter(pk=bill.pk).delete(),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    Document.objects.filter(pk=bill.pk).update(version=2)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_added_to_a_document_that_stands_and_totals_are_its_lines() -> None:
    bill = invoice()
    row = bill.lines.values().get() | {"id": None, "position": 2}
    with pytest.raises(DatabaseError, match="with their document"), transaction.atomic():
        DocumentLine.objects.create(**row)
    wrong = Document.objects.values().get(pk=bill.pk) | {"id": None, "number": 2, "key": "wrong"}
    with pytest.raises(DatabaseError, match="adds_up"), transaction.atomic():
        Document.objects.create(**wrong)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_no_gap_whoever_gives_up() -> None:
    people = [make_customer().pk for _ in range(4)]
    wrong: list[Exception] = []

    class GivenUpError(Exception):
        pass

    def work(who: int) -> None:
        try:
            for turn in range(12):
                try:
                    with transaction.atomic():
                        invoice(customer=_customer(people[who]), key=f"{who}:{turn}")
                        if turn % 3 == who % 3:
                            raise GivenUpError
                except GivenUpError:
                    continue
        except Exception as error:  # noqa: BLE001  (told in the test's own thread)
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    found = sorted(Document.objects.values_list("number", flat=True))
    assert found == list(range(1, 33))
    assert NumberCounter.objects.get().last == 32
    assert list(find_faults()) == []


def _customer(pk: int) -> object:
    from onhand.customers.models import Customer

    return Customer.objects.get(pk=pk)


@pytest.mark.django_db
def test_the_checks_find_what_is_wrong() -> None:
    invoice()
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(
            "update invoicing_document set gross_minor = gross_minor + 5, net_minor = net_minor + 5, number = 3"
        )
        cursor.execute("update invoicing_document set credited_minor = 7")
        cursor.execute("set local session_replication_role = origin")
    found = {key for key, _line in find_faults()}
    assert {"documents", "document_numbers", "document_credits"} <= found


@pytest.mark.django_db
@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.sampled_from(["0", "4", "10", "21"])), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 999)), max_size=12),
)
def test_whatever_is_credited_in_parts_is_credited_to_the_cent(
    lines: list[tuple[int, str]], parts: list[tuple[int, int]]
) -> None:
    with transaction.atomic():
        bill = invoice(*(line(minor, percent, source=("order_line", n)) for n, (minor, percent) in enumerate(lines)))
        for which, share in parts:
            of = bill.lines.get(position=which % len(lines) + 1)
            if part := of.left_minor * share // 1000:
                credit_note(bill, line(part, counters=of.pk))
        for of in bill.lines.order_by("position"):
            if of.left_minor:
                credit_note(bill, line(of.left_minor, counters=of.pk))
        check_now()
        assert booked() == {}
        assert list(find_faults()) == []
        assert bill.issued_on == TODAY
        transaction.set_rollback(True)
