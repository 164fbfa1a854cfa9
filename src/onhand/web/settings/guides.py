"""Needs guides: their questions, and what each answer asks of a product."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.catalogue import access, subjects
from onhand.catalogue.enums import Comparison, Weight
from onhand.catalogue.guiding import questions_of
from onhand.catalogue.models import Attribute
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import creating_links
from onhand.web.settings.goods import Rows, table, thing, use_words

MOST = 200


@require_safe
@for_actor(access.MANAGE)
def guides(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every needs guide."""
    found = access.visible_guides(actor).select_related("category").order_by("name")[:MOST]
    context = {
        "title": _("Needs guides"),
        "lead": _("Questions a representative asks, and what each answer says of the products that suit."),
        "columns": [(_("Name"), ""), (_("Category"), "soft"), (_("Questions"), "number"), ("", "")],
        "rows": [
            {
                "id": one.pk,
                "url": address_of("settings:guide", one.pk),
                "cells": [
                    one.name,
                    one.category.name if one.category else _("all products"),
                    len(questions_of(one)),
                    use_words(one.is_active),
                ],
            }
            for one in found
        ],
        "new": next(iter(creating_links(actor, subjects.GUIDE)), None),
        "shown": "",
        "empty": {
            "title": _("No needs guides yet"),
            "words": _("A guide leads from what somebody needs to the products that suit, with reasons."),
            "icon": "info",
        },
    }
    return render(request, "settings/list.html", context)


@require_safe
@for_actor(access.MANAGE)
def guide(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One guide with its answers, row by row."""
    one = access.visible_guides(actor).select_related("category").filter(pk=pk).first()
    if one is None:
        raise Http404
    names = {each.key: each.name for each in Attribute.objects.all()}
    rows: Rows = [
        {
            "id": number,
            "url": None,
            "cells": [
                row["question"],
                row["answer"],
                names.get(row["attribute"], "–") if row["value"] else "–",
                f"{Comparison(row['comparison']).label} {row['value']}" if row["value"] else _("asks for nothing"),
                Weight(row["weight"]).label if row["value"] else "",
            ],
        }
        for number, row in enumerate(one.rows, 1)
    ]
    columns = [
        *((_("Question"), ""), (_("Answer"), ""), (_("Asks of"), "soft")),
        *((_("Value"), "soft"), (_("Counts"), "soft")),
    ]
    facts = [
        (_("Category"), one.category.name if one.category else _("all products")),
        (_("On the desk"), address_of("desk:guide", one.pk)),
    ]
    listed = table("rows", _("Questions"), columns, rows, _("None yet."))
    return thing(request, actor, subjects.GUIDE, one, title=one.name, facts=facts, tables=[listed])
