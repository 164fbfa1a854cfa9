"""
Seals over the append-only streams. They make tampering visible, also by somebody who may do anything in the database.

Every row carries a keyed hash of its content, made by the product when it was written; a row put in or altered by other means has
none that fits. Where the product itself took values out (`redaction`), a keyed hash over what is left stands beside it. Every few
seconds the new rows of a stream are sealed: a keyed hash over their hashes and over the seal before, so a row taken out is missed.
What can be taken out unseen is the end of a stream not sealed yet (seconds), or everything since some moment together with its
seals; against the latter the head of the chain is also written to the log and the data folder.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction

from onhand.kernel.models import Seal
from onhand.kernel.redaction import missing_rows, newest_redactions
from onhand.kernel.signing import STREAM_COLUMNS, canonical, keyed_hash, plain, read_back, sign

log = structlog.get_logger(__name__)

MOST_ROWS_A_SEAL = 10_000
_LOCK = 0x5EA1  # one sealer at a time in the whole database


@dataclass(frozen=True, slots=True)
class Mark:
    """The last row seen of a stream, and a transaction number above that of every transaction that may still add an earlier one."""

    last_id: int
    settled_at: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something `check_stream` found. `kind` is altered, missing, inserted or broken_seal."""

    stream: str
    kind: str
    row_id: int | None
    detail: str


def mark(stream: str) -> Mark:
    """
    Note how far a stream has come. Rows up to here may still be in open transactions.

    A writer takes its transaction number before its row id, so one with an id up to the last has a number below the one taken
    here. (The snapshot's own upper bound would not do: it is one past the last *ended* transaction, not the last begun.)
    """
    with connection.cursor() as cursor:
        cursor.execute(f"select coalesce(max(id), 0), pg_current_xact_id()::text::bigint from {_table(stream)}")  # noqa: S608
        return Mark(*cursor.fetchone())


def is_settled(at: Mark) -> bool:
    """Whether every transaction that could still add a row at or before the mark has ended."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %s", [at.settled_at])
        return bool(cursor.fetchone()[0])


def is_lost(at: Mark) -> bool:
    """Whether the mark is of a database that is gone: one replaced by a restore, or set back by a crash, counts from lower."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint <= %s", [at.settled_at])
        return bool(cursor.fetchone()[0])


def seal_stream(stream: str, up_to: Mark, at: datetime) -> Seal | None:
    """Seal the rows of a stream that came since its last seal, up to a settled mark; at most 10,000 at once."""
    if not is_settled(up_to):
        return None
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return None
        previous = Seal.objects.filter(stream=stream).order_by("-id").first()
        first = previous.to_id + 1 if previous else 1
        rows = _row_macs(stream, first, up_to.last_id, MOST_ROWS_A_SEAL)
        if not rows:
            return None
        last = rows[-1][0] if len(rows) == MOST_ROWS_A_SEAL else up_to.last_id
        digest = _digest(stream, first, last, at, rows, bytes(previous.digest) if previous else b"")
        seal = Seal.objects.create(
            stream=stream, from_id=first, to_id=last, row_count=len(rows), digest=digest, sealed_at=at
        )
    log.info("records_sealed", stream=stream, to_id=last, rows=len(rows), head=digest.hex())
    return seal


def last_sealed(stream: str) -> int:
    """The last row of a stream that is sealed; 0 where nothing is. Every row up to it is final."""
    return Seal.objects.filter(stream=stream).order_by("-id").values_list("to_id", flat=True).first() or 0


def seal_settled(marks: dict[str, Mark], at: datetime) -> dict[str, Mark]:
    """One round of sealing: seal up to the marks of the round before as far as settled, and return the marks for the next."""
    following = {}
    for stream in STREAM_COLUMNS:
        known = marks.get(stream)
        if known is not None and not is_settled(known):
            following[stream] = mark(stream) if is_lost(known) else known
            continue
        while known is not None:
            seal = seal_stream(stream, known, at)
            if seal is None or seal.to_id >= known.last_id:
                break
        following[stream] = mark(stream)
    return following


