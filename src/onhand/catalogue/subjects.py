"""What acts of the catalogue act on, and what their arguments refer to."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.catalogue import access
from onhand.catalogue.enums import AttributeType, PlaceKind, ProductKind
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
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject

PRODUCT, VARIANT, PRICE_LIST, TAX_CLASS, PLACE = "product", "variant", "price_list", "tax_class", "stock_place"
CATEGORY, ATTRIBUTE, GROUP, GUIDE = "product_category", "product_attribute", "customer_group", "needs_guide"
REF_VARIANT, REF_PRODUCT, REF_PLACE = "catalogue.variant", "catalogue.product", "catalogue.place"
REF_TAX_CLASS, REF_CATEGORY, REF_GROUP = "catalogue.tax_class", "catalogue.category", "catalogue.group"
REF_ATTRIBUTE = "catalogue.attribute"
SHOWN = 20


def variant_title(variant: Variant) -> str:
    """A variant in words: its product and what was chosen, such as "T-shirt, blue, M"."""
    return ", ".join([variant.product.name, *chosen_options(variant).values()])


def chosen_options(variant: Variant) -> dict[str, str]:
    """What was chosen of each option, in the product's order: JSON in the database keeps none."""
    order = {name: place for place, name in enumerate(variant.product.options)}
    names = sorted(variant.options, key=lambda name: order.get(name, len(order)))
    return {name: str(variant.options[name]) for name in names}


def snapshot_product(product: Product) -> dict[str, Any]:
    """What acts change on a product."""
    return {
        "product_name": product.name,
        "kind": str(product.kind),
        "brand": product.brand,
        "description": product.description,
        "category": product.category_id,
        "tax_class": product.tax_class_id,
        "values": product.values,
        "warranty_months": product.warranty_months,
        "warranty_terms": product.warranty_terms,
        "serial_numbers": product.has_serial_numbers,
        "in_use": product.is_active,
    }


def snapshot_variant(variant: Variant) -> dict[str, Any]:
    """What acts change on a variant."""
    return {
        "gtin": variant.gtin,
        "options": variant.options,
        "weight_grams": variant.weight_grams,
        "in_use": variant.is_active,
    }


def snapshot_price_list(prices: PriceList) -> dict[str, Any]:
    """What acts change on a price list; each price is in the record of the act that set it."""
    return {
        "list_name": prices.name,
        "group": prices.group_id,
        "from_day": prices.from_day.isoformat(),
        "until_day": prices.until_day.isoformat() if prices.until_day else None,
        "rank": prices.rank,
    }


def snapshot_place(place: StockPlace) -> dict[str, Any]:
    """What acts change on a place of stock; what moved is in the record of the act that moved it."""
    return {
        "place_name": place.name,
        "kind": str(place.kind),
        "address": place.address,
        "in_use": place.is_active,
    }


def guide_rows(guide: Guide) -> list[dict[str, Any]]:
    """The rows of a needs guide as acts take them."""
    return [
        {**{name: value for name, value in row.items() if name != "attribute_id"}, "attribute": row["attribute_id"]}
        for row in guide.rows
    ]


def snapshot_guide(guide: Guide) -> dict[str, Any]:
    """What acts change on a needs guide."""
    rows = guide_rows(guide)
    return {"guide_name": guide.name, "category": guide.category_id, "rows": rows, "in_use": guide.is_active}


