"""
The kinds of work there are: what an item of a kind is about, what it takes of a person, and what being given it does. The app that owns
the subject registers its kinds; a company's `KindSetting` overrides the figures.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from onhand.routing.matching.world import Kind
from onhand.routing.models import KindSetting

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LONGEST_KEY = 40


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is given an item."""

    id: int
    name: str


Taken = Callable[[int, Holder, datetime], None]
GivenBack = Callable[[int, datetime], None]
Lock = Callable[[Sequence[int], bool], set[int]]
About = Callable[[Sequence[int]], Mapping[int, str]]


def _not_locked(subject_ids: Sequence[int], _skip: bool) -> set[int]:
    return set(subject_ids)


@dataclass(frozen=True, slots=True)
class WorkKind:
    """
    A kind of work: `units` of somebody's capacity, or all of it (`takes_all`); which kinds it may interrupt; whether it is given without
    asking; how many `minutes` it is expected to take.

    Where it `is_live` somebody speaks with a customer: it takes everything of its holder, whatever a company says.

    `taken(subject id, holder, at)` is called in the transaction in which an item becomes somebody's, `given_back(subject id, at)` where
    it becomes nobody's. Both find the subject locked by `lock(subject ids, skip)`, which locks rows in order of id and says which: with
    `skip` it leaves out what somebody else holds; kinds of a lower `rank` are locked first. `shut(subject id, at)` is called, likewise,
    when the item's `closes_at` has passed and nobody is busy with it: it says when it may be given again, or ends it. `address(subject
    id)` is the page it is worked on, `about(subject ids)` says of each in a few words why it waits. With a `permission` only those who
    have it are given it.
    """

    key: str
    label: "_StrOrPromise"
    units: int = 1
    takes_all: bool = False
    interrupts: frozenset[str] = frozenset()
    accepts_itself: bool = False
    minutes: int = 5
    taken: Taken = lambda _subject, _holder, _at: None
    given_back: GivenBack = lambda _subject, _at: None
    lock: Lock = _not_locked
    shut: GivenBack | None = None
    is_live: bool = False
    address: Callable[[int], str] = lambda _subject: ""
    about: About = lambda _subjects: {}
    permission: str = ""
    icon: str = "list"
    rank: int = 9

    def as_matched(self) -> Kind:
        """What the matcher needs of it."""
        return Kind(self.key, self.units, self.takes_all, self.interrupts)


_kinds: dict[str, WorkKind] = {}


def register(kind: WorkKind) -> WorkKind:
    """
    Make a kind of work known.

    :raises ValueError: a key that is too long to be stored.
    """
    if len(kind.key) > LONGEST_KEY:
        raise ValueError(f"{kind.key} is longer than {LONGEST_KEY} letters")
    _kinds[kind.key] = kind
    return kind


def forget(key: str) -> None:
    """Take a kind out again: for tests that define their own."""
    _kinds.pop(key, None)


def registered() -> Mapping[str, WorkKind]:
    """Every kind as it was registered, by key."""
    return _kinds


def find_kind(key: str) -> WorkKind | None:
    """A kind as it was registered; None if this version of the product has none of that key."""
    return _kinds.get(key)


def kind_of(key: str) -> WorkKind:
    """The same; what an older version left behind is work without hooks."""
    return _kinds.get(key) or WorkKind(key, key)


def current_kinds() -> dict[str, WorkKind]:
    """Every kind with what the company changed of it, in one statement."""
    found = dict(_kinds)
    for one in KindSetting.objects.filter(kind__in=found):
        found[one.kind] = _changed(found[one.kind], one)
    return found


def current_kind(key: str) -> WorkKind:
    """One kind with what the company changed of it, in one statement."""
    one = KindSetting.objects.filter(kind=key).first()
    return kind_of(key) if one is None else _changed(kind_of(key), one)


def words_about(subjects: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Why each of these, given as (kind, subject id), waits, in a few words; one statement a kind. Without words for those left out."""
    by_kind: dict[str, set[int]] = {}
    for key, subject in subjects:
        by_kind.setdefault(key, set()).add(subject)
    return {
        (key, subject): words
        for key, found in by_kind.items()
        for subject, words in kind_of(key).about(sorted(found)).items()
    }


def lock_subjects(of: Iterable[tuple[str, int]], *, skip: bool = False) -> set[tuple[str, int]]:
    """Lock what items are about, given as (kind, subject id), kind by kind in order; those that are locked now."""
    by_kind: dict[str, set[int]] = {}
    for key, subject in of:
        by_kind.setdefault(key, set()).add(subject)
    ordered = sorted(by_kind, key=lambda key: (kind_of(key).rank, key))
    return {(key, subject) for key in ordered for subject in kind_of(key).lock(sorted(by_kind[key]), skip)}


def _changed(kind: WorkKind, setting: KindSetting) -> WorkKind:
    return replace(
        kind,
        units=max(1, setting.units),
        takes_all=setting.takes_all or kind.is_live,
        interrupts=frozenset(setting.interrupts),
        accepts_itself=setting.accepts_itself,
        minutes=setting.minutes,
    )
