"""Tampering is visible, also by somebody who may do anything in the database; an open transaction is never sealed over."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from onhand.kernel import sealing, seals
from onhand.kernel.models import AccessRecord, ActRecord, EventRecord, Seal
from onhand.kernel.perform import perform
from onhand.kernel.records import ACCESSES, EVENTS, RECORDS, Subject, next_ids, record_access
from onhand.kernel.signing import STREAM_COLUMNS
from tests.factories import NOON, make_actor, make_customer
from tests.kernel.sessions import Session, sessions

pytestmark = pytest.mark.django_db(transaction=True)

STREAMS = tuple(STREAM_COLUMNS)


def note(times: int = 1) -> None:
    customer = make_customer()
    for number in range(times):
        perform(
            "customers.add_note",
            actor=make_actor(),
            arguments={"text": f"note {number} — ñandú"},
            subject_id=customer.pk,
            at=NOON + timedelta(microseconds=number),
        )


def seal_all(at: datetime = NOON) -> dict[str, str]:
    seals.seal_settled({stream: seals.mark(stream) for stream in STREAMS}, at)
    return seals.heads()


def faults(stream: str = RECORDS, head: str | None = None) -> list[str]:
    return [fault.kind for fault in seals.check_stream(stream, head)]


def tamper(sql: str) -> None:
    """What somebody who owns the database can do."""
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("set session_replication_role = origin")


@pytest.mark.parametrize("table", ["kernel_actrecord", "kernel_eventrecord", "kernel_accessrecord", "kernel_seal"])
@pytest.mark.parametrize("sql", ["update {} set id = id", "delete from {}", "truncate {}", "truncate {} cascade"])
def test_the_database_itself_refuses_changes(table: str, sql: str) -> None:
    note()
    record_access(actor=make_actor(), subject=Subject("customer", 1), page="file", reason="test", at=NOON)
    seal_all()
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        before = cursor.fetchone()
        with pytest.raises(DatabaseError, match="append-only"):
            cursor.execute(sql.format(table))
        cursor.execute(f"select count(*) from {table}")
        assert cursor.fetchone() == before != (0,)


def test_untouched_streams_are_sound_and_every_row_is_sealed() -> None:
    note(5)
    record_access(actor=make_actor(), subject=Subject("customer", 1, 9), page="file", reason="call", at=NOON)
    known = seal_all()
    note(2)
    known = seal_all(NOON + timedelta(seconds=5)) | {}
    assert list(sealing.check_all(known)) == []
    for stream, model in ((RECORDS, ActRecord), (EVENTS, EventRecord), (ACCESSES, AccessRecord)):
        sealed = sum(Seal.objects.filter(stream=stream).values_list("row_count", flat=True))
        assert sealed == model.objects.count() > 0


TAMPERING = {
    "altered text": ('update kernel_actrecord set arguments = \'{"text": "never said"}\' where id = 3', ["altered"]),
    "altered time": ("update kernel_actrecord set at = at + interval '1 microsecond' where id = 3", ["altered"]),
    "altered actor": ("update kernel_actrecord set actor_name = 'Somebody Else' where id = 3", ["altered"]),
    "altered subject": ("update kernel_actrecord set subject_id = subject_id + 1 where id = 3", ["altered"]),
    "null for none": ("update kernel_actrecord set idempotency_key = '' where id = 3", ["altered"]),
    "missing": ("delete from kernel_actrecord where id = 3", ["missing"]),
    "first missing": ("delete from kernel_actrecord where id = 1", ["missing"]),
    "last sealed missing": ("delete from kernel_actrecord where id = 5", ["missing"]),
    "moved": ("update kernel_actrecord set id = 100 where id = 3", ["missing", "inserted"]),
    "swapped": (
        "update kernel_actrecord set id = -3 where id = 3; update kernel_actrecord set id = 3 where id = 4;"
        "update kernel_actrecord set id = 4 where id = -3",
        ["altered", "altered", "broken_seal"],
    ),
    "copied": (
        "create temp table copy as select * from kernel_actrecord where id = 3; update copy set id = 99;"
        "insert into kernel_actrecord select * from copy",
        ["inserted"],
    ),
    "of another stream": (
        "update kernel_actrecord set mac = (select mac from kernel_eventrecord where id = 3) where id = 3",
        ["altered", "broken_seal"],
    ),
    "mac made up": ("update kernel_actrecord set mac = sha256('x') where id = 3", ["altered", "broken_seal"]),
    "seal time": (
        "update kernel_seal set sealed_at = sealed_at - interval '1 day' where stream = 'kernel_actrecord'",
        ["broken_seal"],
    ),
    "seal count": ("update kernel_seal set row_count = 4 where stream = 'kernel_actrecord'", ["inserted"]),
    "seal digest": ("update kernel_seal set digest = sha256('x') where stream = 'kernel_actrecord'", ["broken_seal"]),
    "seal shortened": (
        "update kernel_seal set to_id = 4, row_count = 4 where stream = 'kernel_actrecord'",
        ["broken_seal"],
    ),
    "seal row with its row": (
        "delete from kernel_actrecord where id = 3; update kernel_seal set row_count = 4 where stream = 'kernel_actrecord'",
        ["broken_seal"],
    ),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_tampering_is_found(case: str) -> None:
    sql, expected = TAMPERING[case]
    note(5)
    seal_all()
    assert faults() == []
    tamper(sql)
    assert faults() == expected


def test_a_row_put_in_after_the_last_seal_is_found() -> None:
    note(2)
    tamper(
        "insert into kernel_actrecord (at, actor_kind, actor_name, subject_type, mac, act, actor_role, via, arguments, facts,"
        " decision, before, after) values (now(), 'person', 'x', 'customer', '', 'customers.add_note', '', 'desk', '{}', '{}',"
        " '{}', '{}', '{}')"
    )
    assert faults() == ["inserted"]


def test_an_end_cut_off_with_its_seals_is_found_by_the_head_kept_outside() -> None:
    note(2)
    seal_all()
    note(3)
    known = seal_all(NOON + timedelta(minutes=1))
    tamper(
        "delete from kernel_actrecord where id > 2; delete from kernel_seal where stream = 'kernel_actrecord' and from_id > 2"
    )
    assert faults() == []  # the database alone cannot know
    assert faults(head=known[RECORDS]) == ["missing"]
    tamper("delete from kernel_actrecord; delete from kernel_seal")
    assert faults(head=known[RECORDS]) == ["missing"]


def test_a_seal_in_the_middle_taken_out_or_reordered_is_found() -> None:
    for minute in range(3):
        note(1)
        seal_all(NOON + timedelta(minutes=minute))
    tamper("delete from kernel_seal where stream = 'kernel_actrecord' and from_id = 2")
    assert faults()[0] == "broken_seal"


def test_another_seal_key_finds_everything_altered(settings: "pytest.FixtureRequest") -> None:
    note(2)
    seal_all()
    settings.SEAL_KEY = b"a key of somebody else's making, long enough"  # type: ignore[attr-defined]
    assert set(faults()) == {"altered", "broken_seal"}


def begin_row(session: Session, stream: str = EVENTS) -> int:
    """Another process takes its transaction number, then its row id, as every writer does."""
    row = session.execute(f"select pg_current_xact_id()::text, nextval('{stream}_id_seq')").fetchone()
    assert row is not None
    return int(row[1])


def write_row(session: Session, row_id: int) -> None:
    from onhand.kernel.signing import sign

    values: tuple[object, ...] = (row_id, NOON, "system", None, "test", "customer", 1, None, "tests.happened", {}, None)
    session.execute(
        "insert into kernel_eventrecord (id, at, actor_kind, actor_id, actor_name, subject_type, subject_id, contact_id, name,"
        " payload, record_id, mac) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, '{}', %s, %s)",
        [*values[:9], None, sign(EVENTS, values)],
    )


@pytest.fixture
def two() -> Iterator[list[Session]]:
    with sessions(2) as both:
        yield both


Order = Callable[[Session, Session], tuple[int, int]]


def slow_one_first(slow: Session, quick: Session) -> tuple[int, int]:
    return begin_row(slow), begin_row(quick)


def slow_one_with_the_later_number(slow: Session, quick: Session) -> tuple[int, int]:
    """The slow one's transaction begins later, but takes the earlier row id."""
    quick.execute("select pg_current_xact_id()")
    return begin_row(slow), begin_row(quick)


