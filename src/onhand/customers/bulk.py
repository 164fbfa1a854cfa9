"""Many customers from a program in one request: brought in or up to date by their outside ids, each row with its own answer."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import errors as postgres

from onhand.customers import access
from onhand.customers.intake.matching import MovedMeanwhile
from onhand.customers.intake.reading import Raw, Reading, read_row
from onhand.customers.intake.upsert import OnMatch, Result, Status, bring_in
from onhand.customers.models import BulkAnswer
from onhand.kernel.actor import Actor
from onhand.kernel.decisions import noting
from onhand.kernel.errors import KeyReused, SubjectBusy
from onhand.kernel.signing import plain

MOST_ROWS = 1_000
ATTEMPTS = 5
PAUSE_SECONDS = 0.1
_CLAIM = """
insert into customers_bulkanswer (actor_kind, actor_id, key, digest, at) values (%s, %s, %s, %s, %s)
on conflict (actor_kind, actor_id, key) do nothing returning id
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of each row, as JSON values; `is_replay`: this is the answer to the same request under the same key before."""

    rows: list[dict[str, Any]]
    is_replay: bool = False


def bring_in_rows(
    raws: Sequence[Raw],
    *,
    actor: Actor,
    reading: Reading,
    on_match: OnMatch,
    at: datetime,
    idempotency_key: str | None = None,
) -> Answered:
    """
    Take in up to 1,000 rows in one transaction. A row at fault stops no other. The same actor with the same key and request gets the
    first answer again.

    :raises ActError: the actor may not, the key was used for another request, or others were in the way for too long.
    """
    actor.require(access.IMPORT)
    asked = [on_match.value, reading.system, reading.country, reading.language, [dict(raw) for raw in raws]]
    return answered_once(
        lambda: _bring(raws, actor, reading, on_match, at),
        actor=actor,
        key=idempotency_key,
        digest=digest_of(asked),
        at=at,
    )


def answered_once(
    work: Callable[[], list[dict[str, Any]]], *, actor: Actor, key: str | None, digest: bytes, at: datetime
) -> Answered:
    """
    Do the work of a program's request in one transaction and keep its answer under the key, so that the same request acts once.

    :raises ActError: the key was used for another request, or others were in the way for too long.
    """
    for attempt in range(ATTEMPTS):
        try:
            with noting(actor), transaction.atomic():
                if key:
                    earlier = _earlier(actor, key, digest, at)
                    if earlier is not None:
                        return Answered(earlier, is_replay=True)
                answers = work()
                if key:
                    _of(actor, key).update(answer=answers)
                return Answered(answers)
        except MovedMeanwhile:
            pass
        except OperationalError as error:
            if not isinstance(error.__cause__, postgres.LockNotAvailable | postgres.DeadlockDetected):
                raise
        time.sleep(PAUSE_SECONDS * (attempt + 1))
    raise SubjectBusy


def digest_of(asked: Any) -> bytes:
    """What tells one request from another, of its JSON values."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()


def _of(actor: Actor, key: str) -> Any:
    return BulkAnswer.objects.filter(actor_kind=actor.kind, actor_id=actor.id, key=key)


def _earlier(actor: Actor, key: str, digest: bytes, at: datetime) -> list[dict[str, Any]] | None:
    """The answer given before under this key; None: there was none, and others with the key wait for ours."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [actor.kind.value, actor.id, key, digest, at])
        if cursor.fetchone():
            return None
    found = _of(actor, key).get()
    if bytes(found.digest) != digest or found.answer is None:
        raise KeyReused
    answer: list[dict[str, Any]] = found.answer
    return answer


def _bring(
    raws: Sequence[Raw], actor: Actor, reading: Reading, on_match: OnMatch, at: datetime
) -> list[dict[str, Any]]:
    results: dict[int, Result] = {}
    good = []
    for index, raw in enumerate(raws):
        row, problems = read_row(raw, reading)
        if problems:
            results[index] = Result(Status.ERROR, problems=problems)
        else:
            good.append((index, row))
    brought = bring_in([row for _index, row in good], actor=actor, at=at, on_match=on_match)
    results |= {index: result for (index, _row), result in zip(good, brought, strict=True)}
    return [_answer(index, raws[index], results[index]) for index in range(len(raws))]


def _answer(index: int, raw: Raw, result: Result) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for problem in result.problems:
        fields.setdefault(problem.field, []).append(problem.message)
    return {
        "index": index,
        "outside_id": next(iter(raw.get("outside_id", ())), None),
        "status": plain(result.status),
        "customer_id": result.customer_id,
        "reference": result.reference or None,
        "version": result.version,
        "fields": fields,
    }
