"""The work behind a figure of the floor: what waits in a queue, in the order it is given; what somebody has; one item."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from onhand.kernel.actor import Actor
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.routing.access import visible_items
from onhand.routing.enums import ItemState
from onhand.routing.models import WorkItem

PAGE = 50
SHOWN = (ItemState.WAITING, ItemState.OFFERED, ItemState.IN_WORK, ItemState.PARKED, ItemState.WRAP_UP)


def read_items(
    actor: Actor, *, state: ItemState, queue_id: int, after: str = "", limit: int = PAGE
) -> tuple[Sequence[WorkItem], str]:
    """A page of what is in a state in a queue, what is to be begun first at the top; and where the next page begins."""
    found = visible_items(actor).filter(queue=queue_id, state=state)
    mark = _read_mark(after)
    if mark is not None:
        found = found.filter(Q(order_at__gt=mark[0]) | Q(order_at=mark[0], pk__gt=mark[1]))
    rows = list(found.select_related("holder", "queue").order_by("order_at", "pk")[: limit + 1])
    following = f"{rows[limit - 1].order_at.isoformat()}~{rows[limit - 1].pk}" if len(rows) > limit else ""
    return rows[:limit], following


def read_held(actor: Actor, representative_id: int, limit: int = 100) -> Sequence[WorkItem]:
    """What somebody has: offered and in work first, then what they put aside."""
    found = visible_items(actor).filter(holder=representative_id).select_related("holder", "queue")
    return list(found.order_by("-units", "state_since", "pk")[:limit])


def _read_mark(text: str) -> tuple[datetime, int] | None:
    moment, _mark, number = text.partition("~")
    try:
        at, pk = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None
    return (at, pk) if at.tzinfo is not None and 0 < pk <= LARGEST_INTEGER else None
