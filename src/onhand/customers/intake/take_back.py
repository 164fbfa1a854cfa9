"""
What an import did taken back, many customers at once: those it made are removed if nothing happened to them since; what it changed on
others is put back where it still is as the import left it. Everything else is kept, and named.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from onhand.customers.access import visible_customers
from onhand.customers.enums import IdentityKind, IdentitySource
from onhand.customers.intake.matching import COLUMNS, File, plural, read_files
from onhand.customers.models import Customer
from onhand.customers.operations import many_search_texts
from onhand.kernel.actor import Actor
from onhand.kernel.bulk import Done, decide_for_all, record_all
from onhand.kernel.models import ActRecord
from onhand.kernel.signing import plain

TAKEN_BACK = "customers.take_back_import"
_OWN = {"identities", "outside_ids"}  # relations an import writes itself; later changes to them have a record
_LOCK = """
select id from customers_customer
where id = any(%s) and merged_into_id is null and erased_at is null and household_id is null order by id for update
"""
# Acts since other than imports that were taken back again.
_TOUCHED = """
select subject_id from kernel_actrecord where subject_type = 'customer' and subject_id = any(%s) group by subject_id
having count(*) filter (where act not in ('customers.import_customer', 'customers.import_changes', 'customers.take_back_import')) > 0
  or count(*) filter (where act = 'customers.import_changes') <> count(*) filter (where act = 'customers.take_back_import')
"""
_RESTORE = (
    "update customers_customer c set version = c.version + 1, search_text = n.search_text, "  # noqa: S608
    + ", ".join(f"{column} = n.{column}" for column in COLUMNS)
    + " from jsonb_to_recordset(%s::jsonb) n(id bigint, search_text text, "
    + ", ".join(f"{column} {'date' if column == 'born_on' else 'text'}" for column in COLUMNS)
    + ") where c.id = n.id"
)
_FORGET_IDENTITIES = """
delete from customers_identity i using unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) k(customer, kind, value, at)
where i.customer_id = k.customer and i.kind = k.kind and i.value = k.value and i.created_at = k.at and i.withdrawn_at is null
  and i.source = %s returning i.customer_id
"""
_FORGET_OUTSIDE = """
delete from customers_outsideid o using unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) k(customer, system, value, at)
where o.customer_id = k.customer and o.system = k.system and o.value = k.value and o.created_at = k.at returning o.customer_id
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """One customer an import made or changed, and by which record."""

    row: int
    customer_id: int
    record_id: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What was not taken back of one row, and why."""

    row: int
    customer_id: int
    why: str


@dataclass(slots=True)
class TakenBack:
    """What became of a batch."""

    removed: int
    restored: int
    kept: list[Kept]


def take_back(
    created: Sequence[Taken], updated: Sequence[Taken], *, import_id: int, actor: Actor, at: datetime
) -> TakenBack:
    """
    Take back what an import did to these customers, in the caller's transaction. Each one taken back has a record of its own.

    :raises ActError: the actor may not do this at all.
    :raises MovedMeanwhile: to be tried again in a new transaction.
    """
    decision = decide_for_all(TAKEN_BACK, actor=actor, at=at)
    records = ActRecord.objects.in_bulk([one.record_id for one in (*created, *updated)])
    kept: list[Kept] = []
    restored = _restore(updated, records, import_id, actor, kept)
    removed = _remove(created, records, import_id, actor, kept)
    record_all(TAKEN_BACK, [*restored, *removed], actor=actor, at=at, decision=decision)
    return TakenBack(len(removed), len(restored), kept)


def _remove(
    created: Sequence[Taken], records: Mapping[int, ActRecord], import_id: int, actor: Actor, kept: list[Kept]
) -> list[Done]:
    ids = [one.customer_id for one in created]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [ids])
        free = {pk for (pk,) in cursor.fetchall()}
        cursor.execute(_TOUCHED, [ids])
        free -= {pk for (pk,) in cursor.fetchall()}
    there = set(Customer.objects.filter(pk__in=ids).values_list("pk", flat=True))
    free -= _in_use(sorted(free))
    free &= set(visible_customers(actor).filter(pk__in=free).values_list("pk", flat=True))
    gone, done = [], []
    for one in created:
        if one.customer_id not in there:
            continue
        if one.customer_id not in free:
            kept.append(Kept(one.row, one.customer_id, _("Something happened to this customer since: it is kept.")))
            continue
        gone.append(one.customer_id)
        was = records[one.record_id].after
        done.append(Done(one.customer_id, {"import_id": import_id}, dict(was), {}))
    with connection.cursor() as cursor:
        for table, column in (
            ("customers_identity", "customer_id"),
            ("customers_outsideid", "customer_id"),
            ("customers_customer", "id"),
        ):
            cursor.execute(f"delete from {table} where {column} = any(%s)", [gone])  # noqa: S608
    return done


def _in_use(ids: Sequence[int]) -> set[int]:
    """Which of these customers anything refers to: notes, contacts, cases, relations, and whatever later parts hang on a file."""
    used: set[int] = set()
    for relation in Customer._meta.related_objects:
        if relation.get_accessor_name() in _OWN and relation.related_model._meta.app_label == "customers":
            continue
        column = relation.field.attname
        rows = relation.related_model._base_manager.filter(**{f"{column}__in": ids})
        used.update(rows.values_list(column, flat=True).distinct())
    return used


def _restore(
    updated: Sequence[Taken], records: Mapping[int, ActRecord], import_id: int, actor: Actor, kept: list[Kept]
) -> list[Done]:
    ids = [one.customer_id for one in updated]
    single = set(Customer.objects.filter(pk__in=ids, merged_into=None).values_list("pk", flat=True))
    files, visible = read_files(actor, single, lock=True)
    usable = {pk: file for pk, file in files.items() if pk in visible and file.erased_at is None}
    chosen = [one for one in updated if one.customer_id in usable]
    kept += [
        Kept(one.row, one.customer_id, _("This customer was merged or erased since: it is kept as it is."))
        for one in updated
        if one.customer_id not in usable
    ]
    forgotten = _forget_identities(chosen, records), _forget_outside(chosen, records)
    done: list[Done] = []
    rows: list[dict[str, Any]] = []
    for one in chosen:
        file, record = usable[one.customer_id], records[one.record_id]
        before, after, left = _columns_back(file, record)
        lists = _lists_back(file, record, forgotten, one)
        before, after = before | lists[0], after | lists[1]
        if left or lists[2]:
            kept.append(
                Kept(
                    one.row,
                    one.customer_id,
                    _("Changed since, and kept: %(what)s.") % {"what": ", ".join(left + lists[2])},
                )
            )
        if before or after:
            rows.append({"id": file.id, **file.values})
            done.append(Done(file.id, {"import_id": import_id}, before, after))
    texts = many_search_texts({row["id"]: row for row in rows})
    rows = [row | {"search_text": texts[row["id"]]} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_RESTORE, [json.dumps(rows, default=str)])
    return done


def _columns_back(file: File, record: ActRecord) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """What is put back of the row's own columns (before, after), and the names of those changed since. Changes `file`."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    left = []
    for name, became in record.after.items():
        if name not in COLUMNS:
            continue
        if plain(file.values[name]) != became:
            left.append(name)
            continue
        before[name], after[name] = became, record.before.get(name)
        file.values[name] = after[name]
    return before, after, left


