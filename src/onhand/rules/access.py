"""Who may write rules and publish them."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission
from onhand.rules.models import RuleSet, Trial

SET_UP = permission("rules.set_up", _("Write rules for arriving contacts, try and publish them"))


def visible_rule_sets(actor: Actor) -> QuerySet[RuleSet]:
    """The company's rules, for those who may write them."""
    return RuleSet.objects.all() if actor.may(SET_UP) else RuleSet.objects.none()


def visible_trials(actor: Actor) -> QuerySet[Trial]:
    """What was tried, for those who may write rules."""
    return Trial.objects.all() if actor.may(SET_UP) else Trial.objects.none()
