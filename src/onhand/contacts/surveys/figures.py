"""How satisfied customers are, by week, team, representative and reason: what those asked in some weeks answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone

from onhand.contacts.contact_subject import reason_name
from onhand.contacts.models import ContactReason
from onhand.contacts.surveys import statistics
from onhand.contacts.surveys.access import visible_surveys
from onhand.contacts.surveys.enums import Score, SurveyState, WhyNot
from onhand.contacts.surveys.models import Survey
from onhand.contacts.surveys.statistics import Interval
from onhand.kernel.actor import Actor

MOST_LINES = 200  # of a table


@dataclass(frozen=True, slots=True)
class Line:
    """
    Those asked about one week, team, representative or reason. `mean` and `share` are None where there are too few to say. `spread` is
    how many gave each score. `is_open` says that some of them may still answer.
    """

    key: Any
    name: str
    asked: int
    answered: int
    share: Interval | None
    mean: Interval | None
    spread: Mapping[int, int] = field(default_factory=dict)
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them, of surveys asked from the first day up to but without the last."""

    since: datetime
    until: datetime
    all: Line
    weeks: list[Line]
    teams: list[Line]
    representatives: list[Line]
    reasons: list[Line]


def read_figures(actor: Actor, *, weeks: int, at: datetime) -> Figures:
    """
    The figures of the last weeks (Monday to Sunday in the current time zone, the last one as far as it has come) of what this actor
    may see. Seven statements at most, however many surveys there are.
    """
    monday = at.astimezone(timezone.get_current_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    since = monday - timedelta(weeks=weeks - 1)
    rows = visible_surveys(actor).filter(state=SurveyState.ASKED, asked_at__gte=since, asked_at__lt=at)
    by_week = {line.key: line for line in _lines(rows.annotate(week=TruncWeek("asked_at")), "week", "week", at)}
    mondays = [(since + timedelta(weeks=number)).date() for number in range(weeks)]
    return Figures(
        since=since,
        until=at,
        all=(_lines(rows.annotate(every=F("state")), "every", "every", at) or [_empty("")])[0],
        weeks=[by_week.get(day) or _empty(day) for day in mondays],
        teams=_lines(rows, "team", "team__name", at),
        representatives=_lines(rows, "representative_id", "representative_name", at),
        reasons=_with_reasons(_lines(rows, "reason_id", "reason_id", at)),
    )


def _lines(rows: QuerySet[Survey], key: str, name: str, at: datetime) -> list[Line]:
    by = [key] if key == name else [key, name]
    given = Q(score__isnull=False)
    counted = (
        rows.values(*by)
        .annotate(
            asked=Count("pk"),
            answered=Count("pk", filter=given),
            total=Sum("score"),
            squares=Sum(F("score") * F("score")),
            still_open=Count("pk", filter=Q(score__isnull=True, open_until__gt=at)),
            **{f"gave_{int(score)}": Count("pk", filter=Q(score=score)) for score in Score.values},
        )
        .order_by(name)[:MOST_LINES]
    )
    return [_line(row[key], row[name], row) for row in counted]


def _line(key: Any, name: Any, row: Mapping[str, Any]) -> Line:
    return Line(
        key=key.date() if isinstance(key, datetime) else key,
        name="" if name is None or isinstance(name, datetime) else str(name),
        asked=row["asked"],
        answered=row["answered"],
        share=statistics.share(row["answered"], row["asked"]),
        mean=statistics.mean(row["answered"], row["total"] or 0, row["squares"] or 0),
        spread={score: row[f"gave_{int(score)}"] for score in Score.values},
        is_open=row["still_open"] > 0,
    )


def _empty(key: date | str) -> Line:
    return Line(key, "", 0, 0, None, None, dict.fromkeys(Score.values, 0))


def _with_reasons(lines: list[Line]) -> list[Line]:
    """The lines with the reasons' names in place of their numbers, by name."""
    rows = ContactReason.objects.select_related("parent").filter(pk__in=[one.key for one in lines if one.key])
    names = {one.pk: reason_name(one) for one in rows}
    return sorted((replace(one, name=names.get(one.key, "")) for one in lines), key=lambda one: one.name)


def count_decisions(at: datetime, days: int) -> list[tuple[str, int]]:
    """What became of the contacts chosen in the last days: how many were asked, are to be, or were not, and why; the most first."""
    rows = Survey.objects.filter(wrapped_up_at__gte=at - timedelta(days=days), wrapped_up_at__lte=at)
    counted = rows.values("state", "why_not").annotate(many=Count("pk")).order_by("-many", "why_not")
    return [(_decision(row["state"], row["why_not"]), row["many"]) for row in counted]


def _decision(state: str, why_not: str) -> str:
    if state == SurveyState.LEFT_OUT and why_not:
        return f"{SurveyState.LEFT_OUT.label}: {WhyNot(why_not).label}"
    return str(SurveyState(state).label)
