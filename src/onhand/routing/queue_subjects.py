"""A queue as a subject of acts, and what setting it up refers to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.routing import access
from onhand.routing.matching.plans import Plan, WrongPlanError, read_plan
from onhand.routing.models import PlanTrial, Queue
from onhand.routing.queues import plan_of
from onhand.staff.access import visible_teams

QUEUE_SUBJECT, PLAN_TRIAL = "queue", "plan_trial"
TEAM = "routing.team"
MOST = 200


def draft_of(queue: Queue | None) -> Plan:
    """What is written for a queue and not published yet; what is applied where nothing is."""
    if queue is None:
        return Plan()
    try:
        return read_plan(queue.draft) if queue.draft else plan_of(queue)
    except WrongPlanError:  # written by an earlier version of the product
        return plan_of(queue)


def other_queues(queue: int) -> dict[int, str]:
    """The other queues in use, by number."""
    return dict(Queue.objects.filter(is_active=True).exclude(pk=queue).order_by("name").values_list("pk", "name"))


def _snapshot(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name,
        "teams": list(queue.teams.order_by("name").values_list("name", flat=True)),
        "home": queue.home.name if queue.home else None,
        "calendar": queue.calendar.name if queue.calendar else None,
        "active": queue.is_active,
        "plan": queue.plan,
    }


register_subject(
    SubjectType(
        name=QUEUE_SUBJECT,
        label=_("Queue"),
        model=Queue,
        visible=access.visible_queues,
        snapshot=_snapshot,
        title=lambda queue: queue.name,
        page=lambda pk: f"/settings/queues/{pk}/",
        change_labels={
            "name": _("Name"),
            "teams": _("Served by"),
            "home": _("Gets what is handed to the team"),
            "calendar": _("Opening hours"),
            "active": _("In use"),
            "plan": _("Published version"),
            "steps": _("Whom work goes to"),
            "draft": _("Written anew from version"),
            "note": _("What is new"),
        },
    )
)

register_subject(  # nobody acts on it: its page follows how far it is
    SubjectType(
        name=PLAN_TRIAL,
        label=_("Trial of a queue's settings"),
        model=PlanTrial,
        visible=access.visible_plan_trials,
        snapshot=lambda trial: {"state": trial.state},
        title=lambda trial: trial.queue.name,
        page=lambda pk: f"/settings/queues/trials/{pk}/",
    )
)


def _teams(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_teams(actor).filter(name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


register_reference(ReferenceType(name=TEAM, options=_teams, is_short=True))
