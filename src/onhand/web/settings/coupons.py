"""Coupon campaigns: what they are worth, how much of the budget is promised, and their coupons."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.coupons import access, subjects
from onhand.coupons.enums import CouponState
from onhand.coupons.models import Campaign, Coupon
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import creating_links
from onhand.web.settings.goods import Rows, table, thing, use_words
from onhand.web.templating import show_date

PAGE = 50
MOST = 500
_TONES = {CouponState.OPEN: "good", CouponState.USED: "info", CouponState.WITHDRAWN: "bad", CouponState.EXPIRED: ""}


@require_safe
@for_actor(access.MANAGE)
def campaigns(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every campaign, the latest first."""
    found = access.visible_campaigns(actor).order_by("-from_day", "name")[:MOST]
    context = {
        "title": _("Coupons"),
        "lead": _("What coupons are worth, and how much may be given away with them."),
        "columns": [
            (_("Name"), ""),
            (_("Takes off"), "soft"),
            (_("Given"), "soft"),
            (_("Promised"), "number"),
            (_("Budget"), "number"),
            ("", ""),
        ],
        "rows": [
            {
                "id": one.pk,
                "url": address_of("settings:campaign", one.pk),
                "cells": [
                    one.name,
                    subjects.worth_words(one),
                    _span(one),
                    Money(one.promised_minor, one.currency).formatted(),
                    Money(one.budget_minor, one.currency).formatted(),
                    use_words(one.is_active),
                ],
            }
            for one in found
        ],
        "new": next(iter(creating_links(actor, subjects.CAMPAIGN)), None),
        "shown": "",
        "empty": {
            "title": _("No coupons yet"),
            "words": _("Say what a coupon is worth; then representatives can give it to customers."),
            "icon": "act",
        },
    }
    return render(request, "settings/list.html", context)


@require_safe
@for_actor(access.MANAGE)
def campaign(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One campaign with its coupons, the newest first, page by page."""
    one = access.visible_campaigns(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    before = page_number(request.GET.get("before")) or 2**62
    found = list(one.coupons.filter(pk__lt=before).select_related("customer").order_by("-pk")[: PAGE + 1])
    rows: Rows = [{"id": each.pk, "url": None, "cells": _cells(each)} for each in found[:PAGE]]
    columns = [
        *((_("Code"), ""), (_("Given to"), "soft"), (_("By"), "soft"), (_("Reason"), "soft")),
        *((_("Until"), "soft"), (_("Used"), "number"), (_("State"), "")),
    ]
    following = f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    listed = table("coupons", _("Coupons"), columns, rows, _("None was given yet."), following)
    facts = [
        (_("Takes off"), subjects.worth_words(one)),
        (_("For orders of at least"), Money(one.least_minor, one.currency).formatted() if one.least_minor else ""),
        (_("Given"), _span(one)),
        (_("Days one given is valid"), one.days_valid),
        (_("For each customer"), one.per_customer),
        (_("Budget"), Money(one.budget_minor, one.currency).formatted()),
        (_("Promised"), Money(one.promised_minor, one.currency).formatted()),
    ]
    return thing(request, actor, subjects.CAMPAIGN, one, title=one.name, facts=facts, tables=[listed])


def _span(one: Campaign) -> str:
    days = {"first": show_date(one.from_day), "last": show_date(one.until_day)}
    return _("%(first)s to %(last)s") % days


def _cells(one: Coupon) -> list[Any]:
    state = CouponState(one.state)
    return [
        one.code,
        one.customer.name if one.customer else _("everybody"),
        one.given_by_name,
        one.reason or "–",
        show_date(one.until),
        f"{one.uses} / {one.most_uses}",
        {"text": state.label, "tone": _TONES[state]},
    ]
