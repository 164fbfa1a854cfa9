"""Who reads, writes and publishes procedures, who goes through them, and who sees which runs."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission
from onhand.procedures.models import Followed, Procedure, ProcedureRun

RUN = permission("procedures.run", _("Go through procedures with customers"))
VIEW = permission("procedures.view", _("Read procedures, and how they were followed"))
WRITE = permission("procedures.write", _("Write procedures"))
PUBLISH = permission("procedures.publish", _("Review procedures others wrote, publish and retire them"))


def visible_procedures(actor: Actor) -> QuerySet[Procedure]:
    """All of them, for who reads or goes through procedures."""
    may = actor.may(RUN) or actor.may(VIEW)
    return Procedure.objects.all() if may else Procedure.objects.none()


def visible_runs(actor: Actor) -> QuerySet[ProcedureRun]:
    """The runs with customers this actor sees, and those they hold or began; what is with nobody is for who sees the whole company."""
    if not (actor.may(RUN) or actor.may(VIEW)):
        return ProcedureRun.objects.none()
    if actor.visibility == Visibility.ALL:
        return ProcedureRun.objects.all()
    me = actor.id or 0
    customers = Exists(visible_customers(actor).filter(pk=OuterRef("customer")))
    return ProcedureRun.objects.filter(Q(held_by_id=me) | Q(begun_by_id=me) | customers)


def visible_followed(actor: Actor) -> QuerySet[Followed]:
    """What checks found in the work of the teams this actor sees, and in their own; for who reads how procedures were followed."""
    if not actor.may(VIEW):
        return Followed.objects.none()
    if actor.visibility == Visibility.ALL:
        return Followed.objects.all()
    theirs = Q(team__in=actor.team_ids) | Q(representative_id=actor.id, representative_id__isnull=False)
    if actor.visibility == Visibility.SITE:
        theirs |= Q(team__site__in=actor.site_ids)
    return Followed.objects.filter(theirs)
