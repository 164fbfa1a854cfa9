"""Webhooks: which programs are told what, how each answers, what it was told, and the list of all that can be told."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.kernel.acts import find_act
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history
from onhand.webhooks import access
from onhand.webhooks.enums import DeliveryState, EndpointState
from onhand.webhooks.event_types import CHOICE_OF_EVERYTHING, EVERYTHING, area_of, event_types
from onhand.webhooks.models import Delivery, Endpoint
from onhand.webhooks.queries import Standing, log_of, standings
from onhand.webhooks.subjects import ENDPOINT, LOG

PAGE = 50
_TONES = {DeliveryState.WAITING: "info", DeliveryState.DELIVERED: "good", DeliveryState.FAILED: "bad"}
_REPLAY, _GIVE_UP = "webhooks.replay_delivery", "webhooks.give_up_endpoint"


@require_safe
@for_actor(access.MANAGE)
def webhooks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every endpoint with how it is."""
    found = list(access.visible_endpoints(actor).order_by("name", "pk"))
    context = {
        "title": _("Webhooks"),
        "lead": _("Other programs that are told what happens here, a moment after it happened."),
        "columns": [
            (_("Name"), ""),
            (_("Address"), "soft"),
            (_("Is told"), "soft"),
            (_("Waiting"), "number"),
            (_("Not delivered"), "number"),
            (_("State"), ""),
        ],
        "rows": [
            {
                "id": one.endpoint.pk,
                "url": address_of("settings:webhook", one.endpoint.pk),
                "cells": [
                    one.endpoint.name,
                    one.endpoint.url,
                    _told(one.endpoint),
                    one.waiting,
                    one.failed,
                    _state(one),
                ],
            }
            for one in standings(found)
        ],
        "new": next(iter(creating_links(actor, ENDPOINT)), None),
        "next_url": None,
        "shown": "",
        "live": {"topics": [f"{LOG}:{one.pk}" for one in found[:40]], "url": address_of("settings:webhooks")},
        "empty": {
            "title": _("No webhook yet"),
            "words": _("Add one, and another program hears of every order, message or change you choose."),
            "icon": "act",
        },
    }
    return render(request, "settings/list.html", context)


def _told(endpoint: Endpoint) -> str:
    names = [str(CHOICE_OF_EVERYTHING) if one == EVERYTHING else one for one in endpoint.event_types]
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" +{more}" if more > 0 else "")


def _state(one: Standing) -> dict[str, Any]:
    if one.endpoint.state == EndpointState.ON:
        if one.health.failing_since:
            return {"text": _("fails"), "tone": "warn"}
        return {"text": _("works") if one.health.last_success_at else _("on"), "tone": "good"}
    tone = "bad" if one.endpoint.state == EndpointState.FAILED else ""
    return {"text": EndpointState(one.endpoint.state).label, "tone": tone}


