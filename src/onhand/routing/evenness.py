"""
How evenly work is shared, from life: of the time somebody was available, in how much of it they had something offered, in work or in
wrap-up. The database counts both on each seat as they change; each hour the counts are noted, so that a period is a difference of two.

Each read is one statement, and what it gives is bounded: bars are at most as many as are drawn, people come by the page. Its cost is one
look into an index for each person who counts, so it grows with the people asked for, never with the work they did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.routing.access import WATCH, visible_queues, visible_seats
from onhand.routing.floor import condition, read_json
from onhand.routing.models import SeatCount

MOST_BARS = 60
PAGE = 50
LEAST_SECONDS = 900.0  # available less than that, somebody says nothing about how evenly work is shared
LATE = timedelta(minutes=5)  # by which the note of an hour may come after it


@dataclass(frozen=True, slots=True)
class Worked:
    """Somebody's time in the period, in seconds; `share` is worked of available."""

    id: int
    name: str
    available: float
    worked: float
    share: float


@dataclass(frozen=True, slots=True)
class Evenness:
    """
    How the shares of `people` who were available long enough spread. `gini` is 0 where all are the same, towards 1 where one has
    everything; None where fewer than two count or nobody had anything. `bars` are their shares from the smallest up, of each sixtieth of
    them where there are more. `left_out` were available too short.
    """

    people: int = 0
    left_out: int = 0
    mean: float | None = None
    gini: float | None = None
    bars: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class GroupEvenness:
    """The same of one team."""

    id: int
    name: str
    site: str
    evenness: Evenness


_NOTE = """
insert into routing_seatcount (representative_id, at, available_seconds, worked_seconds)
select s.representative_id, %(at)s, c.available, c.worked from routing_seat s
cross join lateral (select s.available_seconds + n.passed as available,
    s.worked_seconds + case when s.load > 0 then n.passed else 0 end as worked
  from (select case when s.state = 'available' then greatest(0, extract(epoch from clock_timestamp() - s.counted_at)) else 0 end::float8
    as passed) n) c
left join lateral (select x.available_seconds from routing_seatcount x where x.representative_id = s.representative_id
  order by x.at desc limit 1) b on true
where c.available > coalesce(b.available_seconds, 0) order by s.representative_id
"""
# Everybody's time in the period: what is counted, and what goes on now, less what was counted when it began.
_TIMES = """
with t as (
  select s.representative_id as id, r.name, c.available - coalesce(b.available_seconds, 0) as available,
    c.worked - coalesce(b.worked_seconds, 0) as worked
  from routing_seat s join staff_representative r on r.id = s.representative_id and r.is_active
  cross join lateral (select s.available_seconds + n.passed as available,
      s.worked_seconds + case when s.load > 0 then n.passed else 0 end as worked
    from (select case when s.state = 'available' then greatest(0, extract(epoch from clock_timestamp() - s.counted_at)) else 0 end::float8
      as passed) n) c
  left join lateral (select x.available_seconds, x.worked_seconds from routing_seatcount x
    where x.representative_id = s.representative_id and x.at <= %s order by x.at desc limit 1) b on true
  where {seen} and c.available > coalesce(b.available_seconds, 0)),
o as (select t.*, least(1, greatest(0, worked / available)) as share from t where available >= %s)
"""
_SPREAD = """json_build_object('people', count(*), 'mean', avg(share),
    'gini', case when count(*) > 1 and sum(share) > 0 then sum((2 * place - many - 1) * share) / (max(many) * sum(share)) end)"""
