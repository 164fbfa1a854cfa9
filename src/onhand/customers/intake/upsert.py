"""
Many rows written at once: new customers registered, known ones brought up to date, each with its own act record and event.

Concurrency. Outside ids are claimed first, in their own order, by inserting them (their customer follows in the same transaction);
then customers are locked in order of their ids. Two batches with the same ids therefore wait for one another and never double
a customer. What still meets a lock the other way round is rolled back and tried again by whoever calls.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from onhand.customers.enums import Confidence, CustomerKind, IdentityKind, IdentitySource
from onhand.customers.intake.matching import (
    ADDRESS,
    COLUMNS,
    File,
    MovedMeanwhile,
    erased_words,
    find_matches,
    hold_numbers,
    key_field,
    plural,
    read_files,
    wrong_file,
)
from onhand.customers.intake.reading import Incoming, Problem
from onhand.customers.operations import many_search_texts
from onhand.customers.privacy.suppression import OUTSIDE_ID, suppressed_among
from onhand.customers.time_zones import follow_country, time_zone_of
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.bulk import Done, copy_rows, decide_for_all, record_all
from onhand.kernel.references import reference_code

IMPORTED, CHANGED = "customers.import_customer", "customers.import_changes"
_CUSTOMER = (
    *("id", "version", "reference", *COLUMNS, "search_text", "accessibility_needs", "preferred_channel"),
    *("site_id", "team_id", "owner_id", "customer_since", "created_at"),
)
_IDENTITY = (
    *(
        "customer_id",
        "kind",
        "network",
        "value",
        "label",
        "source",
        "confidence",
        "is_shared",
        "valid_from",
        "created_at",
    ),
)
_CLAIM = """
insert into customers_outsideid (customer_id, system, value, created_at)
select k.customer, k.system, k.value, %s from unnest(%s::bigint[], %s::text[], %s::text[]) k(customer, system, value)
order by k.system, k.value on conflict (system, value) do nothing returning system, value
"""
_UPDATE = (
    "update customers_customer c set version = c.version + 1, search_text = n.search_text, "  # noqa: S608
    + ", ".join(f"{column} = n.{column}" for column in COLUMNS)
    + " from jsonb_to_recordset(%s::jsonb) n(id bigint, search_text text, "
    + ", ".join(f"{column} {'date' if column == 'born_on' else 'text'}" for column in COLUMNS)
    + ") where c.id = n.id"
)


class OnMatch(StrEnum):
    """What happens with a row whose customer is there already."""

    SKIP = "skip"
    FILL = "fill"
    UPDATE = "update"


class Status(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(slots=True)
class Result:
    """What became of one row. `version` is the customer's version afterwards."""

    status: Status
    customer_id: int | None = None
    reference: str = ""
    record_id: int | None = None
    version: int | None = None
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """What is to be done for one row: `file_id` and `file` are None for a new customer, whose id is taken before it is written."""

    index: int
    row: Incoming
    customer_id: int
    file_id: int | None
    file: File | None = None
    values: dict[str, Any] = field(default_factory=dict)
    added: list[tuple[IdentityKind, str]] = field(default_factory=list)
    outside: bool = False  # the outside id is new on the file

    @property
    def changes(self) -> bool:
        return bool(self.values or self.added or self.outside)


def bring_in(
    rows: Sequence[Incoming], *, actor: Actor, at: datetime, on_match: OnMatch, dry: bool = False
) -> list[Result]:
    """
    Take in rows that can be read; what became of each, in order. To be called in a transaction, which an error has spoilt.
    With `dry` only looks: nothing is locked or written.

    The facts of these acts are none, so one decision of the authority holds for all rows of a batch.

    :raises ActError: the actor may not do this at all.
    :raises MovedMeanwhile: to be tried again in a new transaction.
    """
    decisions = {act: decide_for_all(act, actor=actor, at=at) for act in (IMPORTED, CHANGED)}
    results: list[Result | None] = [None] * len(rows)
    if not dry and any(row.customer_number for row in rows):
        hold_numbers()
    waiting = list(range(len(rows)))
    while waiting:
        wave, waiting = _wave(waiting, rows)
        plans, put_off = _plan(wave, rows, results, actor=actor, at=at, on_match=on_match, dry=dry)
        waiting = sorted([*put_off, *waiting])
        new, changed = [p for p in plans if p.file is None], [p for p in plans if p.file is not None]
        if dry:
            for plan in plans:
                status = Status.UPDATED if plan.file else Status.CREATED
                results[plan.index] = Result(status, plan.customer_id or None)
            continue
        for act, chosen, write in ((IMPORTED, new, _write_new), (CHANGED, changed, _write_changed)):
            if chosen:
                done = write(chosen, results, actor, at)
                ids = record_all(act, done, actor=actor, at=at, decision=decisions[act])
                for plan, record_id in zip(chosen, ids, strict=True):
                    _of(results, plan).record_id = record_id
    return [result or Result(Status.ERROR) for result in results]


