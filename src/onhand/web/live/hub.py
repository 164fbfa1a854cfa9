"""
Live updates: hints from the database to the open browsers of this process.

One LISTEN connection a process. A hint names a topic and nothing else, so two of the same topic are as good as one: each stream
keeps the topics it still has to say, which bounds it by the number it follows, however slow its browser is. Once a second the
events themselves are read as well, for hints that were lost. What was told lately is remembered, for pages that were written before
it and hear only now.
"""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable

import psycopg
import structlog

from onhand.kernel.database import connection_parameters
from onhand.kernel.hints import CHANNEL
from onhand.routing.seats import NOTE_SEEN
from onhand.web.live.events import EventFollower, Listening
from onhand.web.live.memory import Memory
from onhand.web.live.presence import Presences

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
REST_SECONDS = 0.05  # the same topic is not sent more often
HEARTBEAT_SECONDS = 15
SESSION_SECONDS = 15.0
SIGN_OUT_SECONDS = 0.3  # from a hint about a person to a look whether they are still signed in
LIFETIME_SECONDS = 600.0
MOST_STREAMS_A_SESSION = 20
PERSON_TOPICS = ("staff:", "representative:")
HEARTBEAT = b": alive\n\n"
_STILL_SIGNED_IN = """
select o.key from unnest(%s::text[], %s::bigint[]) as o(key, person)
join django_session s on s.session_key = o.key and s.expire_date > now()
join staff_representative r on r.id = o.person and r.is_active
"""


