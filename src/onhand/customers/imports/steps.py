"""
The steps of an import, a chunk at a time: read and checked, run, undone. Each chunk's work and the note that it is done are one
transaction, so whoever is killed in between leaves it undone, and nothing is done twice.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from psycopg import errors as postgres

from onhand.customers.access import visible_customers
from onhand.customers.enums import ImportState
from onhand.customers.events import ImportStepEnded
from onhand.customers.imports import kind_steps
from onhand.customers.imports.mapping import raw_of
from onhand.customers.imports.storing import chunks_of
from onhand.customers.imports.tables import UnreadableFile
from onhand.customers.intake.matching import MovedMeanwhile
from onhand.customers.intake.reading import Incoming, Reading, read_row
from onhand.customers.intake.take_back import Taken, take_back
from onhand.customers.intake.upsert import OnMatch, Result, Status, bring_in
from onhand.customers.models import CustomerImport, ImportChunk, ImportPiece
from onhand.kernel.actor import Actor, Via, system_actor
from onhand.kernel.decisions import Refused, note_in_the_end
from onhand.kernel.errors import ActError
from onhand.kernel.hints import send_after_commit
from onhand.kernel.records import Subject, publish
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for, representatives_with_places

SUBJECT = "customer_import"
MOST_REPEATED = 100
CHUNKS_A_TRANSACTION = 20
WORKING = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)
_REPEATED = """
select key, count(*), (array_agg(row order by row))[1:3] from (
  select c.first_row + r.place - 1 as row, r.cells ->> %(column)s as key
  from customers_importchunk c, jsonb_array_elements(c.rows) with ordinality r(cells, place) where c.customer_import_id = %(one)s) k
