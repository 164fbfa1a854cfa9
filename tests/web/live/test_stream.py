"""Live streams over a real server and a real database."""

import json
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from onhand.customers.models import Customer
from onhand.kernel import hints
from onhand.kernel.perform import perform
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for
from onhand.web.live import hub as hub_module
from onhand.web.live.stream import ON_THE_WAY_SECONDS
from tests.factories import NOON, make_customer, make_representative, make_role
from tests.web.live.browser import Browser, Web, signed_in, wait_until, web_running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(hints, "notifier", hints.Notifier())
    with web_running() as running:
        yield running


@pytest.fixture
def ana() -> Representative:
    return make_representative("Ana Prieto")


def note(customer: Customer, person: Representative, text: str = "Called.") -> None:
    perform("customers.add_note", actor=actor_for(person), arguments={"text": text}, subject_id=customer.pk, at=NOON)


def test_change_reaches_who_follows_it_at_once(web: Web, ana: Representative) -> None:
    customer, other = make_customer(), make_customer()
    looking = Browser(web, signed_in(ana), f"customer:{customer.pk},everyone")
    elsewhere = Browser(web, signed_in(ana), f"customer:{other.pk}")
    note(customer, ana)
    begun = time.monotonic()
    assert json.loads(looking.hint()) == [f"customer:{customer.pk}"]
    assert time.monotonic() - begun < 0.3
    assert elsewhere.hears_nothing(1.5)
    assert looking.hears_nothing(0.1), "the look at the events must not say again what a hint has said"


