"""Events reach their handlers exactly once, in order per subject; a failing handler holds up its own subject only."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction

from onhand.kernel import hints, operations, reactor
from onhand.kernel.database import connect_directly
from onhand.kernel.errors import NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.events import Event, forget_handler, handles
from onhand.kernel.models import ActTally, Delivery, EventRecord
from onhand.kernel.perform import perform
from onhand.kernel.records import Subject, publish
from tests.factories import NOON, make_actor, make_customer
from tests.kernel.sessions import together

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class SomethingHappened(Event):
    name: ClassVar[str] = "tests.something_happened"
    number: int


Reaction = Callable[[EventRecord], None]


@pytest.fixture
def seen() -> Iterator[list[tuple[int | None, int]]]:
    """A table that a handler writes (subject, number) to, read back as the list of all rows in order of writing."""
    with connection.cursor() as cursor:
        cursor.execute("create table tests_seen (id serial, subject bigint, number bigint)")
    yield []
    with connection.cursor() as cursor:
        cursor.execute("drop table tests_seen")


def all_seen() -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("select subject, number from tests_seen order by id")
        return list(cursor.fetchall())


def write_down(event: EventRecord) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into tests_seen (subject, number) values (%s, %s)", [event.subject_id, event.payload["number"]]
        )


@pytest.fixture
def handler(seen: list[Any]) -> Iterator[Callable[[Reaction], None]]:
    """Put a function in as the handler of SomethingHappened."""
    current: list[Reaction] = [write_down]

    @handles(SomethingHappened)
    def react(event: EventRecord) -> None:
        current[0](event)

    yield lambda function: current.__setitem__(0, function)
    forget_handler("kernel.react")


def happen(number: int, subject: int = 1) -> None:
    with transaction.atomic():
        publish(SomethingHappened(number=number), actor=make_actor(), subject=Subject("customer", subject), at=NOON)


def drain(rounds: int = 50) -> reactor.Delivered:
    handled = failed = 0
    for _round in range(rounds):
        done = reactor.deliver()
        handled, failed = handled + done.handled, failed + done.failed
        if not done.handled:
            break
    return reactor.Delivered(handled, failed)


def try_again_now() -> None:
    """Let the pauses be over."""
    Delivery.objects.filter(handled_at=None).update(not_before=NOON)


def fail(event: EventRecord) -> None:
    write_down(event)
    raise ValueError("not today\x00\ud800")


def test_each_event_is_handled_once_and_in_order_of_its_subject(handler: Any) -> None:
    for number in range(6):
        happen(number, subject=1 + number % 2)
    assert drain() == reactor.Delivered(6, 0)
    assert [n for s, n in all_seen() if s == 1] == [0, 2, 4]
    assert [n for s, n in all_seen() if s == 2] == [1, 3, 5]
    assert reactor.deliver() == reactor.Delivered(0, 0)


def test_a_subject_with_many_events_is_served_in_one_round(handler: Any) -> None:
    for number in range(40):
        happen(number)
    assert reactor.deliver() == reactor.Delivered(40, 0)
    assert [n for _s, n in all_seen()] == list(range(40))


def test_an_event_of_a_change_rolled_back_never_happened(handler: Any) -> None:
    with pytest.raises(RuntimeError, match="undo"), transaction.atomic():
        happen_inside(1)
        raise RuntimeError("undo")
    assert drain() == reactor.Delivered(0, 0)
    assert not EventRecord.objects.exists()


def happen_inside(number: int) -> None:
    publish(SomethingHappened(number=number), actor=make_actor(), subject=Subject("customer", 1), at=NOON)


def test_events_are_published_inside_a_transaction_only() -> None:
    with pytest.raises(RuntimeError, match="inside"):
        happen_inside(1)


def test_a_failing_handler_leaves_nothing_and_holds_up_its_own_subject_only(handler: Any) -> None:
    handler(lambda event: fail(event) if event.subject_id == 1 else write_down(event))
    for number in range(4):
        happen(number, subject=1 + number % 2)
    assert drain() == reactor.Delivered(2, 1)
    assert all_seen() == [(2, 1), (2, 3)]
    first, second = Delivery.objects.filter(order_key="customer:1").order_by("id")
    assert (first.attempts, first.parked, second.attempts) == (1, False, 0)
    assert first.last_error == "ValueError: not today�?"
    assert 0.5 < (first.not_before - first.created_at).total_seconds() < 60
    assert reactor.deliver() == reactor.Delivered(0, 0), "its pause is not over"
    handler(write_down)
    try_again_now()
    assert drain() == reactor.Delivered(2, 0)
    assert all_seen()[2:] == [(1, 0), (1, 2)]


def test_pauses_grow_and_after_eight_failures_it_is_parked(handler: Any) -> None:
    handler(fail)
    happen(1)
    for _attempt in range(reactor.ATTEMPTS_BEFORE_PARKING + 2):
        reactor.deliver()
        try_again_now()
    delivery = Delivery.objects.get()
    assert (delivery.attempts, delivery.parked) == (8, True)
    assert [reactor.pause_after(n).total_seconds() for n in (1, 2, 3, 8, 9, 10, 11, 30)] == [
        *(1, 2, 4, 128, 256, 512, 600, 600)
    ]


def park(handler: Any) -> Delivery:
    handler(fail)
    happen(1)
    happen(2)
    reactor.deliver()
    Delivery.objects.filter(attempts=1).update(parked=True, attempts=8)
    handler(write_down)
    assert drain() == reactor.Delivered(0, 0)
    return Delivery.objects.get(parked=True)


def test_run_again_and_skip_are_recorded_and_let_the_subject_go_on(handler: Any) -> None:
    stalled = park(handler)
    operations.run_again(actor=make_actor(), delivery_id=stalled.pk, at=NOON)
    assert drain() == reactor.Delivered(2, 0)
    assert all_seen() == [(1, 1), (1, 2)]
    happened = EventRecord.objects.get(name="kernel.delivery_run_again")
    assert (happened.subject_id, happened.actor_name) == (1, "Ana Prieto")
    assert happened.payload == {"delivery_id": stalled.pk, "event_id": stalled.event_id, "handler": "kernel.react"}


def test_skip_gives_up_one_event_and_says_who_did(handler: Any) -> None:
    stalled = park(handler)
    operations.skip(actor=make_actor(), delivery_id=stalled.pk, at=NOON)
    assert drain() == reactor.Delivered(1, 0)
    assert all_seen() == [(1, 2)]
    stalled.refresh_from_db()
    assert (stalled.handled_at, stalled.skipped_by) == (NOON, "Ana Prieto")
    assert EventRecord.objects.filter(name="kernel.delivery_skipped").count() == 1
    for again in (operations.skip, operations.run_again):
        with pytest.raises(NotPossible):
            again(actor=make_actor(), delivery_id=stalled.pk, at=NOON)


def test_only_what_failed_is_mended_and_only_by_those_who_may(handler: Any) -> None:
    happen(1)
    delivery = Delivery.objects.get()
    for mend in (operations.run_again, operations.skip):
        with pytest.raises(NotPossible):
            mend(actor=make_actor(), delivery_id=delivery.pk, at=NOON)
        for number in (0, -1, 2**70, 10**6):
            with pytest.raises(SubjectNotFound):
                mend(actor=make_actor(), delivery_id=number, at=NOON)
        with pytest.raises(NotPermitted):
            mend(actor=make_actor(permissions=frozenset()), delivery_id=delivery.pk, at=NOON)
    assert drain() == reactor.Delivered(1, 0)


def test_a_handler_or_event_that_is_gone_is_a_failure_and_stops_nobody_else(handler: Any) -> None:
    happen(1, subject=1)
    happen(2, subject=2)
    happen(3, subject=3)
    Delivery.objects.filter(order_key="customer:1").update(handler="elsewhere.removed")
    Delivery.objects.filter(order_key="customer:2").update(event_id=10**9)
    assert drain() == reactor.Delivered(1, 2)
    assert all_seen() == [(3, 3)]
    assert sorted(d.last_error for d in Delivery.objects.filter(attempts=1)) == [
        "the event is gone",
        "this version of the product has no such handler",
    ]


def test_many_reactors_at_once_handle_each_event_once_and_in_order(handler: Any) -> None:
    for number in range(120):
        happen(number, subject=1 + number % 7)

    def work() -> None:
        for _round in range(200):
            try:
                if not reactor.deliver(5).handled and not Delivery.objects.filter(handled_at=None).exists():
                    return
            except reactor.Contention:
                continue

    assert [r for r in together(*[work] * 6) if r is not None] == []
    seen = all_seen()
    assert sorted(number for _subject, number in seen) == list(range(120))
    for subject in range(1, 8):
        numbers = [n for s, n in seen if s == subject]
        assert numbers == sorted(numbers)


def test_a_backend_killed_in_the_middle_of_a_reaction_leaves_nothing_done(handler: Any) -> None:
    """What `kill -9` of the reactor or of its server process does: the transaction is gone, the delivery is free again."""

    def die(event: EventRecord) -> None:
        write_down(event)
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            pid = cursor.fetchone()[0]
        with connect_directly() as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [pid])
        write_down(event)

    handler(die)
    happen(1)
    with pytest.raises(Exception, match=r"terminat|closed|connection"):
        reactor.deliver()
    connection.close()
    assert all_seen() == []
    assert Delivery.objects.get().attempts == 0
    handler(write_down)
    assert drain() == reactor.Delivered(1, 0)
    assert all_seen() == [(1, 1)]


def test_handlers_that_wait_for_one_another_are_tried_one_at_a_time(handler: Any) -> None:
    """Two reactors, each with two events whose handlers lock the same two rows the other way round."""
    with connection.cursor() as cursor:
        cursor.execute("create table tests_rows (id int primary key, n int default 0)")
        cursor.execute("insert into tests_rows values (1), (2)")
    barrier = threading.Barrier(2)
    mine = threading.local()

    def lock(event: EventRecord) -> None:
        write_down(event)
        row = event.payload["number"]
        with connection.cursor() as cursor:
            cursor.execute("update tests_rows set n = n + 1 where id = %s", [row])
        if not getattr(mine, "met", False):
            mine.met = True
            barrier.wait(20)

    handler(lock)
    for subject, number in ((1, 1), (2, 2), (3, 2), (4, 1)):
        happen(number, subject)

    def work() -> str:
        mine.met = False
        try:
            reactor.deliver(2)
        except reactor.Contention:
            return "contention"
        return "done"

    assert sorted(together(work, work)) == ["contention", "done"]
    handler(write_down)
    assert reactor.deliver(1) == reactor.deliver(1) == reactor.Delivered(1, 0)
    assert len(all_seen()) == 4
    assert not Delivery.objects.filter(attempts__gt=0).exists()
    with connection.cursor() as cursor:
        cursor.execute("drop table tests_rows")


def test_the_running_reactor_reacts_to_a_hint_and_stops_when_told(handler: Any) -> None:
    customer = make_customer()
    stop = threading.Event()
    running = threading.Thread(target=reactor.run, args=(stop,))
    running.start()
    try:
        for number in range(20):
            perform(
                "customers.add_note",
                actor=make_actor(),
                arguments={"text": f"note {number}"},
                subject_id=customer.pk,
                at=NOON,
            )
        end = time.monotonic() + 20
        while Delivery.objects.filter(handled_at=None).exists() and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        stop.set()
        running.join(20)
    assert not running.is_alive()
    assert ActTally.objects.get().count == 20


def test_hints_go_out_after_the_commit_many_in_one_message() -> None:
    with connect_directly() as listening:
        listening.execute(f"listen {hints.CHANNEL}")
        with transaction.atomic():
            hints.send_after_commit("customer:1")
            assert list(listening.notifies(timeout=0.3)) == []
        with pytest.raises(RuntimeError), transaction.atomic():
            hints.send_after_commit("customer:2")
            raise RuntimeError
        for number in range(100):
            hints.send_after_commit(f"staff:{number}")
        hints.send_after_commit("everyone")
        payloads: list[str] = []
        end = time.monotonic() + 20
        while not any("everyone" in p for p in payloads) and time.monotonic() < end:
            payloads += [n.payload for n in listening.notifies(timeout=1, stop_after=1)]
    text = " ".join(payloads)
    assert all(f'"staff:{number}"' in text for number in range(100))
    assert '"customer:1"' in text
    assert "customer:2" not in text
    assert len(payloads) < 30
