"""How endpoints and deliveries stand."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EndpointState(TextChoices):
    """Only one that is on is told anything. Failed ones were switched off by the product; removed ones are shown no more."""

    ON = "on", _("on")
    OFF = "off", _("switched off")
    FAILED = "failed", _("switched off: it failed")
    REMOVED = "removed", _("removed")


class DeliveryState(TextChoices):
    WAITING = "waiting", _("waits")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("not delivered")
