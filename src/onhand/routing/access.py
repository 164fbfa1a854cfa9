"""Who takes part in routing, watches and steers it, and sees which work, people and queues."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission
from onhand.routing.models import PlanTrial, Queue, Seat, WorkItem
from onhand.staff.access import visible_representatives, visible_teams

WORK = permission("routing.work", _("Be given work"))
WATCH = permission("routing.watch", _("See the floor: queues, work and people's states"))
STEER = permission("routing.steer", _("Change the order of work, move and assign it, set colleagues' states"))
SET_UP = permission(
    "routing.set_up", _("Set up queues, kinds of work, reasons for being away, and what people can take")
)


def visible_queues(actor: Actor) -> QuerySet[Queue]:
    """The queues this actor may see: those of teams they see, and those of no team, which everybody serves."""
    if not (actor.may(WORK) or actor.may(WATCH) or actor.may(SET_UP)):
        return Queue.objects.none()
    if actor.visibility is Visibility.ALL:
        return Queue.objects.all()
    served = Queue.teams.through.objects.all()
    if actor.may(WATCH) or actor.may(SET_UP):
        ours = served.filter(team__in=visible_teams(actor).values("pk"))
    else:
        ours = served.filter(team__in=actor.team_ids)
    return Queue.objects.filter(Q(pk__in=ours.values("queue")) | ~Q(pk__in=served.values("queue")))


def visible_items(actor: Actor) -> QuerySet[WorkItem]:
    """
    The work this actor may see: their own; and for who watches the floor all of queues that teams they see serve, and of queues of no
    team what is about customers they see.
    """
    if not (actor.may(WORK) or actor.may(WATCH)):
        return WorkItem.objects.none()
    if not actor.may(WATCH):
        return WorkItem.objects.filter(holder=actor.id or 0)
    if actor.visibility is Visibility.ALL:
        return WorkItem.objects.all()
    served = Queue.teams.through.objects.all()
    ours = Q(queue__in=served.filter(team__in=visible_teams(actor).values("pk")).values("queue"))
    everybodys = ~Q(queue__in=served.values("queue")) & Q(customer_id__in=visible_customers(actor).values("pk"))
    return WorkItem.objects.filter(ours | everybodys | Q(holder=actor.id or 0))


def visible_seats(actor: Actor) -> QuerySet[Seat]:
    """The seats this actor may see: their own, and for who watches the floor those of the people they see."""
    if actor.may(WATCH):
        if actor.visibility is Visibility.ALL:
            return Seat.objects.all()
        return Seat.objects.filter(representative__in=visible_representatives(actor).values("pk"))
    return Seat.objects.filter(pk=actor.id or 0) if actor.may(WORK) else Seat.objects.none()


def visible_plan_trials(actor: Actor) -> QuerySet[PlanTrial]:
    """What was tried, for those who set up queues they see."""
    if not actor.may(SET_UP):
        return PlanTrial.objects.none()
    return PlanTrial.objects.filter(queue__in=visible_queues(actor).values("pk"))
