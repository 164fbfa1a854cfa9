"""Work lists in words: whose turn it is where, the most urgent first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onhand.contacts.access import ASSIGN, HANDLE, RELEASE
from onhand.contacts.enums import Priority
from onhand.contacts.timeline import ICONS
from onhand.contacts.work import (
    LABELS,
    MOST_COUNTED,
    PAGE,
    WorkList,
    WorkPage,
    WorkRow,
    count_work,
    read_work,
    topics,
)
from onhand.customers.enums import ChannelKind
from onhand.kernel.actor import Actor
from onhand.routing.access import WORK
from onhand.web.addresses import address_of
from onhand.web.desk.contact_presence import open_with
from onhand.web.templating import show_ago, show_datetime

KEYS = {
    WorkList.MINE: "g m",
    WorkList.TEAM: "g t",
    WorkList.DUE: "g u",
    WorkList.WAITING: "g w",
    WorkList.UNASSIGNED: "g n",
    WorkList.HELD: "g r",
}
ALWAYS = (WorkList.MINE, WorkList.TEAM, WorkList.UNASSIGNED)  # shown in the work column even if empty
LIST_ICONS = {
    WorkList.MINE: "person",
    WorkList.TEAM: "people",
    WorkList.DUE: "warn",
    WorkList.WAITING: "clock",
    WorkList.UNASSIGNED: "list",
    WorkList.HELD: "shield",
}
MOST_AT_ONCE = 400  # rows a live update brings up to date, when somebody has gone further down
ORDER = (WorkList.MINE, WorkList.TEAM, WorkList.DUE, WorkList.WAITING, WorkList.UNASSIGNED, WorkList.HELD)
URGENT = {Priority.URGENT: "bad", Priority.HIGH: "warn", Priority.LOW: ""}
EMPTY = {
    WorkList.MINE: (
        gettext_lazy("Nothing waits for you"),
        gettext_lazy(
            "Contacts you take, and those given to you, appear here while it is your turn. Take one from nobody's."
        ),
    ),
    WorkList.TEAM: (
        gettext_lazy("Nothing waits for your teams"),
        gettext_lazy("What customers write to your teams appears here, whoever looks after it."),
    ),
    WorkList.DUE: (
        gettext_lazy("Nothing is late"),
        gettext_lazy("Contacts that should have been answered by now appear here, the latest first."),
    ),
    WorkList.WAITING: (
        gettext_lazy("You wait for nobody"),
        gettext_lazy("What you answered or put by stays here until the customer writes again or its time has come."),
    ),
    WorkList.UNASSIGNED: (
        gettext_lazy("Everything has somebody"),
        gettext_lazy("New contacts that nobody has taken yet appear here."),
    ),
    WorkList.HELD: (
        gettext_lazy("Nothing to release"),
        gettext_lazy("Answers that need a second pair of eyes before they leave appear here."),
    ),
}


def lists_of(actor: Actor) -> list[WorkList]:
    """The lists there are for somebody."""
    if not actor.may(HANDLE):
        return []
    return [one for one in ORDER if one is not WorkList.HELD or actor.may(RELEASE)]


def list_named(name: str) -> WorkList | None:
    """The list an address names."""
    return next((one for one in WorkList if one.value == name), None)


def list_page(actor: Actor, wanted: WorkList, counts: Mapping[WorkList, int], *, after: str = "") -> dict[str, Any]:
    """One page of a list with the tabs of all. Two statements: rows, and who has which open."""
    now = timezone.now()
    return rows_of(actor, wanted, after=after, now=now) | {
        "title": str(LABELS[wanted]),
        "tabs": list_tabs(actor, counts, wanted),
    }


def rows_of(actor: Actor, wanted: WorkList, *, after: str, now: datetime, down_to: str = "") -> dict[str, Any]:
    """The rows of a page and where the next one is; with `down_to`, all from the top to that row."""
    page = cut(read_work(actor, wanted, at=now, after=after, limit=MOST_AT_ONCE if down_to else PAGE), down_to)
    others = open_with(actor, [row.id for row in page.rows])
    address = list_address(wanted)
    title, words = EMPTY[wanted]
    shown = ngettext("%(count)s contact", "%(count)s contacts", len(page.rows)) % {"count": len(page.rows)}
    return {
        "key": wanted.value,
        "rows": [_row(row, wanted, actor, others.get(row.id, []), now) for row in page.rows],
        "is_first_page": not after,
        "rows_url": f"{address}rows/",
        "next_url": f"{address}rows/?{urlencode({'after': page.next})}" if page.next else None,
        "topics": " ".join(topics(actor)),
        "down_to": page.rows[-1].place if page.rows else "",
        "shown": "" if page.next or after else shown,
        "empty_title": title,
        "empty_words": words,
    }


def cut(page: WorkPage, down_to: str) -> WorkPage:
    """The part of a page as far down as the reader had gone."""
    places = [row.place for row in page.rows]
    if down_to not in places[:-1]:
        return page
    last = places.index(down_to)
    return WorkPage(page.rows[: last + 1], places[last])


def list_tabs(actor: Actor, counts: Mapping[WorkList, int], current: WorkList | None) -> list[dict[str, Any]]:
    """The lists with how many each holds."""
    return [
        {
            "label": LABELS[one],
            "url": list_address(one),
            "key": KEYS[one],
            "count": count_words(counts.get(one, 0)),
            "tone": "bad" if one is WorkList.DUE else "",
            "current": one is current,
        }
        for one in lists_of(actor)
    ]


def count_words(count: int) -> str:
    """A number for a badge; empty for none."""
    return "" if not count else f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)


def list_address(wanted: WorkList) -> str:
    """Where a list is."""
    return address_of("desk:list", wanted.value)


def who_wrote(row: WorkRow) -> str:
    """The customer, or as much as is known of who wrote."""
    return row.customer_name or row.sender_name or row.outside_address or _("Unknown")


def _row(row: WorkRow, wanted: WorkList, actor: Actor, others: list[str], now: datetime) -> dict[str, Any]:
    is_mine = row.representative_id is not None and row.representative_id == actor.id
    owner = "" if wanted in (WorkList.MINE, WorkList.WAITING) else row.representative_name or _("nobody yet")
    channel = ChannelKind(row.channel).label if row.channel in ChannelKind else row.channel
    said = row.said.strip().replace("\n", " ")
    at = row.last_message_at
    may_take = actor.may(HANDLE) and (row.representative_id is None or actor.may(ASSIGN))
    return {
        "id": row.id,
        "url": contact_address(row.id, wanted),
        "who": who_wrote(row),
        "subject": row.subject,
        "said": said if row.is_from_customer else _("Answered: %(said)s") % {"said": said} if said else "",
        "channel": channel,
        "icon": ICONS.get(ChannelKind(row.channel), "stream") if row.channel in ChannelKind else "stream",
        "badges": [*_urgency(row, now), *_signs(row, others, now)],
        "owner": " · ".join(part for part in (owner, row.team_name) if part),
        "at": at,
        "age": show_ago(at, now),
        "is_late": row.due_at is not None and row.due_at < now,
        "take_url": address_of("desk:contact_take", row.id) if may_take and not is_mine else "",
    }


def _urgency(row: WorkRow, now: datetime) -> list[dict[str, Any]]:
    badges = []
    if row.priority != Priority.NORMAL:
        badges.append({"words": Priority(row.priority).label, "tone": URGENT[Priority(row.priority)], "icon": ""})
    if row.due_at is not None:
        badges.append(due_badge(row.due_at, now))
    return badges


def due_badge(due: datetime, now: datetime) -> dict[str, Any]:
    """By when it is to be answered, or how late it is."""
    if due < now:
        return {"words": _("%(time)s late") % {"time": show_ago(due, now)}, "tone": "bad", "icon": "clock"}
    left = show_ago(now - (due - now), now)
    tone = "warn" if (due - now).total_seconds() < 3_600 else ""
    return {"words": _("in %(time)s") % {"time": left}, "tone": tone, "icon": "clock"}


def _signs(row: WorkRow, others: list[str], now: datetime) -> list[dict[str, Any]]:
    badges = []
    if row.has_failed:
        badges.append({"words": _("not delivered"), "tone": "bad", "icon": "stop"})
    if row.waiting_until is not None and row.waiting_until > now:
        words = _("until %(time)s") % {"time": show_datetime(row.waiting_until)}
        badges.append({"words": words, "tone": "", "icon": "clock"})
    if row.is_automatic:
        badges.append({"words": _("automatic"), "tone": "", "icon": ""})
    if row.files:
        files = ngettext("%(count)s file", "%(count)s files", row.files) % {"count": row.files}
        badges.append({"words": files, "tone": "", "icon": "page"})
    if others:
        badges.append({"words": ", ".join(others), "tone": "info", "icon": "person"})
    return badges


def contact_address(contact_id: int, wanted: WorkList | None = None) -> str:
    """Where a contact is opened; from a list, so that the next one is the next of that list."""
    address = address_of("desk:contact", contact_id)
    return f"{address}?{urlencode({'list': wanted.value})}" if wanted not in (None, WorkList.MINE) else address


def waiting_work(
    actor: Actor, current: int | None, now: datetime, counts: Mapping[WorkList, int] | None = None
) -> list[dict[str, Any]]:
    """The sections of the work column about contacts: the lists with their numbers, and one's own work."""
    if not actor.may(HANDLE):
        return []
    counts = count_work(actor, at=now) if counts is None else counts
    lists = [
        {
            "label": LABELS[one],
            "hint": "",
            "age": count_words(counts.get(one, 0)),
            "url": list_address(one),
            "current": False,
            "icon": LIST_ICONS[one],
        }
        for one in lists_of(actor)
        if counts.get(one) or one in ALWAYS
    ]
    # Whoever is given work has theirs at the top of the column already: see `my_work`.
    mine = work_entries(actor, current, now) if counts.get(WorkList.MINE) and not actor.may(WORK) else []
    sections = [{"title": _("Work"), "entries": lists, "is_lists": True}]
    return [*sections, {"title": _("Mine"), "entries": mine}] if mine else sections


def next_address(contact_id: int, list_name: str) -> str:
    """Where the next contact of the list somebody works through is found, when it is asked for."""
    wanted = list_named(list_name) or WorkList.MINE
    return f"{address_of('desk:next', wanted.value)}?{urlencode({'than': contact_id})}"


def next_of(actor: Actor, wanted: WorkList, than: int | None, now: datetime) -> str:
    """The address of the first contact of a list that is another than this one; the list itself if there is none."""
    rows = read_work(actor, wanted, at=now, limit=2).rows
    following = next((row.id for row in rows if row.id != than), None)
    return contact_address(following, wanted) if following else list_address(wanted)


def work_entries(actor: Actor, current: int | None, now: datetime, limit: int = 12) -> list[dict[str, Any]]:
    """One's own work as entries of the work column."""
    page = read_work(actor, WorkList.MINE, at=now, limit=limit)
    return [
        {
            "label": who_wrote(row),
            "hint": row.subject or row.said[:80],
            "age": show_ago(row.last_message_at, now),
            "url": contact_address(row.id),
            "current": row.id == current,
        }
        for row in page.rows
    ]