_ONE = f"""{_TIMES},
p as (select share, row_number() over (order by share, id) as place, count(*) over () as many from o),
q as (select bar, avg(share) as share from (select share, ntile(least(many, {MOST_BARS})::int) over (order by place) as bar from p) n
  group by bar)
select json_build_object('spread', (select {_SPREAD} from p),
  'left_out', (select count(*) from t) - (select count(*) from o),
  'bars', (select coalesce(json_agg(share order by bar), '[]') from q))::text
"""  # noqa: S608  (texts of our own)
_TEAMS = f"""{_TIMES},
m as (select o.*, x.team_id from o join staff_representative_teams x on x.representative_id = o.id),
p as (select team_id, share, row_number() over (partition by team_id order by share, id) as place,
    count(*) over (partition by team_id) as many from m),
q as (select team_id, bar, avg(share) as share from (
    select team_id, share, ntile(least(many, {MOST_BARS})::int) over (partition by team_id order by place) as bar from p) n
  group by team_id, bar),
g as (select team_id, {_SPREAD} as spread from p group by team_id)
select coalesce(json_agg(json_build_object('id', d.id, 'name', d.name, 'site', coalesce(s.name, ''), 'spread', g.spread,
  'left_out', 0, 'bars', (select json_agg(q.share order by q.bar) from q where q.team_id = g.team_id)) order by d.name, d.id), '[]')::text
from g join staff_team d on d.id = g.team_id left join staff_site s on s.id = d.site_id
"""  # noqa: S608
_PEOPLE = f"""{_TIMES}
select coalesce(json_agg(json_build_object('id', id, 'name', name, 'available', available, 'worked', worked, 'share', share)
  order by share desc, id), '[]')::text
from (select * from o where (%s::float8 is null or (share, -id) < (%s::float8, -%s::bigint)) order by share desc, id limit %s) o
"""  # noqa: S608
_OF_TEAM = " and exists (select 1 from staff_representative_teams m where m.representative_id = s.representative_id and m.team_id = %s)"
_OF_QUEUE = """ and (not exists (select 1 from routing_queue_teams t where t.queue_id = %s) or exists (
  select 1 from staff_representative_teams m join routing_queue_teams t on t.team_id = m.team_id
  where m.representative_id = s.representative_id and t.queue_id = %s))"""


def note_counts(at: datetime) -> None:
    """Note what the seats have counted by now, of those that counted something since the last time. One statement, once an hour."""
    run_prepared(_NOTE, {"at": at})


def forget_counts(before: datetime) -> int:
    """Take out the notes of before; how many."""
    return int(SeatCount.objects.filter(at__lt=before).delete()[0])


def read_evenness(actor: Actor, since: datetime, *, team: int | None = None, queue: int | None = None) -> Evenness:
    """How evenly work was shared since then among the people this actor watches, of a team, or of those who serve a queue."""
    if not actor.may(WATCH):
        return Evenness()
    sql, given = _asked(actor, since, team, queue)
    return _evenness(read_json(_ONE.replace("{seen}", sql), given))


def read_team_evenness(actor: Actor, since: datetime) -> list[GroupEvenness]:
    """The same of each team, by name."""
    if not actor.may(WATCH):
        return []
    sql, given = _asked(actor, since, None, None)
    found = read_json(_TEAMS.replace("{seen}", sql), given)
    return [GroupEvenness(one["id"], one["name"], one["site"], _evenness(one)) for one in found]


def read_worked(
    actor: Actor, since: datetime, *, team: int | None = None, queue: int | None = None, after: str = ""
) -> tuple[list[Worked], str]:
    """A page of those people, the busiest first, and where the next one begins."""
    if not actor.may(WATCH):
        return [], ""
    sql, given = _asked(actor, since, team, queue)
    share, person = _read_mark(after)
    found = read_json(_PEOPLE.replace("{seen}", sql), [*given, share, share, person, PAGE + 1])
    people = [Worked(**one) for one in found[:PAGE]]
    return people, f"{people[-1].share!r}~{people[-1].id}" if len(found) > PAGE else ""


def _asked(actor: Actor, since: datetime, team: int | None, queue: int | None) -> tuple[str, list[Any]]:
    """The condition on seats `s`, and the parameters of the times."""
    seen, given = condition(visible_seats(actor), "s.representative_id")
    parameters = [since + LATE, *given]
    if team is not None:
        seen, parameters = seen + _OF_TEAM, [*parameters, team]
    if queue is not None:
        if not visible_queues(actor).filter(pk=queue).exists():
            return "false", [since + LATE, LEAST_SECONDS]
        seen, parameters = seen + _OF_QUEUE, [*parameters, queue, queue]
    return seen, [*parameters, LEAST_SECONDS]


def _evenness(found: Mapping[str, Any]) -> Evenness:
    spread = found["spread"]
    return Evenness(spread["people"], found["left_out"], spread["mean"], spread["gini"], found["bars"] or ())


def _read_mark(after: str) -> tuple[float | None, int]:
    share, _mark, person = after.partition("~")
    try:
        number = float(share)
    except ValueError:
        return None, 0
    if not isfinite(number) or not (person.isascii() and person.isdigit() and len(person) < 19):
        return None, 0
    return number, int(person)
