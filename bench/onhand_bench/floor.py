"""The floor of a large department: what one refresh of it costs, how much of it is sent, and what its other pages cost."""

import statistics
import time
from typing import Any

from onhand_bench import mail_company, place, router_company
from onhand_bench.router_company import Company

LARGE, QUICK = Company(30_000, 100_000), Company(3_000, 10_000)
PEOPLE_A_TEAM, TEAMS_A_SITE, TEAMS_A_QUEUE = 20, 40, 5
ROUNDS, QUICK_ROUNDS, WARM = 40, 15, 3
FRAGMENT = {"HX-Request": "true"}
# Teams of twenty at sites of forty teams, a queue for each five of them; what waits and who works spread over them.
_SPREAD = """
delete from staff_representative_teams;
insert into staff_site (version, name, is_partner, time_zone) select 1, 'Site ' || n, false, 'UTC' from generate_series(1, {sites}) n;
insert into staff_team (version, name, site_id) select 1, 'Group ' || n,
  (select min(id) from staff_site where name like 'Site %') + n / {teams_a_site} from generate_series(0, {teams} - 1) n;
insert into staff_representative_teams (representative_id, team_id)
  select r.id, t.id from (select id, row_number() over (order by id) - 1 as n from staff_representative) r
  join (select id, row_number() over (order by id) - 1 as n from staff_team where name like 'Group %') t on t.n = r.n / {people_a_team};
insert into routing_queue (version, name, is_default, is_active, plan, draft)
  select 1, 'Line ' || n, false, true, 0, '{{}}' from generate_series(0, {queues} - 1) n;
insert into routing_queue_teams (queue_id, team_id)
  select q.id, t.id from (select id, row_number() over (order by id) - 1 as n from routing_queue where name like 'Line %') q
  join (select id, row_number() over (order by id) - 1 as n from staff_team where name like 'Group %') t on t.n / {teams_a_queue} = q.n;
update routing_workitem i set queue_id = q.id, since = now() - make_interval(secs => i.id % 7000)
  from (select id, row_number() over (order by id) - 1 as n from routing_queue where name like 'Line %') q where q.n = i.id % {queues};
update routing_workitem i set state = 'in_work', holder_id = s.representative_id, units = 2
  from (select representative_id, row_number() over (order by representative_id) as n from routing_seat) s
  where s.n = i.id - (select min(id) from routing_workitem) and s.n % 3 <> 0;
insert into routing_queueminute (queue_id, at, came, taken, taken_in_time, given_up, given_up_in_time, ended, waiting, oldest_seconds,
  free, present)
  select q.id, date_trunc('minute', now()) - make_interval(mins => m), 3, 2, 2, 0, 0, 2, m % 40, 60, 5, 20
  from routing_queue q cross join generate_series(1, {minutes}) m;
update routing_seat set state = 'away' where representative_id % 11 = 0 and load = 0;
insert into routing_seatcount (representative_id, at, available_seconds, worked_seconds)
  select representative_id, now() - make_interval(hours => h), 0, 0 from routing_seat cross join generate_series(24, 48) h;
vacuum analyze;
"""
_COUNTED = """
update routing_seat set state = 'signed_out' where representative_id % 17 = 0 and load = 0;
"""


def measure(*, quick: bool) -> dict[str, Any]:
    """Measure 30,000 people and 100,000 pieces of work; 3,000 and 10,000 with `quick`. Times in milliseconds."""
    company = QUICK if quick else LARGE
    with place.database() as server:
        session = _make(company, minutes=120 if quick else 720)
        client, rounds = _client(session), QUICK_ROUNDS if quick else ROUNDS
        spent, sizes = [], []
        for _round in range(WARM):
            client.get("/floor/", headers=FRAGMENT)
        cpu, database = time.process_time(), place.database_cpu(server)
        for _round in range(rounds):
            begun = time.perf_counter()
            answer = client.get("/floor/", headers=FRAGMENT)
            spent.append((time.perf_counter() - begun) * 1000)
            sizes.append(len(answer.content))
        cpu, database = time.process_time() - cpu, place.database_cpu(server) - database
        statements = mail_company.count_statements(session, "/floor/", "/floor/?wall=1")
        others = {name: _once(client, path) for name, path in _OTHERS.items()}
    spent.sort()
    figures = {
        "people": company.people,
        "items": company.items,
        "refresh_p50_ms": round(statistics.median(spent), 1),
        "refresh_p99_ms": round(spent[max(0, int(len(spent) * 0.99) - 1)], 1),
        "web_cpu_ms": round(cpu / rounds * 1000, 1),
        "database_cpu_ms": round(database / rounds * 1000, 1),
        "kb": round(max(sizes) / 1024),
        "statements": statements,
    } | others
    for name, value in figures.items():
        print(f"{name:24} {value:>12}")
    return figures


_OTHERS = {"people_ms": "/floor/people/", "evenness_ms": "/floor/evenness/", "found_ms": "/floor/people/?q=son+123"}


def _once(client: Any, path: str) -> float:
    """The fastest of three, in milliseconds."""
    spent = []
    for _round in range(3):
        begun = time.perf_counter()
        answer = client.get(path)
        spent.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    return round(min(spent), 1)


def _make(company: Company, *, minutes: int) -> str:
    """The company, and a session of somebody who sees all of it."""
    from django.db import connection

    router_company.make(company)
    teams = company.people // PEOPLE_A_TEAM
    given = {
        "teams": teams,
        "sites": teams // TEAMS_A_SITE + 1,
        "teams_a_site": TEAMS_A_SITE,
        "people_a_team": PEOPLE_A_TEAM,
        "teams_a_queue": TEAMS_A_QUEUE,
        "queues": teams // TEAMS_A_QUEUE,
        "minutes": minutes,
    }
    with connection.cursor() as cursor:
        for statement in _SPREAD.format(**given).split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute(_COUNTED)
    return _session()


def _session() -> str:
    """A session of somebody who may do everything and sees everybody."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils import timezone

    from onhand.kernel.permissions import all_permissions
    from onhand.staff.models import Representative, Role

    every = [one.name for one in all_permissions()]
    role = Role.objects.create(key="bench", name="Bench", permissions=every, visibility="all")
    grace = Representative.objects.create(
        email="grace@bench.example", name="Grace", role=role, joined_at=timezone.now()
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(grace.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = grace.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def _client(session: str) -> Any:
    from django.conf import settings
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client
