"""
Mails a second from raw bytes to committed contacts: stored, read, threaded, sanitised, directed.

One process stores what arrives, a commit each, as the listener does; two take it from there, as the jobs do. Half of the mails are about
20 KB of text and HTML, some less, one in a hundred carries 5 MB; one in three answers an earlier one. The floor is the same bytes put
into a bare table, a durable commit each, by two processes. Measured with few and with many messages stored before: `growth` is how
much slower the second is (1.0: not at all).
"""

import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from onhand_bench import place
from onhand_bench.mail_company import copy_rows

if TYPE_CHECKING:
    from onhand.config.postgres import Embedded

WORKERS = 2
MAILS = {False: 1_500, True: 200}
STORED = {False: (10_000, 2_000_000), True: (1_000, 20_000)}
LARGE_EVERY = 100
ADDRESS = "help@company.example"
# What is stored before: contacts that are over with four messages each, patterned on a short one that was received.
EACH = 4
_CONTACTS = {"outside_address": "'old' || %(start)s + g || '@customer.example'", "ended_at": "t.started_at"}
_MESSAGES = {
    "contact_id": "%(contact)s + g / %(each)s",
    "outside_id": "'<old' || %(start)s + g || '@customer.example>'",
    "sender_address": "'old' || %(start)s + g || '@customer.example'",
    "text": "'Where is my parcel? ' || %(start)s + g",
    "html": "''",
    "raw_id": "%(raw)s + g",
}
_RAW_MAILS = {
    "message_id": "%(message)s + g",
    "sha256": "md5((%(start)s + g)::text) || md5('x' || %(start)s + g)",
    "outside_id": "'<old' || %(start)s + g || '@customer.example>'",
    "outside_key": "'imap:1:' || %(start)s + g",
    "content": "'\\x41'::bytea",
}


@dataclass(frozen=True)
class Taken:
    """How fast mails were taken, and the CPU-seconds 1,000 took: of the product's processes, and of the database's."""

    per_second: float
    product: float
    database: float


def measure(quick: bool = False) -> dict[str, Any]:
    """
    Measure, print the table, and return `per_second`, `floor_per_second`, `ratio`, `cpu_s_per_1000` (the product's processes),
    `database_cpu_s_per_1000`, `growth` (of the time) and `growth_cpu` (of the CPU of both, which a busy machine changes less).
    """
    many, (few, much) = MAILS[quick], STORED[quick]
    with place.database() as server:
        mailbox_id = _make_mailbox()
        _take(server, mailbox_id, make_mails(50, 0))  # to warm up, and as a pattern of what is stored before
        _fill(few)
        small = _take(server, mailbox_id, make_mails(many, 1))
        _fill(much - few)
        large = _take(server, mailbox_id, make_mails(many, 2))
        floor = _floor(make_mails(many, 3))
    sizes = sorted(len(mail) for mail in make_mails(many, 1))
    print(f"{many:,} mails, median {sizes[many // 2] // 1024} KB, largest {sizes[-1] // 2**20} MB, durable commits")
    print(f"{'':36}{'a second':>10}{'CPU-s of 1,000: product':>25}{'database':>10}")
    for stored, taken in ((few, small), (much, large)):
        name = f"with {stored:,} messages stored"
        print(f"{name:36}{taken.per_second:10,.1f}{taken.product:25,.1f}{taken.database:10,.1f}")
    print(f"{'bare inserts':36}{floor:10,.1f}")
    return {
        "per_second": round(large.per_second, 1),
        "floor_per_second": round(floor, 1),
        "ratio": round(large.per_second / floor, 3),
        "cpu_s_per_1000": round(large.product, 2),
        "database_cpu_s_per_1000": round(large.database, 2),
        "growth": round(small.per_second / large.per_second, 2),
        "growth_cpu": round((large.product + large.database) / (small.product + small.database), 2),
    }


def make_mails(many: int, turn: int) -> list[bytes]:
    """Mails as customers write them, the same for the same numbers."""
    chance = random.Random(turn)
    words = [line.split() for line in (__doc__ or "").splitlines() if line.strip()]
    return [_mail(number, turn, chance, words) for number in range(many)]


def _mail(number: int, turn: int, chance: random.Random, words: list[list[str]]) -> bytes:
    mail = EmailMessage(policy=SMTP)
    customer = chance.randrange(100_000)
    mail["From"], mail["To"] = f"Customer {customer} <customer{customer}@mail{customer % 50}.example>", ADDRESS
    mail["Subject"] = f"Order {turn}-{number}: {' '.join(chance.choice(words))}"[:150]
    mail["Date"] = "Sun, 22 Nov 2026 08:00:00 +0000"
    mail["Message-ID"] = f"<{turn}.{number}@mail.example>"
    if number and chance.random() < 0.33:
        answered = f"<{turn}.{chance.randrange(number)}@mail.example>"
        mail["In-Reply-To"], mail["References"] = answered, answered
    size = chance.choice((1, 8, 12, 12, 14))  # thousands of characters
    text = "\n".join(" ".join(chance.choice(words)) for _ in range(size * 10))
    mail.set_content(text)
    if size > 1:
        lines = "".join(f"<p style='margin:0'>{line}</p>\n" for line in text.splitlines()[: size * 5])
        mail.add_alternative(
            f"<html><head><style>p{{color:#111}}</style></head><body>{lines}</body></html>", subtype="html"
        )
    if number % LARGE_EVERY == LARGE_EVERY - 1:
        mail.add_attachment(chance.randbytes(5 * 2**20), maintype="application", subtype="pdf", filename="photos.pdf")
    return mail.as_bytes()


