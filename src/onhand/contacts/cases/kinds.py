"""
Kinds of cases: what a company calls them, what they ask for, and the times that count for them.

Four come with the product. Their names are in the reader's language until a company gives them others.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from onhand.contacts.cases.enums import ClockKind, FieldType
from onhand.contacts.hours import ALWAYS, Hours, Span
from onhand.kernel.database import run_prepared

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

BUILT_IN: "dict[str, _StrOrPromise]" = {
    "question": _("Question"),
    "request": _("Request"),
    "complaint": _("Complaint"),
    "fault": _("Fault"),
}
USUAL_KIND = "question"

# A kind with the calendar it goes by, or else the usual one, and that calendar's own days.
_READ = """
select k.key, k.name, k.priority, k.own_fields::text, k.first_reply_minutes, k.next_reply_minutes, k.resolution_minutes,
  k.closes_after_days, k.warns_days_before, k.reopens_within_days, k.escalates_to_id,
  (select r.name from staff_representative r where r.id = k.escalates_to_id and r.is_active), k.closing_notice_id, k.is_active,
  c.time_zone, c.week::text,
  (select json_object_agg(d.day, d.spans) from contacts_calendarday d where d.calendar_id = c.id)::text
from contacts_casekind k
left join contacts_businesscalendar c on case when k.calendar_id is null then c.is_usual else c.id = k.calendar_id end
where k.key = %s
"""
# For statements that read cases as `k`: what the kind is called, empty for one still called as it came.
NAME_SQL = "coalesce((select kn.name from contacts_casekind kn where kn.key = k.kind), k.kind)"


@dataclass(frozen=True, slots=True)
class OwnField:
    """One thing cases of a kind are asked for."""

    key: str
    name: str
    type: FieldType
    is_required: bool = False
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts for cases of one kind. Times are in business minutes of `hours`, None where there is no such time."""

    key: str
    name: str
    priority: int
    own_fields: Sequence[OwnField]
    minutes: Mapping[ClockKind, int | None]
    closes_after_days: int | None
    warns_days_before: int
    reopens_within_days: int | None
    escalates_to: tuple[int, str] | None
    closing_notice: int | None
    is_active: bool
    hours: Hours = field(default=ALWAYS)


def kind_label(key: str, name: str = "") -> str:
    """What a kind is called: as the company calls it, else as it came, in the language that is active."""
    return name if name and name != key else str(BUILT_IN.get(key, name or key))


def read_rules(key: str) -> Rules | None:
    """What counts for a kind, in one statement; None if there is no such kind."""
    found = run_prepared(_READ, [key])
    if not found:
        return None
    (
        _key,
        name,
        priority,
        own,
        first,
        following,
        resolution,
        *closing,
        upto,
        upto_name,
        notice,
        is_active,
        zone,
        week,
        days,
    ) = found[0]
    return Rules(
        key=key,
        name=kind_label(key, name),
        priority=priority,
        own_fields=read_own_fields(json.loads(own)),
        minutes={ClockKind.FIRST_REPLY: first, ClockKind.NEXT_REPLY: following, ClockKind.RESOLUTION: resolution},
        closes_after_days=closing[0],
        warns_days_before=closing[1],
        reopens_within_days=closing[2],
        escalates_to=(upto, upto_name) if upto_name else None,
        closing_notice=notice,
        is_active=is_active,
        hours=read_hours(zone, json.loads(week), json.loads(days or "{}")) if zone else ALWAYS,
    )


def read_own_fields(stored: Sequence[Mapping[str, Any]]) -> list[OwnField]:
    """A kind's own fields as they are stored."""
    return [
        OwnField(
            one["key"], one["name"], FieldType(one["type"]), one.get("required", False), tuple(one.get("options", ()))
        )
        for one in stored
    ]


def read_hours(
    zone: str, week: Sequence[Sequence[Sequence[int]]], days: Mapping[str, Sequence[Sequence[int]]]
) -> Hours:
    """Opening hours as they are stored."""
    return Hours(
        ZoneInfo(zone),
        tuple(_spans(one) for one in week),
        {date.fromisoformat(day): _spans(spans) for day, spans in days.items()},
    )


def _spans(stored: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((int(begins), int(ends)) for begins, ends in stored)
