"""
Finding a customer by what was typed: how long, and how often among the first ten, against pg_trgm where a server has it.

A million customers of the demo (`--quick`: 50,000) on the server of `DATABASE_URL`, else an embedded one. Queries are full names of
customers drawn at random: as they are, with one error, with two (one in each of two words, or two in a long one); and beginnings as
they are typed, numbers, e-mail addresses and references, which count for the times only. A customer of the very same name counts as
found. pg_trgm ranks `word_similarity` over the same names, with a GIN index, on the same server in turns with ours.
"""

import contextlib
import os
import random
import string
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from onhand_bench import place

CUSTOMERS = {False: 1_000_000, True: 50_000}
QUERIES = {False: 400, True: 150}  # of each kind
SHOWN = 10
KEPT = "ONHAND_BENCH_DATA"  # a data folder with a demo company to be measured as it is
_TRGM = """
select name from customers_customer where name_folded %%> %s order by name_folded <->> %s limit 10
"""


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `p50_ms`, `p99_ms` and the recalls."""
    with _company(CUSTOMERS[quick]) as count:
        names, others = _people(QUERIES[quick])
        kinds = {
            "exact": [(name, name) for name in names],
            "one_typo": [(_with_errors(name, 1, number), name) for number, name in enumerate(names)],
            "two_typos": [(_with_errors(name, 2, number), name) for number, name in enumerate(names)],
        }
        ours = _ask(_find, kinds, others)
        theirs = _ask(_trgm, {kind: asked[:60] for kind, asked in kinds.items()}, []) if _make_trgm() else None
    return _table(count, ours, theirs)


@contextlib.contextmanager
def _company(customers: int) -> Iterator[int]:
    """Django on a database with at least so many customers; how many."""
    with _database():
        from onhand.customers.demo.loading import load_company
        from onhand.customers.models import Customer

        count = Customer.objects.count()
        if count == 0:
            at = datetime(2026, 11, 1, tzinfo=UTC)
            begun = time.monotonic()
            written = load_company(customers=customers, seed=1912, at=at, only=("customers",))
            rows, seconds = sum(written.values()), time.monotonic() - begun
            print(f"loaded {rows:,} rows in {seconds:.0f} s, {rows / seconds:,.0f} a second", flush=True)
            count = customers
        yield count


@contextlib.contextmanager
def _database() -> Iterator[None]:
    from onhand.config import migrations, session
    from onhand.config.environment import environment

    if KEPT in os.environ:
        os.environ["ONHAND_DATA"] = os.environ[KEPT]
    elif "DATABASE_URL" not in os.environ:
        with place.database():
            yield
        return
    os.environ["ONHAND_LOG_LEVEL"] = "error"
    with session.database_for_django(environment()):
        migrations.apply()
        yield


def _people(many: int) -> tuple[list[str], list[str]]:
    """Names of customers drawn at random, and other things typed to find somebody."""
    from onhand.customers.models import Customer, Identity

    chance = random.Random(7)
    ids = list(Customer.objects.filter(kind="person").order_by("pk").values_list("pk", flat=True))
    drawn = chance.sample(ids, many)
    rows = Customer.objects.in_bulk(drawn)
    names = [rows[pk].name for pk in drawn]
    identities = list(Identity.objects.filter(customer__in=drawn).order_by("pk").values_list("kind", "value"))
    others = [name[: chance.randrange(1, len(name))] for name in names]
    others += [value if chance.random() < 0.5 else value[-chance.randrange(4, 9) :] for _kind, value in identities]
    others += [rows[pk].reference for pk in drawn[: many // 4]] + [rows[pk].city for pk in drawn[: many // 4]]
    return names, [one for one in others if one.strip()]


def _with_errors(name: str, errors: int, number: int) -> str:
    """The name with so many letters wrong, missing, too many or swapped: in different words, or both in one of seven or more."""
    chance = random.Random(number)
    words = name.split()
    places = [place for place, word in enumerate(words) if len(word) >= 4] or [
        max(range(len(words)), key=lambda p: len(words[p]))
    ]
    long = [place for place in places if len(words[place]) >= 7]
    if errors == 2 and long and (len(places) < 2 or chance.random() < 0.3):
        chosen = [chance.choice(long)] * 2
    else:
        chosen = chance.sample(places, min(errors, len(places)))
    for place_ in chosen:
        words[place_] = _wrong(chance, words[place_])
    return " ".join(words)


def _wrong(chance: random.Random, word: str) -> str:
    at = chance.randrange(max(1, len(word) - 1))
    letter = chance.choice(string.ascii_lowercase)
    return chance.choice(
        (
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
        )
    )


def _find() -> Callable[[str], list[str]]:
    from onhand.customers.finding.find import find_customers
    from onhand.kernel.actor import Actor, ActorKind, Visibility
    from onhand.kernel.permissions import all_permissions

    permissions = frozenset(p.name for p in all_permissions())
    actor = Actor(ActorKind.PERSON, 1, "Ana Prieto", "representative", permissions, Visibility.ALL)
    return lambda typed: [one.name for one in find_customers(actor, typed).customers[:SHOWN]]


def _make_trgm() -> bool:
    """Names folded in a column of their own under a trigram index; False where the server has no pg_trgm."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_available_extensions where name = 'pg_trgm'")
        if cursor.fetchone() is None:
            return False
        cursor.execute("create extension if not exists pg_trgm")
        cursor.execute("alter table customers_customer add column if not exists name_folded text")
        cursor.execute("update customers_customer set name_folded = split_part(search_text, ' @', 1)")
        cursor.execute(
            "create index if not exists bench_trgm on customers_customer using gin (name_folded gin_trgm_ops)"
        )
        cursor.execute("set pg_trgm.word_similarity_threshold = 0.45")
    return True


def _trgm() -> Callable[[str], list[str]]:
    from django.db import connection

    from onhand.customers.finding.words import fold

    def find(typed: str) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(_TRGM, [fold(typed), fold(typed)])
            return [name for (name,) in cursor.fetchall()]

    return find


Asked = Mapping[str, Sequence[tuple[str, str]]]


def _ask(make: Callable[[], Callable[[str], list[str]]], kinds: Asked, others: Sequence[str]) -> dict[str, float]:
    find = make()
    for typed, _wanted in [one for asked in kinds.values() for one in asked[:10]]:
        find(typed)
    taken: list[float] = []
    figures: dict[str, float] = {}
    for kind, asked in kinds.items():
        hits = 0
        for typed, wanted in asked:
            begun = time.perf_counter()
            found = find(typed)
            taken.append((time.perf_counter() - begun) * 1000)
            hits += wanted in found
        figures[f"recall_{kind}"] = round(hits / len(asked), 3)
    for typed in others:
        begun = time.perf_counter()
        find(typed)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    figures |= {"p50_ms": round(taken[len(taken) // 2], 1), "p99_ms": round(taken[int(len(taken) * 0.99)], 1)}
    return figures


def _table(count: int, ours: dict[str, float], theirs: dict[str, float] | None) -> dict[str, Any]:
    print(f"{count:,} customers; among the first {SHOWN}", flush=True)
    columns = ("p50_ms", "p99_ms", "recall_exact", "recall_one_typo", "recall_two_typos")
    for name, figures in (("onhand", ours), ("pg_trgm", theirs)):
        shown = "not on this server" if figures is None else "  ".join(f"{c} {figures[c]:g}" for c in columns)
        print(f"{name:<8} {shown}", flush=True)
    result: dict[str, Any] = {column: ours[column] for column in columns} | {"customers": count}
    return result | ({f"trgm_{column}": theirs[column] for column in columns} if theirs else {})
