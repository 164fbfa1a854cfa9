"""
What a supervisor sees of the router: queues with the figures that lead to a decision, people and what they do. One statement each, and
one for who is given no new work though they are available (`withholding`), who are not free; bounded whatever the number of people: teams
are counted, and their people read when a team is opened.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from onhand.kernel.actor import Actor
from onhand.routing.access import WATCH, visible_queues, visible_seats
from onhand.routing.enums import SeatState
from onhand.routing.expected import Expected, Pace, estimate
from onhand.routing.matching.plans import USUAL
from onhand.routing.withholding import why_withheld

LINE_MINUTES = 60
OPENED_BY_ITSELF = 150  # so many people are shown without opening their teams
PAGE = 200  # people of a team
MOST_HELD = 4  # of what somebody holds
NO_TEAM = 0
MOST_QUEUES = 40  # shown at once: of more, those in which something waits longest
MOST_TEAMS = 60  # of more, sites are shown, and the teams of the one that is chosen


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a queue: when it began, what waited at its end, what came and was taken in it."""

    at: datetime
    waiting: int
    came: int
    taken: int


@dataclass(frozen=True, slots=True)
class Level:
    """
    What was answered and given up since midnight. There are two honest ways to say a service level: by what was answered alone, or by
    everything that came to an end of its waiting, where what was given up within the time counts as kept.
    """

    taken: int = 0
    taken_in_time: int = 0
    given_up: int = 0
    given_up_in_time: int = 0

    @property
    def of_answered(self) -> float | None:
        """Answered in time of all answered; None before there are any."""
        return self.taken_in_time / self.taken if self.taken else None

    @property
    def of_all(self) -> float | None:
        """Answered or given up in time, of all answered or given up."""
        every = self.taken + self.given_up
        return (self.taken_in_time + self.given_up_in_time) / every if every else None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """
    A queue now. `held` is not told on the whole floor, which does not show it. `target_seconds` is what its service level is counted
    by; `opens_at` is only told of queues that are closed.
    """

    id: int
    name: str
    waiting: int
    oldest_since: datetime | None
    held: Mapping[str, int]
    free: int
    present: int
    target_seconds: int
    today: Level
    minutes: Sequence[Minute]
    expected: Expected | None
    has_calendar: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Something somebody has: offered, in work, parked or in wrap-up."""

    id: int
    kind: str
    title: str
    state: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person on the floor. `held_more` is what is not among `held`, `withheld` why they are given nothing new though available."""

    id: int
    name: str
    state: str
    reason: str
    since: datetime
    until: datetime | None
    load: int
    capacity: int
    idle_since: datetime
    held: Sequence[Held] = ()
    held_more: int = 0
    withheld: str = ""

    @property
    def is_free(self) -> bool:
        """Whether they could take more."""
        return self.state == SeatState.AVAILABLE and self.load < self.capacity and not self.withheld


@dataclass(frozen=True, slots=True)
class TeamGroup:
    """
    A team's people: how many are in each state, how many could take more, how many of those available are given nothing new; and the
    people, where it is opened.
    """

    id: int
    name: str
    site: str
    states: Mapping[str, int]
    free: int
    withheld: int = 0
    people: Sequence[Somebody] = ()
    is_open: bool = False
    next: str = ""

    @property
    def many(self) -> int:
        """How many there are."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class SiteGroup:
    """A site's people, where there are too many teams to show each: how many teams, and the same of its people as of a team's."""

    id: int
    name: str
    teams: int
    states: Mapping[str, int]
    free: int
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Floor:
    """
    The whole floor at a moment. `waiting`, `present`, `free` and `withheld` are counted over all of it, whatever is shown;
    `more_queues` are not shown, and `sites` stand for the teams where these are too many.
    """

    at: datetime
    queues: Sequence[QueueLine] = ()
    teams: Sequence[TeamGroup] = field(default=())
    sites: Sequence[SiteGroup] = ()
    waiting: int = 0
    present: int = 0
    free: int = 0
    withheld: int = 0
    more_queues: int = 0
    more_teams: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the floor is wanted beside what is shown by itself: opened teams, a site's teams, what is called so, just one of them."""

    opened: Sequence[int] = ()
    site: int | None = None
    name: str = ""
    only: int | None = None


