"""
A call arrives: the number is recognised and the whole first screen of the file is drawn, over HTTP, by the product's own web process.

The same at two sizes: what a company many times as large costs is the growth, of the slowest one in a hundred answers.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Self

from onhand_bench import place
from onhand_bench.live_desks import web

AIM_P50_MS, AIM_STATEMENTS, AIM_PER_SECOND, AIM_GROWTH = 10, 4, 300, 1.5
SMALL, LARGE = 10_000, 1_000_000
QUICK_SMALL, QUICK_LARGE = 2_000, 50_000
ENTRIES = 10  # timeline entries a customer, on average
PEOPLE = 20
AT_ONCE = 8
PROCESSES = 2  # that answer
WARM, ALONE, TOGETHER = 60, 400, 1_500
QUICK_SHARE = 4  # with `quick` so many times fewer screens are asked for

_CUSTOMERS = """
insert into customers_customer (reference, kind, name, form_of_address, search_text, language, time_zone, tax_number,
  accessibility_needs, preferred_channel, address_lines, postal_code, city, region, country, customer_since, created_at, version)
select 'B-' || n, 'person', 'Customer ' || n, '', 'customer ' || n || ' b-' || n, 'es', 'Europe/Madrid', '',
  '[]', '', 'Calle ' || n, '28013', 'Madrid', 'Madrid', 'ES',
  date '2020-01-01' + (n %% 2000), timestamptz '2020-01-01' + n * interval '1 minute', 1
from generate_series(1, %(count)s) n
"""
_IDENTITIES = """
insert into customers_identity (customer_id, kind, network, value, label, source, confidence, is_shared, created_at)
select c.id, k.kind, '',
  case k.kind when 'telephone' then '+346' || lpad((c.id - %(first)s)::text, 8, '0') else 'c' || c.id || '@bench.example' end,
  '', 'stated', 2, false, c.created_at
from customers_customer c cross join (values ('telephone'), ('email')) as k(kind)
"""
# One customer in a thousand has a very long history.
_MANY = "case when c.id %% 1000 = 0 then {often} * 50 else {often} end"
_CONTACTS = f"""
insert into contacts_contact (customer_id, channel, direction, outside_address, subject, summary, started_at, ended_at, representative_id,
  representative_name, identified_level, identified_how, version, came_to, priority, language, needs_answer)
select c.id, 'telephone', 'inbound', '', 'Question ' || g, 'What was said, in a sentence or two of some length.',
  timestamptz '2021-01-01' + ((c.id * 7919 + g * 104729) %% 2000000) * interval '1 minute',
  timestamptz '2021-01-01' + ((c.id * 7919 + g * 104729) %% 2000000 + 5) * interval '1 minute',
  1, 'Rosa Field', 1, 'questions', 1, '', 0, '', false
from customers_customer c cross join lateral generate_series(1, {_MANY.format(often=5)}) g
"""
_NOTES = f"""
insert into customers_note (customer_id, text, author_name, created_at)
select c.id, 'A note of some length about what the customer said, number ' || g || '.', 'Rosa Field',
  timestamptz '2021-01-01' + ((c.id * 6151 + g * 86243) %% 2000000) * interval '1 minute'
from customers_customer c cross join lateral generate_series(1, {_MANY.format(often=3)}) g
"""
_ACTS = f"""
insert into kernel_actrecord (at, actor_kind, actor_id, actor_name, subject_type, subject_id, mac, act, actor_role,
  via, arguments, facts, decision, before, after)
select timestamptz '2021-01-01' + ((c.id * 3571 + g * 15485863) %% 2000000) * interval '1 minute', 'person', 1, 'Rosa Field',
  'customer', c.id,
  '\\x00', 'customers.change_language', 'representative', 'desk', '{{{{}}}}', '{{{{}}}}',
  '{{{{"answer": "allow", "reason": "Your role allows this.", "rule": "role-permission", "version": 1, "may_approve": []}}}}',
  '{{{{"language": "en"}}}}', '{{{{"language": "es"}}}}'
from customers_customer c cross join lateral generate_series(1, {_MANY.format(often=2)}) g
""".replace("{{", "{").replace("}}", "}")
_CASES = """
insert into contacts_case (reference, customer_id, kind, subject, state, opened_at, due_at, owner_name, version)
select 'K-' || c.id, c.id, 'complaint', 'A lamp that arrived broken', 'open', now() - interval '2 days',
  now() + interval '2 days', 'Rosa Field', 1
