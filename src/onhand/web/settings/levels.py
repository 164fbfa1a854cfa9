"""Who can what, as a table: people down, skills, languages or licences across."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.staff import access
from onhand.staff.abilities import HIGHEST, LOWEST
from onhand.staff.ability_queries import Standing, standing
from onhand.staff.enums import RepresentativeKind, language_level_options, level_options
from onhand.staff.languages import language_name
from onhand.staff.models import LanguageLevel, Licence, Representative, SkillLevel
from onhand.web.addresses import address_of
from onhand.web.settings.ability_words import OneAbility, act_form, change_address, days_words
from onhand.web.settings.access import for_actor, page_number

PAGE = 50
COLUMNS = 20
SKILLS, LANGUAGES, LICENCES = "skills", "languages", "licences"


@require_safe
@for_actor(access.MANAGE_ABILITIES)
def levels(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who can what, as a table: people by name, fifty at a time; skills, languages or licences across, twenty at a time."""
    asked = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in ("q", "team", "what", "across")
    }
    what = asked["what"] if asked["what"] in (LANGUAGES, LICENCES) else SKILLS
    seen = access.visible_representatives(actor).filter(is_active=True).exclude(kind=RepresentativeKind.SERVICE)
    people, more = _people(seen, asked, page_number(request.GET.get("after")))
    columns = _columns(actor, seen, what)
    begin = next((at for at, (key, _name) in enumerate(columns) if key == asked["across"]), 0)
    shown = columns[begin : begin + COLUMNS]
    at = timezone.now()
    cells = _cells(what, people, shown, at)
    teams = [("", _("Every team")), *((str(t.pk), t.name) for t in access.visible_teams(actor).order_by("name"))]
    whats = [(SKILLS, _("Skills")), (LANGUAGES, _("Languages")), (LICENCES, _("Licences"))]
    context = {
        "title": _("Who can what"),
        "lead": _("Choose a name to change what somebody can, or a field of the table to change just that."),
        "asked": asked,
        "choices": [
            {"name": "what", "label": _("What is shown"), "options": whats, "value": what},
            {"name": "team", "label": _("Team"), "options": teams, "value": asked["team"]},
        ],
        "columns": [name for _key, name in shown],
        "rows": [
            {
                "id": person.pk,
                "name": person.name,
                "url": address_of("settings:person", person.pk),
                "cells": [cells.get((person.pk, key)) or _empty_cell(what, person, key, name) for key, name in shown],
            }
            for person in people
        ],
        "next_url": _with(request.GET, after=str(people[-1].pk)) if more else None,
        "earlier": _with(request.GET, across=columns[max(0, begin - COLUMNS)][0]) if begin else None,
        "later": _with(request.GET, across=columns[begin + COLUMNS][0]) if begin + COLUMNS < len(columns) else None,
        "across_words": _("%(first)s to %(last)s of %(count)s")
        % {"first": begin + 1, "last": begin + len(shown), "count": len(columns)},
        "legend": {SKILLS: level_options(), LANGUAGES: language_level_options()}.get(what, []),
        "back": quote(request.get_full_path()),
    }
    return render(request, "settings/levels.html", context)


def _people(
    seen: QuerySet[Representative], asked: dict[str, str], after: int | None
) -> tuple[list[Representative], bool]:
    """A page of the people asked for, by name, and whether there are more."""
    found = seen.filter(name__icontains=asked["q"]) if asked["q"] else seen
    if team := page_number(asked["team"]):
        found = found.filter(teams=team)
    last = seen.filter(pk=after or 0).first()
    if last:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    page = list(found.order_by("name", "pk")[: PAGE + 1])
    return page[:PAGE], len(page) > PAGE


def _columns(actor: Actor, seen: QuerySet[Representative], what: str) -> list[tuple[str, str]]:
    """(key, name) of everything that can stand across, by name."""
    if what == SKILLS:
        found = access.visible_skills(actor).filter(is_active=True).values_list("pk", "name")
        return sorted(((str(pk), name) for pk, name in found), key=lambda one: one[1].casefold())
    if what == LANGUAGES:
        codes = LanguageLevel.objects.filter(representative__in=seen).values_list("language", flat=True).distinct()
        return sorted(((code, language_name(code)) for code in codes), key=lambda one: one[1])
    held = Licence.objects.filter(representative__in=seen, kind__is_active=True).values_list(
        "kind_id", "kind__name", "jurisdiction"
    )
    named = {(f"{kind}-{place}", f"{name} · {place}") for kind, name, place in held.distinct()}
    return sorted(named, key=lambda one: one[1].casefold())


def _cells(
    what: str, people: Iterable[Representative], columns: Sequence[tuple[str, str]], at: datetime
) -> dict[tuple[int, str], dict[str, Any]]:
    """What is known, by person and key of the column."""
    ids, names = [person.pk for person in people], dict(columns)
    found: Iterable[OneAbility]
    if what == SKILLS:
        found = SkillLevel.objects.filter(representative__in=ids, skill__in=[int(key) for key in names])
    elif what == LANGUAGES:
        found = LanguageLevel.objects.filter(representative__in=ids, language__in=list(names))
    else:
        found = Licence.objects.filter(representative__in=ids, kind__is_active=True).order_by("-ends_at", "pk")
    cells: dict[tuple[int, str], dict[str, Any]] = {}
    for one in found:
        key = _key(one)
        if key not in names:
            continue
        cell = _cell(one, names[key], at)
        earlier = cells.get((one.representative_id, key))
        if earlier is None or not earlier["counts"]:  # of several licences the one that counts is shown
            cells[one.representative_id, key] = cell
    return cells


def _key(one: OneAbility) -> str:
    match one:
        case SkillLevel():
            return str(one.skill_id)
        case LanguageLevel():
            return one.language
    return f"{one.kind_id}-{one.jurisdiction}"


def _cell(one: SkillLevel | LanguageLevel | Licence, name: str, at: datetime) -> dict[str, Any]:
    now, words = standing(one, at), days_words(one, at)
    counts = now in (Standing.VALID, Standing.SOON)
    is_level = not isinstance(one, Licence)
    return {
        "shown": str(one.level) if isinstance(one, SkillLevel | LanguageLevel) else "✓" if counts else "×",
        "level": one.level if isinstance(one, SkillLevel | LanguageLevel) else HIGHEST if counts else LOWEST,
        "counts": counts,
        "is_level": is_level,
        "soon": now is Standing.SOON,
        "words": f"{name}: {words['text']}",
        "url": change_address(one),
    }


def _empty_cell(what: str, person: Representative, key: str, name: str) -> dict[str, Any]:
    if what == SKILLS:
        act, values = "staff.give_skill", f"skill={key}"
    elif what == LANGUAGES:
        act, values = "staff.give_language", f"language={key}"
    else:
        kind, _dash, place = key.partition("-")
        act, values = "staff.record_licence", f"licence_kind={kind}&jurisdiction={place}"
    return {"shown": "", "words": f"{name}: {_('none')}", "url": f"{act_form(person.pk, act)}?{values}"}


def _with(asked: QueryDict, **changes: str) -> str:
    values = asked.copy()
    for name, value in changes.items():
        values[name] = value
    return f"?{values.urlencode()}"