_QUEUES = f"""
with e as (select id, name, plan, calendar_id from routing_queue where is_active and {{seen}}
    and (%(only)s::bigint is null or id = %(only)s) and name ilike %(name)s),
n as (
  select queue_id, 'waiting' as state, count(*) as many, min(since) as oldest from routing_workitem
    where state = 'waiting' and (opens_at is null or opens_at <= %(at)s) and queue_id in (select id from e) group by 1
  union all
  select queue_id, state, count(*), min(since) from routing_workitem
    where %(held)s and holder_id is not null and queue_id in (select id from e) group by 1, 2),
q as (select e.* from e left join n on n.queue_id = e.id and n.state = 'waiting'
  order by case when (select count(*) from e) > {MOST_QUEUES} then n.oldest end nulls last, e.name, e.id limit {MOST_QUEUES}),
p as (
  select t.queue_id, count(distinct h.representative_id) as present, count(distinct h.representative_id) filter (
    where h.load < least(h.capacity, h.ceiling) and h.representative_id <> all(%(withheld)s::bigint[])) as free
  from routing_queue_teams t join staff_representative_teams m on m.team_id = t.team_id
  join routing_seat h on h.representative_id = m.representative_id and h.state = 'available'
  where t.queue_id in (select id from q) group by 1
  union all
  select w.id, a.present, a.free from (
    select id from q where not exists (select 1 from routing_queue_teams t where t.queue_id = q.id)) w cross join (
    select count(*) as present, count(*) filter (
      where load < least(capacity, ceiling) and representative_id <> all(%(withheld)s::bigint[])) as free
    from routing_seat where state = 'available') a),
d as (
  select queue_id, sum(taken) as taken, sum(taken_in_time) as taken_in_time, sum(given_up) as given_up,
    sum(given_up_in_time) as given_up_in_time from routing_queueminute
  where at >= %(today)s and queue_id in (select id from q) group by 1),
l as (
  select queue_id, json_agg(json_build_array(at, waiting, came, taken) order by at) as minutes from routing_queueminute
  where at >= %(hour_ago)s and queue_id in (select id from q) group by 1)
select json_build_object('waiting', (select coalesce(sum(many), 0) from n where state = 'waiting'),
  'more', (select count(*) from e) - count(*), 'queues',
  coalesce(json_agg(json_build_object('id', q.id, 'name', q.name, 'has_calendar', q.calendar_id is not null,
  'states', (select json_object_agg(n.state, json_build_array(n.many, n.oldest)) from n where n.queue_id = q.id),
  'present', coalesce(p.present, 0), 'free', coalesce(p.free, 0),
  'target', (select (x.settings->>'answer_seconds')::int from routing_queueplan x where x.queue_id = q.id and x.number = q.plan),
  'today', json_build_object('taken', coalesce(d.taken, 0), 'taken_in_time', coalesce(d.taken_in_time, 0),
    'given_up', coalesce(d.given_up, 0), 'given_up_in_time', coalesce(d.given_up_in_time, 0)),
  'minutes', coalesce(l.minutes, '[]')) order by q.name, q.id), '[]'))::text
from q left join p on p.queue_id = q.id left join d on d.queue_id = q.id left join l on l.queue_id = q.id
"""  # noqa: S608  (numbers of ours)
PERSON = """json_build_object('id', s.id, 'name', s.name, 'state', s.state, 'reason', coalesce(w.name, ''),
  'since', s.state_since, 'until', s.state_until, 'load', s.load, 'capacity', s.capacity, 'idle_since', s.idle_since,
  'held', coalesce(h.held, '[]'), 'many', coalesce(h.many, 0))"""
