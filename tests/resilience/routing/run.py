"""
A load of work under random kills: `python -m tests.resilience.routing.run 200 3000`.

Contacts in writing arrive, the whole product gives them out, and representatives accept, pass, put aside and finish over REST, go home
and come back. The router, web, jobs, the database's processes and the database itself are ended with `kill -9` meanwhile. At the end
everything is compared: what arrived, what was acknowledged, what is stored, and the decisions one after the other.
"""

import contextlib
import json
import random
import signal
import sys
import time
from collections import Counter
from typing import Any

from tests.config.conftest import reachable_folder
from tests.config.group import Running
from tests.resilience.mail.run import STARTED_WITHIN, django_on, kill

VICTIMS = {"router": 10, "web": 3, "jobs": 1, "backend": 4, "database": 1}
PAUSES = (0.3, 2.0)  # seconds between a kill and the next, once the part is there again
WORKERS = 5
A_SECOND = 12.0


def make_company() -> tuple[list[int], list[tuple[int, str]]]:
    """Three teams, and representatives with their tokens: of the first two teams together, and at the end one of the third."""
    from tests.factories.callers import make_representative, make_token
    from tests.factories.staff import make_site, make_team

    site = make_site()
    teams = [make_team(site), make_team(site), make_team(site)]
    people = []
    for number in range(WORKERS + 1):
        person = make_representative(f"worker{number}@company.example")
        person.teams.set(teams[:2] if number < WORKERS else teams[2:])
        people.append((person.pk, make_token(person)))
    return [team.pk for team in teams], people


def run(kills: int, contacts: int, seed: int) -> dict[str, Any]:
    """Do it; what was counted, with `faults` naming everything that is not as it must be."""
    chance, began, killed = random.Random(seed), time.monotonic(), Counter[str]()
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(reachable_folder())
        group = Running(place / "data", ONHAND_POSTGRES_DURABLE="true", ONHAND_DEMO="false")
        stack.callback(group.stop)
        group.wait_ready(STARTED_WITHIN)
        stack.enter_context(django_on(group.data))
        from tests.resilience.routing.check import check, wait_until_done
        from tests.resilience.routing.load import Feeder, Probe
        from tests.resilience.routing.people import Done, Worker

        teams, people = make_company()
        done = Done()
        probe = Probe(teams[2], people[-1][0])
        probe.prepare()
        feeder = Feeder(total=contacts, a_second=A_SECOND, teams=teams[:2], seed=seed)
        workers = [Worker(group.port, person, token, done, seed + person) for person, token in people]
        workers[-1].steady.set()
        for thread in (feeder, *workers):
            thread.start()
        while killed.total() < kills:
            time.sleep(chance.uniform(*PAUSES))
            victim = chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
            at = time.monotonic()
            was_killed = kill(group, victim, chance)
            killed[victim] += was_killed
            if victim == "router" and was_killed:
                probe.measure(at)
        feeder.join(60 + contacts)
        for one in workers:
            one.steady.set()
        wait_until_done(feeder, seconds=60 + contacts / 5)
        for one in workers:
            one.stop.set()
        for one in workers:
            one.join(60)
        found = check(feeder, done, probe.pauses)
        if feeder.problem:
            found["faults"].append(f"the feeder stopped: {feeder.problem}")
        if found["faults"]:
            sys.stderr.write(group.said()[-4000:])
    return {"kills": dict(killed), "seed": seed, "seconds": round(time.monotonic() - began, 1), **found}


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    numbers = [int(word) for word in sys.argv[1:]]
    kills, contacts, seed = (*numbers, *(10, 300, random.randrange(10**6))[len(numbers) :])
    result = run(kills, contacts, seed)
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
