"""What the router has for whoever reads, and their own state: for the bar and the work column of every page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.contacts.timeline import lasted
from onhand.kernel.actor import Actor
from onhand.routing.access import WORK
from onhand.routing.decided import lasting
from onhand.routing.enums import ItemState, SeatState
from onhand.routing.kinds import kind_of
from onhand.routing.mine import MyItem, MyState, read_mine, read_my_state
from onhand.staff.languages import language_name
from onhand.web.addresses import address_of
from onhand.web.templating import show_ago

ACCEPT, PASS, PARK, RESUME, FINISH = "accept_work", "pass_work", "park_work", "resume_work", "finish_wrap_up"
ANSWERS = (ACCEPT, PASS, PARK, RESUME, FINISH)
OPENS = (ACCEPT, RESUME)  # after which one is where the work is
STATE_SIGNS = {
    SeatState.AVAILABLE: ("good", "check"),
    SeatState.AWAY: ("away", "clock"),
    SeatState.MISSED: ("bad", "warn"),
    SeatState.SIGNED_OUT: ("out", "out"),
}
HERE, GONE, AWAY = "become_available", "leave_work", "go_away"


def lazily(actor: Actor, read: Callable[[Actor], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """What a template asks for by calling it, and only then; nothing for who takes no part."""
    return lambda: read(actor) if actor.may(WORK) else {}


def standing_view(actor: Actor) -> dict[str, Any]:
    """One's own state and how long, with what it may be changed to."""
    mine, now = read_my_state(actor), timezone.now()
    state = SeatState(mine.state)
    tone, icon = STATE_SIGNS[state]
    return {
        "words": mine.reason if state is SeatState.AWAY and mine.reason else str(state.label),
        "tone": tone,
        "icon": icon,
        "since": mine.since if mine.has_seat else None,
        "lasted": lasted((now - mine.since).total_seconds()) if mine.since else "",
        "until": mine.until,
        "offered": mine.offered,
        "offered_words": _("%(count)s offered") % {"count": mine.offered},
        "url": address_of("desk:standing"),
        "topic": f"work:{actor.id}",
        "choices": _choices(mine),
    }


def _choices(mine: MyState) -> list[dict[str, Any]]:
    """What one may change to, each with a key: what is so already is left out."""
    found: list[dict[str, Any]] = []
    if mine.state != SeatState.AVAILABLE:
        found.append({"to": HERE, "reason": "", "label": _("Available"), "icon": "check", "hint": "", "key": "! a"})
    if mine.state != SeatState.SIGNED_OUT:
        away = [(None, _("Away"), None), *mine.reasons] if not mine.reasons else mine.reasons
        for place, (number, name, most) in enumerate(away):
            hint = _("%(minutes)s min") % {"minutes": most} if most else ""
            key = f"! {place + 1}" if place < 9 else ""
            if mine.state != SeatState.AWAY or mine.reason != name:
                found.append(
                    {"to": AWAY, "reason": number or "", "label": name, "icon": "clock", "hint": hint, "key": key}
                )
        found.append(
            {"to": GONE, "reason": "", "label": _("Sign out of work"), "icon": "out", "hint": "", "key": "! o"}
        )
    return found


def my_work_view(actor: Actor, shown: tuple[str, int] | None = None) -> dict[str, Any]:
    """
    What is offered, with how long it stays so; then all that is one's own, what is in work first and what was put aside after it.
    `shown` is what the page shows, as the beginning of its kind and its number.
    """
    mine, now = read_mine(actor), timezone.now()
    own = [*mine.in_state(ItemState.IN_WORK, ItemState.WRAP_UP), *mine.in_state(ItemState.PARKED)]
    return {
        "url": address_of("desk:my_work"),
        "topic": f"work:{actor.id}",
        "offered": [_offer(one, now) for one in mine.in_state(ItemState.OFFERED)],
        "own": [_entry(one, now) | {"current": _is_shown(one, shown)} for one in own],
    }


def _is_shown(one: MyItem, shown: tuple[str, int] | None) -> bool:
    return shown is not None and one.kind.startswith(shown[0]) and one.subject_id == shown[1]


def _offer(one: MyItem, now: datetime) -> dict[str, Any]:
    left = max(timedelta(), one.offer_until - now) if one.offer_until else None
    return _entry(one, now) | {
        "until": one.offer_until,
        "left": lasted(left.total_seconds()) if left is not None else "",
        "accept_url": address_of("desk:work_answer", one.id, ACCEPT),
        "pass_url": address_of("desk:work_answer", one.id, PASS),
    }


def _entry(one: MyItem, now: datetime) -> dict[str, Any]:
    kind = kind_of(one.kind)
    answer, label = {
        ItemState.IN_WORK: (PARK, _("Put aside")),
        ItemState.PARKED: (RESUME, _("Go on")),
        ItemState.WRAP_UP: (FINISH, _("Finished")),
    }.get(ItemState(one.state), ("", ""))
    is_offered = one.state == ItemState.OFFERED
    hints = [
        str(ItemState(one.state).label) if one.state in (ItemState.WRAP_UP, ItemState.PARKED) else "",
        "" if one.kind.startswith("contact.") else str(kind.label),
        one.customer,
        one.about,
        _due_words(one.due_at, now),
        one.queue if is_offered else "",
        language_name(one.language) if one.language and is_offered else "",
    ]
    return {
        "id": one.id,
        "label": one.title or str(kind.label),
        "is_in_work": one.state == ItemState.IN_WORK,
        "kind": str(kind.label),
        "icon": kind.icon,
        "hint": " · ".join(hint for hint in hints if hint),
        "url": kind.address(one.subject_id),
        "waited": lasting((now - one.since).total_seconds()),
        "since": one.since,
        "do_url": address_of("desk:work_answer", one.id, answer) if answer else "",
        "do_label": label,
    }


def _due_words(due: datetime | None, now: datetime) -> str:
    """By when it is to be done, or how late it is."""
    if due is None:
        return ""
    if due < now:
        return _("%(time)s late") % {"time": show_ago(due, now)}
    return _("due in %(time)s") % {"time": show_ago(now - (due - now), now)}
