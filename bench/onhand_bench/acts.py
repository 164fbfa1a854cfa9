"""
Acts per second, against the same rows written by plain SQL.

Eight processes change addresses of random customers, in turns of a few seconds: through `perform` (permission, lock, decision,
before and after, record with its keyed hash, event, delivery), and by hand-written SQL that locks the customer, updates it and
inserts the same record, event and delivery in one transaction, one statement a row. Both commit durably. The turns alternate, so
that whatever else the machine does meets both alike.
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

from onhand_bench import place

CLIENTS = 8
CUSTOMERS = 2_000
ACT = "customers.change_address"
TURNS = {False: (8, 5.0), True: (4, 3.0)}  # quick? → pairs of turns, seconds each
CITIES = (("Calle Mayor 1", "28013", "Madrid", "ES"), ("12 High Street", "N1 9GU", "London", "GB"))

_LOCK = "select version from customers_customer where id = %s for no key update"
_CHANGE = """update customers_customer set address_lines = %s, postal_code = %s, city = %s, country = %s, search_text = %s,
version = version + 1 where id = %s"""
_RECORD = """insert into kernel_actrecord (at, actor_kind, actor_id, actor_name, subject_type, subject_id, contact_id, act, actor_role,
  via, case_id, arguments, facts, decision, before, after, idempotency_key, mac)
