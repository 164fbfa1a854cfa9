"""Payments received elsewhere come in many at once: booked where what they pay is, kept beside it where it is not."""

import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.customers.imports import operations, queries, steps
from onhand.customers.imports.kinds import Bringing, Row, bring_in_kind, find_kind
from onhand.customers.imports.taking_out import list_rows
from onhand.customers.intake.upsert import OnMatch
from onhand.customers.models import Customer, OutsideId
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.checks import find_faults
from onhand.ledger.models import Journal
from onhand.orders.models import Order
from onhand.payments.models import Payment, PaymentMethod
from onhand.payments.refunding import refundable
from onhand.staff.queries import actor_for
from tests.factories import make_actor, make_customer, make_representative
from tests.factories.callers import make_token
from tests.orders.shop import NOON, Shop, variants

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Customer:
    """A customer with an order of another shop that is over."""
    found = make_customer("Ana Prieto")
    OutsideId.objects.create(customer=found, system="shop", value="c1", created_at=NOON)
    order = {"outside_id": "1001", "customer_id": "c1", "placed_at": "2025-11-02", "currency": "EUR"}
    sku = variants(Shop().chair)[0].sku
    assert bring(order | {"lines": f"{sku} x 1 @ 121.00"}, kind="orders") == [("created", [])]
    return found


def bring(*rows: Row, kind: str = "payments", dry: bool = False, **changes: Any) -> list[tuple[str, list[str]]]:
    found = find_kind(kind)
    assert found is not None
    given: dict[str, Any] = {"actor": make_actor(), "at": NOON, "system": "shop"}
    outcomes = bring_in_kind(found, rows, Bringing(**given | changes), dry=dry)
    return [(one.status.value, [problem.field for problem in one.problems]) for one in outcomes]


def row(**changes: str) -> Row:
    given = {"outside_id": "P-1", "order": "1001", "received_at": "2025-11-02 10:00", "method": "Card"}
    given |= {"method_name": "Visa", "currency": "EUR", "amount": "121.00", "reference": "ch_1"}
    return {name: value for name, value in (given | changes).items() if value}


def owes(customer: Customer) -> int:
    return balance_of(RECEIVABLE, "EUR", customer_id=customer.pk).minor


def test_what_was_paid_for_an_order_there_stands_beside_it_and_is_not_booked(ana: Customer) -> None:
    assert bring(row(), row(outside_id="P-2", method="efectivo", method_name="")) == [("created", []), ("created", [])]
    one, two = Payment.objects.order_by("pk")
    order = Order.objects.get()
    assert (one.document_type, one.document_id, one.customer) == ("order", order.pk, ana)
    assert (one.state, one.captured_minor, one.from_system, one.reference) == ("captured", 12100, "shop", "ch_1")
    assert (one.method.kind, one.method.label, one.method.is_active) == ("card", "Visa", False)
    assert (two.method.kind, one.made_at.isoformat()) == ("cash", "2025-11-02T10:00:00+00:00")
    assert not Journal.objects.exists()
    records = ActRecord.objects.filter(act="payments.import_payment")
    assert EventRecord.objects.filter(record_id__in=records.values("pk"), subject_type="payment").count() == 2
    assert list(find_faults()) == []
    bring(row(outside_id="P-3"))
    assert PaymentMethod.objects.count() == 2


def test_what_was_paid_on_an_account_is_booked_and_is_not_given_back_here(ana: Customer) -> None:
    paid = row(order="", customer_id="c1", amount="50")
    assert bring(paid) == [("created", [])]
    assert owes(ana) == -5000
    assert list(find_faults()) == []
    payment = Payment.objects.get()
    assert refundable(payment) == Money(0, "EUR")
    arguments = {"amount": {"minor": 100, "currency": "EUR"}}
    with pytest.raises(NotPossible, match="shop"):
        perform("payments.refund_payment", actor=make_actor(), subject_id=payment.pk, arguments=arguments, at=NOON, as_part=True)  # fmt: skip  # noqa: E501


def test_the_same_again_changes_nothing_and_what_was_paid_stands(ana: Customer) -> None:
    bring(row())
    records = ActRecord.objects.count()
    assert bring(row(), row(), dry=True) == [("unchanged", []), ("error", ["outside_id"])]
    assert bring(row(reference="")) == [("unchanged", [])]
    assert bring(row(reference="ch_2"), on_match=OnMatch.SKIP) == [("skipped", [])]
    assert bring(row(reference="ch_2"), on_match=OnMatch.FILL) == [("unchanged", [])]
    assert ActRecord.objects.count() == records
    assert bring(row(reference="ch_2", received_at="2025-11-03")) == [("updated", [])]
    payment = Payment.objects.get()
    assert (payment.reference, payment.version, ActRecord.objects.count()) == ("ch_2", 2, records + 1)
    wrong = {"amount": "120", "method": "bank", "method_name": "Amex"}
    for name, value in wrong.items():
        assert bring(row(**{name: value})) == [("error", [name])]
    assert bring(row(order="", customer_id="c1")) == [("error", ["order"])]


def test_every_row_at_fault_says_which_column(ana: Customer) -> None:
    wrong = {
        "order": "none",
        "invoice": "none",
        "received_at": "later",
        "method": "barter",
        "currency": "USD",
        "amount": "0",
        "customer_id": "nobody",
    }
    rows = [row(outside_id=f"W-{n}", **{name: value}) for n, (name, value) in enumerate(wrong.items())]
    assert bring(*rows) == [("error", ["order" if name == "invoice" else name]) for name in wrong]
    other = make_customer("Luis")
    more = [
        row(order=""),
        row(outside_id="M-1", order="", invoice="R-1"),
        row(outside_id="M-2", customer_reference=other.reference),
        row(outside_id="M-3", received_at="2999-01-01"),
        row(outside_id="M-4", amount="1.001"),
        row(outside_id="M-5", amount="-1"),
        row(outside_id="M-6", amount=""),
    ]
    at_fault = ["customer_id", "invoice", "order", "received_at", "amount", "amount", "amount"]
    assert bring(*more) == [("error", [name]) for name in at_fault]
    assert not Payment.objects.exists()
    with pytest.raises(NotPermitted):
        bring(row(), actor=make_actor(permissions=frozenset({"payments.view"})))


