"""Writing of act records, events and their deliveries: one statement, in the transaction of the change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, transaction

from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.kernel.events import Event, handler_names
from onhand.kernel.hints import send_after_commit
from onhand.kernel.signing import STREAM_COLUMNS, sign_and_write

SqlText = tuple[str, Sequence[Any]]
RECORDS, EVENTS, ACCESSES = "kernel_actrecord", "kernel_eventrecord", "kernel_accessrecord"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a record is about: a subject type's name and an id, and the contact it happened on."""

    type: str
    id: int | None
    contact_id: int | None = None

    @property
    def topic(self) -> str:
        return f"{self.type}:{self.id}"


class Batch:
    """Rows for several tables, written by one statement."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._parameters: list[Any] = []

    def change(self, sql: str, *parameters: Any) -> None:
        """Add an UPDATE (or another data-changing statement) of ours."""
        self._parts.append(sql)
        self._parameters += parameters

    def insert(self, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
        """Add an INSERT of plain values; no rows adds nothing."""
        if rows:
            self.change(_insert_statement(table, columns, len(rows)), *(value for row in rows for value in row))

    def insert_sealed(self, stream: str, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows of an append-only stream, each signed. Values in the order of STREAM_COLUMNS."""
        signed = [sign_and_write(stream, row) for row in rows]
        self.insert(stream, (*STREAM_COLUMNS[stream], "mac"), signed)

    def write(self) -> None:
        """Send everything as one statement."""
        if not self._parts:
            return
        *first, last = self._parts
        ctes = ", ".join(f"p{i} as ({sql})" for i, sql in enumerate(first))
        run_prepared(f"with {ctes} {last}" if first else last, self._parameters)


@cache
def _insert_statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    slots = "(" + ", ".join(["%s"] * len(columns)) + ")"
    return f"insert into {table} ({names}) values {', '.join([slots] * rows)}"  # noqa: S608  (names are ours)


@cache
def _ids_statement(streams: tuple[str, ...]) -> str:
    return "select pg_current_xact_id()::text, " + ", ".join(f"nextval('{stream}_id_seq')" for stream in streams)


def next_ids(*streams: str) -> list[int]:
    """
    The next id of each of these append-only streams, in the order named. The transaction takes its number first: sealing relies
    on that order.

    :raises RuntimeError: outside a transaction, where the rows would belong to another transaction than their ids.
    """
    return next_ids_along(streams)[0]


def next_ids_along(
    streams: Sequence[str], change: SqlText | None = None, value: SqlText | None = None
) -> tuple[list[int], Any]:
    """
    The same, and by the same statement a change is made and a value is read, each SQL of ours with its parameters: the ids, and the
    value, None where none is asked for.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("take ids inside the transaction that writes the rows")
    statement, given = _ids_statement(tuple(streams)), []
    if change:
        statement, given = f"with change as ({change[0]}) {statement}", [*change[1]]
    if value:
        statement, given = f"{statement}, ({value[0]})", [*given, *value[1]]
    _transaction_number, *ids = run_prepared(statement, given)[0]
    return (ids[:-1], ids[-1]) if value else (ids, None)


def add_events(
    batch: Batch,
    events: Sequence[tuple[int, Event]],
    *,
    actor: Actor,
    subject: Subject,
    at: datetime,
    record_id: int | None = None,
) -> None:
    """Add events (with their ids) and one delivery for each of their handlers to a batch."""
    rows = [
        (
            *(event_id, at, actor.kind, actor.id, actor.name, subject.type, subject.id, subject.contact_id),
            *(event.name, event.payload(), record_id),
        )
        for event_id, event in events
    ]
    batch.insert_sealed(EVENTS, rows)
    deliveries = [
        (event_id, name, subject.topic) for event_id, event in events for name in handler_names(event, subject.type)
    ]
    batch.insert("kernel_delivery", ("event_id", "handler", "order_key"), deliveries)


def publish(event: Event, *, actor: Actor, subject: Subject, at: datetime) -> int:
    """
    Publish an event from an operation, in its transaction, and return the event's id. Acts use `run.publish` instead.

    :raises RuntimeError: outside a transaction, where event and change could part.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("publish inside the transaction of the change")
    (event_id,) = next_ids(EVENTS)
    batch = Batch()
    add_events(batch, [(event_id, event)], actor=actor, subject=subject, at=at)
    batch.write()
    send_after_commit(subject.topic)
    return event_id


def record_access(*, actor: Actor, subject: Subject, page: str, reason: str, at: datetime) -> None:
    """Record that `actor` opened the file of `subject`: on which page, and why."""
    with transaction.atomic():
        (access_id,) = next_ids(ACCESSES)
        write_access(access_id, actor=actor, subject=subject, page=page, reason=reason, at=at)


def write_access(access_id: int, *, actor: Actor, subject: Subject, page: str, reason: str, at: datetime) -> None:
    """
    The same under an id taken before, in the same transaction, by a statement that also read what was opened. That statement must
    have taken the transaction's number before the id, as `next_ids` does.
    """
    row = (
        *(access_id, at, actor.kind, actor.id, actor.name, subject.type, subject.id, subject.contact_id),
        *(page, reason, actor.via),
    )
    batch = Batch()
    batch.insert_sealed(ACCESSES, [row])
    batch.write()
