"""The catalogue read out as rows that can be brought in again, by id, a batch at a time."""

from onhand.catalogue import access
from onhand.catalogue.bringing_in import PATH
from onhand.catalogue.models import Category, Price, Stock
from onhand.customers.imports.kinds import Row
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money

Found = list[tuple[int, Row]]


def _paths() -> dict[int, str]:
    rows = {pk: (name, parent) for pk, name, parent in Category.objects.values_list("pk", "name", "parent_id")}
    paths: dict[int, str] = {}
    for pk in rows:
        names: list[str] = []
        here: int | None = pk
        while here is not None and len(names) < 20:
            name, here = rows[here]
            names.insert(0, name)
        paths[pk] = PATH.join(names)
    return paths


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def read_categories(actor: Actor, after: int, most: int) -> Found:
    """Categories, each with the path it is within."""
    paths = _paths()
    found = access.visible_categories(actor).filter(pk__gt=after).order_by("pk")[:most]
    return [(one.pk, {"name": one.name, "within": paths.get(one.parent_id or 0, "")}) for one in found]


def read_products(actor: Actor, after: int, most: int) -> Found:
    """Products with what is said of them."""
    paths = _paths()
    found = access.visible_products(actor).filter(pk__gt=after).select_related("tax_class").order_by("pk")[:most]
    return [
        (
            one.pk,
            {
                "code": one.code,
                "name": one.name,
                "kind": str(one.kind),
                "category": paths.get(one.category_id or 0, ""),
                "brand": one.brand,
                "description": one.description,
                "tax_class": one.tax_class.name,
                "options": "; ".join(one.options),
                "warranty_months": _text(one.warranty_months),
                "in_use": _yes(one.is_active),
            },
        )
        for one in found
    ]


def read_variants(actor: Actor, after: int, most: int) -> Found:
    """Variants with their options."""
    found = access.visible_variants(actor).filter(pk__gt=after).select_related("product").order_by("pk")[:most]
    return [
        (
            one.pk,
            {
                "sku": one.sku,
                "product": one.product.code,
                "options": "; ".join(f"{name}={value}" for name, value in one.options.items()),
                "gtin": one.gtin,
                "weight_grams": _text(one.weight_grams),
                "in_use": _yes(one.is_active),
            },
        )
        for one in found
    ]


def read_prices(actor: Actor, after: int, most: int) -> Found:
    """Prices by list."""
    found = Price.objects.filter(price_list__in=access.visible_price_lists(actor), pk__gt=after)
    return [
        (
            one.pk,
            {
                "sku": one.variant.sku,
                "price_list": one.price_list.name,
                "price": str(Money(one.minor, one.price_list.currency).decimal),
                "from_pieces": str(one.from_pieces),
            },
        )
        for one in found.select_related("variant", "price_list").order_by("pk")[:most]
    ]


def read_stock(actor: Actor, after: int, most: int) -> Found:
    """How many pieces are at which place."""
    found = Stock.objects.filter(place__in=access.visible_places(actor), pk__gt=after)
    return [
        (one.pk, {"sku": one.variant.sku, "place": one.place.name, "pieces": str(one.on_hand), "shelf": one.shelf})
        for one in found.select_related("variant", "place").order_by("pk")[:most]
    ]
