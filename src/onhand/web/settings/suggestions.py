"""Suggestions of team and reason: how good they are at every threshold, drawn, and where the department sets it."""

import contextlib
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from procrastinate.exceptions import AlreadyEnqueued

from onhand.classifying import access
from onhand.classifying.learning import FEWEST_EXAMPLES
from onhand.classifying.measuring import Measured
from onhand.classifying.queries import Standing, current_rules, standings
from onhand.classifying.subjects import SUGGESTION_RULES
from onhand.classifying.tasks import learn_anew
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.records import history

WIDE, HIGH = 500, 220  # of the drawn field
LEFT, BELOW = 36, 24


@require_safe
@for_actor(access.SET_UP)
def suggestions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was learnt, how it did on later contacts, and the thresholds."""
    rules = current_rules()
    context = {
        "title": _("Suggestions"),
        "lead": _(
            "Team and reason of a new contact are suggested from how you dealt with earlier ones, where it is sure enough."
        ),
        "rules": rules,
        "standings": [_shown(one) for one in standings()],
        "fewest": FEWEST_EXAMPLES,
        "acts": act_links(actor, SUGGESTION_RULES, rules.pk),
        "history": history(actor, SUGGESTION_RULES, rules.pk),
    }
    return render(request, "settings/suggestions.html", context)


def _shown(one: Standing) -> dict[str, Any]:
    return {
        "key": one.target.value,
        "label": one.target.label,
        "learnt": one.learnt,
        "measured": one.measured,
        "threshold": one.threshold,
        "now": one.measured.at(one.threshold) if one.measured else None,
        "names": one.names,
        "drawn": _drawn(one.measured, one.threshold) if one.measured else None,
    }


def _drawn(measured: Measured, threshold: int) -> dict[str, Any]:
    """The curves as points of a drawing: the threshold to the right, per cent upwards."""
    covered = [point for point in measured.curve if point.covered > 0]
    return {
        "wide": WIDE + LEFT,
        "high": HIGH + BELOW,
        "left": LEFT,
        "base": HIGH,
        "right_edge": WIDE + LEFT,
        "right": _line([(point.threshold, point.right) for point in covered]),
        "covered": _line([(point.threshold, point.covered) for point in measured.curve]),
        "now": _x(threshold),
        "ticks_x": [(_x(value), value) for value in (0, 25, 50, 75, 100)],
        "ticks_y": [(_y(value), value) for value in (0, 50, 100)],
    }


def _x(threshold: float) -> float:
    return round(LEFT + threshold * WIDE / 100, 1)


def _y(share: float) -> float:
    return round(HIGH - share * (HIGH - 10) / 100, 1)


def _line(points: list[tuple[int, float]]) -> str:
    return " ".join(f"{_x(threshold)},{_y(share)}" for threshold, share in points)


@require_POST
@for_actor(access.SET_UP)
def learn(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """Have it learn anew now instead of tonight."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        learn_anew.defer()
    messages.success(request, _("It learns anew in the background; this page shows the result."))
    return HttpResponseRedirect(address_of("settings:suggestions"))
