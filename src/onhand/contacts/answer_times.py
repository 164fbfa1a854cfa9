"""
By when customers are to be answered: the department's times, in the opening hours of the contact's team where it has its own, else in
those the clocks of cases usually go by.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from onhand.contacts.cases.kinds import read_hours
from onhand.contacts.enums import Priority
from onhand.contacts.hours import ALWAYS, Hours, add_business_time, take_business_time
from onhand.contacts.models import ContactRules
from onhand.kernel.database import run_prepared

_READ = """
select r.answer_urgent_minutes, r.answer_high_minutes, r.answer_normal_minutes, r.answer_low_minutes, c.time_zone, c.week::text,
  (select json_object_agg(d.day, d.spans) from contacts_calendarday d where d.calendar_id = c.id)::text
from contacts_contactrules r left join contacts_businesscalendar c
  on case when %(own)s::bigint is null then c.is_usual else c.id = %(own)s end order by r.id limit 1
"""
CALENDAR_OF_TEAM: list[Callable[[int], int | None]] = []  # what knows the opening hours of teams: the id of a calendar
_ORDER = (Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW)


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Business minutes by priority, and the opening hours they are counted in. Where it is never open, they are minutes by the clock."""

    minutes: Mapping[int, int]
    hours: Hours = ALWAYS

    def due(self, priority: int, since: datetime) -> datetime:
        """By when somebody is to be answered who waits since a time."""
        minutes = self.minutes[Priority(priority)]
        return add_business_time(since, minutes, self.hours) or since + timedelta(minutes=minutes)

    def moved(self, due: datetime, before: int, after: int) -> datetime:
        """The same time for another priority: so much sooner or later as its answers are due."""
        more = self.minutes[Priority(after)] - self.minutes[Priority(before)]
        move = add_business_time if more > 0 else take_business_time
        return move(due, abs(more), self.hours) or due + timedelta(minutes=more)


def read_answer_times(team_id: int | None = None) -> AnswerTimes:
    """The times as they count now for a team's contacts, or those of none."""
    found = run_prepared(_READ, {"own": _calendar_of(team_id)})
    if not found:
        rules = ContactRules()
        return AnswerTimes({one: getattr(rules, f"answer_{one.name.lower()}_minutes") for one in _ORDER})
    *minutes, zone, week, days = found[0]
    hours = read_hours(zone, json.loads(week), json.loads(days or "{}")) if zone else ALWAYS
    return AnswerTimes(dict(zip(_ORDER, minutes, strict=True)), hours)


def _calendar_of(team_id: int | None) -> int | None:
    found = (calendar for ask in CALENDAR_OF_TEAM if team_id is not None and (calendar := ask(team_id)) is not None)
    return next(found, None)


def handed_over(
    due: datetime, priority: int, before: int | None, after: int | None, wrote: datetime | None
) -> datetime:
    """
    A due time as another team's opening hours make it: since when they wait, which is when they `wrote` if the time was reckoned from
    then, as long in the hours of who has it now.
    """
    was, now = read_answer_times(before), read_answer_times(after)
    if was.hours == now.hours:
        return due
    if wrote is not None and was.due(priority, wrote) == due:
        return now.due(priority, wrote)
    since = take_business_time(due, was.minutes[Priority(priority)], was.hours)
    return due if since is None else now.due(priority, since)
