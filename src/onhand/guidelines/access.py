"""Who reads guidelines, writes them, puts them into force, and sets limits."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.guidelines.models import Guideline, GuidelineTrial, Limit
from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission

VIEW = permission("guidelines.view", _("Read the company's guidelines"))
WRITE = permission("guidelines.write", _("Write guidelines and try them on the past"))
PUBLISH = permission("guidelines.publish", _("Review guidelines others wrote, publish and retire them"))
LIMIT = permission("guidelines.limit", _("Set limits of what may be given away"))


def visible_guidelines(actor: Actor) -> QuerySet[Guideline]:
    """All of them, for who may read guidelines."""
    return Guideline.objects.all() if actor.may(VIEW) else Guideline.objects.none()


def visible_limits(actor: Actor) -> QuerySet[Limit]:
    """All of them, for who may read guidelines."""
    return Limit.objects.all() if actor.may(VIEW) else Limit.objects.none()


def visible_trials(actor: Actor) -> QuerySet[GuidelineTrial]:
    """What was tried, for who may write guidelines."""
    return GuidelineTrial.objects.all() if actor.may(WRITE) else GuidelineTrial.objects.none()
