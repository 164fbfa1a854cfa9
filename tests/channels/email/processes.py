"""The parts that take mail in and send it, as processes on a test's database."""

import os
import signal
import subprocess
import sys

from django.db import connections

from onhand.kernel.database import connection_parameters

_CODE = """
import django; django.setup()
from onhand.kernel.discovery import load_apps; load_apps()
from onhand.config import parts
from onhand.config.environment import environment
parts.{part}(environment())
"""


class Parts:
    """Processes of this test; each can be killed and is started again, as `onhand up` does."""

    def __init__(self) -> None:
        given = connection_parameters()
        place = "&".join(f"{name}={given[name]}" for name in ("host", "port") if given.get(name))
        self._url = f"postgresql://{given['user']}:{given.get('password', '')}@/{given['dbname']}?{place}"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        """Start these parts: `listeners`, `jobs`."""
        connections.close_all()
        env = os.environ | {"DATABASE_URL": self._url, "ONHAND_LOG_LEVEL": "error"}
        for name in names:
            self._running[name] = subprocess.Popen([sys.executable, "-c", _CODE.format(part=name)], env=env)

    def kill(self, name: str) -> None:
        """Kill -9, and start it again."""
        self._running[name].send_signal(signal.SIGKILL)
        self._running[name].wait(10)
        self.start(name)

    def stop(self) -> None:
        """End them all."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        self._running.clear()
