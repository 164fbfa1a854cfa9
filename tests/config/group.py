"""A real group of processes for the tests that kill parts of one."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import psutil

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Person:
    """Who runs a command, and with which Python."""

    python: str = sys.executable
    account: Mapping[str, Any] = field(default_factory=dict)  # for subprocess
    variables: Mapping[str, str] = field(default_factory=dict)


MYSELF = Person()


def command_environment(data: Path, **settings: str) -> dict[str, str]:
    """The environment of a stranger: nothing set but the data folder and what the test needs."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("ONHAND_", "DATABASE_", "DJANGO_"))
    }
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "bench")])
    return {**kept, "PYTHONPATH": path, "ONHAND_DATA": str(data), "ONHAND_POSTGRES_DURABLE": "false", **settings}


def onhand(data: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run one onhand command to its end."""
    return onhand_as(MYSELF, data, *arguments, **settings)


def onhand_as(person: Person, data: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run one onhand command to its end, as somebody else."""
    command = [person.python, "-m", "onhand.config.command", *arguments]
    environment = {**command_environment(data, **settings), **person.variables}
    output: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 120}
    return subprocess.run(command, env=environment, check=False, **output, **person.account)


class Running:
    """A group that was started with ``onhand up``."""

    person: ClassVar[Person] = MYSELF

    def __init__(self, data: Path, port: int | None = None, **settings: str) -> None:
        self.data = data
        self.port = port or free_port()
        self.log = data.with_name(f"{data.name}.log")
        environment = {**command_environment(data, ONHAND_PORT=str(self.port), **settings), **self.person.variables}
        with self.log.open("ab") as log:
            command = [self.person.python, "-m", "onhand.config.command", "up"]
            output: dict[str, Any] = {"stdout": log, "stderr": log, "start_new_session": True}
            self.process = subprocess.Popen(command, env=environment, **output, **self.person.account)

    def get(self, path: str) -> int:
        """The status of a page; 0 if nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, ValueError):
            return 0

    def wait_ready(self, seconds: float = 60) -> "Running":
        """Wait until the pages are there, and every part is written down (the pages may be there first)."""
        wait_for(lambda: self.get("/readyz") == 200 and self.is_written_down(), seconds, self.said)
        return self

    def is_written_down(self) -> bool:
        """Whether the group has said which processes it consists of."""
        try:
            parts = self.state()["parts"].values()
        except FileNotFoundError:
            return False
        return all(part["pid"] for part in parts)

    def said(self) -> str:
        """What the group wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def state(self) -> dict[str, Any]:
        """Process ids of the parts."""
        found: dict[str, Any] = json.loads((self.data / "up.json").read_text(encoding="utf-8"))
        return found

    def pid(self, part: str) -> int:
        """Process id of a part, of the database or of the supervisor itself; 0 while it is not there."""
        known = self.state()
        if part == "supervisor":
            return self.process.pid
        return int((known["database"] if part == "database" else known["parts"][part]["pid"]) or 0)

    def everything(self) -> list[psutil.Process]:
        """The supervisor and every process below it."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the group as a person would; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)


@contextlib.contextmanager
def running(data: Path, **settings: str) -> Iterator[Running]:
    """A group that is ready; ended at the end whatever happens."""
    group = Running(data, None, **settings)
    try:
        yield group.wait_ready()
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            group.stop()


def wait_for(condition: Any, seconds: float, explain: Any = lambda: "") -> None:
    """Wait until something holds; fail with an explanation if it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s\n{explain()}"
        time.sleep(0.05)


def gone(processes: list[psutil.Process]) -> bool:
    """True if none of the processes runs any more."""
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)
