"""
The books under random kills: `python -m tests.resilience.books.run KILLS ACTS SEED`.

Several people do random acts on the same orders, customers and stock at once, each with an idempotency key, against a durable PostgreSQL
of the run's own. A payment provider loses answers and tells of payments and refunds by signed messages, again and again and out of order.
People, whoever asks the provider or takes its messages in, reactors and processes of the database are ended with `kill -9`, the whole
database too; who comes next at a place first asks again for what was not answered. At the end everything is compared, also with what the
provider knows.
"""

import contextlib
import json
import random
import signal
import sys
import time
from collections import Counter
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from typing import TYPE_CHECKING, Any

from onhand.config.postgres import Embedded
from tests.resilience.server import kill_backend, kill_server, own_server

if TYPE_CHECKING:
    from tests.resilience.books.bank import Bank

PARTS = ("person", "person", "person", "person", "provider", "hook", "hook", "reactor")
VICTIMS = {"person": 8, "provider": 2, "hook": 3, "reactor": 2, "backend": 3}
PAUSES = (0.05, 1.0)  # seconds between kills
SETTLES_WITHIN = 60.0


class Scene:
    """The processes of the run, each at its place."""

    def __init__(self, server: Embedded) -> None:
        self.server, self.context = server, get_context("fork")
        self.running: list[ForkProcess] = [self.start(place) for place in range(len(PARTS))]

    def start(self, place: int) -> ForkProcess:
        from tests.resilience.books.parts import begin

        process = self.context.Process(target=begin, args=(PARTS[place], place, self.server.data), daemon=True)
        process.start()
        return process

    def kill(self, victim: str, chance: random.Random) -> bool:
        """Kill one at random; false if there was none of that kind just now."""
        if victim == "database":
            kill_server(self.server)
            return True
        if victim == "backend":
            return kill_backend(self.server, chance)
        place = chance.choice([place for place, part in enumerate(PARTS) if part == victim])
        self.running[place].kill()
        self.running[place].join(10)
        self.running[place] = self.start(place)
        return True

    def answered(self) -> int:
        """How many acts were answered so far."""
        return sum(diary.read_bytes().count(b'"answer"') for diary in self.server.data.glob("diary.*"))

    def stop(self, *parts: str) -> None:
        """Let parts end what they are at, and end."""
        chosen = [process for place, process in enumerate(self.running) if PARTS[place] in parts]
        for process in chosen:
            process.terminate()
        for process in chosen:
            process.join(120)
            if process.is_alive():
                process.kill()
                process.join(10)


def run(kills: int, acts: int, seed: int) -> dict[str, Any]:
    """Do it; what was counted, with `faults` naming everything that is not as it must be."""
    chance, began, killed = random.Random(seed), time.monotonic(), Counter[str]()
    with own_server() as server:
        from tests.resilience.books.bank import Bank  # not before the server's settings are there

        with Bank() as bank:
            make(bank.url)
            scene = Scene(server)
            try:
                while killed.total() < kills or scene.answered() < acts:
                    time.sleep(chance.uniform(*PAUSES))
                    bank.happen(chance)
                    if killed.total() >= kills or scene.answered() * kills < killed.total() * acts:
                        continue  # kills are spread over the acts
                    victim = chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
                    if killed.total() in (kills // 3, 2 * kills // 3) and killed["database"] < 2:
                        victim = "database"
                    killed[victim] += scene.kill(victim, chance)
                found = end(scene, bank, chance)
            finally:
                scene.stop(*PARTS)
    return {"kills": dict(killed), "seed": seed, "seconds": round(time.monotonic() - began, 1), **found}


def end(scene: Scene, bank: "Bank", chance: random.Random) -> dict[str, Any]:
    """Let everything come to its end, and compare."""
    from tests.resilience.books.bank import settle_all, told
    from tests.resilience.books.check import check

    scene.stop("person")
    scene.stop("hook", "provider")
    settle_all(bank, chance)
    settle()
    scene.stop("reactor")
    return check(scene.server.data, bank) | {"provider": told(bank)}


def make(provider: str) -> None:
    """The world, with the address of its payment provider and with nothing left open: what comes next is forked."""
    from onhand.kernel.database import forget_connections
    from onhand.kernel.discovery import load_apps
    from tests.resilience.books.world import make_world

    load_apps()
    make_world(provider)
    forget_connections()


def settle() -> None:
    """Wait until reactions have caught up; what is left after that time is a fault found later."""
    from django.db import DatabaseError, InterfaceError

    from onhand.kernel.database import forget_connections
    from onhand.kernel.models import Delivery

    end = time.monotonic() + SETTLES_WITHIN
    while time.monotonic() < end:
        with contextlib.suppress(DatabaseError, InterfaceError):
            if not Delivery.objects.filter(handled_at=None).exists():
                return
        forget_connections()
        time.sleep(0.2)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    numbers = [int(word) for word in sys.argv[1:]]
    kills, acts, seed = (*numbers, *(12, 300, random.randrange(10**6))[len(numbers) :])
    result = run(kills, acts, seed)
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
