"""How procedures are followed, counted: by procedure and week, by team, and which steps are skipped the most, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from onhand.kernel.actor import Actor
from onhand.kernel.days import company_day
from onhand.procedures.access import visible_followed
from onhand.procedures.enums import Source
from onhand.procedures.models import Followed, StepTaken

MOST_GROUPS = 2_000  # of weeks and procedures together
MOST_TEAMS = 200
MOST_SKIPPED, MOST_REASONS = 10, 3
MOST_TEXTS = 500  # different reasons that are looked at, the most frequent first


@dataclass(frozen=True, slots=True)
class Tally:
    """Contacts that were checked, and those of them in which the procedure was followed."""

    checked: int = 0
    followed: int = 0

    @property
    def share(self) -> int | None:
        """Of a hundred, rounded down: only all of them are 100; None of none."""
        return self.followed * 100 // self.checked if self.checked else None


@dataclass(frozen=True, slots=True)
class OfProcedure:
    """A procedure, week by week (Mondays, each there) and all together."""

    id: int
    name: str
    weeks: Mapping[date, Tally]
    all: Tally


@dataclass(frozen=True, slots=True)
class SkippedStep:
    """A step that was skipped so often, with the reasons given most often."""

    procedure: str
    step: str
    count: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them, of contacts that ended since a Monday."""

    since: date
    procedures: list[OfProcedure]
    teams: list[tuple[str, Tally]]
    skipped: list[SkippedStep]


def read_figures(actor: Actor, *, weeks: int, at: datetime) -> Figures:
    """The figures of the last weeks of what this actor may see. Three statements, however many contacts there are."""
    today = company_day(at)
    monday = today - timedelta(days=today.weekday())
    since = monday - timedelta(weeks=weeks - 1)
    rows = visible_followed(actor).filter(week__gte=since, week__lte=monday)
    mondays = [since + timedelta(weeks=number) for number in range(weeks)]
    return Figures(since, _procedures(rows, mondays), _teams(rows), _skipped(rows, at - timedelta(weeks=weeks)))


def _counted(rows: QuerySet[Followed], *by: str) -> Any:
    return rows.values(*by).annotate(checked=Count("pk"), good=Count("pk", filter=Q(is_followed=True))).order_by(*by)


def _procedures(rows: QuerySet[Followed], mondays: list[date]) -> list[OfProcedure]:
    found: dict[tuple[str, int], dict[date, Tally]] = {}
    for row in _counted(rows, "procedure__name", "procedure_id", "week")[:MOST_GROUPS]:
        weeks = found.setdefault((row["procedure__name"], row["procedure_id"]), dict.fromkeys(mondays, Tally()))
        weeks[row["week"]] = Tally(row["checked"], row["good"])
    return [
        OfProcedure(
            pk,
            name,
            weeks,
            Tally(sum(one.checked for one in weeks.values()), sum(one.followed for one in weeks.values())),
        )
        for (name, pk), weeks in found.items()
    ]


def _teams(rows: QuerySet[Followed]) -> list[tuple[str, Tally]]:
    counted = _counted(rows, "team__name", "team_id")[:MOST_TEAMS]
    return [(row["team__name"] or "", Tally(row["checked"], row["good"])) for row in counted]


def _skipped(rows: QuerySet[Followed], since: datetime) -> list[SkippedStep]:
    """Of runs that were checked: whose contacts the reader may see the figures of."""
    seen = StepTaken.objects.filter(Exists(rows.filter(run=OuterRef("run"))), source=Source.SKIPPED, at__gte=since)
    names = ("run__procedure__name", "step", "reason")
    counted = seen.values(*names).annotate(many=Count("pk")).order_by("-many", *names)[:MOST_TEXTS]
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in counted:
        found.setdefault((row["run__procedure__name"], row["step"]), []).append((row["reason"], row["many"]))
    lines = [
        SkippedStep(name, step, sum(many for _reason, many in given), tuple(given[:MOST_REASONS]))
        for (name, step), given in found.items()
    ]
    return sorted(lines, key=lambda one: (-one.count, one.procedure, one.step))[:MOST_SKIPPED]