from customers_customer c where c.id %% 3 = 0
"""
_PROMISES = """
insert into contacts_promise (customer_id, case_id, text, made_at, made_by_name, due_at)
select k.customer_id, k.id, 'A new lamp is on its way', k.opened_at, 'Rosa Field', k.due_at
from contacts_case k where k.customer_id %% 2 = 0
"""
_FLAGS = """
insert into customers_flag (customer_id, kind, reason, set_by_name, set_at, lifted_by_name)
select c.id, 'vulnerable', 'said so', 'Rosa Field', now(), '' from customers_customer c where c.id %% 20 = 0
"""


@dataclass(frozen=True)
class Sample:
    """One company: how many customers and entries there are, numbers to call from, and sessions to ask with."""

    customers: int
    entries: int
    first_id: int
    sessions: Sequence[str]

    def numbers(self, count: int, seed: int) -> list[str]:
        """Telephone numbers of different customers."""
        chance = random.Random(seed)
        ids = chance.sample(range(self.customers), min(count, self.customers))
        return [f"+346{number:08}" for number in (ids * (count // len(ids) + 1))[:count]]


def fill(customers: int) -> Sample:
    """A company of so many customers, made by the database itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
        cursor.execute(_CUSTOMERS, {"count": customers})
        cursor.execute("select min(id) from customers_customer")
        ((first,),) = cursor.fetchall()
        cursor.execute(_IDENTITIES, {"first": first})
        for sql in (_CONTACTS, _NOTES, _ACTS, _CASES, _PROMISES, _FLAGS):
            cursor.execute(sql, {})
        cursor.execute(
            "select (select count(*) from contacts_contact) + (select count(*) from customers_note)"
            " + (select count(*) from kernel_actrecord)"
        )
        ((entries,),) = cursor.fetchall()
        for table in (
            "customers_customer",
            "customers_identity",
            "contacts_contact",
            "customers_note",
            "kernel_actrecord",
            "contacts_case",
            "contacts_promise",
            "customers_flag",
            "customers_relation",
            "kernel_accessrecord",
        ):
            cursor.execute(f"vacuum analyze {table}")
    return Sample(customers, entries, first, make_sessions())


