"""
Who has which page open. A stream that follows `here.customer:12` is somebody with that file open.

Each web process writes its own people into a table, over a database session of its own. A row counts as long as that session
lives, so a process that dies takes its people with it at once, whatever machine it was on; and no process need remember another's.
"""

import asyncio
import time
from collections import Counter

import psycopg
import structlog

from onhand.kernel.database import connection_parameters
from onhand.web.operations import drop_presence_of_the_dead, keep_presence

log = structlog.get_logger(__name__)

PREFIX = "here."
LEAVE_SECONDS = 0.5  # whoever goes from one page of a file to the next has not left it
GATHER_SECONDS = 0.02
LOOK_SECONDS = 1.0

Here = tuple[str, int]  # (topic, person)
Session = psycopg.AsyncConnection[tuple[object, ...]]


class Presences:
    """Who is here by this process, and the session that says so."""

    def __init__(self) -> None:
        self._streams: Counter[Here] = Counter()
        self._left: dict[Here, float] = {}
        self._written: set[Here] = set()
        self._changed = asyncio.Event()

    def come(self, topics: frozenset[str], person_id: int) -> None:
        """A stream of this person began to follow these topics."""
        self._count(topics, person_id, 1)

    def go(self, topics: frozenset[str], person_id: int) -> None:
        """A stream of this person ended."""
        self._count(topics, person_id, -1)

    def _count(self, topics: frozenset[str], person_id: int, change: int) -> None:
        for topic in topics:
            if topic.startswith(PREFIX):
                here = (topic, person_id)
                self._streams[here] += change
                if self._streams[here] > 0:
                    self._left.pop(here, None)
                else:
                    del self._streams[here]
                    self._left[here] = time.monotonic() + LEAVE_SECONDS
                self._changed.set()

    async def run(self) -> None:
        """Keep the table as it should be, until cancelled."""
        pause = 0.2
        while True:
            try:
                parameters = connection_parameters() | {"application_name": "onhand presence"}
                session: Session = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
                async with session:
                    self._written.clear()  # another session: nothing of it is written yet
                    pause = 0.2
                    await self._keep(session)
            except (psycopg.Error, OSError) as error:
                log.warning("presence_waits_for_database", error=str(error).strip())
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _keep(self, session: Session) -> None:
        while True:
            self._changed.clear()
            await self._write(session)
            await drop_presence_of_the_dead(session)
            wait = min((at - time.monotonic() for at in self._left.values()), default=LOOK_SECONDS)
            try:
                async with asyncio.timeout(min(max(wait, GATHER_SECONDS), LOOK_SECONDS)):
                    await self._changed.wait()
                await asyncio.sleep(GATHER_SECONDS)
            except TimeoutError:
                pass

    async def _write(self, session: Session) -> None:
        now = time.monotonic()
        leaving = {here for here, at in self._left.items() if at > now}
        self._left = {here: at for here, at in self._left.items() if at > now}
        wanted = set(self._streams) | (leaving & self._written)
        come, gone = wanted - self._written, self._written - wanted
        if come or gone:
            await keep_presence(session, come=come, gone=gone)
            self._written = wanted
