"""The floor: all of it, a queue, a team, somebody, a piece of work. Reads only; what changes something is an act."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from onhand.approvals.access import ANSWER
from onhand.kernel.actor import Actor
from onhand.routing.access import WATCH, visible_items, visible_seats
from onhand.routing.enums import ItemState
from onhand.routing.expected import measure_error
from onhand.routing.floor import Asked, read_floor, read_queues, read_team, read_teams
from onhand.routing.floor_items import SHOWN, read_items
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of, wants_fragment
from onhand.web.floor.approvals import approvals_view
from onhand.web.floor.item_pages import person_page, work_page
from onhand.web.floor.pages import floor_view, midnight, queue_page, team_view
from onhand.web.floor.words import foretold_words, item_rows, tile

MOST_OPENED = 30
COMPARED = timedelta(days=7)  # of waits foretold, to say how right they were


@require_safe
@desk_view
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Queues as rows, people as tiles by team; `?wall` to be read from far away, `?open=` teams whose people are shown."""
    actor.require(WATCH)
    opened = [number for one in request.GET.get("open", "").split(",")[:MOST_OPENED] if (number := number_of(one))]
    if request.GET.get("open", "").split(",")[-1:] == ["0"]:
        opened.append(0)
    now = timezone.now()
    asked = Asked(
        opened, number_of(request.GET.get("site")), request.GET.get("q", "").replace("\x00", "").strip()[:100]
    )
    floor = read_floor(actor, now, midnight=midnight(), asked=asked)
    is_wall = "wall" in request.GET
    context: dict[str, Any] = {"floor": floor_view(floor, asked, is_wall=is_wall)}
    if actor.may(ANSWER) and not is_wall and not wants_fragment(request):
        context["approvals"] = approvals_view(actor, now)
    return _answer(request, "floor/floor.html", "floor/live.html", context)


@require_safe
@desk_view
def team(request: HttpRequest, actor: Actor, team_id: int) -> HttpResponse:
    """The people of a team, page by page."""
    actor.require(WATCH)
    now = timezone.now()
    found = next(iter(read_teams(actor, now, only=team_id)), None)
    if found is None:
        raise Http404
    people, following = read_team(actor, now, team_id, request.GET.get("after", ""))
    context = {
        "team": team_view(found, now, Asked(), is_wall=False),
        "tiles": [tile(one, now) for one in people],
        "next_url": f"{address_of('floor:team', team_id)}?{urlencode({'after': following})}" if following else "",
    }
    return render(request, "floor/team.html", context)


@require_safe
@desk_view
def queue(request: HttpRequest, actor: Actor, queue_id: int) -> HttpResponse:
    """A queue: its figures, its last hour, and the work behind them in the order it is given."""
    actor.require(WATCH)
    now = timezone.now()
    found = next(iter(read_queues(actor, now, midnight=midnight(), only=queue_id)), None)
    if found is None:
        raise Http404
    state = next((one for one in SHOWN if one.value == request.GET.get("state")), ItemState.WAITING)
    after = request.GET.get("after", "")
    rows, following = read_items(actor, state=state, queue_id=queue_id, after=after)
    address = address_of("floor:queue", queue_id)
    context = {
        "queue": queue_page(found, now, state),
        "foretold": foretold_words(measure_error(queue_id, now - COMPARED)),
        "rows": item_rows(rows, now),
        "state": state.value,
        "is_first_page": not after,
        "live_url": f"{address}?{urlencode({'state': state.value})}",
        "next_url": f"{address}?{urlencode({'state': state.value, 'after': following})}" if following else None,
    }
    return render(request, "floor/queue.html", context)


@require_safe
@desk_view
def person(request: HttpRequest, actor: Actor, representative_id: int) -> HttpResponse:
    """Somebody: their state, what they have, and what can be done about it."""
    seat = visible_seats(actor).select_related("representative", "reason").filter(pk=representative_id).first()
    if seat is None:
        raise Http404
    return render(request, "floor/person.html", person_page(actor, seat, timezone.now()))


@require_safe
@desk_view
def work(request: HttpRequest, actor: Actor, item_id: int) -> HttpResponse:
    """A piece of work: why it waits, what if somebody could more, and what became of it so far."""
    item = visible_items(actor).select_related("queue__calendar", "holder").filter(pk=item_id).first()
    if item is None:
        raise Http404
    return render(request, "floor/work.html", work_page(request, actor, item))


def _answer(request: HttpRequest, whole: str, part: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, part if wants_fragment(request) else whole, context)