@pytest.mark.parametrize("order", [slow_one_first, slow_one_with_the_later_number])
def test_a_row_of_an_open_transaction_is_neither_sealed_over_nor_missed(two: list[Session], order: Order) -> None:
    slow, quick = two
    earlier, later = order(slow, quick)
    write_row(slow, earlier)
    write_row(quick, later)
    quick.commit()
    known = seals.mark(EVENTS)
    assert known.last_id == later > earlier
    assert seals.seal_stream(EVENTS, known, NOON) is None, "sealed over a row that is still being written"
    marks = {EVENTS: known}
    marks = seals.seal_settled(marks, NOON)
    assert marks[EVENTS] == known
    slow.commit()
    seals.seal_settled(marks, NOON)
    seal = Seal.objects.get(stream=EVENTS)
    assert (seal.to_id, seal.row_count) == (later, 2)
    assert faults(EVENTS) == []


def test_a_row_of_a_transaction_rolled_back_leaves_a_gap_that_is_no_fault(two: list[Session]) -> None:
    slow, quick = two
    earlier, later = begin_row(slow), begin_row(quick)
    write_row(slow, earlier)
    write_row(quick, later)
    slow.rollback()
    quick.commit()
    seal_all()
    assert Seal.objects.get(stream=EVENTS).row_count == 1
    assert faults(EVENTS) == []


