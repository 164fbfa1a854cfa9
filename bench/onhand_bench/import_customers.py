"""
Customers brought in from a CSV file, rows a second, each with its act record, event and deliveries.

The file is uploaded, read into chunks and run as the job does it, chunk by chunk with durable commits. The floor is what no import can
do without: the same rows of customers, identities and outside ids put into the same tables by COPY, as many a transaction.
"""

import io
import json
import time
from datetime import UTC, datetime
from typing import Any

from onhand_bench import place

ROWS = {False: 50_000, True: 5_000}
CHUNK = 500
HEADINGS = "id,name,email,telephone,street,postal code,city,country,language\n"


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `rows_per_second`, `floor_per_second` and `ratio`."""
    rows = ROWS[quick]
    with place.database():
        _make_people()
        checked, brought, again = _import(rows, 0)
        floor = _floor(rows)
    print(
        f"{rows:,} new customers with an e-mail address and a telephone number each, {CHUNK} a transaction, durable commits"
    )
    for name, rate in (
        ("checked (dry run)", checked),
        ("brought in", brought),
        ("the same again", again),
        ("bare COPY", floor),
    ):
        print(f"{name:20}{rate:12,.0f} rows a second")
    return {
        "rows_per_second": round(brought),
        "floor_per_second": round(floor),
        "ratio": round(brought / floor, 3),
        "checked_per_second": round(checked),
        "unchanged_per_second": round(again),
    }


def _make_people() -> None:
    from onhand.staff.demo import create_demo_staff

    create_demo_staff(at=datetime.now(UTC), password="kettle-lamp-river-42")


def _file(rows: int) -> bytes:
    lines = [HEADINGS]
    for n in range(rows):
        telephone = f"+34910{n % 1_000_000:06}"
        lines.append(f"{n:08},Ana Núñez {n},ana{n}@example.com,{telephone},Calle Mayor {n % 140},28013,Madrid,ES,es\n")
    return "".join(lines).encode()


def _import(rows: int, _turn: int) -> tuple[float, float, float]:
    from onhand.customers.imports.operations import Choices, choose_columns, store_file
    from onhand.customers.imports.steps import step
    from onhand.kernel.perform import perform
    from onhand.staff.models import Representative
    from onhand.staff.queries import actor_for

    actor = actor_for(Representative.objects.get(email="administrator@demo.example"))
    content = _file(rows)

    def now() -> datetime:
        return datetime.now(UTC)

    def bring() -> tuple[float, float]:
        one = store_file(actor=actor, file=io.BytesIO(content), name="c.csv", size=len(content), at=now())
        mapping = {int(column): name for column, name in one.mapping.items()}
        assert len(mapping) == HEADINGS.count(",") + 1, mapping
        choices = Choices(mapping, system="bench", country="ES", language="es", on_match="update")
        choose_columns(actor=actor, import_id=one.pk, choices=choices, queue=lambda _pk: None)
        begun = time.perf_counter()
        while step(one.pk, now):
            pass
        checked = rows / (time.perf_counter() - begun)
        perform("customers.start_import", actor=actor, subject_id=one.pk, arguments={}, at=now())
        begun = time.perf_counter()
        while step(one.pk, now):
            pass
        taken = time.perf_counter() - begun
        one.refresh_from_db()
        done = one.counts["done"]
        assert done.get("created", 0) + done.get("unchanged", 0) == rows, done
        return checked, rows / taken

    checked, brought = bring()
    _checked, again = bring()
    return checked, brought, again


def _floor(rows: int) -> float:
    """The same rows into the same tables, beside those that are there."""
    from django.db import connection, transaction

    from onhand.customers.intake.upsert import _CUSTOMER, _IDENTITY
    from onhand.kernel.bulk import copy_rows

    with connection.cursor() as cursor:
        cursor.execute(
            "select setval('customers_customer_id_seq', max(id) + %s) - %s from customers_customer", [rows, rows]
        )
        first = int(cursor.fetchone()[0]) + 1
    at = datetime.now(UTC)
    begun = time.perf_counter()
    for start in range(0, rows, CHUNK):
        numbers = range(start, min(start + CHUNK, rows))
        with transaction.atomic():
            copy_rows("customers_customer", _CUSTOMER, (_customer(first, n, at) for n in numbers))
            copy_rows("customers_identity", _IDENTITY, (one for n in numbers for one in _identities(first, n, at)))
            outside = ((first + n, "floor", f"{n:08}", at) for n in numbers)
            copy_rows("customers_outsideid", ("customer_id", "system", "value", "created_at"), outside)
    return rows / (time.perf_counter() - begun)


def _customer(first: int, n: int, at: datetime) -> tuple[Any, ...]:
    name, place_ = f"Ana Núñez {n}", (f"Calle Mayor {n % 140}", "28013", "Madrid", "", "ES")
    text = f"ana nunez {n} f{n:07} ana{n}@example.com example.com +34910{n % 1_000_000:06} 34910{n % 1_000_000:06} 910{n % 1_000_000:06}"
    fixed = ("[]", "", None, None, None, at.date(), at)
    return (first + n, 1, f"F{n:07}", name, "person", "", "es", None, "", *place_, "Europe/Madrid", text, *fixed)


def _identities(first: int, n: int, at: datetime) -> list[tuple[Any, ...]]:
    rest = ("", "imported", 2, False, at, at)
    return [
        (first + n, "email", "", f"ana{n}@example.com", *rest),
        (first + n, "telephone", "", f"+34910{n % 1_000_000:06}", *rest),
    ]


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(quick="--quick" in sys.argv)))
