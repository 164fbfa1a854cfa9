"""The parts of the run that are killed: writers who act and note what was acknowledged, reactors, and the sealer."""

import ctypes
import json
import os
import random
import signal
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection

from onhand.kernel import reactor, sealing
from onhand.kernel.actor import Actor, ActorKind, Visibility
from onhand.kernel.database import forget_connections
from onhand.kernel.errors import SubjectBusy
from onhand.kernel.events import ActDone, handles
from onhand.kernel.models import EventRecord
from onhand.kernel.perform import perform
from onhand.kernel.permissions import all_permissions

PR_SET_PDEATHSIG = 1
SEEN = "create table resilience_seen (place bigserial primary key, subject bigint not null, record bigint not null)"


@handles(ActDone)
def note_order(event: EventRecord) -> None:
    """A reaction whose order shows: one row a record, numbered as handled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into resilience_seen (subject, record) values (%s, %s)",
            [event.subject_id, event.payload["record_id"]],
        )


def begin(part: str, folder: Path, customers: list[int]) -> None:
    """Be one part until told to stop. Ends with whoever started it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if part == "writer":
        write(stop, folder, customers)
    elif part == "reactor":
        reactor.run(stop)
    else:
        sealing.run(stop, lambda heads: keep(folder, heads), every=0.3)
    os._exit(0)


def keep(folder: Path, heads: dict[str, str]) -> None:
    """Keep the heads outside the database, whole or not at all."""
    aside = folder / f"heads.{os.getpid()}"
    aside.write_text(json.dumps(heads))
    aside.rename(folder / "heads.json")


def write(stop: threading.Event, folder: Path, customers: list[int]) -> None:
    """Act again and again. What is tried and what was acknowledged is written down where a kill of ours leaves it."""
    chance = random.Random(os.getpid())
    permissions = frozenset(p.name for p in all_permissions())
    actor = Actor(ActorKind.PERSON, 1, "Ana Prieto", "representative", permissions, Visibility.ALL)
    diary = os.open(folder / f"diary.{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while not stop.is_set():
        key = uuid.uuid4().hex
        customer = chance.choice(customers)
        os.write(diary, f"tried {key}\n".encode())
        record = act(stop, actor, customer, key, chance)
        if record is None:
            return
        os.write(diary, f"done {key} {record}\n".encode())


def act(stop: threading.Event, actor: Actor, customer: int, key: str, chance: random.Random) -> int | None:
    """One request, sent again with its key until it is answered."""
    number = chance.randrange(10**9)
    if chance.random() < 0.5:
        address = {"address_lines": f"{number}", "postal_code": "28013", "city": "Madrid", "country": "ES"}
        name, arguments = "customers.change_address", address
    else:
        name, arguments = "customers.add_email", {"email": f"{key}@example.com"}
    while not stop.is_set():
        try:
            at = datetime.now(UTC)
            return perform(
                name, actor=actor, subject_id=customer, arguments=arguments, at=at, idempotency_key=key
            ).record_id
        except SubjectBusy:
            continue
        except (DatabaseError, InterfaceError):
            forget_connections()
            time.sleep(0.05)
    return None
