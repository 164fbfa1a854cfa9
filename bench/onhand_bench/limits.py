"""
Limits that add up, under sixteen parallel workers: gifts a second with them against the same gifts without, and whether one is exceeded.

Each act gives one customer a credit. The limits add up over the customer, the representative (one a worker), a team of all and the whole
company, so that what is counted for team and company is one row everybody wants. The turns with and without alternate. At the end all
workers run against a limit of the company that fits a third of what they try.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import Any

from onhand_bench import place

WORKERS = 16
TURNS = {False: (6, 40), True: (2, 15)}  # quick? → pairs of turns, acts of each worker in a turn
AMOUNT = 500  # cents
PERIODS = (("customer", 90), ("representative", 1), ("team", 30), ("company", 30))


def measure(quick: bool = False) -> dict[str, Any]:
    """Print the table; `ratio` (with limits / without), `exceeded` (minor units beyond a limit), `per_second`."""
    pairs, acts = TURNS[quick]
    with place.database():
        actor, team = _company()
        customers = customers_of(WORKERS * acts)
        context = get_context("fork")
        barrier = context.Barrier(WORKERS + 1)
        results: SimpleQueue[list[tuple[float, int]]] = context.SimpleQueue()
        given = (actor, team, customers, 2 * pairs + 1, barrier, results)
        workers = [context.Process(target=_worker, args=(number, *given), daemon=True) for number in range(WORKERS)]
        for worker in workers:
            worker.start()
        for turn in range(2 * pairs):
            with _limits(actor, turn % 2 == 1):
                barrier.wait(300)
                barrier.wait(300)
        third = WORKERS * acts // 3 * AMOUNT
        exceeded = _tight(actor, third, barrier)
        turns = [results.get() for _worker_of in workers]
        if not all(turns):
            raise RuntimeError("a worker failed: what it says is above")
    return _table(turns, pairs, acts, exceeded)


def _company() -> tuple[Any, int]:
    """An actor who may everything, and the team of all; a guideline lets them give."""
    from onhand.guidelines.documents import Document
    from onhand.guidelines.graphs import Decision, Graph
    from onhand.guidelines.publishing import publish_for_company
    from onhand.guidelines.tables import Output, Rule, Table
    from onhand.staff.models import Site, Team

    table = Table("Answer", (), (Output("answer", type="string"),), (Rule((), ('"allow"',)),))
    graph = Graph("Giving", (), (Decision("Answer", table),))
    publish_for_company("Giving", Document(("invoicing.give_goodwill",), graph, "Answer"), at=datetime.now(UTC))
    team = Team.objects.create(name="All", site=Site.objects.create(name="Here"))
    return everybody(), team.pk


def everybody() -> Any:
    """An actor with every permission."""
    from onhand.kernel.actor import Actor, ActorKind, Visibility
    from onhand.kernel.permissions import all_permissions

    permissions = frozenset(one.name for one in all_permissions())
    return Actor(ActorKind.PERSON, 1, "Ana Prieto", "representative", permissions, Visibility.ALL)


def give(actor: Any, customer: int) -> None:
    """Give a customer something."""
    from onhand.kernel.perform import perform

    arguments = {"amount": _euro(AMOUNT), "reason": "A long wait"}
    perform("invoicing.give_goodwill", actor=actor, arguments=arguments, at=datetime.now(UTC), subject_id=customer)


def customers_of(count: int) -> list[int]:
    """So many customers. The connection is let go of: workers are forked next."""
    from django.db import connection

    from onhand.customers.models import Customer
    from onhand.kernel.database import forget_connections

    now = datetime.now(UTC)
    given = {"kind": "person", "language": "en", "time_zone": "UTC", "customer_since": now.date(), "created_at": now}
    made = [Customer(reference=f"B{number}", name=f"Customer {number}", **given) for number in range(count)]
    ids = [one.pk for one in Customer.objects.bulk_create(made, batch_size=500)]
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    forget_connections()
    return ids


@contextmanager
def _limits(actor: Any, are_there: bool) -> Iterator[None]:
    from onhand.guidelines.models import Limit
    from onhand.kernel.perform import perform

    if are_there and not Limit.objects.exists():
        for per, days in PERIODS:
            given = {"name": per, "per": per, "period": "days", "days": days, "most": _euro(10**9), "beyond": "refuse"}
            perform("guidelines.add_limit", actor=actor, arguments=given, at=datetime.now(UTC))
    elif Limit.objects.exists():
        act = "renew_limit" if are_there else "end_limit"
        for pk in Limit.objects.exclude(is_active=are_there).values_list("pk", flat=True):
            perform(f"guidelines.{act}", actor=actor, arguments={}, at=datetime.now(UTC), subject_id=pk)
    yield


def _tight(actor: Any, most: int, barrier: Barrier) -> int:
    """Let all run against a limit of the company; by how much what was given is above it."""
    from django.db.models import Sum

    from onhand.guidelines.models import Given, Limit
    from onhand.kernel.perform import perform

    before = Given.objects.aggregate(sum=Sum("minor"))["sum"]
    Limit.objects.update(is_active=False)
    given = {"name": "Tight", "per": "company", "period": "days", "days": 30, "most": _euro(before + most)}
    perform("guidelines.add_limit", actor=actor, arguments=given | {"beyond": "refuse"}, at=datetime.now(UTC))
    barrier.wait(300)
    barrier.wait(300)
    after = int(Given.objects.aggregate(sum=Sum("minor"))["sum"])
    if after - before < most - AMOUNT:
        raise RuntimeError(f"of {most} only {after - before} were given")
    beyond: int = max(0, after - before - most)
    return beyond


def _euro(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "EUR"}


def _worker(
    number: int,
    actor: Any,
    team: int,
    customers: list[int],
    turns: int,
    barrier: Barrier,
    results: "SimpleQueue[list[tuple[float, int]]]",
) -> None:
    try:
        own = replace(actor, id=number + 1, team_ids=frozenset({team}))
        results.put([_turn(own, customers[number::WORKERS], barrier) for _number in range(turns)])
    except BaseException:
        results.put([])
        barrier.abort()
        raise
    os._exit(0)


def _turn(actor: Any, customers: list[int], barrier: Barrier) -> tuple[float, int]:
    """Give each of them something: seconds, and how many were given."""
    from onhand.kernel.decisions import Refused

    barrier.wait(300)
    begun, done = time.perf_counter(), 0
    for customer in customers:
        try:
            give(actor, customer)
            done += 1
        except Refused:
            pass
    taken = time.perf_counter() - begun
    barrier.wait(300)
    return taken, done


def _table(turns: list[list[tuple[float, int]]], pairs: int, acts: int, exceeded: int) -> dict[str, Any]:
    rates = [
        sum(worker[turn][1] for worker in turns) / max(worker[turn][0] for worker in turns) for turn in range(2 * pairs)
    ]
    without, within = rates[0::2], rates[1::2]
    ratio = median(one / other for one, other in zip(within, without, strict=True))
    print(f"{WORKERS} workers, {pairs} pairs of turns of {WORKERS * acts} gifts, durable commits")
    print(f"without limits      {median(without):10,.1f} a second")
    print(f"with four limits    {median(within):10,.1f} a second   ratio {ratio:.2f} (aim: above 0.5)")
    print(f"beyond a tight limit of the company: {exceeded / 100:.2f} (must be 0)")
    return {
        "ratio": round(ratio, 3),
        "exceeded": exceeded,
        "per_second": round(median(within), 1),
        "floor_per_second": round(median(without), 1),
    }
