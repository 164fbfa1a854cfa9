"""A company with people, skills and waiting work of mixed channels, written straight into the database, for the bench of the router."""

from dataclasses import dataclass

QUEUES = 8  # each served by one team; people are in two of them
SKILLS = 20
QUIET = "Quiet"  # a queue whose people have nothing to do: what arrives there is offered at once
QUIET_PEOPLE = 40

_PLACES = """
insert into staff_site (version, name, is_partner, time_zone) values (1, 'Here', false, 'UTC');
insert into staff_team (version, name, site_id) select 1, 'Team ' || n, (select id from staff_site) from generate_series(1, {queues}) n;
insert into staff_team (version, name, site_id) select 1, '{quiet}', id from staff_site;
insert into routing_queue (version, name, home_id, is_default, is_active, plan, draft)
  select 1, name, id, false, true, 1, '{{}}' from staff_team order by id;
insert into routing_queueplan (queue_id, number, settings, published_at, published_by_name, note)
  select id, 1, '{{"offer_seconds": 3600}}', now(), 'Bench', '' from routing_queue
  where home_id is not null;
insert into routing_queue_teams (queue_id, team_id) select id, home_id from routing_queue where home_id is not null;
insert into staff_skill (version, key, name, purpose, is_active)
  select 1, 's' || n, 'Skill ' || n, '', true from generate_series(1, {skills}) n;
"""
_PEOPLE = """
insert into staff_representative (version, password, email, name, kind, role_id, visibility, is_active, language, theme, text_size,
  time_zone, joined_at, open_panels)
  select 1, '', 'p' || n || '@bench.example', 'Person ' || n, 'person', (select min(id) from staff_role), '', true, 'en', 'system', 100,
  'UTC', now(), '{{}}' from generate_series(1, {people}) n;
insert into staff_representative_teams (representative_id, team_id)
  select r.id, t.id from (select id, row_number() over (order by id) as n from staff_representative) r
  join (select id, row_number() over (order by id) as n, count(*) over () as of from staff_team) t
  on case when r.n <= {quiet_people} then t.n = t.of else t.n in (1 + r.n % {queues}, 1 + (r.n / {queues}) % {queues}) end;
insert into staff_skilllevel (representative_id, skill_id, level)
  select r.id, s.id, 1 + (hashint8(r.id * 31 + s.id) & 1023) % 5 from staff_representative r join staff_skill s
  on (hashint8(r.id * 131 + s.id * 7) & 1023) < 225;
insert into routing_seat (version, representative_id, state, state_since, capacity, ceiling, load, limits, hardest, leaving, idle_since)
  select 1, id, 'available', now(), c, c, 0, '{{}}', 5, '', now() - make_interval(secs => id % 1000)
  from (select id, case when row_number() over (order by id) <= {quiet_people} then 30000 else 3 end as c from staff_representative) r;
"""
# One skill of everybody's, or two, at a level; urgent and less; of three channels.
ITEMS = """
insert into routing_workitem (version, kind, subject_id, queue_id, is_queue_chosen, state, state_since, units, weight, title, priority,
  created_at, since, order_at, language, difficulty, minutes, wanted, preferred, passed, step, step_since, worked_seconds, ended_why)
  select 1, (array['contact.email', 'contact.chat', 'contact.social'])[1 + n % 3], n, q.id, false, 'waiting', now(), 0, 3, 'Work', 0,
  now(), now(), now() + make_interval(secs => n % 14400), '', 1, 5,
  case when n % 4 = 0 then jsonb_build_object('all', jsonb_build_array(jsonb_build_object('has', 'skill:s' || 1 + n % {skills}),
      jsonb_build_object('has', 'skill:s' || 1 + (n / 7) % {skills})))
    else jsonb_build_object('has', 'skill:s' || 1 + n % {skills}, 'from', 1 + n % 3) end,
  '{{}}', '[]', 0, now(), 0, ''
  from generate_series({first}, {last}) n
  join (select id, row_number() over (order by id) as place from routing_queue where home_id is not null and name <> '{quiet}') q
  on q.place = 1 + n % {queues}
"""
ARRIVAL = """
insert into routing_workitem (version, kind, subject_id, queue_id, is_queue_chosen, state, state_since, units, weight, title, priority,
  created_at, since, order_at, language, difficulty, minutes, wanted, preferred, passed, step, step_since, worked_seconds, ended_why)
  select 1, 'contact.email', %s, id, false, 'waiting', now(), 0, 3, 'Work', 0, now(), now(), now(), '', 1, 5, '{}', '{}', '[]', 0,
  now(), 0, '' from routing_queue where name = %s returning id
"""


@dataclass(frozen=True, slots=True)
class Company:
    """How many people there are, and how much waits."""

    people: int
    items: int


def make(company: Company) -> None:
    """Write it."""
    from django.db import connection
    from django.utils import timezone

    from onhand.staff.operations import ensure_builtin_roles

    ensure_builtin_roles(at=timezone.now())
    given = {"queues": QUEUES, "quiet": QUIET, "skills": SKILLS, "people": company.people, "quiet_people": QUIET_PEOPLE}
    with connection.cursor() as cursor:
        cursor.execute(_PLACES.format(**given))
        cursor.execute(_PEOPLE.format(**given))
        cursor.execute(ITEMS.format(**given, first=1, last=company.items))
        cursor.execute("vacuum analyze")
