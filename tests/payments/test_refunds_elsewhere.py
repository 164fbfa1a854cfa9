"""Refunds made elsewhere come in many at once: booked where what they give back is, never more than was paid."""

import random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from onhand.customers.identification.level import Reached
from onhand.customers.imports.kinds import Bringing, Row, bring_in_kind, find_kind
from onhand.customers.imports.taking_out import list_rows
from onhand.customers.intake.upsert import OnMatch
from onhand.customers.models import Customer, OutsideId
from onhand.customers.timeline import read_timeline, tell
from onhand.invoicing.models import OutsideInvoice
from onhand.invoicing.outside import paid_of
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import perform
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.checks import find_faults
from onhand.ledger.models import Journal
from onhand.ledger.totals import trial_balance
from onhand.payments.models import Payment, Refund
from tests.factories import make_actor, make_customer, make_representative
from tests.factories.callers import make_token
from tests.orders.shop import NOON, Shop, variants

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Customer:
    """A customer with an order there that was paid, an invoice and a credit note that were taken over, and money on account."""
    found = make_customer("Ana Prieto")
    OutsideId.objects.create(customer=found, system="shop", value="c1", created_at=NOON)
    sku = variants(Shop().chair)[0].sku
    order = {"outside_id": "1001", "customer_id": "c1", "placed_at": "2025-11-02", "currency": "EUR"}
    assert bring(order | {"lines": f"{sku} x 1 @ 121.00"}, kind="orders") == [("created", [])]
    invoice = {"outside_id": "R-1", "customer_id": "c1", "issued_on": "2025-12-01", "currency": "EUR"}
    note = invoice | {"outside_id": "C-1", "kind": "credit_note", "gross": "30.00", "open": "30.00"}
    assert bring(invoice | {"gross": "100.00", "open": "100.00"}, note, kind="invoices") == [("created", [])] * 2
    paid = {"received_at": "2025-12-05", "method": "card", "method_name": "Visa", "currency": "EUR"}
    rows = [
        paid | {"outside_id": "P-1", "order": "1001", "amount": "121.00"},
        paid | {"outside_id": "P-2", "invoice": "R-1", "amount": "60.00"},
        paid | {"outside_id": "P-3", "customer_id": "c1", "amount": "50.00"},
    ]
    assert bring(*rows, kind="payments") == [("created", [])] * 3
    assert owes(found) == 10000 - 3000 - 6000 - 5000
    return found


def bring(*rows: Row, kind: str = "refunds", dry: bool = False, **changes: Any) -> list[tuple[str, list[str]]]:
    found = find_kind(kind)
    assert found is not None
    given: dict[str, Any] = {"actor": make_actor(), "at": NOON, "system": "shop"}
    outcomes = bring_in_kind(found, rows, Bringing(**given | changes), dry=dry)
    return [(one.status.value, [problem.field for problem in one.problems]) for one in outcomes]


def row(**changes: str) -> Row:
    given = {"outside_id": "B-1", "payment": "P-2", "refunded_at": "2025-12-20 10:00", "currency": "EUR"}
    given |= {"amount": "20.00", "reference": "re_1"}
    return {name: value for name, value in (given | changes).items() if value}


def owes(customer: Customer) -> int:
    return balance_of(RECEIVABLE, "EUR", customer_id=customer.pk).minor


def left_of(label: str) -> int:
    one = OutsideInvoice.objects.get(label=label)
    return one.open_minor - paid_of([one.pk]).get(one.pk, 0)