def make_sessions() -> list[str]:
    """Session keys of people who may see all."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from onhand.kernel.permissions import all_permissions
    from onhand.staff.models import Representative, Role

    now = timezone.now()
    role = Role.objects.create(
        key="bench", name="Bench", permissions=[p.name for p in all_permissions()], visibility="all"
    )
    people = Representative.objects.bulk_create(
        Representative(email=f"p{n}@bench.example", name=f"Person {n}", role=role, joined_at=now) for n in range(PEOPLE)
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    sessions = [
        Session(
            session_key=store._get_new_session_key(),
            session_data=store.encode(
                {
                    "_auth_user_id": str(person.pk),
                    "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
                    "_auth_user_hash": person.get_session_auth_hash(),
                }
            ),
            expire_date=now.replace(year=now.year + 1),
        )
        for person in people
    ]
    Session.objects.bulk_create(sessions)
    return [session.session_key for session in sessions]


class Caller:
    """One connection that asks for one screen after the other."""

    def __init__(self, port: int, session: str) -> None:
        from django.conf import settings

        self.port = port
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session}"

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.writer.close()

    async def pop(self, number: str) -> float:
        """Ask for the screen of a number; milliseconds until its last byte. Raises RuntimeError if it is not the file."""
        began = time.perf_counter()
        self.writer.write(
            f"GET /desk/arrive/?channel=telephone&from=%2B{number[1:]} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Cookie: {self.cookie}\r\n\r\n".encode()
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), None)
        body = await self.reader.readexactly(length) if length is not None else await self._chunks()
        took = (time.perf_counter() - began) * 1000
        if b" 200 " not in head[:20] or b'id="file-head"' not in body:
            raise RuntimeError(f"no file for {number}: {head[:200]!r}")
        return took

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        await self.reader.readline()
        return body


async def observe(port: int, sample: Sample, share: int) -> tuple[list[float], float]:
    """Milliseconds of each answer with one caller at a time, and answers a second with several at once."""
    async with Caller(port, sample.sessions[0]) as one:
        for number in sample.numbers(WARM, 1):
            await one.pop(number)
        alone = [await one.pop(number) for number in sample.numbers(ALONE // share, 2)]
    numbers = iter(sample.numbers(TOGETHER // share, 3))

    async def ask(session: str) -> None:
        async with Caller(port, session) as caller:
            for number in numbers:
                await caller.pop(number)

    began = time.perf_counter()
    await asyncio.gather(*(ask(sample.sessions[n % len(sample.sessions)]) for n in range(AT_ONCE)))
    return sorted(alone), TOGETHER // share / (time.perf_counter() - began)


def count_statements(sample: Sample) -> int:
    """Statements of one screen that nobody has just read, but for BEGIN and COMMIT."""
    import psycopg
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = sample.sessions[1]
    sent: list[str] = []
    really = psycopg.Cursor.execute

    def execute(self: Any, query: Any, *given: Any, **more: Any) -> Any:
        sent.append(str(query))
        return really(self, query, *given, **more)

    first, second = sample.numbers(2, 4)
    host = {"Host": "127.0.0.1"}
    client.get("/desk/arrive/", {"channel": "telephone", "from": first}, headers=host)
    psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    try:
        client.get("/desk/arrive/", {"channel": "telephone", "from": second}, headers=host)
    finally:
        psycopg.Cursor.execute = really  # type: ignore[method-assign]
    return len(sent)


@contextmanager
def company(customers: int) -> Iterator[Sample]:
    """A database with a company of that size."""
    with place.database():
        yield fill(customers)


def measure_one(customers: int, share: int = 1) -> dict[str, Any]:
    """Measure a company of one size."""
    with ExitStack() as stack:
        sample = stack.enter_context(company(customers))
        statements = count_statements(sample)
        _process, port = stack.enter_context(web(PROCESSES))
        alone, per_second = asyncio.run(observe(port, sample, share))
    return {
        "customers": customers,
        "entries": sample.entries,
        "statements": statements,
        "p50_ms": round(statistics.median(alone), 2),
        "p99_ms": round(alone[int(len(alone) * 0.99) - 1], 2),
        "per_second": round(per_second),
    }


def measure(*, quick: bool) -> dict[str, Any]:
    """Measure 10,000 and 1,000,000 customers with ten times the entries; 2,000 and 50,000 with `quick`. Times in milliseconds."""
    sizes = (QUICK_SMALL, QUICK_LARGE) if quick else (SMALL, LARGE)
    small, large = (in_own_process(size, QUICK_SHARE if quick else 1) for size in sizes)
    growth = round(large["p99_ms"] / small["p99_ms"], 2)
    for one in (small, large):
        print(f"{'customers':44} {one['customers']:>10,}   {one['entries']:,} timeline entries")
        print(f"{'statements (aim: 4)':44} {one['statements']:>10}")
        print(
            f"{'half of the screens (aim: 10 ms)':44} {one['p50_ms']:>10} ms   {one['p50_ms'] / AIM_P50_MS:.2f} of the aim"
        )
        print(f"{'99 of 100 screens':44} {one['p99_ms']:>10} ms")
        print(
            f"{'screens a second (aim: 300)':44} {one['per_second']:>10}   {one['per_second'] / AIM_PER_SECOND:.2f} of the aim"
        )
    print(f"{'growth of the slowest (aim: 1.5)':44} {growth:>10}")
    return {key: large[key] for key in ("p50_ms", "p99_ms", "per_second", "statements")} | {
        "growth": growth,
        "customers": large["customers"],
        "entries": large["entries"],
        "small": small,
    }


def in_own_process(customers: int, share: int) -> dict[str, Any]:
    """`measure_one` in a process of its own."""
    return in_own_process_of("screen_pop", customers, share)


def in_own_process_of(module: str, *numbers: int) -> dict[str, Any]:
    """`measure_one` of a module in a process of its own: Django is set up for one database in a process."""
    import json
    import subprocess
    import sys

    given = ", ".join(map(str, numbers))
    code = f"import json; from onhand_bench.{module} import measure_one; print(json.dumps(measure_one({given})))"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
