"""Representatives who take what they are offered over REST, finish it, pass it, put it aside, go home and come back."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import DatabaseError, InterfaceError

from onhand.kernel.database import forget_connections
from onhand.routing.models import Seat, WorkItem

PATIENCE = 60.0
BUSY = ("subject_busy", "too_many_requests")


@dataclass(slots=True)
class Done:
    """What was acknowledged: accepted items by whom, and contacts that were wrapped up and cases solved, as (kind, id)."""

    accepted: list[tuple[int, int]] = field(default_factory=list)
    finished: set[tuple[str, int]] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Worker(threading.Thread):
    """One representative, until told to stop. `steady` ones, at the end, only finish what there is."""

    def __init__(self, port: int, person: int, token: str, done: Done, seed: int) -> None:
        super().__init__(name=f"worker {person}", daemon=True)
        self.address = f"http://127.0.0.1:{port}/api/v1/acts/"
        self.person, self.token, self.done = person, token, done
        self.chance = random.Random(seed)
        self.stop, self.steady = threading.Event(), threading.Event()

    def run(self) -> None:
        """Look what there is to do, and do one thing of it."""
        while not self.stop.is_set():
            try:
                self._turn()
            except (DatabaseError, InterfaceError):
                forget_connections()
                time.sleep(0.1)

    def _turn(self) -> None:
        state = Seat.objects.filter(pk=self.person).values_list("state", flat=True).first()
        if state != "available":
            self._act("routing.become_available", self.person)
            return
        held = list(WorkItem.objects.filter(holder=self.person).values_list("pk", "state", "kind", "subject_id"))
        chance = self.chance.random()
        if not self.steady.is_set() and chance < 0.02:
            self._act(self.chance.choice(("routing.leave_work", "routing.go_away")), self.person)
        elif not held:
            time.sleep(0.02)
        else:
            self._work(*self.chance.choice(held))

    def _work(self, item: int, state: str, kind: str, subject: int) -> None:
        careless = not self.steady.is_set() and self.chance.random() < 0.15
        if state == "offered":
            if careless:
                self._act("routing.pass_work", item, why="Not mine.")
            elif self._act("routing.accept_work", item):
                with self.done.lock:
                    self.done.accepted.append((item, self.person))
        elif state == "in_work":
            if careless:
                name = self.chance.choice(("routing.park_work", "routing.return_work"))
                self._act(name, item, why="Later.")
            else:
                self._finish(kind, subject)
        elif state == "parked":
            self._finish(kind, subject)
        else:
            self._act("routing.finish_wrap_up", item)

    def _finish(self, kind: str, subject: int) -> None:
        is_case = kind == "case"
        done = (
            self._act("contacts.solve_case", subject, outcome="Done.")
            if is_case
            else self._act("contacts.wrap_up", subject)
        )
        if done:
            with self.done.lock:
                self.done.finished.add(("case" if is_case else "contact", subject))

    def _act(self, name: str, subject: int, **arguments: str) -> bool:
        """Ask until it is answered, with the same key; whether it was done."""
        key, end = uuid4().hex, time.monotonic() + PATIENCE
        body = {"subject_id": subject, "arguments": arguments}
        while time.monotonic() < end and not self.stop.is_set():
            status, answer = self._post(name, body, key)
            if status == 200:
                return True
            if 400 <= status < 500 and answer.get("code") not in BUSY:
                with self.done.lock:
                    self.done.refused[f"{name}: {status} {answer.get('code')}"] += 1
                return False
            time.sleep(0.05)
        return False

    def _post(self, name: str, body: dict[str, object], key: str) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": key}
        request = urllib.request.Request(self.address + name, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            try:
                return error.code, json.loads(error.read())
            except ValueError:
                return error.code, {}
        except (OSError, ValueError):
            return 0, {}
