"""
Retention: what is erased by itself when its time is over. A rule of each kind at most; off until switched on. The timetable begins a
run a day and does it in small batches; each batch is a transaction with how far it came. A legal hold stops every kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from onhand.customers.enums import FlagKind
from onhand.customers.models import Note, RetentionRule, RetentionRun
from onhand.customers.privacy.enums import ErasureBasis, RetentionKind
from onhand.customers.privacy.erasure import ERASE_ACT, system_eraser
from onhand.customers.privacy.holdings import last_activity
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.errors import ActError
from onhand.kernel.perform import perform
from onhand.kernel.records import ACCESSES, RECORDS
from onhand.kernel.redaction import redact

BATCH = 100
EXAMPLES = 10
A_RUN_EVERY = timedelta(hours=24)
LEAST_MONTHS, MOST_MONTHS = 1, 1_200

_FREE = """
select c.id from customers_customer c where c.id = any(%(ids)s) and not exists (
  select 1 from customers_customer m join customers_flag f on f.customer_id = m.id
  where coalesce(m.merged_into_id, m.id) = coalesce(c.merged_into_id, c.id)
    and f.kind = %(hold)s and f.lifted_at is null and (f.until is null or f.until > %(at)s))
"""

# What is due: (id, when it was last needed, customer), above `after`, in order of id. Each finds its rows by an index on the id.
_DUE: dict[str, str] = {
    RetentionKind.CUSTOMERS: """
select r.id, r.seen, r.id from (
  select root.id, (select max({activity}) from customers_customer c where c.id = root.id or c.merged_into_id = root.id) as seen
  from customers_customer root
  where root.id > %(after)s and root.merged_into_id is null and root.erased_at is null) r
where r.seen < %(before)s order by r.id limit %(limit)s
""",
    RetentionKind.NOTES: """
select n.id, n.created_at, n.customer_id from customers_note n
where n.id > %(after)s and n.created_at < %(before)s order by n.id limit %(limit)s
""",
    RetentionKind.REASONS: """
select a.id, a.at, a.subject_id from kernel_accessrecord a
where a.id > %(after)s and a.at < %(before)s and a.reason <> '' and a.subject_type = 'customer' order by a.id limit %(limit)s
""",
}
_COUNT = "select count(*), min(d.when_) from ({due}) as d(id, when_, customer)"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing a rule would erase: since when it is not needed, and of which customer."""

    id: int
    since: datetime
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a rule would erase now: how much, the oldest, and examples. `before` is the time it counts from."""

    before: datetime
    count: int
    is_more: bool  # counting stopped there
    oldest: datetime | None
    examples: Sequence[Due]


MOST_COUNTED = 100_000


def months_before(at: datetime, months: int) -> datetime:
    """The same day and time so many months earlier; the last day of the month where it has no such day."""
    month = at.year * 12 + at.month - 1 - months
    year, index = divmod(month, 12)
    for day in range(at.day, 27, -1):
        try:
            return at.replace(year=year, month=index + 1, day=day)
        except ValueError:
            continue
    return at.replace(year=year, month=index + 1, day=min(at.day, 28))


def foresee(kind: str, months: int, at: datetime) -> Foreseen:
    """What a rule of this kind would erase if it ran now. Nothing is changed. Two statements."""
    before = months_before(at, months)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(due=_sql(kind)), {"after": 0, "before": before, "limit": MOST_COUNTED})
        count, oldest = cursor.fetchone()
    return Foreseen(before, count, count == MOST_COUNTED, oldest, due(kind, before, after=0, limit=EXAMPLES))


def due(kind: str, before: datetime, *, after: int, limit: int) -> list[Due]:
    """The next things of a kind not needed since before a time, in order of id."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(kind), {"after": after, "before": before, "limit": limit})
        return [Due(*row) for row in cursor.fetchall()]


def _sql(kind: str) -> str:
    return _DUE[kind].format(activity=last_activity())


