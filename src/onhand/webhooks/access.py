"""Who may say which programs are told what."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission
from onhand.webhooks.enums import EndpointState
from onhand.webhooks.models import Endpoint

MANAGE = permission("webhooks.manage", _("Set up webhooks: which other programs are told what happens here"))


def visible_endpoints(actor: Actor) -> QuerySet[Endpoint]:
    """Every endpoint that was not removed, for who sets them up."""
    if not actor.may(MANAGE):
        return Endpoint.objects.none()
    return Endpoint.objects.exclude(state=EndpointState.REMOVED)
