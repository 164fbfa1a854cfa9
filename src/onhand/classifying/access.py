"""Who may set how suggestions are made."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.classifying.models import SuggestionRules
from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission

SET_UP = permission("classifying.set_up", _("Set how sure suggestions of team and reason must be"))


def visible_suggestion_rules(actor: Actor) -> QuerySet[SuggestionRules]:
    """How sure suggestions must be, for those who may set it."""
    return SuggestionRules.objects.all() if actor.may(SET_UP) else SuggestionRules.objects.none()
