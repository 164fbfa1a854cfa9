"""What the router has for one person: what is offered, in work and parked, and their own state."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from onhand.contacts.work import seen_customer
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.routing.access import WORK
from onhand.routing.enums import ItemState, SeatState
from onhand.routing.kinds import words_about

MOST = 40


@dataclass(frozen=True, slots=True)
class MyItem:
    """
    Something that is offered, in work, in wrap-up or parked. `since` is when it began to wait, `offer_until` when the offer ends;
    `customer` is empty where nobody is known or may be named to the reader, `about` says in a few words why it waited.
    """

    id: int
    version: int
    kind: str
    subject_id: int
    title: str
    queue: str
    state: str
    state_since: datetime
    since: datetime
    due_at: datetime | None
    priority: int
    language: str
    offer_until: datetime | None
    customer: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class MyState:
    """Whether somebody takes part now. `reasons` are those one may be away for: (id, name, most minutes or none)."""

    state: str = SeatState.SIGNED_OUT
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    load: int = 0
    capacity: int = 0
    version: int = 0
    has_seat: bool = False
    offered: int = 0
    reasons: Sequence[tuple[int, str, int | None]] = ()


@dataclass(frozen=True, slots=True)
class Mine:
    """All of it, by state: what is offered first, in the order it came."""

    items: Sequence[MyItem] = ()

    def in_state(self, *states: ItemState) -> list[MyItem]:
        """What is in one of these states."""
        return [one for one in self.items if one.state in states]


_ITEMS = """
select coalesce(json_agg(json_build_object('id', i.id, 'version', i.version, 'kind', i.kind, 'subject_id', i.subject_id,
  'title', i.title, 'queue', q.name, 'state', i.state, 'state_since', i.state_since, 'since', i.since, 'due_at', i.due_at,
  'priority', i.priority, 'language', i.language, 'offer_until', i.offer_until, 'customer', coalesce(u.name, ''))
  order by i.state_since, i.id), '[]')::text
from (select * from routing_workitem where holder_id = %(me)s
  order by case state when 'offered' then 0 when 'parked' then 2 else 1 end, state_since, id limit %(most)s) i
join routing_queue q on q.id = i.queue_id
left join lateral (select u.name from customers_customer o join customers_customer u on u.id = coalesce(o.merged_into_id, o.id)
  where o.id = i.customer_id and u.erased_at is null and {visible}) u on true
"""
_STATE = """
select json_build_object('state', coalesce(s.state, 'signed_out'), 'reason', coalesce(w.name, ''), 'since', s.state_since,
  'until', s.state_until, 'load', coalesce(s.load, 0), 'capacity', coalesce(s.capacity, 0), 'version', coalesce(s.version, 0),
  'has_seat', s.representative_id is not null,
  'offered', (select count(*) from routing_workitem i where i.holder_id = m.id and i.state = 'offered'),
  'reasons', (select coalesce(json_agg(json_build_array(r.id, r.name, r.most_minutes) order by r.name, r.id), '[]')
    from routing_awayreason r where r.is_active))::text
from (values (%(me)s::bigint)) m(id) left join routing_seat s on s.representative_id = m.id
left join routing_awayreason w on w.id = s.reason_id
"""

_CASES = """select k.reference from routing_workitem i join contacts_case k on k.id = i.subject_id
where i.holder_id = %(me)s and i.kind = 'case' and i.state <> 'ended'"""


def read_mine(actor: Actor) -> Mine:
    """What this actor has, and why each of it waited; nothing for who takes no part. A statement, and one more for each kind of work."""
    if actor.id is None or not actor.may(WORK):
        return Mine()
    visible, given = seen_customer(actor)
    ((found,),) = run_prepared(_ITEMS.replace("{visible}", visible), {"me": actor.id, "most": MOST} | given)
    items = [_item(one) for one in json.loads(found)]
    said = words_about((one.kind, one.subject_id) for one in items)
    return Mine([replace(one, about=said.get((one.kind, one.subject_id), "")) for one in items])


def cases_held(actor: Actor) -> frozenset[str]:
    """The references of the cases that are among what this actor has."""
    if actor.id is None or not actor.may(WORK):
        return frozenset()
    return frozenset(row[0] for row in run_prepared(_CASES, {"me": actor.id}))


def read_my_state(actor: Actor) -> MyState:
    """This actor's own state, for the bar of every page."""
    if actor.id is None or not actor.may(WORK):
        return MyState()
    ((found,),) = run_prepared(_STATE, {"me": actor.id})
    given: dict[str, Any] = json.loads(found)
    times = {name: _moment(given[name]) for name in ("since", "until")}
    reasons = [(number, name, most) for number, name, most in given["reasons"]]
    return MyState(**given | times | {"reasons": reasons})


def _item(one: Mapping[str, Any]) -> MyItem:
    times = {name: _moment(one[name]) for name in ("state_since", "since", "due_at", "offer_until")}
    return MyItem(**{**one, **times})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
