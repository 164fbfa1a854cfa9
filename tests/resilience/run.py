"""
A load of acts under random kills: `python -m tests.resilience.run 200`.

Writers, reactors, a sealer and a durable PostgreSQL of the run's own; a random one of them, one of its server processes or the
postmaster is ended with `kill -9`, again and again, and started again. At the end everything is compared.
"""

import json
import random
import signal
import sys
import time
from collections import Counter
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from typing import Any

from onhand.config.postgres import Embedded
from tests.resilience.server import kill_backend, kill_server, own_server

PARTS = ("writer", "writer", "writer", "reactor", "reactor", "sealer")
VICTIMS = {"writer": 8, "reactor": 5, "sealer": 3, "backend": 3, "postmaster": 1}
CUSTOMERS = 12
PAUSES = (0.05, 0.5)  # seconds between kills


class Scene:
    """The processes of the run."""

    def __init__(self, server: Embedded, customers: list[int]) -> None:
        self.server = server
        self.customers = customers
        self.context = get_context("fork")
        self.running: list[tuple[str, ForkProcess]] = [(part, self.start(part)) for part in PARTS]

    def start(self, part: str) -> ForkProcess:
        from tests.resilience.parts import begin

        process = self.context.Process(target=begin, args=(part, self.server.data, self.customers), daemon=True)
        process.start()
        return process

    def kill(self, victim: str, chance: random.Random) -> bool:
        """Kill one at random; false if there was none of that kind just now."""
        if victim == "postmaster":
            kill_server(self.server)
            return True
        if victim == "backend":
            return kill_backend(self.server, chance)
        index = chance.choice([i for i, (part, _process) in enumerate(self.running) if part == victim])
        process = self.running[index][1]
        process.kill()
        process.join(10)
        self.running[index] = (victim, self.start(victim))
        return True

    def wait_for_work(self, seconds: float) -> None:
        """Wait until something is acknowledged again, so that every kill meets a load."""
        before, end = self.written(), time.monotonic() + seconds
        while self.written() == before and time.monotonic() < end:
            time.sleep(0.02)

    def written(self) -> int:
        return sum(diary.read_bytes().count(b"done") for diary in self.server.data.glob("diary.*"))

    def stop(self, *parts: str) -> None:
        chosen = [process for part, process in self.running if part in parts]
        for process in chosen:
            process.terminate()
        for process in chosen:
            process.join(30)
            if process.is_alive():
                process.kill()
                process.join(10)


def run(kills: int, seed: int) -> dict[str, Any]:
    """Do it; what was counted, with `faults` naming everything that is not as it must be."""
    chance = random.Random(seed)
    began = time.monotonic()
    with own_server() as server:
        scene = Scene(server, make_customers())
        killed: Counter[str] = Counter()
        try:
            time.sleep(1)
            while killed.total() < kills:
                time.sleep(chance.uniform(*PAUSES))
                victim = chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
                killed[victim] += scene.kill(victim, chance)
                scene.wait_for_work(10)
            time.sleep(0.5)
            scene.stop("writer")
            from tests.resilience.verify import verify, wait_until_handled

            wait_until_handled(90)
            scene.stop("reactor", "sealer")
            found = verify(server.data, scene.customers)
        finally:
            scene.stop(*PARTS)
    return {"kills": dict(killed), "seed": seed, "seconds": round(time.monotonic() - began, 1), **found}


def make_customers() -> list[int]:
    """The customers acted on, and the table of the order-sensitive handler."""
    from datetime import UTC, datetime

    from django.db import connection

    from onhand.customers.enums import CustomerKind
    from onhand.customers.operations import new_customer
    from onhand.kernel.database import forget_connections
    from tests.resilience import parts

    with connection.cursor() as cursor:
        cursor.execute(parts.SEEN)
    at = datetime(2026, 11, 21, tzinfo=UTC)
    made = [new_customer(name=f"C{n}", kind=CustomerKind.PERSON, language="en", at=at) for n in range(CUSTOMERS)]
    forget_connections()
    return [customer.pk for customer in made]


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    result = run(kills, int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
