"""What pages read about guidelines and limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from onhand.guidelines.documents import Document, from_json
from onhand.guidelines.models import Guideline, GuidelineVersion, Limit
from onhand.guidelines.windows import first_day
from onhand.kernel.errors import NotPossible

MOST_USES = 20_000  # rows of uses looked at for each limit


@dataclass(frozen=True, slots=True)
class InForce:
    """The version of a guideline that is in force, without what it says but its acts."""

    number: int
    since: datetime
    acts: tuple[str, ...]


def versions_in_force(guidelines: Iterable[int], at: datetime) -> dict[int, InForce]:
    """By guideline, the version in force at a moment; a guideline without one is left out. One statement."""
    found = (
        GuidelineVersion.objects.filter(guideline_id__in=list(guidelines), withdrawn_at=None, effective_from__lte=at)
        .order_by("guideline_id", "-effective_from", "-number")
        .distinct("guideline_id")
        .values_list("guideline_id", "number", "effective_from", "document__acts")
    )
    return {pk: InForce(number, since, tuple(acts or ())) for pk, number, since, acts in found}


def version_in_force(guideline: Guideline, at: datetime) -> GuidelineVersion | None:
    """The whole version in force at a moment; None before the first and after it was retired."""
    if guideline.retired_at is not None and guideline.retired_at <= at:
        return None
    found = guideline.versions.filter(withdrawn_at=None, effective_from__lte=at)
    return found.order_by("-effective_from", "-number").first()


def document_of(stored: Mapping[str, Any] | None) -> Document | None:
    """A stored document; None where there is none, or none that can be read."""
    try:
        return from_json(stored) if stored is not None else None
    except NotPossible:
        return None


@dataclass(frozen=True, slots=True)
class MostUsed:
    """The most that was used of a limit in one currency by any one it adds up over; `is_whole` false where not all was looked at."""

    currency: str
    minor: int
    times: int
    is_whole: bool


_MOST_USED = """
select currency, max(minor)::bigint, max(times)::bigint, (select count(*) from looked) < %(most)s
from (select key, currency, sum(used_minor) as minor, sum(times) as times from looked group by key, currency) as each_one
group by currency order by currency
"""
_LOOKED = """
with looked as (select key, currency, used_minor, times from guidelines_limituse
where limit_id = %(limit)s and day >= %(first)s order by key limit %(most)s)
"""


def most_used(limit: Limit, today: date) -> list[MostUsed]:
    """How far a limit is used on a day by whoever used most of it, by currency. Looks at `MOST_USES` rows at most."""
    asked: dict[str, int | date] = {
        "limit": limit.pk,
        "first": first_day(limit.period, limit.days, today),
        "most": MOST_USES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOKED + _MOST_USED, asked)
        return [MostUsed(*row) for row in cursor.fetchall()]