HELD = """left join routing_awayreason w on w.id = s.reason_id
left join lateral (
  select count(*) as many, json_agg(json_build_object('id', i.id, 'kind', i.kind, 'title', i.title, 'state', i.state,
    'since', i.state_since) order by i.units desc, i.state_since, i.id) filter (where i.place <= {most}) as held
  from (select x.*, row_number() over (order by x.units desc, x.state_since, x.id) as place
    from routing_workitem x where x.holder_id = s.id) i) h on true""".replace("{most}", str(MOST_HELD))
# Everybody who has a seat, once for each of their teams.
_SEATS = """s as (select r.id, r.name, m.team_id, s.state, s.reason_id, s.state_since, s.state_until, s.load, s.capacity, s.ceiling,
    s.idle_since from routing_seat s join staff_representative r on r.id = s.representative_id and r.is_active
  left join staff_representative_teams m on m.representative_id = r.id where {seen})"""
_TEAMS = f"""
with t as materialized (
  select w.*, w.state = 'available' and w.has_room and not w.is_withheld as is_free from (
    select s.representative_id as id, s.state, s.load < least(s.capacity, s.ceiling) as has_room,
      s.state = 'available' and s.representative_id = any(%(withheld)s::bigint[]) as is_withheld
    from routing_seat s join staff_representative r on r.id = s.representative_id and r.is_active where {{seen}}) w),
g as (
  select coalesce(m.team_id, {NO_TEAM}) as id, count(*) as many,
    count(*) filter (where t.state = 'available') as available, count(*) filter (where t.state = 'away') as away,
    count(*) filter (where t.state = 'missed') as missed, count(*) filter (where t.state = 'signed_out') as signed_out,
    count(*) filter (where t.is_free) as free, count(*) filter (where t.is_withheld) as withheld
  from t left join staff_representative_teams m on m.representative_id = t.id group by 1),
w as (select g.*, d.name, d.site_id, coalesce(p.name, '') as site from g
  left join staff_team d on d.id = g.id left join staff_site p on p.id = d.site_id
  where (%(only)s::bigint is null or g.id = %(only)s) and coalesce(d.name, '') ilike %(name)s),
v as (select w.* from w where (select count(*) from w) <= {MOST_TEAMS} or coalesce(site_id, 0) = %(site)s or id = any(%(opened)s::bigint[])
  order by name nulls last, id limit {MOST_TEAMS}),
o as (select id, many > {PAGE} as has_more from v
  where id = any(%(opened)s::bigint[]) or (select sum(many) from w) <= {OPENED_BY_ITSELF})
select json_build_object(
  'present', (select count(*) from t where state <> 'signed_out'), 'free', (select count(*) from t where is_free),
  'withheld', (select count(*) from t where is_withheld),
  'more', (select count(*) from w) - (select count(*) from v),
  'sites', case when (select count(*) from w) > {MOST_TEAMS} then (
    select coalesce(json_agg(json_build_object('id', x.id, 'name', x.site, 'teams', x.teams, 'free', x.free,
      'withheld', x.withheld, 'states',
      json_build_object('available', x.available, 'away', x.away, 'missed', x.missed, 'signed_out',
      x.signed_out)) order by x.site, x.id), '[]')
    from (select coalesce(site_id, 0) as id, site, count(*) as teams, sum(free) as free, sum(withheld) as withheld,
      sum(available) as available, sum(away) as away,
      sum(missed) as missed, sum(signed_out) as signed_out from w group by 1, 2) x) else '[]' end,
  'teams', coalesce(json_agg(json_build_object('id', v.id, 'name', coalesce(v.name, ''), 'site', v.site, 'free', v.free,
  'withheld', v.withheld,
  'states', json_build_object('available', v.available, 'away', v.away, 'missed', v.missed, 'signed_out', v.signed_out),
  'is_open', o.id is not null, 'people', coalesce(u.people, '[]'), 'has_more', coalesce(o.has_more, false))
  order by v.name nulls last, v.id), '[]'))::text
from v left join o on o.id = v.id
left join lateral (select json_agg({PERSON} order by s.name, s.id) as people
  from (select r.id, r.name, s.state, s.reason_id, s.state_since, s.state_until, s.load, s.capacity, s.idle_since
    from t join routing_seat s on s.representative_id = t.id join staff_representative r on r.id = t.id
    where exists (select 1 from staff_representative_teams m where m.representative_id = t.id and m.team_id = o.id)
      or (o.id = {NO_TEAM} and not exists (select 1 from staff_representative_teams m where m.representative_id = t.id))
    order by r.name, r.id limit {PAGE}) s {HELD}) u on o.id is not null
"""  # noqa: S608  (texts of our own)
_TEAM = f"""
with {_SEATS}
select coalesce(json_agg({PERSON} order by s.name, s.id), '[]')::text
from (select * from s where coalesce(s.team_id, {NO_TEAM}) = %s and (s.name, s.id) > (%s, %s)
  order by s.name, s.id limit %s) s {HELD}
"""  # noqa: S608


