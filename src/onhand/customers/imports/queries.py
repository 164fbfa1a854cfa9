"""Reads of imports: what one did to a customer, what was wrong with its rows, which rows to mend and bring again."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from onhand.customers.access import visible_customers
from onhand.customers.imports.kind_steps import row_of
from onhand.customers.imports.kinds import by_name_of, find_kind
from onhand.customers.imports.mapping import raw_of
from onhand.customers.intake.fields import BY_NAME
from onhand.customers.intake.reading import Reading, read_row
from onhand.customers.intake.take_back import Taken
from onhand.customers.models import CustomerImport, ImportChunk
from onhand.kernel.actor import Actor

SHOWN = 100
_DID = """
select r ->> 1, (r ->> 0)::bigint, (r ->> 2)::bigint, (r ->> 3)::bigint
from customers_importchunk c, jsonb_array_elements(c.done -> 'rows') r
where c.customer_import_id = %s and (r ->> 2)::bigint = %s order by 2
"""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A cell that stopped a row, as shown: `column` is the file's own heading where one column says it."""

    row: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class AboutCustomer:
    """Something about a row and a customer the reader may see."""

    row: int
    customer_id: int
    name: str
    reference: str
    words: str = ""


def what_it_did(one: CustomerImport, customer_id: int) -> list[tuple[str, Taken]]:
    """What an import did to a customer, oldest first: created or updated, and by which record."""
    with connection.cursor() as cursor:
        cursor.execute(_DID, [one.pk, customer_id])
        return [(status, Taken(row, customer, record)) for status, row, customer, record in cursor.fetchall()]


def column_of(one: CustomerImport, field: str) -> str:
    """What the file calls a field; the field's own name where several columns or none say it."""
    places = [int(place) for place, name in one.mapping.items() if name == field]
    if len(places) == 1 and places[0] < len(one.headings):
        return str(one.headings[places[0]])
    names = by_name_of(one.kind)
    return str(names[field].label) if field in names else field


def problems(one: CustomerImport, step: str, limit: int = SHOWN) -> list[RowProblem]:
    """The first things that are wrong with rows, as the check (`checked`) or the run (`done`) found them."""
    found: list[RowProblem] = []
    for chunk in _chunks_with(one, step, "problems"):
        for row, field, value, message in chunk["problems"]:
            found.append(RowProblem(row, column_of(one, field), value, message))
            if len(found) == limit:
                return found
    return found


def alike(actor: Actor, one: CustomerImport, limit: int = SHOWN) -> list[AboutCustomer]:
    """New rows that share an e-mail address or number with a customer who is there already."""
    pairs = [(row, customer, "") for chunk in _chunks_with(one, "checked", "alike") for row, customer in chunk["alike"]]
    return _named(actor, pairs[:limit])


def kept(actor: Actor, one: CustomerImport, limit: int = SHOWN) -> list[AboutCustomer]:
    """What an undoing left as it is, and why."""
    found = [(row, pk, why) for chunk in _chunks_with(one, "undone", "kept") for row, pk, why in chunk["kept"]]
    return _named(actor, found[:limit])


def _named(actor: Actor, found: list[tuple[int, int, str]]) -> list[AboutCustomer]:
    ids = {customer for _row, customer, _words in found}
    names = {
        pk: (name, reference)
        for pk, name, reference in visible_customers(actor).filter(pk__in=ids).values_list("pk", "name", "reference")
    }
    return [AboutCustomer(row, pk, *names[pk], words) for row, pk, words in found if pk in names]


def _chunks_with(one: CustomerImport, step: str, key: str) -> Iterator[dict[str, list[list[Any]]]]:
    chunks = ImportChunk.objects.filter(customer_import=one, **{f"{step}__{key}__0__isnull": False})
    yield from chunks.order_by("number").values_list(step, flat=True).iterator(chunk_size=20)


def wrong_rows(one: CustomerImport, step: str) -> Iterator[str]:
    """
    The rows that could not be taken, as a CSV file that can be mended and brought again: the file's own columns and one more that
    says what is wrong. A chunk is in memory at a time.
    """
    yield "\ufeff" + csv_line([*one.headings, _("What is wrong")])
    chunks = ImportChunk.objects.filter(
        customer_import=one, rows__isnull=False, **{f"{step}__problems__0__isnull": False}
    )
    for chunk in chunks.order_by("number").iterator(chunk_size=5):
        said: dict[int, list[str]] = {}
        for row, field, _value, message in getattr(chunk, step)["problems"]:
            said.setdefault(row, []).append(f"{column_of(one, field)}: {message}")
        for row, messages in sorted(said.items()):
            cells = list((chunk.rows or [])[row - chunk.first_row])
            cells += [""] * (len(one.headings) - len(cells))
            yield csv_line([*cells[: len(one.headings)], " ".join(messages)])


def csv_line(cells: list[str]) -> str:
    """One line of a CSV file, with nothing in it that a spreadsheet would run."""
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def harmless(cell: str) -> str:
    """A cell no spreadsheet takes for a formula: what begins like one gets an apostrophe before it, which imports take off again."""
    is_risky = cell[:1] in ("=", "+", "-", "@", "\t", "\r") or (
        cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "'")
    )
    return f"'{cell}" if is_risky else cell


def example_rows(one: CustomerImport, mapping: dict[int, str]) -> list[list[tuple[str, str, bool]]]:
    """The first rows as they would be taken with this mapping: of each field its label, the value, and whether it is wrong."""
    if find_kind(one.kind) is not None:
        names = by_name_of(one.kind)
        read = [
            row_of(cells, {place: name for place, name in mapping.items() if name in names}) for cells in one.examples
        ]
        return [[(str(names[name].label), value, False) for name, value in row.items()] for row in read]
    reading = Reading(one.system or "?", one.country, one.language, one.day_first)
    shown = []
    for cells in one.examples:
        row, problems = read_row(raw_of(cells, mapping), reading)
        wrong = {problem.field: problem.message for problem in problems}
        said = row.as_arguments() | {"outside_id": row.outside[1] if row.outside else ""}
        said.pop("outside_system", None)
        line = []
        for name, value in said.items():
            label = str(BY_NAME[name].label) if name in BY_NAME else str(BY_NAME[name.removesuffix("s")].label)
            if value:
                line.append((label, ", ".join(value) if isinstance(value, list) else str(value), False))
        line += [(str(BY_NAME[name].label), message, True) for name, message in wrong.items()]
        shown.append(line)
    return shown