def _of(results: list[Result | None], plan: _Plan) -> Result:
    result = results[plan.index]
    if result is None:
        raise LookupError(plan.index)
    return result


def _wave(waiting: list[int], rows: Sequence[Incoming]) -> tuple[list[int], list[int]]:
    """The first rows of which no two have a key in common, and the rest: a later row finds what the earlier one wrote."""
    seen: set[str] = set()
    for count, index in enumerate(waiting):
        keys = rows[index].keys
        if seen.intersection(keys):
            return waiting[:count], waiting[count:]
        seen.update(keys)
    return waiting, []


def _plan(
    wave: list[int],
    rows: Sequence[Incoming],
    results: list[Result | None],
    *,
    actor: Actor,
    at: datetime,
    on_match: OnMatch,
    dry: bool,
) -> tuple[list[_Plan], list[int]]:
    """
    What is to be done for each row of a wave. Rows with nothing to do have their result then; rows about a customer an earlier row
    is about, found by another key, are put off.
    """
    plans, put_off = _targets(wave, rows, results, on_match)
    new = [plan for plan in plans if plan.file_id is None]
    if not dry:
        for plan, customer_id in zip(new, _customer_ids(len(new)), strict=True):
            plan.customer_id = customer_id
        _claim([plan for plan in plans if plan.outside], at)
    files, visible = read_files(actor, (plan.file_id for plan in plans if plan.file_id is not None), lock=not dry)
    found = []
    for plan in plans:
        if plan.file_id is None:
            plan.values, plan.added = dict(plan.row.values), list(plan.row.identities)
            found.append(plan)
            continue
        file = files.get(plan.file_id)
        wrong = wrong_file(file, visible)
        if wrong or file is None:
            if plan.outside and not dry:
                _unclaim(plan.row)
            results[plan.index] = Result(Status.ERROR, problems=[Problem(*key_field(plan.row), wrong)])
            continue
        plan.file = file
        _compare(plan, on_match)
        if plan.changes:
            found.append(plan)
        else:
            status = Status.SKIPPED if on_match is OnMatch.SKIP else Status.UNCHANGED
            results[plan.index] = Result(status, file.id, file.reference, None, file.version)
    return found, put_off


def _targets(
    wave: list[int], rows: Sequence[Incoming], results: list[Result | None], on_match: OnMatch
) -> tuple[list[_Plan], list[int]]:
    matches = find_matches([rows[index] for index in wave])
    erased = _erased([row for row in (rows[index] for index in wave) if row.outside not in matches.outside])
    plans, put_off, taken = [], [], set()
    for index in wave:
        row = rows[index]
        customer_id, problem = matches.of(row)
        if customer_id is None and problem is None and row.outside in erased:
            problem = Problem("outside_id", erased[row.outside], erased_words())
        if customer_id is None and problem is None and not row.values.get("name"):
            problem = Problem("name", "", _("Give a name: this is a new customer."))
        if problem is not None:
            results[index] = Result(Status.ERROR, problems=[problem])
        elif customer_id is not None and customer_id in taken:
            put_off.append(index)
        else:
            taken.add(customer_id)
            unknown = row.outside is not None and row.outside not in matches.outside
            outside = unknown and (customer_id is None or on_match is not OnMatch.SKIP)
            plans.append(_Plan(index, row, customer_id or 0, customer_id, outside=outside))
    return plans, put_off


def _erased(unknown: Sequence[Incoming]) -> dict[tuple[str, str] | None, str]:
    """Those of these outside ids, new to us, that belonged to somebody who was erased; each with its value."""
    known = [(OUTSIDE_ID, *row.outside) for row in unknown if row.outside]
    return {(system, value): value for _kind, system, value in suppressed_among(known)} if known else {}


def _customer_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('customers_customer_id_seq') from generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


def _claim(plans: list[_Plan], at: datetime) -> None:
    """
    Write the outside ids that are new, before their customers: whoever has the same ones waits here.

    :raises MovedMeanwhile: somebody else has just taken one of them.
    """
    if not plans:
        return
    outside = [plan.row.outside or ("", "") for plan in plans]
    values: list[list[Any]] = [
        [p.customer_id for p in plans],
        [system for system, _value in outside],
        [value for _system, value in outside],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [at, *values])
        if len(cursor.fetchall()) < len(plans):
            raise MovedMeanwhile


