"""Giving out work: committed decisions a second, and the time from somebody becoming free, or work arriving, to the committed offer."""

import json
import statistics
import subprocess
import sys
import threading
import time
from typing import Any

from onhand_bench import place, router_company
from onhand_bench.router_company import ARRIVAL, QUIET, SKILLS, Company

SIZES = {"small": Company(1_000, 1_000), "middle": Company(10_000, 10_000), "large": Company(50_000, 100_000)}
PER_SECOND = {"small": 50, "middle": 100, "large": 100}
SECONDS, QUICK_SECONDS = 12, 4
FLOOR_SECONDS, FLOOR_CLIENTS = 2.0, (1, 4)
FLOOR = "update onhand_bench_floor set value = value + 1 where id = %s"
_FREE = """
update routing_workitem set state = 'ended', state_since = now(), holder_id = null, units = 0, offer_until = null, ended_at = now(),
  ended_why = 'done' where id = (select id from routing_workitem where holder_id = %s and state = 'offered' order by id limit 1)
  returning id
"""
_FULL = """
select representative_id from routing_seat s where load > capacity - 3 and state = 'available' and not exists (
  select 1 from staff_representative_teams t join staff_team m on m.id = t.team_id
  where t.representative_id = s.representative_id and m.name = %s) order by hashint8(representative_id) limit %s
"""


def measure(*, quick: bool, size: str = "middle") -> dict[str, Any]:
    """Measure one size: small (1,000 people, 1,000 waiting), middle (10,000, 10,000) or large (50,000, 100,000); small with `quick`."""
    size = "small" if quick else size
    company = SIZES[size]
    with place.database({"max_connections": "60"}):
        router_company.make(company)
        floor = _floor()
        found = _lead(company, PER_SECOND[size], QUICK_SECONDS if quick else SECONDS)
    ratio = found["decisions_per_second"] / floor
    figures = {"size": size, "people": company.people, "waiting": company.items} | found
    figures |= {"floor_per_second": round(floor), "ratio": round(ratio, 2)}
    for name, value in figures.items():
        print(f"{name:28} {value:>12}")
    return figures


def _floor() -> float:
    """Plain commits a second on the same database: the most of one client and of four."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("create table onhand_bench_floor (id int primary key, value int not null)")
        cursor.execute("insert into onhand_bench_floor select n, 0 from generate_series(1, 100) n")
    return max(_commits(clients) for clients in FLOOR_CLIENTS)


def _commits(clients: int) -> float:
    import psycopg

    from onhand.kernel.database import connection_parameters

    counts = [0] * clients
    end = time.monotonic() + FLOOR_SECONDS

    def commit(number: int) -> None:
        with psycopg.connect(**connection_parameters(), autocommit=True) as session:
            while time.monotonic() < end:
                session.execute(FLOOR, [number + 1], prepare=True)
                counts[number] += 1

    threads = [threading.Thread(target=commit, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / FLOOR_SECONDS


def _lead(company: Company, per_second: int, seconds: int) -> dict[str, Any]:
    """A router in a process of its own gives out what waits; then people become free and work arrives at an even pace."""
    command = [sys.executable, "-m", "onhand_bench.router_leads"]
    leader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert leader.stdin is not None
    assert leader.stdout is not None
    bulk = json.loads(leader.stdout.readline())
    _top_up(company)
    time.sleep(3 + company.items / 4_000)  # what waits anew is read, and given to whoever is left
    freed, arrived = _disturb(per_second, seconds, company.items * 10)
    time.sleep(1.0)
    leader.stdin.close()
    committed = json.loads(leader.stdout.readline())
    leader.wait(60)
    waits = _latencies(freed, arrived, committed)
    if not waits:
        raise RuntimeError("nothing was offered")
    return {
        "decisions": bulk["given"],
        "decisions_per_second": round(bulk["given"] / bulk["seconds"]),
        "busy_us_a_decision": round(bulk["busy_seconds"] / max(1, bulk["given"]) * 1e6),
        "p50_ms": round(statistics.median(waits) * 1000, 1),
        "p99_ms": round(waits[max(0, int(len(waits) * 0.99) - 1)] * 1000, 1),
        "longest_ms": round(waits[-1] * 1000, 1),
        "measured": len(waits),
        "disturbed": len(freed) + len(arrived),
        "per_second": per_second,
        "mb": round(bulk["mb"]),
        "loading_s": round(bulk["loading_seconds"], 1),
    }


def _top_up(company: Company) -> None:
    """Let as much wait again as at the start."""
    from django.db import connection

    given = {"queues": router_company.QUEUES, "quiet": QUIET, "skills": SKILLS}
    first = company.items + 1
    with connection.cursor() as cursor:
        cursor.execute(router_company.ITEMS.format(**given, first=first, last=first + company.items - 1))


def _disturb(per_second: int, seconds: int, first: int) -> tuple[dict[int, float], dict[int, float]]:
    """Half of the time somebody finishes something, half of the time something arrives; by person and by item, when its commit returned."""
    from django.db import connection

    from onhand.kernel.hints import notifier

    freed: dict[int, float] = {}
    arrived: dict[int, float] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FULL, [QUIET, per_second * seconds])
        full = [row[0] for row in cursor.fetchall()]
        begun = time.monotonic()
        for number in range(per_second * seconds):
            time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
            if number % 2 and full:
                person = full.pop()
                cursor.execute(_FREE, [person])
                (item,) = cursor.fetchone() or (None,)
                if item is not None:
                    freed[person] = time.monotonic()
                    notifier.send([f"route:item:{item}", f"route:seat:{person}"])
            else:
                cursor.execute(ARRIVAL, [first + number, QUIET])
                ((item,),) = cursor.fetchall()
                arrived[item] = time.monotonic()
                notifier.send([f"route:item:{item}"])
    return freed, arrived


def _latencies(freed: dict[int, float], arrived: dict[int, float], committed: list[list[float]]) -> list[float]:
    """Seconds from each commit to that of the offer that followed from it, the shortest first."""
    waits = [moment - arrived[int(item)] for item, _person, moment in committed if int(item) in arrived]
    seen: set[int] = set()
    for _item, number, moment in committed:
        person = int(number)
        if person in freed and person not in seen and moment >= freed[person]:
            seen.add(person)
            waits.append(moment - freed[person])
    return sorted(waits)
