"""
Who is it? The same answer for every channel: *known*, *maybe* (who, how sure, why) or *unknown*, and never more certain than it is.

Known is said of one file only, and only if that file alone holds what was brought: now, not guessed, not shared, and with no
warning on it. Everything else that is found is *maybe*. What the actor may not see is not shown, but it counts: whoever shares a
number with a customer of another site is not *known* by it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz import fuzz

from onhand.customers.access import may_see
from onhand.customers.enums import Confidence, FlagKind, RelationKind
from onhand.customers.finding.words import fold
from onhand.customers.recognition.clues import Clue, ClueKind
from onhand.customers.recognition.sql import MOST_LOOKED_AT, RECOGNISE, Holding, recognition_parameters
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MOST_CANDIDATES = 10
NAME_FITS = 88  # of 100, by rapidfuzz's comparison of sets of words


class Answer(StrEnum):
    KNOWN = "known"
    MAYBE = "maybe"
    UNKNOWN = "unknown"


class Sureness(IntEnum):
    """How sure it is that a candidate is the one; CERTAIN only of the one that is known."""

    WEAK = 1  # it was theirs, or is to be
    POSSIBLE = 2  # theirs with others, or only guessed
    LIKELY = 3  # theirs alone, but something speaks against it
    CERTAIN = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file it may be, and why, in sentences of the reader's language."""

    customer_id: int
    name: str
    reference: str
    sureness: Sureness
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recognition:
    """
    The answer. `candidates` are the likeliest first, one if it is known, and `more` says how many there are beyond them.
    `reasons` say why nobody was found, or what could not be read. `speaks_for`: whom the candidates act for; that is for an
    identification to prove.
    """

    answer: Answer
    candidates: tuple[Candidate, ...] = ()
    more: int = 0
    reasons: tuple[str, ...] = ()
    speaks_for: tuple[Candidate, ...] = ()

    @property
    def customer_id(self) -> int | None:
        """The one who is known; None for maybe and unknown."""
        return self.candidates[0].customer_id if self.answer is Answer.KNOWN else None


KIND_WORDS: "dict[ClueKind, _StrOrPromise]" = {
    ClueKind.TELEPHONE: gettext_lazy("Telephone number"),
    ClueKind.EMAIL: gettext_lazy("E-mail address"),
    ClueKind.HANDLE: gettext_lazy("Handle"),
    ClueKind.NUMBER: gettext_lazy("Customer or account number"),
    ClueKind.REFERENCE: gettext_lazy("Reference code"),
}
_WARNING_WORDS: "dict[str, _StrOrPromise]" = {
    FlagKind.DECEASED: gettext_lazy("The file is flagged: deceased."),
    FlagKind.FRAUD_ALERT: gettext_lazy("The file is flagged: fraud alert."),
}


def recognise(
    actor: Actor,
    clues: Sequence[Clue],
    *,
    at: datetime,
    name: str = "",
    language: str = "",
    limit: int = MOST_CANDIDATES,
) -> Recognition:
    """
    Whose file these clues point to, in one statement. `name` (as the channel shows it) and `language` put candidates in order;
    they make nobody more certain.
    """
    if not any(clue.keys for clue in clues):
        return Recognition(Answer.UNKNOWN, reasons=_problems(clues))
    ((found,),) = run_prepared(RECOGNISE, recognition_parameters(clues, at=at))
    return read_recognition(actor, clues, json.loads(found), at=at, name=name, language=language, limit=limit)


def read_recognition(
    actor: Actor,
    clues: Sequence[Clue],
    found: Mapping[str, Any],
    *,
    at: datetime,
    name: str = "",
    language: str = "",
    limit: int = MOST_CANDIDATES,
) -> Recognition:
    """The answer from what RECOGNISE found, for whoever ran it as part of another statement."""
    holdings = [Holding.read(row) for row in found["held"]]
    by_clue = [_ByClue.of(clue, [h for h in holdings if h.place == place], at) for place, clue in enumerate(clues)]
    shown = {row["id"]: row for row in found["files"] if not row["is_erased"] and _sees(actor, row)}
    weighed = {file: _weigh(file, row, by_clue, name) for file, row in shown.items()}
    known = _known(by_clue, weighed)
    if known is not None:
        row, reasons = shown[known], weighed[known].reasons
        certain = Candidate(known, row["name"], row["reference"], Sureness.CERTAIN, tuple(reasons))
        return Recognition(Answer.KNOWN, (certain,), reasons=_problems(clues), speaks_for=_spoken_for(actor, [row]))
    order = sorted(weighed, key=lambda file: weighed[file].order(shown[file], language, file))
    candidates = tuple(
        Candidate(
            file, shown[file]["name"], shown[file]["reference"], weighed[file].sureness, tuple(weighed[file].reasons)
        )
        for file in order[:limit]
    )
    if not candidates:
        return Recognition(Answer.UNKNOWN, reasons=(*_problems(clues), _("Nobody you may see has this.")))
    spoken_for = _spoken_for(actor, [shown[one.customer_id] for one in candidates])
    return Recognition(Answer.MAYBE, candidates, len(order) - len(candidates), _problems(clues), spoken_for)


def _problems(clues: Iterable[Clue]) -> tuple[str, ...]:
    return tuple(f"{KIND_WORDS[clue.kind]}: {clue.problem}" for clue in clues if clue.problem)


