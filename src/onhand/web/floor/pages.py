"""The context of the floor's pages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.kernel.actor import Actor
from onhand.kernel.acts import all_acts
from onhand.routing.decided import lasting
from onhand.routing.enums import ItemState, SeatState
from onhand.routing.floor import Asked, Floor, QueueLine, SiteGroup, TeamGroup
from onhand.web.addresses import address_of
from onhand.web.desk.act_views import act_address
from onhand.web.floor.drawing import draw_large, draw_small
from onhand.web.floor.words import WITHHELD, expected_words, level_tone, share, tile

KEYS = {
    "routing.prioritise_work": "p",
    "routing.move_work": "m",
    "routing.assign_work": "v",
    "routing.change_steps": "e",
    "routing.set_state": "e",
}
STATES = {
    SeatState.AVAILABLE: ("free", "check"),
    SeatState.AWAY: ("away", "clock"),
    SeatState.MISSED: ("missed", "warn"),
    SeatState.SIGNED_OUT: ("out", "out"),
}


def midnight() -> datetime:
    """Where today begins for whoever reads."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def acts_on(actor: Actor, subject: str, subject_id: int) -> list[dict[str, Any]]:
    """Links to what a supervisor can do with a piece of work or somebody's state."""
    found = [one for one in all_acts() if one.subject == subject and one.name in KEYS and actor.may(one.permission)]
    return [
        {"label": str(one.label), "url": act_address(one, subject_id), "key": KEYS[one.name]}
        for one in sorted(found, key=lambda one: list(KEYS).index(one.name))
    ]


def floor_view(floor: Floor, asked: Asked, *, is_wall: bool) -> dict[str, Any]:
    """The live part of the floor."""
    return {
        "queues": [queue_view(one, floor.at) for one in floor.queues],
        "teams": [team_view(one, floor.at, asked, is_wall=is_wall) for one in floor.teams],
        "sites": [_site(one, asked, is_wall=is_wall) for one in floor.sites],
        "totals": [
            {"label": _("waiting"), "value": floor.waiting},
            {"label": _("free"), "value": floor.free},
            {"label": _("present"), "value": floor.present},
            *([{"label": _("given nothing new"), "value": floor.withheld}] if floor.withheld else []),
        ],
        "more_queues": ngettext(
            "%(count)s more queue, in which nothing waits longer. Find it by name.",
            "%(count)s more queues, in which nothing waits longer. Find them by name.",
            floor.more_queues,
        )
        % {"count": floor.more_queues}
        if floor.more_queues
        else "",
        "is_large": bool(asked.name or floor.more_queues or floor.sites),
        "typed": asked.name,
        "at": floor.at,
        "is_wall": is_wall,
        "live_url": _floor_address(asked, is_wall=is_wall),
        "wall_url": _floor_address(asked, is_wall=not is_wall),
    }


def _site(one: SiteGroup, asked: Asked, *, is_wall: bool) -> dict[str, Any]:
    """A site that stands for its teams."""
    return {
        "id": one.id,
        "name": one.name or _("Without a site"),
        "teams": ngettext("%(count)s team", "%(count)s teams", one.teams) % {"count": one.teams},
        "counts": _counts(one.states, one.withheld),
        "free": one.free,
        "is_open": one.id == asked.site,
        "url": _floor_address(replace(asked, site=one.id, opened=()), is_wall=is_wall),
    }


def _counts(states: Mapping[str, int], withheld: int) -> list[dict[str, Any]]:
    """How many are in each state; of those available, who is given nothing new stands apart."""
    many = {**states, SeatState.AVAILABLE: states.get(SeatState.AVAILABLE, 0) - withheld}
    found = [
        {"label": str(state.label), "many": many[state], "tone": STATES[state][0], "icon": STATES[state][1]}
        for state in STATES
        if many.get(state)
    ]
    nothing_new = {"label": str(WITHHELD), "many": withheld, "tone": "full", "icon": "stop"}
    return [*found, nothing_new] if withheld else found