def test_no_number_of_a_card_is_kept(ana: Customer) -> None:
    bring(row(method_name="Visa 4111 1111 1111 1111", reference="4111111111111111"))
    payment = Payment.objects.get()
    assert "4111 1111" not in payment.method.label
    assert "41111111" not in payment.reference
    assert bring(row(method_name="Visa 4111 1111 1111 1111", reference="4111111111111111")) == [("unchanged", [])]


def test_what_is_taken_out_comes_in_again_as_the_same(ana: Customer) -> None:
    bring(row(), row(outside_id="P-2", order="", customer_id="c1"))
    kind = find_kind("payments")
    assert kind is not None
    reader = make_actor(permissions=frozenset({"payments.view", "customers.view", "customers.export"}))
    listed = [one for _pk, one in list_rows(kind, reader, at=NOON, system="shop")]
    assert [one.get("order") for one in listed] == ["1001", None]
    assert [one["method_name"] for one in listed] == ["Visa", "Visa"]
    assert bring(*listed) == [("unchanged", []), ("unchanged", [])]


@pytest.mark.django_db(transaction=True)
def test_import_payment_does_it_for_one(ana: Customer) -> None:
    given = {
        "outside_system": "shop",
        "outside_id": "7",
        "order": "1001",
        "received_on": "2025-11-02",
        "method": "bank",
        "amount": {"minor": 12100, "currency": "EUR"},
    }

    def do(**changes: Any) -> Any:
        return perform("payments.import_payment", actor=make_actor(), arguments=given | changes, at=NOON)

    assert Payment.objects.get(pk=do().subject_id).captured_minor == 12100
    assert ActRecord.objects.filter(act="payments.import_payment").count() == 1
    with pytest.raises(NotPossible):
        do()
    with pytest.raises(ArgumentsInvalid) as refused:
        do(outside_id="8", order="none")
    assert set(refused.value.fields) == {"order"}


def test_a_file_of_payments_is_mapped_tried_and_brought_in(ana: Customer) -> None:
    actor = actor_for(make_representative("Eva"))
    heads = "Transaction ID,Order number,Date,Payment method,Currency,Amount"
    data = f"{heads}\nP-1,1001,2025-11-02,card,EUR,100.00\nP-2,1002,2025-11-02,card,EUR,21.00\n".encode()
    one = operations.store_file(
        actor=actor, file=io.BytesIO(data), name="p.csv", size=len(data), at=NOON, kind="payments"
    )
    assert list(one.mapping.values()) == ["outside_id", "order", "received_at", "method", "currency", "amount"]
    mapping = {int(place): name for place, name in one.mapping.items()}
    choices = operations.Choices(mapping, system="shop", on_match="update")
    operations.choose_columns(actor=actor, import_id=one.pk, queue=lambda _pk: None, choices=choices)
    while steps.step(one.pk, timezone.now):
        pass
    one.refresh_from_db()
    assert (one.state, one.counts["checked"]) == ("checked", {"created": 1, "error": 1})
    assert not Payment.objects.exists()
    perform("customers.start_import", actor=actor, subject_id=one.pk, arguments={}, at=NOON, as_part=True)
    while steps.step(one.pk, timezone.now):
        pass
    one.refresh_from_db()
    (problem,) = queries.problems(one, "done")
    assert (problem.row, problem.column, problem.value) == (3, "Order number", "1002")
    assert "Bring the orders in first" in problem.message
    assert Payment.objects.get().captured_minor == 10000
    assert "P-1" not in str(list(one.chunks.values_list("rows", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_a_program_sends_orders_shipments_invoices_and_payments_and_reads_them_again(ana: Customer) -> None:
    headers = {"Authorization": f"Bearer {make_token(make_representative('Eva'))}"}
    invoice = {"outside_id": "R-1", "order": "1001", "issued_on": "2025-11-02", "currency": "EUR", "gross": 121}
    sent = {
        "shipments": {"outside_id": "s1", "order": "1001", "carrier": "Correos", "delivered_at": "2025-11-05"},
        "invoices": invoice | {"tax": 21, "open": 121},
        "payments": {name: value for name, value in row(invoice="R-1", order="").items() if value},
    }
    for kind, one in sent.items():
        for status in ("created", "unchanged"):
            answer = (
                Client()
                .post(
                    f"/api/v1/import/{kind}",
                    {"system": "shop", "rows": [one, {"outside_id": "x"}]},
                    content_type="application/json",
                    headers=headers,
                )
                .json()
            )
            assert [found["status"] for found in answer["results"]] == [status, "error"], answer
            assert answer["results"][1]["fields"]
        listed = Client().get(f"/api/v1/export/{kind}?system=shop", headers=headers).json()["rows"]
        assert [found["outside_id"] for found in listed] == [one["outside_id"]]
        file = Client().get(f"/api/v1/export/{kind}?system=shop&format=csv", headers=headers)
        assert str(one["outside_id"]).encode() in b"".join(file.streaming_content)  # type: ignore[attr-defined]
    kinds = [found["name"] for found in Client().get("/api/v1/import", headers=headers).json()]
    assert kinds[-5:] == ["orders", "shipments", "invoices", "payments", "refunds"]
    assert owes(ana) == 0
    assert list(find_faults()) == []
