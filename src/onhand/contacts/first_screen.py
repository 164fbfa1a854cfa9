"""
The first screen of a customer's file, all of it in one statement: who it is, flags, the contact going on and how well the
customer is identified on it, what panels show at once, and the newest of the timeline. It must be there before anybody speaks.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import transaction

from onhand.customers.access import VIEW, WORK_WITHOUT_CONTACT, visible_customers
from onhand.customers.identification.level import NOBODY, STAFF, Reached, weigh
from onhand.customers.panels import Panel, Reading, at_once_columns, panels_for
from onhand.customers.recognition.clues import Clue
from onhand.customers.recognition.recognise import Recognition, read_recognition
from onhand.customers.recognition.sql import RECOGNISE, recognition_parameters
from onhand.customers.subjects import CUSTOMER
from onhand.customers.timeline import EVERYTHING, PAGE, TimelinePage, Wanted, page_of, timeline_statement
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.fields import LARGEST_INTEGER
from onhand.kernel.records import Subject, write_access

NOTHING = Wanted(kinds=frozenset({"nothing"}))  # for what is read without its timeline
SAME_READING = timedelta(minutes=15)
LOOK_BACK = 100  # readings of a file among which the same one is looked for


@dataclass(frozen=True, slots=True)
class Head:
    """Who it is, as far as everybody who may see the customer may know."""

    id: int
    version: int
    reference: str
    kind: str
    name: str
    form_of_address: str
    language: str
    time_zone: str
    city: str
    country: str
    accessibility_needs: Sequence[str]
    preferred_channel: str
    since: date
    merged_into: int | None
    erased_at: datetime | None
    site: str
    team: str
    owner: str


@dataclass(frozen=True, slots=True)
class FlagShown:
    """A flag that holds, with who set it, when, why, and until when (None: until lifted)."""

    kind: str
    reason: str
    by: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class GoingOn:
    """The contact of the reader with this customer that has not ended."""

    id: int
    channel: str
    direction: str
    outside_address: str
    subject: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """
    What the whole first screen of a file shows. How well the customer is identified is in `reading.reached`; `identified_at` is when,
    `failed_tries` how often it failed on this contact. `counts` and `found` are by the key of their panel.
    """

    head: Head
    flags: Sequence[FlagShown]
    contact: GoingOn | None
    identified_at: datetime | None
    failed_tries: int
    reading: Reading
    timeline: TimelinePage
    panels: Sequence[Panel]
    counts: Mapping[str, int]
    found: Mapping[str, Any]


_HEAD = """json_build_object('id', r.id, 'version', r.version, 'reference', r.reference, 'kind', r.kind, 'name', r.name,
 'form_of_address', r.form_of_address, 'language', r.language, 'time_zone', r.time_zone, 'city', r.city,
 'country', r.country, 'accessibility_needs', r.accessibility_needs, 'preferred_channel', r.preferred_channel,
 'since', r.customer_since, 'merged_into', r.merged_into_id, 'erased_at', r.erased_at,
 'site', coalesce((select s.name from staff_site s where s.id = r.site_id), ''),
 'team', coalesce((select t.name from staff_team t where t.id = r.team_id), ''),
 'owner', coalesce((select o.name from staff_representative o where o.id = r.owner_id), ''))"""
_FLAGS = """(select coalesce(json_agg(json_build_object('kind', f.kind, 'reason', f.reason, 'by', f.set_by_name,
 'at', f.set_at, 'until', f.until) order by f.set_at desc), '[]') from customers_flag f
 where f.customer_id in (select m.id from members m) and f.lifted_at is null and (f.until is null or f.until > %(at)s))"""
_ON_CONTACT = """customers_identitycheck k
 where k.contact_id = (select g.id from going_on g) and k.customer_id in (select m.id from members m)"""
_FAILED = f"(select count(*) from {_ON_CONTACT} and k.level = 0 and k.ended_at is null)"  # noqa: S608  (texts of our own)
# In the columns and order of `identification.CHECKS`, with when and by whom.
_IDENTIFIED = f"""(select coalesce(json_agg(json_build_array(i.way, i.level, i.until, i.relation_id, coalesce(o.name, ''),
 p.may_be_told::text, p.may_do::text,
 coalesce(p.ended_at is null and p.valid_from <= %(at)s and (p.valid_until is null or p.valid_until > %(at)s), false),
 i.at, i.by_name) order by i.id desc), '[]')
 from (select k.* from {_ON_CONTACT} and k.level > 0 and k.ended_at is null) i
 left join customers_relation p on p.id = i.relation_id left join customers_customer o on o.id = p.other_id)"""  # noqa: S608
_WITH = """{before}root as materialized (select c.* from customers_customer c where {which} and {visible}),
members as materialized (select r.id from root r where r.erased_at is null
  union all select m.id from customers_customer m where m.merged_into_id = (select r.id from root r) and m.erased_at is null),
