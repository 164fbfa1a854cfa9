"""Reads of notices: what somebody has to read, what they read, and who has read one. Each is bounded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.receipts.access import concerning, visible_concerned
from onhand.receipts.enums import NoticeState
from onhand.receipts.models import Notice, Receipt
from onhand.staff.models import Representative, Team

MOST_COUNTED = 100  # of notices somebody has not read; beyond, there are “99 or more”
MOST_TEAMS = 100
_UNREAD = """
select count(*), count(*) filter (where due_at <= %(at)s) from (
  select n.due_at from receipts_notice n where n.state = 'published'
    and (n.role_keys = '{}' or n.role_keys @> array[%(role)s]::varchar[])
    and (n.team_ids = '{}' or n.team_ids && %(teams)s::bigint[])
    and not exists (select 1 from receipts_receipt r
      where r.representative_id = %(person)s and r.notice_id = n.id and r.passed_at is not null)
  order by n.due_at limit %(most)s) u
"""


@dataclass(frozen=True, slots=True)
class Unread:
    """How many published notices somebody has not passed, and how many of them are due; counted up to `MOST_COUNTED`."""

    all: int
    due: int


def count_unread(actor: Actor, at: datetime) -> Unread:
    """What somebody has to read. One prepared statement."""
    if actor.id is None:
        return Unread(0, 0)
    asked = {
        "at": at,
        "role": actor.role,
        "teams": sorted(actor.team_ids),
        "person": actor.id,
        "most": MOST_COUNTED,
    }
    [(every, due)] = run_prepared(_UNREAD, asked)
    return Unread(every, due)


def to_read(actor: Actor) -> QuerySet[Notice]:
    """What somebody has to read and has not passed, what is due first first."""
    passed = Receipt.objects.filter(notice=OuterRef("pk"), representative=actor.id or 0, passed_at__isnull=False)
    found = Notice.objects.filter(concerning(actor), ~Exists(passed), state=NoticeState.PUBLISHED)
    return (found if actor.id is not None else found.none()).order_by("due_at", "pk")


def was_read(actor: Actor) -> QuerySet[Receipt]:
    """What somebody passed, the last first."""
    own = Receipt.objects.filter(representative=actor.id or 0, passed_at__isnull=False)
    return own.select_related("notice").order_by("-passed_at", "-pk")


def receipt_of(actor: Actor, notice: Notice) -> Receipt | None:
    """Somebody's receipt for a notice, also one that is not passed yet."""
    return Receipt.objects.filter(notice=notice, representative=actor.id or 0).first()


def concerns(actor: Actor, notice: Notice) -> bool:
    """Whether somebody has to read it."""
    return actor.id is not None and Notice.objects.filter(concerning(actor), pk=notice.pk).exists()


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of a team a notice concerns, how many of them passed, and how many opened it at least."""

    team_id: int | None
    name: str
    concerned: int
    passed: int
    opened: int


def standing_by_team(actor: Actor, notice: Notice) -> tuple[Standing, list[Standing]]:
    """
    (everybody, team by team), as far as this actor sees them. Who is in two teams counts in each, who is in none under none, which comes
    last. `MOST_TEAMS` at most.
    """
    people = visible_concerned(actor, notice)
    counts = {
        "concerned": Count("pk", distinct=True),
        "passed": Count("pk", distinct=True, filter=Q(_receipt(notice, passed_at__isnull=False))),
        "opened": Count("pk", distinct=True, filter=Q(_receipt(notice))),
    }
    whole = people.aggregate(**counts)
    in_teams = people.filter(teams__in=notice.team_ids) if notice.team_ids else people
    rows = in_teams.values("teams").annotate(**counts).order_by(F("teams__name").asc(nulls_last=True))[:MOST_TEAMS]
    found = list(rows)
    names = dict(Team.objects.filter(pk__in=[row["teams"] for row in found]).values_list("pk", "name"))
    return _standing(None, "", whole), [
        _standing(row["teams"], names.get(row["teams"], ""), dict(row)) for row in found
    ]


def _receipt(notice: Notice, **how: object) -> Exists:
    return Exists(Receipt.objects.filter(notice=notice, representative=OuterRef("pk"), **how))


def _standing(team: int | None, name: str, row: Mapping[str, Any]) -> Standing:
    return Standing(team, name, row["concerned"], row["passed"], row["opened"])


def not_passed(actor: Actor, notice: Notice) -> QuerySet[Representative]:
    """Those it concerns who have not passed, as far as this actor sees them, by name."""
    found = visible_concerned(actor, notice).filter(~_receipt(notice, passed_at__isnull=False))
    return found.order_by("name", "pk")


def receipts_of(notice: Notice, people: Sequence[int]) -> dict[int, Receipt]:
    """The receipts of these people, by person."""
    found = Receipt.objects.filter(notice=notice, representative__in=people)
    return {one.representative_id: one for one in found}


def many_without_permission(notice: Notice, actor: Actor, permission: str) -> int:
    """How many of those it concerns are of a role that lacks a permission: they could not pass."""
    people = visible_concerned(actor, notice)
    return people.exclude(role__permissions__contains=[permission]).count()
