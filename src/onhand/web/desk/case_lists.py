"""Lists of cases in words, and what of them comes back to somebody as work."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onhand.contacts.access import HANDLE_CASES
from onhand.contacts.cases.enums import ClockKind
from onhand.contacts.cases.work import (
    PAGE,
    WHICH,
    WHOSE,
    CaseClockShown,
    CaseRow,
    ComesBack,
    Which,
    Whose,
    read_cases,
    read_what_comes_back,
)
from onhand.contacts.enums import CaseState, Priority
from onhand.kernel.actor import Actor
from onhand.routing.mine import cases_held
from onhand.web.addresses import address_of
from onhand.web.desk.case_pages import TONES, length_words
from onhand.web.templating import show_ago, show_datetime

WHY = {
    "promise": (gettext_lazy("Promise broken"), "warn"),
    "late": (gettext_lazy("Too late"), "warn"),
    "reminder": (gettext_lazy("Reminder"), "clock"),
    "due": (gettext_lazy("Due soon"), "clock"),
}
EMPTY = {
    Which.OPEN: (
        gettext_lazy("No open cases"),
        gettext_lazy("Cases are opened on a customer's file, or from a contact."),
    ),
    Which.DUE: (gettext_lazy("Nothing is due soon"), gettext_lazy("Cases with a due time within a day appear here.")),
    Which.LATE: (
        gettext_lazy("Nothing is late"),
        gettext_lazy("Cases whose due time passed, and those with a broken promise, appear here."),
    ),
    Which.WAITING: (
        gettext_lazy("Nobody is waited for"),
        gettext_lazy("Cases that wait for their customer's answer appear here."),
    ),
}


def case_list(actor: Actor, whose: Whose, which: Which, after: str) -> dict[str, Any]:
    """The context of a page of a list, without the work column."""
    now = timezone.now()
    page = read_cases(actor, whose, which, at=now, after=after, limit=PAGE)
    title, words = EMPTY[which]
    shown = ngettext("%(count)s case", "%(count)s cases", len(page.rows)) % {"count": len(page.rows)}
    return {
        "rows": [_row(one, now) for one in page.rows],
        "whose": [(label, list_url(one, which), one is whose) for one, label in WHOSE.items()],
        "which": [(label, list_url(whose, one), one is which) for one, label in WHICH.items()],
        "next_url": list_url(whose, which, after=page.next) if page.next else None,
        "shown": "" if page.next or after else shown,
        "list_url": list_url(whose, which),
        "empty": (title, words),
        "live": " ".join([f"work:{actor.id}", *(f"work-team:{team}" for team in sorted(actor.team_ids))]),
        "is_first_page": not after,
        "column": "stream",
    }


def list_url(whose: Whose = Whose.MINE, which: Which = Which.OPEN, **more: str) -> str:
    """Where a list is; one's own open cases without saying more."""
    given = ({} if whose is Whose.MINE else {"whose": whose.value}) | (
        {} if which is Which.OPEN else {"which": which.value}
    )
    query = urlencode(given | more)
    return f"{address_of('desk:cases')}?{query}" if query else address_of("desk:cases")


def _row(one: CaseRow, now: datetime) -> dict[str, Any]:
    priority = Priority(one.priority)
    badges: list[dict[str, Any]] = [
        {"words": clock_words(clock, now), "tone": _tone(clock, now), "icon": "clock"} for clock in one.clocks
    ]
    if one.broken_promises:
        badges.insert(0, {"words": _("promise broken"), "tone": "bad", "icon": "warn"})
    if priority is not Priority.NORMAL:
        badges.insert(0, {"words": priority.label, "tone": TONES.get(priority, ""), "icon": ""})
    if one.closes_at:
        badges.append({"words": _("closes %(time)s") % {"time": show_datetime(one.closes_at)}, "tone": "", "icon": ""})
    return {
        "id": one.id,
        "url": address_of("desk:case", one.reference),
        "reference": one.reference,
        "subject": one.subject,
        "kind": one.kind,
        "state": CaseState(one.state).label,
        "state_tone": {CaseState.OPEN: "info", CaseState.WAITING: "warn"}.get(CaseState(one.state), ""),
        "customer": one.customer,
        "owner": " · ".join(filter(None, (one.owner or _("nobody yet"), one.team))),
        "due": show_datetime(one.due_at) if one.due_at else "",
        "badges": badges,
    }


def clock_words(clock: CaseClockShown, now: datetime) -> str:
    """A due time in few words: what for, and how long till then or since."""
    label = ClockKind(clock.kind).label
    if clock.is_paused:
        return _("%(clock)s stands still") % {"clock": label}
    if clock.due_at < now:
        return _("%(clock)s %(time)s late") % {"clock": label, "time": length_words(now - clock.due_at)}
    return _("%(clock)s in %(time)s") % {"clock": label, "time": length_words(clock.due_at - now)}


def _tone(clock: CaseClockShown, now: datetime) -> str:
    if clock.is_paused:
        return ""
    if clock.due_at < now:
        return "bad"
    return "warn" if (clock.due_at - now).total_seconds() < 4 * 3600 else ""


def case_section(actor: Actor) -> list[dict[str, Any]]:
    """The section of the work column with what comes back from cases: broken promises, what is late, reminders, what is due soon."""
    if not actor.may(HANDLE_CASES):
        return []
    now = timezone.now()
    lists = [
        {"label": _("My cases"), "hint": "", "age": "", "url": list_url(), "icon": "list"},
    ]
    coming = read_what_comes_back(actor, at=now)
    held = cases_held(actor) if coming else frozenset()
    entries = [_entry(one, now) for one in coming if one.reference not in held]
    return [{"title": _("Cases"), "entries": [*lists, *entries]}]


def _entry(one: ComesBack, now: datetime) -> dict[str, Any]:
    words, icon = WHY[one.why]
    url = address_of("desk:case", one.reference) if one.reference else address_of("desk:customer", one.customer_id)
    left = show_ago(now - (one.since - now), now) if one.since > now else show_ago(one.since, now)
    return {
        "label": one.subject,
        "hint": " · ".join(filter(None, (str(words), one.reference))),
        "age": left,
        "url": url,
        "icon": icon,
    }