register_subject(
    SubjectType(
        name=PRODUCT,
        label=_("Product"),
        model=Product,
        visible=access.visible_products,
        snapshot=snapshot_product,
        title=lambda product: product.name,
        page=lambda pk: f"/settings/products/{pk}/",
        change_labels={
            "product_name": _("Name"),
            "kind": _("Kind"),
            "brand": _("Brand"),
            "description": _("Description"),
            "category": _("Category"),
            "tax_class": _("Tax"),
            "values": _("Attributes"),
            "warranty_months": _("Months of warranty"),
            "warranty_terms": _("Terms of warranty"),
            "serial_numbers": _("Has serial numbers"),
            "in_use": _("In use"),
        },
        value_labels={"kind": dict(ProductKind.choices)},
    )
)
register_subject(
    SubjectType(
        name=VARIANT,
        label=_("Variant"),
        model=Variant,
        visible=access.visible_variants,
        snapshot=snapshot_variant,
        title=variant_title,
        page=lambda pk: f"/settings/products/variants/{pk}/",
        change_labels={
            "gtin": _("Bar code"),
            "options": _("Options"),
            "weight_grams": _("Weight in grams"),
            "in_use": _("In use"),
        },
    )
)
register_subject(
    SubjectType(
        name=PRICE_LIST,
        label=_("Price list"),
        model=PriceList,
        visible=access.visible_price_lists,
        snapshot=snapshot_price_list,
        title=lambda prices: prices.name,
        page=lambda pk: f"/settings/prices/{pk}/",
        change_labels={
            "list_name": _("Name"),
            "group": _("Customer group"),
            "from_day": _("From"),
            "until_day": _("Until"),
            "rank": _("Rank"),
            "prices": _("Prices"),
        },
    )
)
register_subject(
    SubjectType(
        name=TAX_CLASS,
        label=_("Tax class"),
        model=TaxClass,
        visible=access.visible_tax_classes,
        snapshot=lambda tax_class: {"class_name": tax_class.name},
        title=lambda tax_class: tax_class.name,
        page=lambda _pk: "/settings/taxes/",
        change_labels={"class_name": _("Name"), "rate": _("Rate")},
    )
)
register_subject(
    SubjectType(
        name=CATEGORY,
        label=_("Category"),
        model=Category,
        visible=access.visible_categories,
        snapshot=lambda category: {"category_name": category.name, "within": category.parent_id},
        title=lambda category: category.name,
        page=lambda _pk: "/settings/catalogue/",
        change_labels={"category_name": _("Name"), "within": _("Within")},
    )
)
register_subject(
    SubjectType(
        name=ATTRIBUTE,
        label=_("Attribute of products"),
        model=Attribute,
        visible=access.visible_attributes,
        snapshot=lambda one: {"attribute_name": one.name, "type": str(one.type), "unit": one.unit},
        title=lambda attribute: attribute.name,
        page=lambda _pk: "/settings/catalogue/",
        change_labels={"attribute_name": _("Name"), "type": _("What its values are"), "unit": _("Unit")},
        value_labels={"type": dict(AttributeType.choices)},
    )
)
register_subject(
    SubjectType(
        name=GROUP,
        label=_("Customer group"),
        model=CustomerGroup,
        visible=access.visible_groups,
        snapshot=lambda group: {"group_name": group.name},
        title=lambda group: group.name,
        page=lambda _pk: "/settings/catalogue/",
        change_labels={"group_name": _("Name")},
    )
)
register_subject(
    SubjectType(
        name=PLACE,
        label=_("Place of stock"),
        model=StockPlace,
        visible=access.visible_places,
        snapshot=snapshot_place,
        title=lambda place: place.name,
        page=lambda pk: f"/settings/stock/{pk}/",
        change_labels={
            "place_name": _("Name"),
            "kind": _("Kind"),
            "address": _("Address"),
            "in_use": _("In use"),
            "moves": _("Moved"),
        },
        value_labels={"kind": dict(PlaceKind.choices)},
    )
)

register_subject(
    SubjectType(
        name=GUIDE,
        label=_("Needs guide"),
        model=Guide,
        visible=access.visible_guides,
        snapshot=snapshot_guide,
        title=lambda guide: guide.name,
        page=lambda pk: f"/settings/guides/{pk}/",
        change_labels={
            "guide_name": _("Name"),
            "category": _("Category"),
            "rows": _("Questions"),
            "in_use": _("In use"),
        },
    )
)


def _named(visible: Callable[[Actor], QuerySet[Any]], name: str, *, is_short: bool) -> None:
    """Things chosen by their name."""

    def options(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
        found = visible(actor).filter(name__icontains=typed).order_by("name", "pk")
        return [Option(pk, label) for pk, label in found.values_list("pk", "name")[: 500 if is_short else SHOWN]]

    def label(actor: Actor, pk: int) -> str:
        one: Model | None = visible(actor).filter(pk=pk).first()
        return getattr(one, "name", "")

    register_reference(ReferenceType(name=name, options=options, is_short=is_short, label=label))


_named(access.visible_tax_classes, REF_TAX_CLASS, is_short=True)
_named(access.visible_categories, REF_CATEGORY, is_short=True)
_named(access.visible_attributes, REF_ATTRIBUTE, is_short=True)
_named(access.visible_groups, REF_GROUP, is_short=True)
_named(access.visible_places, REF_PLACE, is_short=True)
_named(access.visible_products, REF_PRODUCT, is_short=False)


def _variants(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    words = typed.split()[:5]
    found = access.visible_variants(actor).select_related("product")
    for word in words:
        found = found.filter(
            Q(sku__istartswith=word) | Q(product__name__icontains=word) | Q(options__icontains=word) | Q(gtin=word)
        )
    return [
        Option(one.pk, f"{variant_title(one)} ({one.sku})") for one in found.order_by("product__name", "pk")[:SHOWN]
    ]


def _variant_label(actor: Actor, pk: int) -> str:
    one = access.visible_variants(actor).select_related("product").filter(pk=pk).first()
    return f"{variant_title(one)} ({one.sku})" if one else ""


register_reference(ReferenceType(name=REF_VARIANT, options=_variants, label=_variant_label))
