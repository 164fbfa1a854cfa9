"""What the floor's figures and states are called, and the sign beside each colour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.enums import Priority
from onhand.contacts.timeline import lasted
from onhand.routing.decided import lasting
from onhand.routing.enums import ItemState, SeatState
from onhand.routing.expected import LEAST_COMPARED, WANTED_INSIDE, Expected, Measured
from onhand.routing.floor import Held, Level, Somebody
from onhand.routing.kinds import kind_of, words_about
from onhand.routing.models import WorkItem
from onhand.staff.languages import language_name
from onhand.web.addresses import address_of
from onhand.web.templating import show_ago, show_datetime

STATE_TONES = {
    ItemState.WAITING: ("", "clock"),
    ItemState.OFFERED: ("warn", "info"),
    ItemState.IN_WORK: ("info", "person"),
    ItemState.PARKED: ("", "down"),
    ItemState.WRAP_UP: ("info", "note"),
    ItemState.ENDED: ("good", "check"),
}
URGENT = {Priority.URGENT: "bad", Priority.HIGH: "warn", Priority.LOW: ""}
FREE, WORKING, FULL = gettext_lazy("Free"), gettext_lazy("Working"), gettext_lazy("No room")
WITHHELD = gettext_lazy("Given nothing new")
# The tile of somebody: (words, tone, icon)
_STATES = {
    SeatState.AWAY: ("away", "clock"),
    SeatState.MISSED: ("missed", "warn"),
    SeatState.SIGNED_OUT: ("out", "out"),
}


def kind_words(kind: str) -> tuple[str, str]:
    """A kind of work's name and icon."""
    found = kind_of(kind)
    return str(found.label), found.icon


def expected_words(expected: Expected | None) -> tuple[str, str]:
    """An expected wait, and the range in which eight of ten lie."""
    if expected is None:
        return _("not known"), _("too little was taken in the last hour to say")
    if expected.latest == 0:
        return _("at once"), ""
    return lasting(expected.seconds), _("%(low)s to %(high)s") % {
        "low": lasting(expected.earliest),
        "high": lasting(expected.latest),
    }


def foretold_words(measured: Measured) -> str:
    """How right the waits told were, or that there is too little to say."""
    if measured.share_inside is None or measured.since is None:
        return _(
            "How right expected waits are cannot be said yet: %(count)s of %(least)s needed have been compared."
        ) % {
            "count": measured.ranged,
            "least": LEAST_COMPARED,
        }
    return _(
        "Of %(count)s waits foretold since %(since)s, %(inside)s lay within the range that was told (%(wanted)s are meant to);"
        " they were wrong by %(error)s on average."
    ) % {
        "count": measured.ranged,
        "since": show_datetime(measured.since),
        "inside": share(measured.share_inside),
        "wanted": share(WANTED_INSIDE),
        "error": lasting(measured.mean_error),
    }


def share(part: float | None) -> str:
    """A share as people read it; a dash where there is none."""
    return "–" if part is None else f"{round(100 * part)} %"


def level_tone(level: Level) -> str:
    """How a service level looks at a glance: both ways of counting agree that it is good, or that it is not."""
    both = [one for one in (level.of_answered, level.of_all) if one is not None]
    if not both:
        return ""
    return "good" if min(both) >= 0.8 else "bad" if max(both) < 0.6 else "warn"


def tile(one: Somebody, now: datetime) -> dict[str, Any]:
    """Somebody as a tile: state, since when, with what, and how much of what they can."""
    words, tone, icon = _standing(one)
    offered = next((held for held in one.held if held.state == ItemState.OFFERED), None)
    shown = offered or next((held for held in one.held if held.state != ItemState.PARKED), None)
    return {
        "id": one.id,
        "url": address_of("floor:person", one.id),
        "name": one.name,
        "words": words,
        "tone": tone,
        "icon": icon,
        "since": _since(one, shown, tone),
        "lasted": lasted((now - _since(one, shown, tone)).total_seconds()),
        "what": _held_words(shown) if shown else None,
        "withheld": _nothing_new(one.withheld),
        "more": max(0, len(one.held) + one.held_more - (1 if shown else 0)),
        "load": one.load,
        "capacity": one.capacity,
        "filled": round(100 * min(1.0, one.load / one.capacity)) if one.capacity else 100,
        "is_here": one.state != SeatState.SIGNED_OUT,
    }