def run_rules(at: datetime, batches: int = 20) -> int:
    """
    Go on with every rule that is on: begin a run where the last one is a day old, and do so many batches of each; how many things were
    erased. Any number of processes may do it: one at a time is in a run.
    """
    erased = 0
    for rule in RetentionRule.objects.filter(is_on=True).order_by("pk"):
        run = _current_run(rule, at)
        for _batch in range(batches):
            done = do_batch(run.pk, at) if run else None
            if done is None:
                break
            erased += done
    return erased


def _current_run(rule: RetentionRule, at: datetime) -> RetentionRun | None:
    newest = rule.runs.order_by("-pk").first()
    if newest is not None and newest.ended_at is None:
        return newest
    if newest is not None and newest.started_at > at - A_RUN_EVERY:
        return None
    before = months_before(at, rule.months)
    run, _is_new = RetentionRun.objects.get_or_create(
        rule=rule, ended_at=None, defaults={"before": before, "started_at": at, "touched_at": at}
    )
    return run


def do_batch(run_id: int, at: datetime) -> int | None:
    """Do one batch of a run; how many things were erased, None when it is over, switched off, or another process is in it."""
    with transaction.atomic():
        runs = RetentionRun.objects.select_for_update(skip_locked=True, of=("self",)).select_related("rule")
        run = runs.filter(pk=run_id, ended_at__isnull=True).first()
        if run is None:
            return None
        found = due(run.rule.kind, run.before, after=run.last_id, limit=BATCH) if run.rule.is_on else []
        if run.rule.kind != RetentionKind.CUSTOMERS:
            free = _not_held(found, at)
            _ERASE_ROWS[run.rule.kind](free, at)
            return _note_progress(run, found, len(free), at)
    return _erase_customers(run_id, found, at)


def _note_progress(run: RetentionRun, found: Sequence[Due], erased: int, at: datetime) -> int | None:
    run.touched_at = at
    run.erased += erased
    run.held += len(found) - erased
    if found:
        run.last_id = found[-1].id
    else:
        run.ended_at = at
    run.save()
    return erased if found else None


def _erase_customers(run_id: int, found: Sequence[Due], at: datetime) -> int | None:
    """Each by its own act, with its own record; those on hold, or with something open, are left alone. Killed between, they come again."""
    erased = 0
    for one in found:
        try:
            perform(
                ERASE_ACT,
                actor=system_eraser(),
                subject_id=one.id,
                arguments={"basis": ErasureBasis.NOT_NEEDED},
                at=at,
            )
        except ActError:
            continue
        erased += 1
    with transaction.atomic():
        return _note_progress(RetentionRun.objects.select_for_update().get(pk=run_id), found, erased, at)


def _not_held(found: Sequence[Due], at: datetime) -> list[Due]:
    customers = {one.customer_id for one in found if one.customer_id is not None}
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"ids": list(customers), "at": at, "hold": FlagKind.LEGAL_HOLD})
        free = {pk for (pk,) in cursor.fetchall()}
    return [one for one in found if one.customer_id in free]


def _erase_notes(found: Sequence[Due], at: datetime) -> None:
    """The notes, and what the records of writing them say."""
    for one in found:
        with connection.cursor() as cursor:
            cursor.execute(
                "select id from kernel_actrecord where subject_type = %s and subject_id = %s and at = %s"
                " and act = 'customers.add_note'",
                [CUSTOMER, one.customer_id, one.since],
            )
            records = [pk for (pk,) in cursor.fetchall()]
        redact(RECORDS, records, record_id=None, at=at)
    Note.objects.filter(pk__in=[one.id for one in found]).delete()


def _empty_reasons(found: Sequence[Due], at: datetime) -> None:
    redact(ACCESSES, [one.id for one in found], record_id=None, at=at)


_ERASE_ROWS: Mapping[str, Any] = {RetentionKind.NOTES: _erase_notes, RetentionKind.REASONS: _empty_reasons}
