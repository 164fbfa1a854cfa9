"""
Searching what was written: how long a page of the best takes over two million messages, for who sees all and for who sees a team's.

Messages of 40 to 80 words and their own numbers, in words as unevenly frequent as in a language, over two years, four to a contact
(`--quick`: 40,000 messages). Searched: one word, two, three, a phrase, a beginning, with a word left out, from somebody, in a month, in
one channel, an order's number, and something that stands nowhere; common words and rare ones, and the second page of each tenth.
"""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from onhand_bench import place

MESSAGES = {False: 2_000_000, True: 40_000}
SEARCHES = {False: 600, True: 200}
SENTENCES, WORDS = 100_000, 50_000
TEAMS = 20
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"] + [
    a + b + c for a in "bdgklmnprst" for b in "aeiou" for c in "lnrst"
]
_OPTIONS = {"maintenance_work_mem": "512MB"}


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `p50_ms` and `p99_ms`."""
    with place.database(_OPTIONS):
        written, seconds_written, seconds_indexed, megabytes = _write(MESSAGES[quick])
        print(
            f"{written:,} messages written in {seconds_written:.0f} s, indexed in {seconds_indexed:.0f} s, {megabytes} MB",
            flush=True,
        )
        figures: dict[str, Any] = {"messages": written, "index_mb": megabytes}
        for name, actor in (("", _actor("all")), ("team_", _actor("team"))):
            figures |= _ask(actor, name, SEARCHES[quick])
        return figures | {"ms_per_message_written": round(_cost_of_words(), 3)}


def _word(number: int) -> str:
    word = ""
    number += 50
    while number:
        number, rest = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[rest]
    return word


def _sentences() -> list[str]:
    """Sentences of words that are as frequent as their place in the list says (Zipf)."""
    chance = random.Random(5)
    words = [_word(number) for number in range(WORDS)]
    return [" ".join(words[int(WORDS ** chance.random()) - 1] for _ in range(12)) for _ in range(SENTENCES)]


def _write(messages: int) -> tuple[int, float, float, int]:
    from django.db import connection

    from onhand.contacts.models import Contact, Message

    begun = time.monotonic()
    _write_teams()
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # nobody checks a million references of our own making
        cursor.execute("drop index message_by_words")
        cursor.execute("create temp table sentence (id int primary key, text text)")
        with cursor.copy("copy sentence from stdin") as copy:
            for number, text in enumerate(_sentences()):
                copy.write_row((number, text))
        cursor.execute("analyze sentence")
        contact = Contact.objects.create(channel="email", started_at=NOW)
        template = Message.objects.create(contact=contact, direction="inbound", at=NOW)
        contacts = messages // 4
        _copy_rows(cursor, Contact, contact.pk, _CONTACTS, {"many": contacts, "now": NOW, "teams": TEAMS})
        for first in range(0, messages, 100_000):
            given = {
                "first": first,
                "end": min(first + 100_000, messages),
                "now": NOW,
                "contacts": contacts,
                "sentences": SENTENCES,
            }
            _copy_rows(
                cursor,
                Message,
                template.pk,
                _MESSAGES | {"contact_id": f"{contact.pk} + 1 + g %% %(contacts)s"},
                given | {"many": messages},
            )
        written = time.monotonic()
        cursor.execute(
            "create index message_by_words on contacts_message using gin (words) with (gin_pending_list_limit = 1024)"
        )
        cursor.execute("analyze contacts_message")
        cursor.execute("analyze contacts_contact")
        cursor.execute("select pg_relation_size('message_by_words') / 1048576")
        [(megabytes,)] = cursor.fetchall()
        cursor.execute("set session_replication_role = origin")
    return messages, written - begun, time.monotonic() - written, megabytes


_CONTACTS = {
    "started_at": "%(now)s - (g::float / %(many)s) * interval '730 days'",
    "last_message_at": "%(now)s - (g::float / %(many)s) * interval '730 days'",
    "ended_at": "case when g > 2000 then %(now)s end",
    "team_id": "g %% %(teams)s + 1",
    "channel": "(array['email', 'email', 'email', 'chat', 'letter'])[g %% 5 + 1]",
    "subject": "'contact'",
}
_PICKED = "(select text from sentence where id = ((g::bigint * {step} + {step}) %% 1000003) %% %(sentences)s)"
_MESSAGES = {
    "at": "%(now)s - (g::float / %(many)s) * interval '730 days'",
    "subject": "left(" + _PICKED.format(step=7919) + ", 40)",
    "sender_name": "split_part(" + _PICKED.format(step=104729) + ", ' ', 2)",
    "sender_address": "split_part("
    + _PICKED.format(step=104729)
    + ", ' ', 3) || '@' || split_part("
    + _PICKED.format(step=104729)
    + ", ' ', 4) || '.example'",
    "text": _PICKED.format(step=31337)
    + " || ' ' || "
    + _PICKED.format(step=1299709)
    + " || '. order ' || (g * 7) || ' ' || "
    + _PICKED.format(step=15485863)
    + " || case when g %% 2 = 0 then ' ' || "
    + _PICKED.format(step=27644437)
    + " else '' end",
}


def _copy_rows(cursor: Any, model: Any, pk: int, changed: dict[str, str], given: dict[str, Any]) -> None:
    """Rows like one there is, but for what is `changed`, an expression of the number `g` of the row."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join(changed.get(name, f"t.{name}") for name in columns)
    sql = (
        f"insert into {model._meta.db_table} ({', '.join(columns)}) select {chosen} from {model._meta.db_table} t,"
        f" generate_series(%(first)s::bigint, %(end)s::bigint - 1) g where t.id = {pk}"
    )
    cursor.execute(sql, {"first": 0, "end": given["many"]} | given)


