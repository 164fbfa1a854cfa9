"""The parts of the run that are killed: people who act, whoever asks the provider, whoever takes its messages in, and reactors."""

import ctypes
import json
import os
import random
import signal
import threading
import time
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from onhand.kernel import reactor
from onhand.kernel.actor import Actor, ActorKind, Visibility
from onhand.kernel.database import forget_connections
from onhand.kernel.discovery import load_apps
from onhand.kernel.errors import ActError, SubjectBusy
from onhand.kernel.perform import perform
from onhand.kernel.permissions import all_permissions
from tests.resilience.books import bank
from tests.resilience.books.world import Asker, Wanted

PR_SET_PDEATHSIG = 1
PATIENCE = 90.0  # seconds in which a request is answered, however often the database goes away


def begin(part: str, place: int, folder: Path) -> None:
    """Be one part until told to stop. Ends with whoever started it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load_apps()
    if part == "person":
        act_on(stop, place, folder)
    elif part == "reactor":
        reactor.run(stop)
    elif part == "hook":
        bank.tell(stop, place, folder)
    else:
        ask_providers(stop, place, folder)
    os._exit(0)


def actor_at(place: int) -> Actor:
    """Who acts at a place: somebody who may do everything. A key is theirs alone."""
    permissions = frozenset(one.name for one in all_permissions())
    return Actor(ActorKind.PERSON, place + 1, f"Person {place}", "representative", permissions, Visibility.ALL)


def act_on(stop: threading.Event, place: int, folder: Path) -> None:
    """
    Act again and again. What is asked is written down before, what was answered after it; what the one who was killed at this place had
    asked and not been answered is asked again first, with its key.
    """
    path = folder / f"diary.{place}"
    diary = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    asked, answers = read_diary(path)
    actor, ask = actor_at(place), Asker(random.Random(f"{os.getpid()}"))

    def answer(key: str, wanted: Wanted) -> None:
        note(diary, {"key": key, "answer": request(actor, wanted, key)})

    for key in asked.keys() - answers.keys():
        note(diary, {"key": key, "again": True})
        answer(key, asked[key])
    while not stop.is_set():
        try:
            wanted = ask.next()
        except (OperationalError, InterfaceError):
            forget_connections()
            time.sleep(0.05)
            continue
        key = uuid.uuid4().hex
        note(diary, {"key": key, "asked": asdict(wanted)})
        answer(key, wanted)


def note(diary: int, line: dict[str, Any]) -> None:
    """Write a line in one go, where a kill of ours leaves it."""
    os.write(diary, (json.dumps(line) + "\n").encode())


def read_diary(path: Path) -> tuple[dict[str, Wanted], dict[str, str]]:
    """What was asked by key, and what was answered."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    asked = {line["key"]: Wanted(**line["asked"]) for line in lines if "asked" in line}
    return asked, {line["key"]: line["answer"] for line in lines if "answer" in line}


def request(actor: Actor, wanted: Wanted, key: str) -> str:
    """
    One request, sent again with its key until it is answered: `done` and the record, `refused` and why, `failed` and the error nobody
    should ever see.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            done = perform(
                wanted.act,
                actor=actor,
                subject_id=wanted.subject,
                arguments=wanted.arguments,
                at=datetime.now(UTC),
                idempotency_key=key,
            )
        except SubjectBusy:
            continue
        except ActError as error:
            return f"refused {error.code}"
        except (OperationalError, InterfaceError):
            forget_connections()
            time.sleep(0.05)
        except Exception as error:  # noqa: BLE001 whatever it is, it is found
            return f"failed {type(error).__name__}: {error}"
        else:
            return f"done {done.record_id}"
    return "failed: nobody answered"


def ask_providers(stop: threading.Event, place: int, folder: Path) -> None:
    """Do what the jobs do: handle messages, ask for payments and refunds that are due."""
    while not stop.wait(0.05):
        try:
            bank.handle_due(timezone.now())
        except (OperationalError, InterfaceError):
            forget_connections()
        except Exception as error:  # noqa: BLE001 whatever it is, it is found
            bank.broke(folder, place, error)
