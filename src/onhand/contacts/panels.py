"""The panel of what is still open for a customer: cases and promises. It is open from the start, with the file itself."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from onhand.contacts.cases.kinds import NAME_SQL, kind_label
from onhand.customers.access import VIEW
from onhand.customers.panels import Panel, PanelContext, Reading, register_panel

MOST_SHOWN = 30  # of each; more than these are counted


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that is not closed; `kind` is what its kind is called. `is_broken`: a due time of it passed; `is_own`: it is this
    customer's matter, not another's they have to do with.
    """

    id: int
    reference: str
    kind: str
    subject: str
    state: str
    opened_at: datetime
    due_at: datetime | None
    owner: str
    is_broken: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class OpenPromise:
    """A promise neither kept nor called off."""

    id: int
    text: str
    made_at: datetime
    due_at: datetime
    made_by: str
    case: str
    is_broken: bool


# The customer's own, and those of others they have to do with.
_OPEN_CASE = """k.id in (select o.id from contacts_case o where o.customer_id in (select m.id from members m) and o.closed_at is null
  union all select a.case_id from contacts_casecustomer a where a.customer_id in (select m.id from members m) and a.ended_at is null)
  and k.closed_at is null"""
_OPEN_PROMISE = "p.customer_id in (select m.id from members m) and p.kept_at is null and p.called_off_at is null"
COUNT = f"""(select count(*) from contacts_case k where {_OPEN_CASE})
  + (select count(*) from contacts_promise p where {_OPEN_PROMISE})"""  # noqa: S608  (texts of our own)
OPEN = f"""select json_build_object(
  'cases', (select coalesce(json_agg(json_build_array(k.id, k.reference, k.kind, k.subject, k.state, k.opened_at, k.due_at,
       k.owner_name, k.is_broken, k.is_own, k.kind_name)
     order by k.due_at nulls last, k.opened_at desc), '[]')
     from (select k.*, {NAME_SQL} as kind_name, exists (select 1 from contacts_caseclock d where d.case_id = k.id
         and d.met_at is null and d.stopped_at is null and d.broken_at is not null) as is_broken,
         k.customer_id in (select m.id from members m) as is_own from contacts_case k
       where {_OPEN_CASE} order by k.due_at nulls last, k.opened_at desc limit {MOST_SHOWN}) k),
  'promises', (select coalesce(json_agg(json_build_array(p.id, p.text, p.made_at, p.due_at, p.made_by_name,
       coalesce((select k.reference from contacts_case k where k.id = p.case_id), ''), p.broken_at is not null) order by p.due_at), '[]')
     from (select p.* from contacts_promise p where {_OPEN_PROMISE} order by p.due_at limit {MOST_SHOWN}) p))"""  # noqa: S608


def read_open(reading: Reading, found: Any) -> PanelContext:
    """Open cases and promises, those due first at the top, from the JSON of `OPEN`."""
    cases = [
        OpenCase(
            number,
            reference,
            kind_label(kind, name),
            subject,
            state,
            datetime.fromisoformat(opened_at),
            _moment(due_at),
            owner,
            is_broken,
            is_own,
        )
        for number, reference, kind, subject, state, opened_at, due_at, owner, is_broken, is_own, name in found["cases"]
    ]
    promises = [
        OpenPromise(one[0], one[1], datetime.fromisoformat(one[2]), datetime.fromisoformat(one[3]), *one[4:])
        for one in found["promises"]
    ]
    return {"cases": cases, "promises": promises, "at": reading.at}


def read_open_later(reading: Reading) -> PanelContext:
    """The same, when the panel is read again."""
    sql = f"with members as (select unnest(%s::bigint[]) as id) {OPEN}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(reading.member_ids)])
        ((found,),) = cursor.fetchall()
    return read_open(reading, json.loads(found) if isinstance(found, str) else found)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


register_panel(
    Panel(
        key="open_matters",
        label=_("Open cases and promises"),
        order=10,
        permission=VIEW,
        read=read_open_later,
        is_open=True,
        count=f"select {COUNT}",
        at_once=OPEN,
        read_at_once=read_open,
    )
)
