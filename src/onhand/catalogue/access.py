"""Who sees the catalogue, keeps it, counts stock and reserves of it."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.catalogue.models import (
    Attribute,
    Category,
    CustomerGroup,
    Guide,
    PriceList,
    Product,
    StockPlace,
    TaxClass,
    Variant,
)
from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission

VIEW = permission("catalogue.view", _("See products, prices and stock"))
MANAGE = permission("catalogue.manage", _("Keep products, prices, taxes, customer groups and places of stock"))
COUNT = permission("catalogue.count", _("Write down what came, went and was counted in stock"))
RESERVE = permission("catalogue.reserve", _("Reserve goods for a customer"))


def visible_products(actor: Actor) -> QuerySet[Product]:
    """The products this actor may see: those in use, and for who keeps them every one."""
    if actor.may(MANAGE):
        return Product.objects.all()
    return Product.objects.filter(is_active=True) if actor.may(VIEW) else Product.objects.none()


def visible_variants(actor: Actor) -> QuerySet[Variant]:
    """The variants of products this actor may see."""
    if actor.may(MANAGE):
        return Variant.objects.all()
    return (
        Variant.objects.filter(is_active=True, product__is_active=True) if actor.may(VIEW) else Variant.objects.none()
    )


def visible_price_lists(actor: Actor) -> QuerySet[PriceList]:
    """The price lists, for who keeps them."""
    return PriceList.objects.all() if actor.may(MANAGE) else PriceList.objects.none()


def visible_tax_classes(actor: Actor) -> QuerySet[TaxClass]:
    """The classes of tax, for who keeps them."""
    return TaxClass.objects.all() if actor.may(MANAGE) else TaxClass.objects.none()


def visible_categories(actor: Actor) -> QuerySet[Category]:
    """The categories."""
    return Category.objects.all() if actor.may(VIEW) or actor.may(MANAGE) else Category.objects.none()


def visible_attributes(actor: Actor) -> QuerySet[Attribute]:
    """The attributes of products."""
    return Attribute.objects.all() if actor.may(VIEW) or actor.may(MANAGE) else Attribute.objects.none()


def visible_groups(actor: Actor) -> QuerySet[CustomerGroup]:
    """The groups of customers, for who keeps them."""
    return CustomerGroup.objects.all() if actor.may(MANAGE) else CustomerGroup.objects.none()


def visible_places(actor: Actor) -> QuerySet[StockPlace]:
    """The places of stock: those in use, and for who keeps them every one."""
    if actor.may(MANAGE):
        return StockPlace.objects.all()
    seen = actor.may(VIEW) or actor.may(COUNT)
    return StockPlace.objects.filter(is_active=True) if seen else StockPlace.objects.none()


def visible_guides(actor: Actor) -> QuerySet[Guide]:
    """The needs guides: those in use, and for who keeps them every one."""
    if actor.may(MANAGE):
        return Guide.objects.all()
    return Guide.objects.filter(is_active=True) if actor.may(VIEW) else Guide.objects.none()