@require_safe
@for_actor(access.MANAGE)
def webhook(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One endpoint: how it is, what can be done, what it was told."""
    one = _found(actor, pk)
    (standing,) = standings([one])
    state = request.GET.get("state", "")
    page = list(log_of(one, state, page_number(request.GET.get("before")))[: PAGE + 1])
    hidden = (_REPLAY, _GIVE_UP, "webhooks.switch_on_endpoint" if one.state == EndpointState.ON else "")
    off = (
        ()
        if one.state == EndpointState.ON
        else ("webhooks.switch_off_endpoint", "webhooks.send_test", "webhooks.replay_since")
    )
    following = urlencode([("before", str(page[PAGE - 1].pk)), ("state", state)]) if len(page) > PAGE else ""
    context = {
        "title": one.name,
        "one": one,
        "state": _state(standing),
        "notice": _notice(standing),
        "facts": _facts(standing),
        "acts": act_links(actor, ENDPOINT, pk, but=(*hidden, *off)),
        "rows": [_row(each) for each in page[:PAGE]],
        "filter": state,
        "filters": [("", _("all")), *DeliveryState.choices],
        "may_replay": one.state == EndpointState.ON,
        "next_url": f"?{following}" if following else None,
        "history": history(actor, ENDPOINT, pk),
        "topics": f"{ENDPOINT}:{pk} {LOG}:{pk}",
    }
    return render(request, "settings/webhook.html", context)


def _found(actor: Actor, pk: int) -> Endpoint:
    one = access.visible_endpoints(actor).filter(pk=pk).first()
    if one is None:
        raise Http404
    return one


def _notice(one: Standing) -> tuple[str, str, str] | None:
    """What must be known first: title, words, tone."""
    if one.endpoint.state == EndpointState.FAILED:
        words = _("%(why)s Mend the receiver, switch the webhook on, then have what was missed delivered again.")
        return _("It was switched off because it failed"), words % {"why": one.endpoint.why_off}, "bad"
    if one.endpoint.state == EndpointState.ON and one.health.failing_since:
        words = _("%(problem)s. It is tried for three days; then it is switched off.")
        return _("Messages do not reach it"), words % {"problem": one.health.last_problem.capitalize()}, "warn"
    return None


def _facts(one: Standing) -> list[tuple[str, Any]]:
    endpoint = one.endpoint
    days = ngettext("%(count)s day", "%(count)s days", endpoint.log_days) % {"count": endpoint.log_days}
    return [
        (_("Address"), endpoint.url),
        (_("Is told"), ", ".join(str(CHOICE_OF_EVERYTHING) if t == EVERYTHING else t for t in endpoint.event_types)),
        (_("Waiting"), one.waiting),
        (_("Not delivered"), one.failed),
        (_("Last delivered"), one.health.last_success_at),
        (_("Fails since"), one.health.failing_since),
        (_("Earlier secret valid until"), endpoint.old_secret_until),
        (_("The log is kept"), days),
        (_("Added by"), endpoint.created_by_name),
    ]


def _row(one: Delivery) -> dict[str, Any]:
    return {
        "one": one,
        "url": address_of("settings:webhook_delivery", one.endpoint_id, one.pk),
        "state": DeliveryState(one.state).label,
        "tone": _TONES[DeliveryState(one.state)],
        "label": _label(one.event_type),
        "replay_url": _replay_url(one) if one.state != DeliveryState.WAITING else "",
    }


def _label(event_type: str) -> str:
    found = find_act(event_type)
    return str(found.label) if found else ""


def _replay_url(one: Delivery) -> str:
    address = address_of("settings:act", ENDPOINT, one.endpoint_id, _REPLAY)
    return f"{address}?{urlencode({'delivery': one.pk})}"


@require_safe
@for_actor(access.MANAGE)
def delivery(request: HttpRequest, actor: Actor, pk: int, delivery: int) -> HttpResponse:
    """One message: every try with what was sent, what was answered, and how long it took."""
    endpoint = _found(actor, pk)
    one = endpoint.deliveries.filter(pk=delivery).first()
    if one is None:
        raise Http404
    context = {
        "title": one.event_type,
        "endpoint": endpoint,
        "one": one,
        "state": DeliveryState(one.state).label,
        "tone": _TONES[DeliveryState(one.state)],
        "message_id": f"evt_{one.event_id}" if one.event_id else f"test_{one.pk}",
        "tries": [
            {"try": each, "body": _readable(each.body), "tone": "bad" if each.problem else "good"}
            for each in one.tries.order_by("-pk")[:PAGE]
        ],
        "replay_url": _replay_url(one) if one.state != DeliveryState.WAITING and endpoint.state == "on" else "",
    }
    return render(request, "settings/webhook_delivery.html", context)


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


@require_safe
@for_actor(access.MANAGE)
def events(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """All that can be told, by its name."""
    query = request.GET.get("q", "").replace("\x00", "").strip().lower()[:100]
    rows = [
        {
            "id": one.name.replace(".", "-"),
            "cells": [one.name, str(one.label), area_of(one.name), _("act") if one.is_act else _("event")],
        }
        for one in event_types()
        if query in one.name.lower() or query in str(one.label).lower()
    ]
    context = {
        "title": _("What webhooks can be told"),
        "lead": _("Choose whole areas, or single ones by these names."),
        "columns": [(_("Name"), "mono"), (_("What happened"), "soft"), (_("Area"), "soft"), (_("Kind"), "soft")],
        "rows": rows,
        "filters": {"url": address_of("settings:webhook_events"), "query": query, "label": _("Name")},
        "next_url": None,
        "shown": "",
        "empty": {"title": _("Nothing found"), "words": _("Try fewer letters."), "icon": "search"},
    }
    return render(request, "settings/list.html", context)
