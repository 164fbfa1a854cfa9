"""
What can be brought in and taken out beside customers: each app registers its kinds. A kind says which fields a row has, what becomes of a
row, and how the same rows are read out again; upload, columns, check, run and the interface for programs are the same for all.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from onhand.customers.intake.fields import BY_NAME, FIELDS, IntakeField
from onhand.customers.intake.reading import Problem
from onhand.customers.intake.upsert import OnMatch, Status
from onhand.customers.models import OutsideObject
from onhand.kernel.actor import Actor
from onhand.kernel.bulk import copy_rows
from onhand.kernel.decisions import noting
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.fields import clean_text

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CUSTOMERS = "customers"
OUTSIDE_ID = "outside_id"
Row = dict[str, str]
LARGEST_FIELD = 20_000
LOCK_CLASS = 1_768_776_561  # of our advisory locks; the second key is the kind


@dataclass(frozen=True, slots=True)
class Bringing:
    """
    The circumstances rows are brought in under. `system` names where their outside ids are from. `is_recorded`: kinds that write many
    rows at once write their act records too; not where they are called by that act. `is_dry`: all is taken back afterwards, so what
    would be used up by it need not be.
    """

    actor: Actor
    at: datetime
    system: str = ""
    day_first: bool = True
    on_match: OnMatch = OnMatch.UPDATE
    is_recorded: bool = True
    is_dry: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of a row: of which of our things, and what is wrong with it."""

    status: Status
    object_id: int | None = None
    problems: list[Problem] = field(default_factory=list)


TakeAll = Callable[[Sequence[Row], Bringing], list[Outcome]]
ReadOut = Callable[[Actor, int, int], list[tuple[int, Row]]]


@dataclass(frozen=True, slots=True)
class ImportKind:
    """
    A kind of thing brought in. `take` makes what rows say so, in the current transaction, an outcome a row; `needs` are fields that must
    be there; a row is known again by its outside id, else by what `take` finds it by. `read(actor, after, most)` gives the things of ids
    above `after` that the actor may see, in order of id, as rows. `is_personal`: rows tell of customers, and go once they were taken.
    Without `take` a kind only goes out. `reads` is the permission to take it out, where that is another one. Kinds are best brought in
    in order of `rank`.
    """

    name: str
    label: "_StrOrPromise"
    permission: str
    fields: tuple[IntakeField, ...]
    needs: tuple[str, ...]
    take: TakeAll | None
    read: ReadOut
    is_personal: bool = False
    reads: str = ""
    rank: int = 0

    @property
    def permission_to_read(self) -> str:
        """Who may take such things out."""
        return self.reads or self.permission

    @property
    def by_name(self) -> Mapping[str, IntakeField]:
        """The fields by their names."""
        return {one.name: one for one in self.fields}


_kinds: dict[str, ImportKind] = {}


def register_kind(kind: ImportKind) -> ImportKind:
    """Make a kind known under its name."""
    _kinds[kind.name] = kind
    return kind


def all_kinds() -> list[ImportKind]:
    """Every kind but customers that comes in, in the order they are best brought in: what others refer to first."""
    return [one for one in going_out() if one.take is not None]


def going_out() -> list[ImportKind]:
    """Every kind but customers, also those that only go out."""
    return sorted(_kinds.values(), key=lambda one: one.rank)


def find_kind(name: str) -> ImportKind | None:
    """The kind of that name that comes in, if there is one."""
    found = _kinds.get(name)
    return found if found is not None and found.take is not None else None


def find_going_out(name: str) -> ImportKind | None:
    """The kind of that name, also one that only goes out."""
    return _kinds.get(name)


def fields_of(name: str) -> tuple[IntakeField, ...]:
    """The fields of a kind, customers included."""
    found = _kinds.get(name)
    return found.fields if found else FIELDS


def by_name_of(name: str) -> Mapping[str, IntakeField]:
    """The same by their names."""
    found = _kinds.get(name)
    return found.by_name if found else BY_NAME


def bring_in_kind(kind: ImportKind, rows: Sequence[Row], bringing: Bringing, *, dry: bool = False) -> list[Outcome]:
    """
    Bring rows in, in a transaction; each has its own outcome, and one at fault stops no other. Dry, the same is done and taken back.

    :raises NotPermitted: the actor may not.
    """
    bringing.actor.require(kind.permission)
    outcomes: list[Outcome | None] = [None] * len(rows)
    good: list[tuple[int, Row]] = []
    for index, row in enumerate(rows):
        cleaned, problems = _cleaned(kind, row, bringing)
        if problems:
            outcomes[index] = Outcome(Status.ERROR, problems=problems)
        else:
            good.append((index, cleaned))
    if kind.take is None:
        raise NotPossible(_("This is only taken out."))
    with transaction.atomic():
        lock_kind(kind.name)
        place = transaction.savepoint()
        taken = kind.take([row for _index, row in good], replace(bringing, is_dry=dry))
        if dry:
            transaction.savepoint_rollback(place)
        else:
            transaction.savepoint_commit(place)
    for (index, _row), outcome in zip(good, taken, strict=True):
        outcomes[index] = outcome
    return [one for one in outcomes if one is not None]