def test_what_was_given_back_of_an_order_there_stands_beside_it_and_is_not_booked(ana: Customer) -> None:
    booked, before = Journal.objects.count(), owes(ana)
    assert bring(row(payment="P-1")) == [("created", [])]
    refund, payment = Refund.objects.get(), Payment.objects.get(document_type="order")
    assert (refund.payment_id, refund.customer, refund.to_id) == (payment.pk, ana, payment.method_id)
    assert (refund.state, refund.from_system, refund.reference) == ("done", "shop", "re_1")
    assert refund.made_at.isoformat() == "2025-12-20T10:00:00+00:00"
    assert (payment.refunded_minor, payment.captured_minor) == (2000, 12100)
    assert (Journal.objects.count(), owes(ana)) == (booked, before)
    (record,) = ActRecord.objects.filter(act="payments.import_refund")
    assert EventRecord.objects.get(record_id=record.pk).subject_type == "refund"
    assert list(find_faults()) == []


def test_what_was_given_back_of_an_invoice_or_an_account_is_owed_again(ana: Customer) -> None:
    assert left_of("R-1") == 4000
    assert bring(row(), row(outside_id="B-2", payment="P-3", amount="50")) == [("created", [])] * 2
    assert owes(ana) == -4000 + 2000 + 5000
    assert left_of("R-1") == 6000
    journal = Journal.objects.get(document_type="refund", key=f"refund:{Refund.objects.get(minor=2000).pk}")
    assert journal.text == "shop B-1"
    again = {"outside_id": "P-9", "invoice": "R-1", "received_at": "2026-01-02", "method": "bank", "currency": "EUR"}
    assert bring(again | {"amount": "60.01"}, kind="payments") == [("error", ["amount"])]
    assert bring(again | {"amount": "60.00"}, kind="payments") == [("created", [])]
    assert list(find_faults()) == []


def test_what_paid_a_credit_note_out_is_no_longer_owed_to_the_customer(ana: Customer) -> None:
    paid_out = row(payment="P-1", credit_note="C-1")
    assert bring(paid_out) == [("created", [])]
    assert (left_of("C-1"), left_of("R-1"), owes(ana)) == (1000, 4000, -4000 + 2000)
    assert bring(paid_out | {"outside_id": "B-2", "amount": "10.01"}) == [("error", ["amount"])]
    assert bring(paid_out | {"outside_id": "B-2", "amount": "10.00"}) == [("created", [])]
    said = {"outside_id": "C-1", "customer_id": "c1", "issued_on": "2025-12-01", "currency": "EUR", "gross": "30"}
    said |= {"kind": "credit_note"}
    assert bring(said | {"open": "5"}, kind="invoices") == [("error", ["open"])]
    assert bring(said | {"open": "30"}, kind="invoices") == [("unchanged", [])]
    assert list(find_faults()) == []


def test_never_more_goes_back_than_was_paid(ana: Customer) -> None:
    rows = [row(), row(outside_id="B-2", amount="40.01"), row(outside_id="B-3", amount="40.00")]
    assert bring(*rows) == [("created", []), ("error", ["amount"]), ("created", [])]
    assert bring(row(outside_id="B-4", amount="0.01")) == [("error", ["amount"])]
    assert Payment.objects.get(document_type="outside_invoice").refunded_minor == 6000
    assert bring({"outside_id": "R-1", "customer_id": "c1", "issued_on": "2025-12-01", "currency": "EUR", "gross": "100", "open": "90"}, kind="invoices") == [("error", ["open"])]  # fmt: skip  # noqa: E501
    assert list(find_faults()) == []


def test_the_same_again_changes_nothing_and_what_was_given_back_stands(ana: Customer) -> None:
    bring(row())
    counted = ActRecord.objects.count(), Journal.objects.count(), owes(ana)
    assert bring(row(), row(), dry=True) == [("unchanged", []), ("error", ["outside_id"])]
    assert bring(row(), row(reference="")) == [("unchanged", []), ("error", ["outside_id"])]
    assert bring(row(reference="re_2"), on_match=OnMatch.SKIP) == [("skipped", [])]
    assert bring(row(reference="re_2"), on_match=OnMatch.FILL) == [("unchanged", [])]
    assert bring(row(outside_id="B-2"), dry=True) == [("created", [])]
    assert (ActRecord.objects.count(), Journal.objects.count(), owes(ana)) == counted
    assert bring(row(reference="re_2", refunded_at="2025-12-21")) == [("updated", [])]
    refund = Refund.objects.get()
    assert (refund.reference, refund.version, refund.done_at) == ("re_2", 2, refund.made_at)
    wrong = {"amount": "19.99", "payment": "P-3", "credit_note": "C-1"}
    for name, value in wrong.items():
        assert bring(row(**{name: value})) == [("error", [name])]
    assert (Journal.objects.count(), owes(ana)) == counted[1:]


