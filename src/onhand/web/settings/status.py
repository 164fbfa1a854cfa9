"""Status: which parts of the product live, and how much is done a day."""

from datetime import date, datetime, timedelta
from typing import Any

import django
from babel.dates import format_skeleton
from django.db import connection
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand import __version__
from onhand.kernel.actor import Actor
from onhand.kernel.models import ActTally, Delivery, ProcessHeartbeat
from onhand.staff import access
from onhand.web.settings.access import for_actor
from onhand.web.templating import reading_locale

DAYS = 30
LATE = timedelta(seconds=30)
# The drawing: the whole, and around the bars the room for figures (left) and days (below).
WIDTH, HEIGHT, LEFT, TOP = 640, 220, 34, 10
BARS_HEIGHT = HEIGHT - TOP - 22


@require_safe
@for_actor(access.VIEW_STATUS)
def status(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """Heartbeats, versions, and acts a day as bars with the figures beside them."""
    now = timezone.now()
    parts = _parts(now)
    context = {
        "title": _("Status"),
        "parts": parts,
        "versions": [
            ("Onhand", __version__),
            ("PostgreSQL", _postgres()),
            ("Django", django.get_version()),
        ],
        "waiting": Delivery.objects.filter(handled_at=None).count(),
        "chart": acts_a_day(),
    }
    return render(request, "settings/status.html", context)


def _parts(now: datetime) -> list[dict[str, Any]]:
    """What lives, and what should: a process that fell silent counts only until another of its kind took its place."""
    known: list[dict[str, Any]] = [
        {"part": part, "label": _part_label(part.kind), "late": now - part.seen_at > LATE}
        for part in ProcessHeartbeat.objects.order_by("kind", "-seen_at")
    ]
    alive = {one["part"].kind for one in known if not one["late"]}
    return [one for one in known if not one["late"] or one["part"].kind not in alive]


def _part_label(kind: str) -> str:
    labels = {
        "web": _("Web pages and API"),
        "jobs": _("Jobs by the clock"),
        "listeners": _("Reactions to events"),
        "router": _("Giving out work"),
    }
    return labels.get(kind, kind)


def _postgres() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        return str(cursor.fetchone()[0])


def acts_a_day() -> dict[str, Any]:
    """The last 30 days (UTC), each with its count and the place of its bar in the drawing; the axis; the sum."""
    today = timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    counted = dict(
        ActTally.objects.filter(day__gte=first)
        .values_list("day")
        .annotate(many=Sum("count"))
        .values_list("day", "many")
    )
    days = [first + timedelta(days=offset) for offset in range(DAYS)]
    most = max([counted.get(day, 0) for day in days], default=0)
    top, step = round_above(most), (WIDTH - LEFT) / DAYS
    return {
        "bars": [_bar(place, day, counted.get(day, 0), top, step) for place, day in enumerate(days)],
        "most": most,
        "lines": [{"figure": figure, "y": _height(top - figure, top) + TOP} for figure in _figures(top)],
        "bar_width": round(step - 5, 1),
        "step": round(step, 1),
        "left": LEFT,
        "width": WIDTH,
        "height": HEIGHT,
        "base": TOP + BARS_HEIGHT,
        "total": sum(counted.values()),
    }


def _bar(place: int, day: date, many: int, top: int, step: float) -> dict[str, Any]:
    height = _height(many, top)
    labelled = place % 7 == (DAYS - 1) % 7  # today, and the same day of the weeks before
    return {
        "day": day,
        "many": many,
        "x": round(LEFT + place * step, 1),
        "y": round(TOP + BARS_HEIGHT - height, 1),
        "height": height,
        "label": format_skeleton("MMMd", day, locale=reading_locale()) if labelled else "",
    }


def _height(many: int, top: int) -> float:
    return round(BARS_HEIGHT * many / top, 1)


def _figures(top: int) -> list[int]:
    return [0, top // 2, top] if top > 1 else [0, top]


def round_above(most: int) -> int:
    """The smallest of 1, 2, 4, 6, 10, 20, 40 … that is not below: the end of the axis."""
    size = 1
    while True:
        for figure in (1, 2, 4, 6):
            if figure * size >= most:
                return figure * size
        size *= 10
