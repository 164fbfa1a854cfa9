"""
What money received elsewhere may be for: apps above register their documents of other systems. Without one it is for the customer's
account.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from onhand.kernel.actor import Actor


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
    owed for it stands in our books, so its payments do too. `find` answers for those of the ids that the actor sees.
    """

    document_type: str
    kind: str
    column: str
    is_booked: bool
    find: Callable[[Actor, Collection[int]], list[PaidThere]]


_kinds: dict[str, ElsewhereKind] = {}


def register_elsewhere(kind: ElsewhereKind) -> None:
    """Let money received elsewhere be for a kind of documents."""
    _kinds[kind.column] = kind


def elsewhere_kinds() -> list[ElsewhereKind]:
    """Every kind, by the name of its column."""
    return [_kinds[column] for column in sorted(_kinds)]
