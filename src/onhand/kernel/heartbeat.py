"""Each process of a group says every few seconds that it lives, for the status page: which part, on which machine, since when."""

import os
import socket
import threading
import time

import psycopg
import structlog

from onhand.kernel.database import connect_directly

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
# Rows of processes that went without a word, and will not come back.
_FORGET = "delete from kernel_processheartbeat where seen_at < now() - interval '1 day'"
_SAY = """
insert into kernel_processheartbeat (name, kind, version, started_at, seen_at)
values (%(name)s, %(kind)s, %(version)s, now(), now())
on conflict (name) do update set seen_at = now(), version = excluded.version
"""


def start(kind: str, version: str) -> threading.Thread:
    """Say from now on, from a thread of its own, that this process lives. `kind` is the part: web, jobs or listeners."""
    name = f"{kind} on {socket.gethostname()} ({os.getpid()})"
    parameters = {"name": name[:200], "kind": kind, "version": version}
    thread = threading.Thread(target=_keep_saying, args=(parameters,), name="heartbeat", daemon=True)
    thread.start()
    return thread


def _keep_saying(parameters: dict[str, str]) -> None:
    while True:
        try:
            with connect_directly() as direct:
                direct.execute(_FORGET)
                while True:
                    direct.execute(_SAY, parameters)
                    time.sleep(EVERY_SECONDS)
        except psycopg.Error as error:
            log.warning("heartbeat_waits_for_database", error=str(error))
            time.sleep(EVERY_SECONDS)
