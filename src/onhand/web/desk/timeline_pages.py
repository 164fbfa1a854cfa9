"""The timeline of the customer's page: tabs, filters, days and entries in words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.contacts.first_screen import FirstScreen
from onhand.customers.protection import is_open
from onhand.customers.subjects import CUSTOMER
from onhand.customers.timeline import LONGEST_WORDS, Entry, TimelinePage, Wanted, all_sources, read_mark, tell
from onhand.kernel.acts import acts_on
from onhand.web.addresses import address_of
from onhand.web.desk.act_words import ChangeWords, act_label, decision_words, is_ordinary, plain_inverse
from onhand.web.templating import show_date, show_datetime, show_time

MOST_AT_ONCE = 200  # entries that a live update brings up to date, when somebody has gone further back
ICONS = {
    "customers.change_address": "place",
    "customers.change_language": "language",
    "customers.add_email": "email",
    "customers.remove_email": "email",
    "customers.add_telephone": "telephone",
    "customers.remove_telephone": "telephone",
    "customers.register_customer": "plus",
    "contacts.end_contact": "check",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of the timeline, as it was written there; what cannot be read is left out."""

    show: str
    words: str
    since: date | None
    until: date | None
    before: str
    down_to: str
    last_day: str

    @property
    def wanted(self) -> Wanted:
        """The same for the timeline. Days are the reader's."""
        return Wanted(
            kinds=frozenset({self.show} if self.show else ()),
            since=_midnight(self.since),
            until=_midnight(self.until + timedelta(days=1)) if self.until and self.until < date.max else None,
            words=self.words,
        )

    def query(self, **changes: str) -> str:
        """The filters as the query of an address, with these changed."""
        given = {
            "show": self.show,
            "q": self.words,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        } | changes
        return urlencode({key: value for key, value in given.items() if value})


def read_asked(query: QueryDict) -> Asked:
    """What the address asks of the timeline."""
    show = query.get("show", "")
    return Asked(
        show=show if any(source.kind == show for source in all_sources()) else "",
        words=query.get("q", "").replace("\0", "")[:LONGEST_WORDS].strip(),
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
        before=query.get("before", ""),
        down_to=query.get("down_to", ""),
        last_day=query.get("day", ""),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day and day > date.min else None


def cut(page: TimelinePage, down_to: str) -> TimelinePage:
    """The part of a page as far down as the reader had gone, so that a live update brings neither more nor less."""
    mark = read_mark(down_to)
    if mark is None:
        return page
    kept = [entry for entry in page.entries if (entry.at, entry.kind, entry.id) >= mark]
    return TimelinePage(kept, kept[-1].mark if kept else page.next) if len(kept) < len(page.entries) else page


def timeline_view(screen: FirstScreen, asked: Asked) -> dict[str, Any]:
    """One page of the timeline, by day. The day the page before ended in has its headline already."""
    page = cut(screen.timeline, asked.down_to)
    entries = _Entries(screen, sees_newest=not (asked.before or asked.words or asked.until))
    days: list[dict[str, Any]] = []
    for one in page.entries:
        day = timezone.localtime(one.at).date()
        if not days or days[-1]["id"] != day.isoformat():
            is_new = day.isoformat() != asked.last_day
            days.append({"id": day.isoformat(), "label": day_label(day), "is_new": is_new, "entries": []})
        days[-1]["entries"].append(entries.words(one))
    address = address_of("desk:customer", screen.head.id)
    tabs = [("", _("Everything")), *((source.kind, source.label) for source in all_sources())]
    last_day = days[-1]["id"] if days else asked.last_day
    further = asked.query(before=page.next, day=last_day)
    return {
        "tabs": [
            {"label": label, "url": f"{address}?{asked.query(show=kind)}", "current": kind == asked.show}
            for kind, label in tabs
        ],
        "asked": asked,
        "is_filtered": bool(asked.words or asked.since or asked.until),
        "all_url": f"{address}?{asked.query(q='', since='', until='')}",
        "days": days,
        "down_to": page.entries[-1].mark if page.entries else "",
        "looked_back_to": show_datetime(page.looked_back_to) if page.looked_back_to else "",
        "next_url": f"{address}timeline/?{further}" if page.next else None,
        "url": f"{address}timeline/?{asked.query()}",
    }


class _Entries:
    """Puts entries into words. Keeps what it looked up: made for a page."""

    def __init__(self, screen: FirstScreen, *, sees_newest: bool) -> None:
        self.customer_id = screen.head.id
        self.changes = ChangeWords(CUSTOMER)
        self.may = {act.name for act in acts_on(CUSTOMER, screen.reading.actor)} if sees_newest else set()
        self.reader = screen.reading.reached
        self.changed_since: set[str] = set()

    def words(self, one: Entry) -> dict[str, Any]:
        told = tell(one)
        entry = {
            "id": f"{one.kind}-{one.id}",
            "at": one.at,
            "time": show_time(one.at),
            "kind": one.kind,
            "icon": told.icon,
            "headline": told.headline,
            "url": _page_of(one),
            "by": one.by,
            "said": told.said,
            "facts": told.facts,
            "badges": [{"words": label, "tone": tone} for label, tone in told.badges],
            "changes": [],
            "decision": None,
            "undo": None,
        }
        return entry | self._act(one) if one.kind == "act" else entry

    def _act(self, one: Entry) -> dict[str, Any]:
        act, before, after, decision = (one.data[key] for key in ("act", "before", "after", "decision"))
        return {
            "icon": ICONS.get(act, "act"),
            "headline": act_label(act),
            "changes": self.changes.changes(before, after),
            "decision": None if is_ordinary(decision) else decision_words(decision),
            "undo": self._undo(one, act),
        }

    def _undo(self, one: Entry, act: str) -> dict[str, str] | None:
        """A way back, if what the act changed was not changed again since. Entries come newest first."""
        before, after = one.data["before"], one.data["after"]
        is_last = not self.changed_since & after.keys()
        self.changed_since |= after.keys()
        if act not in self.may or not is_last or not all(is_open(key, self.reader) for key in before):
            return None
        if plain_inverse(act, before, after, after) is None:
            return None
        address = address_of("desk:customer_act", self.customer_id, act)
        return {"label": _("Undo"), "url": f"{address}?{urlencode({'undo': one.id})}"}


def _page_of(one: Entry) -> str:
    """Where an entry is read in full: a conversation, a case."""
    if one.kind == "contact" and one.data["messages"]:
        return address_of("desk:contact", one.id)
    return address_of("desk:case", one.data["reference"]) if one.kind == "case" else ""


def day_label(day: date) -> str:
    """A day as a headline."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    return _("Yesterday") if day == today - timedelta(days=1) else show_date(day)
