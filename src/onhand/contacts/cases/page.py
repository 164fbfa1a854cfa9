"""All that the page of a case shows, read by one statement, with the cases merged into it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet

from onhand.contacts.access import visible_cases
from onhand.contacts.cases.events import (
    CaseAboutToClose,
    CaseClosedUnanswered,
    CaseNotClosed,
    CaseReopened,
    ReminderDue,
)
from onhand.contacts.cases.kinds import NAME_SQL
from onhand.contacts.cases.seen import among
from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.references import InvalidReference, read_reference

MOST_CONTACTS, MOST_MESSAGES, MOST_ACTS, MOST_CASES, MOST_EVENTS = 50, 100, 100, 50, 50
# What happened by itself, and is told on the page.
TOLD = [event.name for event in (CaseAboutToClose, CaseClosedUnanswered, CaseNotClosed, CaseReopened, ReminderDue)]

# Another case: what it is about is for who may see it.
_SHORT = """json_build_object('id', o.id, 'reference', o.reference, 'state', o.state, 'seen', {other_seen},
   'subject', case when {other_seen} then o.subject else '' end"""
_PAGE = f"""
with recursive root as materialized (select k.* from contacts_case k where k.reference = %(reference)s and {{visible}}),
family (id) as (select r.id from root r union select m.id from contacts_case m join family f on m.merged_into_id = f.id),
about (id) as (select x.contact_id from contacts_casecontact x where x.case_id in (select f.id from family f)
  union select x.id from contacts_contact x where x.case_id in (select f.id from family f)),
touch as materialized (select x.* from contacts_contact x where x.id in (select a.id from about a)
  order by x.started_at desc, x.id desc limit {MOST_CONTACTS})
select json_build_object(
 'id', k.id, 'version', k.version, 'reference', k.reference, 'kind', k.kind, 'kind_name', {NAME_SQL}, 'subject', k.subject,
 'state', k.state, 'priority', k.priority, 'opened_at', k.opened_at, 'due_at', k.due_at, 'closed_at', k.closed_at, 'owner', k.owner_name,
 'outcome', k.outcome, 'waiting_since', k.waiting_since, 'closes_at', k.closes_at, 'reopened', k.reopened, 'own_fields', k.own_fields,
 'asked', (select kn.own_fields from contacts_casekind kn where kn.key = k.kind),
 'team', (select t.name from staff_team t where t.id = k.team_id),
 'reason', (select e.name from contacts_caselistentry e where e.id = k.reason_id),
 'product', (select e.name from contacts_caselistentry e where e.id = k.product_id),
 'stage', (select e.name from contacts_caselistentry e where e.id = k.stage_id),
 'customers', (select coalesce(json_agg(json_build_object('id', u.id, 'name', u.name, 'reference', u.reference, 'city', u.city,
    'role', w.role, 'row', w.row, 'seen', {{customer_seen}}) order by w.row nulls first), '[]') from
    (select k.customer_id, '' as role, null::bigint as row where k.customer_id is not null
     union select c.customer_id, 'affected', 0 from contacts_case c where c.customer_id <> k.customer_id
       and c.id in (select f.id from family f)
     union all select a.customer_id, a.role, a.id from contacts_casecustomer a
       where a.case_id in (select f.id from family f) and a.ended_at is null) w
    join customers_customer o on o.id = w.customer_id
    join customers_customer u on u.id = coalesce(o.merged_into_id, o.id)),
 'clocks', (select coalesce(json_agg(row_to_json(d) order by d.id), '[]') from contacts_caseclock d where d.case_id = k.id),
 'parent', (select {_SHORT}) from contacts_case o where o.id = k.parent_id),
 'into', (select {_SHORT}) from contacts_case o where o.id = k.merged_into_id),
 'children', (select coalesce(json_agg({_SHORT}) order by o.id), '[]')
   from (select o.* from contacts_case o where o.parent_id = k.id order by o.id limit {MOST_CASES}) o),
 'merged', (select coalesce(json_agg({_SHORT}) order by o.id), '[]')
   from (select o.* from contacts_case o where o.merged_into_id = k.id order by o.id limit {MOST_CASES}) o),
 'links', (select coalesce(json_agg({_SHORT}, 'link', o.link, 'back', o.back) order by o.link_id), '[]') from (
   select o.*, l.kind as link, false as back, l.id as link_id from contacts_caselink l join contacts_case o on o.id = l.other_id
     where l.case_id = k.id
   union all select o.*, l.kind, true, l.id from contacts_caselink l join contacts_case o on o.id = l.case_id where l.other_id = k.id) o),
 'promises', (select coalesce(json_agg(json_build_object('id', p.id, 'text', p.text, 'made_at', p.made_at, 'by', p.made_by_name,
    'due_at', p.due_at, 'kept_at', p.kept_at, 'called_off_at', p.called_off_at, 'broken_at', p.broken_at, 'test', p.test)
    order by p.id), '[]')
   from contacts_promise p where p.case_id in (select f.id from family f)),
 'reminders', (select coalesce(json_agg(json_build_object('id', n.id, 'text', n.text, 'due_at', n.due_at, 'by', n.made_by_name)
    order by n.due_at), '[]') from contacts_reminder n where n.case_id in (select f.id from family f)
   and n.done_at is null),
 'tasks', (select coalesce(json_agg(json_build_object('id', t.id, 'text', t.text, 'state', t.state, 'due_at', t.due_at,
    'for', t.for_name, 'taken_by', t.taken_by_name, 'team', coalesce((select g.name from staff_team g where g.id = t.team_id), ''),
    'by', t.made_by_name, 'result', t.result, 'ended_at', t.ended_at, 'ended_by', t.ended_by_name)
    order by t.due_at nulls last, t.id), '[]')
   from (select t.* from contacts_casetask t where t.case_id in (select f.id from family f) order by t.id desc limit {MOST_CASES}) t),
 'help', (select coalesce(json_agg(json_build_object('id', h.id, 'question', h.question, 'answer', h.answer, 'asked_at', h.asked_at,
    'by', h.asked_by_name) order by h.id), '[]')
   from (select h.* from contacts_helprequest h where h.case_id in (select f.id from family f) order by h.id desc limit {MOST_CASES}) h),
 'escalations', (select coalesce(json_agg(json_build_object('id', n.id, 'at', n.at, 'by', n.by_name, 'to', n.to_name, 'reason', n.reason,
    'clock', (select d.kind from contacts_caseclock d where d.id = n.clock_id)) order by n.id), '[]')
   from contacts_caseescalation n where n.case_id in (select f.id from family f) and n.clock_id is not null),
 'events', (select coalesce(json_agg(json_build_object('id', e.id, 'at', e.at, 'name', e.name, 'payload', e.payload)
    order by e.id desc), '[]')
   from (select e.* from kernel_eventrecord e where e.subject_type = 'case' and e.subject_id in (select f.id from family f)
     and e.name = any(%(told)s::text[]) order by e.id desc limit {MOST_EVENTS}) e),
 'contacts', (select coalesce(json_agg(json_build_object('id', x.id, 'channel', x.channel, 'direction', x.direction, 'subject', x.subject,
    'summary', x.summary, 'started_at', x.started_at, 'ended_at', x.ended_at, 'by', x.representative_name,
    'written', x.last_message_at is not null) order by x.started_at desc), '[]') from touch x),
 'messages', (select coalesce(json_agg(json_build_object('id', g.id, 'at', g.at, 'direction', g.direction, 'internal', g.is_internal,
    'from', coalesce(nullif(g.author_name, ''), nullif(g.sender_name, ''), g.sender_address),
    'text', left(g.text, least(coalesce(g.quoted_from, 600), 600))) order by g.at desc), '[]')
   from (select g.* from contacts_message g where g.contact_id in (select x.id from touch x)
     order by g.at desc limit {MOST_MESSAGES}) g),
 'acts', (select coalesce(json_agg(json_build_object('id', r.id, 'at', r.at, 'by', r.actor_name, 'act', r.act, 'before', r.before,
    'after', r.after, 'of', r.subject_id) order by r.id desc), '[]')
   from (select r.* from kernel_actrecord r where r.subject_type = 'case' and r.subject_id in (select f.id from family f)
     order by r.id desc limit {MOST_ACTS}) r)
)::text from root k
"""  # noqa: S608  (texts of our own)


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case with all that its page shows, as the database's JSON gives it; `data` is by the names in the statement."""

    data: Mapping[str, Any]

    @property
    def id(self) -> int:
        """The case's id."""
        return int(self.data["id"])

    @property
    def seen_customers(self) -> list[int]:
        """Those of its customers the reader may see, whose matter it is first."""
        return list(dict.fromkeys(one["id"] for one in self.data["customers"] if one["seen"]))


