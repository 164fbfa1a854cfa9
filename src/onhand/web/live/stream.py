"""
`GET /live?topics=customer:12,staff:3&age=350`: server-sent events for one browser. `age`: how many milliseconds ago the oldest of its
pages was asked for that hears of changes only now; what was told since then is told again.

A plain ASGI coroutine: the request is read once in a worker thread (who is it, what may they see), after that a stream costs a
coroutine and no thread. Each event is a hint with the topics that changed; the page then asks for its fragment as usual.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from onhand.approvals.access import ANSWER
from onhand.approvals.ending import LIST_TOPIC
from onhand.kernel.actor import Actor, Via
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.hints import EVERYONE
from onhand.kernel.subjects import find_subject_type
from onhand.routing.access import WATCH
from onhand.staff.queries import actor_for
from onhand.web.live.hub import PERSON_TOPICS, Hub, Stream, hub
from onhand.web.live.presence import PREFIX

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Topic = tuple[str, int]

MOST_TOPICS = 100
FLOOR = "floor"  # something about queues, work or people changed
LONGEST_QUERY = 8_000
SEND_SECONDS = 20.0  # a browser that takes nothing for so long is let go
ON_THE_WAY_SECONDS = 0.5  # from the browser's reckoning of an age until the request is read
_MILLISECONDS = re.compile(r"[0-9]{1,10}")
_SESSION_KEY = re.compile(r"[0-9a-z]{8,40}")

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"connection", b"close"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opened a stream, and the topics of those asked for that they may follow."""

    person_id: int
    session_key: str
    topics: frozenset[str]


class NotOpened(Exception):
    """No stream for this request; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class LiveStreams:
    """The ASGI application behind `/live`."""

    def __init__(self, streams: Hub) -> None:
        self.hub = streams
        # Few threads: after a restart everybody comes at once, and pages must still be answered.
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="live")
        self.lifespan = streams.running

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request with a stream, or with a plain status."""
        arrived = time.monotonic()
        try:
            key, topics, age = read_request(scope)
            reader = await asyncio.get_running_loop().run_in_executor(self.threads, admit, key, topics)
        except NotOpened as error:
            await _refuse(send, error.status)
            return
        except DatabaseError:
            await _refuse(send, 503)
            return
        since = None if age is None else arrived - age - ON_THE_WAY_SECONDS
        stream = self.hub.open(reader.topics, person_id=reader.person_id, session_key=reader.session_key, since=since)
        gone = asyncio.ensure_future(_gone(receive, stream))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
            await _pump(stream, send)
        finally:
            self.hub.close(stream)
            gone.cancel()


async def _pump(stream: Stream, send: Send) -> None:
    with contextlib.suppress(TimeoutError):
        while (frames := await stream.frames()) is not None:
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": frames, "more_body": True})
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive, stream: Stream) -> None:
    """End the stream at the moment the browser closes it, not at the next hint."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def _refuse(send: Send, status: int) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def read_request(scope: MutableMapping[str, Any]) -> tuple[str, list[str], float | None]:
    """(session key, topics asked for, age of the pages in seconds if it was told) of a request. Raises NotOpened."""
    if scope["method"] != "GET":
        raise NotOpened(405)
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host, _port = split_domain_port(headers.get(b"host", ""))
    if not validate_host(host, settings.ALLOWED_HOSTS):
        raise NotOpened(400)
    if len(scope["query_string"]) > LONGEST_QUERY:
        raise NotOpened(414)
    query = parse_qs(scope["query_string"].decode("latin-1"))
    topics = [topic for topic in query.get("topics", [""])[0].split(",") if topic]
    age = query.get("age", [""])[0]
    if not topics or len(topics) > MOST_TOPICS:
        raise NotOpened(400)
    try:
        cookie = SimpleCookie(headers.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        cookie = None
    if cookie is None or not _SESSION_KEY.fullmatch(cookie.value):
        raise NotOpened(401)
    return cookie.value, topics, int(age) / 1000 if _MILLISECONDS.fullmatch(age) else None


def admit(session_key: str, asked: list[str]) -> Reader:
    """Who holds this session, and which of the topics they may follow. Raises NotOpened. Runs in a thread."""
    try:
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
        user = get_user(request)
        if not user.is_authenticated or not user.is_active or user.pk is None:
            raise NotOpened(401)
        actor = actor_for(user, via=Via.DESK)
        own = {f"{kind}{user.pk}" for kind in PERSON_TOPICS}  # whatever changes about the person may end the stream
        return Reader(user.pk, session_key, visible_topics(actor, asked) | own)
    finally:
        connection.close()


def visible_topics(actor: Actor, asked: list[str]) -> frozenset[str]:
    """
    Of the topics asked for, those this actor may follow. What is missing and what is forbidden are left out alike. Who may follow a
    subject may say that they have it open (`here.customer:12`) and hear who else has.
    """
    allowed = set()
    own = {EVERYONE, f"staff:{actor.id}", f"work:{actor.id}", *(f"work-team:{team}" for team in actor.team_ids)}
    own |= {FLOOR} if actor.may(WATCH) else set()
    own |= {LIST_TOPIC} if actor.may(ANSWER) else set()
    ids: dict[str, set[int]] = {}
    here = {topic.removeprefix(PREFIX) for topic in asked if topic.startswith(PREFIX)}
    for topic in {*asked, *here}:
        kind, _colon, number = topic.partition(":")
        if topic in own:
            allowed.add(topic)
        elif number.isascii() and number.isdigit() and 0 < int(number[:20]) <= LARGEST_INTEGER:
            ids.setdefault(kind, set()).add(int(number[:20]))
    for kind, wanted in ids.items():
        subject_type = find_subject_type(kind)
        if subject_type is not None:
            found = subject_type.visible(actor).filter(pk__in=wanted).values_list("pk", flat=True)
            allowed |= {subject_type.topic(pk) for pk in found}
    return frozenset((allowed & set(asked)) | {f"{PREFIX}{topic}" for topic in allowed & here})


serve = LiveStreams(hub)