def _floor_address(asked: Asked, *, is_wall: bool) -> str:
    given = {
        "wall": "1" if is_wall else "",
        "open": ",".join(map(str, asked.opened)),
        "site": "" if asked.site is None else str(asked.site),
        "q": asked.name,
    }
    query = urlencode({name: value for name, value in given.items() if value}, safe=",")
    return address_of("floor:home") + (f"?{query}" if query else "")


def queue_view(one: QueueLine, now: datetime) -> dict[str, Any]:
    """A queue as a row."""
    expected, spread = expected_words(one.expected)
    oldest = (now - one.oldest_since).total_seconds() if one.oldest_since else 0.0
    return {
        "id": one.id,
        "name": one.name,
        "url": address_of("floor:queue", one.id),
        "waiting": one.waiting,
        "oldest": lasting(oldest) if one.oldest_since else "–",
        "oldest_since": one.oldest_since,
        "is_late": oldest > one.target_seconds,
        "expected": expected,
        "spread": spread,
        "target": lasting(one.target_seconds),
        "of_answered": share(one.today.of_answered),
        "of_all": share(one.today.of_all),
        "tone": level_tone(one.today),
        "taken": one.today.taken,
        "given_up": one.today.given_up,
        "free": one.free,
        "present": one.present,
        "is_alone": one.waiting > 0 and one.present == 0,
        "line": draw_small(one.minutes, one.waiting, now),
    }


def queue_page(one: QueueLine, now: datetime, state: ItemState) -> dict[str, Any]:
    """A queue's own page: its figures, its hour, and where the rest of its work is."""
    address = address_of("floor:queue", one.id)
    tabs = [
        {
            "label": str(wanted.label),
            "url": address if wanted is ItemState.WAITING else f"{address}?state={wanted.value}",
            "count": one.waiting if wanted is ItemState.WAITING else one.held.get(wanted.value, 0),
            "current": wanted is state,
        }
        for wanted in (ItemState.WAITING, ItemState.OFFERED, ItemState.IN_WORK, ItemState.PARKED, ItemState.WRAP_UP)
        if wanted in (ItemState.WAITING, state) or one.held.get(wanted.value)
    ]
    return queue_view(one, now) | {
        "tabs": tabs,
        "drawing": draw_large(one.minutes, one.waiting, now),
        "minutes": [
            {"at": minute.at, "waiting": minute.waiting, "came": minute.came, "taken": minute.taken}
            for minute in reversed(one.minutes)
        ],
        "in_time": _("%(in_time)s of %(all)s answered") % {"in_time": one.today.taken_in_time, "all": one.today.taken},
        "ended": _("%(in_time)s of %(all)s answered or given up")
        % {
            "in_time": one.today.taken_in_time + one.today.given_up_in_time,
            "all": one.today.taken + one.today.given_up,
        },
    }


def team_view(one: TeamGroup, now: datetime, asked: Asked, *, is_wall: bool) -> dict[str, Any]:
    """A team with its people, or with how many there are."""
    people = [tile(person, now) for person in one.people]
    away = one.states.get(SeatState.SIGNED_OUT, 0)
    return {
        "id": one.id,
        "name": one.name or _("Without a team"),
        "site": one.site,
        "free": one.free,
        "counts": _counts(one.states, one.withheld),
        "is_open": one.is_open,
        "tiles": [person for person in people if person["is_here"]],
        "absent": [person for person in people if not person["is_here"]] if not is_wall else [],
        "absent_words": ngettext("%(count)s signed out", "%(count)s signed out", away) % {"count": away},
        "open_url": _floor_address(replace(asked, opened=[*asked.opened, one.id]), is_wall=is_wall),
        "open_words": ngettext("Show %(count)s person", "Show %(count)s people", one.many) % {"count": one.many},
        "next_url": f"{address_of('floor:team', one.id)}?{urlencode({'after': one.next})}" if one.next else "",
    }
