"""A company that is written to: customers with their files, contacts by e-mail, and what was written in them, made by the database."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from onhand_bench import place, screen_pop

MESSAGES_A_CONTACT = 4
TEAMS = 5
_WORDS = (
    "the kettle that came last week does not get hot any more and we would like a new one or the money back please "
)
_CONTACTS = {
    "customer_id": "%(first)s + g %% %(customers)s",
    "subject": "'Order ' || g || ' arrived broken'",
    "outside_address": "'c' || (%(first)s + g %% %(customers)s) || '@bench.example'",
    "started_at": "now() - g * interval '7 seconds'",
    "last_message_at": "now() - g * interval '7 seconds'",
    "ended_at": "case when g > %(open)s then now() end",
    "needs_answer": "g <= %(open)s",
    "team_id": "(array[%(teams)s])[g %% %(many_teams)s + 1]",
    "representative_id": "case when g %% 2 = 0 then (array[%(people)s])[g / 2 %% %(many_people)s + 1] end",
    "priority": "case when g %% 50 = 0 then 2 when g %% 10 = 0 then 1 else 0 end",
    "due_at": "case when g %% 3 = 0 then now() + (g %% 2000 - 20) * interval '1 minute' end",
}
_MESSAGES = {
    "contact_id": "%(first_contact)s + g / %(each)s",
    "direction": "case when g %% 2 = 0 then 'inbound' else 'outbound' end",
    "at": "now() - (g / %(each)s) * interval '7 seconds' + (g %% %(each)s) * interval '1 second'",
    "sender_name": "case when g %% 2 = 0 then 'Customer ' || g else '' end",
    "text": f"repeat('{_WORDS}', 2 + (g %% 9)::int) || g",
    "quoted_from": "case when g %% 4 > 1 then 120 end",
    "state": "case when g %% 2 = 0 then 'received' else 'sent' end",
}


@dataclass(frozen=True)
class MailCompany:
    """One company: its contacts' first number and how many there are, and sessions to ask with."""

    first_contact: int
    contacts: int
    open: int
    messages: int
    sessions: Sequence[str]
    people: Sequence[int]
    teams: Sequence[int]


@contextmanager
def company(customers: int, contacts: int, open_contacts: int) -> Iterator[MailCompany]:
    """A database with a company of that size."""
    with place.database():
        yield fill(customers, contacts, open_contacts)


def fill(customers: int, contacts: int, open_contacts: int) -> MailCompany:
    """Customers with their files, and contacts with four messages each, the newest of them open."""
    from django.db import connection
    from django.utils import timezone

    from onhand.contacts.models import Contact, Message
    from onhand.staff.models import Representative, Site, Team

    sample = screen_pop.fill(customers)
    site = Site.objects.create(name="Bench")
    teams = [Team.objects.create(name=f"Team {number}", site=site).pk for number in range(TEAMS)]
    people = list(Representative.objects.order_by("pk").values_list("pk", flat=True))
    for person in Representative.objects.all():
        person.teams.set(teams)
    now = timezone.now()
    contact = Contact.objects.create(channel="email", started_at=now, language="en", came_to="help@bench.example")
    message = Message.objects.create(contact=contact, direction="inbound", at=now, sender_address="a@bench.example")
    given = {
        "first": sample.first_id,
        "customers": customers,
        "open": open_contacts,
        "teams": teams,
        "many_teams": len(teams),
        "people": people,
        "many_people": len(people),
        "first_contact": contact.pk + 1,
        "each": MESSAGES_A_CONTACT,
    }
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # nobody checks references of our own making
        copy_rows(cursor, Contact, contact.pk, _CONTACTS, given, contacts)
        copy_rows(cursor, Message, message.pk, _MESSAGES, given, contacts * MESSAGES_A_CONTACT)
        cursor.execute("set session_replication_role = origin")
        for table in ("contacts_contact", "contacts_message"):
            cursor.execute(f"vacuum analyze {table}")
    return MailCompany(
        contact.pk + 1, contacts, open_contacts, contacts * MESSAGES_A_CONTACT, sample.sessions, people, teams
    )


def copy_rows(cursor: Any, model: Any, pk: int, changed: dict[str, str], given: dict[str, Any], many: int) -> None:
    """Rows like one there is, but for what is `changed`, an expression of the number `g` of the row, from 0."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = [field.column for field in fields if not getattr(field, "generated", False)]
    chosen = ", ".join(changed.get(name, f"t.{name}") for name in columns)
    lists = {name: ", ".join(map(str, value)) for name, value in given.items() if isinstance(value, list)}
    for name, value in lists.items():
        chosen = chosen.replace(f"%({name})s", value)
    table = model._meta.db_table
    sql = (
        f"insert into {table} ({', '.join(columns)}) select {chosen} from {table} t,"
        f" generate_series(0::bigint, %(last)s::bigint) g where t.id = {pk}"
    )
    cursor.execute(sql, {name: value for name, value in given.items() if name not in lists} | {"last": many - 1})


class Reader(screen_pop.Caller):
    """One connection that asks for one page after the other."""

    async def __aenter__(self) -> "Reader":
        await super().__aenter__()
        return self

    async def get(self, path: str, mark: bytes, *, is_fragment: bool = False) -> float:
        """Ask for a page or a fragment of one; milliseconds until its last byte. Raises RuntimeError if the mark is not in it."""
        more = "HX-Request: true\r\n" if is_fragment else ""
        began = time.perf_counter()
        self.writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{more}Cookie: {self.cookie}\r\n\r\n".encode()
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), None)
        body = await self.reader.readexactly(length) if length is not None else await self._chunks()
        took = (time.perf_counter() - began) * 1000
        if b" 200 " not in head[:20] or mark not in body:
            raise RuntimeError(f"not what was asked for at {path}: {head[:200]!r}")
        return took


def read_pages(port: int, session: str, paths: Sequence[tuple[str, bytes]], warm: int) -> list[float]:
    """Milliseconds of each page after the first `warm` ones, asked for one after the other."""

    async def ask() -> list[float]:
        async with Reader(port, session) as reader:
            return [await reader.get(path, mark) for path, mark in paths]

    return asyncio.run(ask())[warm:]


def count_statements(session: str, path: str, before: str, *, is_fragment: bool = False) -> int:
    """Statements of a page that this person has just not read, but for BEGIN and COMMIT; `before` is read first."""
    headers = {"Host": "127.0.0.1"} | ({"HX-Request": "true"} if is_fragment else {})
    import psycopg
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    sent: list[str] = []
    really = psycopg.Cursor.execute

    def execute(self: Any, query: Any, *given: Any, **more: Any) -> Any:
        sent.append(str(query))
        return really(self, query, *given, **more)

    client.get(before, headers=headers)
    psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    try:
        client.get(path, headers=headers)
    finally:
        psycopg.Cursor.execute = really  # type: ignore[method-assign]
    return len(sent)
