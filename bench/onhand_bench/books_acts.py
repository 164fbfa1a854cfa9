"""
Acts on the books a second (cancel, return, exchange, goodwill with its refund), against the same rows written by plain SQL.

Eight processes each have orders of their own, of customers of their own, for the same goods from the same warehouse, with credit notes of
the same series: what shops share, they share. Through `perform` with permission, locks, decision, ledger, record with its keyed hash,
events; and by hand-written SQL that takes the same locks and writes the same rows in one transaction, one statement a row. Both commit
durably; the turns alternate.
"""

import json
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import Any

from onhand_bench import books_floor, place
from onhand_bench.books_shop import Ready, make_shop, prepare
from onhand_bench.guidelines_in_force import let_give

WORKERS = 8
LONGEST_WAIT = 3600.0  # seconds for the others to be ready
KINDS = ("cancel", "return", "exchange", "goodwill")
TURNS = {False: (4, 40), True: (1, 12)}  # quick? → pairs of turns, orders of each worker in a turn


def measure(quick: bool = False) -> dict[str, Any]:
    """Print the table; `per_second`, `floor_per_second`, `ratio`, `p99_ms`, `deadlocks`."""
    pairs, orders = TURNS[quick]
    with place.database():
        let_give()
        goods = make_shop(WORKERS)
        context = get_context("fork")
        barrier = context.Barrier(WORKERS + 1)
        results: SimpleQueue[list[tuple[float, list[float]]]] = context.SimpleQueue()
        workers = [
            context.Process(target=_worker, args=(seed, goods, pairs, orders, barrier, results), daemon=True)
            for seed in range(WORKERS)
        ]
        for worker in workers:
            worker.start()
        for _turn in range(2 * pairs + 1):
            barrier.wait(LONGEST_WAIT)
        turns = [results.get() for _worker_of in workers]
        if not all(turns):
            raise RuntimeError("a worker failed: what it says is above")
        for worker in workers:
            worker.join(30)
        deadlocks, faults = _afterwards()
    if faults:
        raise RuntimeError(f"the books are wrong: {faults[:3]}")
    return _table(turns, pairs, orders, deadlocks)


def _afterwards() -> tuple[int, list[str]]:
    """How many deadlocks the database met, and what is wrong with the books of the orders acts were done on."""
    from django.db import connection

    from onhand.ledger.checks import journals_that_do_not_balance

    with connection.cursor() as cursor:
        cursor.execute("select deadlocks from pg_stat_database where datname = current_database()")
        found = int(cursor.fetchone()[0])
    return found, list(journals_that_do_not_balance())


def _worker(
    seed: int,
    goods: list[int],
    pairs: int,
    orders: int,
    barrier: Barrier,
    results: "SimpleQueue[list[tuple[float, list[float]]]]",
) -> None:
    """Orders are made first; then a turn of acts and one of plain SQL, each on as many of them."""
    try:
        results.put(_turns(seed, goods, pairs, orders, barrier))
    except BaseException:
        results.put([])
        barrier.abort()  # nobody waits for who is gone
        raise
    os._exit(0)  # nothing of the parent's is to be tidied up here


def _turns(seed: int, goods: list[int], pairs: int, orders: int, barrier: Barrier) -> list[tuple[float, list[float]]]:
    ready = prepare(seed, goods, 2 * pairs * orders, KINDS)
    act, floor = _acting(), books_floor.writing()
    turns = []
    barrier.wait(LONGEST_WAIT)
    for turn in range(2 * pairs):
        one = act if turn % 2 == 0 else floor
        mine = ready[turn * orders : (turn + 1) * orders]
        random.Random(seed).shuffle(mine)
        barrier.wait(LONGEST_WAIT)
        taken = []
        begun = time.perf_counter()
        for order in mine:
            before = time.perf_counter()
            one(order)
            taken.append((time.perf_counter() - before) * 1000)
        turns.append((time.perf_counter() - begun, taken))
    return turns


def _acting() -> Callable[[Ready], None]:
    from onhand.kernel.actor import Actor, ActorKind, Visibility
    from onhand.kernel.perform import perform
    from onhand.kernel.permissions import all_permissions

    permissions = frozenset(p.name for p in all_permissions())
    actor = Actor(ActorKind.PERSON, 1, "Ana Prieto", "representative", permissions, Visibility.ALL)

    def act(order: Ready) -> None:
        row = {"line": order.line_id, "pieces": 1}
        acts: dict[str, tuple[str, dict[str, Any]]] = {
            "cancel": ("cancel_order", {"reason": "other"}),
            "return": ("return_lines", {"rows": [row], "reason": "other"}),
            "exchange": (
                "exchange_lines",
                {"rows": [row | {"variant": order.other_id}], "reason": "other", "method": order.method_id},
            ),
            "goodwill": ("add_goodwill", {"amount": {"minor": 500, "currency": "EUR"}, "reason": "Late"}),
        }
        name, arguments = acts[order.kind]
        perform(f"orders.{name}", actor=actor, subject_id=order.order_id, arguments=arguments, at=datetime.now(UTC))

    return act


def _table(turns: list[list[tuple[float, list[float]]]], pairs: int, orders: int, deadlocks: int) -> dict[str, Any]:
    """`turns[worker][turn]` holds seconds and milliseconds of each; even turns are acts, odd ones plain SQL."""
    rates = [
        sum(len(worker[turn][1]) for worker in turns) / max(worker[turn][0] for worker in turns)
        for turn in range(2 * pairs)
    ]
    acts, floors = rates[0::2], rates[1::2]
    ratio = median(act / floor for act, floor in zip(acts, floors, strict=True))
    done = WORKERS * pairs * orders
    print(f"{WORKERS} workers, {done:,} acts, as many by plain SQL ({', '.join(KINDS)}), durable commits")
    print(f"{'':12}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}")
    p99 = {}
    for name, parity, rate in (("acts", 0, median(acts)), ("plain SQL", 1, median(floors))):
        taken = sorted(ms for worker in turns for turn in range(parity, 2 * pairs, 2) for ms in worker[turn][1])
        p99[name] = taken[int(len(taken) * 0.99)]
        print(f"{name:12}{rate:12,.1f}{taken[len(taken) // 2]:10.2f}{p99[name]:10.2f}")
    print(f"ratio, median of the pairs: {ratio:.2f}; deadlocks: {deadlocks}")
    return {
        "per_second": round(median(acts), 1),
        "floor_per_second": round(median(floors), 1),
        "ratio": round(ratio, 3),
        "p99_ms": round(p99["acts"], 2),
        "deadlocks": deadlocks,
    }


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(quick="--quick" in sys.argv)))
