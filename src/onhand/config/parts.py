"""What each process of the group does: prepare (once), web, jobs, listeners, router."""

import asyncio
import json
import os
import signal
import socket
import threading
from collections.abc import Callable
from functools import partial

import structlog

from onhand.config import database
from onhand.config.environment import Environment
from onhand.config.terminal import complain

GRACE_SECONDS = 4  # for requests and jobs that are under way when the product stops
log = structlog.get_logger("onhand.parts")


def prepare(settings: Environment) -> None:
    """
    Create the database if the embedded server has none, bring it up to date, compare the keys, make the demo company if empty.
    Ends the process with 1, having said why, if the database cannot be used with this machine's keys or at all.
    """
    database.name_connections("prepare")
    if settings.embedded:
        database.create_if_missing(settings)
    from django.db import OperationalError
    from django.utils import timezone

    from onhand.config import erasures, keys, migrations
    from onhand.config.demo import create_if_empty
    from onhand.staff.operations import ensure_builtin_roles

    try:
        applied = migrations.apply()
        if applied:
            log.info("database migrated", migrations=applied)
        keys.require_right(settings)
    except (keys.WrongKeyError, migrations.WrongDatabaseError) as error:
        complain(f"Onhand cannot start on this database.\n{error}")
        raise SystemExit(1) from None
    except OperationalError as error:
        complain(f"Onhand cannot start: the database cannot be used: {str(error).strip()}\nLook at DATABASE_URL.")
        raise SystemExit(1) from None
    erasures.reapply(settings.data, timezone.now())  # a restored backup may have brought somebody back
    ensure_builtin_roles(at=timezone.now())  # a new version may bring permissions without bringing migrations
    if settings.demo:
        create_if_empty(settings)


def web(settings: Environment, door: socket.socket, started: int) -> None:
    """Answer requests on the open socket; one byte on ``started`` says that the first may come."""
    import uvicorn

    from onhand.config.asgi import application

    database.name_connections("web")
    _report("web")

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            os.write(started, b"w")

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await application.leave()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the bridge does it, believing only what the proxy itself wrote
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=30,
        backlog=2048,
    )
    if settings.debug:
        config.log_level = "debug"
    Server(config).run(sockets=[door])


def jobs(settings: Environment) -> None:
    """Run background jobs until told to stop."""
    database.name_connections("jobs")
    _report("jobs")
    asyncio.run(_work(settings.job_workers))


def _report(kind: str) -> None:
    """Let this process say every few seconds that it lives; shown on the status page."""
    from onhand import __version__
    from onhand.kernel import heartbeat

    heartbeat.start(kind, __version__)


async def _work(concurrency: int) -> None:
    from procrastinate.contrib.django import app

    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker.open_async():
        await worker.run_worker_async(
            concurrency=concurrency,
            shutdown_graceful_timeout=GRACE_SECONDS,
            fetch_job_polling_interval=5.0,
            abort_job_polling_interval=15.0,
        )


def listeners(settings: Environment) -> None:
    """Deliver events to their handlers and to webhooks, seal the records and take mail in, until told to stop."""
    database.name_connections("listeners")
    _report("listeners")
    from onhand.kernel import reactor

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    failed = threading.Event()
    threads = [
        threading.Thread(target=_listen, args=(name, work, stop, failed), name=name, daemon=True)
        for name, work in _listening(settings, stop).items()
    ]
    for thread in threads:
        thread.start()
    reactor.run(stop)
    for thread in threads:
        thread.join(GRACE_SECONDS)
    if failed.is_set():
        raise SystemExit(1)


def router(_settings: Environment) -> None:
    """Give out work, or stand by for whoever does, until told to stop."""
    database.name_connections("router")
    _report("router")
    from onhand.routing.router import running

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running.run(stop)


def _listening(settings: Environment, stop: threading.Event) -> dict[str, Callable[[], None]]:
    """Sealing, fetching mailboxes, delivering webhooks and, if a port is set, taking mail handed over by a mail server."""
    from django.utils import timezone

    from onhand.channels.email import fetchers, lmtp
    from onhand.webhooks import deliverer

    work: dict[str, Callable[[], None]] = {
        "seals": partial(_seal, settings, stop),
        "mailboxes": partial(fetchers.run, stop, timezone.now),
        "webhooks": partial(deliverer.run, stop, timezone.now),
    }
    if settings.lmtp_port is not None:
        work["lmtp"] = partial(lmtp.run, stop, settings.lmtp_bind, settings.lmtp_port, timezone.now)
    return work


def _listen(name: str, work: Callable[[], None], stop: threading.Event, failed: threading.Event) -> None:
    """Do it until told to stop. What ends by a fault ends the process: the supervisor starts another, where silence would stay."""
    try:
        work()
    except Exception:
        log.exception("listener_failed", listener=name)
        failed.set()
        stop.set()


def _seal(settings: Environment, stop: threading.Event) -> None:
    """Seal what is settled every few seconds; the newest seals are also kept outside the database."""
    from onhand.config import folder
    from onhand.kernel import sealing

    sealing.run(stop, lambda heads: folder.write_private(settings.data / "seals.json", json.dumps(heads)))
