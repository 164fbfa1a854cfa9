"""
Finding messages, contacts and cases by what was asked: what fits and may be seen, best first, a page at a time.

The newest rows that have the words are a *pool*: at least `POOL` that fit, unless there are fewer. A pool is ranked as a whole; after
its last page comes the pool of what is older. So the best of what is recent comes first, everything can be reached, and no search reads
more than it must: a word that stands in half of all messages costs as much as a rare one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypedDict

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils import timezone

from onhand.contacts.access import visible_cases, visible_contacts
from onhand.contacts.searching.asked import Asked
from onhand.contacts.searching.filters import filter_values
from onhand.contacts.searching.statements import ESTIMATE, KINDS, NARROWED, QUESTION, looked_through
from onhand.contacts.searching.windows import Window, windows
from onhand.customers.access import VIEW
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.database import run_prepared
from onhand.kernel.fields import LARGEST_INTEGER

PAGE = 25
POOL = 100  # ranked together
LOOKED_AT_ONCE = 250
LOOKED_WITH_FILTERS = 800
LOOKED_BY_FEW = 1_600  # for who sees only a part of the company's
MOST_LOOKED = 6_400  # rows for one page; what is older is looked through on the next
FEW = 2_000  # contacts of a case or customer: so few are read instead of the index

SearchKind = Literal["messages", "contacts", "cases"]
Order = Literal["best", "newest"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: the pool of what is older than (`at`, `pk`), and in it what comes after row `after`."""

    at: datetime
    pk: int = LARGEST_INTEGER
    after: int = 0

    def __str__(self) -> str:
        return f"{int(self.at.timestamp() * 1_000_000)}.{self.pk}.{self.after}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place written so; None if it is none."""
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
            return None
        moment, pk, after = map(int, parts)
        try:
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
        except OverflowError:
            return None
        return cls(at, min(pk, LARGEST_INTEGER), min(after, LARGEST_INTEGER))


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that fits. `contact_id` is None for cases."""

    id: int
    contact_id: int | None
    at: datetime
    points: float


@dataclass(frozen=True, slots=True)
class Hits:
    """
    One page, best first. `following` is where the next begins, None at the end. `is_cut` says that the search stopped looking before
    it had a full page: the next page looks on.
    """

    hits: Sequence[Hit] = ()
    following: Place | None = None
    is_cut: bool = False


class _Span(TypedDict):
    low: datetime
    high: datetime


@dataclass(slots=True)
class _Search:
    """
    One search as its statements need it. The index is asked for `asked` without `negative`; `checked` is looked for in the rows it gives.
    `visible` is the SQL of what may be seen, with `visible_values`; empty for everything.
    """

    actor: Actor
    kind: SearchKind
    positive: str
    negative: str
    indexed: str
    checked: str
    visible: str
    visible_values: Mapping[str, Any]
    filters: Mapping[str, Any]
    has_file: bool
    low: datetime | None
    only: list[int] | None
    now: datetime
    looked: int = 0


def search(
    actor: Actor,
    kind: SearchKind,
    asked: Asked,
    *,
    now: datetime,
    order: Order = "best",
    place: Place | None = None,
    limit: int = PAGE,
) -> Hits:
    """
    A page of what fits and the actor may see. `now` is when the first page was asked for or later; `place` goes on where a page ended.

    One statement for the question, one more where some of it may be the beginning of a word, and one for each stretch of time looked
    through (one where words are common, five where they are rare).
    """
    if asked.is_nothing or not actor.may(VIEW):
        return Hits()
    filters = filter_values(asked, kind)
    if filters is None:
        return Hits()
    [(positive, negative, whole, begun)] = run_prepared(QUESTION, _terms(asked))
    if not positive and not filters and not asked.has_file:
        return Hits()
    only = _narrowed(filters, kind)
    if only == []:
        return Hits()
    visible = _visible(actor, kind)
    if visible is None:
        return Hits()
    indexed, checked = _asked_of_index(kind, whole, begun) if whole and begun else (positive, "")
    low = _midnight(asked.after)
    one = _Search(actor, kind, positive, negative, indexed, checked, *visible, filters, asked.has_file, low, only, now)
    place = place or Place(now + timedelta(seconds=1))
    end = _midnight(asked.before)
    if end is not None and end < place.at:
        place = Place(end, 0)
    return _page(one, place, order, limit)


def _page(one: _Search, place: Place, order: Order, limit: int) -> Hits:
    pool, older = _pool(one, place)
    ranked = sorted(pool, key=lambda hit: (-hit.points if order == "best" else 0.0, -hit.at.timestamp(), -hit.id))
    start = next((number + 1 for number, hit in enumerate(ranked) if hit.id == place.after), 0) if place.after else 0
    shown = ranked[start : start + limit]
    if start + limit < len(ranked):
        return Hits(shown, Place(place.at, place.pk, shown[-1].id))
    return Hits(shown, older, is_cut=older is not None and len(shown) < limit)


def _pool(one: _Search, place: Place) -> tuple[list[Hit], Place | None]:
    """The newest that fit before `place`, and where what is older begins (None: nowhere)."""
    pool: list[Hit] = []
    last = place
    for window in _stretches(one, place):
        is_done = False
        while not is_done:
            hits, looked, reached = _look(one, window, last)
            pool += hits
            one.looked += looked
            is_done = looked < _at_once(one)
            if reached is not None:
                last = reached
            if (len(pool) >= POOL or one.looked >= MOST_LOOKED) and not (is_done and window.low <= _beginning(one)):
                return pool, last if not is_done else Place(window.low, 0)
    return pool, None


def _beginning(one: _Search) -> datetime:
    return one.low if one.low is not None else datetime(1990, 1, 1, tzinfo=UTC)


def _stretches(one: _Search, place: Place) -> Iterator[Window]:
    high = place.at + timedelta(microseconds=1)
    if one.only is not None:
        return iter([Window(_beginning(one), high, ())])
    return windows(one.low, high, all_by_words=not one.positive)


def _at_once(one: _Search) -> int:
    if one.visible:
        return LOOKED_BY_FEW
    return LOOKED_WITH_FILTERS if one.filters or one.has_file else LOOKED_AT_ONCE


def _look(one: _Search, window: Window, last: Place) -> tuple[list[Hit], int, Place | None]:
    """What fits in one stretch, how many were looked through, and the last of them."""
    days = " | ".join(f"'{word}'" for word in window.words)
    parts = [part for part in (one.indexed, one.negative, f"({days})" if days else "") if part]
    given = {
        "low": window.low,
        "high": window.high,
        "last_at": last.at,
        "last_id": last.pk,
        "looked": _at_once(one),
        "now": one.now,
        "asked": " & ".join(parts),
        "ranked": one.positive,
        "checked": one.checked,
        "only": one.only,
        **one.filters,
        **one.visible_values,
    }
    sql = looked_through(
        one.kind,
        one.filters,
        has_words=bool(parts),
        is_checked=bool(one.checked),
        only=one.only is not None,
        has_file=one.has_file,
        visible=one.visible,
    )
    rows = run_prepared(sql, given)
    looked, at, pk = rows[0][:3]
    hits = [Hit(row[3], row[4], row[5], float(row[6])) for row in rows if row[3] is not None]
    return hits, looked, Place(at, pk) if at is not None else None


def _asked_of_index(kind: SearchKind, whole: str, begun: str) -> tuple[str, str]:
    """
    What is asked of the index, and what is looked for in the rows it gives. To find a beginning the index reads all of every word that
    begins so, for each stretch of time again, even where the other words stand in few rows.
    """
    with connection.cursor() as cursor:  # not prepared: statistics are of the values
        cursor.execute(ESTIMATE.format(table=KINDS[kind].table), [whole, begun])
        [(plan,)] = cursor.fetchall()
    of_whole, of_begun = (part["Plan Rows"] for part in plan[0]["Plan"]["Plans"])
    return (whole, begun) if of_whole <= of_begun else (f"{whole} & {begun}", "")


def _visible(actor: Actor, kind: SearchKind) -> tuple[str, dict[str, Any]] | None:
    """The SQL of the contacts or cases the actor may see, with its values; empty for all there are, None for none."""
    if actor.visibility is Visibility.ALL:
        return "", {}
    rows: Any = visible_cases(actor) if kind == "cases" else visible_contacts(actor)
    try:
        sql, values = rows.values("id").query.sql_with_params()
    except EmptyResultSet:
        return None
    names = [f"seen_{number}" for number in range(len(values))]
    return sql % tuple(f"%({name})s" for name in names), dict(zip(names, values, strict=True))


def _narrowed(filters: Mapping[str, Any], kind: SearchKind) -> list[int] | None:
    """The contacts (or cases) of the one case or customer asked for, which are few; None where it takes the index of words."""
    if kind == "cases":
        return filters.get("case")
    for name, sql in NARROWED.items():
        if name in filters:
            found = [pk for (pk,) in run_prepared(sql, {name: filters[name], "most": FEW + 1})]
            return found if len(found) <= FEW else None
    return None


def _terms(asked: Asked) -> dict[str, Any]:
    return {
        "words": [term.words for term in asked.terms],
        "weights": [term.weight for term in asked.terms],
        "nots": [term.is_not for term in asked.terms],
        "begun": [term.is_begun for term in asked.terms],
    }


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), timezone.get_current_timezone()) if day is not None else None


def ids(hits: Iterable[Hit]) -> list[int]:
    """Their numbers, in order."""
    return [hit.id for hit in hits]
