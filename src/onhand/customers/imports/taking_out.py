"""Lists of what was registered taken out: row by row to programs, or as a CSV file that can be brought in again."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from onhand.customers import access
from onhand.customers.imports.kinds import OUTSIDE_ID, ImportKind, Row
from onhand.customers.imports.queries import csv_line
from onhand.customers.models import OutsideObject
from onhand.kernel.actor import Actor
from onhand.kernel.records import Subject, record_access

BATCH = 1_000


def list_rows(
    kind: ImportKind, actor: Actor, *, at: datetime, after: int = 0, most: int = BATCH, system: str = ""
) -> list[tuple[int, Row]]:
    """
    Up to `most` things of ids above `after`, as rows; with the outside ids they have in a system. Of customers' things it is on record that
    they were taken out.

    :raises NotPermitted: the actor may not bring such things in, nor take lists out.
    """
    _require(kind, actor)
    if kind.is_personal:
        reason = f"json: {kind.name}, above {after}"
        record_access(
            actor=actor, subject=Subject("customer_export", None), page=f"{kind.name}.export", reason=reason, at=at
        )
    return _batch(kind, actor, after, most, system)


def _require(kind: ImportKind, actor: Actor) -> None:
    actor.require(kind.permission_to_read)
    if kind.is_personal:
        actor.require(access.EXPORT)


def _batch(kind: ImportKind, actor: Actor, after: int, most: int, system: str) -> list[tuple[int, Row]]:
    found = kind.read(actor, after, most)
    if system:
        numbers = OutsideObject.objects.filter(kind=kind.name, system=system, object_id__in=[pk for pk, _row in found])
        names = dict(numbers.values_list("object_id", "value"))
        found = [(pk, {OUTSIDE_ID: names[pk], **row} if pk in names else row) for pk, row in found]
    return found


def csv_of(kind: ImportKind, actor: Actor, *, at: datetime, system: str = "") -> Iterator[bytes]:
    """
    The whole list as a CSV file, a batch in memory at a time. That it was taken out is on record before the first byte is sent.

    :raises NotPermitted: the actor may not.
    """
    _require(kind, actor)
    subject = Subject("customer_export", None)
    record_access(actor=actor, subject=subject, page=f"{kind.name}.export", reason=f"csv: {kind.name}", at=at)
    return _lines(kind, actor, system)


def _lines(kind: ImportKind, actor: Actor, system: str) -> Iterator[bytes]:
    names = [one.name for one in kind.fields if system or one.name != OUTSIDE_ID]
    yield ("\ufeff" + csv_line(names)).encode()
    after = 0
    while True:
        batch = _batch(kind, actor, after, BATCH, system)
        # The next batch may be asked for in another thread of the web process.
        if not connection.in_atomic_block:
            connection.close()
        yield "".join(csv_line([row.get(name, "") for name in names]) for _pk, row in batch).encode()
        if len(batch) < BATCH:
            return
        after = batch[-1][0]
