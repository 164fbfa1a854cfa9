"""
Lists of customers taken out as CSV or Excel: only what the actor may see, a batch at a time, in a form that can be brought in again.

What is protected by identification (addresses, e-mail addresses, numbers) is whole only for those who work without a contact; for
others it is masked, and an import takes a masked value for none.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import translation
from django.utils.translation import gettext as _

from onhand.customers import access
from onhand.customers.finding.find import customers_with
from onhand.customers.finding.protection import sees_contact_points, show_identity
from onhand.customers.imports.queries import csv_line, harmless
from onhand.customers.intake.fields import BY_NAME
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible
from onhand.kernel.records import Subject, record_access

FORMATS = ("csv", "xlsx")
BATCH = 1_000
MOST_IN_A_SHEET = 1_048_575
MOST_SYSTEMS = 20
_PLAIN = ("reference", "name", "kind", "form_of_address", "language")
_PLACE = ("address_lines", "postal_code", "city", "region", "country")
_FREE = frozenset({"city", "country"})  # of a place, seen by whoever sees the file at all
_MANY = {"customer_number": "customer_number", "email": "email", "telephone": "telephone"}
_IDENTITIES = """
coalesce((select json_agg(json_build_array(i.kind, i.value) order by i.id) from customers_customer m
  join customers_identity i on i.customer_id = m.id and i.withdrawn_at is null
  where m.id = customers_customer.id or m.merged_into_id = customers_customer.id), '[]'::json)::text
"""
_OUTSIDE = """
coalesce((select json_agg(json_build_array(o.system, o.value) order by o.id) from customers_customer m
  join customers_outsideid o on o.customer_id = m.id
  where m.id = customers_customer.id or m.merged_into_id = customers_customer.id), '[]'::json)::text
"""
_SYSTEMS = """
with recursive s as (
  (select system from customers_outsideid order by system limit 1)
  union all select (select o.system from customers_outsideid o where o.system > s.system order by o.system limit 1)
  from s where s.system is not null)
select system from s where system is not null limit %s
"""


@dataclass(frozen=True, slots=True)
class Export:
    """A list that is allowed and on record: how many customers, and its bytes piece by piece."""

    count: int
    content: Iterator[bytes]
    content_type: str
    file_name: str


def export_customers(actor: Actor, *, format: str, words: str = "", at: datetime) -> Export:
    """
    The customers this actor may see (with `words`, those that have all of them). That it was taken out is on record before the first
    byte is sent: who, which, and how many.

    :raises NotPermitted: the actor may not take lists out.
    :raises NotPossible: a format there is none of, or more rows than a sheet can hold.
    """
    actor.require(access.EXPORT)
    if format not in FORMATS:
        raise NotPossible(_("Choose CSV or Excel."), field="format")
    words = words.replace("\x00", " ").encode("utf-8", "replace").decode()
    count = _chosen(actor, words).count()
    if format == "xlsx" and count > MOST_IN_A_SHEET:
        raise NotPossible(
            _("A sheet holds no more than %(most)s rows: take CSV.") % {"most": MOST_IN_A_SHEET}, field="format"
        )
    reason = f"{format}: {count}" + (f", “{words}”" if words.strip() else "")
    record_access(
        actor=actor, subject=Subject("customer_export", None), page="customers.export", reason=reason[:200], at=at
    )
    lines = _lines(actor, words)
    content = _csv(lines) if format == "csv" else _sheet(lines)
    kinds = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    return Export(count, content, kinds[format], f"customers-{at:%Y-%m-%d}.{format}")


def _chosen(actor: Actor, words: str) -> QuerySet[Customer]:
    return customers_with(actor, words)


def _lines(actor: Actor, words: str) -> Iterator[list[str]]:
    """The headings, then a line a customer, a batch in memory at a time."""
    with connection.cursor() as cursor:
        cursor.execute(_SYSTEMS, [MOST_SYSTEMS])
        systems = [system for (system,) in cursor.fetchall()]
    with translation.override("en"):  # so that what is brought in again is understood
        labels = [str(BY_NAME[name].label) for name in (*_PLAIN, *_MANY, *_PLACE, "customer_since")]
        yield [*labels, *(f"{BY_NAME['outside_id'].label} ({system})" for system in systems)]
    whole, last = sees_contact_points(actor), 0
    while True:
        rows = _chosen(actor, words).filter(pk__gt=last).order_by("pk")
        rows = rows.annotate(named=RawSQL(_IDENTITIES, []), known=RawSQL(_OUTSIDE, []))  # noqa: S611
        batch = list(rows.values("pk", *_PLAIN, *_PLACE, "customer_since", "named", "known")[:BATCH])
        # The next batch may be asked for in another thread of the web process.
        if not connection.in_atomic_block:
            connection.close()
        for row in batch:
            yield _line(row, systems, whole=whole)
        if len(batch) < BATCH:
            return
        last = batch[-1]["pk"]


def _line(row: dict[str, Any], systems: list[str], *, whole: bool) -> list[str]:
    many: dict[str, list[str]] = {}
    for kind, value in json.loads(row["named"]):
        many.setdefault(kind, []).append(value if whole else show_identity(kind, value, openly=False))
    known: dict[str, list[str]] = {}
    for system, value in json.loads(row["known"]):
        known.setdefault(system, []).append(value)
    place = [row[name] if whole or name in _FREE else "" for name in _PLACE]
    return [
        *(row[name] for name in _PLAIN),
        # A second number of one kind would be read as part of the first: there is one way to be found again.
        *("; ".join(many.get(kind, [])[: 1 if kind == "customer_number" else None]) for kind in _MANY.values()),
        *place,
        row["customer_since"].isoformat(),
        *(next(iter(known.get(system, [])), "") for system in systems),
    ]


def _csv(lines: Iterator[list[str]]) -> Iterator[bytes]:
    yield "\ufeff".encode()
    waiting: list[str] = []
    for line in lines:
        waiting.append(csv_line(line))
        if len(waiting) == BATCH:
            yield "".join(waiting).encode()
            waiting = []
    yield "".join(waiting).encode()


def _sheet(lines: Iterator[list[str]]) -> Iterator[bytes]:
    """Written row by row into a temporary file, as a workbook can only be sent when it is whole. Every cell is a text."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as place:
        with contextlib.closing(xlsxwriter.Workbook(place.name, {"constant_memory": True})) as book:
            sheet = book.add_worksheet("Customers")
            for number, line in enumerate(lines):
                for column, cell in enumerate(line):
                    if cell:
                        # A text is never run here; only what an import would take for our own apostrophe gets one more.
                        sheet.write_string(number, column, harmless(cell) if cell[:1] == "'" else cell)
        place.seek(0)
        while part := place.read(64 * 1024):
            yield part
