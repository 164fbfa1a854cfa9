"""Choices of coupons."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Worth(TextChoices):
    """What a coupon takes off an order."""

    AMOUNT = "amount", _("an amount")
    SHARE = "share", _("a share of the order")


class CouponState(TextChoices):
    """Whether a coupon can be used. One whose day is over is open and past its day."""

    OPEN = "open", _("open")
    USED = "used", _("used")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")
