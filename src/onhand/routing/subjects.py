"""Work items and seats as subjects of acts, and what arguments of those acts may refer to."""

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.routing import access
from onhand.routing.enums import ItemState, Leaving, SeatState
from onhand.routing.items import lock_items
from onhand.routing.kinds import kind_of, lock_subjects
from onhand.routing.leaving import OPEN, lock_held
from onhand.routing.models import AwayReason, Seat, WorkItem
from onhand.routing.seats import ensure_seats
from onhand.staff.access import visible_representatives

if TYPE_CHECKING:
    from onhand.kernel.acts import Act

WORK_ITEM, SEAT = "work_item", "seat"
QUEUE, COLLEAGUE, REASON = "routing.queue", "routing.colleague", "routing.away_reason"
MOST = 20
# Acts on a seat that touch more than offers.
GIVES_UP_WORK = ("routing.leave_work", "routing.set_state")
_NAMES = """
select (select name from routing_queue where id = %s), coalesce((select name from staff_representative where id = %s), '')
"""

_SEAT_NAMES = """
select coalesce((select name from routing_awayreason where id = %s), ''),
  coalesce((select name from staff_representative where id = %s), '')
"""


def snapshot_item(item: WorkItem) -> dict[str, Any]:
    """What acts change on an item, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [item.queue_id, item.holder_id])
        queue, holder = cursor.fetchone()
    return {
        "state": str(item.state),
        "queue": queue,
        "holder": holder,
        "priority": str(item.priority),
        "steps": len(item.steps) if item.steps else None,
        "passed": [one["who"] for one in item.passed],
    }


def snapshot_seat(seat: Seat) -> dict[str, Any]:
    """What acts change on a seat, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SEAT_NAMES, [seat.reason_id, seat.colleague_id])
        reason, colleague = cursor.fetchone()
    return {
        "state": str(seat.state),
        "reason": reason,
        "until": seat.state_until.isoformat() if seat.state_until else "",
        "capacity": seat.capacity,
        "hardest": seat.hardest,
        "limits": {str(kind_of(kind).label): most for kind, most in sorted(seat.limits.items())},
        "leaving": str(seat.leaving),
        "colleague": colleague,
    }


def _lock_before_item(_act: "Act", item_id: int) -> None:
    """What the item is about comes before it in the order of locks."""
    found = WorkItem.objects.filter(pk=item_id).values_list("kind", "subject_id").first()
    if found is not None:
        lock_subjects([found])


def _lock_before_seat(act: "Act", representative_id: int) -> None:
    """A seat is there for whoever asks for it; work they have, and what it is about, come before it in the order of locks."""
    ensure_seats([representative_id], timezone.now())
    if act.name in GIVES_UP_WORK:
        lock_held(representative_id, timezone.now(), OPEN)
    else:
        offered = WorkItem.objects.filter(holder=representative_id, state=ItemState.OFFERED)
        lock_items(list(offered.values_list("pk", flat=True)))


def item_title(item: WorkItem) -> str:
    """What an item is called: what it is about, else its kind."""
    return item.title or str(kind_of(item.kind).label)


register_subject(
    SubjectType(
        name=WORK_ITEM,
        label=_("Work"),
        model=WorkItem,
        visible=access.visible_items,
        snapshot=snapshot_item,
        title=item_title,
        page=lambda pk: f"/floor/work/{pk}/",
        change_labels={
            "state": _("State"),
            "queue": _("Queue"),
            "holder": _("With"),
            "priority": _("Priority"),
            "steps": _("Steps"),
            "reach": _("Whom they reach"),
            "passed": _("Not given to"),
        },
        value_labels={"state": dict(ItemState.choices)},
        locks_first=_lock_before_item,
    )
)
register_subject(
    SubjectType(
        name=SEAT,
        label=_("State"),
        model=Seat,
        visible=access.visible_seats,
        snapshot=snapshot_seat,
        title=lambda seat: seat.representative.name,
        page=lambda pk: f"/floor/people/{pk}/",
        change_labels={
            "state": _("State"),
            "reason": _("Reason"),
            "until": _("Until"),
            "capacity": _("Capacity"),
            "hardest": _("Hardest work"),
            "limits": _("At most at a time"),
            "leaving": _("Open work when they leave"),
            "colleague": _("Colleague it goes to"),
        },
        value_labels={"state": dict(SeatState.choices), "leaving": dict(Leaving.choices)},
        locks_first=_lock_before_seat,
    )
)


def _queues(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_queues(actor).filter(is_active=True, name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _colleagues(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_representatives(actor).filter(is_active=True, name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _reasons(_actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = AwayReason.objects.filter(is_active=True, name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


for _name, _options in ((QUEUE, _queues), (COLLEAGUE, _colleagues), (REASON, _reasons)):
    register_reference(ReferenceType(name=_name, options=_options, is_short=True))
