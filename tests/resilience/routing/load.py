"""What arrives while everything is killed: contacts in writing and cases of nobody, each noted only once it is committed."""

import random
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone

from onhand.contacts.followers import CASES
from onhand.contacts.models import Case, Contact
from onhand.contacts.operations import next_case_references
from onhand.contacts.work import tell_lists
from onhand.kernel.database import forget_connections
from onhand.routing.models import Queue, QueuePlan, Seat, WorkItem
from onhand.routing.queues import queue_for_team
from onhand.routing.seats import ensure_seats

EVERY = 5  # of so many things that arrive, one is a case
ARRIVES_WITHIN = 1.0  # seconds in which a contact is stored if there is a database


def store_contact(subject: str, *, channel: str, team: int | None, priority: int = 0) -> int:
    """A contact in writing that is to do, as arriving makes it."""
    now = timezone.now()
    with transaction.atomic():
        contact = Contact.objects.create(
            channel=channel,
            subject=subject,
            outside_address="ana@correo.example",
            came_to="help@company.example",
            started_at=now,
            last_message_at=now,
            needs_answer=True,
            priority=priority,
            team_id=team,
        )
        tell_lists(contact, now)
    return contact.pk


def store_case(subject: str, *, team: int | None, priority: int = 0) -> int:
    """A case nobody looks after yet."""
    now = timezone.now()
    with transaction.atomic():
        case = Case.objects.create(
            reference=next_case_references(1)[0],
            kind="question",
            subject=subject,
            opened_at=now,
            priority=priority,
            team_id=team,
        )
        CASES.tell(case, now)
    return case.pk


class Feeder(threading.Thread):
    """
    Makes contacts, and a case after every four, at an even pace. What failed is looked for before it is made again, so that each is there
    once.
    """

    def __init__(self, *, total: int, a_second: float, teams: list[int], seed: int) -> None:
        super().__init__(name="feeder", daemon=True)
        self.total, self.a_second, self.teams = total, a_second, teams
        self.chance = random.Random(seed)
        self.made: dict[str, int] = {}  # contacts
        self.cases: dict[str, int] = {}
        self.problem = ""

    def run(self) -> None:
        """One contact after another, however often the database goes away."""
        begun = time.monotonic()
        try:
            for number in range(self.total):
                time.sleep(max(0.0, begun + number / self.a_second - time.monotonic()))
                if number % EVERY == EVERY - 1:
                    self._make(Case, f"Case {number}", self.cases, self._store_case)
                else:
                    self._make(Contact, f"Contact {number}", self.made, self._store)
        except Exception as error:
            self.problem = repr(error)
            raise

    def _make(
        self, model: type[Contact] | type[Case], subject: str, made: dict[str, int], store: Callable[[str], int]
    ) -> None:
        while True:
            try:
                pk = model.objects.filter(subject=subject).values_list("pk", flat=True).first()
                made[subject] = pk if pk is not None else store(subject)
            except (DatabaseError, InterfaceError):
                forget_connections()
                time.sleep(0.05)
            else:
                return

    def _store(self, subject: str) -> int:
        return store_contact(
            subject,
            channel=self.chance.choice(("email", "email", "chat")),
            priority=self.chance.choice((0, 0, 0, 1, 2)),
            team=self.chance.choice([*self.teams, None]),
        )

    def _store_case(self, subject: str) -> int:
        return store_case(subject, priority=self.chance.choice((0, 0, 1)), team=self.chance.choice(self.teams))


class Probe:
    """
    A queue of its own with somebody who always has room and is given work without being asked: what arrives there after the router was
    killed waits for the next router, and for nothing else.
    """

    def __init__(self, team: int, person: int) -> None:
        self.team, self.person = team, person
        self.pauses: list[float] = []

    def prepare(self) -> None:
        """Their room, and the plan of their queue."""
        queue = queue_for_team(self.team)
        number = queue.plan + 1
        settings = {"accepts_itself": True}
        QueuePlan.objects.create(
            queue=queue, number=number, settings=settings, published_at=timezone.now(), published_by_name="Probe"
        )
        Queue.objects.filter(pk=queue.pk).update(plan=number)
        ensure_seats([self.person], timezone.now())
        Seat.objects.filter(pk=self.person).update(capacity=30_000)

    def measure(self, killed_at: float, most: float = 60.0) -> None:
        """
        Note how many seconds after the kill (on the monotonic clock) something that arrives is given. Where the database was killed
        shortly before and nothing can arrive yet, they are counted from its arrival.
        """
        subject, begun, since = f"Probe {len(self.pauses)}", time.monotonic(), killed_at
        while time.monotonic() < killed_at + most:
            try:
                if not Contact.objects.filter(subject=subject).exists():
                    store_contact(subject, channel="chat", team=self.team, priority=2)
                    if time.monotonic() > begun + ARRIVES_WITHIN:
                        since = time.monotonic()
                item = WorkItem.objects.filter(title=subject).values_list("first_taken_at", flat=True).first()
                if item is not None:
                    break
            except (DatabaseError, InterfaceError):
                forget_connections()
            time.sleep(0.01)
        self.pauses.append(time.monotonic() - since)
