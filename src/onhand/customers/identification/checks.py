"""Attempts to identify somebody: written down, limited, ended. All of it is part of acts and runs in their transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import connection
from django.utils.translation import gettext as _

from onhand.customers.enums import IdentificationWay
from onhand.customers.identification.level import ContactStanding, find_contact, is_usable, note_on_contact
from onhand.customers.membership import MEMBERS
from onhand.customers.models import Customer, IdentificationRules, IdentityCheck, Relation
from onhand.kernel.acts import Run
from onhand.kernel.errors import NotPossible
from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class CustomerIdentified(Event):
    """Whoever is on a contact was identified as the customer, or as somebody who speaks for them."""

    name: ClassVar[str] = "customers.customer_identified"
    contact_id: int
    way: str
    level: int


@dataclass(frozen=True, slots=True)
class IdentificationFailed(Event):
    """A try to identify somebody failed. `locked_until` is set when it was one too many."""

    name: ClassVar[str] = "customers.identification_failed"
    contact_id: int
    way: str
    locked_until: str | None


def identification_rules() -> IdentificationRules:
    """What the company asks for; as the product comes, if the row is missing."""
    return IdentificationRules.objects.first() or IdentificationRules()


def own_contact(run: Run) -> tuple[int, ContactStanding]:
    """The contact somebody is being identified on. Raises NotPossible unless it goes on and is the actor's to use."""
    contact = find_contact(run.contact_id) if run.contact_id is not None else None
    if run.contact_id is None or contact is None:
        raise NotPossible(_("Identifying somebody needs the contact they are on. Open a contact first."))
    if not contact.is_going_on:
        raise NotPossible(_("This contact has ended. Identify the customer on the contact they are on now."))
    if not is_usable(run.actor, contact):
        raise NotPossible(_("This contact is a colleague's. Identify the customer on a contact of your own."))
    return run.contact_id, contact


_LOCKED = f"""
select max(until) from (
  (select k.until from customers_identitycheck k
   where k.contact_id = %(contact)s and k.level = 0 and k.ended_at is null and k.until > %(at)s
   order by k.until desc offset %(per_contact)s - 1 limit 1)
  union all
  (select k.until from customers_identitycheck k
   where k.customer_id in ({MEMBERS}) and k.level = 0 and k.ended_at is null and k.until > %(at)s
   order by k.until desc offset %(per_customer)s - 1 limit 1)) as reached
"""  # noqa: S608  (our own text)


def locked_until(customer_id: int, contact_id: int | None, at: datetime, rules: IdentificationRules) -> datetime | None:
    """Until when this customer cannot be identified (on this contact), after too many failed tries; None if they can."""
    given = {
        "customer": customer_id,
        "contact": contact_id,
        "at": at,
        "per_contact": rules.failures_per_contact,
        "per_customer": rules.failures_per_customer,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, given)
        found = cursor.fetchone()
    until: datetime | None = found[0] if found else None
    return until


def one_try_at_a_time(contact_id: int) -> None:
    """Let tries on one contact wait for each other, also on different files, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('onhand identify ' || %s, 0))", [str(contact_id)])


def require_unlocked(customer: Customer, contact_id: int, at: datetime, rules: IdentificationRules) -> None:
    """Raise NotPossible after too many failed tries. Tries wait for each other here, so that two at once count as two."""
    one_try_at_a_time(contact_id)
    until = locked_until(customer.pk, contact_id, at, rules)
    if until is not None:
        raise NotPossible(
            _(
                "Too many tries failed. The next one is possible from %(time)s (UTC), or when a supervisor ends the lock."
            )
            % {"time": until.strftime("%Y-%m-%d %H:%M")}
        )


def succeed(
    customer: Customer,
    run: Run,
    *,
    contact_id: int,
    way: IdentificationWay,
    level: int,
    until: datetime,
    detail: str = "",
    relation: Relation | None = None,
) -> None:
    """Write down that whoever is on the contact is identified, on the file and on the contact, and tell of it."""
    IdentityCheck.objects.create(
        customer=customer, relation=relation, until=until, **_line(run, contact_id, way, level, detail)
    )
    note_on_contact(contact_id, level, way)
    run.changed("identification", after={"way": way.value, "level": level})
    run.publish(CustomerIdentified(contact_id=contact_id, way=way.value, level=level))


def fail(
    customer: Customer,
    run: Run,
    *,
    contact_id: int,
    way: IdentificationWay,
    rules: IdentificationRules,
    detail: str,
    times: int = 1,
) -> None:
    """Write down a try that failed (as several, if several answers were wrong), and tell of it."""
    until = run.at + timedelta(hours=rules.lock_hours)
    line = _line(run, contact_id, way, 0, detail)
    IdentityCheck.objects.bulk_create(IdentityCheck(customer=customer, until=until, **line) for _time in range(times))
    locked = locked_until(customer.pk, contact_id, run.at, rules)
    run.changed("identification", after={"way": way.value, "level": 0})
    told = locked.isoformat() if locked else None
    run.publish(IdentificationFailed(contact_id=contact_id, way=way.value, locked_until=told))


def _line(run: Run, contact_id: int, way: str, level: int, detail: str) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "way": way,
        "level": level,
        "detail": detail[:300],
        "at": run.at,
        "by_id": run.actor.id,
        "by_name": run.actor.name,
    }


_END = f"""
update customers_identitycheck k set ended_at = %(at)s
where k.contact_id = %(contact)s and k.level > 0 and k.ended_at is null and (
  k.customer_id in ({MEMBERS})
  or (k.way = '{IdentificationWay.AUTHORISED.value}'
      and k.relation_id in (select r.id from customers_relation r where r.other_id in ({MEMBERS}))))
"""  # noqa: S608


def end_checks(customer_id: int, contact_id: int, at: datetime) -> int:
    """End what was reached on a contact for one file, and what that person reached for others; how many checks that were."""
    with connection.cursor() as cursor:
        cursor.execute(_END, {"at": at, "contact": contact_id, "customer": customer_id})
        return int(cursor.rowcount)


_END_EVERYWHERE = (
    "update customers_identitycheck set ended_at = %s where customer_id = any(%s) and level > 0 and ended_at is null"
)


def end_all_checks(customer_ids: list[int], at: datetime) -> int:
    """
    End what was reached on any contact for these customers' rows. For taking a merge back: what identified somebody may have been
    the other customer's data.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END_EVERYWHERE, [at, customer_ids])
        return int(cursor.rowcount)


_END_LOCK = f"""
update customers_identitycheck k set ended_at = %(at)s
where k.level = 0 and k.ended_at is null and k.until > %(at)s and (
  k.customer_id in ({MEMBERS})
  or k.contact_id in (select f.contact_id from customers_identitycheck f
      where f.customer_id in ({MEMBERS}) and f.level = 0 and f.ended_at is null and f.until > %(at)s))
"""  # noqa: S608


def end_lock(customer_id: int, at: datetime) -> int:
    """Let failed tries on a file, and on the contacts they were made on, count no more; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(_END_LOCK, {"at": at, "customer": customer_id})
        return int(cursor.rowcount)