where coalesce(key, '') <> '' group by key having count(*) > 1 order by 3 limit %(most)s
"""


class TryAgain(Exception):
    """Another transaction was in the way: nothing was done, and the same can be done again in a moment."""


def step(import_id: int, clock: Callable[[], datetime]) -> bool:
    """
    Do the next piece of work of an import; False when there is none.

    :raises TryAgain: somebody else was in the way.
    """
    one = CustomerImport.objects.filter(pk=import_id, state__in=WORKING).first()
    if one is None:
        return False
    with translation.override(_language(one)):
        try:
            if one.state == ImportState.CHECKING and not one.counts.get("read"):
                return _read(one)
            with transaction.atomic():
                return _next_chunk(import_id, one.state, clock())
        except (UnreadableFile, ActError, PermissionError) as error:
            if isinstance(error, Refused) and error.question and one.state != ImportState.CHECKING:
                note_in_the_end(error, error.question.actor)
            _fail(import_id, one.state, str(error), clock())
            return False
        except MovedMeanwhile:
            raise TryAgain from None
        except OperationalError as error:
            if isinstance(error.__cause__, postgres.LockNotAvailable | postgres.DeadlockDetected):
                raise TryAgain from error
            raise


def _language(one: CustomerImport) -> str:
    found = Representative.objects.filter(pk=one.started_by_id or 0).values_list("language", flat=True).first()
    return found or "en"


def _actor(one: CustomerImport) -> Actor:
    """Who asked for this step, with the rights they have now."""
    if one.started_by_id is None:
        return system_actor(one.started_by_name)
    person = representatives_with_places().filter(pk=one.started_by_id, is_active=True).first()
    if person is None:
        raise PermissionError(_("%(name)s does not work here any more.") % {"name": one.started_by_name})
    return actor_for(person, Via.JOB)


def _locked(import_id: int, state: str) -> CustomerImport | None:
    return CustomerImport.objects.select_for_update(no_key=True).filter(pk=import_id, state=state).first()


def _fail(import_id: int, state: str, why: str, at: datetime) -> None:
    with transaction.atomic():
        one = _locked(import_id, state)
        if one is not None:
            one.state, one.problem, one.ended_at = ImportState.FAILED, why[:500], at
            one.save(update_fields=["state", "problem", "ended_at"])
            _tell(one, at)


def _read(one: CustomerImport) -> bool:
    """Cut the file into chunks, from its beginning; they are known to be whole by the note written with the last."""
    with transaction.atomic():
        if _locked(one.pk, one.state) is None:
            return False
        ImportChunk.objects.filter(customer_import=one).delete()
        CustomerImport.objects.filter(pk=one.pk).update(chunk_count=0, rows=0)
    waiting: list[ImportChunk] = []
    count = rows = 0
    for first, chunk in chunks_of(one):
        waiting.append(ImportChunk(customer_import=one, number=count, first_row=first, rows=chunk))
        count, rows = count + 1, rows + sum(1 for row in chunk if row)
        if len(waiting) == CHUNKS_A_TRANSACTION:
            if not _keep_chunks(one, waiting, rows, last=False):
                return False
            waiting = []
    if not rows:
        raise UnreadableFile(_("The file has headings and nothing below them."))
    return _keep_chunks(one, waiting, rows, last=True)


def _keep_chunks(one: CustomerImport, chunks: list[ImportChunk], rows: int, *, last: bool) -> bool:
    with transaction.atomic():
        now = _locked(one.pk, one.state)
        if now is None or (chunks and now.chunk_count != chunks[0].number):
            return False  # stopped, or another process is at it
        ImportChunk.objects.bulk_create(chunks)
        now.rows, now.chunk_count = rows, now.chunk_count + len(chunks)
        if last:
            now.counts = {"read": True}
        now.save(update_fields=["rows", "chunk_count", "counts"])
        send_after_commit(f"{SUBJECT}:{one.pk}")
    return True


def _next_chunk(import_id: int, state: str, at: datetime) -> bool:
    one = _locked(import_id, state)
    if one is None:
        return False
    if one.position >= one.chunk_count:
        _end(one, at)
        return False
    undoing = state == ImportState.UNDOING
    number = one.chunk_count - 1 - one.position if undoing else one.position
    chunk = ImportChunk.objects.get(customer_import=one, number=number)
    work = {ImportState.CHECKING: _check, ImportState.RUNNING: _run, ImportState.UNDOING: _undo}[ImportState(state)]
    found = work(one, chunk, _actor(one), at)
    name = {ImportState.CHECKING: "checked", ImportState.RUNNING: "done", ImportState.UNDOING: "undone"}[
        ImportState(state)
    ]
    one.counts = one.counts | {name: dict(Counter(one.counts.get(name, {})) + Counter(found))}
    one.position += 1
    one.save(update_fields=["counts", "position"])
    chunk.save(update_fields=[name])
    send_after_commit(f"{SUBJECT}:{import_id}")
    return True


def _end(one: CustomerImport, at: datetime) -> None:
    one.state = {
        ImportState.CHECKING: ImportState.CHECKED,
        ImportState.RUNNING: ImportState.DONE,
        ImportState.UNDOING: ImportState.UNDONE,
    }[ImportState(one.state)]
    one.ended_at = at
    if one.state == ImportState.CHECKED:
        one.counts = one.counts | {"repeated": _repeated(one)}
    if one.state == ImportState.DONE:
        ImportPiece.objects.filter(customer_import=one).delete()  # its rows are in the chunks
    one.save(update_fields=["state", "ended_at", "counts"])
    _tell(one, at)


def _tell(one: CustomerImport, at: datetime) -> None:
    """Publish that a step has ended, also to pages that missed a hint."""
    who = system_actor("imports")
    publish(ImportStepEnded(one.pk, one.state), actor=who, subject=Subject(SUBJECT, one.pk), at=at)


def _repeated(one: CustomerImport) -> list[Any]:
    """Keys that several rows have, as (key, how many, first rows)."""
    place = next((int(p) for p, name in one.mapping.items() if name in ("outside_id", "customer_number")), None)
    if place is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_REPEATED, {"column": place, "one": one.pk, "most": MOST_REPEATED})
        return [[key[:100], many, rows] for key, many, rows in cursor.fetchall()]


Problems = list[list[Any]]


def _incoming(one: CustomerImport, chunk: ImportChunk, at: datetime) -> tuple[list[tuple[int, Incoming]], Problems]:
    """The rows that can be read, with their numbers, and what is wrong with the others: [row, field, value, message]."""
    reading = Reading(one.system, one.country, one.language, one.day_first, at.date())
    mapping = {int(place): name for place, name in one.mapping.items()}
    good, problems = [], []
    for number, cells in enumerate(chunk.rows or [], start=chunk.first_row):
        if not cells:
            continue
        incoming, wrong = read_row(raw_of(cells, mapping), reading)
        if wrong:
            problems += [[number, p.field, p.value, p.message] for p in wrong]
        else:
            good.append((number, incoming))
    return good, problems


def _bring(
    one: CustomerImport, chunk: ImportChunk, actor: Actor, at: datetime, *, dry: bool
) -> tuple[list[tuple[int, Incoming, Result]], Problems, Counter[str]]:
    good, problems = _incoming(one, chunk, at)
    errors = len({problem[0] for problem in problems})
    results = bring_in([row for _number, row in good], actor=actor, at=at, on_match=OnMatch(one.on_match), dry=dry)
    found = [(number, row, result) for (number, row), result in zip(good, results, strict=True)]
    problems += [[number, p.field, p.value, p.message] for number, _row, result in found for p in result.problems]
    counts = Counter(result.status.value for _number, _row, result in found)
    counts[Status.ERROR.value] += errors
    return found, sorted(problems, key=lambda problem: int(problem[0])), counts


def _check(one: CustomerImport, chunk: ImportChunk, actor: Actor, at: datetime) -> Counter[str]:
    kind = kind_steps.kind_of(one)
    if kind is not None:
        return kind_steps.check(kind, one, chunk, actor, at)
    found, problems, counts = _bring(one, chunk, actor, at, dry=True)
    new = [(number, row) for number, row, result in found if result.status is Status.CREATED]
    alike = _alike(actor, new)
    counts["alike"] = len(alike)
    chunk.checked = {"problems": problems, "alike": alike}
    return counts


def _alike(actor: Actor, new: list[tuple[int, Incoming]]) -> list[list[int]]:
    """New rows with an e-mail address or number a customer has already, as [row, customer]."""
    wanted = {(kind.value, value.lower()): number for number, row in new for kind, value in row.identities}
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "select i.kind, i.match_key, min(coalesce(c.merged_into_id, c.id)) from unnest(%s::text[], %s::text[]) k(kind, value)"
            " join customers_identity i on i.match_key = k.value and i.kind = k.kind and i.withdrawn_at is null"
            " join customers_customer c on c.id = i.customer_id group by i.kind, i.match_key",
            [[kind for kind, _value in wanted], [value for _kind, value in wanted]],
        )
        found = {wanted[kind, key]: customer for kind, key, customer in cursor.fetchall()}
    seen = set(visible_customers(actor).filter(pk__in=set(found.values())).values_list("pk", flat=True))
    return [[number, customer] for number, customer in sorted(found.items()) if customer in seen]


def _run(one: CustomerImport, chunk: ImportChunk, actor: Actor, at: datetime) -> Counter[str]:
    kind = kind_steps.kind_of(one)
    if kind is not None:
        return kind_steps.run(kind, one, chunk, actor, at)
    found, problems, counts = _bring(one, chunk, actor, at, dry=False)
    rows = [
        [number, result.status.value, result.customer_id, result.record_id, result.version]
        for number, _row, result in found
        if result.record_id is not None
    ]
    chunk.done = {"rows": rows, "problems": problems}
    return counts


def _undo(one: CustomerImport, chunk: ImportChunk, actor: Actor, at: datetime) -> Counter[str]:
    rows = (chunk.done or {}).get("rows", [])
    # Backwards, one wave a customer: a customer that two rows of the chunk touched goes back the way it came.
    kept, counts = [], Counter[str]()
    for wave in _waves_back(rows):
        created = [Taken(r[0], r[2], r[3]) for r in wave if r[1] == Status.CREATED.value]
        updated = [Taken(r[0], r[2], r[3]) for r in wave if r[1] == Status.UPDATED.value]
        back = take_back(created, updated, import_id=one.pk, actor=actor, at=at)
        counts.update({"removed": back.removed, "restored": back.restored, "kept": len(back.kept)})
        kept += [[k.row, k.customer_id, k.why] for k in back.kept]
    chunk.undone = {"kept": kept}
    return counts


def _waves_back(rows: list[list[Any]]) -> list[list[list[Any]]]:
    waves: list[list[list[Any]]] = []
    depth: Counter[int] = Counter()
    for row in reversed(rows):
        place = depth[row[2]]
        depth[row[2]] += 1
        if place == len(waves):
            waves.append([])
        waves[place].append(row)
    return waves