going_on as materialized (
  select g.id, g.channel, g.direction, g.outside_address, g.subject, g.started_at from contacts_contact g
  where g.representative_id = %(reader)s and g.ended_at is null and (%(shown)s::bigint is null or g.id = %(shown)s)
    and (g.customer_id in (select m.id from members m)
    or exists (select from customers_relation p where p.other_id = g.customer_id and p.ended_at is null
      and p.customer_id in (select m.id from members m)))
  order by g.customer_id in (select m.id from members m) desc, g.started_at desc, g.id desc limit 1),
same as materialized (
  select 1 from (select a.* from kernel_accessrecord a where a.subject_type = 'customer'
    and a.subject_id = (select r.id from root r) order by a.id desc limit %(look_back)s) a
  where a.actor_kind = %(reader_kind)s and a.actor_id = %(reader)s and a.page = %(page)s and a.at > %(lately)s
    and a.contact_id is not distinct from coalesce(%(shown)s::bigint, (select g.id from going_on g))),
told as materialized (select json_build_object('head', {head}, 'members', (select json_agg(m.id) from members m),
  'flags', {flags}, 'going_on', (select row_to_json(g) from going_on g), 'failed', {failed}, 'identified', {identified},
  'timeline', ({timeline}), 'panels', {panels}) as screen from root r)"""
# The transaction's number comes before the record's id: sealing relies on it.
_TAKEN = """pg_current_xact_id()::text,
  case when r.merged_into_id is null and not exists (select from same) then nextval('kernel_accessrecord_id_seq') end,
  t.screen"""
_OPENED = f" select {_TAKEN} from root r cross join told t"  # noqa: S608  (texts of our own)
_ARRIVED = """ select case when r.id is not null then pg_current_xact_id()::text end,
  case when r.id is not null and not exists (select from same) then nextval('kernel_accessrecord_id_seq') end,
  t.screen, f.found from recognised f left join (root r cross join told t) on true"""
# Of what recognition found, the one file it can be that is known: the only one that holds now what was brought.
_THE_ONE = """c.id = (select min((h ->> 'file')::bigint) from recognised f, json_array_elements(f.found -> 'held') h
  where h ->> 'withdrawn_at' is null having count(distinct h ->> 'file') = 1)"""


def open_file(
    actor: Actor,
    customer_id: int,
    *,
    page: str,
    reason: str,
    at: datetime,
    on_contact: str = "",
    wanted: Wanted = EVERYTHING,
    before: str = "",
    limit: int = PAGE,
    shown: int | None = None,
) -> FirstScreen:
    """
    Read the first screen of a file and record that it was read, in two statements. The same page opened on the same contact
    within a quarter of an hour is one reading, and then it is one statement. `on_contact` is the reason where a contact is going on.
    `shown` is the contact the file is read beside: then no other contact of the reader counts. Raises SubjectNotFound.

    A customer that was merged into another is read as far as `head.merged_into` and leaves no record: its file is there.
    """
    if not 0 < customer_id <= LARGEST_INTEGER:
        raise SubjectNotFound
    panels = panels_for(actor)
    sql, parameters = _screen(
        actor,
        panels,
        which="c.id = %(customer)s",
        page=page,
        at=at,
        wanted=wanted,
        before=before,
        limit=limit,
        shown=shown,
    )
    with transaction.atomic():
        rows = run_prepared(f"with {sql}{_OPENED}", parameters | {"customer": customer_id})
        if not rows:
            raise SubjectNotFound
        _transaction, access_id, told = rows[0]
        screen = _read_screen(told, actor, panels, at, limit)
        why = (on_contact if screen.contact else "") or reason
        _record_reading(access_id, screen, page=page, reason=why, shown=shown)
    return screen


def arrive(
    actor: Actor, clues: Sequence[Clue], *, page: str, reason: str, at: datetime, name: str = ""
) -> tuple[Recognition, FirstScreen | None]:
    """
    Who is it, by what a contact brings, and if it is known the first screen of their file, in one statement and one for the record
    of the reading. Where it is not known, nothing of any file is given but what recognition itself says.
    """
    if not any(clue.keys for clue in clues) or not actor.may(VIEW):
        return read_recognition(actor, clues, {"held": [], "files": []}, at=at), None
    panels = panels_for(actor)
    recognised = f"recognised as materialized (select ({RECOGNISE})::json as found), "
    sql, parameters = _screen(actor, panels, before_all=recognised, which=_THE_ONE, page=page, at=at)
    with transaction.atomic():
        ((_transaction, access_id, told, found),) = run_prepared(
            f"with {sql}{_ARRIVED}", parameters | recognition_parameters(clues, at=at)
        )
        given = json.loads(found) if isinstance(found, str) else found
        recognition = read_recognition(actor, clues, given, at=at, name=name)
        known = recognition.customer_id
        screen = _read_screen(told, actor, panels, at) if told is not None and known is not None else None
        if screen is not None and screen.head.id == known:
            _record_reading(access_id, screen, page=page, reason=reason)
            return recognition, screen
    return recognition, open_file(actor, known, page=page, reason=reason, at=at) if known is not None else None


def _record_reading(
    access_id: int | None, screen: FirstScreen, *, page: str, reason: str, shown: int | None = None
) -> None:
    """Record the reading under the id its statement took; None: it is the same as one before. In the statement's transaction."""
    if access_id is not None:
        subject = Subject(CUSTOMER, screen.head.id, shown or screen.reading.contact_id)
        write_access(
            access_id, actor=screen.reading.actor, subject=subject, page=page, reason=reason[:200], at=screen.reading.at
        )