class Stream:
    """One open browser: the topics it follows, and the frames it has still to be sent."""

    __slots__ = ("_ended", "_pending", "_waiter", "ends_at", "person_id", "session_key", "slot", "topics")

    def __init__(self, topics: frozenset[str], person_id: int, session_key: str, slot: int) -> None:
        self.topics = topics
        self.person_id = person_id
        self.session_key = session_key
        self.slot = slot
        self.ends_at = time.monotonic() + LIFETIME_SECONDS
        self._pending: dict[str, bytes] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False

    def put(self, topic: str, frame: bytes) -> None:
        """Have a frame sent; one of the same topic that still waits is not doubled."""
        self._pending[topic] = frame
        self._wake()

    def beat(self) -> None:
        """Have a sign of life sent, unless something else is on its way anyway."""
        if not self._pending:
            self.put("", HEARTBEAT)

    def end(self) -> None:
        """Let the browser go; it opens a new stream if it may."""
        self._ended = True
        self._wake()

    async def frames(self) -> bytes | None:
        """What there is to send, as soon as there is something; None when the stream has ended."""
        while not self._pending and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._ended:
            return None
        joined = b"".join(self._pending.values())
        self._pending.clear()
        return joined

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Hub:
    """The streams of this process by topic, and the connection that feeds them."""

    def __init__(self) -> None:
        self._streams: dict[str, set[Stream]] = {}
        self._all: set[Stream] = set()
        self._by_session: dict[str, dict[Stream, None]] = {}
        self._resting: dict[str, bool] = {}
        self._heard: Counter[str] = Counter()
        self._heard_before: Counter[str] = Counter()
        self._slot = 0
        self._next_look = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._presences = Presences()
        self._memory = Memory()
        self.is_listening = False
        self.is_closed = False

    def __len__(self) -> int:
        return len(self._all)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen and keep the streams alive until the block is left; then every stream is ended."""
        self.is_closed = False
        self._presences = Presences()
        self._tasks = [asyncio.create_task(work) for work in (self._listen(), self._tick(), self._presences.run())]
        try:
            yield
        finally:
            self.is_closed = True
            for task in self._tasks:
                task.cancel()
            for stream in list(self._all):
                stream.end()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def open(self, topics: Iterable[str], *, person_id: int, session_key: str, since: float | None = None) -> Stream:
        """
        A new stream of these topics. `since`: the moment (of the monotonic clock) its pages were asked for; what was told after that
        is told at once. The oldest stream of a session that has too many is ended.
        """
        self._slot = (self._slot + 1) % HEARTBEAT_SECONDS
        stream = Stream(frozenset(topics), person_id, session_key, self._slot)
        self._all.add(stream)
        for topic in stream.topics:
            self._streams.setdefault(topic, set()).add(stream)
        for topic in () if since is None else self._memory.told_since(since, stream.topics):
            stream.put(topic, _hint_frame(topic))
        self._presences.come(stream.topics, person_id)
        mine = self._by_session.setdefault(session_key, {})
        mine[stream] = None
        if len(mine) > MOST_STREAMS_A_SESSION:
            next(iter(mine)).end()
        if self.is_closed:
            stream.end()
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream whose browser is gone."""
        if stream not in self._all:
            return
        self._all.discard(stream)
        self._presences.go(stream.topics, stream.person_id)
        for topic in stream.topics:
            following = self._streams.get(topic)
            if following is not None:
                following.discard(stream)
                if not following:
                    del self._streams[topic]
        mine = self._by_session.get(stream.session_key)
        if mine is not None:
            mine.pop(stream, None)
            if not mine:
                del self._by_session[stream.session_key]

    def hint(self, topic: str) -> None:
        """Tell everybody who follows the topic, now or, if they were just told, in a moment."""
        if topic not in self._streams:
            return
        if topic in self._resting:
            self._resting[topic] = True
            return
        self._send(topic)

    def _send(self, topic: str) -> None:
        frame = _hint_frame(topic)
        for stream in self._streams.get(topic, ()):
            stream.put(topic, frame)
        self._resting[topic] = False
        asyncio.get_running_loop().call_later(REST_SECONDS, self._rested, topic)

    def _rested(self, topic: str) -> None:
        if self._resting.pop(topic, False):
            self._send(topic)

    async def _listen(self) -> None:
        follower = EventFollower()
        pause = 0.2
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    **connection_parameters() | {"application_name": "onhand live"}, autocommit=True
                )
                async with connection:
                    await connection.execute(f"listen {CHANNEL}")
                    self._memory.begin(time.monotonic())
                    self.is_listening = True
                    pause = 0.2
                    await self._follow(connection, follower)
            except (psycopg.Error, OSError) as error:
                log.warning("live_updates_wait_for_database", error=str(error).strip())
            finally:
                self.is_listening = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _follow(self, connection: Listening, follower: EventFollower) -> None:
        if not follower.has_started:
            await follower.start(connection)
        while True:
            self._catch_up(await follower.read(connection))
            if time.monotonic() >= self._next_look:
                self._next_look = time.monotonic() + SESSION_SECONDS
                await self._end_without_session(connection)
            until = time.monotonic() + POLL_SECONDS
            while (left := min(until, self._next_look) - time.monotonic()) > 0:
                async for notice in connection.notifies(timeout=left, stop_after=1):
                    self._hear(notice.payload)

    def _hear(self, payload: str) -> None:
        try:
            topics = json.loads(payload)
        except ValueError:
            return  # somebody else's word on our channel
        now = time.monotonic()
        for topic in topics if isinstance(topics, list) else ():
            if not isinstance(topic, str):
                continue
            self._memory.note(topic, now)
            if topic in self._streams:
                self._heard[topic] += 1
                self.hint(topic)
                if topic.startswith(PERSON_TOPICS):
                    self._next_look = min(self._next_look, time.monotonic() + SIGN_OUT_SECONDS)

    def _catch_up(self, events: dict[str, int]) -> None:
        """Send what no hint told of: a topic with more publishings than hints heard this second and the one before."""
        now = time.monotonic()
        for topic, count in events.items():
            self._memory.note_late(topic, now, POLL_SECONDS)
            if topic not in self._streams:
                continue
            left = count - min(count, self._heard_before[topic])
            told = min(left, self._heard[topic])
            self._heard[topic] -= told
            if left > told:
                self.hint(topic)
        self._heard_before = self._heard
        self._heard = Counter()

    async def _tick(self) -> None:
        """Signs of life, a slice of the streams each second, so that they never all speak at once; and their end."""
        slot = 0
        while True:
            await asyncio.sleep(1)
            slot = (slot + 1) % HEARTBEAT_SECONDS
            now = time.monotonic()
            for stream in list(self._all):
                if stream.slot == slot:
                    stream.end() if now > stream.ends_at else stream.beat()

    async def _end_without_session(self, connection: Listening) -> None:
        """End the streams of people who are not signed in any more: gone, timed out, or their session ended by somebody else."""
        people = {key: next(iter(streams)).person_id for key, streams in self._by_session.items()}
        if not people:
            return
        found = await connection.execute(_STILL_SIGNED_IN, [list(people), list(people.values())])
        signed_in = {row[0] for row in await found.fetchall()}
        for key in people.keys() - signed_in:
            self.end_session(key)
        # The router signs out whoever has no page open any more.
        await connection.execute(NOTE_SEEN, [sorted({people[key] for key in people.keys() & signed_in})])

    def end_session(self, session_key: str) -> None:
        """End the streams of one session."""
        for stream in list(self._by_session.get(session_key, ())):
            stream.end()


def _hint_frame(topic: str) -> bytes:
    return b"event: hint\ndata: " + json.dumps([topic]).encode() + b"\n\n"


hub = Hub()
