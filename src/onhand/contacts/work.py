"""
Work lists: contacts in writing where it is somebody's turn here. Each list is one statement over one index, read from where the page
before ended, so that the thousandth page costs what the first does.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.utils.translation import gettext_lazy

from onhand.contacts.access import RELEASE
from onhand.contacts.enums import Priority
from onhand.contacts.models import Contact
from onhand.customers.access import VIEW, visible_customers
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.database import run_prepared
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.hints import send_after_commit

PAGE = 50
MOST_COUNTED = 100  # a badge says 99+ from here on


class WorkList(StrEnum):
    """The lists there are. Those of teams are of all teams of the actor, or of the one asked for."""

    MINE = "mine"  # mine, and it is my turn
    DUE = "due"  # mine or of my teams', and its time to be answered is over
    UNASSIGNED = "unassigned"  # of my teams, and nobody's yet
    TEAM = "team"  # of my teams, whoever's
    WAITING = "waiting"  # mine, put by or answered and not ended
    HELD = "held"  # colleagues' answers that wait for a second pair of eyes


LABELS = {
    WorkList.MINE: gettext_lazy("My work"),
    WorkList.DUE: gettext_lazy("Due"),
    WorkList.UNASSIGNED: gettext_lazy("Nobody's yet"),
    WorkList.TEAM: gettext_lazy("My teams"),
    WorkList.WAITING: gettext_lazy("Waiting"),
    WorkList.HELD: gettext_lazy("To be released"),
}


@dataclass(frozen=True, slots=True)
class WorkRow:
    """
    One contact of a list. `customer_name` is empty where it is not known who it is, or the reader may not see the file; `said` is the
    beginning of the last message, `said_by` who wrote it. `is_automatic` says that an automaton wrote last.
    """

    id: int
    version: int
    channel: str
    subject: str
    customer_id: int | None
    customer_name: str
    outside_address: str
    sender_name: str
    said: str
    is_from_customer: bool
    is_automatic: bool
    priority: int
    language: str
    team_id: int | None
    team_name: str
    representative_id: int | None
    representative_name: str
    needs_answer: bool
    last_message_at: datetime
    due_at: datetime | None
    waiting_until: datetime | None
    waiting_for: str
    files: int
    has_failed: bool
    place: str = ""  # of the row in its list: where a page after it begins


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Rows of a list, and where the next page begins (empty at the end)."""

    rows: Sequence[WorkRow]
    next: str = ""


_COLUMNS = """c.id, c.version, c.channel, c.subject, c.customer_id, c.outside_address, c.priority, c.language, c.team_id,
 c.representative_id, c.representative_name, c.needs_answer, c.last_message_at, c.due_at, c.waiting_until, c.waiting_for"""
# What the chosen rows are shown with; looked up for a page only.
_SHOWN = """
select coalesce(json_agg(json_build_object('id', c.id, 'version', c.version, 'channel', c.channel, 'subject', c.subject,
  'customer_id', u.id, 'customer_name', coalesce(u.name, ''), 'outside_address', c.outside_address,
  'sender_name', coalesce(w.sender_name, ''), 'said', coalesce(m.said, ''),
  'is_from_customer', coalesce(m.direction = 'inbound', false), 'is_automatic', coalesce(m.automatic <> '', false),
  'priority', c.priority, 'language', c.language, 'team_id', c.team_id, 'team_name', coalesce(t.name, ''),
  'representative_id', c.representative_id, 'representative_name', c.representative_name, 'needs_answer', c.needs_answer,
  'last_message_at', c.last_message_at, 'due_at', c.due_at, 'waiting_until', c.waiting_until, 'waiting_for', c.waiting_for,
  'files', coalesce(m.files, 0), 'has_failed', coalesce(m.state = 'failed', false), 'at', c.place_at) order by c.place), '[]')::text
from (select p.*, row_number() over () as place from ({page}) p) c
left join staff_team t on t.id = c.team_id
left join lateral (select u.id, u.name from customers_customer o join customers_customer u on u.id = coalesce(o.merged_into_id, o.id)
  where o.id = c.customer_id and u.erased_at is null and {visible}) u on true
left join lateral (select left(coalesce(left(x.text, x.quoted_from), left(x.text, 400)), 200) as said, x.direction, x.automatic, x.state,
    (select count(*) from contacts_attachment a where a.message_id = x.id and not a.is_inline) as files
  from contacts_message x where x.contact_id = c.id and not x.is_internal order by x.at desc, x.id desc limit 1) m on true
left join lateral (select x.sender_name from contacts_message x where x.contact_id = c.id and x.direction = 'inbound'
  order by x.at desc, x.id desc limit 1) w on true
"""
_TO_DO = "c.ended_at is null and c.last_message_at is not null and c.needs_answer and c.waiting_until is null"
_PUT_BY = "c.ended_at is null and c.last_message_at is not null and (not c.needs_answer or c.waiting_until is not null)"
# Each priority with the place in it after which the page begins: a range of the index, whatever the page.
_PRIORITIES = f"""(select v.priority,
  case when v.priority = %(mark_priority)s::int then %(mark_at)s::timestamptz else '-infinity' end as after_at,
  case when v.priority = %(mark_priority)s::int then %(mark_id)s::bigint else 0 end as after_id
  from (values {", ".join(f"({value})" for value in sorted(Priority.values, reverse=True))}) v(priority)
  where %(mark_priority)s::int is null or v.priority <= %(mark_priority)s::int) p"""  # noqa: S608  (numbers of ours)