def test_lost_hint_is_made_up_for(web: Web, ana: Representative, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = make_customer()
    looking = Browser(web, signed_in(ana), f"customer:{customer.pk}")
    monkeypatch.setattr(hints.notifier, "send", lambda topics: None)
    note(customer, ana)
    assert json.loads(looking.hint(2.5)) == [f"customer:{customer.pk}"]
    assert looking.hears_nothing(1.2)


def test_a_page_hears_what_changed_before_its_stream_was_open(web: Web, ana: Representative) -> None:
    customer, other = make_customer(), make_customer()
    elsewhere = Browser(web, signed_in(ana), f"customer:{customer.pk}")
    time.sleep(ON_THE_WAY_SECONDS + 0.1)  # the server listens only since then, and says so when asked about earlier
    asked_for = time.monotonic()
    note(customer, ana)
    assert json.loads(elsewhere.hint()) == [f"customer:{customer.pk}"]
    topics = f"customer:{customer.pk},customer:{other.pk}"
    age = int((time.monotonic() - asked_for) * 1000)
    late = Browser(web, signed_in(ana), f"{topics}&age={age}")
    assert json.loads(late.hint()) == [f"customer:{customer.pk}"]
    assert late.hears_nothing(1.5)
    assert Browser(web, signed_in(ana), topics).hears_nothing(0.5), "a page that tells no age hears of what comes"
    older = Browser(web, signed_in(ana), f"{topics}&age=900000")
    heard = {*json.loads(older.hint()), *json.loads(older.hint()), *json.loads(older.hint())}
    assert heard >= {f"customer:{customer.pk}", f"customer:{other.pk}"}, "what is not known any more counts as changed"
    assert Browser(web, signed_in(ana), f"{topics}&age=-1e9").hears_nothing(0.5)


def test_many_changes_in_a_moment_are_few_hints(web: Web, ana: Representative) -> None:
    looking = Browser(web, signed_in(ana), "everyone")
    begun = time.monotonic()
    for _ in range(200):
        hints.send_after_commit("everyone")
        time.sleep(0.001)
    took = time.monotonic() - begun
    time.sleep(0.2)
    looking.socket.settimeout(0.2)
    said = looking.received + looking.socket.recv(65536)
    assert 2 <= said.count(b"event: hint") <= took / hub_module.REST_SECONDS + 2


def test_only_what_may_be_seen_is_heard(web: Web) -> None:
    own = make_role(visibility="own")
    person = make_representative(role=own)
    mine, theirs = make_customer(owner=person), make_customer()
    asked = f"customer:{mine.pk},customer:{theirs.pk},customer:999999,staff:{person.pk + 1}"
    asked += ",planet:3,customer:x,:,customer:99999999999999999999"
    looking = Browser(web, signed_in(person), asked)
    (stream,) = web.hub._all
    assert stream.topics == {f"customer:{mine.pk}", f"staff:{person.pk}", f"representative:{person.pk}"}
    hints.send_after_commit(f"customer:{theirs.pk}", f"staff:{person.pk + 1}")
    assert looking.hears_nothing(1.2)


def test_refuses_what_is_no_request_of_ours(web: Web, ana: Representative) -> None:
    session = signed_in(ana)
    refused: list[tuple[str, str, dict[str, str], int]] = [
        ("", "everyone", {}, 401),
        ("0" * 32, "everyone", {}, 401),
        ('"\\000\\000"', "everyone", {}, 401),
        (session, "", {}, 400),
        (session, ",".join(["everyone"] * 101), {}, 400),
        (session, "e" * 9000, {}, 414),
        (session, "everyone", {"host": "evil.example"}, 400),
        (session, "everyone", {"method": "DELETE"}, 405),
    ]
    for key, topics, more, status in refused:
        assert Browser(web, key, topics, **more).status == status, (key, topics[:20], more)
    assert len(web.hub) == 0


def test_inactive_person_gets_no_stream(web: Web, ana: Representative) -> None:
    session = signed_in(ana)
    Representative.objects.update(is_active=False)
    assert Browser(web, session, "everyone").status == 401


def test_closed_browser_is_noticed_at_once(web: Web, ana: Representative) -> None:
    browsers = [Browser(web, signed_in(ana), "everyone") for _ in range(3)]
    assert len(web.hub) == 3
    browsers[0].close()
    wait_until(lambda: len(web.hub) == 2, 1)
    assert sum(len(streams) for streams in web.hub._streams.values()) == 2 * 3


def test_sign_out_ends_the_stream(web: Web, ana: Representative) -> None:
    session = signed_in(ana)
    leaving, staying = Browser(web, session, "everyone"), Browser(web, signed_in(ana), "everyone")
    with connection.cursor() as cursor:
        cursor.execute("delete from django_session where session_key = %s", [session])
    hints.send_after_commit(f"staff:{ana.pk}")
    assert leaving.is_closed(3)
    assert not staying.is_closed(0.5)


def test_session_that_ends_silently_ends_the_stream(
    web: Web, ana: Representative, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SESSION_SECONDS", 0.2)
    looking = Browser(web, signed_in(ana), "everyone")
    web.hub._next_look = 0
    Representative.objects.update(is_active=False)
    assert looking.is_closed(3)


def test_signs_of_life_and_a_longest_life(web: Web, ana: Representative, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 1)
    looking = Browser(web, signed_in(ana), "everyone")
    (stream,) = web.hub._all
    looking.until(b": alive\n\n", 3)
    looking.until(b": alive\n\n", 3)
    stream.ends_at = 0
    assert looking.is_closed(3)


def test_too_many_streams_of_a_session_end_the_oldest(
    web: Web, ana: Representative, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MOST_STREAMS_A_SESSION", 2)
    session = signed_in(ana)
    first, second, third = (Browser(web, session, "everyone") for _ in range(3))
    assert first.is_closed(2)
    assert not second.is_closed(0.1)
    assert not third.is_closed(0.1)


def test_survives_the_database_restarting(web: Web, ana: Representative) -> None:
    customer = make_customer()
    looking = Browser(web, signed_in(ana), f"customer:{customer.pk}")
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'onhand live'"
        )
    note(customer, ana)
    assert json.loads(looking.hint(4)) == [f"customer:{customer.pk}"]


def test_stopping_does_not_wait_for_streams(web: Web, ana: Representative) -> None:
    looking = Browser(web, signed_in(ana), "everyone")
    assert web.stop() < 1.5
    assert looking.is_closed(1)
