"""
Cases as work: whose they are, which are due soon or late, and what comes back to somebody. Each list is one statement, and each page
begins where the one before ended.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.utils.translation import gettext_lazy as _

from onhand.contacts.access import visible_cases
from onhand.contacts.cases.kinds import NAME_SQL, kind_label
from onhand.contacts.cases.seen import among
from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PAGE = 50
SOON = timedelta(hours=24)
NO_DUE_TIME = "9999-12-31 00:00:00+00:00"  # those without one come last


class Whose(StrEnum):
    """Whose cases a list is of."""

    MINE = "mine"
    TEAM = "team"
    ALL = "all"


class Which(StrEnum):
    """Which of the open ones."""

    OPEN = "open"
    DUE = "due"
    LATE = "late"
    WAITING = "waiting"


WHOSE: "dict[Whose, _StrOrPromise]" = {
    Whose.MINE: _("Mine"),
    Whose.TEAM: _("My teams'"),
    Whose.ALL: _("All I may see"),
}
WHICH: "dict[Which, _StrOrPromise]" = {
    Which.OPEN: _("Open"),
    Which.DUE: _("Due soon"),
    Which.LATE: _("Late"),
    Which.WAITING: _("Waiting"),
}
_RUNS = "d.met_at is null and d.stopped_at is null"
_BROKEN_PROMISE = "p.kept_at is null and p.called_off_at is null and p.broken_at is not null"
_WHOSE = {
    Whose.MINE: "k.owner_id = %(actor)s::bigint",
    Whose.TEAM: "k.team_id = any(%(teams)s::bigint[])",
    Whose.ALL: "true",
}
_WHICH = {
    Which.OPEN: "true",
    Which.DUE: f"""k.id in (select d.case_id from contacts_caseclock d
      where {_RUNS} and d.broken_at is null and d.paused_at is null and d.due_at <= %(soon)s::timestamptz)""",  # noqa: S608
    Which.LATE: f"""(k.id in (select d.case_id from contacts_caseclock d where {_RUNS} and d.broken_at is not null)
      or k.id in (select p.case_id from contacts_promise p where {_BROKEN_PROMISE}))""",  # noqa: S608
    Which.WAITING: "k.state = 'waiting'",
}
_PLACE = f"coalesce(k.due_at, '{NO_DUE_TIME}'::timestamptz)"
_LIST = f"""
select coalesce(json_agg(json_build_object('id', k.id, 'reference', k.reference, 'subject', k.subject, 'kind', k.kind,
  'kind_name', {NAME_SQL}, 'state', k.state, 'priority', k.priority, 'due_at', k.due_at, 'owner', k.owner_name,
  'waiting_since', k.waiting_since, 'closes_at', k.closes_at, 'place', {_PLACE},
  'team', coalesce((select t.name from staff_team t where t.id = k.team_id), ''), 'customer', u.name,
  'clocks', (select coalesce(json_agg(json_build_array(d.kind, d.due_at, d.paused_at is not null, d.broken_at is not null)
     order by d.due_at), '[]') from contacts_caseclock d where d.case_id = k.id and {_RUNS}),
  'broken_promises', (select count(*) from contacts_promise p where p.case_id = k.id and {_BROKEN_PROMISE}))
  order by {_PLACE}, k.id), '[]')::text
from (select k.* from contacts_case k where k.closed_at is null and {{visible}} and {{whose}} and {{which}}
    and ({_PLACE}, k.id) > (%(due)s::timestamptz, %(id)s::bigint) order by {_PLACE}, k.id limit %(limit)s::int) k
left join lateral (select u.name from customers_customer o join customers_customer u on u.id = coalesce(o.merged_into_id, o.id)
  where o.id = k.customer_id and {{customer_seen}}) u on true
"""  # noqa: S608  (texts of our own)
_COMES_BACK = f"""
with mine as materialized (select k.id, k.reference, k.subject, k.due_at from contacts_case k
  where k.closed_at is null and k.owner_id = %(actor)s::bigint),
team as materialized (select k.id, k.reference, k.subject, k.due_at from contacts_case k
  where k.closed_at is null and k.owner_id is null and k.team_id = any(%(teams)s::bigint[])),
late as (select d.case_id, min(d.due_at) as since, 'late' as why, '' as said from contacts_caseclock d
    where {_RUNS} and d.broken_at is not null and d.case_id in (select id from mine union all select id from team) group by d.case_id
  union all select d.case_id, min(d.due_at), 'due', '' from contacts_caseclock d
    where {_RUNS} and d.broken_at is null and d.paused_at is null and d.warned_at is not null
      and d.case_id in (select id from mine union all select id from team) group by d.case_id)
