"""
The fetchers of this process: one thread for each mailbox, and over all machines one thread for each mailbox.

Who fetches a mailbox holds an advisory lock of the database, all of a process on one connection. When that connection is gone so
are the locks, and every thread is stopped before they are taken again. Should two overlap all the same, the unique index of what is
stored keeps them from doubling anything.
"""

import os
import socket
import threading
import time
from dataclasses import dataclass

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, connection

from onhand.channels.email.fetching import Clock, keep_fetching
from onhand.channels.email.models import Mailbox, MailboxHealth
from onhand.kernel.database import connect_directly, forget_connections
from onhand.kernel.hints import CHANNEL

LOCK_CLASS = 1_768_776_560  # of our advisory locks; the mailbox's id is the second key
LOOK_SECONDS = 3.0
STOP_SECONDS = 3.0
log = structlog.get_logger("onhand.email")


@dataclass(slots=True)
class _Fetcher:
    thread: threading.Thread
    stop: threading.Event
    version: int


class Fetchers:
    """What this process fetches. `look` brings it in line with the mailboxes there are."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running: dict[int, _Fetcher] = {}

    def look(self, leases: "psycopg.Connection[tuple[object, ...]]") -> None:
        """Start what is to be fetched and nobody fetches; stop what changed, was disabled, or died. Raises psycopg.Error."""
        wanted = {one.pk: one for one in Mailbox.objects.filter(is_enabled=True).exclude(imap_host="")}
        for pk, fetcher in list(self._running.items()):
            mailbox = wanted.get(pk)
            if mailbox is None or mailbox.version != fetcher.version or not fetcher.thread.is_alive():
                fetcher.stop.set()
                fetcher.thread.join(1.0)
            if fetcher.stop.is_set() and not fetcher.thread.is_alive():
                del self._running[pk]
                leases.execute("select pg_advisory_unlock(%s, %s)", [LOCK_CLASS, pk])
        for pk, mailbox in wanted.items():
            if pk not in self._running and self._leased(leases, pk):
                self._start(mailbox)

    def stop(self) -> None:
        """Stop every thread and wait a moment for them."""
        for fetcher in self._running.values():
            fetcher.stop.set()
        for fetcher in self._running.values():
            fetcher.thread.join(STOP_SECONDS)
        self._running.clear()

    def _leased(self, leases: "psycopg.Connection[tuple[object, ...]]", pk: int) -> bool:
        row = leases.execute("select pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, pk]).fetchone()
        return bool(row and row[0])

    def _start(self, mailbox: Mailbox) -> None:
        name = f"{socket.gethostname()} ({os.getpid()})"[:200]
        MailboxHealth.objects.update_or_create(mailbox=mailbox, defaults={"fetcher": name})
        stop = threading.Event()
        thread = threading.Thread(
            target=_fetch, args=(mailbox, stop, self._clock), name=f"mailbox {mailbox.pk}", daemon=True
        )
        self._running[mailbox.pk] = _Fetcher(thread, stop, mailbox.version)
        thread.start()


def _fetch(mailbox: Mailbox, stop: threading.Event, clock: Clock) -> None:
    try:
        keep_fetching(mailbox, stop, clock)
    except (DatabaseError, InterfaceError) as error:
        log.warning("fetcher_waits_for_database", mailbox=mailbox.address, error=str(error))
        forget_connections()
    except Exception:
        log.exception("fetcher_stopped", mailbox=mailbox.address)  # another one is started in a moment
    finally:
        connection.close()


def run(stop: threading.Event, clock: Clock) -> None:
    """Fetch every mailbox nobody else fetches, until `stop` is set. Survives the database going away."""
    while not stop.is_set():
        fetchers = Fetchers(clock)
        try:
            with connect_directly() as leases:
                leases.execute(
                    "set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3"
                )
                leases.execute(f"listen {CHANNEL}")
                while not stop.is_set():
                    fetchers.look(leases)
                    connection.close()
                    _until_a_mailbox_changes(leases, stop)
        except (psycopg.Error, DatabaseError, InterfaceError) as error:
            log.warning("fetchers_wait_for_database", error=str(error))
            forget_connections()
            stop.wait(1)
        finally:
            fetchers.stop()
    connection.close()


def _until_a_mailbox_changes(leases: "psycopg.Connection[tuple[object, ...]]", stop: threading.Event) -> None:
    """Wait a moment; shorter if somebody says that a mailbox was changed."""
    end = time.monotonic() + LOOK_SECONDS
    while not stop.is_set() and time.monotonic() < end:
        for hint in leases.notifies(timeout=0.5, stop_after=1):
            if '"mailbox:' in hint.payload:
                return
