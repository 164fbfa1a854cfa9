"""
Trials of a queue's settings: begun and forgotten here, run by `trial_runs`, which brings along what simulations need.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible
from onhand.routing import access
from onhand.routing.matching.plans import write_plan
from onhand.routing.models import PlanTrial, Queue
from onhand.routing.queue_subjects import draft_of

MOST_DAYS = 7


def start_trial(queue: Queue, *, actor: Actor, at: datetime, days: int = 1) -> PlanTrial:
    """
    Have what is written for a queue tried on what arrived in the last days. The job does it; the caller queues it after the commit.

    :raises NotPermitted: the actor may not set up queues.
    :raises NotPossible: nothing is written, or the days are too many.
    """
    actor.require(access.SET_UP)
    if not 1 <= days <= MOST_DAYS:
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": MOST_DAYS}, field="days")
    return PlanTrial.objects.create(
        queue=queue,
        settings=write_plan(draft_of(queue)),
        against=queue.plan,
        since=at - timedelta(days=days),
        until=at,
        started_at=at,
        started_by_name=actor.name,
    )


def forget_trials(before: datetime) -> int:
    """Take out trials that began before; how many."""
    return int(PlanTrial.objects.filter(started_at__lt=before).delete()[0])
