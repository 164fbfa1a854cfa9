"""Processes forked from the supervisor: how they begin, die with it, and are ended."""

import ctypes
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
FIRST_PAUSE = 0.1  # seconds before the first restart; doubled each time
LONGEST_PAUSE = 30.0
LONG_ENOUGH = 60.0  # seconds a process must have run for its failures to be forgotten


def pause_before_restart(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 0.1, 0.2, 0.4 … 30."""
    return float(min(FIRST_PAUSE * 2 ** max(0, failures - 1), LONGEST_PAUSE))


def set_name(name: str) -> None:
    """The process' short name as ``ps`` and ``top`` show it (15 characters)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15])


def fork(name: str, work: Callable[[], None]) -> int:
    """Run ``work`` in a new process that the kernel kills when this one is gone; its pid."""
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        gc.enable()  # the supervisor may be without it while it loads
        os.setpgid(0, 0)  # Ctrl-C in the terminal is for the supervisor, which ends its parts in order
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        set_name(f"onhand-{name}")
        work()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 whatever it is, this process must not return into the supervisor's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


@dataclass
class Part:
    """One part of the group, and how it fares."""

    name: str
    work: Callable[[], None]
    pid: int | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0  # when to start it (again), monotonic seconds
    restarts: int = 0
    longest_pause: float = LONGEST_PAUSE

    def start(self) -> None:
        """Fork the process."""
        self.pid = fork(self.name, self.work)
        self.started = time.monotonic()

    def ended(self) -> int | None:
        """The exit status if the process has ended since last asked; negative: the signal that ended it."""
        if self.pid is None:
            return None
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            pid, status = self.pid, 0
        if pid == 0:
            return None
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def plan_restart(self) -> float:
        """Note a failure; the seconds until the next start, longer each time unless it had run well."""
        now = time.monotonic()
        self.failures = 1 if now - self.started > LONG_ENOUGH else self.failures + 1
        pause = min(pause_before_restart(self.failures), self.longest_pause)
        self.due = now + pause
        self.restarts += 1
        return pause

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if the process is there."""
        if self.pid is not None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                self.pid = None