def read_floor(actor: Actor, at: datetime, *, midnight: datetime | None = None, asked: Asked = Asked()) -> Floor:
    """
    The queues and people this actor sees, in three statements. `midnight` is where today begins for them. Bounded whatever there is: of
    many queues those that wait longest, of many teams their sites.
    """
    if not actor.may(WATCH):
        return Floor(at)
    withheld = why_withheld(None, at)
    queues, teams = _read_queues(actor, at, midnight, asked, withheld), _read_teams(actor, asked, withheld)
    return Floor(
        at,
        [_queue(one) for one in queues["queues"]],
        [_team(one, withheld) for one in teams["teams"]],
        sites=[SiteGroup(**one) for one in teams["sites"]],
        waiting=queues["waiting"],
        present=teams["present"],
        free=teams["free"],
        withheld=teams["withheld"],
        more_queues=queues["more"],
        more_teams=teams["more"],
    )


def read_queues(
    actor: Actor, at: datetime, *, midnight: datetime | None = None, only: int | None = None
) -> list[QueueLine]:
    """The queues of the floor by name; `only` one of them."""
    found = _read_queues(actor, at, midnight, Asked(only=only), why_withheld(None, at), held=True)
    return [_queue(one) for one in found["queues"]]


def read_teams(actor: Actor, at: datetime, opened: Sequence[int] = (), *, only: int | None = None) -> list[TeamGroup]:
    """The teams of the floor by name; people without a team come last. `only` one of them."""
    withheld = why_withheld(None, at)
    return [_team(one, withheld) for one in _read_teams(actor, Asked(opened, only=only), withheld)["teams"]]


def _read_queues(
    actor: Actor,
    at: datetime,
    midnight: datetime | None,
    asked: Asked,
    withheld: Collection[int],
    *,
    held: bool = False,
) -> Any:
    seen, given = condition(visible_queues(actor), "id")
    more = {
        "at": at,
        "today": midnight or at.replace(hour=0, minute=0, second=0, microsecond=0),
        "hour_ago": at - timedelta(minutes=LINE_MINUTES),
        "held": held,
        "only": asked.only,
        "name": like(asked.name),
        "withheld": list(withheld),
    }
    return _json_named(_QUEUES, seen, given, more)


def _read_teams(actor: Actor, asked: Asked, withheld: Collection[int]) -> Any:
    seen, given = condition(visible_seats(actor), "s.representative_id")
    more = {
        "opened": list(asked.opened),
        "site": -1 if asked.site is None else asked.site,
        "only": asked.only,
        "name": like(asked.name),
        "withheld": list(withheld),
    }
    return _json_named(_TEAMS, seen, given, more)


