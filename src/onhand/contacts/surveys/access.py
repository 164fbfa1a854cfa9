"""Who sets surveys up, and who sees what customers answered."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.contacts.surveys.models import Survey, SurveyRules
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission

SET_UP = permission("surveys.set_up", _("Set whether and how customers are asked for their satisfaction"))
VIEW_FIGURES = permission(
    "surveys.view_figures", _("See figures of customers' satisfaction by team and representative")
)


def visible_rules(actor: Actor) -> QuerySet[SurveyRules]:
    """The rules, for who may set them."""
    return SurveyRules.objects.all() if actor.may(SET_UP) else SurveyRules.objects.none()


def visible_surveys(actor: Actor) -> QuerySet[Survey]:
    """The surveys that figures for this actor count: all, those about work of their sites' or own teams, or about their own work."""
    if not actor.may(VIEW_FIGURES):
        return Survey.objects.none()
    own = Q(representative_id=actor.id, representative_id__isnull=False)
    match actor.visibility:
        case Visibility.ALL:
            return Survey.objects.all()
        case Visibility.SITE:
            return Survey.objects.filter(own | Q(team__site__in=actor.site_ids))
        case Visibility.TEAM:
            return Survey.objects.filter(own | Q(team__in=actor.team_ids))
        case Visibility.OWN:
            return Survey.objects.filter(own)
