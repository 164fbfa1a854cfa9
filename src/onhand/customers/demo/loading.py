"""
Loading a demo company of any size: blocks of customers, made by every source, written by COPY.

Large loads take the tables' further indexes and foreign keys down before and build them anew afterwards, which is several times
faster; all in one transaction, so that a load that is interrupted leaves everything as it was. Meanwhile nobody else uses the tables.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from random import Random
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from onhand.customers.demo.sources import (
    BLOCK,
    Calendar,
    DemoBlock,
    DemoCompany,
    DemoPerson,
    DemoSource,
    DemoTable,
    demo_sources,
)
from onhand.customers.finding.vocabulary import rebuild_vocabulary
from onhand.staff.models import Representative, Team

LARGE = 10_000  # customers from which on indexes are taken down
Progress = Callable[[str, int, int], None]  # what is being done, how much of how much


def load_company(
    *, customers: int, seed: int, at: datetime, progress: Progress | None = None, only: Sequence[str] = ()
) -> dict[str, int]:
    """
    Make a company of so many customers; rows written by table. `only` names the sources asked, all if none. To be called outside of a
    transaction.
    """
    tell = progress or (lambda _what, _done, _all: None)
    load_sources()
    sources = [source for source in demo_sources() if not only or source.name in only]
    tables = {source.name: list(source.tables()) for source in sources}
    every = [table for source in sources for table in tables[source.name]]
    written = {table.name: 0 for table in every}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("set local synchronous_commit = off")
        cursor.execute("set local lock_timeout = 0")
        cursor.execute("set local idle_in_transaction_session_timeout = 0")
        company = _company(customers, seed, at, sources)
        calendar = Calendar(at)
        first_ids = {table.name: _next_id(table) for table in every}
        direct = connection.connection
        writing: Future[None] | None = None
        # The server takes in one block while the next is made.
        with _without_indexes(every if customers >= LARGE else [], tell), ThreadPoolExecutor(1) as writer:
            blocks = (customers + BLOCK - 1) // BLOCK
            tell("customers", 0, customers)
            for number in range(blocks):
                size = min(BLOCK, customers - number * BLOCK)
                made = _make_block(number, size, sources, company, calendar, first_ids)
                if writing:
                    writing.result()
                writing = writer.submit(_write, direct, {table.name: table for table in every}, made)
                for name, lines in made.items():
                    written[name] += len(lines)
                tell("customers", number * BLOCK + size, customers)
            if writing:
                writing.result()
        _set_sequences(every, sources, company, blocks)
        tell("vocabulary", 0, 1)
        rebuild_vocabulary()
        tell("vocabulary", 1, 1)
    with connection.cursor() as cursor:
        for place, table in enumerate([*written, "customers_word"]):
            tell("statistics", place + 1, len(written) + 1)
            cursor.execute(f"analyze {table}")
    return written


def load_sources() -> None:
    """Import every app's `demo` module, which registers its source."""
    for app in apps.get_app_configs():
        if app.name.startswith("onhand.") and find_spec(f"{app.name}.demo"):
            import_module(f"{app.name}.demo")


def _company(customers: int, seed: int, at: datetime, sources: Sequence[DemoSource]) -> DemoCompany:
    people = Representative.objects.filter(is_active=True, role__key__in=("representative", "senior"), kind="person")
    staff: dict[int, list[DemoPerson]] = {}
    for person in people.prefetch_related("teams").order_by("pk"):
        for team in person.teams.all():
            staff.setdefault(team.pk, []).append(DemoPerson(person.pk, person.name))
    teams = [
        (team.pk, team.site_id, f"{team.name} {team.site.name}")
        for team in Team.objects.select_related("site").order_by("pk")
    ]
    references = {}
    with connection.cursor() as cursor:
        for source in sources:
            for sequence in source.references:
                cursor.execute(f"select case when is_called then last_value + 1 else last_value end from {sequence}")  # noqa: S608
                references[sequence] = int(cursor.fetchone()[0])
    things = {name: pk for source in sources for name, pk in source.prepare().items()}
    return DemoCompany(customers, seed, at, staff, teams, references, things)


def _make_block(
    number: int,
    size: int,
    sources: Iterable[DemoSource],
    company: DemoCompany,
    calendar: Calendar,
    first_ids: Mapping[str, int],
) -> dict[str, list[str]]:
    block = DemoBlock(number, size, Random(), calendar, company, first_ids=first_ids)  # noqa: S311  (no secrets)
    for source in sources:
        block.chance = Random(f"{company.seed} {source.name} {number}")  # noqa: S311  (the same company everywhere)
        source.make(block)
    return block.lines


def _write(direct: Any, tables: Mapping[str, DemoTable], lines: Mapping[str, Sequence[str]]) -> None:
    """Write a block on a connection of the driver's own, which may be used in this thread."""
    with direct.cursor() as cursor:
        for name, rows in lines.items():
            columns = ", ".join(map(str, tables[name].columns))
            with cursor.copy(f"copy {name} ({columns}) from stdin") as copy:
                copy.write("".join(rows))


def _next_id(table: DemoTable) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_serial_sequence(%s, 'id')", [table.name])
        sequence = cursor.fetchone()[0]
        cursor.execute(f"select case when is_called then last_value + 1 else last_value end from {sequence}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _set_sequences(
    tables: Iterable[DemoTable], sources: Iterable[DemoSource], company: DemoCompany, blocks: int
) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"select setval(pg_get_serial_sequence(%s, 'id'), greatest(max(id), 1), max(id) is not null) from {table.name}",  # noqa: S608
                [table.name],
            )
        for source in sources:
            for sequence, taken in source.references.items():
                cursor.execute(
                    "select setval(%s, %s, false)", [sequence, company.references[sequence] + blocks * taken]
                )


_INDEXES = """
select quote_ident(c.relname), pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = any(%s::regclass[]) and not i.indisprimary
  and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('u', 'p', 'x'))
order by c.relname
"""
_CONSTRAINTS = """
select k.conrelid::regclass::text, quote_ident(k.conname), pg_get_constraintdef(k.oid) from pg_constraint k
where k.conrelid = any(%s::regclass[]) and k.contype in ('u', 'f') order by k.contype desc, k.conname
"""


@contextmanager
def _without_indexes(tables: Sequence[DemoTable], tell: Progress) -> Iterator[None]:
    names = [table.name for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [names])
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, [names])
        indexes = cursor.fetchall()
        for table, name, _definition in constraints:
            cursor.execute(f"alter table {table} drop constraint {name}")
        for name, _definition in indexes:
            cursor.execute(f"drop index {name}")
    yield
    if not names:
        return
    with connection.cursor() as cursor:
        cursor.execute("set local maintenance_work_mem = '512MB'")
        steps = [definition for _name, definition in indexes]
        steps += [f"alter table {table} add constraint {name} {text}" for table, name, text in constraints]
        for place, statement in enumerate(steps):
            tell("indexes", place, len(steps))
            cursor.execute(statement)
        tell("indexes", len(steps), len(steps))