def like(typed: str) -> str:
    """The pattern of texts that have in them what was typed."""
    escaped = typed.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _json_named(sql: str, seen: str, given: Sequence[Any], more: dict[str, Any]) -> Any:
    """The value of a statement with named parameters, in which a condition with unnamed ones stands."""
    parts = seen.split("%s")
    named = "".join(
        part + (f"%(seen{number})s" if number < len(parts) - 1 else "") for number, part in enumerate(parts)
    )
    return read_json(sql.replace("{seen}", named), {f"seen{n}": value for n, value in enumerate(given)} | more)


def read_team(actor: Actor, at: datetime, team_id: int, after: str = "") -> tuple[list[Somebody], str]:
    """A page of a team's people by name, and where the next one begins (empty at the end)."""
    seen, given = condition(visible_seats(actor), "s.representative_id")
    number, _mark, name = after.partition("~")
    mark = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    found = read_json(_TEAM.replace("{seen}", seen), [*given, team_id, name, mark, PAGE + 1])
    withheld = why_withheld([one["id"] for one in found], at)
    people = [somebody(one, withheld) for one in found[:PAGE]]
    return people, _mark_of(people[-1]) if len(found) > PAGE else ""


def _mark_of(person: Somebody) -> str:
    return f"{person.id}~{person.name}"


def _queue(one: Mapping[str, Any]) -> QueueLine:
    states: Mapping[str, Any] = one["states"] or {}
    waiting, oldest = states.get("waiting", (0, None))
    minutes = [Minute(datetime.fromisoformat(begun), *rest) for begun, *rest in one["minutes"]]
    taken = sum(minute.taken for minute in minutes)
    pace = Pace(taken, 60.0 * len(minutes), one["free"], waiting)
    return QueueLine(
        id=one["id"],
        name=one["name"],
        waiting=waiting,
        oldest_since=_moment(oldest),
        held={state: many for state, (many, _oldest) in states.items() if state != "waiting"},
        free=one["free"],
        present=one["present"],
        target_seconds=USUAL.answer_seconds if one["target"] is None else one["target"],
        today=Level(**one["today"]),
        minutes=minutes,
        expected=estimate(waiting, pace),
        has_calendar=one["has_calendar"],
    )


def _team(one: Mapping[str, Any], withheld: Mapping[int, str]) -> TeamGroup:
    people = [somebody(person, withheld) for person in one["people"]]
    return TeamGroup(
        id=one["id"],
        name=one["name"],
        site=one["site"],
        states=one["states"],
        free=one["free"],
        withheld=one["withheld"],
        people=people,
        is_open=one["is_open"],
        next=_mark_of(people[-1]) if one["has_more"] and people else "",
    )


def somebody(one: Mapping[str, Any], withheld: Mapping[int, str]) -> Somebody:
    """A person as `PERSON` gives them; `withheld` says of whom why they are given nothing new though available."""
    held = [Held(**{**item, "since": datetime.fromisoformat(item["since"])}) for item in one["held"]]
    return Somebody(
        id=one["id"],
        name=one["name"],
        state=one["state"],
        reason=one["reason"],
        since=datetime.fromisoformat(one["since"]),
        until=_moment(one["until"]),
        load=one["load"],
        capacity=one["capacity"],
        idle_since=datetime.fromisoformat(one["idle_since"]),
        held=held,
        held_more=one["many"] - len(held),
        withheld=withheld.get(one["id"], "") if one["state"] == SeatState.AVAILABLE else "",
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def condition(seen: QuerySet[Any], column: str) -> tuple[str, tuple[Any, ...]]:
    """The SQL condition that a column is the key of a row of the queryset, with its parameters."""
    try:
        sql, given = seen.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "false", ()
    return f"{column} in ({sql})", given


def read_json(sql: str, given: Sequence[Any] | Mapping[str, Any]) -> Any:
    """The one JSON value a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return json.loads(cursor.fetchone()[0])
