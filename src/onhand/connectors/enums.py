"""Choices of outside shops."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ShopKind(TextChoices):
    WOOCOMMERCE = "woocommerce", _("WooCommerce")


class ShopState(TextChoices):
    """Whether a shop is asked and told."""

    ON = "on", _("In step")
    PAUSED = "paused", _("Paused")


class OutsideState(TextChoices):
    """Where an order of a shop is: to be read, kept here as it is there, or not taken, for a reason."""

    WAITING = "waiting", _("To be read")
    KEPT = "kept", _("In step")
    REFUSED = "refused", _("Not taken")


class OutgoingKind(TextChoices):
    """What a shop is told."""

    CANCEL = "cancel", _("Cancel the order")
    COMPLETE = "complete", _("The order is completed")
    REFUND = "refund", _("Give money back")


class OutgoingState(TextChoices):
    """Whether a shop was told."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused by the shop")
    CALLED_OFF = "called_off", _("Called off")
