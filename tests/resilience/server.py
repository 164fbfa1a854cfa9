"""A database server of the run's own: embedded, in a temporary folder, durable as in production."""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from onhand.config.cluster import PostgresError
from onhand.config.postgres import Embedded


@contextmanager
def own_server(**options: str) -> Iterator[Embedded]:
    """
    A running server with a migrated database, Django loaded on it and no connection open.

    To be entered once a process, before anything else loads Django's settings.
    """
    folder = Path(tempfile.mkdtemp(prefix="onhand-kills-"))
    server = Embedded(folder, options={"max_connections": "60", **options})
    try:
        server.start()
        server.wait_until_ready()
        load_django(server)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def load_django(server: Embedded) -> None:
    """Point the product's settings at the server, load it, and bring a fresh database up to date."""
    address = server.address
    with psycopg.connect(**address.parameters("postgres"), autocommit=True) as session:
        session.execute("create database onhand template template0")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "onhand.config.settings",
        "ONHAND_DATA": str(server.data),
        "ONHAND_LOG_LEVEL": "error",
        "DATABASE_URL": f"postgresql://{address.user}:{quote(address.password)}@/onhand?host={quote(address.host, safe='')}",
    }
    import django

    django.setup()
    from onhand.config import migrations
    from onhand.kernel.database import forget_connections

    migrations.apply()
    forget_connections()


def kill_backend(server: Embedded, chance: random.Random) -> bool:
    """Kill a process of the database that serves somebody; false if there was none just now."""
    assert server.process is not None
    with suppress(psutil.Error):
        children = psutil.Process(server.process.pid).children()
        serving = [child for child in children if "[local]" in " ".join(child.cmdline())]
        if serving:
            chance.choice(serving).kill()
            return True
    return False


def kill_server(server: Embedded) -> None:
    """Kill the database and start it as the supervisor does: again and again, until the processes of the one before have gone."""
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    end = time.monotonic() + 60
    while True:
        try:
            server.start()
            server.wait_until_ready(60)
        except PostgresError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
