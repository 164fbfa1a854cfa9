"""Who sees orders, changes them, ships them, and gives goodwill."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.customers.access import visible_customers
from onhand.customers.scopes import scope
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission
from onhand.orders.models import Order, OrderRules, Return

VIEW = permission("orders.view", _("See orders, shipments and returns"))
CHANGE = permission("orders.change", _("Place, change and cancel orders, and agree returns and exchanges"))
SHIP = permission("orders.ship", _("Ship orders, and receive and inspect what comes back"))
GOODWILL = permission("orders.goodwill", _("Give customers an amount out of goodwill"))
IMPORT = permission("orders.import", _("Bring in orders of other systems that are over"))
DISCOUNT = permission("orders.discount", _("Give a discount on an order"))
DISCOUNT_LINE = permission("orders.discount_line", _("Give a discount on a line of an order"))
EXCHANGE_ACROSS = permission("orders.exchange_across_products", _("Exchange goods for another product"))
SET_UP = permission("orders.set_up", _("Lay down the rules of orders"))
ORDERS = scope("orders", _("Orders, shipments and returns"))


def visible_orders(actor: Actor) -> QuerySet[Order]:
    """The orders of customers this actor may see."""
    if not actor.may(VIEW):
        return Order.objects.none()
    if actor.visibility == Visibility.ALL:
        return Order.objects.all()
    return Order.objects.filter(Exists(visible_customers(actor).filter(pk=OuterRef("customer"))))


def visible_returns(actor: Actor) -> QuerySet[Return]:
    """The returns of orders this actor may see."""
    if not actor.may(VIEW):
        return Return.objects.none()
    if actor.visibility == Visibility.ALL:
        return Return.objects.all()
    return Return.objects.filter(Exists(visible_orders(actor).filter(pk=OuterRef("order"))))


def visible_rules(actor: Actor) -> QuerySet[OrderRules]:
    """The rules of orders, for who may lay them down."""
    return OrderRules.objects.all() if actor.may(SET_UP) else OrderRules.objects.none()
