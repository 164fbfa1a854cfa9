"""Whether the company is open, by the calendar its cases are counted by; without one it always is."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

# For statements with a parameter %(at)s: the usual calendar with its special days around then, as JSON; null without one.
CALENDAR = """(select json_build_object('zone', b.time_zone, 'week', b.week, 'days', coalesce((
    select json_object_agg(d.day, d.spans) from contacts_calendarday d where d.calendar_id = b.id
      and d.day between (%(at)s::timestamptz - interval '1 day')::date and (%(at)s::timestamptz + interval '2 days')::date), '{}'))::text
  from contacts_businesscalendar b where b.is_usual)"""


def is_open(calendar: str | None, at: datetime) -> bool:
    """Whether a moment is within opening hours, by what `CALENDAR` found."""
    if calendar is None:
        return True
    usual = json.loads(calendar)
    local = at.astimezone(ZoneInfo(usual["zone"]))
    usually = usual["week"][local.weekday()] if usual["week"] else []
    minute = local.hour * 60 + local.minute
    return any(begins <= minute < ends for begins, ends in usual["days"].get(local.date().isoformat(), usually))
