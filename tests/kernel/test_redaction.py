"""Values are taken out of append-only rows by redactions only, and the seals tell a redaction from an alteration."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from onhand.kernel import sealing
from onhand.kernel.models import AccessRecord, ActRecord, EventRecord, Redaction
from onhand.kernel.records import ACCESSES, EVENTS, RECORDS, Subject, record_access
from onhand.kernel.redaction import blanked, redact, without
from tests.factories import NOON, make_actor
from tests.kernel.test_seals import faults, note, seal_all, tamper

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(days=1)


def redacted(stream: str, *rows: int) -> int:
    with transaction.atomic():
        return redact(stream, rows, record_id=7, at=LATER)


def test_redacted_rows_hold_no_values_and_the_seals_hold() -> None:
    note(5)
    record_access(actor=make_actor(), subject=Subject("customer", 1), page="file", reason="calls", at=NOON)
    head = seal_all()
    first, second, third, *_rest = ActRecord.objects.order_by("pk").values_list("pk", flat=True)
    events = list(EventRecord.objects.order_by("pk").values_list("pk", flat=True))
    assert redacted(RECORDS, second, third) == 2
    assert redacted(ACCESSES, AccessRecord.objects.get().pk) == 1
    assert redacted(EVENTS, *events) == 0  # the act and the record's number are nobody's personal data
    assert ActRecord.objects.get(pk=second).arguments == {"text": ""}
    assert ActRecord.objects.get(pk=second).after == {"note": ""}
    assert "ñandú" in ActRecord.objects.get(pk=first).arguments["text"]
    assert AccessRecord.objects.get().reason == ""
    assert EventRecord.objects.get(pk=events[0]).payload == {"act": "customers.add_note", "record_id": first}
    assert list(sealing.check_all(head)) == []
    assert Redaction.objects.filter(stream=RECORDS, record_id=7).count() == 2


def test_redacting_again_changes_nothing_and_unsealed_rows_can_be_redacted() -> None:
    note(2)
    assert [redacted(RECORDS, 1, 2), redacted(RECORDS, 1, 2)] == [2, 0]
    assert faults() == []
    seal_all()
    assert faults() == []


def test_a_row_is_redacted_in_two_steps() -> None:
    note(2)
    seal_all()
    with transaction.atomic():
        assert redact(RECORDS, [1], record_id=7, at=LATER, change=without(["nobody"])) == 0
        assert redact(RECORDS, [1, 2], record_id=7, at=LATER, change=without(["NOTE 0"])) == 1
    assert ActRecord.objects.get(pk=1).arguments == {"text": "… — ñandú"}
    assert redacted(RECORDS, 1, 2) == 2
    assert faults() == []


@pytest.mark.parametrize(
    "sql",
    [
        "update kernel_actrecord set arguments = '{}' where id = 2",
        "update kernel_actrecord set actor_name = '' where id = 1",
        "delete from kernel_actrecord where id = 1",
        "update kernel_redaction set at = at",
        "delete from kernel_redaction",
        "truncate kernel_redaction",
    ],
)
def test_the_database_refuses_everything_else(sql: str) -> None:
    note(2)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        redact(RECORDS, [1], record_id=7, at=LATER)
        with connection.cursor() as cursor:
            cursor.execute(sql)
    redacted(RECORDS, 1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update kernel_actrecord set arguments = '{\"a\": 1}' where id = 1")  # not in that transaction


def test_no_redaction_can_name_another_column() -> None:
    note(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into kernel_redaction (stream, row_id, columns, at, transaction_number, mac) values"
            " ('kernel_actrecord', 1, '[\"actor_name\"]', now(), pg_current_xact_id()::text::bigint, 'x')"
        )
        cursor.execute("update kernel_actrecord set actor_name = 'x' where id = 1")


TAMPERING = {
    "altered after redaction": (
        'update kernel_actrecord set arguments = \'{"text": "lie"}\' where id = 3',
        ["altered"],
    ),
    "other column of a redacted row": ("update kernel_actrecord set actor_name = 'x' where id = 3", ["altered"]),
    "redaction altered": ("update kernel_redaction set columns = '[]' where row_id = 3", ["altered"]),
    "redaction of another time": (
        "update kernel_redaction set at = at - interval '1 day' where row_id = 3",
        ["altered"],
    ),
    "redaction said of another act": ("update kernel_redaction set record_id = 8 where row_id = 3", ["altered"]),
    "redaction gone": ("delete from kernel_redaction where row_id = 3", ["altered"]),
    "redacted row gone": ("delete from kernel_actrecord where id = 3", ["missing", "missing"]),
    "redaction made up": (
        "insert into kernel_redaction (stream, row_id, columns, at, transaction_number, mac) values"
        " ('kernel_actrecord', 4, '[\"arguments\"]', now(), 0, 'x');"
        "update kernel_actrecord set arguments = '{}' where id = 4",
        ["altered"],
    ),
    "redaction moved to another row": (
        "insert into kernel_redaction (stream, row_id, columns, at, record_id, transaction_number, mac)"
        " select stream, 4, columns, at, record_id, 0, mac from kernel_redaction where row_id = 3;"
        'update kernel_actrecord set arguments = \'{"text": ""}\', after = \'{"note": ""}\' where id = 4',
        ["altered"],
    ),
    "content put back": (
        "update kernel_actrecord set arguments = (select k.arguments from kept k where k.id = 3),"
        " after = (select k.after from kept k where k.id = 3) where id = 3",
        ["altered"],
    ),
    "redaction of a row that never was": (
        "insert into kernel_redaction (stream, row_id, columns, at, transaction_number, mac)"
        " values ('kernel_actrecord', 99, '[]', now(), 0, 'x')",
        ["missing"],
    ),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_tampering_is_told_from_redaction(case: str) -> None:
    sql, expected = TAMPERING[case]
    note(5)
    seal_all()
    with connection.cursor() as cursor:
        cursor.execute("create table kept as select * from kernel_actrecord")
    redacted(RECORDS, 3)
    assert faults() == []
    tamper(sql)
    assert faults() == expected


def test_what_stays_in_a_redacted_value() -> None:
    value = {
        "name": "Ana",
        "emails": ["a@example.com"],
        "born_on": None,
        "age": 40,
        "identity_id": 7,
        "wanted": True,
        "amount": {"minor": 1200, "currency": "EUR"},
        "lines": [{"text": "x", "id": 3}],
    }
    assert blanked(value) == {
        "name": "",
        "emails": [],
        "born_on": None,
        "age": None,
        "identity_id": 7,
        "wanted": True,
        "amount": {"minor": 1200, "currency": "EUR"},
        "lines": [{"text": "", "id": 3}],
    }


def test_redaction_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside"):
        redact(RECORDS, [1], record_id=None, at=LATER)
