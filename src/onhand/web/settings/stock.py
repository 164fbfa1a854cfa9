"""Places of stock, and what is there."""

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.catalogue import access, subjects
from onhand.catalogue.enums import PlaceKind
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import creating_links
from onhand.web.settings.goods import Rows, stock_columns, table, thing, use_words

PAGE = 50


@require_safe
@for_actor(access.COUNT)
def stock_places(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every place of stock."""
    found = access.visible_places(actor).annotate(count=Count("stock", filter=Q(stock__on_hand__gt=0)))
    context = {
        "title": _("Stock"),
        "lead": _("Branches and warehouses where goods are."),
        "columns": [
            (_("Name"), ""),
            (_("Kind"), "soft"),
            (_("Address"), "soft"),
            (_("Articles there"), "number"),
            ("", ""),
        ],
        "rows": [
            {
                "id": one.pk,
                "url": address_of("settings:stock_place", one.pk),
                "cells": [one.name, PlaceKind(one.kind).label, one.address or "–", one.count, use_words(one.is_active)],
            }
            for one in found.order_by("name")
        ],
        "new": next(iter(creating_links(actor, subjects.PLACE)), None),
        "shown": "",
        "empty": {
            "title": _("No places yet"),
            "words": _("Add the branches and warehouses goods are in."),
            "icon": "act",
        },
    }
    return render(request, "settings/list.html", context)


@require_safe
@for_actor(access.COUNT)
def stock_place(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One place with what is there, by article; further pages by key."""
    one = access.visible_places(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    after = page_number(request.GET.get("after")) or 0
    found = one.stock.select_related("variant__product").filter(variant__gt=after).order_by("variant")
    page = list(found[: PAGE + 1])
    sees = actor.may(access.MANAGE)
    rows: Rows = [
        {
            "id": stock.pk,
            "url": address_of("settings:variant", stock.variant_id) if sees else None,
            "cells": [
                f"{subjects.variant_title(stock.variant)} ({stock.variant.sku})",
                *(stock.on_hand, stock.reserved, stock.on_hand - stock.reserved, stock.shelf or "–"),
            ],
        }
        for stock in page[:PAGE]
    ]
    following = f"?after={page[PAGE - 1].variant_id}" if len(page) > PAGE else ""
    listed = table("stock", _("Goods"), [(_("Article"), ""), *stock_columns()], rows, _("Nothing is there."), following)
    facts = [(_("Kind"), PlaceKind(one.kind).label), (_("Address"), one.address)]
    return thing(request, actor, subjects.PLACE, one, title=one.name, facts=facts, tables=[listed])
