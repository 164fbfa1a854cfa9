"""Rules for arriving contacts: the draft, one rule's form, publishing, and the versions there were."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError, ArgumentsInvalid
from onhand.kernel.perform import perform
from onhand.rules import access
from onhand.rules.definitions import Rule, read_rule, trusted_rules
from onhand.rules.models import RuleSet, RuleSetVersion
from onhand.rules.published import current
from onhand.rules.queries import differences, latest_trials, problems, rules_of_version, times_acted
from onhand.rules.subjects import RULE_SET
from onhand.rules.tasks import try_draft
from onhand.rules.trials import start_trial
from onhand.rules.wording import Wording
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor, page_number
from onhand.web.settings.records import history
from onhand.web.settings.rule_forms import change, definition_of, rows_of, typed_definition

VERSIONS = 50


@require_safe
@for_actor(access.SET_UP)
def rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The draft in order, what differs from what is published, and what rules could not do lately."""
    rule_set, wording = current(), Wording(actor)
    drafted = trusted_rules(rule_set.draft)
    published = rules_of_version(rule_set.published)
    acted = times_acted(timezone.now())
    context = {
        "title": _("Rules"),
        "lead": _(
            "What is done with contacts as they arrive. Rules are asked from the top; what you change here is applied when you publish it."
        ),
        "rule_set": rule_set,
        "rows": [_row(rule, place, wording, acted) for place, rule in enumerate(drafted, 1)],
        "changes": differences(published, rule_set.draft, wording),
        "version": RuleSetVersion.objects.filter(number=rule_set.published).first(),
        "trials": latest_trials(5),
        "problems": problems(actor, 10),
        "history": history(actor, RULE_SET, rule_set.pk),
    }
    return render(request, "settings/rules/rules.html", context)


def _row(rule: Rule, place: int, wording: Wording, acted: dict[str, int]) -> dict[str, Any]:
    return {"rule": rule, "place": place, "told": wording.rule(rule), "acted": acted.get(rule.key, 0)}