def _sees(actor: Actor, row: Mapping[str, Any]) -> bool:
    return may_see(actor, **{key: row[key] for key in ("site_id", "team_id", "team_site_id", "owner_id")})


@dataclass(slots=True)
class _ByClue:
    """What one clue says: who holds it now, and the one it is certain of, if any."""

    clue: Clue
    holdings: dict[int, list[Holding]]
    holders: set[int]
    is_shared: bool
    certain: int | None

    @classmethod
    def of(cls, clue: Clue, holdings: list[Holding], at: datetime) -> "_ByClue":
        by_file: dict[int, list[Holding]] = defaultdict(list)
        for holding in holdings:
            by_file[holding.file].append(holding)
        current = [holding for holding in holdings if holding.is_current(at)]
        holders = {holding.file for holding in current}
        is_shared = any(holding.is_shared for holding in current) or len(holders) > 1
        is_sure = (
            len(holders) == 1
            and not is_shared
            and len(holdings) <= MOST_LOOKED_AT  # else somebody may not have been looked at
            and max(holding.confidence for holding in current) >= Confidence.STATED
            and (clue.kind is not ClueKind.HANDLE or bool(clue.network))
        )
        return cls(clue, by_file, holders, is_shared, next(iter(holders)) if is_sure else None)


@dataclass(slots=True)
class _Weight:
    sureness: Sureness = Sureness.WEAK
    reasons: list[str] = field(default_factory=list)
    is_warned: bool = False
    name_fit: float = 0
    confidence: int = 0

    def order(self, row: Mapping[str, Any], language: str, file: int) -> tuple[Any, ...]:
        """The likeliest first; those equally likely by the hints, then the file that is older."""
        speaks = bool(language) and row["language"] == language
        return (-self.sureness, -self.name_fit, not speaks, -self.confidence, file)


def _weigh(file: int, row: Mapping[str, Any], by_clue: Sequence[_ByClue], name: str) -> _Weight:
    weight = _Weight()
    for one in by_clue:
        if file in one.holdings:
            sureness, words = _said_by(one, file)
            weight.sureness = max(weight.sureness, sureness)
            weight.confidence = max(weight.confidence, *(h.confidence for h in one.holdings[file]))
            weight.reasons.append(f"{KIND_WORDS[one.clue.kind]}: {words}")
        elif one.holders:
            elsewhere = _("points to somebody else.")
            weight.reasons.append(f"{KIND_WORDS[one.clue.kind]}: {elsewhere}")
    for warning in row["warnings"]:
        weight.is_warned = True
        weight.reasons.append(str(_WARNING_WORDS[warning]))
    if name:
        weight.name_fit = fuzz.token_set_ratio(fold(name), fold(row["name"]))
        if weight.name_fit >= NAME_FITS:
            weight.reasons.append(_("The name fits."))
    return weight


def _said_by(one: _ByClue, file: int) -> tuple[Sureness, str]:
    """How sure one clue makes a file, and why, to stand after the clue's name."""
    if file not in one.holders:
        return Sureness.WEAK, _not_current(one.holdings[file])
    if one.certain == file:
        verified = any(h.confidence >= Confidence.VERIFIED for h in one.holdings[file])
        return Sureness.LIKELY, _("theirs alone, made sure of.") if verified else _("theirs alone.")
    if one.is_shared:
        return Sureness.POSSIBLE, _("theirs, and shared with others.")
    if one.clue.kind is ClueKind.HANDLE and not one.clue.network:
        return Sureness.POSSIBLE, _("theirs, on a network that was not named.")
    if max(h.confidence for h in one.holdings[file]) < Confidence.STATED:
        return Sureness.POSSIBLE, _("guessed to be theirs.")
    return Sureness.POSSIBLE, _("theirs, among very many who have it.")


def _not_current(holdings: Sequence[Holding]) -> str:
    withdrawn = [holding.withdrawn_at for holding in holdings if holding.withdrawn_at is not None]
    if withdrawn:
        return _("was theirs until %(day)s.") % {"day": _day(max(withdrawn))}
    begins = min(holding.valid_from for holding in holdings if holding.valid_from is not None)
    return _("will be theirs from %(day)s.") % {"day": _day(begins)}


def _day(at: datetime) -> str:
    return date_format(at.astimezone(timezone.get_current_timezone()), "DATE_FORMAT")


def _known(by_clue: Sequence[_ByClue], weighed: Mapping[int, _Weight]) -> int | None:
    """The one file at least one clue is certain of and none speaks against; None otherwise, or if the actor may not see it."""
    certain = {one.certain for one in by_clue if one.certain is not None}
    if len(certain) != 1:
        return None
    (file,) = certain
    is_contradicted = any(one.holders and file not in one.holders for one in by_clue)
    return file if file in weighed and not is_contradicted and not weighed[file].is_warned else None


def _spoken_for(actor: Actor, rows: Iterable[Mapping[str, Any]]) -> tuple[Candidate, ...]:
    """Files the candidates act for. Recognising somebody does not make them act for anybody: these are never certain."""
    found: dict[int, Candidate] = {}
    for row in rows:
        for other in row["speaks_for"]:
            if other["id"] != row["id"] and _sees(actor, other):
                words = {"name": row["name"], "right": RelationKind(other["kind"]).label}
                reason = _("%(name)s acts for them: %(right)s.") % words
                found.setdefault(
                    other["id"],
                    Candidate(other["id"], other["name"], other["reference"], Sureness.POSSIBLE, (reason,)),
                )
    return tuple(found.values())
