"""Queues: who serves them, how each gives out its work, what is wrong with that, and the versions there were."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError
from onhand.routing.ability_words import read_words
from onhand.routing.access import SET_UP, visible_plan_trials, visible_queues
from onhand.routing.enums import ItemState, Leaving, TrialState
from onhand.routing.expressions import Names, read_names, write_expression
from onhand.routing.matching.plans import Plan, write_plan
from onhand.routing.models import PlanTrial, Queue, QueuePlan
from onhand.routing.plan_texts import write_length, write_overflow_text
from onhand.routing.plan_warnings import people_words, plan_warnings, reach, serving
from onhand.routing.queue_subjects import QUEUE_SUBJECT, draft_of, other_queues
from onhand.routing.queues import plan_of
from onhand.routing.tasks import try_plan
from onhand.routing.trials import start_trial
from onhand.staff.models import Representative
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.records import history

VERSIONS = 20
MOST_QUEUES = 500


@require_safe
@for_actor(SET_UP)
def queues(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every queue with who serves it and how much waits."""
    waiting = Count("items", filter=Q(items__state=ItemState.WAITING), distinct=True)
    found = (
        visible_queues(actor)
        .select_related("home", "calendar")
        .prefetch_related("teams")
        .annotate(waiting=waiting, serving=Count("teams__representatives", distinct=True))
        .order_by("-is_active", "-is_default", "name")[:MOST_QUEUES]
    )
    context = {
        "title": _("Queues"),
        "lead": _("Where work waits, who serves it, and how it is given out."),
        "queues": [(one, address_of("settings:queue", one.pk)) for one in found],
        "new": creating_links(actor, QUEUE_SUBJECT),
    }
    return render(request, "settings/queues.html", context)


