"""Who sees which callbacks, and who sets up how they are tried. Arranging is handling contacts; calling is being given work."""

from django.db.models import Q, QuerySet

from onhand.contacts.access import HANDLE, visible_contacts
from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor, Visibility
from onhand.routing.access import SET_UP, STEER, WATCH, WORK, visible_queues
from onhand.routing.callbacks.models import Callback, CallbackRules
from onhand.routing.models import WorkItem

__all__ = ["HANDLE", "SET_UP", "STEER", "WATCH", "WORK", "visible_callback_rules", "visible_callbacks"]
KIND = "callback"


def visible_callbacks(actor: Actor) -> QuerySet[Callback]:
    """
    The callbacks this actor may see: of customers and contacts they see, those they were given, and for who watches the floor those of
    queues they see.
    """
    if not (actor.may(HANDLE) or actor.may(WORK) or actor.may(WATCH)):
        return Callback.objects.none()
    if actor.visibility is Visibility.ALL:
        return Callback.objects.all()
    mine = WorkItem.objects.filter(kind=KIND, holder=actor.id or 0).values("subject_id")
    seen = Q(pk__in=mine) | Q(customer__in=visible_customers(actor).values("pk"))
    seen |= Q(customer__isnull=True, contact__in=visible_contacts(actor).values("pk"))
    if actor.may(WATCH):
        served = Q(queue__in=visible_queues(actor).filter(teams__isnull=False).values("pk"))
        seen |= served
    return Callback.objects.filter(seen)


def visible_callback_rules(actor: Actor) -> QuerySet[CallbackRules]:
    """The rules, for who sets up routing: those of all queues, and those of queues they see."""
    if not actor.may(SET_UP):
        return CallbackRules.objects.none()
    return CallbackRules.objects.filter(Q(queue__isnull=True) | Q(queue__in=visible_queues(actor).values("pk")))