def _make_mailbox() -> int:
    from onhand.channels.email.models import Mailbox
    from onhand.kernel.discovery import load_apps
    from onhand.staff.demo import create_demo_staff
    from onhand.staff.models import Team

    load_apps()
    create_demo_staff(at=datetime.now(UTC), password="kettle-lamp-river-42")
    return Mailbox.objects.create(name="Help", address=ADDRESS, team=Team.objects.first()).pk


def _take(server: "Embedded", mailbox_id: int, mails: list[bytes]) -> Taken:
    """From the first byte stored to the last contact committed."""
    from onhand.kernel.database import forget_connections

    forget_connections()
    context = get_context("fork")
    given, used = context.Barrier(WORKERS + 2), context.SimpleQueue()
    work = [(_work, (len(mails),))] * WORKERS + [(_store, (mailbox_id, mails))]
    processes = [context.Process(target=_measured, args=(one, args, given, used), daemon=True) for one, args in work]
    for process in processes:
        process.start()
    before = place.database_cpu(server)
    given.wait(120)
    begun = time.perf_counter()
    spent = sum(used.get() for _ in processes)
    took = time.perf_counter() - begun
    for process in processes:
        process.join(30)
    database = place.database_cpu(server) - before
    return Taken(len(mails) / took, spent * 1000 / len(mails), database * 1000 / len(mails))


def _measured(work: Callable[..., None], args: tuple[Any, ...], given: Any, used: Any) -> None:
    given.wait(120)
    before = time.process_time()
    work(*args)
    used.put(time.process_time() - before)
    os._exit(0)  # nothing of the parent's is to be tidied up here


def _store(mailbox_id: int, mails: list[bytes]) -> None:
    from onhand.channels.email import storing
    from onhand.channels.email.enums import Route

    storing._work_on_it = lambda: None  # the processes beside look for themselves
    for number, mail in enumerate(mails):
        arrived = storing.Arrived(Route.IMAP, f"imap:1:{number}", mail, len(mail))
        storing.store(mailbox_id, [arrived], at=datetime.now(UTC))


def _work(many: int) -> None:
    """Read what is stored until every mail of this turn is done, by whomever."""
    from onhand.channels.email.intake import claim_stored, process_raw
    from onhand.channels.email.models import RawMail

    def now() -> datetime:
        return datetime.now(UTC)

    last = RawMail.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    first = last if not RawMail.objects.filter(pk=last, state="stored").exists() else 0
    while True:
        claimed = claim_stored(now(), 10)
        for pk in claimed:
            process_raw(pk, now)
        if not claimed:
            left = RawMail.objects.filter(state="stored").exists()
            if not left and RawMail.objects.filter(pk__gt=first).count() >= many:
                return
            time.sleep(0.005)


def _fill(many: int) -> None:
    """That many more messages, and the database at rest afterwards: nothing is left to be tidied up while it is measured."""
    from django.db import connection

    from onhand.channels.email.models import RawMail
    from onhand.contacts.models import Contact, Message

    assert not RawMail.objects.filter(state="refused").exists(), "a mail was refused"
    pattern = RawMail.objects.filter(size__lt=5_000, state="done").select_related("message").order_by("pk")[0]
    message = pattern.message
    assert message is not None
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # nobody checks references of our own making
        cursor.execute(
            "select indexname, indexdef from pg_indexes where indexname in ('message_by_words', 'contact_by_words')"
        )
        indexes = cursor.fetchall()
        for name, _made in indexes:
            cursor.execute(f"drop index {name}")
        tables = {"contact": Contact, "message": Message, "raw": RawMail}
        given = {name: _next_id(cursor, model) for name, model in tables.items()}
        given |= {"start": given["raw"], "each": EACH}
        copy_rows(cursor, Contact, message.contact_id, _CONTACTS, given, many // EACH)
        copy_rows(cursor, Message, message.pk, _MESSAGES, given, many)
        copy_rows(cursor, RawMail, pattern.pk, _RAW_MAILS, given, many)
        for _name, made in indexes:
            cursor.execute(made)
        cursor.execute("set session_replication_role = origin")
        for table in ("contacts_contact", "contacts_message", "email_rawmail"):
            cursor.execute(f"vacuum analyze {table}")
        cursor.execute("checkpoint")


def _next_id(cursor: Any, model: Any) -> int:
    """The id of the row after this; the sequence is used up by one, so that it is the one of the first row copied."""
    table = model._meta.db_table
    cursor.execute(f"select nextval(pg_get_serial_sequence('{table}', 'id')) + 1")
    return int(cursor.fetchone()[0])


def _floor(mails: list[bytes]) -> float:
    """The same bytes into a bare table, a commit each."""
    from django.db import connection

    from onhand.kernel.database import forget_connections

    with connection.cursor() as cursor:
        cursor.execute("create table floor (id bigserial primary key, sha256 text unique, content bytea)")
    forget_connections()
    context = get_context("fork")
    given, used = context.Barrier(WORKERS + 1), context.SimpleQueue()
    parts = [mails[part::WORKERS] for part in range(WORKERS)]
    processes = [context.Process(target=_measured, args=(_insert, (part,), given, used), daemon=True) for part in parts]
    for process in processes:
        process.start()
    given.wait(120)
    begun = time.perf_counter()
    for _ in processes:
        used.get()
    return len(mails) / (time.perf_counter() - begun)


def _insert(mails: list[bytes]) -> None:
    from hashlib import sha256

    from onhand.kernel.database import run_prepared

    for mail in mails:
        run_prepared("insert into floor (sha256, content) values (%s, %s)", [sha256(mail).hexdigest(), mail])


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(quick="--quick" in sys.argv)))