_TEAMS = "unnest(%(teams)s::bigint[]) g(team)"
_ME = "(values (%(me)s::bigint)) g(me)"
_NO_TEAM = "(select 1 where %(sees_all)s) g"
_MARK = "coalesce(%(mark_at)s::timestamptz, '-infinity')"


def _by_priority(owner: str, condition: str) -> str:
    """Rows of each owner and priority from its place in the index on; the first of all of them are the page."""
    return f"""select l.*, l.last_message_at as place_at from {owner} cross join {_PRIORITIES} cross join lateral (
  select {_COLUMNS} from contacts_contact c where {condition} and c.priority = p.priority
    and (c.last_message_at, c.id) > (p.after_at, p.after_id)
  order by c.last_message_at, c.id limit %(limit)s) l"""  # noqa: S608  (texts of our own)


def _by_time(owner: str, condition: str, time: str) -> str:
    """The same, in the order of a time alone."""
    return f"""select l.*, l.{time} as place_at from {owner} cross join lateral (
  select {_COLUMNS} from contacts_contact c where {condition}
    and (c.{time}, c.id) > ({_MARK}, coalesce(%(mark_id)s::bigint, 0))
  order by c.{time}, c.id limit %(limit)s) l"""  # noqa: S608


def _together(*parts: str, by_priority: bool) -> str:
    order = "j.priority desc, j.place_at, j.id" if by_priority else "j.place_at, j.id"
    joined = " union all ".join(f"({part})" for part in parts)
    return f"select * from ({joined}) j order by {order} limit %(limit)s"  # noqa: S608


_NOT_MINE = "c.representative_id is distinct from %(me)s::bigint"
_PAGES: Mapping[WorkList, str] = {
    WorkList.MINE: _together(_by_priority(_ME, f"{_TO_DO} and c.representative_id = g.me"), by_priority=True),
    WorkList.TEAM: _together(_by_priority(_TEAMS, f"{_TO_DO} and c.team_id = g.team"), by_priority=True),
    WorkList.UNASSIGNED: _together(
        _by_priority(_TEAMS, f"{_TO_DO} and c.representative_id is null and c.team_id = g.team"),
        _by_priority(_NO_TEAM, f"{_TO_DO} and c.representative_id is null and c.team_id is null"),
        by_priority=True,
    ),
    WorkList.DUE: _together(
        _by_time(_ME, f"{_TO_DO} and c.representative_id = g.me and c.due_at <= %(at)s", "due_at"),
        _by_time(_TEAMS, f"{_TO_DO} and c.team_id = g.team and c.due_at <= %(at)s and {_NOT_MINE}", "due_at"),
        by_priority=False,
    ),
    WorkList.WAITING: _together(
        _by_time(_ME, f"{_PUT_BY} and c.representative_id = g.me", "last_message_at"), by_priority=False
    ),
    WorkList.HELD: f"""select * from (
      select {_COLUMNS}, h.at as place_at from (
        select x.contact_id, min(x.at) as at from contacts_message x
        where x.state = 'held' and x.author_id is distinct from %(me)s::bigint group by x.contact_id) h
      join contacts_contact c on c.id = h.contact_id
      where (%(sees_all)s or c.team_id = any(%(teams)s::bigint[])) and (h.at, c.id) > ({_MARK}, coalesce(%(mark_id)s::bigint, 0))
      ) j order by j.place_at, j.id limit %(limit)s""",  # noqa: S608
}
_STATEMENTS = {name: _SHOWN.replace("{page}", page) for name, page in _PAGES.items()}
_COUNTS = "select " + ", ".join(f"(select count(*) from ({page}) n)" for page in _PAGES.values())  # noqa: S608


