"""
Hints to live pages: "customer 12 changed", nothing more. Sent after the commit, never inside it: a NOTIFY within a data
transaction makes commits wait for one another. A lost hint costs nothing, every listener also looks at the events each second.
"""

import json
import queue
import threading
import time
from collections.abc import Iterable

import psycopg
from django.db import connection, transaction

from onhand.kernel.database import connect_directly

CHANNEL = "onhand_hints"
EVERYONE = "everyone"
# PostgreSQL takes payloads under 8,000 bytes.
MOST_BYTES = 7_000
# A hint goes out at once; those that follow on its heels are gathered this long, so that a busy process sends few.
GATHER_SECONDS = 0.02


class Notifier:
    """One connection a process that sends hints, many at a time, from a thread of its own."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def send(self, topics: Iterable[str]) -> None:
        """Hand topics over; returns at once."""
        for topic in topics:
            self._waiting.put(topic)
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        topics: set[str] = set()
        failures = 0
        while failures < 2:  # once is a connection that died while idle; more is a database that is away
            try:
                with connect_directly() as direct:
                    while True:
                        topics = topics or self._gather()
                        direct.execute("select pg_notify(%s, %s)", [CHANNEL, json.dumps(sorted(topics))], prepare=True)
                        topics, failures = set(), 0
                        time.sleep(GATHER_SECONDS)
            except psycopg.Error:
                failures += 1
        # The next hint starts a new thread; live pages look for themselves meanwhile.

    def _gather(self) -> set[str]:
        """At least one topic, and all that wait with it, as far as one message holds them."""
        first = self._waiting.get()
        topics, size = {first}, len(first)
        while size < MOST_BYTES:
            try:
                topic = self._waiting.get_nowait()
            except queue.Empty:
                break
            topics.add(topic)
            size += len(topic) + 4
        return topics


notifier = Notifier()


def send_after_commit(*topics: str) -> None:
    """Send hints about `topics` once the current transaction is committed (at once outside of one)."""
    if connection.in_atomic_block:
        transaction.on_commit(lambda: notifier.send(topics))
    else:
        notifier.send(topics)
