"""People: who works here, and what can be done with them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.staff import access
from onhand.staff.ability_queries import abilities_of_person
from onhand.staff.enums import language_level_options, level_options
from onhand.staff.models import ApiToken, LanguageLevel, Licence, Representative, Role, SkillLevel
from onhand.web.addresses import address_of
from onhand.web.settings.ability_words import OneAbility, ability_name, change_address, days_words, take_address
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history
from onhand.web.settings.work_setup import seat_facts

PAGE = 50
# Of skills, languages and licences: they stand beside these, not among the other acts.
GIVING = ("staff.give_skill", "staff.give_language", "staff.record_licence")
CHANGING = ("staff.take_skill", "staff.take_language", "staff.correct_licence", "staff.withdraw_licence")


@require_safe
@for_actor(access.VIEW)
def people(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everybody this actor sees, by name; search, filters, and further pages by key."""
    query, role, state = (
        request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in ("q", "role", "state")
    )
    found = access.visible_representatives(actor).select_related("role").order_by("name", "pk")
    if query:
        found = found.filter(Q(name__icontains=query) | Q(email__icontains=query))
    if role:
        found = found.filter(role__key=role)
    found = found.filter(is_active=state != "inactive")
    last = access.visible_representatives(actor).filter(pk=page_number(request.GET.get("after")) or 0).first()
    if last:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    page = list(found.prefetch_related("teams", "sites")[: PAGE + 1])
    shown, more = page[:PAGE], len(page) > PAGE
    roles = [("", _("Every role")), *Role.objects.order_by("name").values_list("key", "name")]
    states = [("", _("Active")), ("inactive", _("Deactivated"))]
    next_page = request.GET.copy()
    if shown:
        next_page["after"] = str(shown[-1].pk)
    context = {
        "title": _("People"),
        "columns": [
            (_("Name"), ""),
            (_("E-mail address"), "soft"),
            (_("Role"), "soft"),
            (_("Teams and sites"), "soft"),
            (_("Kind"), ""),
        ],
        "rows": [_row(person) for person in shown],
        "filters": {
            "url": address_of("settings:people"),
            "query": query,
            "label": _("Name or e-mail address"),
            "choices": [
                {"name": "role", "label": _("Role"), "options": roles, "value": role},
                {"name": "state", "label": _("State"), "options": states, "value": state},
            ],
        },
        "next_url": f"?{next_page.urlencode()}" if more else None,
        "shown": "",
        "new": next(iter(creating_links(actor, "representative")), None),
        "empty": {
            "title": _("Nobody found"),
            "words": _("Try fewer letters, or look among those deactivated."),
            "icon": "people",
        },
    }
    return render(request, "settings/list.html", context)


def _row(person: Representative) -> dict[str, Any]:
    places = [team.name for team in person.teams.all()] or [site.name for site in person.sites.all()]
    kind = {"text": person.get_kind_display(), "tone": "" if person.kind == "person" else "info"}
    return {
        "id": person.pk,
        "url": address_of("settings:person", person.pk),
        "cells": [person.name, person.email, person.role.name, ", ".join(places), kind],
    }


@require_safe
@for_actor(access.VIEW)
def person(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One person: what is known, what can be done, what was done."""
    found = access.visible_representatives(actor).select_related("role").filter(pk=pk).first()
    if found is None:
        raise Http404
    visibility = (
        found.get_visibility_display()
        if found.visibility
        else _("as the role: %(what)s") % {"what": found.role.get_visibility_display()}
    )
    own = found.pk == actor.id
    context: dict[str, Any] = {
        "title": found.name,
        "person": found,
        "facts": [
            (_("E-mail address"), found.email),
            (_("Kind"), found.get_kind_display()),
            (_("Role"), found.role.name),
            (_("Sees"), visibility),
            (_("Sites"), ", ".join(site.name for site in found.sites.all())),
            (_("Teams"), ", ".join(team.name for team in found.teams.all())),
            (_("Language"), found.get_language_display()),
            (_("Time zone"), found.time_zone),
        ],
        "acts": _acts(actor, found, own=own),
        "abilities": _abilities(actor, found) if own or actor.may(access.MANAGE_ABILITIES) else None,
        "seat": seat_facts(actor, found),
        "tokens": _tokens(actor, found, own=own),
        "history": history(actor, "representative", found.pk),
    }
    return render(request, "settings/person.html", context)


def _acts(actor: Actor, found: Representative, *, own: bool) -> list[dict[str, Any]]:
    hidden = {"staff.reactivate" if found.is_active else "staff.deactivate", *GIVING, *CHANGING}
    if not own:
        hidden.add("staff.change_preferences")
    if found.kind == "person" and not own:
        hidden.add("staff.create_token")
    if found.kind != "person":
        hidden |= {"staff.make_sign_in_link", "staff.remove_second_factors", "staff.end_all_sessions"}
    return act_links(actor, "representative", found.pk, but=tuple(hidden))


def _abilities(actor: Actor, found: Representative) -> list[dict[str, Any]]:
    """Skills, languages and licences, each with where it is changed, and how one more is given."""
    known, at, levels = (
        abilities_of_person(found.pk),
        timezone.now(),
        {SkillLevel: dict(level_options()), LanguageLevel: dict(language_level_options())},
    )
    may = actor.may(access.MANAGE_ABILITIES)
    giving = {one["name"]: one for one in act_links(actor, "representative", found.pk)} if may else {}
    groups: list[tuple[str, str, str, Sequence[OneAbility]]] = [
        ("skills", _("Skills"), GIVING[0], known.skills),
        ("languages", _("Languages served in"), GIVING[1], known.languages),
        ("licences", _("Licences"), GIVING[2], known.licences),
    ]
    return [
        {
            "key": key,
            "title": title,
            "rows": [
                {
                    "id": f"{key}-{one.pk}",
                    "name": ability_name(one),
                    "said": one.number if isinstance(one, Licence) else levels[type(one)][str(one.level)],
                    "proof": one.proof if isinstance(one, Licence) else "",
                    "days": days_words(one, at),
                    "change": change_address(one) if may else None,
                    "take": take_address(one) if may else None,
                }
                for one in rows
            ],
            "give": giving.get(act),
        }
        for key, title, act, rows in groups
    ]


def _tokens(actor: Actor, found: Representative, *, own: bool) -> list[ApiToken]:
    if not (own or actor.may(access.MANAGE_PEOPLE)):
        return []
    return list(
        ApiToken.objects.filter(representative=found, revoked_at=None, expires_at__gt=timezone.now()).order_by("pk")
    )
