"""Orders of another system that are over come in many at once, are booked nowhere, and stay as they were."""

from typing import Any

import pytest
from django.test import Client

from onhand.customers.imports.kinds import Bringing, Row, bring_in_kind, find_going_out, find_kind
from onhand.customers.imports.taking_out import list_rows
from onhand.customers.models import Customer, OutsideId
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.models import AccessRecord, ActRecord, EventRecord
from onhand.kernel.perform import perform
from onhand.ledger.checks import find_faults
from onhand.ledger.models import Journal
from onhand.orders.models import Order, OrderChange, Shipment
from onhand.orders.tasks import complete_orders
from onhand.staff.enums import RepresentativeKind
from tests.factories import make_actor, make_customer
from tests.factories.callers import make_token
from tests.factories.staff import make_person
from tests.orders.shop import ADDRESS, NOON, Shop, account_of, place, variants

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def customer() -> Customer:
    found = make_customer("Ana Prieto")
    OutsideId.objects.create(customer=found, system="shop", value="c1", created_at=NOON)
    return found


def row(shop: Shop, **changes: str) -> Row:
    first, second = (one.sku for one in shop.kettle.variants.order_by("sku")[:2])
    given = {
        "outside_id": "1001",
        "customer_id": "c1",
        "placed_at": "2025-11-02",
        "currency": "EUR",
        "tax_percent": "21",
    }
    given |= {"lines": f"{first} x 2 @ 40.00; {second} x 1 @ 46.00", "shipping": "4.95", "carrier": "Correos"}
    return {
        name: value for name, value in (given | {"tracking": "T1", "ship_city": "Madrid"} | changes).items() if value
    }


def bring(*rows: Row, **changes: Any) -> list[tuple[str, list[str]]]:
    kind = find_kind("orders")
    assert kind is not None
    given: dict[str, Any] = {"actor": make_actor(), "at": NOON, "system": "shop"}
    outcomes = bring_in_kind(kind, rows, Bringing(**given | changes))
    return [(one.status.value, [problem.field for problem in one.problems]) for one in outcomes]


def test_an_order_comes_in_with_its_lines_and_shipment_and_nothing_is_booked(shop: Shop, customer: Customer) -> None:
    journals = Journal.objects.count()
    assert bring(row(shop)) == [("created", [])]
    order = Order.objects.get()
    assert (order.customer, order.state, order.from_system) == (customer, "completed", "shop")
    assert (order.gross_minor, order.placed_at.date().isoformat()) == (13095, "2025-11-02")
    assert order.net_minor + order.tax_minor == order.gross_minor
    assert [(line.pieces, line.delivered, line.gross_minor) for line in order.lines.order_by("number")] == [
        (2, 2, 8000),
        (1, 1, 4600),
    ]
    shipment = Shipment.objects.get()
    assert (shipment.carrier, shipment.tracking, shipment.lines.count()) == ("Correos", "T1", 2)
    assert OrderChange.objects.get().kind == "placed"
    record = ActRecord.objects.get(act="orders.import_order")
    assert record.subject_id == order.pk
    assert EventRecord.objects.filter(record_id=record.pk, subject_type="order").exists()
    assert Journal.objects.count() == journals
    assert list(find_faults()) == []
    complete_orders(int(NOON.timestamp()))


def test_the_same_again_changes_nothing_and_another_one_is_refused(shop: Shop, customer: Customer) -> None:
    bring(row(shop))
    assert bring(row(shop), row(shop, shipping="5.00"), row(shop, outside_id="2"), row(shop, outside_id="2")) == [
        ("unchanged", []),
        ("error", ["outside_id"]),
        ("created", []),
        ("error", ["outside_id"]),
    ]
    assert Order.objects.count() == 2
    assert bring(row(shop), system="till") == [("error", ["customer_id"])]


