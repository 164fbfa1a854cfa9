"""Reads used by more than one caller: who opened what. Finding customers: `finding`. One file: `file_queries`, `timeline`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models.expressions import RawSQL

from onhand.customers.access import visible_customers
from onhand.customers.file_queries import CustomerFile as CustomerFile
from onhand.customers.file_queries import Identification as Identification
from onhand.customers.file_queries import read_file as read_file
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.records import Subject, record_access

RECENT_LOOK_BACK = 300  # accesses looked at to find the last different customers
SAME_READING = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Opened:
    """A customer whose file this person opened lately."""

    id: int
    name: str
    reference: str
    city: str
    at: datetime


# Their places by when they were opened last, made once; the moment is looked up for those that are shown.
_PLACE = """
array_position((select array_agg(z.subject_id order by z.last desc) from (
  select x.subject_id, max(x.id) as last from (
    select y.id, y.subject_id from kernel_accessrecord y
    where y.actor_kind = %s and y.actor_id = %s and y.subject_type = 'customer' order by y.id desc limit %s) x
  group by x.subject_id) z), customers_customer.id)
"""
_AT = """
(select max(a.at) from (
  select x.at, x.subject_id from kernel_accessrecord x
  where x.actor_kind = %s and x.actor_id = %s and x.subject_type = 'customer' order by x.id desc limit %s) a
where a.subject_id = customers_customer.id)
"""
_RECENT_IDS = """
select x.subject_id from (
  select y.subject_id from kernel_accessrecord y
  where y.actor_kind = %s and y.actor_id = %s and y.subject_type = 'customer' order by y.id desc limit %s) x
"""


def recently_opened(actor: Actor, limit: int = 8) -> list[Opened]:
    """
    The customers whose files this person opened last, newest first, as far as they may still be seen. One statement, which costs the same
    however many customers there are.
    """
    given = [actor.kind.value, actor.id, RECENT_LOOK_BACK]
    rows = (
        visible_customers(actor)
        .filter(pk__in=RawSQL(_RECENT_IDS, given))  # noqa: S611
        .annotate(place=RawSQL(_PLACE, given), opened_at=RawSQL(_AT, given))  # noqa: S611
        .order_by("place")
    )
    return [Opened(*row) for row in rows.values_list("pk", "name", "reference", "city", "opened_at")[:limit]]


_SAME = """
select 1 from kernel_accessrecord where actor_kind = %s and actor_id = %s and subject_type = %s and subject_id = %s
  and page = %s and contact_id is not distinct from %s and at > %s limit 1
"""


def note_reading(
    actor: Actor, customer_id: int, *, page: str, reason: str, at: datetime, contact_id: int | None = None
) -> None:
    """
    Record that somebody read a customer's file. Opening the same page on the same contact within a quarter of an hour, as live
    updates and reloads do, is one reading.
    """
    note_reading_of(Subject(CUSTOMER, customer_id, contact_id), actor, page=page, reason=reason, at=at)


def note_reading_of(subject: Subject, actor: Actor, *, page: str, reason: str, at: datetime) -> None:
    """The same of something that is in nobody's file yet, such as a contact whose customer is not known."""
    given = [subject.type, subject.id, page, subject.contact_id, at - SAME_READING]
    with connection.cursor() as cursor:
        cursor.execute(_SAME, [actor.kind.value, actor.id, *given])
        if cursor.fetchone() is not None:
            return
    record_access(actor=actor, subject=subject, page=page, reason=reason[:200], at=at)


@dataclass(frozen=True, slots=True)
class DoneToday:
    """An act of this person on a customer."""

    record_id: int
    at: datetime
    act: str
    customer_id: int
    customer: str


_DONE = """
select r.id, r.at, r.act, r.subject_id from kernel_actrecord r
where r.actor_kind = %s and r.actor_id = %s and r.subject_type = 'customer' and r.at >= %s order by r.id desc limit %s
"""


def acts_since(actor: Actor, since: datetime, limit: int = 20) -> list[DoneToday]:
    """What this person did on customers since then, newest first, as far as they may still be seen. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [actor.kind.value, actor.id, since, limit])
        rows = cursor.fetchall()
    names = dict(visible_customers(actor).filter(pk__in={row[3] for row in rows}).values_list("pk", "name"))
    return [
        DoneToday(record_id, at, act, customer, names[customer])
        for record_id, at, act, customer in rows
        if customer in names
    ]
