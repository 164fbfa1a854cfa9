"""Products and variants as they are kept, and how the catalogue is arranged. Every change is an act with its own form."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.catalogue import access, subjects
from onhand.catalogue.comparing import shown_value
from onhand.catalogue.enums import AttributeType, ProductKind
from onhand.catalogue.finding import find_products
from onhand.catalogue.models import Attribute, Price, Product, Stock, Variant
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import creating_links
from onhand.web.settings.goods import Rows, money, stock_columns, table, thing, use_words, validity

PAGE = 50
MOST_VARIANTS = 500


@require_safe
@for_actor(access.MANAGE)
def products(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every product by name, or those that are found; further pages by key."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    seen = access.visible_products(actor)
    if query:
        found, following = seen.filter(pk__in=[one.id for one in find_products(query, most=PAGE)]), None
        page = list(_told(found.order_by("name", "pk")))
    else:
        page, following = _page_by_name(request, seen, _told)
    context = {
        "title": _("Products"),
        "lead": _("What the company sells. A product can be ordered when it has a variant with a price."),
        "columns": [
            (_("Name"), ""),
            (_("Code"), "soft"),
            (_("Kind"), "soft"),
            (_("Category"), "soft"),
            (_("Variants"), "number"),
            ("", ""),
        ],
        "rows": [
            {
                "id": one.pk,
                "url": address_of("settings:product", one.pk),
                "cells": [
                    one.name,
                    one.code,
                    ProductKind(one.kind).label,
                    one.category.name if one.category else "–",
                    one.variants_in_use,
                    use_words(one.is_active),
                ],
            }
            for one in page
        ],
        "filters": {"url": address_of("settings:products"), "query": query, "label": _("Name, code, bar code")},
        "new": next(iter(creating_links(actor, subjects.PRODUCT)), None),
        "next_url": following,
        "shown": "",
        "empty": {
            "title": _("No products") if not query else _("Nothing found"),
            "words": _("Add what the company sells, or bring it in from another system.")
            if not query
            else _("Try fewer letters."),
            "icon": "search",
        },
    }
    return render(request, "settings/list.html", context)


def _told(found: QuerySet[Product]) -> QuerySet[Any]:
    return found.select_related("category").annotate(
        variants_in_use=Count("variants", filter=Q(variants__is_active=True))
    )


def _page_by_name(
    request: HttpRequest, seen: QuerySet[Any], told: Callable[[QuerySet[Any]], QuerySet[Any]]
) -> tuple[list[Any], str | None]:
    last = seen.filter(pk=page_number(request.GET.get("after")) or 0).first()
    found = seen.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk)) if last else seen
    page = list(told(found).order_by("name", "pk")[: PAGE + 1])
    return page[:PAGE], f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else None


@require_safe
@for_actor(access.MANAGE)
def product(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One product: what it is like, its variants with their prices and stock, what can be changed, and how it became so."""
    one = access.visible_products(actor).select_related("category", "tax_class").filter(pk=pk).first()
    if one is None:
        raise Http404
    variants = list(one.variants.order_by("sku")[:MOST_VARIANTS])
    prices, stock = _prices_of(variants), _stock_of(variants)
    columns = [
        (_("Article number"), ""),
        *((name, "soft") for name in one.options),
        (_("Prices"), "soft"),
        (_("Free"), "number"),
        ("", ""),
    ]
    rows: Rows = [
        {
            "id": each.pk,
            "url": address_of("settings:variant", each.pk),
            "cells": [
                each.sku,
                *(each.options.get(name, "–") for name in one.options),
                " · ".join(prices.get(each.pk, ())) or "–",
                stock.get(each.pk, 0) if one.kind == ProductKind.GOODS else "–",
                use_words(each.is_active),
            ],
        }
        for each in variants
    ]
    tables = [table("variants", _("Variants"), columns, rows, _("None yet. Add one, and give it a price."))]
    if one.kind == ProductKind.BUNDLE:
        parts: Rows = [
            {
                "id": part.pk,
                "url": address_of("settings:variant", part.variant_id),
                "cells": [subjects.variant_title(part.variant), part.pieces],
            }
            for part in one.parts.select_related("variant__product").order_by("pk")
        ]
        tables.append(table("parts", _("Parts"), [(_("Article"), ""), (_("Pieces"), "number")], parts, _("None yet.")))
    facts = [
        (_("Code"), one.code),
        (_("Kind"), ProductKind(one.kind).label),
        (_("Brand"), one.brand),
        (_("Category"), one.category.name if one.category else None),
        (_("Tax"), one.tax_class.name),
        (_("Warranty"), _months(one.warranty_months)),
        *_attributes(one.values),
    ]
    but = () if one.kind == ProductKind.BUNDLE else ("catalogue.set_bundle_parts",)
    shown: dict[str, Any] = {"title": one.name, "facts": facts, "tables": tables, "words": one.description}
    return thing(request, actor, subjects.PRODUCT, one, but=but, **shown)


