"""Writes of the pages themselves: drafts, and who has which page open. Whatever changes a customer's file is an act instead."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import transaction

from onhand.kernel.actor import Actor
from onhand.kernel.card_numbers import mask_card_numbers
from onhand.kernel.errors import NotPossible
from onhand.kernel.hints import CHANNEL, send_after_commit
from onhand.web.models import Draft
from onhand.web.personal_data import is_about_erased

ANSWER_DRAFT, COLLEAGUES_DRAFT = "answer:", "contact-note:"  # begin the keys of what is written in a contact
FIRST_DRAFT = "write:"  # and of what is written to a customer first
WORDS = (ANSWER_DRAFT, COLLEAGUES_DRAFT, FIRST_DRAFT)  # in which people write what they want
WRITING_AGAIN = timedelta(seconds=20)  # after a pause of so long, colleagues are told again that somebody writes
LONGEST_DRAFT = 1_000_000  # characters: the longest answer, plain and formatted, as the browser wraps it
LONGEST_KEY = 200
MOST_DRAFTS = 200  # of one person; the oldest make room


def keep_draft(*, actor: Actor, key: str, text: str, at: datetime) -> None:
    """Keep what this person typed, in place of what was kept under the key. Raises NotPossible if it is too long to keep."""
    if not 0 < len(key) <= LONGEST_KEY or len(text) > LONGEST_DRAFT or "\0" in key + text:
        raise NotPossible("a draft has a key of at most 200 characters and a text of at most 1,000,000, without NUL")
    if is_about_erased(key):
        raise NotPossible("this customer was erased: nothing more is kept about them")
    if key.startswith(WORDS):
        text = mask_card_numbers(text)
    with transaction.atomic():
        if key.startswith(ANSWER_DRAFT):
            _tell_of_writing(actor, key, at)
        Draft.objects.update_or_create(person_id=actor.id, key=key, defaults={"text": text, "updated_at": at})
        kept = Draft.objects.filter(person_id=actor.id).order_by("-updated_at", "-pk").values_list("pk", flat=True)
        too_many = list(kept[MOST_DRAFTS : MOST_DRAFTS + 10])
        if too_many:
            Draft.objects.filter(pk__in=too_many).delete()


def _tell_of_writing(actor: Actor, key: str, at: datetime) -> None:
    """Let whoever has the contact open hear that somebody begins to write in it."""
    lately = Draft.objects.filter(person_id=actor.id, key=key, updated_at__gt=at - WRITING_AGAIN)
    if not lately.exists():
        send_after_commit(f"here.contact:{key.removeprefix(ANSWER_DRAFT)}")


def drop_draft(*, actor: Actor, key: str) -> None:
    """Forget what was kept under the key, if anything."""
    Draft.objects.filter(person_id=actor.id, key=key).delete()


_OWN = "from pg_stat_activity a where a.pid = pg_backend_pid()"
_COME = f"""
insert into web_presence (topic, person_id, session_pid, session_began, since)
select x.topic, r.id, a.pid, a.backend_start, now()
from unnest(%(topics)s::text[], %(people)s::bigint[]) as x(topic, person) join staff_representative r on r.id = x.person,
  lateral (select a.pid, a.backend_start {_OWN}) a
on conflict do nothing
"""  # noqa: S608  (our own text)
_GO = f"""
delete from web_presence p using unnest(%(topics)s::text[], %(people)s::bigint[]) as x(topic, person),
  lateral (select a.pid, a.backend_start {_OWN}) a
where p.topic = x.topic and p.person_id = x.person and p.session_pid = a.pid and p.session_began = a.backend_start
"""  # noqa: S608
_GONE = """
with gone as (
  delete from web_presence p where not exists (
    select from pg_stat_activity a where a.pid = p.session_pid and a.backend_start = p.session_began)
  returning p.topic)
select pg_notify(%s, json_agg(distinct g.topic)::text) from gone g having count(*) > 0
"""
_TELL = "select pg_notify(%s, to_json(%s::text[])::text)"


async def keep_presence(
    session: "psycopg.AsyncConnection[Any]", *, come: Collection[tuple[str, int]], gone: Collection[tuple[str, int]]
) -> None:
    """
    Write who began and who stopped following which topic (topic, person) by this database session, and hint at it. The rows end
    with the session.
    """
    for sql, pairs in ((_GO, gone), (_COME, come)):
        if pairs:
            await session.execute(sql, {"topics": [one[0] for one in pairs], "people": [one[1] for one in pairs]})
    topics = sorted({topic for topic, _person in (*come, *gone)})
    for start in range(0, len(topics), 100):  # a message takes some 8,000 bytes
        await session.execute(_TELL, [CHANNEL, topics[start : start + 100]])


async def drop_presence_of_the_dead(session: "psycopg.AsyncConnection[Any]") -> None:
    """Take out what sessions left behind that are no more, and hint at it."""
    await session.execute(_GONE, [CHANNEL])