def lock_kind(name: str) -> None:
    """Of two programs that bring in the same, let one come after the other. Comes before everything in the order of locks."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_CLASS, name])


def _cleaned(kind: ImportKind, row: Mapping[str, str], bringing: Bringing) -> tuple[Row, list[Problem]]:
    found: Row = {}
    problems: list[Problem] = []
    known = kind.by_name
    for name, value in row.items():
        if name not in known:
            problems.append(Problem(name[:100], value[:100], _("There is no such field.")))
            continue
        try:
            text = clean_text(value[:LARGEST_FIELD], many_lines=known[name].longest > 1_000)
        except ValueError:
            problems.append(Problem(name, value[:100], _("This holds signs that cannot be stored.")))
            continue
        if len(text) > known[name].longest:
            most = _("No more than %(most)s signs.") % {"most": known[name].longest}
            problems.append(Problem(name, text[:100], most))
        elif text:
            # What our own lists put before a cell that a spreadsheet would run.
            found[name] = text[1:] if re.match(r"'[=+\-@']", text) else text
    if OUTSIDE_ID in found and not bringing.system:
        problems.append(Problem(OUTSIDE_ID, found[OUTSIDE_ID], _("Say which system the numbers are from.")))
    missing = [name for name in kind.needs if name not in found and name not in {p.field for p in problems}]
    problems += [Problem(name, "", _("This is needed.")) for name in missing]
    return found, problems


TakeOne = Callable[[Row, int | None, Bringing], tuple[Status, int]]


def row_by_row(kind_name: str, take_one: TakeOne, act_fields: Mapping[str, str] | None = None) -> TakeAll:
    """
    Rows taken one after the other, each by acts of its own. `take_one(row, known, bringing)` is given the id our thing is known by from
    the row's outside id, and answers with what it did to which; `act_fields` says which field an argument of those acts is.
    """

    def take(rows: Sequence[Row], bringing: Bringing) -> list[Outcome]:
        ids = known_ids(kind_name, bringing.system, [row.get(OUTSIDE_ID, "") for row in rows])
        outcomes = []
        for row in rows:
            outside = row.get(OUTSIDE_ID, "")
            try:
                with noting(bringing.actor), transaction.atomic():
                    status, object_id = take_one(row, ids.get(outside), bringing)
                    if outside and outside not in ids:
                        _link(kind_name, bringing, outside, object_id)
                ids |= {outside: object_id} if outside else {}
                outcomes.append(Outcome(status, object_id))
            except ActError as error:
                outcomes.append(Outcome(Status.ERROR, problems=problems_of(error, row, act_fields or {})))
            except IntegrityError:
                again = _("Somebody else made the same at this moment. Bring it again.")
                outcomes.append(Outcome(Status.ERROR, problems=[Problem("", "", again)]))
        return outcomes

    return take


def known_ids(kind: str, system: str, outside: Iterable[str]) -> dict[str, int]:
    """Our things by what another system calls them, as far as they are known."""
    wanted = {one for one in outside if one}
    if not wanted:
        return {}
    found = OutsideObject.objects.filter(kind=kind, system=system, value__in=wanted)
    return dict(found.values_list("value", "object_id"))


def each_row(
    rows: Sequence[Row], take_one: Callable[[Row], Outcome], act_fields: Mapping[str, str] | None = None
) -> list[Outcome]:
    """What became of rows looked at one after the other, where what is to be written is written for all of them afterwards."""
    outcomes = []
    for row in rows:
        try:
            outcomes.append(take_one(row))
        except ActError as error:
            outcomes.append(Outcome(Status.ERROR, problems=problems_of(error, row, act_fields or {})))
    return outcomes


def link_all(kind: str, bringing: Bringing, found: Iterable[tuple[str, int]]) -> None:
    """Keep what another system calls our things, by COPY: (number there, our id), each of which is new."""
    columns = ("kind", "system", "value", "object_id", "created_at")
    copy_rows(
        "customers_outsideobject", columns, [(kind, bringing.system, value, pk, bringing.at) for value, pk in found]
    )


def names_of(kind: str, ids: Iterable[int]) -> dict[tuple[int, str], str]:
    """What other systems call our things, by our id and the system."""
    found = OutsideObject.objects.filter(kind=kind, object_id__in=set(ids))
    return {(pk, system): value for pk, system, value in found.values_list("object_id", "system", "value")}


def _link(kind: str, bringing: Bringing, outside: str, object_id: int) -> None:
    try:
        with transaction.atomic():
            OutsideObject.objects.create(
                kind=kind, system=bringing.system, value=outside, object_id=object_id, created_at=bringing.at
            )
    except IntegrityError:
        raise NotPossible(_("This already has another number in that system."), field=OUTSIDE_ID) from None


def problems_of(error: ActError, row: Mapping[str, Any], act_fields: Mapping[str, str]) -> list[Problem]:
    """What an act refused, as what is wrong with the row's fields."""
    if not error.fields:
        return [Problem("", "", error.message)]
    found = []
    for name, messages in error.fields.items():
        said = act_fields.get(name, name)
        found += [Problem(said, str(row.get(said, ""))[:100], message) for message in messages]
    return found