values (%s, 'person', 1, 'Ana Prieto', 'customer', %s, null, 'customers.change_address', 'representative', 'desk', null, %s, '{}', %s,
  %s, %s, null, %s) returning id"""
_EVENT = """insert into kernel_eventrecord (at, actor_kind, actor_id, actor_name, subject_type, subject_id, contact_id, name, payload,
  record_id, mac) values (%s, 'person', 1, 'Ana Prieto', 'customer', %s, null, 'kernel.act_done', %s, %s, %s) returning id"""
_DELIVERY = "insert into kernel_delivery (event_id, handler, order_key) values (%s, %s, %s)"


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `per_second`, `floor_per_second`, `ratio` and `p99_ms`."""
    pairs, seconds = TURNS[quick]
    with place.database():
        first_id = _make_customers()
        context = get_context("fork")
        barrier = context.Barrier(CLIENTS + 1)
        results: SimpleQueue[list[list[float]]] = context.SimpleQueue()
        clients = [
            context.Process(target=_client, args=(seed, first_id, pairs, seconds, barrier, results), daemon=True)
            for seed in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        for _turn in range(2 * pairs + 2):
            barrier.wait(120)
        turns = [results.get() for _client in clients]
        for client in clients:
            client.join(30)
    return _table(turns, seconds, pairs)


def _make_customers() -> int:
    from django.db import connection

    from onhand.kernel.database import forget_connections

    with connection.cursor() as cursor:
        cursor.execute(
            "insert into customers_customer (version, reference, kind, name, search_text, language, time_zone, address_lines,"
            " postal_code, city, region, country, form_of_address, tax_number, preferred_channel, accessibility_needs,"
            " customer_since, created_at)"
            " select 1, 'B' || n, 'person', 'Customer ' || n, 'customer ' || n, 'en', 'UTC', '', '', '', '', '', '', '', '',"
            " '[]', now(), now() from generate_series(1, %s) n",
            [CUSTOMERS],
        )
        cursor.execute("analyze")
        cursor.execute("select min(id) from customers_customer")
        first = int(cursor.fetchone()[0])
    forget_connections()
    return first


def _client(
    seed: int, first_id: int, pairs: int, seconds: float, barrier: Barrier, results: "SimpleQueue[list[list[float]]]"
) -> None:
    """One client: turns of acts and of plain SQL, the first of each to warm up. Sends the milliseconds of every one back."""
    chance = random.Random(seed)
    act, floor = _acting(), _plain(first_id)
    turns: list[list[float]] = []
    for turn in range(2 * pairs + 2):
        one = act if turn % 2 == 0 else floor
        barrier.wait(120)
        taken: list[float] = []
        end = time.perf_counter() + (seconds if turn > 1 else 1.0)
        now = time.perf_counter()
        while now < end:
            one(first_id + chance.randrange(CUSTOMERS), CITIES[chance.randrange(2)])
            now, before = time.perf_counter(), now
            taken.append((now - before) * 1000)
        turns.append(taken)
    results.put(turns[2:])
    os._exit(0)  # nothing of the parent's is to be tidied up here


def _acting() -> Callable[[int, tuple[str, str, str, str]], None]:
    from onhand.kernel.actor import Actor, ActorKind, Visibility
    from onhand.kernel.perform import perform
    from onhand.kernel.permissions import all_permissions

    permissions = frozenset(p.name for p in all_permissions())
    actor = Actor(ActorKind.PERSON, 1, "Ana Prieto", "representative", permissions, Visibility.ALL)

    def act(customer: int, address: tuple[str, str, str, str]) -> None:
        lines, code, city, country = address
        arguments = {"address_lines": lines, "postal_code": code, "city": city, "country": country}
        perform(ACT, actor=actor, subject_id=customer, arguments=arguments, at=datetime.now(UTC))

    return act


def _plain(first_id: int) -> Callable[[int, tuple[str, str, str, str]], None]:
    import psycopg
    from psycopg.types.json import Jsonb

    from onhand.customers.finding.words import search_text_of
    from onhand.customers.models import Customer
    from onhand.kernel.database import connection_parameters
    from onhand.kernel.events import ActDone, handler_names

    session = psycopg.connect(**connection_parameters())
    handlers = handler_names(ActDone(act=ACT, record_id=1), "customer")
    places = {
        one: search_text_of(
            Customer(**dict(zip(("address_lines", "postal_code", "city", "country"), one, strict=True)))
        )
        for one in CITIES
    }
    decision = Jsonb(
        {
            "answer": "allow",
            "reason": "Your role allows this.",
            "rule": "role-permission",
            "version": "1",
            "may_approve": [],
        }
    )
    mac = bytes(range(32))

    def write(customer: int, address: tuple[str, str, str, str]) -> None:
        at = datetime.now(UTC)
        lines, code, city, country = address
        given = {"address_lines": lines, "postal_code": code, "city": city, "country": country}
        with session.transaction():
            session.execute(_LOCK, [customer])
            session.execute(_CHANGE, [*address, f"customer {customer - first_id + 1} {places[address]}", customer])
            values = [at, customer, Jsonb(given | {"region": ""}), decision, Jsonb(given), Jsonb(given), mac]
            record = session.execute(_RECORD, values).fetchone()
            assert record is not None
            payload = Jsonb({"act": ACT, "record_id": record[0]})
            event = session.execute(_EVENT, [at, customer, payload, record[0], mac]).fetchone()
            assert event is not None
            for handler in handlers:
                session.execute(_DELIVERY, [event[0], handler, f"customer:{customer}"])

    return write


def _table(turns: list[list[list[float]]], seconds: float, pairs: int) -> dict[str, Any]:
    """`turns[client][turn]` holds milliseconds; even turns are acts, odd ones plain SQL."""
    rates = [sum(len(client[turn]) for client in turns) / seconds for turn in range(2 * pairs)]
    acts, floors = rates[0::2], rates[1::2]
    ratio = median(act / floor for act, floor in zip(acts, floors, strict=True))
    print(f"{CLIENTS} clients, {CUSTOMERS:,} customers, {pairs} pairs of turns of {seconds:.0f} s, durable commits")
    print(f"{'':12}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}")
    p99 = {}
    for name, parity, rate in (("acts", 0, median(acts)), ("plain SQL", 1, median(floors))):
        taken = sorted(ms for client in turns for turn in range(parity, 2 * pairs, 2) for ms in client[turn])
        p99[name] = taken[int(len(taken) * 0.99)]
        print(f"{name:12}{rate:12,.0f}{taken[len(taken) // 2]:10.2f}{p99[name]:10.2f}")
    print(f"ratio, median of the pairs: {ratio:.2f}")
    return {
        "per_second": round(median(acts)),
        "floor_per_second": round(median(floors)),
        "ratio": round(ratio, 3),
        "p99_ms": round(p99["acts"], 2),
    }


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(quick="--quick" in sys.argv)))
