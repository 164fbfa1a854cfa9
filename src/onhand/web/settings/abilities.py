"""Skills and kinds of licences: the lists, who has them, and what runs out."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.staff import access
from onhand.staff.ability_queries import running_out
from onhand.staff.ability_subjects import LICENCE_KIND, SKILL
from onhand.staff.enums import level_options
from onhand.staff.licensing import place_name
from onhand.staff.models import Licence, LicenceKind, Skill, SkillLevel
from onhand.web.addresses import address_of
from onhand.web.settings.ability_words import ability_name, days_words
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history

PAGE = 50


@require_safe
@for_actor(access.MANAGE_ABILITIES)
def skills(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What runs out soon, every skill and every kind of licence, with how many people have them."""
    at = timezone.now()
    seen = access.visible_representatives(actor).filter(is_active=True)
    having = Count("levels", filter=Q(levels__representative__in=seen))
    holding = Count("licences__representative", distinct=True, filter=Q(licences__representative__in=seen))
    context = {
        "title": _("Skills and licences"),
        "lead": _("What work can ask of people. Levels go from 1 to 5; licences open what the law asks them for."),
        "running_out": [
            {
                "id": f"{type(one).__name__.lower()}-{one.pk}",
                "person": one.representative.name,
                "url": address_of("settings:person", one.representative_id),
                "what": ability_name(one),
                "days": days_words(one, at),
            }
            for one in running_out(actor, at)
        ],
        "skills": _entries(access.visible_skills(actor).annotate(people=having), "settings:skill"),
        "kinds": _entries(access.visible_licence_kinds(actor).annotate(people=holding), "settings:licence_kind"),
        "new_skill": next(iter(creating_links(actor, SKILL)), None),
        "new_kind": next(iter(creating_links(actor, LICENCE_KIND)), None),
    }
    return render(request, "settings/skills.html", context)


def _entries(found: "QuerySet[Skill] | QuerySet[LicenceKind]", page: str) -> list[dict[str, Any]]:
    return [
        {"one": one, "url": address_of(page, one.pk), "people": getattr(one, "people", 0)}
        for one in found.order_by("-is_active", "name")
    ]


@require_safe
@for_actor(access.MANAGE_ABILITIES)
def skill(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One skill: what it is for, who has it, the best first, and how it became so."""
    found = access.visible_skills(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    seen = access.visible_representatives(actor).filter(is_active=True)
    rows = SkillLevel.objects.filter(skill=found, representative__in=seen).select_related("representative")
    last = rows.filter(representative=page_number(request.GET.get("after")) or 0).first()
    if last:
        rows = rows.filter(Q(level__lt=last.level) | Q(level=last.level, representative__gt=last.representative_id))
    people = list(rows.order_by("-level", "representative_id")[: PAGE + 1])
    at, levels = timezone.now(), dict(level_options())
    entries = [(one, [levels[str(one.level)], days_words(one, at)]) for one in people[:PAGE]]
    return _ability_page(
        request,
        actor,
        found,
        subject=SKILL,
        columns=[(_("Name"), ""), (_("Level"), "soft"), (_("Valid"), "soft")],
        rows=[_person_row(one, cells) for one, cells in entries],
        next_after=people[PAGE - 1].representative_id if len(people) > PAGE else None,
    )


@require_safe
@for_actor(access.MANAGE_ABILITIES)
def licence_kind(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One kind of licence: what it opens, who holds one where and until when, and how it became so."""
    found = access.visible_licence_kinds(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    seen = access.visible_representatives(actor).filter(is_active=True)
    rows = Licence.objects.filter(kind=found, representative__in=seen).select_related("representative")
    licences = list(rows.filter(pk__gt=page_number(request.GET.get("after")) or 0).order_by("pk")[: PAGE + 1])
    at = timezone.now()
    entries = [(one, [place_name(one.jurisdiction), one.number, days_words(one, at)]) for one in licences[:PAGE]]
    return _ability_page(
        request,
        actor,
        found,
        subject=LICENCE_KIND,
        columns=[(_("Name"), ""), (_("Where it is valid"), "soft"), (_("Number"), "soft"), (_("Valid"), "soft")],
        rows=[_person_row(one, cells) for one, cells in entries],
        next_after=licences[PAGE - 1].pk if len(licences) > PAGE else None,
    )


def _person_row(one: SkillLevel | Licence, cells: Sequence[Any]) -> dict[str, Any]:
    person = one.representative
    return {"id": one.pk, "name": person.name, "url": address_of("settings:person", person.pk), "cells": cells}


def _ability_page(
    request: HttpRequest,
    actor: Actor,
    found: Skill | LicenceKind,
    *,
    subject: str,
    columns: list[tuple[str, str]],
    rows: list[dict[str, Any]],
    next_after: int | None,
) -> HttpResponse:
    """The page of a skill or a kind of licence."""
    hidden = {
        SKILL: ("staff.bring_skill_back" if found.is_active else "staff.retire_skill"),
        LICENCE_KIND: ("staff.bring_licence_kind_back" if found.is_active else "staff.retire_licence_kind"),
    }
    context = {
        "title": found.name,
        "one": found,
        "facts": [(_("What it is for"), found.purpose), (_("Key"), found.key)],
        "acts": act_links(actor, subject, found.pk, but=(hidden[subject],)),
        "columns": columns,
        "rows": rows,
        "next_url": f"?after={next_after}" if next_after else None,
        "history": history(actor, subject, found.pk),
    }
    return render(request, "settings/skill.html", context)
