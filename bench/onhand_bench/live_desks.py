"""
Open desks on one web process: from a committed change to the browser's socket, memory a desk, and a message to everyone.

The web process is the product's own, in a process of its own; the desks are sockets of this process, each with a session of its
own, following one customer; the changes are real acts, done by a third process.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from onhand_bench import place

AIM_P99_MS = 50
AIM_KB = 40
PEOPLE = 200
OPENING_AT_ONCE = 50


class Desk(asyncio.Protocol):
    """One open desk; notes what it hears and when."""

    def __init__(self, request: bytes, heard: list[tuple[str, float]]) -> None:
        self.request = request
        self.heard = heard
        self.head = b""
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        self.transport = transport
        transport.write(self.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Note each hint with the moment it came."""
        now = time.monotonic()
        if not self.opened.done():
            self.head += data
            if b": open" in self.head or not self.head.startswith(b"HTTP/1.1 200"):
                self.opened.set_result(self.head.startswith(b"HTTP/1.1 200"))
        for line in data.split(b"\n"):
            if line.startswith(b"data: "):
                self.heard.extend((topic, now) for topic in json.loads(line[6:]))

    def connection_lost(self, _error: Exception | None) -> None:
        """A stream that ends before it opened is a failure."""
        if not self.opened.done():
            self.opened.set_result(False)


def make_desks(count: int) -> list[tuple[int, str]]:
    """(customer id, session key) for each desk."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from onhand.customers.enums import CustomerKind
    from onhand.customers.models import Customer
    from onhand.kernel.permissions import all_permissions
    from onhand.staff.models import Representative, Role

    now = timezone.now()
    role = Role.objects.create(
        key="bench", name="Bench", permissions=[p.name for p in all_permissions()], visibility="all"
    )
    people = Representative.objects.bulk_create(
        Representative(email=f"p{n}@bench.example", name=f"Person {n}", role=role, joined_at=now) for n in range(PEOPLE)
    )
    customers = Customer.objects.bulk_create(
        Customer(
            reference=f"B-{n}",
            name=f"Customer {n}",
            kind=CustomerKind.PERSON,
            customer_since=now.date(),
            created_at=now,
        )
        for n in range(count)
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    sessions = []
    for n in range(count):
        person = people[n % PEOPLE]
        data = {
            "_auth_user_id": str(person.pk),
            "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
            "_auth_user_hash": person.get_session_auth_hash(),
        }
        expires = now + timedelta(hours=1)
        sessions.append(
            Session(session_key=store._get_new_session_key(), session_data=store.encode(data), expire_date=expires)
        )
    Session.objects.bulk_create(sessions)
    return [(customer.pk, session.session_key) for customer, session in zip(customers, sessions, strict=True)]


@contextmanager
def web(processes: int = 1) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The first of the product's web processes, and the port at which all of them answer."""
    door = socket.create_server(("127.0.0.1", 0), backlog=2048)
    started, writing = os.pipe()
    command = [sys.executable, "-m", "onhand_bench.web_process", str(door.fileno()), str(writing)]
    running = [subprocess.Popen(command, pass_fds=(door.fileno(), writing)) for _number in range(processes)]
    os.close(writing)
    try:
        for _process in running:
            if os.read(started, 1) != b"w":
                raise RuntimeError("a web process did not start")
        yield running[0], door.getsockname()[1]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(10)
        door.close()
        os.close(started)


