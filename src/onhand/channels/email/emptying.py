"""
Mail as it arrived, emptied when its time is over: what was made of it is on the contact. The row stays, so that the same mail is not
fetched a second time. Mail that could not be read is kept until somebody dealt with it.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from onhand.customers.enums import FlagKind

BATCH = 200  # mails in one statement
MOST_COUNTED = 10_000
Place = tuple[datetime, int]  # when the mail was read, and its id
# A legal hold on the file of whoever wrote it, or was written to, stops it.
_DUE = """
select r.done_at, r.id from email_rawmail r
where r.state = 'done' and r.emptied_at is null and r.done_at < %(before)s and (r.done_at, r.id) > (%(done)s, %(id)s)
  and not exists (
    select from contacts_message g join contacts_contact c on c.id = g.contact_id join customers_customer u on u.id = c.customer_id
      join customers_customer m on coalesce(m.merged_into_id, m.id) = coalesce(u.merged_into_id, u.id)
      join customers_flag f on f.customer_id = m.id
    where g.id = r.message_id and f.kind = %(hold)s and f.lifted_at is null and (f.until is null or f.until > %(at)s))
order by r.done_at, r.id limit %(limit)s
"""
_EMPTY = f"""
with due as ({_DUE} for update of r skip locked), emptied as (
  update email_rawmail r set content = '', outside_id = '', envelope_sender = '', reason = '', emptied_at = %(at)s
  from due where r.id = due.id returning due.done_at, due.id)
select done_at, id from emptied order by done_at desc, id desc limit 1
"""  # noqa: S608


def empty_read(before: datetime, at: datetime, after: Place | None = None, limit: int = BATCH) -> Place | None:
    """
    Empty the next mails that were read before a time, in one statement; the place of the last one, None where nothing is left. Run by
    several at once, each is emptied once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, _given(before, at, after, limit))
        found: Place | None = cursor.fetchone()
    return found


def count_read(before: datetime, at: datetime) -> int:
    """How many would be emptied; `MOST_COUNTED` stands for that many or more."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({_DUE}) d", _given(before, at, None, MOST_COUNTED))  # noqa: S608
        return int(cursor.fetchone()[0])


def _given(before: datetime, at: datetime, after: Place | None, limit: int) -> dict[str, Any]:
    done, number = after or ("-infinity", 0)
    return {"before": before, "at": at, "done": done, "id": number, "hold": FlagKind.LEGAL_HOLD, "limit": limit}