@require_safe
@for_actor(access.MANAGE)
def variant(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One variant: what it costs by which list, and where it is."""
    one = access.visible_variants(actor).select_related("product").filter(pk=pk).first()
    if one is None:
        raise Http404
    prices: Rows = [
        {
            "id": price.pk,
            "url": address_of("settings:price_list", price.price_list_id),
            "cells": [price.price_list.name, price.from_pieces, money(price), validity(price.price_list)],
        }
        for price in one.prices.select_related("price_list").order_by("-price_list__rank", "price_list", "from_pieces")
    ]
    places: Rows = [
        {
            "id": stock.pk,
            "url": address_of("settings:stock_place", stock.place_id),
            "cells": [
                stock.place.name,
                stock.on_hand,
                stock.reserved,
                stock.on_hand - stock.reserved,
                stock.shelf or "–",
            ],
        }
        for stock in one.stock.select_related("place").order_by("place__name")
    ]
    tables = [
        table(
            "prices",
            _("Prices"),
            [
                (_("Price list"), ""),
                (_("From how many"), "number"),
                (_("Price of one"), "number"),
                (_("Valid"), "soft"),
            ],
            prices,
            _("None: it cannot be ordered. Prices are set on price lists."),
        ),
        table("stock", _("Stock"), [(_("Place"), ""), *stock_columns()], places, _("Nowhere.")),
    ]
    facts = [
        (_("Product"), one.product.name),
        (_("Article number"), one.sku),
        *subjects.chosen_options(one).items(),
        (_("Bar code"), one.gtin),
        (_("Weight"), _("%(grams)s g") % {"grams": one.weight_grams} if one.weight_grams is not None else None),
    ]
    return thing(
        request,
        actor,
        subjects.VARIANT,
        one,
        title=subjects.variant_title(one),
        facts=facts,
        tables=tables,
        above=(one.product.name, address_of("settings:product", one.product_id)),
    )


@require_safe
@for_actor(access.MANAGE)
def arrangement(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Categories, attributes and groups of customers."""
    categories = list(
        access.visible_categories(actor).select_related("parent").order_by("parent__name", "name")[:MOST_VARIANTS]
    )
    attributes = access.visible_attributes(actor).order_by("name")
    groups = access.visible_groups(actor).annotate(count=Count("members")).order_by("name")
    sections = [
        {
            **table(
                "categories",
                _("Categories"),
                [(_("Name"), ""), (_("Within"), "soft")],
                [{"id": one.pk, "cells": [one.name, one.parent.name if one.parent else "–"]} for one in categories],
                _("None yet."),
            ),
            "acts": creating_links(actor, subjects.CATEGORY),
        },
        {
            **table(
                "attributes",
                _("Attributes of products"),
                [(_("Name"), ""), (_("What its values are"), "soft"), (_("Unit"), "soft")],
                [
                    {"id": one.pk, "cells": [one.name, AttributeType(one.type).label, one.unit or "–"]}
                    for one in attributes
                ],
                _("None yet. Products are compared and proposed by them."),
            ),
            "acts": creating_links(actor, subjects.ATTRIBUTE),
        },
        {
            **table(
                "groups",
                _("Customer groups"),
                [(_("Name"), ""), (_("Members"), "number")],
                [{"id": one.pk, "cells": [one.name, one.count]} for one in groups],
                _("None yet. A price list can be for one group only."),
            ),
            "acts": creating_links(actor, subjects.GROUP),
        },
    ]
    context = {"title": _("Categories and attributes"), "sections": sections}
    return render(request, "settings/goods.html", context)


def _prices_of(variants: Iterable[Variant]) -> dict[int, list[str]]:
    """The prices of one piece by variant, each with its list's name."""
    found: dict[int, list[str]] = {}
    prices = Price.objects.filter(variant__in=list(variants), from_pieces=1).select_related("price_list")
    for price in prices.order_by("-price_list__rank", "price_list"):
        found.setdefault(price.variant_id, []).append(f"{price.price_list.name}: {money(price)}")
    return found


def _stock_of(variants: Iterable[Variant]) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in Stock.objects.filter(variant__in=list(variants), place__is_active=True):
        found[row.variant_id] = found.get(row.variant_id, 0) + row.on_hand - row.reserved
    return found


def _months(months: int | None) -> str | None:
    return None if months is None else ngettext("%(count)s month", "%(count)s months", months) % {"count": months}


def _attributes(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a product is like, in words."""
    found = Attribute.objects.filter(key__in=values).order_by("name")
    return [(one.name, shown_value(one, values[one.key])) for one in found]
