"""How evenly work is shared, and people found by name: beside the floor, never part of what it asks for each second."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.routing.access import WATCH, visible_queues
from onhand.routing.decided import lasting
from onhand.routing.evenness import Evenness, Worked, read_evenness, read_team_evenness, read_worked
from onhand.routing.floor_people import MOST_FOUND, find_people
from onhand.staff.access import visible_teams
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of
from onhand.web.floor.drawing import draw_bars
from onhand.web.floor.pages import midnight
from onhand.web.floor.words import share, tile

TODAY, WEEK = "today", "week"
DAYS = {TODAY: 0, WEEK: 6}  # before today
MOST_OFFERED = 500  # teams and queues to choose from
LONGEST_TYPED = 100


@require_safe
@desk_view
def people(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who worked how much of their time, the busiest first, of a team or of those who serve a queue; and people by name."""
    actor.require(WATCH)
    period, team, queue = read_period(request), number_of(request.GET.get("team")), number_of(request.GET.get("queue"))
    since, typed = begins(period), request.GET.get("q", "")[:LONGEST_TYPED].strip()
    asked: dict[str, Any] = {"team": team, "queue": queue}
    found, following = read_worked(actor, since, **asked, after=request.GET.get("after", ""))
    chosen = {name: value for name, value in ({"period": period} | asked).items() if value}
    now = timezone.now()
    context = {
        "evenness": evenness_view(read_evenness(actor, since, **asked)),
        "period": period,
        "periods": periods(),
        "team": team,
        "teams": list(visible_teams(actor).order_by("name").values_list("pk", "name")[:MOST_OFFERED]),
        "queue": queue,
        "queues": list(
            visible_queues(actor).filter(is_active=True).order_by("name").values_list("pk", "name")[:MOST_OFFERED]
        ),
        "rows": [_row(one) for one in found],
        "typed": typed,
        "tiles": [tile(one, now) for one in find_people(actor, now, typed)],
        "most_found": MOST_FOUND,
        "next_url": f"{address_of('floor:people')}?{urlencode({**chosen, 'after': following})}" if following else "",
    }
    return render(request, "floor/people.html", context)


@require_safe
@desk_view
def evenness(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How evenly work is shared, over all and team by team: a part of the floor, asked for once a minute."""
    actor.require(WATCH)
    period = read_period(request)
    since = begins(period)
    groups = read_team_evenness(actor, since)
    context = {
        "evenness": evenness_view(read_evenness(actor, since)),
        "groups": [
            evenness_view(one.evenness)
            | {
                "id": one.id,
                "name": one.name,
                "site": one.site,
                "url": f"{address_of('floor:people')}?{urlencode({'period': period, 'team': one.id})}",
            }
            for one in groups
        ],
        "period": period,
        "periods": periods(),
        "evenness_url": address_of("floor:evenness"),
        "people_url": f"{address_of('floor:people')}?{urlencode({'period': period})}",
    }
    return render(request, "floor/evenness.html", context)


def read_period(request: HttpRequest) -> str:
    """The period asked for."""
    period = request.GET.get("period", TODAY)
    return period if period in DAYS else TODAY


def begins(period: str) -> datetime:
    """When a period begins for whoever reads."""
    return midnight() - timedelta(days=DAYS[period])


def periods() -> list[tuple[str, str]]:
    """What may be chosen."""
    return [(TODAY, _("Today")), (WEEK, _("The last 7 days"))]


def evenness_view(one: Evenness) -> dict[str, Any]:
    """Figures, drawing and words of how evenly work was shared."""
    return {
        "people": one.people,
        "mean": share(one.mean),
        "gini": "–" if one.gini is None else f"{one.gini:.2f}",
        "words": _evenness_words(one),
        "left_out": ngettext(
            "%(count)s person was available for less than a quarter of an hour and is left out.",
            "%(count)s people were available for less than a quarter of an hour and are left out.",
            one.left_out,
        )
        % {"count": one.left_out}
        if one.left_out
        else "",
        "drawing": draw_bars(one.bars, one.mean),
    }


def _evenness_words(one: Evenness) -> str:
    if one.gini is None:
        return _("Not enough to say yet.")
    if one.gini < 0.1:
        return _("Evenly shared.")
    return _("Somewhat unevenly shared.") if one.gini < 0.25 else _("Unevenly shared.")


def _row(one: Worked) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "url": address_of("floor:person", one.id),
        "available": lasting(one.available),
        "worked": lasting(one.worked),
        "share": share(one.share),
        "percent": round(100 * one.share),
    }