@require_safe
@for_actor(SET_UP)
def queue(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One queue: what is applied, what is written and not applied yet, and what would keep its work waiting."""
    found = visible_queues(actor).select_related("home", "calendar").filter(pk=pk).first()
    if found is None:
        raise Http404
    names, now = read_names(), timezone.now()
    draft = draft_of(found)
    has_draft = bool(found.draft) and write_plan(draft) != write_plan(plan_of(found))
    context = {
        "title": found.name,
        "queue": found,
        "facts": _facts(found),
        "applied": _shown(found, plan_of(found), names, now),
        "draft": _shown(found, draft, names, now) if has_draft else None,
        "acts": act_links(actor, QUEUE_SUBJECT, pk, () if has_draft else ("routing.publish_plan",)),
        "trials": PlanTrial.objects.filter(queue=pk).order_by("-pk")[:5],
        "versions": QueuePlan.objects.filter(queue=pk).order_by("-number")[:VERSIONS],
        "history": history(actor, QUEUE_SUBJECT, pk),
    }
    return render(request, "settings/queue.html", context)


@require_POST
@for_actor(SET_UP)
def try_out(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Have what is written tried on what arrived lately."""
    found = visible_queues(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    typed = request.POST.get("days", "1")
    try:
        days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
        trial = start_trial(found, actor=actor, at=timezone.now(), days=days)
    except ActError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(address_of("settings:queue", pk))
    try_plan.defer(trial_id=trial.pk)
    return HttpResponseRedirect(address_of("settings:queue_trial", trial.pk))


@require_safe
@for_actor(SET_UP)
def trial(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """What came of a trial, beside what is applied; while it runs, how far it is."""
    found = visible_plan_trials(actor).select_related("queue").filter(pk=pk).first()
    if found is None:
        raise Http404
    results = found.results if found.state == TrialState.DONE else {}
    context = {
        "title": _("Trial: %(queue)s") % {"queue": found.queue.name},
        "trial": found,
        "state": found.get_state_display(),
        "under_way": found.state in (TrialState.WAITING, TrialState.RUNNING),
        "queue_url": address_of("settings:queue", found.queue_id),
        "rows": _compared(results) if results else [],
        "hours": _hours(found) if results else [],
        "results": results,
        "stated": _stated(results["stated"], results["people"]) if "stated" in results else [],
    }
    return render(request, "settings/queue_trial.html", context)


def _stated(stated: dict[str, Any], people: int) -> list[str]:
    """What was taken of that time as it was, and what as it is today."""
    said = []
    if stated["present"]:
        said.append(_("People were there when they were available then."))
    else:
        said.append(
            _("Nobody is known to have been available then: everybody is taken to have been there all the time.")
        )
    if stated["abilities"]:
        words = read_words({})
        counted = ", ".join(
            _("%(what)s: %(count)s of %(all)s people") % {"what": words.attribute(name), "count": count, "all": people}
            for name, count in stated["abilities"].items()
        )
        said.append(
            _("They could and might what is entered today for the day it began, by its validity: %(counted)s.")
            % {"counted": counted}
        )
    else:
        said.append(_("Neither settings ask for skills, languages or licences."))
    if stated["open_seconds"] is None:
        said.append(_("The queue has no opening hours: it was always open."))
    else:
        said.append(
            _(
                "Opening hours “%(name)s” as they are today, with the days of their own in that time: open for %(time)s of it."
            )
            % {"name": stated["calendar"], "time": _wait(stated["open_seconds"])}
        )
    return said


def _compared(results: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Each figure by the draft and as it is applied now, and by how much they differ."""
    draft, now = results["draft"], results["published"]
    rows = [
        (_("Arrived"), "arrived", _count),
        (_("Taken"), "taken", _count),
        (_("Still waiting at the end"), "left", _count),
        (_("Taken in time"), "in_time", _share),
        (_("Mean wait"), "mean", _wait),
        (_("Half were taken within"), "half", _wait),
        (_("Nine of ten were taken within"), "most", _wait),
        (_("The longest wait"), "longest", _wait),
    ]
    told = [_line(words, show, draft["queue"][key], now["queue"][key]) for words, key, show in rows]
    told.append(_line(_("Mean wait, all queues they serve"), _wait, draft["whole"]["mean"], now["whole"]["mean"]))
    told.append(_line(_("People were busy"), _share, draft["occupancy"], now["occupancy"]))
    told.append(_line(_("Unevenness (Gini)"), _two_places, draft["gini"], now["gini"]))
    return told


def _line(words: str, show: Callable[[Any], str], draft: float | None, now: float | None) -> tuple[str, str, str, str]:
    differs = ""
    if draft is not None and now is not None and show(abs(draft - now)) != show(0):
        differs = f"{'+' if draft > now else '−'}{show(abs(draft - now))}"
    return words, show(draft), show(now), differs


def _two_places(value: float) -> str:
    return f"{value:.2f}"


def _hours(trial: PlanTrial) -> list[dict[str, Any]]:
    """The mean wait of what arrived in each half hour, as long as the longest of them is 100."""
    draft, now = (dict(map(tuple, trial.results[name]["hours"])) for name in ("draft", "published"))
    longest = max([value for value in (*draft.values(), *now.values()) if value] or [1.0])
    return [
        {
            "at": trial.since + timedelta(seconds=begins),
            "draft": _wait(draft.get(begins)),
            "now": _wait(now.get(begins)),
            "draft_long": round(100 * (draft.get(begins) or 0) / longest),
            "now_long": round(100 * (now.get(begins) or 0) / longest),
        }
        for begins in sorted(draft.keys() | now.keys())
        if draft.get(begins) is not None or now.get(begins) is not None
    ]


def _count(value: int) -> str:
    return f"{value:,}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _wait(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 120:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def _facts(queue: Queue) -> list[tuple[str, str]]:
    teams = ", ".join(queue.teams.order_by("name").values_list("name", flat=True))
    return [
        (_("Served by"), teams or _("everybody")),
        (_("Gets what is handed to the team"), queue.home.name if queue.home else "–"),
        (_("Opening hours"), queue.calendar.name if queue.calendar else _("always open")),
        (_("Published version"), str(queue.plan) if queue.plan else _("none: the usual settings")),
    ]


def _shown(queue: Queue, plan: Plan, names: Names, at: datetime) -> dict[str, Any]:
    """A plan in words, each step with whom it reaches."""
    people = serving(queue, at)
    steps = [
        {
            "number": number,
            "wanted": write_expression(step.wanted, names),
            "seconds": None if step.seconds is None else write_length(step.seconds),
            "people": people_words(one.fitting),
            "share": round(100 * one.fitting / len(people)) if people else 0,
            "warning": one.warning,
        }
        for number, (step, one) in enumerate(zip(plan.steps, reach(plan.steps, people), strict=True), 1)
    ]
    return {"steps": steps, "facts": _plan_facts(queue, plan), "warnings": plan_warnings(queue, plan, people)}


def _plan_facts(queue: Queue, plan: Plan) -> list[tuple[str, str]]:
    words = {2: _("urgent"), 1: _("high"), 0: _("normal"), -1: _("low")}
    targets = ", ".join(f"{words[one]} {write_length(int(plan.targets[one]))}" for one in words)
    offered = _("given without asking") if plan.accepts_itself else write_length(plan.offer_seconds)
    leaving = str(plan.leaving.label)
    if plan.leaving is Leaving.HAND_OVER:
        name = Representative.objects.filter(pk=plan.hand_over_to or 0).values_list("name", flat=True).first()
        leaving = f"{leaving}: {name or _('nobody')}"
    wrap_up = str(plan.wrap_up.label)
    if plan.wrap_up in ("timed", "forced"):
        wrap_up = f"{wrap_up}: {write_length(plan.wrap_up_seconds)}"
    return [
        (_("Among those who fit"), str(plan.choice.label)),
        (_("To be begun within"), targets),
        (_("Taken in time"), write_length(plan.answer_seconds)),
        (_("An offer stands for"), offered),
        (_("Kept for whom it was before"), write_length(plan.prefers_owner_seconds)),
        (_("Wrap-up"), wrap_up),
        (_("When somebody leaves"), leaving),
        (_("Other queues' people help"), write_overflow_text(plan.overflow, other_queues(queue.pk)) or _("never")),
    ]
