"""
The reactor delivers events to their handlers: each exactly once, in order per subject and handler.

The delivery row is locked, the handler runs, and the row is marked handled in the same transaction: whoever is killed in between
leaves nothing done and the row free. A failing handler is tried again with growing pauses, then parked, visible and in the way of
later events of the same subject (order is kept) until somebody runs it again or skips it.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from psycopg import errors as postgres

from onhand.kernel.database import connect_directly, forget_connections, run_prepared
from onhand.kernel.events import find_handler
from onhand.kernel.hints import CHANNEL
from onhand.kernel.models import Delivery, EventRecord

log = structlog.get_logger(__name__)

BATCH = 50
ATTEMPTS_BEFORE_PARKING = 8
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_ERROR = 4_000

# The first open delivery of each handler and subject; one that somebody else holds is passed over.
_HEADS = """
select d.id from kernel_delivery d
where d.handled_at is null and not d.parked and d.not_before <= clock_timestamp()
  and not exists (
    select 1 from kernel_delivery e
    where e.handled_at is null and e.handler = d.handler and e.order_key = d.order_key and e.id < d.id)
order by d.id limit %s for update of d skip locked
"""
# What comes right after heads we hold. Nobody else takes these: to others their heads are still open.
_FOLLOWERS = """
select f.id from kernel_delivery h cross join lateral (
  select d.id from kernel_delivery d
  where d.handled_at is null and d.handler = h.handler and d.order_key = h.order_key and d.id > h.id
  order by d.id limit %s) f
where h.id = any(%s) order by f.id limit %s
"""


class Contention(Exception):
    """A handler met another transaction's locks while this one held several deliveries: to be tried with one at a time."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round did."""

    handled: int
    failed: int


def pause_after(attempts: int) -> timedelta:
    """How long to wait before trying again: 1 s, 2 s, 4 s … at most ten minutes."""
    return min(timedelta(seconds=2 ** (attempts - 1)), LONGEST_PAUSE)


def deliver(limit: int = BATCH) -> Delivered:
    """
    Deliver up to `limit` events whose turn it is, in one transaction.

    :raises Contention: handlers of this round and of somebody else's wait for one another; nothing was delivered.
    """
    handled = failed = 0
    with transaction.atomic():
        deliveries = _claim(limit)
        events = EventRecord.objects.in_bulk([d.event_id for d in deliveries])
        stopped: set[tuple[str, str]] = set()
        for delivery in deliveries:
            line = (delivery.handler, delivery.order_key)
            if line in stopped:
                continue
            if _deliver_one(delivery, events.get(delivery.event_id), alone=limit == 1):
                handled += 1
            else:
                failed += 1
                stopped.add(line)
    return Delivered(handled, failed)


def _claim(limit: int) -> list[Delivery]:
    """Deliveries now locked by us, in order; where fewer subjects wait than we can take, several of one subject."""
    heads = [row[0] for row in run_prepared(_HEADS, [limit])]
    if not heads:
        return []
    more = limit - len(heads)
    followers = [row[0] for row in run_prepared(_FOLLOWERS, [more, heads, more])] if more else []
    rows = Delivery.objects.select_for_update().filter(pk__in=heads + followers).order_by("pk")
    return list(_due(rows, set(heads)))


def _due(deliveries: Iterable[Delivery], heads: set[int]) -> Iterable[Delivery]:
    """Leave out followers that failed before, or that somebody skipped meanwhile, and all that come after those."""
    stopped: set[tuple[str, str]] = set()
    for delivery in deliveries:
        line = (delivery.handler, delivery.order_key)
        fresh = delivery.handled_at is None and not delivery.parked and not delivery.attempts
        if delivery.pk not in heads and not fresh:
            stopped.add(line)
        if line not in stopped:
            yield delivery


def _deliver_one(delivery: Delivery, event: EventRecord | None, *, alone: bool) -> bool:
    handler = find_handler(delivery.handler)
    if handler is None or event is None:
        missing = "this version of the product has no such handler" if handler is None else "the event is gone"
        _note_failure(delivery, missing)
        return False
    try:
        with transaction.atomic():
            handler.function(event)
    except Exception as error:
        if not connection.is_usable():
            raise  # the connection is gone, and the transaction with it
        contended = isinstance(error, OperationalError) and isinstance(
            error.__cause__, postgres.DeadlockDetected | postgres.LockNotAvailable
        )
        if contended and not alone:
            raise Contention from error
        _note_failure(delivery, f"{type(error).__name__}: {error}")
        return False
    run_prepared("update kernel_delivery set handled_at = clock_timestamp() where id = %s", [delivery.pk])
    return True


def _note_failure(delivery: Delivery, reason: str) -> None:
    attempts = delivery.attempts + 1
    parked = attempts >= ATTEMPTS_BEFORE_PARKING
    storable = reason[:LONGEST_ERROR].replace("\x00", "�").encode("utf-8", "replace").decode()
    run_prepared(
        "update kernel_delivery set attempts = %s, parked = %s, last_error = %s,"
        " not_before = clock_timestamp() + %s where id = %s",
        [attempts, parked, storable, pause_after(attempts), delivery.pk],
    )
    log.warning("delivery_failed", delivery=delivery.pk, handler=delivery.handler, attempts=attempts, parked=parked)


def run(stop: threading.Event) -> None:
    """Deliver until `stop` is set: woken by hints, and once a second by itself. Survives the database going away."""
    while not stop.is_set():
        try:
            with connect_directly() as listening:
                listening.execute(f"listen {CHANNEL}")
                _deliver_while_connected(listening, stop)
        except (psycopg.Error, DatabaseError, InterfaceError) as error:
            log.warning("reactor_waits_for_database", error=str(error))
            forget_connections()
            stop.wait(1)
    connection.close()


def _deliver_while_connected(listening: "psycopg.Connection[tuple[object, ...]]", stop: threading.Event) -> None:
    one_by_one = 0
    while not stop.is_set():
        try:
            result = deliver(1 if one_by_one else BATCH)
        except Contention:
            one_by_one = BATCH
            continue
        one_by_one = max(0, one_by_one - 1)
        if not result.handled:  # handling one may bring the turn of the next
            for _ in listening.notifies(timeout=1, stop_after=1):
                pass
