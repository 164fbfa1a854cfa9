"""The net under the hints reads every event once, whatever the order of commits."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from onhand.kernel.database import connect_directly, connection_parameters
from onhand.web.live.events import EventFollower

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = """
insert into kernel_eventrecord (id, at, actor_kind, actor_name, subject_type, subject_id, name, payload, record_id, mac)
values (nextval('kernel_eventrecord_id_seq'), now(), 'system', 'test', 'customer', %s, 'test.happened', '{}', %s, '')
"""


def with_connection(work: "Any") -> Any:
    async def run() -> Any:
        async with await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True) as reading:
            return await work(reading)

    coroutine: Coroutine[Any, Any, Any] = run()
    with ThreadPoolExecutor(1) as thread:  # the test's own thread may be a browser driver's
        return thread.submit(asyncio.run, coroutine).result()


def test_event_committed_late_is_read_once() -> None:
    async def work(reading: Any) -> None:
        follower = EventFollower()
        with connect_directly() as late, connect_directly() as early:
            late.autocommit = False
            await follower.start(reading)
            late.execute("select pg_current_xact_id()")
            late.execute(INSERT, [1, 11])
            early.execute(INSERT, [2, 12])
            early.execute(INSERT, [2, 13])
            assert await follower.read(reading) == {"customer:2": 2}
            assert await follower.read(reading) == {}
            late.commit()
            assert await follower.read(reading) == {"customer:1": 1}
            assert await follower.read(reading) == {}
            assert await follower.read(reading) == {}
            assert follower._seen == set()

    with_connection(work)


def test_events_before_the_start_are_not_read_unless_they_were_open() -> None:
    async def work(reading: Any) -> None:
        with connect_directly() as late, connect_directly() as early:
            late.autocommit = False
            late.execute("select pg_current_xact_id()")
            late.execute(INSERT, [1, 11])
            early.execute(INSERT, [2, 12])
            follower = EventFollower()
            await follower.start(reading)
            assert await follower.read(reading) == {}
            late.commit()
            assert await follower.read(reading) == {"customer:1": 1}

    with_connection(work)
