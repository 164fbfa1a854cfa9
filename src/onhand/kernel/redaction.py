"""
Redaction: taking personal values out of rows that are otherwise never changed, so that the seals still hold.

For each row a `Redaction` is written, and in the same transaction the row's columns are emptied; the database lets nothing else
through. The row keeps the keyed hash it was written with, so its seal still fits; what it says now is vouched for by the keyed
hash of the redaction. Without the key nobody can pass off an alteration as a redaction.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from onhand.kernel.signing import STREAM_COLUMNS, canonical, keyed_hash, plain, read_back

# What may be taken out; everything else of a row (who, when, which act, why it was allowed) is the books and stays.
REDACTABLE: dict[str, tuple[str, ...]] = {
    "kernel_actrecord": ("arguments", "facts", "before", "after"),
    "kernel_eventrecord": ("payload",),
    "kernel_accessrecord": ("reason",),
}
_NAMES_OF_OURS = frozenset({"act", "handler"})  # keys of payloads under which the product writes its own names

TAKEN_OUT = "…"

ValueChange = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class RedactionSeen:
    """The newest redaction of a row, as read for a check."""

    stream: str
    columns: list[str]
    at: datetime
    record_id: int | None
    mac: bytes

    def fits(self, row_mac: bytes, values: Sequence[Any]) -> bool:
        """Whether a row with these values (in the order of STREAM_COLUMNS) is as the redaction left it."""
        return self.mac == _mac(self.stream, row_mac, self.columns, self.at, self.record_id, values)


def redact(
    stream: str, row_ids: Sequence[int], *, record_id: int | None, at: datetime, change: "ValueChange | None" = None
) -> int:
    """
    Take values out of these rows, in the current transaction, and return how many rows changed. Rows that hold nothing to take out
    are left alone, so doing it again does nothing. `change` gives the new value of a redactable column (`blanked` if not given).

    :raises RuntimeError: outside a transaction, where a redaction and its row could part.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("redact inside a transaction")
    names, targets = STREAM_COLUMNS[stream], REDACTABLE[stream]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select mac, {columns} from {stream} where id = any(%s) order by id for no key update",  # noqa: S608
            [list(row_ids)],
        )
        rows = cursor.fetchall()
    notes, contents = [], []
    for row_mac, *stored in rows:
        values = {name: read_back(name, value) for name, value in zip(names, stored, strict=True)}
        new = {name: (change or blanked)(values[name]) for name in targets}
        touched = [name for name in targets if new[name] != values[name]]
        if touched:
            values |= new
            mac = _mac(stream, bytes(row_mac), touched, at, record_id, list(values.values()))
            notes.append((values["id"], json.dumps(touched), mac))
            contents.append((values["id"], *(_stored(new[name]) for name in targets)))
    if notes:
        _write(stream, targets, notes, contents, record_id, at)
    return len(notes)


def blanked(value: Any) -> Any:
    """
    A value without what may be personal: keys, ids, yes and no and amounts of money stay, so that the books still say what was done;
    texts, dates and figures go.
    """
    if isinstance(value, dict):
        if value.keys() == {"minor", "currency"}:
            return value
        return {key: inner if _stays(key, inner) else blanked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [blanked(one) for one in value if isinstance(one, dict)]
    if isinstance(value, bool):
        return value
    return "" if isinstance(value, str) else None


def without(needles: Sequence[str]) -> ValueChange:
    """
    A change that takes only these texts out, wherever they stand as whole words in upper or lower case: for rows about somebody else,
    which stay theirs.
    """
    longest_first = "|".join(re.escape(needle) for needle in sorted(needles, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)", re.IGNORECASE) if needles else None

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: change(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [change(one) for one in value]
        return pattern.sub(TAKEN_OUT, value) if pattern and isinstance(value, str) else value

    return change


def newest_redactions(stream: str, first: int, last: int) -> dict[int, RedactionSeen]:
    """The newest redaction of each row of a stream from id `first` to `last` that has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select row_id, columns, at, record_id, mac from kernel_redaction"
            " where stream = %s and row_id between %s and %s order by id",
            [stream, first, last],
        )
        return {
            row_id: RedactionSeen(stream, json.loads(columns), at, record_id, bytes(mac))
            for row_id, columns, at, record_id, mac in cursor.fetchall()
        }


def missing_rows(stream: str) -> list[int]:
    """Rows that were redacted and are not there any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct r.row_id from kernel_redaction r where r.stream = %s"  # noqa: S608
            f" and not exists (select 1 from {stream} s where s.id = r.row_id) order by 1",
            [stream],
        )
        return [row_id for (row_id,) in cursor.fetchall()]


def _stays(key: str, value: Any) -> bool:
    is_id = isinstance(value, int) and (key == "id" or key.endswith("_id"))
    return is_id or (key in _NAMES_OF_OURS and isinstance(value, str))


def _stored(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _mac(
    stream: str, row_mac: bytes, columns: list[str], at: datetime, record_id: int | None, values: Sequence[Any]
) -> bytes:
    said = ["redaction", stream, row_mac.hex(), columns, plain(at), record_id, *(plain(value) for value in values)]
    return keyed_hash(canonical(said))


def _write(
    stream: str,
    targets: tuple[str, ...],
    notes: list[tuple[int, str, bytes]],
    contents: list[tuple[Any, ...]],
    record_id: int | None,
    at: datetime,
) -> None:
    ids, columns, macs = zip(*notes, strict=True)
    is_json = stream != "kernel_accessrecord"
    slots = ", ".join(["%s::bigint[]", *(["%s::text[]"] * len(targets))])
    sets = ", ".join(f'"{name}" = v."{name}"{"::jsonb" if is_json else ""}' for name in targets)
    names = ", ".join(f'"{name}"' for name in ("id", *targets))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into kernel_redaction (stream, row_id, columns, at, record_id, transaction_number, mac)"
            " select %s, v.id, v.columns::jsonb, %s, %s, pg_current_xact_id()::text::bigint, v.mac"
            " from unnest(%s::bigint[], %s::text[], %s::bytea[]) as v(id, columns, mac)",
            [stream, at, record_id, list(ids), list(columns), list(macs)],
        )
        cursor.execute(
            f"update {stream} as s set {sets} from unnest({slots}) as v({names}) where s.id = v.id",  # noqa: S608
            [list(values) for values in zip(*contents, strict=True)],
        )
