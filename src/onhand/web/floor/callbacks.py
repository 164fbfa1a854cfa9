"""Callbacks on the floor: when each may be given, drawn over the next day, and as a table."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.kernel.actor import Actor
from onhand.routing.access import WATCH
from onhand.routing.callbacks.lists import Waiting, read_open
from onhand.routing.callbacks.window_words import span_words, window_words
from onhand.routing.decided import lasting
from onhand.routing.enums import ItemState
from onhand.web.addresses import address_of
from onhand.web.desk.access import desk_view, number_of
from onhand.web.floor.words import STATE_TONES
from onhand.web.templating import show_time

WIDTH, ROW, ABOVE, BELOW = 640, 14, 6, 22
MOST_DRAWN = 24
HOURS = 24


@require_safe
@desk_view
def callbacks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every open callback of the queues somebody watches, by when it may be given."""
    actor.require(WATCH)
    now, after = timezone.now(), min(number_of(request.GET.get("after")) or 0, 100_000)
    rows, following = read_open(actor, after)
    address = address_of("floor:callbacks")
    context = {
        "rows": [_row(one, now) for one in rows],
        "drawing": _draw(rows, now) if rows and not after else None,
        "is_first_page": not after,
        "live_url": address,
        "next_url": f"{address}?{urlencode({'after': following})}" if following else None,
    }
    return render(request, "floor/callbacks.html", context)


def _row(one: Waiting, now: datetime) -> dict[str, Any]:
    callback, state = one.callback, ItemState(one.state)
    tone, icon = STATE_TONES[state]
    later = one.opens_at is not None and one.opens_at > now
    span = (one.opens_at or callback.next_at, one.closes_at or callback.window_until)
    return {
        "id": callback.pk,
        "url": address_of("desk:callback", callback.pk),
        "work_url": address_of("floor:work", one.item_id) if one.item_id else "",
        "matter": callback.matter,
        "who": callback.customer.name if callback.customer else _("not known"),
        "window": window_words(callback),
        "next": span_words(span, callback.time_zone) if later else _("now"),
        "is_last": not later and callback.window_until - now < timedelta(minutes=30),
        "state": {"words": _("Not yet") if later else str(state.label), "tone": "" if later else tone, "icon": icon},
        "tries": f"{callback.tries}/{callback.most_tries}",
        "waited": lasting((now - callback.since).total_seconds()),
        "since": callback.since,
        "queue": callback.queue.name,
        "holder": one.holder,
    }


def _draw(rows: list[Waiting], now: datetime) -> dict[str, Any]:
    """The next day from left to right: a bar for each callback, from when it may be given until its window ends."""
    shown = rows[:MOST_DRAWN]
    height = ABOVE + ROW * len(shown) + BELOW
    bars = []
    for place, one in enumerate(shown):
        begins = max(now, one.opens_at or one.callback.next_at)
        left, right = _at(begins, now), _at(one.callback.window_until, now)
        bars.append(
            {
                "x": left,
                "y": ABOVE + ROW * place + 2,
                "width": max(3.0, round(right - left, 1)),
                "height": ROW - 4,
                "is_held": one.state != ItemState.WAITING,
                "words": f"{one.callback.matter}: {window_words(one.callback)}",
            }
        )
    return {
        "width": WIDTH,
        "height": height,
        "base": height - BELOW,
        "bars": bars,
        "more": max(0, len(rows) - MOST_DRAWN),
        "times": [
            {
                "x": round(WIDTH * hours / HOURS, 1),
                "words": show_time(now + timedelta(hours=hours)),
                "anchor": "start" if hours == 0 else "end" if hours == HOURS else "middle",
            }
            for hours in range(0, HOURS + 1, 6)
        ],
    }


def _at(moment: datetime, now: datetime) -> float:
    return round(WIDTH * min(1.0, max(0.0, (moment - now).total_seconds() / (3600 * HOURS))), 1)