Pairs = set[tuple[int, str, str]]


def _forget_identities(chosen: Sequence[Taken], records: Mapping[int, ActRecord]) -> Pairs:
    """Take out the identities an import added that are still as it added them; (record, kind, value) of those taken out."""
    wanted = [
        (one, kind.value, value)
        for one in chosen
        for kind in IdentityKind
        for value in _added(records[one.record_id], plural(kind))
    ]
    return _forget(_FORGET_IDENTITIES + ", i.kind, i.value", wanted, records, IdentitySource.IMPORTED.value)


def _forget_outside(chosen: Sequence[Taken], records: Mapping[int, ActRecord]) -> Pairs:
    wanted = []
    for one in chosen:
        arguments = records[one.record_id].arguments
        if records[one.record_id].after.get("outside_ids"):
            wanted.append((one, arguments["outside_system"], arguments["outside_id"]))
    return _forget(_FORGET_OUTSIDE + ", o.system, o.value", wanted, records)


def _forget(sql: str, wanted: Sequence[tuple[Taken, str, str]], records: Mapping[int, ActRecord], *more: str) -> Pairs:
    if not wanted:
        return set()
    columns: list[list[Any]] = [
        [one.customer_id for one, _first, _second in wanted],
        [first for _one, first, _second in wanted],
        [second for _one, _first, second in wanted],
        [records[one.record_id].at for one, _first, _second in wanted],
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*columns, *more])
        return set(cursor.fetchall())


def _added(record: ActRecord, name: str) -> list[str]:
    had = set(record.before.get(name, []))
    return [value for value in record.after.get(name, []) if value not in had]


def _lists_back(
    file: File, record: ActRecord, forgotten: tuple[Pairs, Pairs], one: Taken
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    left = []
    for kind in IdentityKind:
        out = [v for v in _added(record, plural(kind)) if (one.customer_id, kind.value, v) in forgotten[0]]
        left += [v for v in _added(record, plural(kind)) if v not in out and v in file.identities.get(kind.value, [])]
        if out:
            before[plural(kind)] = list(file.identities.get(kind.value, []))
            file.identities[kind.value] = after[plural(kind)] = [v for v in before[plural(kind)] if v not in out]
    key = (one.customer_id, str(record.arguments.get("outside_system")), str(record.arguments.get("outside_id")))
    if key in forgotten[1]:
        before["outside_ids"], after["outside_ids"] = record.after["outside_ids"], []
    return before, after, left


def restore_one(customer: Customer, one: Taken) -> bool:
    """Put back on one customer, locked by the caller's act, what a record of an import changed; whether anything was."""
    records = ActRecord.objects.in_bulk([one.record_id])
    values = {column: getattr(customer, column) for column in COLUMNS}
    file = File(customer.pk, customer.version, customer.reference, None, values)
    _before, after, _left = _columns_back(file, records[one.record_id])
    for name, value in after.items():
        setattr(customer, name, date.fromisoformat(value) if name == "born_on" and value else value)
    forgotten = _forget_identities([one], records) | _forget_outside([one], records)
    return bool(after or forgotten)
