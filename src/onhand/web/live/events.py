"""
The net under the hints: which subjects had events, read from the table itself once a second.

Ids of events are given before their transactions commit, so a lower id may become visible after a higher one. What lies beyond
the last point known to be settled is therefore read again each time, and what was already seen is left out.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import psycopg

LONGEST_WAIT = 60.0  # seconds; a transaction open for longer does not keep us reading its stretch again and again
_LOOK_BACK = 1_000  # events before the start that may still be in open transactions

_POINT = """
select coalesce(max(id), 0), pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint
from kernel_eventrecord
"""
_NEWER = """
select id, subject_type || ':' || subject_id, coalesce(record_id, -id)
from kernel_eventrecord where id > %s and subject_id is not null order by id
"""

Listening = psycopg.AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Point:
    """The highest event id at a moment; every event up to it is final once all transactions below `settled_at` have ended."""

    last_id: int
    settled_at: int
    noted: float


@dataclass(slots=True)
class EventFollower:
    """Reads each event once, whatever the order they are committed in."""

    _after: int = 0
    _seen: set[int] = field(default_factory=set)
    _next: Point | None = None

    @property
    def has_started(self) -> bool:
        """Whether the starting point is known."""
        return self._next is not None

    async def start(self, connection: Listening) -> None:
        """Begin with what is committed from now on."""
        point, _oldest = await _point(connection)
        self._after = max(0, point.last_id - _LOOK_BACK)
        self._next = point
        self._seen = {event_id for event_id, _topic, _group in await _newer(connection, self._after)}

    async def read(self, connection: Listening) -> dict[str, int]:
        """New events since the last call: topic → how many acts or operations published them."""
        point, oldest_open = await _point(connection)
        rows = [row for row in await _newer(connection, self._after) if row[0] not in self._seen]
        self._seen.update(row[0] for row in rows)
        self._settle(point, oldest_open)
        topics: dict[str, set[int]] = {}
        for _event_id, topic, group in rows:
            topics.setdefault(topic, set()).add(group)
        return {topic: len(groups) for topic, groups in topics.items()}

    def _settle(self, now: Point, oldest_open: int) -> None:
        known = self._next
        if known is None:
            return
        if oldest_open >= known.settled_at or now.noted - known.noted > LONGEST_WAIT:
            self._after = known.last_id
            self._seen = {event_id for event_id in self._seen if event_id > self._after}
            self._next = now


async def _point(connection: Listening) -> tuple[Point, int]:
    row = await (await connection.execute(_POINT)).fetchone()
    assert row is not None
    return Point(row[0], row[1], time.monotonic()), row[2]


async def _newer(connection: Listening, after: int) -> list[tuple[int, str, int]]:
    return [(row[0], row[1], row[2]) for row in await (await connection.execute(_NEWER, [after])).fetchall()]
