"""
Bringing two files together and parting them again. Nothing is copied or deleted: rows stay with the customer they were written
for, `Customer.merged_into` says whose file they are read in, and the `Merge` rows not undone say how it came about.
"""

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from onhand.customers.membership import member_ids
from onhand.customers.models import Customer, Merge, Relation
from onhand.kernel.acts import Run

_PART = """
with recursive part(id) as (
  select %s::bigint
  union select g.absorbed_id from customers_merge g join part p on g.survivor_id = p.id where g.undone_at is null)
select id from part
"""
_READ_WITH = "update customers_customer set merged_into_id = %s, version = version + 1 where id = any(%s)"


def absorbed_part(customer_id: int) -> list[int]:
    """The customer and all that were merged into it, directly or through others: what parts with it."""
    with connection.cursor() as cursor:
        cursor.execute(_PART, [customer_id])
        return sorted(pk for (pk,) in cursor.fetchall())


def absorb(survivor: Customer, absorbed: Customer, *, reason: str, run: Run) -> Merge:
    """Read one file as part of another. Both are locked, and neither is merged already. Part of an act."""
    merge = Merge.objects.create(
        absorbed=absorbed, survivor=survivor, reason=reason, at=run.at, by_id=run.actor.id, by_name=run.actor.name
    )
    _read_with(survivor.pk, member_ids(absorbed.pk))
    return merge


def part(merge: Merge, *, run: Run) -> list[int]:
    """Undo a merge: what was absorbed, with all it had absorbed itself, is a file of its own again. Gives its ids."""
    leaving = absorbed_part(merge.absorbed_id)
    _read_with(None, [merge.absorbed_id])
    _read_with(merge.absorbed_id, [pk for pk in leaving if pk != merge.absorbed_id])
    Merge.objects.filter(pk=merge.pk).update(undone_at=run.at, undone_by_name=run.actor.name)
    return leaving


def _read_with(root_id: int | None, customer_ids: list[int]) -> None:
    if customer_ids:
        with connection.cursor() as cursor:
            cursor.execute(_READ_WITH, [root_id, customer_ids])


def differences(one: Customer, other: Customer) -> list[str]:
    """What two customers cannot both be, in words for people. Empty if nothing speaks against their being the same."""
    compared: Iterable[tuple[str, object, object]] = (
        (_("one is a person, the other an organisation"), one.kind, other.kind),
        (_("their dates of birth differ"), one.born_on, other.born_on),
        (_("their tax numbers differ"), one.tax_number, other.tax_number),
    )
    return [words for words, first, second in compared if first and second and first != second]


def speak_for_each_other(one: list[int], other: list[int]) -> bool:
    """Whether somebody of one file acts for somebody of the other: then they are two, whatever else is the same."""
    between = Relation.objects.filter(ended_at__isnull=True)
    return (
        between.filter(customer__in=one, other__in=other).exists()
        or between.filter(customer__in=other, other__in=one).exists()
    )
