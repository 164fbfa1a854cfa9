"""What people do about deliveries that stalled: run them again, or skip them. Each leaves an event that says who did it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from onhand.kernel import access
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible, SubjectNotFound
from onhand.kernel.events import DeliveryRunAgain, DeliverySkipped, Event
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.models import Delivery, EventRecord
from onhand.kernel.records import Subject, publish


def run_again(*, actor: Actor, delivery_id: int, at: datetime) -> Delivery:
    """
    Let a failed or parked delivery be tried again at once, as if it had not been tried.

    :raises NotPermitted: the actor may not.
    :raises SubjectNotFound: there is no such delivery.
    :raises NotPossible: it has not failed, or was handled meanwhile.
    """
    with transaction.atomic():
        delivery = _failed(actor, delivery_id)
        delivery.attempts, delivery.parked, delivery.not_before = 0, False, at
        delivery.save(update_fields=["attempts", "parked", "not_before"])
        _publish(DeliveryRunAgain(delivery.pk, delivery.event_id, delivery.handler), actor, delivery, at)
    return delivery


def skip(*, actor: Actor, delivery_id: int, at: datetime) -> Delivery:
    """
    Give up a failed or parked delivery: its handler never runs for this event, and later events of the subject go on.

    Raises like `run_again`.
    """
    with transaction.atomic():
        delivery = _failed(actor, delivery_id)
        delivery.handled_at, delivery.skipped_by = at, actor.name
        delivery.save(update_fields=["handled_at", "skipped_by"])
        _publish(DeliverySkipped(delivery.pk, delivery.event_id, delivery.handler), actor, delivery, at)
    return delivery


def _failed(actor: Actor, delivery_id: int) -> Delivery:
    """The delivery, locked: the reactor is not in it, and does not begin with it meanwhile."""
    actor.require(access.MEND_DELIVERIES)
    if not 0 < delivery_id <= LARGEST_INTEGER:
        raise SubjectNotFound
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise SubjectNotFound
    if delivery.handled_at is not None:
        raise NotPossible(_("This was handled meanwhile."))
    if not delivery.attempts and not delivery.parked:
        raise NotPossible(_("This has not failed: its turn is still to come."))
    return delivery


def _publish(event: Event, actor: Actor, delivery: Delivery, at: datetime) -> None:
    """About the subject whose events were held up, so that it shows on that subject's timeline."""
    cause = EventRecord.objects.filter(pk=delivery.event_id).first()
    subject = (
        Subject(cause.subject_type, cause.subject_id, cause.contact_id) if cause else Subject("delivery", delivery.pk)
    )
    publish(event, actor=actor, subject=subject, at=at)


def forget_handled(before: datetime) -> int:
    """
    Take out deliveries handled before a time, and return how many. Events and records stay; by then no event as old is
    published again, so a handler cannot be run twice for want of its row.
    """
    removed, _kinds = Delivery.objects.filter(handled_at__lt=before).delete()
    return removed
