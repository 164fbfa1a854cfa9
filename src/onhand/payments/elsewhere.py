"""
What money received elsewhere may be for, and what is given back there: apps above register their documents of other systems. Without one
it is for the customer's account.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from onhand.customers.models import Customer
from onhand.kernel.actor import Actor

NOT_BOOKED = (
    "order"  # payments and refunds of orders that are over elsewhere stand beside them, as they book nothing either
)


@dataclass(frozen=True, slots=True)
class PaidThere:
    """A document of another system: whose it is, in what it is paid, and what of it is open in minor units; None where that is not kept."""

    id: int
    customer_id: int
    currency: str
    open_minor: int | None


@dataclass(frozen=True, slots=True)
class ElsewhereKind:
    """
    A kind of such documents. Rows name one in `column` by its number there, under which the import of `kind` knows it. `is_booked`: what is
    owed for it stands in our books, so its payments do too. `is_credit`: refunds pay it out, not payments. `find` answers for those of the
    ids that the actor sees.
    """

    document_type: str
    kind: str
    column: str
    is_booked: bool
    find: Callable[[Actor, Collection[int]], list[PaidThere]]
    is_credit: bool = False


_kinds: dict[str, ElsewhereKind] = {}


def register_elsewhere(kind: ElsewhereKind) -> None:
    """Let money received elsewhere be for a kind of documents."""
    _kinds[kind.column] = kind


def elsewhere_kinds() -> list[ElsewhereKind]:
    """Every kind payments are for, by the name of its column."""
    return [_kinds[column] for column in sorted(_kinds) if not _kinds[column].is_credit]


def credit_kinds() -> list[ElsewhereKind]:
    """Every kind refunds pay out, by the name of its column."""
    return [_kinds[column] for column in sorted(_kinds) if _kinds[column].is_credit]


Named = tuple[str, str]  # a column and what a row says in it


def find_documents(
    named: Mapping[Named, tuple[ElsewhereKind, int]], actor: Actor
) -> dict[Named, tuple[ElsewhereKind, PaidThere]]:
    """What rows name, of the ids known for it, as far as the actor sees it; a statement or two a kind."""
    wanted: dict[str, tuple[ElsewhereKind, list[int]]] = {}
    for kind, pk in named.values():
        wanted.setdefault(kind.column, (kind, []))[1].append(pk)
    seen = {(kind.column, one.id): one for kind, ids in wanted.values() for one in kind.find(actor, ids)}
    return {name: (kind, seen[kind.column, pk]) for name, (kind, pk) in named.items() if (kind.column, pk) in seen}


def root_ids(ids: Collection[int]) -> dict[int, int]:
    """The customers in whose files these are now."""
    found = Customer.objects.filter(pk__in=ids).values_list("pk", "merged_into_id")
    return {pk: root or pk for pk, root in found}