def _standing(one: Somebody) -> tuple[str, str, str]:
    state = SeatState(one.state)
    if state is not SeatState.AVAILABLE:
        tone, icon = _STATES[state]
        return (one.reason if state is SeatState.AWAY and one.reason else str(state.label)), tone, icon
    states = {held.state for held in one.held}
    if ItemState.OFFERED in states:
        return str(ItemState.OFFERED.label), "offered", "info"
    if ItemState.WRAP_UP in states and ItemState.IN_WORK not in states:
        return str(ItemState.WRAP_UP.label), "working", "note"
    if one.load == 0 and one.withheld:
        return str(WITHHELD), "full", "stop"
    if one.load == 0:
        return str(FREE), "free", "check"
    return (str(FULL), "full", "stop") if one.load >= one.capacity else (str(WORKING), "working", "person")


def _nothing_new(why: str) -> str:
    """Why somebody who is available is given nothing new; empty where they are given work."""
    return _("Given nothing new: %(why)s.") % {"why": why} if why else ""


def _since(one: Somebody, shown: Held | None, tone: str) -> datetime:
    """Free people since they are idle, those at work since they are at it, others since they are in their state."""
    if tone == "free":
        return max(one.idle_since, one.since)
    return shown.since if shown and tone in ("working", "full", "offered") else one.since


def _held_words(held: Held) -> dict[str, Any]:
    label, icon = kind_words(held.kind)
    return {"label": held.title or label, "kind": label, "icon": icon}


def item_rows(items: Sequence[WorkItem], now: datetime) -> list[dict[str, Any]]:
    """Pieces of work as rows of a list, with why each waits."""
    said = words_about((one.kind, one.subject_id) for one in items)
    return [item_row(one, now) | {"about": said.get((one.kind, one.subject_id), "")} for one in items]


def item_row(item: WorkItem, now: datetime) -> dict[str, Any]:
    """A piece of work as a row of a list."""
    label, icon = kind_words(item.kind)
    tone, sign = STATE_TONES[ItemState(item.state)]
    return {
        "id": item.pk,
        "url": address_of("floor:work", item.pk),
        "title": item.title or label,
        "kind": label,
        "icon": icon,
        "queue": item.queue.name,
        "state": {"words": str(ItemState(item.state).label), "tone": tone, "icon": sign},
        "badges": badges(item, now),
        "holder": item.holder.name if item.holder else "",
        "since": item.since,
        "waited": lasting((now - item.since).total_seconds()),
        "state_since": item.state_since,
    }


def badges(item: WorkItem, now: datetime) -> list[dict[str, Any]]:
    """The signs of a piece of work: priority, due time, language, difficulty, steps of its own."""
    found: list[dict[str, Any]] = []
    if item.priority in Priority.values and item.priority != Priority.NORMAL:
        priority = Priority(item.priority)
        found.append({"words": str(priority.label), "tone": URGENT[priority], "icon": ""})
    if item.due_at is not None:
        is_late = item.due_at < now
        ahead = show_ago(item.due_at if is_late else now - (item.due_at - now), now)
        words = _("%(time)s late") if is_late else _("in %(time)s")
        found.append({"words": words % {"time": ahead}, "tone": "bad" if is_late else "", "icon": "clock"})
    if item.language:
        found.append({"words": language_name(item.language), "tone": "", "icon": "language"})
    if item.difficulty > 1:
        found.append({"words": _("difficulty %(level)s") % {"level": item.difficulty}, "tone": "", "icon": ""})
    if item.steps:
        found.append({"words": _("own steps"), "tone": "info", "icon": ""})
    return found