def _unclaim(row: Incoming) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from customers_outsideid where (system, value) = (%s, %s)", row.outside)


def _compare(plan: _Plan, on_match: OnMatch) -> None:
    """Find what the row changes on its customer. E-mail addresses and numbers are only added, never taken away."""
    file, row = plan.file, plan.row
    if file is None or on_match is OnMatch.SKIP:
        return
    given = row.values
    if on_match is OnMatch.FILL:
        has_address = any(file.values[name] for name in ADDRESS)  # one address is never made of two
        given = {n: v for n, v in given.items() if not file.values[n] and not (n in ADDRESS and has_address)}
    plan.values = {name: value for name, value in given.items() if file.values[name] != value}
    if "country" in plan.values:
        zone = follow_country(file.values["time_zone"], file.values["country"], plan.values["country"])
        plan.values |= {"time_zone": zone} if zone != file.values["time_zone"] else {}
    plan.added = [(kind, value) for kind, value in row.identities if (kind.value, value.lower()) not in file.held]


def _write_new(plans: list[_Plan], results: list[Result | None], actor: Actor, at: datetime) -> list[Done]:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('customers_reference') from generate_series(1, %s)", [len(plans)])
        references = [reference_code(number) for (number,) in cursor.fetchall()]
    where = (
        min(actor.site_ids, default=None),
        # Whoever sees only a part of the company sees whom they take in.
        min(actor.team_ids, default=None) if actor.visibility is Visibility.TEAM else None,
        actor.id if actor.visibility is Visibility.OWN else None,
    )
    customers, done = [], []
    texts = many_search_texts({plan.customer_id: plan.values for plan in plans})
    for plan, reference in zip(plans, references, strict=True):
        values = dict.fromkeys(COLUMNS, "") | {"born_on": None, "kind": CustomerKind.PERSON} | plan.values
        values["language"] = plan.values.get("language") or plan.row.language
        values["country"] = plan.values.get("country") or plan.row.country
        values["time_zone"] = time_zone_of(values["country"])
        stored = (values[column] for column in COLUMNS)
        since = plan.row.customer_since or at.date()
        customers.append(
            (
                plan.customer_id,
                1,
                reference,
                *stored,
                texts[plan.customer_id],
                "[]",
                "",
                *where,
                since,
                at,
            )
        )
        results[plan.index] = Result(Status.CREATED, plan.customer_id, reference, None, 1)
        after = {column: value for column, value in values.items() if value not in ("", None)}
        done.append(Done(plan.customer_id, plan.row.as_arguments(), {}, after | _listed(plan, {})))
    copy_rows("customers_customer", _CUSTOMER, customers)
    _write_identities(plans, at)
    return done


def _write_changed(plans: list[_Plan], results: list[Result | None], _actor: Actor, at: datetime) -> list[Done]:
    rows, done = [], []
    texts = many_search_texts({plan.file.id: plan.file.values | plan.values for plan in plans if plan.file})
    for plan in plans:
        file = plan.file
        if file is None:
            continue
        now = file.values | plan.values
        rows.append({"id": file.id, "search_text": texts[file.id], **now})
        before = {name: file.values[name] for name in plan.values}
        lists = {plural(kind): file.identities.get(kind.value, []) for kind, _value in plan.added}
        done.append(
            Done(file.id, plan.row.as_arguments(), before | lists, plan.values | _listed(plan, file.identities))
        )
        results[plan.index] = Result(Status.UPDATED, file.id, file.reference, None, file.version + 1)
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [json.dumps(rows, default=str)])
    _write_identities(plans, at)
    return done


def _listed(plan: _Plan, known: dict[str, list[str]]) -> dict[str, Any]:
    """The lists of identities as they are afterwards, and the outside id if it is new."""
    lists: dict[str, Any] = {}
    for kind, value in plan.added:
        lists.setdefault(plural(kind), list(known.get(kind.value, []))).append(value)
    if plan.outside and plan.row.outside:
        lists["outside_ids"] = [": ".join(plan.row.outside)]
    return lists


def _write_identities(plans: list[_Plan], at: datetime) -> None:
    origin = (IdentitySource.IMPORTED.value, Confidence.STATED.value, False, at, at)
    rows = [(p.customer_id, kind.value, "", value, "", *origin) for p in plans for kind, value in p.added]
    copy_rows("customers_identity", _IDENTITY, rows)
