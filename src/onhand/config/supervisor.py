"""``onhand up``: one group of processes under one supervisor.

The supervisor loads the product once and forks its parts from that, so a part starts in milliseconds and shares its memory
with the others. It has one thread and no connection of its own. A part that dies is started again, with longer pauses if it
keeps dying; if the supervisor itself is killed, the kernel ends the parts and the embedded database.
"""

import contextlib
import errno
import fcntl
import gc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import structlog

from onhand.config import folder, parts, postgres, processes
from onhand.config.cluster import PostgresError
from onhand.config.environment import Environment
from onhand.config.processes import Part

STOP_SECONDS = 6.0  # after this the parts are killed
LONGEST_PAUSES = {"router": 0.5}  # between restarts, where work would wait for longer than two seconds
SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
log = structlog.get_logger("onhand.supervisor")


class StartError(Exception):
    """The group cannot start; the message says why and what to do."""


def claim(settings: Environment) -> IO[str]:
    """Reserve the data folder for this group. Raises :class:`StartError` if another group runs on it."""
    path = folder.make_private(settings.data) / "up.lock"
    file = path.open("a+")
    end = time.monotonic() + 5.0  # parts of a supervisor killed a moment ago may still hold it
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = folder.read_json(settings.data / "up.json")
            pid = int(running.get("pid", 0))
            if time.monotonic() > end or (pid and exists(pid)):
                where = running.get("address", "an address it did not say")
                raise StartError(
                    f"Onhand already runs on this data folder ({settings.data}): process {pid or 'unknown'}, {where}.\n"
                    "Stop that one first, or set ONHAND_DATA to another folder."
                ) from None
            time.sleep(0.05)
        else:
            return file


