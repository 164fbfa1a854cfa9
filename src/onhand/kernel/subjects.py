"""What acts act on: each app registers its subject types and the things that arguments may refer to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, SubjectNotFound
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.locking import lock_row_along

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from onhand.kernel.acts import Act

M = TypeVar("M", bound=Model)
Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SubjectType(Generic[M]):
    """
    A kind of thing acts act on.

    `visible(actor)` is the only way rows are obtained. `snapshot(subject)` gives its state as JSON values by readable key, in one
    query at most: what acts change is the difference between two of them; `snapshot_row` the part of it that stands on its own row,
    with no query. `page(id)` is the address of its page; `change_labels` names
    the snapshot's keys for people, `value_labels` the recorded values of a key that no argument offers. `refuse(subject, act)` says why
    nothing may be done to a subject that is closed; it is asked for every act, through every door. `locks_first(act, id)` locks what by
    the order of locks comes before the subject, where acts on it change that too. `follow(subject, at)` is
    called in the act's transaction once the subject is stored as the act left it, for what goes by how it stands.
    """

    name: str
    label: "_StrOrPromise"
    model: type[M]
    visible: Callable[[Actor], QuerySet[M]]
    snapshot: Callable[[M], Snapshot]
    title: Callable[[M], str]
    page: Callable[[int], str]
    change_labels: Mapping[str, "_StrOrPromise"] = field(default_factory=dict)
    refuse: "Callable[[M, Act], ActError | None] | None" = None
    value_labels: Mapping[str, Mapping[str, "_StrOrPromise"]] = field(default_factory=dict)
    snapshot_row: Callable[[M], Snapshot] | None = None
    locks_first: "Callable[[Act, int], None] | None" = None
    follow: "Callable[[M, datetime], None] | None" = None

    def topic(self, subject_id: int) -> str:
        """The live topic of one subject, for example `customer:12`."""
        return f"{self.name}:{subject_id}"

    def read(self, actor: Actor, subject_id: int) -> M:
        """One subject as this actor may see it; raises SubjectNotFound."""
        self._require_possible(subject_id)
        return self._found(self.visible(actor).filter(pk=subject_id).first())

    def lock(self, actor: Actor, subject_id: int) -> M:
        """The same, locked against other changes until the transaction ends."""
        return self.lock_along(actor, subject_id, "")[0]

    def lock_along(self, actor: Actor, subject_id: int, along: str) -> tuple[M, Any]:
        """The same, and what `along` gave once it was locked: see `locking.lock_row_along`."""
        self._require_possible(subject_id)
        found, beside = lock_row_along(self.visible(actor), subject_id, along)
        return self._found(found), beside

    @staticmethod
    def _require_possible(subject_id: int) -> None:
        if not 0 < subject_id <= LARGEST_INTEGER:
            raise SubjectNotFound

    @staticmethod
    def _found(found: M | None) -> M:
        if found is None:
            raise SubjectNotFound
        return found


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: `value` goes into the argument, `label` is shown."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class ReferenceType:
    """
    Something an argument may refer to by id. `options(actor, subject_id, typed)` gives at most 20 that match what was typed;
    `is_short` says the whole list is worth showing without typing. `label(actor, id)` names one that a form opens with; empty if the
    actor may not see it. What `is_protected` says something of a customer that needs identification: it stands in the forms of acts, which
    ask for that, and is told nowhere else.
    """

    name: str
    options: Callable[[Actor, int | None, str], list[Option]]
    is_short: bool = False
    is_protected: bool = False
    label: Callable[[Actor, int], str] | None = None


_subject_types: dict[str, SubjectType[Any]] = {}
_reference_types: dict[str, ReferenceType] = {}


def register_subject(subject_type: SubjectType[M]) -> SubjectType[M]:
    """Make a subject type known under its name."""
    _subject_types[subject_type.name] = subject_type
    return subject_type


def register_reference(reference_type: ReferenceType) -> ReferenceType:
    """Make a reference type known under its name."""
    _reference_types[reference_type.name] = reference_type
    return reference_type


def subject_type(name: str) -> SubjectType[Any]:
    """The subject type of that name; KeyError if none was registered."""
    return _subject_types[name]


def find_subject_type(name: str) -> SubjectType[Any] | None:
    """The subject type of that name, if one was registered."""
    return _subject_types.get(name)


def reference_type(name: str) -> ReferenceType:
    """The reference type of that name; KeyError if none was registered."""
    return _reference_types[name]


def find_reference_type(name: str) -> ReferenceType | None:
    """The reference type of that name, if one was registered."""
    return _reference_types.get(name)
