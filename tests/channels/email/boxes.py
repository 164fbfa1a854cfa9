"""Mailboxes at the test servers, and mail for them."""

import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection
from django.utils import timezone

from onhand.channels.email.fetchers import run
from onhand.channels.email.models import Mailbox
from onhand.channels.email.servers import IMAP_SECRET, SMTP_SECRET
from onhand.kernel.locked_texts import lock_text
from tests.channels.email.servers import COMPANY, PASSWORD, Dovecot, Postfix

_numbers = count(1)


def new_address(domain: str = COMPANY) -> str:
    """An address nothing was sent to yet."""
    return f"box{next(_numbers)}-{time.monotonic_ns()}@{domain}"


def make_mailbox(dovecot: Dovecot | None = None, postfix: Postfix | None = None, **changes: Any) -> Mailbox:
    """A stored mailbox at the running servers."""
    given: dict[str, Any] = {"name": "Help", "address": new_address()}
    if dovecot is not None:
        given |= {"imap_host": "localhost", "imap_port": dovecot.imaps, "imap_security": "tls"}
        given |= {"imap_secret": lock_text(PASSWORD, IMAP_SECRET)}
    if postfix is not None:
        given |= {"smtp_host": "localhost", "smtp_port": postfix.submission, "smtp_security": "starttls"}
        given |= {"smtp_secret": lock_text(PASSWORD, SMTP_SECRET)}
    given |= changes
    if postfix is not None:
        given.setdefault("smtp_user", given["address"])
    return Mailbox.objects.create(**given)


def letter(
    to: str, subject: str = "Hello", *, text: str = "Where is my parcel?", sender: str = "ana@customer.example"
) -> bytes:
    """A mail as bytes, with a Message-ID of its own."""
    lines = [
        f"From: Ana <{sender}>",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{next(_numbers)}.{time.monotonic_ns()}@customer.example>",
        "Date: Sun, 22 Nov 2026 08:00:00 +0000",
        "",
        text,
        "",
    ]
    return "\r\n".join(lines).encode()


def post(postfix: Postfix, mail: bytes, *to: str, sender: str = "ana@customer.example") -> None:
    """Hand a mail to Postfix."""
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=10) as server:
        server.sendmail(sender, list(to), mail)


def wait_for(condition: Callable[[], Any], seconds: float = 60) -> float:
    """Wait until it is true; how many seconds that took. AssertionError if it does not come true in time."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} seconds")


@contextmanager
def fetching() -> Iterator[None]:
    """The fetchers, running in a thread until the block is left."""
    stop = threading.Event()

    def work() -> None:
        try:
            run(stop, timezone.now)
        finally:
            connection.close()

    thread = threading.Thread(target=work, name="fetchers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()