def _write_teams() -> None:
    from onhand.staff.models import Site, Team

    site = Site.objects.create(name="Bench")
    for number in range(TEAMS):
        Team.objects.create(pk=number + 1, name=f"Team {number}", site=site)


def _actor(sees: str) -> Any:
    from onhand.kernel.actor import Actor, ActorKind, Visibility
    from onhand.kernel.permissions import all_permissions

    permissions = frozenset(one.name for one in all_permissions())
    return Actor(
        ActorKind.PERSON, 1, "Ana Prieto", "representative", permissions, Visibility(sees), team_ids=frozenset({3, 4})
    )


def _searches(many: int) -> list[tuple[str, str]]:
    chance = random.Random(11)
    sentences = _sentences()
    made: list[tuple[str, str]] = []
    while len(made) < many:
        words = chance.choice(sentences).split()
        one, two, three = chance.sample(words, 3)
        at = chance.randrange(10)
        month = NOW - timedelta(days=chance.randrange(60, 700))
        made += [
            ("common word", _word(chance.randrange(20))),
            ("any word", one),
            ("rare word", _word(chance.randrange(WORDS // 2, WORDS))),
            ("two words", f"{one} {two} "),
            ("three words", f"{one} {two} {three} "),
            ("phrase", f'"{words[at]} {words[at + 1]}"'),
            ("beginning", one[: max(3, len(one) - 2)]),
            ("a word left out", f"{one} -{two} "),
            ("from somebody", f"from:{one} {two}"),
            ("in a month", f"{one} after:{month:%Y-%m} before:{month + timedelta(days=31):%Y-%m} "),
            ("in a channel", f"{one} channel:letter "),
            ("number", str(chance.randrange(MESSAGES[False]) * 7)),
            ("nowhere", "qqxxyyzz"),
        ]
    return made


def _ask(actor: Any, prefix: str, many: int) -> dict[str, float]:
    from onhand.contacts.searching.asked import read_asked
    from onhand.contacts.searching.find import search
    from onhand.contacts.searching.shown import shown_hits

    def ask(typed: str, place_: Any = None) -> Any:
        asked = read_asked(typed)
        hits = search(actor, "messages", asked, now=NOW, place=place_)
        shown_hits(actor, "messages", hits.hits, asked)
        return hits

    taken: dict[str, list[float]] = {}
    asked = _searches(many)
    for _kind, typed in asked[:26]:
        ask(typed)
    found: dict[str, int] = {}
    for number, (kind, typed) in enumerate(asked):
        begun = time.perf_counter()
        hits = ask(typed)
        taken.setdefault(kind, []).append((time.perf_counter() - begun) * 1000)
        found[kind] = found.get(kind, 0) + len(hits.hits)
        if number % 10 == 0 and hits.following:
            begun = time.perf_counter()
            ask(typed, hits.following)
            taken.setdefault("second page", []).append((time.perf_counter() - begun) * 1000)
    print(f"{actor.visibility}:", flush=True)
    for kind, times in taken.items():
        rows = found.get(kind, 0) / len(times)
        print(
            f"  {kind:<16} p50 {_share(times, 0.5):6.1f} ms  p99 {_share(times, 0.99):6.1f} ms  {rows:5.1f} rows",
            flush=True,
        )
    every = [one for times in taken.values() for one in times]
    return {f"{prefix}p50_ms": round(_share(every, 0.5), 1), f"{prefix}p99_ms": round(_share(every, 0.99), 1)}


def _share(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def _cost_of_words() -> float:
    """Milliseconds the database takes to make the words of one message."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "explain (analyze, format json) select"
            " contacts_message_words(subject, sender_name, sender_address, recipients, text, quoted_from, at)"
            " from contacts_message limit 10000"
        )
        [(plan,)] = cursor.fetchall()
    return float(plan[0]["Execution Time"]) / 10_000
