"""
Orders of another system brought in as rows, orders a second, each with two lines, a shipment, its act record, event and deliveries.

They come as a program sends them, a thousand in a request and a transaction, with durable commits. The floor is what no import can do
without: the same rows of orders, lines and shipments put into the same tables by COPY, as many a transaction. Then what belongs to them: a
scan and proof for each shipment, an invoice each with what is open booked, and a payment of each invoice, booked too.
"""

import time
from datetime import UTC, datetime
from typing import Any

from onhand_bench import place

ROWS = {False: 20_000, True: 3_000}
CUSTOMERS = 500
CHUNK = 1_000
_SCAN = "2025-{:02}-28T18:00 in_transit, Madrid, 28001"


def measure(quick: bool = False) -> dict[str, Any]:
    """
    Measure, print the table, and return `rows_per_second`, `floor_per_second`, `ratio`, `unchanged_per_second`, and the rates of shipments,
    invoices and payments.
    """
    rows = ROWS[quick]
    with place.database():
        brought, again = _import(rows)
        beside = {kind: _beside(kind, rows) for kind in ("shipments", "invoices", "payments")}
        floor = _floor(rows)
    print(f"{rows:,} orders with two lines and a shipment each, {CHUNK:,} a transaction, durable commits")
    for name, rate in (("brought in", brought), ("the same again", again), ("bare COPY", floor)):
        print(f"{name:20}{rate:12,.0f} orders a second")
    for name, rate in beside.items():
        print(f"{name:20}{rate:12,.0f} {name} a second")
    return {
        "rows_per_second": round(brought),
        "floor_per_second": round(floor),
        "ratio": round(brought / floor, 3),
        "unchanged_per_second": round(again),
        **{f"{name}_per_second": round(rate) for name, rate in beside.items()},
    }


def _import(rows: int) -> tuple[float, float]:
    _make_shop()
    given = [
        {
            "outside_id": f"{number:08}",
            "customer_id": f"c{number % CUSTOMERS}",
            "placed_at": f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}",
            "currency": "EUR",
            "lines": f"B-{number % 50} x {number % 4 + 1} @ 19.95; B-{(number + 7) % 50} x 1 @ 7.50",
            "tax_percent": "21",
            "carrier": "Correos",
            "tracking": f"T{number}",
        }
        for number in range(rows)
    ]

    return _bring("orders", given, "created"), _bring("orders", given, "unchanged")


def _beside(kind: str, rows: int) -> float:
    """What belongs to the orders, a row each: shipments that came with them are told more of, invoices and payments are new."""
    common = {
        "shipments": {"carrier": "Correos", "delivered_to": "Somebody", "proof": "signed"},
        "invoices": {"issued_on": "2026-01-10", "currency": "EUR", "gross": "27.45", "tax": "4.76", "open": "20.00"},
        "payments": {"received_at": "2026-02-01", "method": "bank", "currency": "EUR", "amount": "12.50"},
    }[kind]

    def row(number: int) -> dict[str, Any]:
        name = "invoice" if kind == "payments" else "order"
        more = {"tracking": f"T{number}", "scans": _SCAN.format(number % 12 + 1)} if kind == "shipments" else {}
        return common | more | {"outside_id": f"{number:08}", name: f"{number:08}"}

    return _bring(kind, [row(number) for number in range(rows)], "updated" if kind == "shipments" else "created")


def _bring(name: str, given: list[dict[str, Any]], status: str) -> float:
    from onhand.customers.imports.kinds import Bringing, find_kind
    from onhand.customers.imports.programs import bring_in_for_program
    from onhand.kernel.actor import system_actor

    kind = find_kind(name)
    assert kind is not None
    begun = time.perf_counter()
    for first in range(0, len(given), CHUNK):
        bringing = Bringing(system_actor("bench"), datetime.now(UTC), "bench")
        answered = bring_in_for_program(kind, given[first : first + CHUNK], bringing)
        assert all(one["status"] == status for one in answered.rows), answered.rows[:2]
    return len(given) / (time.perf_counter() - begun)


def _make_shop() -> None:
    from onhand.catalogue.models import Product, TaxClass, Variant
    from onhand.customers.enums import CustomerKind
    from onhand.customers.models import OutsideId
    from onhand.customers.operations import new_customer

    now = datetime.now(UTC)
    made = [
        new_customer(name=f"Customer {n}", kind=CustomerKind.PERSON, language="en", at=now) for n in range(CUSTOMERS)
    ]
    OutsideId.objects.bulk_create(
        OutsideId(customer=one, system="bench", value=f"c{n}", created_at=now) for n, one in enumerate(made)
    )
    product = Product.objects.create(code="B", name="Bench", tax_class=TaxClass.objects.create(name="Bench"))
    Variant.objects.bulk_create(Variant(product=product, sku=f"B-{n}", options={"number": str(n)}) for n in range(50))


def _floor(rows: int) -> float:
    """The same rows into the same tables, beside those that are there."""
    from django.db import connection, transaction

    tables = ("orders_order", "orders_orderline", "orders_shipment", "orders_shipmentline")
    copies: dict[str, tuple[list[str], list[list[Any]]]] = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"select * from {table} order by id")
            names = [column.name for column in cursor.description or ()]
            copies[table] = names, [list(row) for row in cursor.fetchall()]
    shift = 10_000_000
    for table, (names, found) in copies.items():
        keys = [place for place, name in enumerate(names) if name in ("id", "order_id", "shipment_id", "line_id")]
        for row in found:
            for place_of in keys:
                row[place_of] += shift
            if table == "orders_order":
                row[names.index("reference")] = f"F{row[0]}"
    from onhand.kernel.bulk import copy_rows

    begun = time.perf_counter()
    for first in range(0, rows, CHUNK):
        with transaction.atomic():
            for table, (names, found) in copies.items():
                each = len(found) // rows
                part = found[first * each : (first + CHUNK) * each]
                copy_rows(table, names, [[_plain(value) for value in row] for row in part])
    return rows / (time.perf_counter() - begun)


def _plain(value: Any) -> Any:
    import json

    return json.dumps(value) if isinstance(value, dict | list) else value
