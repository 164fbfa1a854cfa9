"""Shipments of another system come onto orders that came from there, many at once, and what becomes known later is added."""

from typing import Any

import pytest

from onhand.customers.imports.kinds import Bringing, Row, bring_in_kind, find_kind
from onhand.customers.imports.taking_out import list_rows
from onhand.customers.intake.upsert import OnMatch
from onhand.customers.models import Customer, OutsideId
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import perform
from onhand.ledger.checks import find_faults
from onhand.orders.models import Order, OrderChange, Scan, Shipment, ShipmentLine
from tests.factories import make_actor, make_customer
from tests.orders.shop import ADDRESS, NOON, Shop, account_of, place, variants

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def skus(shop: Shop) -> list[str]:
    """The articles of an order of another shop: two pieces of the first, three of the second."""
    found = [variant.sku for variant in (*variants(shop.kettle)[:1], *variants(shop.chair)[:1])]
    holder = make_customer("Ana Prieto")
    OutsideId.objects.create(customer=holder, system="shop", value="c1", created_at=NOON)
    order = {"customer_id": "c1", "placed_at": "2025-11-02", "currency": "EUR"}
    lines = f"{found[0]} x 2 @ 40.00; {found[1]} x 3 @ 10.00"
    assert bring("orders", order | {"outside_id": "1001", "lines": lines}) == [("created", [])]
    return found


def bring(kind: str, *rows: Row, dry: bool = False, **changes: Any) -> list[tuple[str, list[str]]]:
    found = find_kind(kind)
    assert found is not None
    given: dict[str, Any] = {"actor": make_actor(), "at": NOON, "system": "shop"}
    outcomes = bring_in_kind(found, rows, Bringing(**given | changes), dry=dry)
    return [(one.status.value, [problem.field for problem in one.problems]) for one in outcomes]


def row(**changes: str) -> Row:
    given = {"outside_id": "s1", "order": "1001", "carrier": "Correos", "tracking": "T 1", "shipped_at": "2025-11-03"}
    return {name: value for name, value in (given | changes).items() if value}


def test_shipments_come_in_with_pieces_scans_and_proof_and_nothing_is_booked_or_moved(skus: list[str]) -> None:
    first = row(
        lines=f"{skus[0]} x 2; {skus[1]} x 1",
        delivered_at="2025-11-05 10:00",
        delivered_to="Ana",
        proof="signed",
        scans="2025-11-04T08:00 in_transit, Madrid, 28001; 2025-11-05T10:00 delivered",
    )
    assert bring("shipments", first, row(outside_id="s2", tracking="T2")) == [("created", []), ("created", [])]
    one, two = Shipment.objects.order_by("number")
    assert (one.tracking, one.state, one.delivered_to, one.proof) == ("T1", "delivered", "Ana", "signed")
    assert (two.number, two.state, two.delivered_at) == (2, "underway", None)
    packed = ShipmentLine.objects.order_by("shipment", "line__number").values_list("line__sku", "pieces")
    assert list(packed) == [(skus[0], 2), (skus[1], 1), (skus[1], 2)]
    assert list(Scan.objects.order_by("at").values_list("kind", "place", "postal_code")) == [
        ("in_transit", "Madrid", "28001"),
        ("delivered", "", ""),
    ]
    order = Order.objects.get()
    assert order.delivered_at == one.delivered_at == order.completed_at
    kinds = OrderChange.objects.order_by("number").values_list("kind", "number")
    assert list(kinds) == [("placed", 1), ("shipped", 2), ("delivered", 3), ("shipped", 4)]
    records = ActRecord.objects.filter(act="orders.import_shipment")
    assert set(records.values_list("subject_id", flat=True)) == {order.pk}
    assert EventRecord.objects.filter(record_id__in=records.values("pk")).count() == 2
    assert list(find_faults()) == []