select coalesce(json_agg(json_build_object('why', w.why, 'since', w.since, 'reference', w.reference, 'subject', w.subject,
  'customer', w.customer_id) order by w.place, w.since), '[]')::text from (
 select * from (
 select 1 as place, 'promise' as why, p.due_at as since, coalesce(k.reference, '') as reference, p.text as subject, p.customer_id
   from contacts_promise p left join contacts_case k on k.id = p.case_id
   where {_BROKEN_PROMISE} and (p.made_by_id = %(actor)s::bigint or p.case_id in (select id from mine))
 union all select case l.why when 'late' then 2 else 4 end, l.why, l.since, k.reference, k.subject, null
   from late l join (select * from mine union all select * from team) k on k.id = l.case_id
 union all select 3, 'reminder', n.due_at, k.reference, n.text, null
   from contacts_reminder n join contacts_case k on k.id = n.case_id
   where n.for_id = %(actor)s::bigint and n.done_at is null and n.due_at <= %(at)s::timestamptz
 ) every order by place, since limit %(limit)s::int) w
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class CaseClockShown:
    """One running due time of a listed case."""

    kind: str
    due_at: datetime
    is_paused: bool
    is_broken: bool


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of a list. `customer` is empty where it is nobody's yet, or somebody's the reader may not see."""

    id: int
    reference: str
    subject: str
    kind: str
    state: str
    priority: int
    due_at: datetime | None
    owner: str
    team: str
    customer: str
    waiting_since: datetime | None
    closes_at: datetime | None
    clocks: Sequence[CaseClockShown]
    broken_promises: int
    place: str


@dataclass(frozen=True, slots=True)
class CasePageOfList:
    """A page of a list; `next` is where the one after begins, empty at the end."""

    rows: Sequence[CaseRow]
    next: str


@dataclass(frozen=True, slots=True)
class ComesBack:
    """
    Something that is somebody's work again: `why` is promise (it was broken), late, reminder or due. Its case by reference, empty for a
    promise without one, which is about `customer_id`.
    """

    why: str
    since: datetime
    reference: str
    subject: str
    customer_id: int | None


def read_cases(
    actor: Actor, whose: Whose, which: Which, *, at: datetime, after: str = "", limit: int = PAGE
) -> CasePageOfList:
    """Open cases, those due first at the top, from the place `after` which a page before ended."""
    due, number = _read_place(after)
    try:
        visible, given = among(actor, visible_cases(actor), "k.id", "case")
        seen, more = among(actor, visible_customers(actor), "u.id", "customer", otherwise="false")
    except EmptyResultSet:
        return CasePageOfList([], "")
    sql = _LIST.format(visible=visible, customer_seen=seen, whose=_WHOSE[whose], which=_WHICH[which])
    parameters = {
        "actor": actor.id,
        "teams": sorted(actor.team_ids),
        "soon": at + SOON,
        "due": due,
        "id": number,
        "limit": limit + 1,
    }
    ((found,),) = run_prepared(sql, parameters | given | more)
    rows = [_row(one) for one in json.loads(found)]
    return CasePageOfList(rows[:limit], rows[limit - 1].place if len(rows) > limit else "")


def read_what_comes_back(actor: Actor, *, at: datetime, limit: int = 12) -> list[ComesBack]:
    """What is this person's work again: broken promises first, then what is late, reminders, and what is due soon."""
    if actor.id is None:
        return []
    parameters = {"actor": actor.id, "teams": sorted(actor.team_ids), "at": at, "limit": limit}
    ((found,),) = run_prepared(_COMES_BACK, parameters)
    return [
        ComesBack(one["why"], datetime.fromisoformat(one["since"]), one["reference"], one["subject"], one["customer"])
        for one in json.loads(found)
    ]


def _row(one: dict[str, Any]) -> CaseRow:
    return CaseRow(
        id=one["id"],
        reference=one["reference"],
        subject=one["subject"],
        kind=kind_label(one["kind"], one["kind_name"]),
        state=one["state"],
        priority=one["priority"],
        due_at=_moment(one["due_at"]),
        owner=one["owner"],
        team=one["team"],
        customer=one["customer"] or "",
        waiting_since=_moment(one["waiting_since"]),
        closes_at=_moment(one["closes_at"]),
        clocks=[
            CaseClockShown(kind, datetime.fromisoformat(due), is_paused, is_broken)
            for kind, due, is_paused, is_broken in one["clocks"]
        ],
        broken_promises=one["broken_promises"],
        place=f"{one['place']}~{one['id']}",
    )


def _read_place(after: str) -> tuple[str, int]:
    """The due time and id in which the page before ended; the beginning for what cannot be read."""
    due, _sign, number = after.partition("~")
    try:
        moment = datetime.fromisoformat(due)
    except ValueError:
        return "-infinity", 0
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return (moment.isoformat(), int(number)) if moment.tzinfo and is_number else ("-infinity", 0)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
