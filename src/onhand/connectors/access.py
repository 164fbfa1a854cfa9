"""Who sets outside shops up, and who has them cancel orders and give money back."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.connectors.models import OutsideShop
from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission

MANAGE = permission("connectors.manage", _("Set up outside shops whose orders are kept in step"))
ASK = permission("connectors.ask", _("Have an outside shop cancel or complete an order and give money back"))
FOLLOW = permission("connectors.follow", _("Keep orders as an outside shop says they are"))


def visible_shops(actor: Actor) -> QuerySet[OutsideShop]:
    """Every shop, for who sets them up."""
    return OutsideShop.objects.all() if actor.may(MANAGE) else OutsideShop.objects.none()