def test_every_row_at_fault_says_which_field(shop: Shop, customer: Customer) -> None:
    wrong = {
        "customer_id": "nobody",
        "placed_at": "yesterday",
        "currency": "EURO",
        "lines": "NONE x 1 @ 2.00",
        "tax_percent": "101",
        "shipping": "-1",
        "state": "pending",
        "shipped_at": "2024-01-01",
    }
    rows = [row(shop, **{name: value}) for name, value in wrong.items()]
    assert bring(*rows) == [("error", [name]) for name in wrong]
    more = [
        row(shop, lines="no lines"),
        row(shop, placed_at="2999-01-01"),
        row(shop, customer_id=""),
        row(shop, lines=""),
    ]
    assert [fields for _status, fields in bring(*more)] == [["lines"], ["placed_at"], ["customer_id"], ["lines"]]
    assert bring(row(shop, lines=f"{shop.chair.variants.all()[0].sku} x 0 @ 1.00")) == [("error", ["lines"])]
    assert bring(row(shop, currency="XXQ")) == [("error", ["currency"])]
    assert not Order.objects.exists()


def test_orders_of_customers_one_may_not_see_or_who_were_erased_are_not_brought_in(
    shop: Shop, customer: Customer
) -> None:
    with pytest.raises(NotPermitted):
        bring(row(shop), actor=make_actor(permissions=frozenset({"orders.view"})))
    Customer.objects.filter(pk=customer.pk).update(erased_at=NOON)
    assert bring(row(shop)) == [("error", ["customer_id"])]


def test_a_cancelled_one_and_services_fit_the_books(shop: Shop, customer: Customer) -> None:
    reference = row(shop, customer_id="", customer_reference=customer.reference, outside_id="9", state="cancelled")
    assert bring(reference) == [("created", [])]
    order = Order.objects.get()
    assert (order.state, order.cancel_reason, Shipment.objects.count()) == ("cancelled", "other", 0)
    assert list(find_faults()) == []


def test_nothing_is_done_on_an_order_that_was_over_before_it_came(shop: Shop, customer: Customer) -> None:
    bring(row(shop))
    order = Order.objects.get()
    with pytest.raises(NotPossible, match="shop"):
        perform(
            "orders.add_goodwill",
            actor=make_actor(),
            subject_id=order.pk,
            arguments={"amount": {"minor": 100, "currency": "EUR"}, "reason": "x"},
            at=NOON,
        )


@pytest.mark.django_db(transaction=True)
def test_import_order_does_it_for_one(shop: Shop, customer: Customer) -> None:
    sku = shop.chair.variants.all()[0].sku
    given = {
        "outside_system": "shop",
        "outside_id": "7",
        "customer_reference": customer.reference,
        "placed_on": "2025-01-02",
        "currency": "EUR",
        "lines": f"{sku} x 1 @ 100.00",
    }
    outcome = perform("orders.import_order", actor=make_actor(), arguments=given, at=NOON)
    assert Order.objects.get(pk=outcome.subject_id).gross_minor == 10000
    assert ActRecord.objects.filter(act="orders.import_order").count() == 1
    with pytest.raises(NotPossible):
        perform("orders.import_order", actor=make_actor(), arguments=given, at=NOON)
    with pytest.raises(ArgumentsInvalid):
        perform("orders.import_order", actor=make_actor(), arguments=given | {"lines": "x", "outside_id": "8"}, at=NOON)


def test_what_is_taken_out_says_the_same(shop: Shop, customer: Customer) -> None:
    bring(row(shop))
    kind, shipments = find_kind("orders"), find_going_out("shipments")
    assert kind is not None
    assert shipments is not None
    ((_pk, listed),) = list_rows(kind, make_actor(), at=NOON, system="shop")
    assert listed["lines"] == row(shop)["lines"]
    assert (listed["total"], listed["shipping"], listed["outside_id"]) == ("130.95", "4.95", "1001")
    assert bring({name: value for name, value in listed.items() if name not in ("reference", "total")}) == [
        ("unchanged", [])
    ]
    ((_pk, sent),) = list_rows(shipments, make_actor(), at=NOON)
    assert (sent["carrier"], sent["tracking"]) == ("Correos", "T1")


def test_orders_read_by_a_program_are_on_record(shop: Shop, customer: Customer) -> None:
    place(customer, [(variants(shop.chair)[0], 1)], account_of(customer), **ADDRESS)
    service = make_person("administrator", kind=RepresentativeKind.SERVICE)
    client = Client(headers={"Authorization": f"Bearer {make_token(service)}"})
    assert len(client.get("/api/v1/export/orders").json()["rows"]) == 1
    record = AccessRecord.objects.get(page="orders.export")
    assert record.reason == "json: orders, above 0"
