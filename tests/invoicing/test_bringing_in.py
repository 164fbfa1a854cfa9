"""Invoices of other systems and what was paid for them come in many at once; the ledger says what of them is owed."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from onhand.customers.identification.level import Reached
from onhand.customers.imports.kinds import Bringing, Row, bring_in_kind, find_kind
from onhand.customers.imports.taking_out import list_rows
from onhand.customers.intake.upsert import OnMatch
from onhand.customers.models import Customer, OutsideId
from onhand.customers.timeline import read_timeline, tell
from onhand.invoicing.models import Document, OutsideInvoice
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.checks import find_faults
from onhand.ledger.models import Journal
from tests.factories import make_actor, make_customer
from tests.orders.shop import ADDRESS, NOON, Shop, account_of, place, variants

pytestmark = pytest.mark.django_db
INVOICE = {
    "outside_id": "R-1",
    "customer_id": "c1",
    "issued_on": "2026-01-10",
    "due_on": "2026-01-24",
    "currency": "EUR",
    "tax": "21.00",
    "gross": "121.00",
    "open": "100.00",
}


@pytest.fixture
def ana() -> Customer:
    found = make_customer("Ana Prieto")
    OutsideId.objects.create(customer=found, system="erp", value="c1", created_at=NOON)
    return found


def row(**changes: str) -> Row:
    return {name: value for name, value in (INVOICE | changes).items() if value}


def bring(*rows: Row, kind: str = "invoices", dry: bool = False, **changes: Any) -> list[tuple[str, list[str]]]:
    found = find_kind(kind)
    assert found is not None
    given: dict[str, Any] = {"actor": make_actor(), "at": NOON, "system": "erp"}
    outcomes = bring_in_kind(found, rows, Bringing(**given | changes), dry=dry)
    return [(one.status.value, [problem.field for problem in one.problems]) for one in outcomes]


def pay(**changes: str) -> Row:
    given = {"outside_id": "P-1", "invoice": "R-1", "received_at": "2026-02-01", "method": "bank", "currency": "EUR"}
    return {name: value for name, value in (given | {"amount": "40.00"} | changes).items() if value}


def owes(customer: Customer) -> int:
    return balance_of(RECEIVABLE, "EUR", customer_id=customer.pk).minor


def test_an_invoice_is_kept_without_a_number_of_ours_and_what_is_open_is_owed(ana: Customer) -> None:
    note = row(outside_id="C-1", kind="credit_note", open="30.00", lines="Kettle x 2 @ 50.00")
    paid = row(outside_id="R-2", open="0")
    assert bring(row(), note, paid) == [("created", [])] * 3
    assert owes(ana) == 10000 - 3000
    one = OutsideInvoice.objects.get(label="R-1")
    assert (one.net_minor, one.tax_minor, one.gross_minor, one.system) == (10000, 2100, 12100, "erp")
    assert (one.issued_on, one.due_on) == (date(2026, 1, 10), date(2026, 1, 24))
    assert OutsideInvoice.objects.get(label="C-1").lines == [["Kettle", 2, 5000]]
    assert not Document.objects.exists()
    assert Journal.objects.filter(document_type="outside_invoice").count() == 2
    records = ActRecord.objects.filter(act="invoicing.import_invoice")
    assert EventRecord.objects.filter(record_id__in=records.values("pk"), subject_type="outside_invoice").count() == 3
    assert list(find_faults()) == []


def test_the_same_again_changes_nothing_what_is_open_can_and_the_rest_cannot(ana: Customer) -> None:
    bring(row())
    counted = Journal.objects.count(), ActRecord.objects.count()
    assert bring(row(), row()) == [("unchanged", []), ("error", ["outside_id"])]
    assert bring(row(open="60"), dry=True) == [("updated", [])]
    assert bring(row(open="60"), on_match=OnMatch.SKIP) == [("skipped", [])]
    assert (Journal.objects.count(), ActRecord.objects.count()) == counted
    assert bring(row(open="60", due_on="2026-02-01")) == [("updated", [])]
    assert (owes(ana), OutsideInvoice.objects.get().due_on) == (6000, date(2026, 2, 1))
    assert bring(row(open="80", due_on="")) == [("updated", [])]
    assert (owes(ana), OutsideInvoice.objects.get().due_on) == (8000, date(2026, 2, 1))
    assert bring(row(open="80", gross="120")) == [("error", ["net"])]
    assert bring(row(open="80", issued_on="2026-01-11")) == [("error", ["issued_on"])]
    other = make_customer("Luis")
    OutsideId.objects.create(customer=other, system="erp", value="c2", created_at=NOON)
    assert bring(row(open="80", customer_id="c2")) == [("error", ["customer_id"])]
    assert list(find_faults()) == []


def test_every_row_at_fault_says_which_column(ana: Customer) -> None:
    wrong = {
        "customer_id": "nobody",
        "issued_on": "never",
        "due_on": "2026-01-01",
        "currency": "EURO",
        "gross": "x",
        "tax": "122",
        "net": "99",
        "open": "121.01",
        "kind": "letter",
        "order": "none",
        "lines": "Kettle x 2 @ 3.00",
    }
    rows = [row(outside_id=f"W-{n}", **{name: value}) for n, (name, value) in enumerate(wrong.items())]
    assert bring(*rows) == [("error", [name]) for name in wrong]
    more = [
        row(customer_id=""),
        row(outside_id="M-1", issued_on="2999-01-01", due_on=""),
        row(outside_id="M-2", open="-1"),
        row(outside_id="M-3", number="n" * 61),
        row(outside_id="M-4", lines="nothing"),
        row(outside_id="M-5", open=""),
    ]
    at_fault = ["customer_id", "issued_on", "open", "number", "lines", "open"]
    assert bring(*more) == [("error", [name]) for name in at_fault]
    assert not OutsideInvoice.objects.exists()
    with pytest.raises(NotPermitted):
        bring(row(), actor=make_actor(permissions=frozenset({"invoicing.view"})))


def test_a_document_of_our_own_is_not_taken_over_as_another_systems(ana: Customer) -> None:
    shop = Shop()
    order = place(ana, [(variants(shop.chair)[0], 1)], account_of(ana), **ADDRESS)
    line = order.lines.get()
    actor = make_actor()
    perform("orders.ship_order", actor=actor, subject_id=order.pk, arguments={"rows": [{"line": line.pk, "pieces": 1}], "carrier": "x"}, at=NOON, as_part=True)  # fmt: skip  # noqa: E501
    ours = Document.objects.get()
    assert bring(row(number=ours.label), row(outside_id=ours.label)) == [
        ("error", ["number"]),
        ("error", ["outside_id"]),
    ]
    bring(row())
    assert OutsideInvoice.objects.get().pk > ours.pk
    kind = find_kind("invoices")
    assert kind is not None
    listed = list_rows(kind, actor, at=NOON)
    assert [one["number"] for _pk, one in listed] == [ours.label, "R-1"]
    assert [pk for pk, _row in list_rows(kind, actor, at=NOON, after=listed[0][0])] == [listed[1][0]]


def test_payments_received_elsewhere_lower_what_is_open_and_never_below_nothing(ana: Customer) -> None:
    bring(row())
    rows = [pay(), pay(outside_id="P-2", amount="60.01"), pay(outside_id="P-3", amount="60")]
    assert bring(*rows, kind="payments") == [("created", []), ("error", ["amount"]), ("created", [])]
    assert owes(ana) == 0
    assert bring(*rows[:1], kind="payments") == [("unchanged", [])]
    assert bring(row()) == [("unchanged", [])]
    assert bring(row(open="50")) == [("error", ["open"])]
    assert bring(pay(outside_id="P-4", amount="0.01"), kind="payments") == [("error", ["amount"])]
    assert list(find_faults()) == []


def test_what_is_taken_out_comes_in_again_as_the_same_and_elsewhere_as_new(ana: Customer) -> None:
    order = {"outside_id": "1001", "customer_id": "c1", "placed_at": "2025-11-02", "currency": "EUR"}
    sku = variants(Shop().chair)[0].sku
    bring(order | {"lines": f"{sku} x 1 @ 121.00"}, kind="orders")
    bring(row(order="1001", customer_id="", lines="Chair, blue x 1 @ 121.00", number="R/1"))
    kind = find_kind("invoices")
    assert kind is not None
    ((_pk, listed),) = list_rows(kind, make_actor(), at=NOON, system="erp")
    assert (listed["order"], listed["lines"], listed["open"]) == ("1001", "Chair, blue x 1 @ 121.00", "100.00")
    assert bring(listed) == [("unchanged", [])]
    assert bring(listed | {"order": ""} | {"outside_id": "Z"}, system="other") == [("created", [])]
    first, second = (one for _pk, one in list_rows(kind, make_actor(), at=NOON))
    assert {name: first[name] for name in first if name != "order"} == {
        name: second[name] for name in second if name != "order"
    }


def test_the_database_keeps_what_was_issued_and_the_proof_finds_what_is_not_booked(ana: Customer) -> None:
    bring(row())
    for change in (
        "update invoicing_outsideinvoice set gross_minor = 1, net_minor = 1",
        "delete from invoicing_outsideinvoice",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    OutsideInvoice.objects.update(open_minor=1)
    assert [check for check, _what in find_faults()] == ["outside_invoices"]


@pytest.mark.django_db(transaction=True)
def test_import_invoice_does_it_for_one(ana: Customer) -> None:
    given = {
        "outside_system": "erp",
        "outside_id": "R-9",
        "customer_reference": ana.reference,
        "issued_on": "2026-01-10",
        "gross": {"minor": 12100, "currency": "EUR"},
        "still_open": {"minor": 12100, "currency": "EUR"},
    }

    def do(**changes: Any) -> Any:
        return perform("invoicing.import_invoice", actor=make_actor(), arguments=given | changes, at=NOON)

    made = OutsideInvoice.objects.get(pk=do().subject_id)
    assert (made.label, made.gross_minor, owes(ana)) == ("R-9", 12100, 12100)
    assert ActRecord.objects.filter(act="invoicing.import_invoice").count() == 1
    with pytest.raises(NotPossible):
        do()
    with pytest.raises(ArgumentsInvalid) as refused:
        do(outside_id="R-10", still_open={"minor": 12101, "currency": "EUR"})
    assert set(refused.value.fields) == {"still_open"}
    assert Money(owes(ana), "EUR").minor == 12100


def test_it_stands_on_the_customers_timeline(ana: Customer) -> None:
    bring(row())
    bring(pay(), kind="payments")
    page = read_timeline(ana.pk, reader=Reached(2, "code"))
    told = [tell(entry) for entry in page.entries if entry.kind == "outside_document"]
    assert [dict(one.facts) for one in told] == [
        {"Number": "R-1", "Issued by": "erp", "Amount": "€121.00", "Still open": "€60.00"}
    ]
