"""Who gives coupons, and who says what there is to give."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.coupons.models import Campaign, Coupon
from onhand.customers.access import visible_customers
from onhand.customers.scopes import scope
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission

VIEW = permission("coupons.view", _("See customers' coupons"))
GIVE = permission("coupons.give", _("Give coupons to customers, and withdraw them"))
MANAGE = permission("coupons.manage", _("Set up what coupons are worth, publish codes, set budgets"))

COUPONS = scope("coupons", _("Coupons"))


def visible_campaigns(actor: Actor) -> QuerySet[Campaign]:
    """The campaigns: those in use for who gives coupons, every one for who keeps them."""
    if actor.may(MANAGE):
        return Campaign.objects.all()
    return Campaign.objects.filter(is_active=True) if actor.may(GIVE) else Campaign.objects.none()


def visible_coupons(actor: Actor) -> QuerySet[Coupon]:
    """Coupons of customers this actor may see, and published codes."""
    if not actor.may(VIEW):
        return Coupon.objects.none()
    if actor.visibility is Visibility.ALL:
        return Coupon.objects.all()
    return Coupon.objects.filter(Q(customer=None) | Q(customer__in=visible_customers(actor).values("pk")))