def read_work(
    actor: Actor,
    wanted: WorkList,
    *,
    at: datetime,
    team_id: int | None = None,
    after: str = "",
    limit: int = PAGE,
) -> WorkPage:
    """
    One page of a list in one statement: the most urgent first, among those the longest waiting; lists by time the earliest first.
    `after` is `next` of the page before; what is none begins at the top. `team_id` narrows lists of teams to one of them.
    """
    if not actor.may(VIEW) or (wanted is WorkList.HELD and not actor.may(RELEASE)):
        return WorkPage([])
    visible, given = seen_customer(actor)
    sql = _STATEMENTS[wanted].replace("{visible}", visible)
    ((found,),) = run_prepared(sql, _parameters(actor, at, team_id, read_mark(after), limit + 1) | given)
    rows = [_read_row(one) for one in json.loads(found)]
    return WorkPage(rows[:limit], rows[limit - 1].place if len(rows) > limit else "")


def count_work(actor: Actor, *, at: datetime, team_id: int | None = None) -> dict[WorkList, int]:
    """How many contacts each list has, in one statement that counts no further than `MOST_COUNTED`."""
    if not actor.may(VIEW):
        return dict.fromkeys(WorkList, 0)
    (row,) = run_prepared(_COUNTS, _parameters(actor, at, team_id, None, MOST_COUNTED))
    counts = dict(zip(_PAGES, row, strict=True))
    return counts if actor.may(RELEASE) else counts | {WorkList.HELD: 0}


def topics(actor: Actor) -> list[str]:
    """What a page of this actor's lists listens to."""
    own = [f"work:{actor.id}"] if actor.id is not None else []
    return [*own, *(f"work-team:{team}" for team in sorted(actor.team_ids))]


# Told of every change of a contact in the transaction that makes it: with the contact as it will be stored, locked or new, and when.
FOLLOWERS: list[Callable[[Contact, datetime], None]] = []


def tell_lists(
    contact: Contact, at: datetime, *, was_representative: int | None = None, was_team: int | None = None
) -> None:
    """
    Say that a contact changed: at once to what follows contacts in the same transaction, after the commit to the lists it is or was
    on, so that they look again. To be called last, with the contact as it will be stored, and the representative and team it had
    before, where they changed.
    """
    for follow in FOLLOWERS:
        follow(contact, at)
    hint_lists(contact, was_representative=was_representative, was_team=was_team)


def hint_lists(contact: Contact, *, was_representative: int | None = None, was_team: int | None = None) -> None:
    """After the commit, let lists the contact is or was on look again, and pages of the contact and of its customer's file."""
    people = {one for one in (contact.representative_id, was_representative) if one is not None}
    teams = {one for one in (contact.team_id, was_team) if one is not None}
    found = [*(f"work:{one}" for one in sorted(people)), *(f"work-team:{one}" for one in sorted(teams))]
    if contact.customer_id is not None:
        found.append(f"customer:{contact.customer_id}")
    send_after_commit(f"contact:{contact.pk}", *found)


def seen_customer(actor: Actor) -> tuple[str, dict[str, Any]]:
    """The SQL condition under which this actor sees the customer `u`, with its parameters."""
    if actor.may(VIEW) and actor.visibility == Visibility.ALL:
        return "true", {}
    try:
        sql, given = visible_customers(actor).values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "false", {}
    names = [f"seen_{number}" for number in range(len(given))]
    return f"u.id in ({sql % tuple(f'%({name})s' for name in names)})", dict(zip(names, given, strict=True))


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a list."""

    priority: int
    at: datetime
    id: int


def read_mark(text: str) -> Mark | None:
    """The place a text from an address names; None for anything else."""
    parts = text.split("~")
    try:
        priority, at, number = int(parts[0]), datetime.fromisoformat(parts[1]), int(parts[2])
    except (IndexError, ValueError):
        return None
    fits = at.tzinfo is not None and 0 < number <= LARGEST_INTEGER and priority in Priority.values
    return Mark(priority, at, number) if fits else None


def _parameters(actor: Actor, at: datetime, team_id: int | None, mark: Mark | None, limit: int) -> dict[str, Any]:
    teams = sorted(actor.team_ids)
    if team_id is not None:
        allowed = actor.visibility == Visibility.ALL or team_id in actor.team_ids
        teams = [team_id] if allowed else []
    return {
        "me": actor.id,
        "teams": teams,
        "sees_all": actor.visibility == Visibility.ALL and team_id is None,
        "at": at,
        "limit": limit,
        "mark_priority": mark.priority if mark else None,
        "mark_at": mark.at if mark else None,
        "mark_id": mark.id if mark else None,
    }


def _read_row(one: dict[str, Any]) -> WorkRow:
    place = f"{one['priority']}~{one.pop('at')}~{one['id']}"
    times = {key: _moment(one[key]) for key in ("last_message_at", "due_at", "waiting_until")}
    return replace(WorkRow(**one | times), place=place)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