def test_every_row_at_fault_says_which_column(ana: Customer) -> None:
    luis = make_customer("Luis")
    OutsideId.objects.create(customer=luis, system="shop", value="c2", created_at=NOON)
    note = {"outside_id": "C-2", "customer_id": "c2", "kind": "credit_note", "issued_on": "2025-12-01"}
    bring(note | {"currency": "EUR", "gross": "30", "open": "30"}, kind="invoices")
    wrong = [
        ("payment", "none"),
        ("payment", ""),
        ("credit_note", "none"),
        ("credit_note", "R-1"),
        ("credit_note", "C-2"),
        ("refunded_at", "later"),
        ("refunded_at", "2999-01-01"),
        ("refunded_at", "2025-12-01"),
        ("currency", "USD"),
        ("currency", "EURO"),
        ("amount", "0"),
        ("amount", "-1"),
        ("amount", "1.001"),
        ("amount", "1e9"),
        ("amount", "60.01"),
        ("amount", ""),
    ]
    rows = [row(outside_id=f"W-{n}", **{name: value}) for n, (name, value) in enumerate(wrong)]
    assert bring(*rows) == [("error", [name]) for name, _value in wrong]
    assert not Refund.objects.exists()
    assert bring(row(), system="other") == [("error", ["payment"])]
    with pytest.raises(NotPermitted):
        bring(row(), actor=make_actor(permissions=frozenset({"payments.view"})))


