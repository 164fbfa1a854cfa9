"""
What is in force, read once by each process and again when its number grew.

The number is read in the act's own transaction, once its subject is locked and by the same statement, so a process that was asleep
decides by what is published, not by what it remembers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from onhand.guidelines.answers import Applied, prepared
from onhand.guidelines.documents import from_json
from onhand.guidelines.models import Guideline, GuidelineVersion, Limit
from onhand.kernel.database import run_prepared
from onhand.kernel.decisions import Question

GIVING = 4_711_007  # the advisory lock of acts that give something away, shared (guidelines_count), and of changes of limits, alone
EDITION = "guidelines_edition()"  # the number of the book, as it is when this is called


@dataclass(frozen=True, slots=True)
class Effective:
    """A version and when it is in force: from, and until before."""

    applied: Applied
    begins: datetime
    ends: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.begins <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class Book:
    """
    Everything in force now or later, by act. `watched` are the facts drafts look at, by act: they are kept with what is decided, so
    that the draft can be tried on it.
    """

    number: int
    by_act: Mapping[str, tuple[Effective, ...]]
    limits: tuple[Limit, ...]
    watched: Mapping[str, frozenset[str]]

    def guidelines(self, act: str, at: datetime) -> list[Applied]:
        """The versions in force for an act at a moment, in order of guideline."""
        return [one.applied for one in self.by_act.get(act, ()) if one.holds(at)]

    def called(self, name: str, at: datetime) -> list[Applied]:
        """The version in force at a moment of the guideline of that name; empty where there is none."""
        found = {
            one.applied.guideline_id: one.applied
            for some in self.by_act.values()
            for one in some
            if one.applied.name == name and one.holds(at)
        }
        return list(found.values())

    def limits_for(self, question: Question) -> list[Limit]:
        """The limits that bind this actor in this act."""
        actor, act, gives = question.actor, question.act, question.gives is not None
        return [
            one
            for one in self.limits
            if (act in one.acts if one.acts else gives)
            and (one.role is None or one.role.key == actor.role)
            and (one.representative_id is None or one.representative_id == actor.id)
        ]


class _Kept:
    """What this process read last."""

    lock = Lock()
    book: Book | None = None


_read: dict[tuple[int, int], Applied] = {}  # (id of the version, number of roles): what was read stays right


_NUMBER = "select number from guidelines_guidelinebook"


def current() -> Book:
    """The book as this transaction sees it."""
    [(number,)] = run_prepared(_NUMBER)
    return numbered(int(number))


def numbered(number: int) -> Book:
    """The book of that number, which is the newest this transaction sees."""
    kept = _Kept.book
    if kept is None or kept.number != number:
        with _Kept.lock:
            kept = _Kept.book = _read_book(number)
    return kept


def turn_page() -> None:
    """Say that something in force changed. In the transaction of the change; where that is taken back, its number is not given again."""
    run_prepared("update guidelines_guidelinebook set number = nextval('guidelines_editions')")


def forget() -> None:
    """Let go of what was read: for tests, whose databases come and go under the same numbers."""
    _Kept.book = None
    _read.clear()


def _read_book(number: int) -> Book:
    versions = (
        GuidelineVersion.objects.filter(withdrawn_at=None).select_related("guideline").order_by("guideline", "number")
    )
    by_guideline: dict[Guideline, list[GuidelineVersion]] = {}
    for version in versions:
        by_guideline.setdefault(version.guideline, []).append(version)
    by_act: dict[str, list[Effective]] = {}
    for guideline, some in by_guideline.items():
        for one in _spans(guideline, some):
            for act in one.applied.document.acts:
                by_act.setdefault(act, []).append(one)
    limits = Limit.objects.filter(is_active=True).select_related("role").order_by("pk")
    in_force = {act: tuple(some) for act, some in by_act.items()}
    return Book(number, in_force, tuple(limits), _watched())


def _watched() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    drafts = Guideline.objects.filter(retired_at=None, draft__isnull=False).values_list("draft", flat=True)
    for draft in filter(None, drafts):
        names = frozenset(str(one["name"]) for one in draft["graph"]["inputs"])
        for act in draft["acts"]:
            found[act] = found.get(act, frozenset()) | names
    return found


def _spans(guideline: Guideline, versions: Iterable[GuidelineVersion]) -> list[Effective]:
    """From when until when each version is in force: until a later one is, in whatever order they were published."""
    found: list[Effective] = []
    ends = guideline.retired_at
    for version in sorted(versions, key=lambda one: (one.effective_from, one.number), reverse=True):
        if ends is not None and version.effective_from >= ends:
            continue
        found.append(Effective(_applied(guideline, version), version.effective_from, ends))
        ends = version.effective_from
    return found


def _applied(guideline: Guideline, version: GuidelineVersion) -> Applied:
    key = (version.pk, guideline.version)
    if key not in _read:
        _read[key] = prepared(guideline.pk, guideline.name, version.number, from_json(version.document))
    return _read[key]
