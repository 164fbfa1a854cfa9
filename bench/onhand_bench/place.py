"""Where a measurement happens: a data folder, a server and a database of its own, gone afterwards."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from onhand.config.postgres import Embedded


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that the database's service user can reach."""
    place = Path(tempfile.mkdtemp(prefix="onhand-bench-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def database(options: Mapping[str, str] | None = None) -> "Iterator[Embedded]":
    """Django on a migrated database of an embedded server that is as durable as in real use."""
    with folder() as place:
        for name in [name for name in os.environ if name.startswith("ONHAND_") or name == "DATABASE_URL"]:
            del os.environ[name]
        os.environ["ONHAND_DATA"] = str(place / "data")
        os.environ["ONHAND_LOG_LEVEL"] = "error"
        from onhand.config import migrations, postgres, session
        from onhand.config.environment import environment

        environment.cache_clear()
        settings = environment()
        server = postgres.Embedded(settings.data, options={**postgres.options(settings), **(options or {})})
        server.start()
        try:
            server.wait_until_ready()
            with session.database_for_django(settings):
                migrations.apply()
                yield server
        finally:
            server.stop()


def database_cpu(server: "Embedded") -> float:
    """CPU-seconds all processes of a database server have used so far, those that ended among them."""
    assert server.process is not None
    top = psutil.Process(server.process.pid)
    times = top.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for process in top.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            used = process.cpu_times()
            total += used.user + used.system
    return total
