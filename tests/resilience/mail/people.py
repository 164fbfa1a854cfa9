"""Representatives who answer over REST, each answer asked for again with its key until it is answered."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError

from onhand.contacts.enums import Direction
from onhand.contacts.models import Contact, Message
from onhand.kernel.database import forget_connections

PATIENCE = 60.0


@dataclass(slots=True)
class Answered:
    """The answers that were acknowledged: the key of each, and the contact."""

    done: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Answerer(threading.Thread):
    """Answers whatever contact needs it, as long as there is something and `stop` is not set."""

    def __init__(self, port: int, token: str, answered: Answered, share: tuple[int, int]) -> None:
        super().__init__(name=f"answerer {share[0]}", daemon=True)
        self.address = f"http://127.0.0.1:{port}/api/v1/acts/contacts.answer"
        self.token, self.answered, self.share = token, answered, share
        self.stop = threading.Event()

    def run(self) -> None:
        """One contact after another."""
        chance = random.Random(self.share[0])
        while not self.stop.is_set():
            found = self._next(chance)
            if found is None:
                time.sleep(0.2)
                continue
            contact, message = found
            self._answer(contact, f"{contact}-{message}")

    def _next(self, chance: random.Random) -> tuple[int, int] | None:
        """A contact that needs an answer, of my share, and its last message."""
        number, of = self.share
        try:
            waiting = Contact.objects.filter(needs_answer=True, ended_at__isnull=True).order_by("id")
            mine = [pk for pk in waiting.values_list("pk", flat=True)[:200] if pk % of == number]
            for pk in chance.sample(mine, len(mine)):
                messages = Message.objects.filter(contact=pk, direction=Direction.INBOUND)
                last = messages.order_by("-id").values_list("pk", flat=True).first()
                key = f"{pk}-{last}"
                if last is not None and key not in self.answered.refused and key not in self.answered.done:
                    return pk, last
        except (DatabaseError, InterfaceError):
            forget_connections()
        return None

    def _answer(self, contact: int, key: str) -> None:
        body = {"subject_id": contact, "arguments": {"text": f"We look into it. ({key})", "anyway": True}}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not self.stop.is_set():
            status, answer = self._post(body, key)
            if status == 200:
                with self.answered.lock:
                    self.answered.done[key] = contact
                return
            if 400 <= status < 500 and answer.get("code") not in ("subject_busy", "too_many_requests"):
                with self.answered.lock:
                    self.answered.refused[key] = f"{status} {answer}"
                return
            time.sleep(0.1)

    def _post(self, body: dict[str, object], key: str) -> tuple[int, dict[str, object]]:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        request = urllib.request.Request(self.address, json.dumps(body).encode(), headers)
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