def heads() -> dict[str, str]:
    """The newest seal of every stream, as hexadecimal digest: to be kept outside the database."""
    found = {}
    for stream in STREAM_COLUMNS:
        newest = Seal.objects.filter(stream=stream).order_by("-id").values_list("digest", flat=True).first()
        if newest is not None:
            found[stream] = bytes(newest).hex()
    return found


def check_stream(stream: str, known_head: str | None = None) -> Iterator[Fault]:
    """
    Look at every row and seal of a stream and yield each fault found. Reads in slices: memory does not grow with the stream.

    `known_head` is a head kept outside the database; it must still be among the seals.
    """
    previous_digest, next_id, known_seen = b"", 1, known_head is None
    for seal in Seal.objects.filter(stream=stream).order_by("id").iterator(chunk_size=500):
        rows = []
        for row_id, row_mac, fault in _checked_rows(stream, seal.from_id, seal.to_id):
            rows.append((row_id, row_mac))
            if fault:
                yield Fault(stream, "altered", row_id, fault)
        digest = _digest(stream, seal.from_id, seal.to_id, seal.sealed_at, rows, previous_digest)
        if seal.from_id != next_id:
            yield Fault(stream, "broken_seal", None, f"seal {seal.pk} does not follow the one before it")
        elif len(rows) != seal.row_count:
            kind = "missing" if len(rows) < seal.row_count else "inserted"
            yield Fault(
                stream,
                kind,
                None,
                f"{len(rows)} rows from {seal.from_id} to {seal.to_id}, {seal.row_count} were sealed",
            )
        elif digest != bytes(seal.digest):
            yield Fault(stream, "broken_seal", None, f"rows {seal.from_id} to {seal.to_id} are not those sealed")
        previous_digest, next_id = bytes(seal.digest), seal.to_id + 1
        known_seen = known_seen or bytes(seal.digest).hex() == known_head
    if not known_seen:
        yield Fault(stream, "missing", None, "the newest seal known outside the database is gone")
    for row_id, _row_mac, fault in _checked_rows(stream, next_id, None):
        if fault:
            yield Fault(stream, "inserted", row_id, "it was not written by the product")
    for row_id in missing_rows(stream):
        yield Fault(stream, "missing", row_id, "it was redacted, and is gone")


def _table(stream: str) -> str:
    if stream not in STREAM_COLUMNS:
        raise LookupError(f"no such stream: {stream}")
    return stream


def _digest(stream: str, first: int, last: int, at: datetime, rows: list[tuple[int, bytes]], previous: bytes) -> bytes:
    listed = [[row_id, row_mac.hex()] for row_id, row_mac in rows]
    return keyed_hash(canonical([stream, first, last, plain(at), listed, previous.hex()]))


def _row_macs(stream: str, first: int, last: int, most: int) -> list[tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id, mac from {_table(stream)} where id between %s and %s order by id limit %s",  # noqa: S608
            [first, last, most],
        )
        return [(row[0], bytes(row[1])) for row in cursor.fetchall()]


def _checked_rows(stream: str, first: int, last: int | None) -> Iterator[tuple[int, bytes, str]]:
    """(id, hash it carries, what is wrong with its content, if anything) of the rows from `first` to `last`, in slices."""
    names = STREAM_COLUMNS[_table(stream)]
    columns = ", ".join(f'"{name}"' for name in names)
    after = first - 1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"select mac, {columns} from {stream} where id > %s and id <= coalesce(%s, id) order by id limit 2000",  # noqa: S608
                [after, last],
            )
            rows: list[Any] = cursor.fetchall()
        if not rows:
            return
        redactions = newest_redactions(stream, rows[0][1], rows[-1][1])
        for row_mac, *stored in rows:
            values = [read_back(name, value) for name, value in zip(names, stored, strict=True)]
            is_as_written = bytes(row_mac) == sign(stream, values)
            redaction = redactions.get(values[0])
            if redaction is None:
                fault = "" if is_as_written else "its content is not what was written"
            elif is_as_written:
                fault = "it was redacted, and its content was put back"
            else:
                fault = "" if redaction.fits(bytes(row_mac), values) else "its content is not what its redaction left"
            yield values[0], bytes(row_mac), fault
        if len(rows) < 2000:
            return
        after = rows[-1][1]