def test_the_database_keeps_that_money_goes_back_where_it_was_paid(ana: Customer) -> None:
    bring(row())
    for change in (
        "update payments_refund set from_system = ''",
        "update payments_refund set from_system = 'other'",
        "update payments_refund set state = 'failed'",
        "update payments_payment set refunding_minor = 1 where refunded_minor > 0",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    payment = Payment.objects.get(document_type="outside_invoice")
    amount = {"amount": {"minor": 100, "currency": "EUR"}}
    with pytest.raises(NotPossible, match="shop"):
        perform("payments.refund_payment", actor=make_actor(), subject_id=payment.pk, arguments=amount, at=NOON, as_part=True)  # fmt: skip


def test_no_number_of_a_card_is_kept(ana: Customer) -> None:
    bring(row(reference="4111111111111111"))
    assert "41111111" not in Refund.objects.get().reference


def test_what_is_taken_out_comes_in_again_as_the_same(ana: Customer) -> None:
    bring(row(), row(outside_id="B-2", payment="P-1", credit_note="C-1", amount="10"))
    kind = find_kind("refunds")
    assert kind is not None
    reader = make_actor(permissions=frozenset({"payments.view", "customers.view", "customers.export"}))
    listed = [one for _pk, one in list_rows(kind, reader, at=NOON, system="shop")]
    assert [(one["payment"], one.get("credit_note", "")) for one in listed] == [("P-2", ""), ("P-1", "C-1")]
    assert bring(*listed) == [("unchanged", []), ("unchanged", [])]


def test_it_stands_on_the_customers_timeline(ana: Customer) -> None:
    bring(row())
    told = [tell(entry) for entry in read_timeline(ana.pk, reader=Reached(2, "code")).entries]
    (refund,) = (one for one in told if one.headline == "Refund of €20.00")
    assert dict(refund.facts) == {"To": "Visa", "Given back by": "shop"}
    (invoice,) = (one for one in told if ("Number", "R-1") in one.facts)
    assert dict(invoice.facts)["Still open"] == "€60.00"


@pytest.mark.django_db(transaction=True)
def test_import_refund_does_it_for_one(ana: Customer) -> None:
    given = {"outside_system": "shop", "outside_id": "7", "payment": "P-2", "refunded_on": "2025-12-20"}
    amount = {"minor": 2000, "currency": "EUR"}

    def do(**changes: Any) -> Any:
        arguments = given | {"amount": amount} | changes
        return perform("payments.import_refund", actor=make_actor(), arguments=arguments, at=NOON)

    assert Refund.objects.get(pk=do(receipt="re_1").subject_id).reference == "re_1"
    assert ActRecord.objects.filter(act="payments.import_refund").count() == 1
    with pytest.raises(NotPossible):
        do()
    for changes, field in (({"payment": "none"}, "payment"), ({"credit_note": "none"}, "credit_note")):
        with pytest.raises(ArgumentsInvalid) as refused:
            do(outside_id="8", **changes)
        assert set(refused.value.fields) == {field}


@pytest.mark.django_db(transaction=True)
def test_a_program_sends_refunds_and_reads_them_again(ana: Customer) -> None:
    headers = {"Authorization": f"Bearer {make_token(make_representative('Eva'))}"}
    sent = {"system": "shop", "rows": [row(), row(outside_id="x", payment="none")]}
    for status in ("created", "unchanged"):
        answer = Client().post("/api/v1/import/refunds", sent, content_type="application/json", headers=headers)
        results = answer.json()["results"]
        assert [found["status"] for found in results] == [status, "error"]
        assert "Bring the payments in first" in str(results[1]["fields"]["payment"])
    (listed,) = Client().get("/api/v1/export/refunds?system=shop", headers=headers).json()["rows"]
    assert (listed["outside_id"], listed["payment"], listed["amount"]) == ("B-1", "P-2", "20.00")
    file = Client().get("/api/v1/export/refunds?system=shop&format=csv", headers=headers)
    assert b"B-1" in b"".join(file.streaming_content)  # type: ignore[attr-defined]
    assert "refunds" in [found["name"] for found in Client().get("/api/v1/import", headers=headers).json()]


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_rows_leaves_the_books_right(ana: Customer, seed: int) -> None:
    """What comes in at random, half of it wrong: what is owed follows from what was taken, refused rows change nothing."""
    chance, owed = random.Random(seed), owes(ana)
    paid = {"P-1": 12100, "P-2": 6000, "P-3": 5000}
    left, credit, invoiced = dict(paid), 3000, 4000
    for number in range(60):
        minor = chance.choice((0, 1, 700, 2500, 6001, 999_999))
        amount = f"{minor // 100}.{minor % 100:02}"
        if chance.random() < 0.3:
            came = {"outside_id": f"N-{number}", "invoice": "R-1", "received_at": "2025-12-28", "method": "cash"}
            fits = 0 < minor <= invoiced
            assert bring(came | {"currency": "EUR", "amount": amount}, kind="payments")[0][0] == ("created" if fits else "error")  # fmt: skip  # noqa: E501
            if fits:
                owed, invoiced = owed - minor, invoiced - minor
        else:
            payment, pays_out = chance.choice(sorted(paid)), chance.random() < 0.4
            back = row(outside_id=f"N-{number}", payment=payment, amount=amount, credit_note="C-1" if pays_out else "")
            fits = 0 < minor <= min(left[payment], credit if pays_out else minor)
            assert bring(back)[0][0] == ("created" if fits else "error")
            assert bring(back)[0][0] == ("unchanged" if fits else "error")
            if fits:
                left[payment] -= minor
                credit -= minor if pays_out else 0
                invoiced += minor if payment == "P-2" and not pays_out else 0
                owed += minor if pays_out or payment != "P-1" else 0
        assert (owes(ana), left_of("R-1"), left_of("C-1")) == (owed, invoiced, credit)
    assert list(find_faults()) == []
    assert sum(one.balance for one in trial_balance()) == 0
