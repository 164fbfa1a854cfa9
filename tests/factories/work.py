"""Work items, seats and queues for tests, made with as little as a test wants to say about them."""

from datetime import datetime
from typing import Any

from onhand.contacts.models import Contact
from onhand.contacts.work import tell_lists
from onhand.kernel.actor import Actor
from onhand.kernel.perform import Outcome, perform
from onhand.routing.enums import ItemState, SeatState
from onhand.routing.models import Queue, QueuePlan, Seat, WorkItem
from onhand.routing.seats import ensure_seats
from onhand.staff.models import Representative
from tests.factories import NOON
from tests.factories.staff import actor_of
from tests.factories.staff import make_person as make_colleague
from tests.factories.writing import make_thread


def make_person(role_key: str = "representative", **changes: Any) -> Representative:
    """Somebody who sees the whole company, so that contacts need no team."""
    person = make_colleague(role_key, **changes)
    person.visibility = "all"
    person.save()
    return person


def make_seat(person: Representative | None = None, state: SeatState = SeatState.AVAILABLE, **changes: Any) -> Seat:
    """Somebody's seat, available unless said otherwise."""
    person = person or make_person()
    ensure_seats([person.pk], NOON)
    seat = Seat.objects.get(pk=person.pk)
    for name, value in ({"state": state, "state_since": NOON} | changes).items():
        setattr(seat, name, value)
    seat.save()
    return Seat.objects.get(pk=person.pk)


def make_work(at: datetime = NOON, **changes: Any) -> WorkItem:
    """The item of a new contact in writing, made as arriving makes it."""
    contact = make_thread(**changes)
    tell_lists(contact, at)
    return item_of(contact)


def item_of(contact: Contact) -> WorkItem:
    """The newest item of a contact."""
    return WorkItem.objects.filter(kind=f"contact.{contact.channel}", subject_id=contact.pk).latest("pk")


def contact_of(item: WorkItem) -> Contact:
    """The contact an item is about, as it is stored."""
    return Contact.objects.get(pk=item.subject_id)


def offer(item: WorkItem, seat: Seat, until: datetime | None = None) -> WorkItem:
    """Offer an item to somebody, as the router does."""
    WorkItem.objects.filter(pk=item.pk).update(
        state=ItemState.OFFERED, holder=seat.pk, units=item.weight, state_since=NOON, offer_until=until
    )
    return WorkItem.objects.get(pk=item.pk)


def publish_plan(queue: Queue, **settings: Any) -> Queue:
    """Let a queue have these settings from now on."""
    number = queue.plan + 1
    QueuePlan.objects.create(queue=queue, number=number, settings=settings, published_at=NOON, published_by_name="Ana")
    Queue.objects.filter(pk=queue.pk).update(plan=number)
    return Queue.objects.get(pk=queue.pk)


def do(
    name: str, subject: WorkItem | Seat, actor: Actor | Representative, at: datetime = NOON, **given: Any
) -> Outcome:
    """Do an act of routing on an item or a seat."""
    who = actor_of(actor) if isinstance(actor, Representative) else actor
    return perform(f"routing.{name}", actor=who, subject_id=subject.pk, arguments=given, at=at)
