"""Presence: who has which file open, across processes, and gone with a process that is killed."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from django.test import Client

from onhand.kernel.actor import Visibility
from onhand.web.desk.presence import colleagues_here, here_topic
from onhand.web.live.presence import Presences
from onhand.web.live.stream import visible_topics
from onhand.web.models import Presence
from tests.factories import make_actor, make_customer, make_representative
from tests.factories.staff import actor_of, make_person, make_site

PROCESS = """
import asyncio, django, sys
django.setup()
from onhand.web.live.presence import Presences
async def main():
    here = Presences()
    here.come(frozenset({sys.argv[1]}), int(sys.argv[2]))
    await here.run()
asyncio.run(main())
"""


async def until(told: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(told):
        assert time.monotonic() < end, "not within the time"
        await asyncio.sleep(0.05)


def names(topic: str) -> list[str]:
    from django.db import connection

    try:
        return sorted(Presence.objects.filter(topic=topic).values_list("person__name", flat=True))
    finally:
        connection.close()


@contextlib.asynccontextmanager
async def keeping(presences: Presences):  # type: ignore[no-untyped-def]
    task = asyncio.create_task(presences.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.django_db(transaction=True)
def test_come_and_go_by_several_streams_and_processes() -> None:
    ana, rosa = make_representative("Ana"), make_representative("Rosa")
    topic = here_topic(make_customer().pk)
    topics = frozenset({topic, "customer:5", "everyone"})

    async def scene() -> None:
        one, other = Presences(), Presences()
        async with keeping(one):
            async with keeping(other):
                one.come(topics, ana.pk)
                one.come(topics, ana.pk)
                other.come(topics, ana.pk)
                other.come(topics, rosa.pk)
                await until(lambda: names(topic) == ["Ana", "Ana", "Rosa"])
                one.go(topics, ana.pk)
                other.go(topics, ana.pk)
                await until(lambda: names(topic) == ["Ana", "Rosa"])
            await until(lambda: names(topic) == ["Ana"])  # a process that ended took its people with it
            one.go(topics, ana.pk)
            one.come(topics, ana.pk)
            await asyncio.sleep(0.8)
            assert await asyncio.to_thread(names, topic) == ["Ana"], "from one page of the file to the next"

    asyncio.run(scene())


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_takes_its_people_with_it() -> None:
    from django.db import connection

    from tests.conftest import SERVER, with_database

    ana = make_representative("Ana")
    topic = here_topic(make_customer().pk)
    address = with_database(os.environ[SERVER], str(connection.settings_dict["NAME"]))
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, topic, str(ana.pk)], env=os.environ | {"DATABASE_URL": address}
    )

    async def scene() -> None:
        async with keeping(Presences()):
            await until(lambda: names(topic) == ["Ana"], 30)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            await until(lambda: names(topic) == [], 4)

    try:
        asyncio.run(scene())
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.django_db
def test_the_topic_is_for_who_may_see_the_customer() -> None:
    person = make_representative()
    mine, theirs = make_customer("Ana", owner=person), make_customer("Ben")
    actor = make_actor(id=person.pk, visibility=Visibility.OWN)
    asked = [here_topic(mine.pk), here_topic(theirs.pk), "here.planet:5", "here.", "here.here.customer:1"]
    assert visible_topics(actor, asked) == {here_topic(mine.pk)}


@pytest.mark.django_db
def test_only_colleagues_who_may_be_seen_are_shown(client: Client) -> None:
    site, elsewhere = make_site(), make_site()
    me = make_person(sites=(site,))
    near, far = make_person(name="Near", sites=(site,)), make_person(name="Far", sites=(elsewhere,))
    customer = make_customer("Ana", site=site)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pid, backend_start from pg_stat_activity where pid = pg_backend_pid()")
        pid, began = cursor.fetchone()
    for one in (me, near, far):
        given = {"session_pid": pid, "session_began": began, "since": began}
        Presence.objects.create(topic=here_topic(customer.pk), person=one, **given)
    dead = make_person(name="Dead", sites=(site,))
    gone = {"session_pid": 1, "session_began": began, "since": began}
    Presence.objects.create(topic=here_topic(customer.pk), person=dead, **gone)
    assert [one["name"] for one in colleagues_here(actor_of(me), customer.pk)] == ["Near"]
    client.force_login(me)
    said = client.get(f"/desk/customers/{customer.pk}/presence/").content.decode()
    assert "Near" in said
    assert "Far" not in said
    hidden = make_customer("Ben", site=elsewhere)
    assert client.get(f"/desk/customers/{hidden.pk}/presence/").status_code == 404
