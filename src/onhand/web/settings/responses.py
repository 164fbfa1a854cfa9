"""Standard responses: texts kept ready for answers, where they are offered, and what each version said."""

from datetime import timedelta
from typing import Any

from django.db.models import Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.customers.finding.words import fold
from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.knowledge import access
from onhand.knowledge.attached_acts import offered_acts, written_acts
from onhand.knowledge.comparing import compare
from onhand.knowledge.enums import ResponseChannel
from onhand.knowledge.filling import fill
from onhand.knowledge.languages import language_name
from onhand.knowledge.models import ResponseVersion, StandardResponse
from onhand.knowledge.queries import COUNTED_DAYS
from onhand.knowledge.response_fields import example_values, field_labels
from onhand.knowledge.subjects import RESPONSE
from onhand.staff.models import Team
from onhand.web.addresses import address_of
from onhand.web.filled_text import as_html
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_address, act_links, creating_links
from onhand.web.settings.records import history

PAGE = 50
WITHDRAWN = "withdrawn"


@require_safe
@for_actor(access.MANAGE_RESPONSES)
def responses(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every standard response by its name; by words, channel and team."""
    asked = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in ("q", "state", "channel", "team")
    }
    found = access.visible_responses(actor).filter(is_withdrawn=asked["state"] == WITHDRAWN)
    for word in fold(asked["q"]).split()[:8]:
        found = found.filter(Q(shortcut__startswith=word) | Q(search_text__contains=f" {word}"))
    if asked["channel"] in ResponseChannel.values:
        found = found.filter(Q(channels=[]) | Q(channels__contains=[asked["channel"]]))
    if team := page_number(asked["team"]):
        found = found.filter(Q(teams=None) | Q(teams=team)).distinct()
    last = StandardResponse.objects.filter(pk=page_number(request.GET.get("after")) or 0).first()
    if last:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    page = list(found.order_by("name", "pk").prefetch_related("teams")[: PAGE + 1])
    following = request.GET.copy()
    if len(page) > PAGE:
        following["after"] = str(page[PAGE - 1].pk)
    teams = [(str(pk), name) for pk, name in Team.objects.order_by("name").values_list("pk", "name")]
    context = {
        "title": _("Standard responses"),
        "lead": _("Texts kept ready for answers: type / and a shortcut, and they are filled in."),
        "columns": [
            (_("Name"), ""),
            (_("Shortcut"), "nowrap soft"),
            (_("Languages"), "soft"),
            (_("Channels"), "soft"),
            (_("Teams"), "soft"),
            (_("Acts"), "number"),
        ],
        "rows": [_row(one) for one in page[:PAGE]],
        "filters": {
            "url": address_of("settings:responses"),
            "query": asked["q"],
            "label": _("Name, shortcut or words of the text"),
            "choices": [
                _choice("channel", asked, [("", _("Every channel")), *ResponseChannel.choices]),
                _choice("team", asked, [("", _("Every team")), *teams]),
                _choice("state", asked, [("", _("Offered")), (WITHDRAWN, _("Withdrawn"))]),
            ],
        },
        "next_url": f"?{following.urlencode()}" if len(page) > PAGE else None,
        "shown": "",
        "new": next(iter(creating_links(actor, RESPONSE)), None),
        "empty": {
            "title": _("No standard response is here"),
            "words": _("Add the first one, or look for other words."),
            "icon": "note",
        },
    }
    return render(request, "settings/list.html", context)


def _choice(name: str, asked: dict[str, str], options: list[Any]) -> dict[str, Any]:
    return {"name": name, "label": options[0][1], "value": asked[name], "options": options}


def _row(one: StandardResponse) -> dict[str, Any]:
    return {
        "id": one.pk,
        "url": address_of("settings:response", one.pk),
        "cells": [
            one.name,
            f"/{one.shortcut}",
            ", ".join(language_name(code) for code in sorted(one.texts)),
            _channels(one),
            ", ".join(team.name for team in one.teams.all()) or _("every team"),
            str(len(one.acts) or ""),
        ],
    }


def _channels(one: StandardResponse | ResponseVersion) -> str:
    labels = dict(ResponseChannel.choices)
    return ", ".join(str(labels.get(channel, channel)) for channel in one.channels) or _("every channel")


@require_safe
@for_actor(access.MANAGE_RESPONSES)
def response(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One response: its texts filled with examples, where it is offered, what comes with it, and its versions."""
    found = access.visible_responses(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    now = timezone.now()
    write = get_act("knowledge.write_response_text")
    labels, examples = field_labels(), example_values()
    uses = dict(
        found.used.filter(day__gt=now.date() - timedelta(days=COUNTED_DAYS))
        .values_list("language")
        .annotate(times=Sum("uses"))
    )
    hidden = {"knowledge.take_up_response" if not found.is_withdrawn else "knowledge.withdraw_response"}
    context = {
        "title": found.name,
        "response": found,
        "facts": [
            (_("Shortcut"), f"/{found.shortcut}"),
            (_("Channels"), _channels(found)),
            (_("Teams"), ", ".join(found.teams.order_by("name").values_list("name", flat=True)) or _("every team")),
            (_("Used in 90 days"), str(sum(uses.values()))),
        ],
        "texts": [
            {
                "code": code,
                "language": language_name(code),
                "html": as_html(fill(text, examples, labels).text),
                "uses": uses.get(code, 0),
                "url": f"{act_address(write, found.pk)}?language={code}",
            }
            for code, text in sorted(found.texts.items())
        ],
        "offered": [
            {"label": one.label, "arguments": one.arguments, "missing": one.missing}
            for one in offered_acts(found.acts, actor, at=now)
        ],
        "acts": act_links(actor, RESPONSE, found.pk, but=tuple(hidden)),
        "versions": _versions(found),
        "history": history(actor, RESPONSE, found.pk),
    }
    return render(request, "settings/knowledge/response.html", context)


def _versions(found: StandardResponse) -> list[dict[str, Any]]:
    """Every version, the newest first, with what changed in it."""
    kept = list(found.versions.order_by("-number")[: PAGE + 1])
    return [
        {"version": one, "changes": _changes(kept[place + 1], one) if place + 1 < len(kept) else []}
        for place, one in enumerate(kept[:PAGE])
    ]


def _changes(old: ResponseVersion, new: ResponseVersion) -> list[dict[str, Any]]:
    pairs = [
        (_("Name"), old.name, new.name),
        (_("Shortcut"), old.shortcut, new.shortcut),
        (_("Channels"), _channels(old), _channels(new)),
        (_("Teams"), ", ".join(old.team_names), ", ".join(new.team_names)),
        (_("Acts"), written_acts(old.acts), written_acts(new.acts)),
    ]
    codes = sorted({*old.texts, *new.texts})
    pairs += [(language_name(code), old.texts.get(code, ""), new.texts.get(code, "")) for code in codes]
    return [{"label": label, "parts": compare(before, after)} for label, before, after in pairs if before != after]
