"""Outside shops: how each is kept in step, what waits to be told to it, what it refused, and which of its orders were not taken."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.connectors import access
from onhand.connectors.enums import OutgoingKind, OutgoingState, ShopKind, ShopState
from onhand.connectors.models import Outgoing, OutsideOrder, OutsideShop
from onhand.connectors.queries import Standing, not_taken, standings, told_of
from onhand.connectors.subjects import SHOP
from onhand.connectors.words import shown
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import creating_links
from onhand.web.settings.goods import Rows, table, thing
from onhand.web.templating import show_datetime

_TELL_AGAIN, _CALL_OFF = "connectors.tell_again", "connectors.call_off"


@require_safe
@for_actor(access.MANAGE)
def shops(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every shop with how it is."""
    found = list(access.visible_shops(actor).order_by("name", "pk"))
    context = {
        "title": _("Outside shops"),
        "lead": _(
            "Their orders and refunds are kept in step with what is here, in both directions. Nothing of them is booked here."
        ),
        "columns": [
            (_("Name"), ""),
            (_("Address"), "soft"),
            (_("Last asked"), "soft"),
            (_("Waiting"), "number"),
            (_("Refused by the shop"), "number"),
            (_("Orders not taken"), "number"),
            (_("State"), ""),
        ],
        "rows": [
            {
                "id": one.shop.pk,
                "url": address_of("settings:shop", one.shop.pk),
                "cells": [
                    one.shop.name,
                    one.shop.url,
                    show_datetime(one.health.polled_at) if one.health.polled_at else "–",
                    one.waiting,
                    one.refused,
                    one.not_taken,
                    _state(one),
                ],
            }
            for one in standings(found)
        ],
        "new": next(iter(creating_links(actor, SHOP)), None),
        "next_url": None,
        "shown": "",
        "live": {"topics": [f"{SHOP}:{one.pk}" for one in found[:40]], "url": address_of("settings:shops")},
        "empty": {
            "title": _("No outside shop yet"),
            "words": _("Add one, and its orders are here a moment after they were placed there."),
            "icon": "act",
        },
    }
    return render(request, "settings/list.html", context)


def _state(one: Standing) -> dict[str, Any]:
    if one.shop.state == ShopState.PAUSED:
        return {"text": ShopState.PAUSED.label, "tone": ""}
    if one.health.failing_since:
        return {"text": _("does not answer"), "tone": "bad"}
    return (
        {"text": _("in step"), "tone": "good"} if one.health.polled_at else {"text": _("not asked yet"), "tone": "info"}
    )


@require_safe
@for_actor(access.MANAGE)
def shop(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One shop: how it is, what can be done, what waits and what failed."""
    one = access.visible_shops(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    (standing,) = standings([one])
    hidden = "connectors.resume_shop" if one.state == ShopState.ON else "connectors.pause_shop"
    tables = [
        _told(one, "waiting", _("What the shop is still to be told"), OutgoingState.WAITING, _("Nothing waits.")),
        _told(one, "refused", _("What the shop refused"), OutgoingState.REFUSED, _("Nothing was refused.")),
        _not_taken(one),
    ]
    return thing(
        request, actor, SHOP, one, but=(hidden, _TELL_AGAIN, _CALL_OFF), title=one.name, facts=_facts(request, standing), tables=tables
    )  # fmt: skip


def _facts(request: HttpRequest, one: Standing) -> list[tuple[str, str]]:
    shop, health = one.shop, one.health
    hook = request.build_absolute_uri(address_of("connectors:hook", shop.hook))
    facts = [
        (_("State"), str(_state(one)["text"])),
        (_("Problem"), shown(health.problem)),
        (_("Fails since"), show_datetime(health.failing_since) if health.failing_since else ""),
        (_("Kind"), str(ShopKind(shop.kind).label)),
        (_("Address"), shop.url),
        (_("Last asked"), show_datetime(health.polled_at) if health.polled_at else ""),
        (_("Last told by the shop"), show_datetime(health.hook_at) if health.hook_at else ""),
        (_("Orders changed since"), show_datetime(shop.since)),
        (_("Address for its webhooks"), hook),
        (_("Secret of its webhooks"), _("stored, locked") if shop.webhook_secret else _("missing")),
    ]
    return [(label, value) for label, value in facts if value]


def _told(shop: OutsideShop, key: str, title: str, state: OutgoingState, nothing: str) -> dict[str, Any]:
    columns = [
        *((_("What"), ""), (_("Order"), "soft"), (_("Amount"), "number"), (_("Asked"), "soft"), (_("Tries"), "number")),
        *((_("What the shop said"), "soft"), (_("Next try"), "soft")),
    ]
    rows: Rows = [{"id": one.pk, "url": _again(shop, one), "cells": _cells(one)} for one in told_of(shop, state)]
    return table(key, title, columns, rows, nothing)


def _cells(one: Outgoing) -> list[Any]:
    order = one.outside_order.order
    return [
        str(OutgoingKind(one.kind).label),
        order.reference if order else one.outside_order.number,
        Money(one.minor, order.currency).formatted() if order and one.minor else "",
        f"{show_datetime(one.made_at)} · {one.made_by_name}",
        one.tries,
        shown(one.words),
        show_datetime(one.next_try_at) if one.next_try_at else "",
    ]


def _again(shop: OutsideShop, one: Outgoing) -> str:
    """Where what was refused is told again, and what was never sent called off."""
    if one.state == OutgoingState.WAITING and one.tries:
        return ""
    act = _TELL_AGAIN if one.state == OutgoingState.REFUSED else _CALL_OFF
    return f"{address_of('settings:act', SHOP, shop.pk, act)}?{urlencode({'outgoing': one.pk})}"


def _not_taken(shop: OutsideShop) -> dict[str, Any]:
    columns = [(_("Number there"), ""), (_("State there"), "soft"), (_("Why"), ""), (_("Read"), "soft")]
    rows: Rows = [{"id": one.pk, "url": _here(one), "cells": _why(one)} for one in not_taken(shop)]
    return table("not-taken", _("Orders not taken as the shop has them"), columns, rows, _("All were taken."))


def _here(one: OutsideOrder) -> str:
    return address_of("orders:order", one.order_id) if one.order_id else ""


def _why(one: OutsideOrder) -> list[Any]:
    return [one.number or one.outside_id, one.status, shown(one.problem), show_datetime(one.seen_at)]
