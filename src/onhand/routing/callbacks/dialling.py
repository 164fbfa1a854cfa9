"""
The way from an accepted callback to a telephone that rings. Today the representative dials, by the link on the callback's page. What
dials by itself, such as a telephone exchange, is set here once; it is asked only after the callback has become somebody's, in a
committed transaction, so never for more callbacks than people are free, and it asks `may_dial` at the moment it dials.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import transaction

from onhand.routing.callbacks.access import KIND
from onhand.routing.enums import ItemState
from onhand.routing.models import WorkItem


@dataclass(frozen=True, slots=True)
class Dial:
    """A number somebody is to be connected with. The exchange tells its outcome by the act `callbacks.note_try`."""

    callback_id: int
    telephone: str
    representative_id: int
    contact_id: int | None
    at: datetime


class Dialler(Protocol):
    """What dials."""

    def dial(self, dial: Dial) -> None:
        """Ring the representative, then the customer. Called outside of any transaction; must not raise."""


class ByHand:
    """The representative dials."""

    def dial(self, dial: Dial) -> None:
        """Nothing: the callback's page shows the number."""


_dialler: Dialler = ByHand()


def set_dialler(dialler: Dialler) -> Dialler:
    """Let this dial from now on; the one before."""
    global _dialler
    before, _dialler = _dialler, dialler
    return before


def dial_after_commit(dial: Dial) -> None:
    """Have it dialled as soon as it is certain that the callback is theirs."""
    transaction.on_commit(lambda: _dialler.dial(dial))


def may_dial(callback_id: int, representative_id: int) -> bool:
    """Whether this person has this callback in work now: whoever does may ring, and nobody else."""
    return WorkItem.objects.filter(
        kind=KIND, subject_id=callback_id, holder=representative_id, state=ItemState.IN_WORK
    ).exists()