def _screen(
    actor: Actor,
    panels: Sequence[Panel],
    *,
    which: str,
    page: str,
    at: datetime,
    before_all: str = "",
    wanted: Wanted = EVERYTHING,
    before: str = "",
    limit: int = PAGE,
    shown: int | None = None,
) -> tuple[str, dict[str, Any]]:
    """
    The WITH part of the statement and its parameters. `which` is an SQL condition on `c`, the customer whose file it is;
    `before_all` what it refers to. Raises SubjectNotFound if this actor sees nobody.
    """
    timeline = timeline_statement(wanted, before=before, limit=limit)
    visible, parameters = _visible(actor)
    parameters |= {
        "reader": actor.id,
        "shown": shown,
        "reader_kind": actor.kind.value,
        "page": page,
        "at": at,
        "lately": at - SAME_READING,
        "look_back": LOOK_BACK,
        **(timeline.parameters if timeline else {}),
    }
    sql = _WITH.format(
        before=before_all,
        which=which,
        visible=visible,
        head=_HEAD,
        flags=_FLAGS,
        failed=_FAILED,
        identified=_IDENTIFIED,
        timeline=timeline.sql if timeline else """select '{"entries": [], "horizon": null}'::json""",
        panels=at_once_columns(panels),
    )
    return sql, parameters


def _visible(actor: Actor) -> tuple[str, dict[str, Any]]:
    """The condition under which this actor sees `c`, from the one function that decides it."""
    if actor.may(VIEW) and actor.visibility is Visibility.ALL:
        return "true", {}
    try:
        sql, given = visible_customers(actor).values("pk").query.sql_with_params()
    except EmptyResultSet:
        raise SubjectNotFound from None
    names = [f"visible_{number}" for number in range(len(given))]
    return f"c.id in ({sql % tuple(f'%({name})s' for name in names)})", dict(zip(names, given, strict=True))


def _read_screen(told: Any, actor: Actor, panels: Sequence[Panel], at: datetime, limit: int = PAGE) -> FirstScreen:
    """The screen that a statement's JSON holds."""
    given = json.loads(told) if isinstance(told, str) else told
    head = given["head"]
    going_on = given["going_on"]
    contact = GoingOn(**going_on | {"started_at": datetime.fromisoformat(going_on["started_at"])}) if going_on else None
    reached = _reached(actor, contact, given["identified"], at)
    own = head["id"]
    members = sorted(given["members"] or [own], key=lambda member: (member != own, member))
    return FirstScreen(
        head=Head(**head | {"since": date.fromisoformat(head["since"]), "erased_at": _moment(head["erased_at"])}),
        flags=[
            FlagShown(**one | {"at": datetime.fromisoformat(one["at"]), "until": _moment(one["until"])})
            for one in given["flags"]
        ],
        contact=contact,
        identified_at=_identified_at(given["identified"], reached),
        failed_tries=given["failed"],
        reading=Reading(actor, own, members, at, contact.id if contact else None, reached),
        timeline=page_of(given["timeline"], limit, reached),
        panels=panels,
        counts=given["panels"]["counts"],
        found=given["panels"]["found"],
    )


def _identified_at(rows: Sequence[Sequence[Any]], reached: Reached) -> datetime | None:
    """When what was reached was reached: the newest check of that way and level."""
    return next(
        (datetime.fromisoformat(row[8]) for row in rows if (row[0], row[1]) == (reached.how, reached.level)), None
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _reached(actor: Actor, contact: GoingOn | None, rows: Sequence[Sequence[Any]], at: datetime) -> Reached:
    """What this reader may go by, from the rows of checks as `identification.CHECKS` has them."""
    if contact is None:
        return STAFF if actor.may(WORK_WITHOUT_CONTACT) else NOBODY
    return weigh([(*row[:2], datetime.fromisoformat(row[2]), *row[3:8]) for row in rows], at)