def open_door(settings: Environment) -> socket.socket:
    """Listen on the configured address. Raises :class:`StartError` naming the setting to change."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((settings.bind, settings.port))
        door.listen(2048)
    except OSError as error:
        door.close()
        raise StartError(_why_no_door(settings, error)) from None
    door.set_inheritable(True)
    return door


def _why_no_door(settings: Environment, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} on {settings.bind} is taken by another program.\n"
            f"Stop that program, or set ONHAND_PORT to a free port, for example ONHAND_PORT={settings.port + 1}."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {settings.port}. Set ONHAND_PORT to 1024 or more."
    return f"Cannot listen on {settings.bind}: {error.strerror}. Set ONHAND_BIND to an address of this machine."


def exists(pid: int) -> bool:
    """True if a process of this number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Group:
    """The supervisor and its parts."""

    def __init__(self, settings: Environment) -> None:
        self.settings = settings
        self.parts: list[Part] = []
        self.server: postgres.Embedded | None = None
        self.server_runs = False
        self.server_due = 0.0
        self.server_failures = 0
        self.begun = time.monotonic()
        self.ready_reader, self.ready_writer = -1, -1

    def run(self) -> int:
        """Start everything, keep it running until told to stop, end everything; the exit code."""
        with contextlib.ExitStack() as stack:
            lock = stack.enter_context(claim(self.settings))
            door = stack.enter_context(open_door(self.settings)) if "web" in self.settings.parts else None
            signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
            self.ready_reader, self.ready_writer = os.pipe()
            os.set_blocking(self.ready_reader, False)
            try:
                self._start_database()
                self._load()
                if self.server:
                    self.server.wait_until_ready()
                preparing = self._begin_preparing(lock)
                self._load_web()
                if not self._wait_until_prepared(preparing):
                    return 1
                self._plan_parts(lock, door)
                return self._watch()
            except PostgresError as error:
                raise StartError(str(error)) from None
            finally:
                self._stop()

    def _start_database(self) -> None:
        if self.settings.embedded:
            self.server = postgres.Embedded(
                self.settings.data, user=self.settings.postgres_user, options=postgres.options(self.settings)
            )
            self.server.start()
            self.server_runs = True

    def _load(self) -> None:
        """Load the product while the database starts; the parts share what is loaded here."""
        folder.use_for_figures(self.settings.data / "metrics")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onhand.config.settings")
        gc.disable()  # looking through what is just being loaded, and stays, would take a fifth of the start
        import django

        django.setup()
        if "router" in self.settings.parts:
            from onhand.routing.router import running  # noqa: F401  (work waits while the one that is started again loads)
        gc.freeze()

    def _load_web(self) -> None:
        """Load what answers requests, while another process prepares the database. Opens no connection."""
        if "web" in self.settings.parts:
            import uvicorn  # noqa: F401
            from django.urls import get_resolver

            from onhand.config import asgi  # noqa: F401

            _ = (
                get_resolver().url_patterns
            )  # every page and what it needs; otherwise the first request would wait for it
        gc.freeze()  # what is loaded stays: the collector need not touch, and so copy, its pages in every part
        gc.enable()

    def _begin_preparing(self, lock: IO[str]) -> Part:
        def work() -> None:
            lock.close()
            parts.prepare(self.settings)

        part = Part("prepare", work)
        part.start()
        return part

    def _wait_until_prepared(self, part: Part) -> bool:
        """True once the database is ready for use; false if it cannot be used."""
        while True:
            status = part.ended()
            if status is not None:
                return status == 0
            received = signal.sigtimedwait(SIGNALS, 0.5)
            if received and received.si_signo != signal.SIGCHLD:
                log.info("stopping", signal=signal.Signals(received.si_signo).name)
                part.signal(signal.SIGTERM)

    def _plan_parts(self, lock: IO[str], door: socket.socket | None) -> None:
        settings = self.settings

        def web() -> None:
            lock.close()
            if door:
                parts.web(settings, door, self.ready_writer)

        def without_door(work: Callable[[Environment], None]) -> Callable[[], None]:
            def run() -> None:
                lock.close()
                if door:
                    door.close()
                work(settings)

            return run

        known: dict[str, Callable[[], None]] = {
            "web": web,
            "jobs": without_door(parts.jobs),
            "listeners": without_door(parts.listeners),
            "router": without_door(parts.router),
        }
        web_processes = settings.web_processes or min(4, -(-(os.cpu_count() or 1) // 2))
        more_web = [f"web-{number}" for number in range(2, web_processes + 1)] if door else []
        known |= dict.fromkeys(more_web, web)
        self.parts = [
            Part(name, known[name], longest_pause=LONGEST_PAUSES.get(name, processes.LONGEST_PAUSE))
            for name in dict.fromkeys([*settings.parts, *more_web])
        ]

    def _watch(self) -> int:
        """Start what is due, notice what ended, until a signal to stop arrives."""
        announced = False
        while True:
            self._start_due()
            if not announced and self._is_ready():
                announced = True
                self._announce()
            received = signal.sigtimedwait(SIGNALS, self._pause(announced))
            if received and received.si_signo != signal.SIGCHLD:
                log.info("stopping", signal=signal.Signals(received.si_signo).name)
                return 0
            self._notice_ended()

    def _pause(self, announced: bool) -> float:
        if not announced:
            return 0.01
        due = [part.due for part in self.parts if part.pid is None]
        if self.server and not self.server_runs:
            due.append(self.server_due)
        return max(0.0, min([1.0, *(moment - time.monotonic() for moment in due)]))

    def _start_due(self) -> None:
        now = time.monotonic()
        if self.server and not self.server_runs and self.server_due <= now and self._restart_database(self.server):
            self._write_state()
        for part in self.parts:
            if part.pid is None and part.due <= now:
                part.start()
                self._write_state()  # at once: who sees the part work finds it written down

    def _restart_database(self, server: postgres.Embedded) -> bool:
        """True if the database runs again."""
        try:
            server.start()
        except PostgresError as error:
            self.server_failures += 1
            self.server_due = time.monotonic() + processes.pause_before_restart(self.server_failures)
            log.error("database does not start", error=str(error))
            return False
        self.server_runs = True
        log.info("database started again", failures=self.server_failures)
        return True

    def _notice_ended(self) -> None:
        if self.server and self.server_runs and not self.server.alive():
            self.server_runs = False
            self.server_failures += 1
            self.server_due = time.monotonic() + processes.pause_before_restart(self.server_failures)
            log.error("database ended", last_words=self.server.last_words()[-300:])
        for part in self.parts:
            pid = part.pid
            status = part.ended()
            if status is not None and pid is not None:
                self._forget_figures(pid)
                pause = part.plan_restart()
                log.error("part ended", part=part.name, status=status, restart_in=round(pause, 1))

    def _forget_figures(self, pid: int) -> None:
        from onhand.config import measures

        measures.forget_process(pid)

    def _is_ready(self) -> bool:
        """True once web has said that it listens, or at once if this group has none."""
        if "web" not in self.settings.parts:
            return True
        try:
            return bool(os.read(self.ready_reader, 1))
        except BlockingIOError:
            return False

    def _write_state(self) -> None:
        state = {
            "pid": os.getpid(),
            "address": self.settings.address,
            "parts": {part.name: {"pid": part.pid, "restarts": part.restarts} for part in self.parts},
            "database": self.server.process.pid if self.server and self.server.process else None,
        }
        folder.write_private(self.settings.data / "up.json", json.dumps(state))

    def _announce(self) -> None:
        from onhand.config import demo

        took = time.monotonic() - self.begun
        lines = [f"Onhand is ready at {self.settings.address} (after {took:.1f} s)."]
        if self.settings.demo:
            lines += demo.sign_ins(self.settings)
        lines.append(f"Data is in {self.settings.data}. Stop with Ctrl-C.")
        print("\n".join(lines), file=sys.stderr, flush=True)  # noqa: T201 for the person at the terminal
        if self.server and self.server.created:
            self.server.settle()

    def _stop(self) -> None:
        """End the parts, then the database. A second signal ends the waiting."""
        for part in self.parts:
            part.signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        while any(part.pid is not None and part.ended() is None for part in self.parts):
            received = signal.sigtimedwait(SIGNALS, max(0.0, min(0.2, end - time.monotonic())))
            hurried = received is not None and received.si_signo != signal.SIGCHLD
            if hurried or time.monotonic() > end:
                for part in self.parts:
                    part.signal(signal.SIGKILL)
                end = time.monotonic() + 1.0
        if self.server:
            self.server.stop()
        with contextlib.suppress(OSError):
            (self.settings.data / "up.json").unlink()
        for descriptor in (self.ready_reader, self.ready_writer):
            os.close(descriptor)


def up(settings: Environment) -> int:
    """Run the group in the foreground; the exit code. Raises :class:`StartError`."""
    processes.set_name("onhand-up")
    return Group(settings).run()


def state(data: Path) -> dict[str, object]:
    """What the group on a data folder says about itself; empty if none runs there."""
    known = folder.read_json(data / "up.json")
    return known if known and exists(int(known.get("pid", 0))) else {}
