"""Callbacks as a supervisor watches them: those that are open, by when they may be given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from onhand.kernel.actor import Actor
from onhand.routing.access import visible_queues
from onhand.routing.callbacks.access import KIND, WATCH, visible_callbacks
from onhand.routing.callbacks.models import Callback
from onhand.routing.enums import ItemState
from onhand.routing.models import WorkItem

PAGE = 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open callback with its work."""

    callback: Callback
    item_id: int | None
    state: str
    holder: str
    opens_at: datetime | None
    closes_at: datetime | None


def read_open(actor: Actor, after: int = 0, queue_id: int | None = None) -> tuple[list[Waiting], int]:
    """A page of the open callbacks by when they may be given, and where the next begins (0 at the end). Two statements."""
    actor.require(WATCH)
    found = visible_callbacks(actor).filter(ended_at__isnull=True, queue__in=visible_queues(actor).values("pk"))
    if queue_id is not None:
        found = found.filter(queue=queue_id)
    rows = list(found.select_related("queue", "customer").order_by("next_at", "pk")[after : after + PAGE + 1])
    work = _work_of([one.pk for one in rows[:PAGE]])
    return [_waiting(one, work.get(one.pk)) for one in rows[:PAGE]], after + PAGE if len(rows) > PAGE else 0


def _work_of(callback_ids: Sequence[int]) -> dict[int, WorkItem]:
    found = WorkItem.objects.filter(kind=KIND, subject_id__in=callback_ids).exclude(state=ItemState.ENDED)
    return {one.subject_id: one for one in found.select_related("holder")}


def _waiting(callback: Callback, item: WorkItem | None) -> Waiting:
    if item is None:
        return Waiting(callback, None, str(ItemState.WAITING), "", None, None)
    holder = item.holder.name if item.holder else ""
    return Waiting(callback, item.pk, str(item.state), holder, item.opens_at, item.closes_at)
