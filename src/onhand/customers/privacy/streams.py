"""What the append-only streams hold about a person: acts and their events, and who opened the file."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import SLICE, Column, Holding, Members, Row, Scope, all_holdings
from onhand.kernel.actor import ActorKind, Via
from onhand.kernel.models import AccessRecord, ActRecord, EventRecord
from onhand.kernel.records import ACCESSES, RECORDS
from onhand.kernel.redaction import ValueChange

# People who work here are third parties too: the person learns what kind of actor it was, the records keep who.
WHO = {
    ActorKind.PERSON.value: _("Representative"),
    ActorKind.SERVICE.value: _("Program"),
    ActorKind.AI.value: _("AI representative"),
    ActorKind.SYSTEM.value: _("By itself"),
}
DOORS = {
    Via.DESK.value: _("Desk"),
    Via.API.value: _("Programs (API)"),
    Via.MCP.value: _("AI (MCP)"),
    Via.JOB.value: _("Timetable"),
    Via.COMMAND.value: _("Command"),
}

PAGES = {
    "desk.customer": _("Customer's file"),
    "desk.contact": _("Contact with its messages"),
    "api.contact": _("Contact with its messages"),
    "api.attachment": _("File of a message"),
    "api.case": _("Case"),
    "money": _("Account and documents"),
    "statement": _("Statement of account"),
    "personal_export": _("Archive of the file"),
    "settings.access_log": _("List of who opened it"),
}

_LATER = """
select s.id, r.id from unnest(%(subjects)s::bigint[]) with ordinality as s(id, place),
  lateral (select x.id from {stream} x where x.subject_type = %(type)s and x.subject_id = s.id
           and (s.id > %(subject)s or x.id > %(row)s) order by x.id limit %(limit)s) r
order by s.id, r.id limit %(limit)s
"""
_COUNT = "select count(*) from {stream} where subject_type = %s and subject_id = any(%s)"
_ACTS = """
select at, act, subject_type, actor_kind, via, arguments::text, before::text, after::text
from kernel_actrecord where id = any(%s) order by id
"""
_ACCESSES = (
    "select at, subject_type, page, reason, actor_kind, via from kernel_accessrecord where id = any(%s) order by id"
)


def rows_after(
    stream: str, holding: Holding, members: Members, subject: int, row: int, limit: int = SLICE
) -> list[tuple[int, int]]:
    """
    (subject id, row id) of a stream's rows about what this holding names, in that order and after the given pair; fewer than
    `limit` only at the end. Found by the index over subjects, wherever one begins.
    """
    found: list[tuple[int, int]] = []
    while len(found) < limit:
        subjects = holding.subject_ids(members, subject - 1, SLICE)
        if not subjects:
            break
        with connection.cursor() as cursor:
            given: dict[str, Any] = {"subjects": subjects, "type": holding.subject, "subject": subject, "row": row}
            cursor.execute(_LATER.format(stream=stream), given | {"limit": limit - len(found)})
            found += cursor.fetchall()
        if len(subjects) < SLICE:
            break
        if len(found) < limit:
            subject, row = subjects[-1] + 1, 0
    return found


def count_about(stream: str, members: Members) -> int:
    """How many rows of a stream are about these customers or anything of theirs."""
    total = 0
    for holding in all_holdings():
        after = 0
        while holding.subject and (ids := holding.subject_ids(members, after, 10 * SLICE)):
            with connection.cursor() as cursor:
                cursor.execute(_COUNT.format(stream=stream), [holding.subject, ids])
                total += cursor.fetchone()[0]
            after = ids[-1]
    return total


def _each(stream: str, members: Members, sql: str) -> Iterator[tuple[Any, ...]]:
    for holding in all_holdings():
        subject, row = 0, 0
        while holding.subject and (found := rows_after(stream, holding, members, subject, row)):
            with connection.cursor() as cursor:
                cursor.execute(sql, [[row_id for _subject, row_id in found]])
                yield from cursor.fetchall()
            subject, row = found[-1]


class _StreamHolding:
    """Rows of streams are redacted, by their own steps of the erasure, and never deleted."""

    stream = ""
    subject = ""
    is_quick = False

    def count(self, members: Members) -> int:
        """How many rows are about these customers, or anything of theirs."""
        return count_about(self.stream, members)

    def erase(self, scope: Scope, limit: int) -> int:  # noqa: ARG002  (see `erasure`)
        """Nothing here."""
        return 0

    def subject_ids(self, members: Members, after: int, limit: int) -> list[int]:  # noqa: ARG002
        """None of its own."""
        return []

    def rewrite(self, members: Members, change: ValueChange, after: int, limit: int) -> tuple[int, int]:  # noqa: ARG002
        """Nothing here: redacted by its own steps."""
        return 0, 0


class ActHolding(_StreamHolding):
    """What was done on the file and on everything that belongs to it. Events repeat it for programs and are not exported again."""

    name = "acts"
    label = _("What was done")
    stream = RECORDS
    models: Sequence[type[Model]] = (ActRecord, EventRecord)
    columns = (
        Column("at", _("When")),
        Column("act", _("Act")),
        Column("about", _("On what")),
        Column("who", _("By"), WHO),
        Column("door", _("Through"), DOORS),
        Column("given", _("What was given")),
        Column("before", _("Before")),
        Column("after", _("After")),
    )
    why_kept = _("The books stay whole: that something was done and when, without the person's data.")

    def rows(self, members: Members) -> Iterator[Row]:
        """The acts, with what they changed."""
        for at, act, about, who, door, *values in _each(RECORDS, members, _ACTS):
            given, before, after = (json.loads(value) for value in values)
            yield {
                "at": at,
                "act": act,
                "about": about,
                "who": who,
                "door": door,
                "given": given,
                "before": before,
                "after": after,
            }


class AccessHolding(_StreamHolding):
    """Who opened the file, when and why."""

    name = "accesses"
    label = _("Who opened the file")
    stream = ACCESSES
    models: Sequence[type[Model]] = (AccessRecord,)
    columns = (
        Column("at", _("When")),
        Column("about", _("What")),
        Column("page", _("Page"), PAGES),
        Column("reason", _("Why")),
        Column("who", _("By"), WHO),
        Column("door", _("Through"), DOORS),
    )
    why_kept = _("Who opened and identified is kept as proof that the data was protected, without what was said.")

    def rows(self, members: Members) -> Iterator[Row]:
        """Each opening."""
        names = ("at", "about", "page", "reason", "who", "door")
        for values in _each(ACCESSES, members, _ACCESSES):
            yield dict(zip(names, values, strict=True))
