"""
The same act done to many subjects at once: records, events and deliveries written by COPY, one decision for all.

Whoever calls has checked permission and visibility, locked the subjects, changed them and raised their versions. What `perform` adds
for one subject is added here for many, so that nobody can tell from the records how they were written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.kernel.decisions import Answer, Decision, Question, decide, note_in_the_end, refused
from onhand.kernel.events import ActDone, handler_names
from onhand.kernel.hints import send_after_commit
from onhand.kernel.records import EVENTS, RECORDS
from onhand.kernel.signing import STREAM_COLUMNS, sign_and_write, written

MOST_HINTS = 50  # more subjects than this at once: live pages find the rest when they look for themselves


@dataclass(frozen=True, slots=True)
class Done:
    """What the act did to one subject. `before` and `after` hold only what differs."""

    subject_id: int
    arguments: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def decide_for_all(name: str, *, actor: Actor, at: datetime, facts: Mapping[str, Any] | None = None) -> Decision:
    """
    The authority's answer for an act on many subjects, asked once: only for acts whose facts are the same for all of them.

    :raises ActError: the actor's role does not allow it, or the authority refuses or wants an approval.
    """
    act = get_act(name)
    if act.gives:
        raise TypeError(f"{name} gives something away: limits are counted act by act")
    actor.require(act.permission)
    question = Question(actor, act.name, act.subject, None, facts or {}, at)
    decision = decide(question)
    if decision.answer is Answer.ALLOW:
        return decision
    error = refused(question, decision)
    note_in_the_end(error, actor)
    raise error


def record_all(
    name: str,
    done: Sequence[Done],
    *,
    actor: Actor,
    at: datetime,
    decision: Decision,
    facts: Mapping[str, Any] | None = None,
) -> list[int]:
    """
    Write one record, one `ActDone` and its deliveries for each, in the transaction of the change; the records' ids, in order.

    :raises RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("write records inside the transaction of the change")
    if not done:
        return []
    act, answer, common = get_act(name), written(decision.as_json()), written(dict(facts or {}))
    ids = _ids(len(done))
    records, events, deliveries = [], [], []
    who = (actor.kind, actor.id, actor.name, act.subject)
    for (record_id, event_id), one in zip(ids, done, strict=True):
        record = (
            *(record_id, at, *who, one.subject_id, None, act.name, actor.role, actor.via, None),
            *(dict(one.arguments), common, answer, dict(one.before), dict(one.after), None),
        )
        records.append(sign_and_write(RECORDS, record))
        event = ActDone(act=act.name, record_id=record_id)
        row = (event_id, at, *who, one.subject_id, None, event.name, event.payload(), record_id)
        events.append(sign_and_write(EVENTS, row))
        handlers = handler_names(event, act.subject)
        deliveries += [(event_id, handler, f"{act.subject}:{one.subject_id}") for handler in handlers]
    copy_rows(RECORDS, (*STREAM_COLUMNS[RECORDS], "mac"), records)
    copy_rows(EVENTS, (*STREAM_COLUMNS[EVENTS], "mac"), events)
    copy_rows("kernel_delivery", ("event_id", "handler", "order_key"), deliveries)
    send_after_commit(*(f"{act.subject}:{one.subject_id}" for one in done[:MOST_HINTS]))
    return [record_id for record_id, _event_id in ids]


def _ids(count: int) -> list[tuple[int, int]]:
    """Ids of that many records and events. The transaction takes its number first: sealing relies on that order."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text")
        cursor.execute(
            f"select nextval('{RECORDS}_id_seq'), nextval('{EVENTS}_id_seq') from generate_series(1, %s)",  # noqa: S608
            [count],
        )
        return [(record, event) for record, event in cursor.fetchall()]


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into a table by COPY, in the current transaction."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def next_ids(model: type[Model], count: int) -> list[int]:
    """Ids that rows of a table are to have."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, count])
        return [pk for (pk,) in cursor.fetchall()]


def copy_models(model: type[Model], things: Sequence[Any], ids: Sequence[int] | None = None) -> None:
    """Rows by COPY, as saving them would write them; each is given its id, those of the table unless others are said."""
    if not things:
        return
    for thing, pk in zip(things, next_ids(model, len(things)) if ids is None else ids, strict=True):
        thing.pk = pk
    fields = model._meta.concrete_fields
    rows = [[one.get_db_prep_save(getattr(thing, one.attname), connection) for one in fields] for thing in things]
    copy_rows(model._meta.db_table, [str(one.column) for one in fields], rows)


def update_models(model: type[Model], things: Sequence[Any], names: Sequence[str]) -> None:
    """Write some fields of rows that are there, each its own values, in one go and one round trip."""
    if not things:
        return
    known = {field.name: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in names]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    statement = f'update "{model._meta.db_table}" set {columns} where id = %s'  # noqa: S608  (the names are ours)
    rows = [
        [*(field.get_db_prep_save(getattr(thing, field.attname), connection) for field in fields), thing.pk]
        for thing in things
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