def read_case_page(actor: Actor, reference: str) -> CasePage:
    """The page of the case with this reference, typed in any way. Raises SubjectNotFound."""
    try:
        wanted = read_reference(reference)
    except InvalidReference:
        wanted = reference[:16].replace("\0", "")  # of companies that brought theirs along
    try:
        visible, parameters = among(actor, visible_cases(actor), "k.id", "case")
    except EmptyResultSet:
        raise SubjectNotFound from None
    # Of a case about several customers one may see only some: the others are there without a name.
    customer_seen, more = among(actor, visible_customers(actor), "u.id", "customer", otherwise="false")
    other_seen, others = among(actor, visible_cases(actor), "o.id", "other", otherwise="false")
    sql = _PAGE.format(visible=visible, customer_seen=customer_seen, other_seen=other_seen)
    found = run_prepared(sql, {"reference": wanted, "told": TOLD, **parameters, **more, **others})
    if not found:
        raise SubjectNotFound
    return CasePage(json.loads(found[0][0]))


def find_reference(actor: Actor, case_id: int) -> str:
    """The reference of a case this actor may see. Raises SubjectNotFound."""
    found = visible_cases(actor).filter(pk=case_id).values_list("reference", flat=True).first()
    if found is None:
        raise SubjectNotFound
    return found