def test_ids_are_only_taken_inside_the_transaction_that_writes() -> None:
    with pytest.raises(RuntimeError, match="inside"):
        next_ids(RECORDS)
    with transaction.atomic():
        assert next_ids(RECORDS, EVENTS, EVENTS)[2] > 0


def test_an_access_is_written_in_the_transaction_its_id_was_taken_in(two: list[Session]) -> None:
    record_access(
        actor=make_actor(name="Ñ\x00\ud800"), subject=Subject("customer", 1, 9), page="file", reason="call", at=NOON
    )
    access = AccessRecord.objects.get()
    assert (access.subject_id, access.contact_id, access.page, access.reason, access.via) == (
        1,
        9,
        "file",
        "call",
        "desk",
    )
    assert access.actor_name == "Ñ��"
    with connection.cursor() as cursor:
        cursor.execute("select xmin::text from kernel_accessrecord")
        first_writer = int(cursor.fetchone()[0])
    with transaction.atomic():
        record_access(actor=make_actor(), subject=Subject("customer", 1), page="file", reason="call", at=NOON)
        with connection.cursor() as cursor:
            cursor.execute("select pg_current_xact_id()::text")
            assert int(cursor.fetchone()[0]) > first_writer
    seal_all()
    assert faults(ACCESSES) == []


def test_a_mark_of_another_cluster_is_dropped() -> None:
    """After a restore the transaction numbers begin lower: sealing goes on instead of waiting for ever."""
    note(1)
    stale = seals.Mark(last_id=10**6, settled_at=2**40)
    assert seals.is_lost(stale)
    assert not seals.is_lost(seals.mark(RECORDS))
    marks = seals.seal_settled(dict.fromkeys(STREAMS, stale), NOON)
    assert marks[RECORDS].last_id == 1
    seals.seal_settled(marks, NOON)
    assert Seal.objects.filter(stream=RECORDS).count() == 1


def test_many_rows_are_sealed_in_several_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "MOST_ROWS_A_SEAL", 3)
    note(8)
    seal_all()
    assert list(Seal.objects.filter(stream=RECORDS).order_by("id").values_list("from_id", "to_id", "row_count")) == [
        (1, 3, 3),
        (4, 6, 3),
        (7, 8, 2),
    ]
    assert faults() == []


def test_the_sealer_seals_and_hands_on_the_heads() -> None:
    note(3)
    kept: list[dict[str, str]] = []
    stop = threading.Event()

    def keep(heads: dict[str, str]) -> None:
        kept.append(heads)
        stop.set()

    sealer = threading.Thread(target=sealing.run, args=(stop, keep, 0.01))
    sealer.start()
    sealer.join(20)
    assert set(kept[0]) == {RECORDS, EVENTS}
    assert list(sealing.check_all(kept[0])) == []


def test_two_sealers_at_once_seal_each_row_once() -> None:
    from tests.kernel.sessions import together

    note(20)
    marks = {stream: seals.mark(stream) for stream in STREAMS}
    results = together(*[lambda: seals.seal_settled(marks, datetime.now(UTC))] * 4)
    assert not [r for r in results if isinstance(r, Exception)]
    assert sum(Seal.objects.filter(stream=RECORDS).values_list("row_count", flat=True)) == 20
    assert faults() == []
