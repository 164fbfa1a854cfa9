"""Which customers the rows of a batch are: found by outside id, by our reference, or by customer number; locked in one order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from onhand.customers.access import visible_customers
from onhand.customers.enums import IdentityKind
from onhand.customers.intake.reading import Incoming, Problem
from onhand.customers.privacy.suppression import OUTSIDE_ID, Known, suppressed_among
from onhand.kernel.actor import Actor, Visibility

# Rows known by customer number only are taken in one transaction at a time: no unique index guards those numbers.
NUMBERS_LOCK = 7_305_511_204_118

COLUMNS = (
    *("name", "kind", "form_of_address", "language", "born_on", "tax_number"),
    *("address_lines", "postal_code", "city", "region", "country", "time_zone"),
)
ADDRESS = COLUMNS[6:11]

_OUTSIDE = """
select o.system, o.value, coalesce(c.merged_into_id, c.id) from unnest(%s::text[], %s::text[]) k(system, value)
join customers_outsideid o on o.system = k.system and o.value = k.value join customers_customer c on c.id = o.customer_id
"""
_NUMBERS = """
select distinct i.match_key, coalesce(c.merged_into_id, c.id) from customers_identity i join customers_customer c on c.id = i.customer_id
where i.match_key = any(%s) and i.kind = 'customer_number' and i.withdrawn_at is null
"""
_REFERENCES = "select reference, coalesce(merged_into_id, id) from customers_customer where reference = any(%s)"
_FILES = (
    f"select id, version, reference, merged_into_id, erased_at, {', '.join(COLUMNS)} from customers_customer"  # noqa: S608
    " where id = any(%s) order by id"
)
_IDENTITIES = """
select coalesce(c.merged_into_id, c.id), i.kind, i.value, i.match_key, i.customer_id = coalesce(c.merged_into_id, c.id)
from customers_customer c join customers_identity i on i.customer_id = c.id
where (c.id = any(%s) or c.merged_into_id = any(%s)) and i.withdrawn_at is null order by i.id
"""


class MovedMeanwhile(Exception):
    """A customer was merged between being found and being locked: to be tried again."""


@dataclass(slots=True)
class File:
    """A customer a row is about, as stored: one that is not merged into another."""

    id: int
    version: int
    reference: str
    erased_at: datetime | None
    values: dict[str, Any]
    identities: dict[str, list[str]] = field(default_factory=dict)  # of the customer's own row, in the order added
    held: set[tuple[str, str]] = field(default_factory=set)  # (kind, match key) of the whole file


@dataclass(slots=True)
class Matches:
    """What was found for a batch: (kind of key, key) → customer, or None where several fit."""

    outside: dict[tuple[str, str], int] = field(default_factory=dict)
    numbers: dict[str, int | None] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)
    suppressed: set[Known] = field(default_factory=set)

    def of(self, row: Incoming) -> tuple[int | None, Problem | None]:
        """The customer a row is about (None: a new one), or why that cannot be said."""
        if row.outside and row.outside in self.outside:
            return self.outside[row.outside], None
        if row.reference:
            found = self.references.get(row.reference)
            if found is None:
                words = _("No customer has this reference. Leave it empty for a new customer.")
                return None, Problem("reference", row.reference, words)
            return found, None
        number = row.customer_number.lower()
        if number and number in self.numbers:
            single = self.numbers[number]
            if single is None:
                words = _("Several customers have this number. Give our reference, or the number in the other system.")
                return None, Problem("customer_number", row.customer_number, words)
            return single, None
        return None, self._erased(row)

    def _erased(self, row: Incoming) -> Problem | None:
        """Why a row that would make a new customer must not: it is somebody who was erased."""
        if not any(known in self.suppressed for known in _known(row)):
            return None
        words = _("This belonged to a customer whose data was erased. It is not taken in again; register them by hand.")
        name, value = ("outside_id", row.outside[1]) if row.outside else ("customer_number", row.customer_number)
        return Problem(name if value else "email", value, words)


def _known(row: Incoming) -> Iterator[Known]:
    """What a row says that is one person's alone. A telephone number often is a household's."""
    if row.outside:
        yield OUTSIDE_ID, *row.outside
    if row.customer_number:
        yield IdentityKind.CUSTOMER_NUMBER.value, "", row.customer_number.lower()
    for kind, value in row.identities:
        if kind == IdentityKind.EMAIL:
            yield IdentityKind.EMAIL.value, "", value.lower()


def find_matches(rows: Sequence[Incoming]) -> Matches:
    """Whom the keys of these rows belong to, or belonged to before they were erased, in at most four statements."""
    found = Matches(suppressed=suppressed_among(known for row in rows for known in _known(row)))
    outside = [row.outside for row in rows if row.outside]
    references = [row.reference for row in rows if row.reference]
    numbers = [row.customer_number.lower() for row in rows if row.customer_number]
    with connection.cursor() as cursor:
        if outside:
            cursor.execute(_OUTSIDE, [[system for system, _value in outside], [value for _system, value in outside]])
            found.outside = {(system, value): customer for system, value, customer in cursor.fetchall()}
        if references:
            cursor.execute(_REFERENCES, [references])
            found.references = dict(cursor.fetchall())
        if numbers:
            cursor.execute(_NUMBERS, [numbers])
            for number, customer in cursor.fetchall():
                found.numbers[number] = customer if found.numbers.get(number, customer) == customer else None
    return found


def hold_numbers() -> None:
    """Wait until no other batch that is known by customer numbers is under way, and keep others waiting till the end."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [NUMBERS_LOCK])


def read_files(actor: Actor, ids: Iterable[int], *, lock: bool) -> tuple[dict[int, File], set[int]]:
    """
    The files of these customers, locked in order of their ids if asked, and which of them the actor may see.

    :raises MovedMeanwhile: one of them has just been merged.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}, set()
    with connection.cursor() as cursor:
        cursor.execute(_FILES + (" for no key update" if lock else ""), [wanted])
        files = {}
        for pk, version, reference, merged_into, erased_at, *values in cursor.fetchall():
            if merged_into is not None:
                raise MovedMeanwhile
            files[pk] = File(pk, version, reference, erased_at, dict(zip(COLUMNS, values, strict=True)))
        cursor.execute(_IDENTITIES, [wanted, wanted])
        for pk, kind, value, key, is_own in cursor.fetchall():
            files[pk].held.add((kind, key))
            if is_own:
                files[pk].identities.setdefault(kind, []).append(value)
    if actor.visibility is Visibility.ALL:
        return files, set(files)
    return files, set(visible_customers(actor).filter(pk__in=wanted).values_list("pk", flat=True))


def wrong_file(file: File | None, visible: set[int]) -> str:
    """Why a file that was found is not to be changed by this actor; empty if it may be."""
    if file is None or file.id not in visible:
        return _("This belongs to a customer you may not see.")
    if file.erased_at is not None:
        return erased_words()
    return ""


def erased_words() -> str:
    """Why somebody erased is not brought in again."""
    return _("This customer's data was erased on request. It is not taken in again.")


def key_field(row: Incoming) -> tuple[str, str]:
    """The field a row was found by, and its value: what an error about the match is shown at."""
    if row.outside:
        return "outside_id", row.outside[1]
    return ("reference", row.reference) if row.reference else ("customer_number", row.customer_number)


def plural(kind: IdentityKind | str) -> str:
    """The name of a list of identities in records, as the customer's snapshot has it."""
    return f"{IdentityKind(kind).value}s"
