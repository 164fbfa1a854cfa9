"""
Mail handed over by LMTP (RFC 2033) from the company's own mail server: each recipient gets an answer of its own, and 250 only once
the mail is committed. Whoever reaches this port can hand mail in, so it listens on loopback unless told otherwise.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from django.db import DatabaseError, InterfaceError, connection

from onhand.channels.email.enums import Route
from onhand.channels.email.fetching import Clock, most_bytes
from onhand.channels.email.models import Mailbox
from onhand.channels.email.storing import Arrived, store
from onhand.kernel.database import forget_connections

THREADS = 4
LONGEST_LINE = 100_000
IDLE_SECONDS = 120.0
LOOK_SECONDS = 0.2
AGAIN_SECONDS = 5.0
TRY_LATER = "451 4.3.0 It cannot be stored now. Try again later."
log = structlog.get_logger("onhand.email")


class _Door(LMTP):
    """The protocol. A refusal of the whole mail is said once for each recipient, as LMTP asks."""

    line_length_limit = LONGEST_LINE

    async def push(self, status: str | bytes) -> None:
        said = status.decode() if isinstance(status, bytes) else status
        is_whole = said.startswith(("552 Error: Too much", "500 Line too long"))
        if is_whole and self.envelope is not None:
            said = "\r\n".join([said] * max(1, len(self.envelope.rcpt_tos)))
        await super().push(said)


class Intake:
    """What is done with a recipient and a mail; the protocol's library calls it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="lmtp")

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Take only addresses that are mailboxes of ours."""
        found = await self._in_thread(_mailbox_id, address)
        if isinstance(found, str):
            return found
        if found is None:
            return "550 5.1.1 There is no such mailbox here."
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store the mail for each recipient; an answer for each."""
        content, sender = envelope.content, envelope.mail_from or ""
        said = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else bytes(content or b"")
        answers = []
        for address in envelope.rcpt_tos:
            found = await self._in_thread(self._store, address, said, sender)
            answers.append(found if isinstance(found, str) else TRY_LATER)
        return "\r\n".join(answers)

    def close(self) -> None:
        """Wait for what is being stored."""
        self._threads.shutdown()

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _guarded, work, *arguments)

    def _store(self, address: str, content: bytes, sender: str) -> str:
        mailbox_id = _mailbox_id(address)
        if mailbox_id is None:
            return "550 5.1.1 There is no such mailbox here."
        (stored,) = store(mailbox_id, [Arrived(Route.LMTP, "lmtp:", content, len(content), sender)], at=self._clock())
        return f"250 2.0.0 Stored as {stored.id}"


def _guarded(work: Any, *arguments: Any) -> Any:
    """The answer, or that it is to be tried again, whatever goes wrong: nothing is lost by that."""
    try:
        return work(*arguments)
    except (DatabaseError, InterfaceError) as error:
        log.warning("lmtp_waits_for_database", error=str(error))
        forget_connections()
        return TRY_LATER
    except Exception:
        log.exception("lmtp_could_not_store")
        return TRY_LATER
    finally:
        connection.close()


def _mailbox_id(address: str) -> int | None:
    """The enabled mailbox of an address; what follows a plus sign in the local part does not count."""
    local, _at, domain = address.rpartition("@")
    for name in dict.fromkeys((local, local.partition("+")[0])):
        pk = Mailbox.objects.filter(is_enabled=True, address__iexact=f"{name}@{domain}").values_list("pk", flat=True)
        if found := pk.first():
            return found
    return None


def run(stop: threading.Event, bind: str, port: int, clock: Clock) -> None:
    """Take mail at this address until `stop` is set."""
    while not stop.is_set():
        try:
            asyncio.run(_serve(stop, bind, port, clock))
        except OSError as error:
            log.warning("lmtp_cannot_listen", bind=bind, port=port, error=str(error))
            stop.wait(AGAIN_SECONDS)


async def _serve(stop: threading.Event, bind: str, port: int, clock: Clock) -> None:
    intake = Intake(clock)

    def door() -> _Door:
        return _Door(
            intake,
            data_size_limit=most_bytes(),
            enable_SMTPUTF8=True,
            timeout=IDLE_SECONDS,
            ident="Onhand",
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(door, bind, port)
    log.info("lmtp_listens", bind=bind, port=port)
    try:
        while not stop.is_set():
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        server.close()
        intake.close()
