"""Queues as the router uses them: the plan that is applied, the queue of a team, the usual one."""

from functools import lru_cache

from django.db import connection

from onhand.routing.matching.plans import USUAL, Plan, read_plan
from onhand.routing.models import Queue, QueuePlan
from onhand.staff.models import Team

LONGEST_NAME = 100
# Served by the team it is the home of. Whoever comes second, of two at once, finds the first one's.
_MAKE = """
insert into routing_queue (version, name, home_id, is_default, is_active, plan, draft)
values (1, %s, %s, false, true, 0, '{}') on conflict do nothing returning id
"""
_SERVED_BY = "insert into routing_queue_teams (queue_id, team_id) values (%s, %s) on conflict do nothing"


@lru_cache(maxsize=10_000)
def published_plan(queue_id: int, number: int) -> Plan:
    """The settings of a queue of that number, which never change; the usual ones where none is published (0)."""
    found = QueuePlan.objects.filter(queue=queue_id, number=number).values_list("settings", flat=True).first()
    return USUAL if found is None else read_plan(found)


def plan_of(queue: Queue) -> Plan:
    """The settings that are applied to a queue; without a query but for the first time."""
    return USUAL if queue.plan == 0 else published_plan(queue.pk, queue.plan)


def default_queue() -> Queue:
    """Where work waits that is no team's."""
    return Queue.objects.get(is_default=True)


def calendar_of_team(team_id: int) -> int | None:
    """The opening hours of the queue that is a team's home; none where it is always open or there is none."""
    found = Queue.objects.filter(home=team_id, is_active=True).values_list("calendar", flat=True)
    return found.first()


def queue_for_team(team_id: int | None) -> Queue:
    """
    The queue of what is handed to a team, made when it is first needed; the usual one for no team, and where the team's was put out
    of use.
    """
    if team_id is None:
        return default_queue()
    found = Queue.objects.filter(home=team_id).first() or _made_for(team_id)
    return found if found is not None and found.is_active else default_queue()


def _made_for(team_id: int) -> Queue | None:
    name = Team.objects.filter(pk=team_id).values_list("name", flat=True).first()
    if name is None:
        return None
    with connection.cursor() as cursor:
        for wanted in (name, f"{name[: LONGEST_NAME - 12]} {team_id}"):  # where another queue has the name already
            cursor.execute(_MAKE, [wanted[:LONGEST_NAME], team_id])
            row = cursor.fetchone()
            if row:
                cursor.execute(_SERVED_BY, [row[0], team_id])
                break
            if Queue.objects.filter(home=team_id).exists():
                break
    return Queue.objects.filter(home=team_id).first()
