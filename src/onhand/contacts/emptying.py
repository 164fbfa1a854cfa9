"""
Contacts whose customer never became known, emptied when their time is over: what was said goes, as when a person is erased; that there
was a contact, how and when, stays for the figures.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from onhand.contacts.models import Contact
from onhand.customers.enums import FlagKind
from onhand.customers.privacy.erasure import STREAMS, forget_errors
from onhand.customers.privacy.holdings import SLICE, NestedHolding, all_holdings
from onhand.kernel.records import EVENTS
from onhand.kernel.redaction import redact

BATCH = 20  # contacts in one transaction
MOST_COUNTED = 10_000
Place = tuple[datetime, int]  # when the contact ended, and its id
# A contact of an open case, or of a case of somebody whose file is on hold, is left alone: looked at again the next time.
_DUE = """
select c.ended_at, c.id from contacts_contact c
where c.customer_id is null and c.emptied_at is null and c.ended_at < %(before)s and (c.ended_at, c.id) > (%(ended)s, %(id)s)
  and not exists (
    select from contacts_case k left join customers_customer u on u.id = k.customer_id
    where k.id = any(array(select x.case_id from contacts_casecontact x where x.contact_id = c.id) || c.case_id)
      and (k.closed_at is null or exists (
        select from customers_customer m join customers_flag f on f.customer_id = m.id
        where coalesce(m.merged_into_id, m.id) = coalesce(u.merged_into_id, u.id)
          and f.kind = %(hold)s and f.lifted_at is null and (f.until is null or f.until > %(at)s))))
order by c.ended_at, c.id limit %(limit)s
"""
_RECORDS = "select id from {stream} where subject_type = %s and subject_id = any(%s) order by id"


def empty_unknown(before: datetime, at: datetime, after: Place | None = None, limit: int = BATCH) -> Place | None:
    """
    Empty the next contacts of nobody that ended before a time, in a transaction of its own; the place of the last one, None where
    nothing is left. Contacts that somebody is at are left for the next time; run by several at once, each is emptied once.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"{_DUE} for update of c skip locked", _given(before, at, after, limit))
            found: list[Place] = cursor.fetchall()
        if not found:
            return None
        _empty([pk for _ended, pk in found], at)
    return found[-1]


def count_unknown(before: datetime, at: datetime) -> int:
    """How many would be emptied; `MOST_COUNTED` stands for that many or more."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({_DUE}) d", _given(before, at, None, MOST_COUNTED))  # noqa: S608
        return int(cursor.fetchone()[0])


def _given(before: datetime, at: datetime, after: Place | None, limit: int) -> dict[str, Any]:
    ended, number = after or ("-infinity", 0)
    return {"before": before, "at": at, "ended": ended, "id": number, "hold": FlagKind.LEGAL_HOLD, "limit": limit}


def _empty(contact_ids: list[int], at: datetime) -> None:
    """Every table's rows of these contacts, the contact last; then what records and events say of them."""
    holdings = [holding for holding in all_holdings() if isinstance(holding, NestedHolding)]
    for holding in holdings:
        rows = holding.below(Contact, contact_ids)
        if rows is not None and holding.subject:
            _redact_about(holding.subject, list(rows.values_list("pk", flat=True)), at)
    for holding in reversed(holdings):
        rows = holding.below(Contact, contact_ids)
        while rows is not None and holding.erase_rows(rows.all(), SLICE):
            pass
    Contact.objects.filter(pk__in=contact_ids).update(emptied_at=at)


def _redact_about(subject: str, ids: list[int], at: datetime) -> None:
    for stream in STREAMS:
        with connection.cursor() as cursor:
            cursor.execute(_RECORDS.format(stream=stream), [subject, ids])
            rows = [pk for (pk,) in cursor.fetchall()]
        if stream == EVENTS:
            forget_errors(rows)
        redact(stream, rows, record_id=None, at=at)
