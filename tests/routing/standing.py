"""Queues, people with seats and waiting work, written as they stand: for tests of what is read."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from onhand.routing.models import AwayReason, Queue, QueueMinute, QueuePlan, RoutingDecision, Seat, WorkItem
from onhand.staff.models import Representative, Team
from tests.factories import NOON
from tests.factories.staff import make_person

_numbers = count(1)


def make_queue(name: str = "", *teams: Team, settings: dict[str, Any] | None = None, **changes: Any) -> Queue:
    """A queue these teams serve, with a published plan where settings are given."""
    queue = Queue.objects.create(name=name or f"Queue {next(_numbers)}", **changes)
    queue.teams.set(teams)
    if settings is not None:
        QueuePlan.objects.create(
            queue=queue, number=1, settings=settings, published_at=NOON, published_by_name="Grace Holroyd"
        )
        queue.plan = 1
        queue.save(update_fields=["plan"])
    return queue


def make_seat(person: Representative | None = None, *, state: str = "available", **changes: Any) -> Seat:
    """Somebody the router knows, available since noon unless told otherwise."""
    given: dict[str, Any] = {"state_since": NOON, "idle_since": NOON, "seen_at": NOON} | changes
    return Seat.objects.create(representative=person or make_person(), state=state, **given)


def make_reason(name: str = "Lunch", **changes: Any) -> AwayReason:
    """A reason to be away."""
    return AwayReason.objects.create(name=name, **changes)


def make_item(queue: Queue, *, state: str = "waiting", holder: Seat | None = None, **changes: Any) -> WorkItem:
    """Work that waits since noon; with a holder it is theirs, and takes its units of them."""
    since: datetime = changes.pop("since", NOON)
    number = next(_numbers)
    given: dict[str, Any] = {
        "kind": "contact.email",
        "subject_id": number,
        "title": f"Work {number}",
        "state_since": since,
        "created_at": since,
        "order_at": since + timedelta(hours=4),
        "step_since": since,
    }
    if holder is not None:
        state = "in_work" if state == "waiting" else state
        given["units"] = 0 if state == "parked" else 1
    if state == "offered":
        given["offer_until"] = since + timedelta(minutes=1)
    given |= changes
    return WorkItem.objects.create(
        queue=queue, state=state, holder_id=holder.pk if holder else None, since=since, **given
    )


def make_minute(queue: Queue, at: datetime, **figures: int) -> QueueMinute:
    """A minute of a queue."""
    return QueueMinute.objects.create(queue=queue, at=at, **figures)


def make_decision(item: WorkItem, what: str, holder: Seat | None = None, **changes: Any) -> RoutingDecision:
    """What became of an item, a minute after noon."""
    given: dict[str, Any] = {"at": NOON + timedelta(minutes=1), "queue_id": item.queue_id} | changes
    return RoutingDecision.objects.create(
        item=item, what=what, representative_id=holder.pk if holder else None, **given
    )
