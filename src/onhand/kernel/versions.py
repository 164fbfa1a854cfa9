"""
Versions of a setting, read off the record: each act on it made one, and what it was before and after stands there. There is no second
store: the state of a version is today's snapshot with every act since taken back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import find_act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.models import ActRecord
from onhand.kernel.subjects import Snapshot, subject_type

MOST = 5_000  # acts on one setting that are looked back over
ToVersion = Annotated[
    int,
    Field(
        label=gettext_lazy("Version"),
        help=gettext_lazy(
            "As its history numbers them. What was changed since is changed back, and that is recorded like any change."
        ),
    ),
]
_going_back: dict[str, str] = {}


def goes_back_by(subject: str, act_name: str) -> None:
    """Say by which act a kind of setting goes back to an earlier version."""
    _going_back[subject] = act_name


def going_back(subject: str) -> str:
    """The act by which this kind of setting goes back; empty where it has none."""
    return _going_back.get(subject, "")


def state_at(subject_name: str, subject: Model, version: int) -> Snapshot:
    """
    What the snapshot of a locked setting was after its act of that number, the first being 1; before any, 0, where it was there then.

    :raises NotPossible: there is no such version, it is the newest, or the record does not hold all that happened since.
    """
    records = list(_records(subject_name, subject.pk))
    least = 1 if records and _creates(records[0]) else 0
    if not least <= version < len(records):
        said = _("That is so already.") if version == len(records) else _("There is no such version.")
        raise NotPossible(said, field="version")
    state: Snapshot = dict(subject_type(subject_name).snapshot(subject))
    for record in reversed(records[version:]):
        for key in (record.before.keys() | record.after.keys()) & state.keys():
            state[key] = _taken_back(state[key], record.before.get(key), record.after.get(key))
    return state


@contextmanager
def told_of_version() -> Iterator[None]:
    """What stands against the earlier values is told of the version that was asked for: there is no other box to tell it of."""
    try:
        yield
    except NotPossible as error:
        raise NotPossible(error.message, field="version") from None


def numbers(subject_name: str, subject_id: int) -> Mapping[int, int]:
    """Record → number of the version it made."""
    found = _records(subject_name, subject_id).values_list("pk", flat=True)
    return {pk: number for number, pk in enumerate(found, 1)}


def _records(subject_name: str, subject_id: int) -> Any:
    return ActRecord.objects.filter(subject_type=subject_name, subject_id=subject_id).order_by("pk")[:MOST]


def _creates(record: ActRecord) -> bool:
    found = find_act(record.act)
    return not record.before if found is None else found.creates


def _taken_back(state: Any, before: Any, after: Any) -> Any:
    """A value without a change; of a list something else was added to meanwhile, what the change added goes and what it took comes."""
    if state == after:
        return before
    if isinstance(state, list) and isinstance(before or [], list) and isinstance(after or [], list):
        gone, come = before or [], after or []
        return [one for one in state if one not in come or one in gone] + [one for one in gone if one not in state]
    raise NotPossible(_("Something was changed since that is not in the record. Change it by hand."), field="version")


__all__ = ["ToVersion", "goes_back_by", "going_back", "numbers", "state_at", "told_of_version"]
