"""Price lists and taxes as they are kept."""

from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.catalogue import access, subjects
from onhand.catalogue.models import PriceList, TaxClass
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.goods import Rows, money, table, thing, validity
from onhand.web.templating import show_date

PAGE = 50


@require_safe
@for_actor(access.MANAGE)
def price_lists(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every price list: for whom and when it holds."""
    found = access.visible_price_lists(actor).select_related("group").annotate(count=Count("prices"))
    rows = [
        {
            "id": one.pk,
            "url": address_of("settings:price_list", one.pk),
            "cells": [one.name, one.currency, _group(one), validity(one), one.rank, one.count],
        }
        for one in found.order_by("-rank", "name")
    ]
    context = {
        "title": _("Price lists"),
        "lead": _("Where several hold, that of the highest rank says the price, and among equals the lower price."),
        "columns": [
            (_("Name"), ""),
            (_("Currency"), "soft"),
            (_("For whom"), "soft"),
            (_("Valid"), "soft"),
            (_("Rank"), "number"),
            (_("Prices"), "number"),
        ],
        "rows": rows,
        "new": next(iter(creating_links(actor, subjects.PRICE_LIST)), None),
        "shown": "",
        "empty": {
            "title": _("No price lists"),
            "words": _("Nothing can be ordered without a price. Begin with one list for everybody."),
            "icon": "act",
        },
    }
    return render(request, "settings/list.html", context)


@require_safe
@for_actor(access.MANAGE)
def price_list(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One price list with its prices, by article number; further pages by key."""
    one = access.visible_price_lists(actor).select_related("group").filter(pk=pk).first()
    if one is None:
        raise Http404
    prices = one.prices.select_related("variant__product")
    if last := one.prices.filter(pk=page_number(request.GET.get("after")) or 0).first():
        later = Q(variant__gt=last.variant_id) | Q(variant=last.variant_id, from_pieces__gt=last.from_pieces)
        prices = prices.filter(later)
    page = list(prices.order_by("variant", "from_pieces")[: PAGE + 1])
    rows: Rows = [
        {
            "id": price.pk,
            "url": address_of("settings:variant", price.variant_id),
            "cells": [
                subjects.variant_title(price.variant),
                price.variant.sku,
                price.from_pieces,
                money(price, one.currency),
            ],
        }
        for price in page[:PAGE]
    ]
    columns = [
        (_("Article"), ""),
        (_("Article number"), "soft"),
        (_("From how many"), "number"),
        (_("Price of one"), "number"),
    ]
    following = f"?after={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    listed = table("prices", _("Prices"), columns, rows, _("None yet."), following)
    facts = [
        (_("Currency"), one.currency),
        (_("Tax"), _("in the prices") if one.includes_tax else _("comes on top")),
        (_("For whom"), _group(one)),
        (_("Valid"), validity(one)),
        (_("Rank"), str(one.rank)),
    ]
    return thing(request, actor, subjects.PRICE_LIST, one, title=one.name, facts=facts, tables=[listed])


@require_safe
@for_actor(access.MANAGE)
def taxes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every class of tax with its rates by country and day."""
    classes = [
        _tax_class(actor, one) for one in access.visible_tax_classes(actor).prefetch_related("rates").order_by("name")
    ]
    context = {
        "title": _("Taxes"),
        "lead": _("A rate holds from its day until that of the next one. Documents keep the rate of their day."),
        "sections": classes,
        "new": next(iter(creating_links(actor, subjects.TAX_CLASS)), None),
        "empty": {
            "title": _("No tax classes"),
            "words": _("Every product belongs to one. Begin with the usual rate."),
            "icon": "act",
        },
    }
    return render(request, "settings/goods.html", context)


def _tax_class(actor: Actor, one: TaxClass) -> dict[str, Any]:
    rates = sorted(one.rates.all(), key=lambda rate: (rate.country, rate.region, -rate.from_day.toordinal()))
    rows: Rows = [
        {
            "id": rate.pk,
            "cells": [
                f"{rate.country}-{rate.region}" if rate.region else rate.country,
                show_date(rate.from_day),
                f"{rate.percent.normalize():f} %",
            ],
        }
        for rate in rates
    ]
    columns = [(_("Country"), ""), (_("From"), "soft"), (_("Rate"), "number")]
    return {
        **table(f"class-{one.pk}", one.name, columns, rows, _("No rates yet.")),
        "acts": act_links(actor, subjects.TAX_CLASS, one.pk),
    }


def _group(prices: PriceList) -> str:
    return prices.group.name if prices.group else _("everybody")