@require_http_methods(["GET", "HEAD", "POST"])
@for_actor(access.SET_UP)
def rule(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """The form of one rule."""
    rule_set = current()
    stored = next((one for one in trusted_rules(rule_set.draft) if one.key == key), None)
    if key and stored is None and request.method != "POST":
        raise Http404
    if request.method != "POST":
        return _form(request, actor, key, definition_of(stored), rule_set)
    definition = typed_definition(request.POST, key)
    asked = request.POST.get("change", "")
    if asked:
        focus = change(definition, asked[:40])
        return _form(request, actor, key, definition, rule_set, focus=focus)
    try:
        _do(actor, rule_set, "write_rule", definition=json.dumps(definition))
    except ActError as error:
        return _form(request, actor, key, definition, rule_set, error=error)
    messages.success(request, _("“%(name)s” is in the draft.") % {"name": definition["name"]})
    return HttpResponseRedirect(address_of("settings:rules"))


def _form(
    request: HttpRequest,
    actor: Actor,
    key: str,
    definition: dict[str, Any],
    rule_set: RuleSet,
    *,
    error: ActError | None = None,
    focus: str = "",
) -> HttpResponse:
    fields = error.fields if error else {}
    context = {
        "title": definition["name"].strip()[:120] or _("New rule") if key else _("New rule"),
        "key": key,
        "rule": definition,
        "errors": fields,
        "message": error.message if error else "",
        "focus": focus,
        "sentence": _sentence(definition, actor),
        "rule_set": rule_set,
        "rule_url": address_of("settings:rule", key) if key else address_of("settings:new_rule"),
        **rows_of(definition, fields, actor),
    }
    return render(request, "settings/rules/rule.html", context, status=error.status if error else 200)


def _sentence(definition: dict[str, Any], actor: Actor) -> str:
    """The rule as it would read; empty while it cannot be read yet."""
    try:
        return Wording(actor).rule(read_rule(definition | {"name": definition["name"] or "?"})).sentence
    except ArgumentsInvalid:
        return ""


def _do(actor: Actor, rule_set: RuleSet, name: str, **arguments: Any) -> None:
    perform(f"rules.{name}", actor=actor, subject_id=rule_set.pk, arguments=arguments, at=timezone.now())


@require_POST
@for_actor(access.SET_UP)
def step(request: HttpRequest, actor: Actor, what: str) -> HttpResponse:
    """One thing done with the draft: a rule moved, switched or removed; the draft tried, published, or begun again."""
    rule_set, given = current(), request.POST
    key = given.get("key", "")[:20]
    place = next((n for n, one in enumerate(rule_set.draft, 1) if one["key"] == key), 0)
    back = address_of("settings:rules")
    try:
        match what:
            case "up" | "down":
                to = place - 1 if what == "up" else place + 1
                if 1 <= to <= len(rule_set.draft):
                    _do(actor, rule_set, "move_rule", key=key, place=to)
                back = f"{back}#rule-{key}"
            case "on" | "off":
                _do(actor, rule_set, "switch_rule", key=key, is_on=what == "on")
                back = f"{back}#rule-{key}"
            case "remove":
                _do(actor, rule_set, "remove_rule", key=key)
            case "take-up":
                _do(actor, rule_set, "take_up_version", number=page_number(given.get("number")) or 0)
                messages.success(request, _("The draft is what that version was."))
            case "publish":
                _do(actor, rule_set, "publish_rules", note=given.get("note", ""))
                messages.success(request, _("Published: the rules are applied from now on."))
            case "try":
                return _try(actor, page_number(given.get("days")) or 30)
            case _:
                raise Http404
    except ActError as error:
        wrong = " ".join(message for found in error.fields.values() for message in found if message != error.message)
        messages.error(request, f"{error.message} {wrong}".strip())
    return HttpResponseRedirect(back)


def _try(actor: Actor, days: int) -> HttpResponse:
    trial = start_trial(actor=actor, at=timezone.now(), days=days)
    try_draft.defer(trial_id=trial.pk)
    return HttpResponseRedirect(address_of("settings:rules_trial", trial.pk))


@require_safe
@for_actor(access.SET_UP)
def versions(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """Every version that was published, the newest first."""
    before = page_number(request.GET.get("before"))
    found = RuleSetVersion.objects.order_by("-number")
    page = list((found.filter(number__lt=before) if before else found)[: VERSIONS + 1])
    context = {
        "title": _("Versions of the rules"),
        "columns": [
            (_("Version"), "number"),
            (_("Published"), "soft"),
            (_("By"), "soft"),
            (_("Rules"), "number"),
            (_("What is new"), ""),
        ],
        "rows": [
            {
                "id": one.number,
                "url": address_of("settings:rules_version", one.number),
                "cells": [
                    _("Version %(number)s") % {"number": one.number},
                    one.published_at,
                    one.published_by_name,
                    ngettext("%(count)s rule", "%(count)s rules", len(one.rules)) % {"count": len(one.rules)},
                    one.note,
                ],
            }
            for one in page[:VERSIONS]
        ],
        "next_url": f"?before={page[VERSIONS - 1].number}" if len(page) > VERSIONS else None,
        "current": current().published,
    }
    return render(request, "settings/rules/versions.html", context)


@require_safe
@for_actor(access.SET_UP)
def version(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One version: its rules, and how they differ from the version before or another one."""
    found = RuleSetVersion.objects.filter(number=number).first()
    if found is None:
        raise Http404
    asked = page_number(request.GET.get("with"))
    other = asked if asked is not None and RuleSetVersion.objects.filter(number=asked).exists() else number - 1
    wording = Wording(actor)
    context = {
        "title": _("Version %(number)s") % {"number": number},
        "version": found,
        "current": current().published,
        "other": other,
        "numbers": list(
            RuleSetVersion.objects.exclude(number=number).order_by("-number").values_list("number", flat=True)[:200]
        ),
        "changes": differences(rules_of_version(other), found.rules, wording),
        "rows": [_row(one, place, wording, {}) for place, one in enumerate(trusted_rules(found.rules), 1)],
    }
    return render(request, "settings/rules/version.html", context)