def own_kb(process: int) -> int:
    """Memory in kB that belongs to the process alone."""
    import psutil

    return int(psutil.Process(process).memory_full_info().uss // 1024)


def processor_seconds(process: int) -> tuple[float, float]:
    """(seconds on a processor, seconds waiting for one) of the process's main thread: on a busy machine the second says why."""
    used, waited, _slices = Path(f"/proc/{process}/task/{process}/schedstat").read_text().split()
    return int(used) / 1e9, int(waited) / 1e9


async def open_desks(port: int, desks: list[tuple[int, str]], heard: list[tuple[str, float]]) -> list[Desk]:
    """Open all desks, some at a time, as after a restart."""
    from django.conf import settings

    gate = asyncio.Semaphore(OPENING_AT_ONCE)
    loop = asyncio.get_running_loop()

    async def open_one(customer: int, session: str) -> Desk:
        request = (
            f"GET /live?topics=customer:{customer},everyone HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Cookie: {settings.SESSION_COOKIE_NAME}={session}\r\n\r\n"
        )
        async with gate:
            _transport, desk = await loop.create_connection(lambda: Desk(request.encode(), heard), "127.0.0.1", port)
            if not await desk.opened:
                raise RuntimeError("a desk was refused its stream")
        return desk

    return await asyncio.gather(*(open_one(*desk) for desk in desks))


async def observe(process: int, port: int, desks: list[tuple[int, str]], quick: bool) -> dict[str, Any]:
    """Open the desks, have acts done, and compare the moments."""
    heard: list[tuple[str, float]] = []
    warm = await open_desks(port, desks[:1], [])
    before = own_kb(process)
    begun = time.monotonic()
    opened = await open_desks(port, desks[1:], heard)
    opening = time.monotonic() - begun
    await asyncio.sleep(1)
    used = own_kb(process) - before
    seconds, per_second, broadcasts = (6, 40, 4) if quick else (30, 40, 10)
    used_before, waited_before = processor_seconds(process)
    customers = [str(customer) for customer, _session in desks[1:]]
    acts = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "onhand_bench.live_acts", str(seconds), str(per_second), str(broadcasts), *customers),
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    printed, _errors = await acts.communicate()
    used_after, waited_after = processor_seconds(process)
    moments = [(topic, at) for topic, at in json.loads(printed)]
    for desk in [*warm, *opened]:
        desk.transport.close()
    return compare(moments, heard, len(opened)) | {
        "desks": len(desks),
        "kb_per_desk": round(used / len(opened), 1),
        "opening_per_second": round(len(opened) / opening),
        "web_cpu_s": round(used_after - used_before, 2),
        "web_waited_for_cpu_s": round(waited_after - waited_before, 2),
    }


def compare(moments: list[tuple[str, float]], heard: list[tuple[str, float]], desks: int) -> dict[str, Any]:
    """Latencies: each act's commit against the next hearing of its topic; each broadcast against its last hearing."""
    arrivals: dict[str, list[float]] = {}
    for topic, at in heard:
        arrivals.setdefault(topic, []).append(at)
    late, whole, lost = [], [], 0
    for topic, at in moments:
        after = sorted(came for came in arrivals.get(topic, []) if at <= came < at + 2)
        if topic == "everyone":
            lost += desks - min(len(after), desks)
            whole.append((after[:desks][-1] - at) * 1000 if after else float("inf"))
        elif after:
            late.append((after[0] - at) * 1000)
        else:
            lost += 1
    late.sort()
    return {
        "acts": len(late),
        "p50_ms": round(statistics.median(late), 2),
        "p99_ms": round(late[int(len(late) * 0.99) - 1], 2),
        "broadcast_ms": round(statistics.median(whole), 1),
        "lost": lost,
    }


def measure(*, quick: bool) -> dict[str, Any]:
    """Measure 2,000 desks, or 500 with `quick`. Times in milliseconds, memory in kB."""
    with ExitStack() as stack:
        stack.enter_context(place.database())
        desks = make_desks(500 if quick else 2_000)
        process, port = stack.enter_context(web())
        result = asyncio.run(observe(process.pid, port, desks, quick))
    print(f"{'open desks on one web process':44} {result['desks']:>8}")
    print(f"{'opened per second':44} {result['opening_per_second']:>8}")
    print(
        f"{'memory a desk (aim: under 40 kB)':44} {result['kb_per_desk']:>8} kB   {result['kb_per_desk'] / AIM_KB:.2f} of the aim"
    )
    print(f"{'commit to browser, half of ' + str(result['acts']) + ' acts':44} {result['p50_ms']:>8} ms")
    print(
        f"{'commit to browser, 99 of 100 (aim: 50 ms)':44} {result['p99_ms']:>8} ms   {result['p99_ms'] / AIM_P99_MS:.2f} of the aim"
    )
    print(f"{'message to everyone: until the last desk':44} {result['broadcast_ms']:>8} ms")
    print(f"{'hints lost':44} {result['lost']:>8}")
    print(f"{'web process: on a processor':44} {result['web_cpu_s']:>8} s")
    print(f"{'web process: waiting for one (a busy machine)':44} {result['web_waited_for_cpu_s']:>8} s")
    return result
