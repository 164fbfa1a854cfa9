"""Choices of the catalogue."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProductKind(TextChoices):
    """What a product is: goods have stock and are shipped, a service has neither, a bundle is sold as its parts."""

    GOODS = "goods", _("Goods")
    SERVICE = "service", _("Service")
    BUNDLE = "bundle", _("Bundle")


class AttributeType(TextChoices):
    """What values an attribute has."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    YES_NO = "yes_no", _("Yes or no")


class PlaceKind(TextChoices):
    """What a place of stock is. Customers come to a branch; a warehouse ships."""

    BRANCH = "branch", _("Branch")
    WAREHOUSE = "warehouse", _("Warehouse")


class StockWhy(TextChoices):
    """Why stock changed."""

    RECEIVED = "received", _("Came in")
    SHIPPED = "shipped", _("Shipped or handed over")
    RETURNED = "returned", _("Sent back by a customer")
    COUNTED = "counted", _("Counted")
    LOST = "lost", _("Lost or broken")
    MOVED = "moved", _("Moved to another place")


class ReservationState(TextChoices):
    """What became of a reservation."""

    OPEN = "open", _("Open")
    USED = "used", _("Used")
    RELEASED = "released", _("Released")
    RAN_OUT = "ran_out", _("Ran out")


class Comparison(TextChoices):
    """How an answer of a needs guide compares a product's attribute."""

    AT_MOST = "at_most", _("at most")
    AT_LEAST = "at_least", _("at least")
    IS = "is", _("is")
    IS_NOT = "is_not", _("is not")
    COSTS_AT_MOST = "costs_at_most", _("the price is at most")


class Weight(TextChoices):
    """How much an answer of a needs guide counts."""

    MUST = "must", _("must")
    BETTER = "better", _("better")