def test_the_same_again_changes_nothing_and_what_became_known_is_added(skus: list[str]) -> None:
    bring("shipments", row())
    counted = ActRecord.objects.count(), OrderChange.objects.count()
    assert bring("shipments", row(), row(delivered_at="2025-11-06"), dry=True) == [
        ("unchanged", []),
        ("error", ["outside_id"]),
    ]
    assert bring("shipments", row()) == [("unchanged", [])]
    assert (ActRecord.objects.count(), OrderChange.objects.count()) == counted
    assert bring("shipments", row(delivered_at="2025-11-06"), on_match=OnMatch.SKIP) == [("skipped", [])]
    assert bring("shipments", row(delivered_at="2025-11-06"), dry=True) == [("updated", [])]
    assert Shipment.objects.get().delivered_at is None
    assert bring("shipments", row(delivered_at="2025-11-06", delivered_to="Ana")) == [("updated", [])]
    assert bring("shipments", row(carrier="SEUR", scans="2025-11-04 09:00 in_transit")) == [("updated", [])]
    shipment = Shipment.objects.get()
    assert (shipment.carrier, shipment.delivered_to, shipment.scans.count()) == ("SEUR", "Ana", 1)
    assert bring("shipments", row(carrier="SEUR", scans="2025-11-04 09:00 in_transit")) == [("unchanged", [])]
    assert bring("shipments", row(lines=f"{skus[0]} x 1", carrier="SEUR")) == [("error", ["lines"])]
    assert bring("shipments", row(carrier="Other", proof="seen"), on_match=OnMatch.FILL) == [("updated", [])]
    shipment.refresh_from_db()
    assert (shipment.carrier, shipment.proof) == ("SEUR", "seen")
    kinds = list(OrderChange.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == ["placed", "shipped", "delivered", "outside", "outside"]


def test_a_shipment_that_came_with_its_order_is_the_same_one(skus: list[str]) -> None:
    order = {"outside_id": "1002", "customer_id": "c1", "placed_at": "2025-11-02", "currency": "EUR"}
    bring("orders", order | {"lines": f"{skus[0]} x 1 @ 40.00", "carrier": "Correos", "tracking": "T9"})
    again = row(outside_id="s9", order="1002", tracking="T9", shipped_at="", delivered_to="Luis")
    assert bring("shipments", again) == [("updated", [])]
    assert bring("shipments", again) == [("unchanged", [])]
    assert Shipment.objects.get().delivered_to == "Luis"
    assert bring("shipments", row(outside_id="s10", order="1002")) == [("error", ["order"])]


def test_every_row_at_fault_says_which_column_and_how_to_mend_it(skus: list[str]) -> None:
    wrong = {
        "order": "nothing",
        "shipped_at": "soon",
        "delivered_at": "2025-11-01",
        "lines": "x",
        "scans": "yesterday lost",
        "carrier": "",
    }
    rows = [row(outside_id=f"w{n}", **{name: value}) for n, (name, value) in enumerate(wrong.items())]
    assert bring("shipments", *rows) == [("error", [name]) for name in wrong]
    more = {
        "lines": f"{skus[0]} x 3",
        "scans": "2025-11-01T10:00 in_transit",
        "delivered_to": "Ana",
        "shipped_at": "2025-11-01",
    }
    rows = [row(outside_id=f"m{n}", **{name: value}) for n, (name, value) in enumerate(more.items())]
    at_fault = ["delivered_at" if name == "delivered_to" else name for name in more]
    assert bring("shipments", *rows) == [("error", [name]) for name in at_fault]
    assert bring("shipments", row(lines="NONE x 1")) == [("error", ["lines"])]
    assert not Shipment.objects.exists()
    assert bring("shipments", row(), row(outside_id="s2")) == [("created", []), ("error", ["order"])]
    with pytest.raises(NotPermitted):
        bring("shipments", row(), actor=make_actor(permissions=frozenset({"orders.view"})))


def test_orders_placed_here_cancelled_there_or_of_erased_people_take_none(shop: Shop, skus: list[str]) -> None:
    buyer = make_customer("Eva")
    here = place(buyer, [(variants(shop.chair)[0], 1)], account_of(buyer), **ADDRESS)
    assert bring("shipments", row(order=here.reference)) == [("error", ["order"])]
    over = {"outside_id": "1003", "customer_id": "c1", "placed_at": "2025-11-02", "currency": "EUR"}
    bring("orders", over | {"lines": f"{skus[0]} x 1 @ 40.00", "state": "cancelled"})
    assert bring("shipments", row(order="1003")) == [("error", ["order"])]
    bring("shipments", row())
    assert bring("shipments", row(order="1003")) == [("error", ["order"])]
    Customer.objects.filter(outside_ids__value="c1").update(erased_at=NOON)
    assert bring("shipments", row(tracking="T5")) == [("error", ["order"])]


def test_what_is_taken_out_comes_in_again_as_the_same(skus: list[str]) -> None:
    bring("shipments", row(lines=f"{skus[1]} x 3", scans="2025-11-04T08:00 in_transit, Madrid, 28001"))
    kind = find_kind("shipments")
    assert kind is not None
    reader = make_actor(permissions=frozenset({"orders.view", "customers.view", "customers.export"}))
    ((_pk, listed),) = list_rows(kind, reader, at=NOON, system="shop")
    assert (listed["outside_id"], listed["order"], listed["lines"]) == ("s1", "1001", f"{skus[1]} x 3")
    assert bring("shipments", listed) == [("unchanged", [])]
    Shipment.objects.all().delete()
    Order.objects.update(from_system="elsewhere")
    assert bring("shipments", listed | {"outside_id": "s5", "order": Order.objects.get().reference}) == [
        ("created", [])
    ]
    ((_pk, again),) = list_rows(kind, make_actor(), at=NOON, system="shop")
    assert {name: again[name] for name in listed if name not in ("outside_id", "order")} == {
        name: listed[name] for name in listed if name not in ("outside_id", "order")
    }


@pytest.mark.django_db(transaction=True)
def test_import_shipment_does_it_for_one(skus: list[str]) -> None:
    order = Order.objects.get()
    given = {"outside_system": "shop", "outside_id": "s1", "carrier": "Correos", "delivered_on": "2025-11-04"}

    def do(**changes: str) -> None:
        perform("orders.import_shipment", actor=make_actor(), subject_id=order.pk, arguments=given | changes, at=NOON)

    do()
    assert Shipment.objects.get().lines.count() == 2
    assert ActRecord.objects.filter(act="orders.import_shipment").count() == 1
    with pytest.raises(NotPossible):
        do()
    do(proof="signed")
    with pytest.raises(ArgumentsInvalid) as refused:
        do(outside_id="s2", delivered_on="2024-01-01")
    assert set(refused.value.fields) == {"delivered_on"}
