"""What is known about messages, read for rules: at the moment they arrive, or as it was kept then."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from onhand.contacts.models import Contact
from onhand.kernel.database import run_prepared
from onhand.rules.enums import Moment
from onhand.rules.opening import CALENDAR, is_open
from onhand.rules.phrases import LONGEST_TEXT
from onhand.rules.situations import Known, Situation

MOST_EARLIER = 1_000  # messages of a contact that are counted

# What is written in a message, and does not change.
_WRITTEN = f"""m.id, m.contact_id, m.at, c.channel, m.sender_address, m.recipients::text, c.came_to, m.subject,
  left(coalesce(left(m.text, m.quoted_from), m.text), {LONGEST_TEXT}), m.automatic, m.checks::text,
  array(select a.name from contacts_attachment a where a.message_id = m.id and not a.is_inline order by a.position)"""  # noqa: S608
_COLUMNS = 12  # of those
_KNOWN = f"""
select {_WRITTEN}, coalesce(k.kind = 'organisation', false),
  array(select f.kind from customers_flag f
        where f.customer_id = k.id and f.lifted_at is null and (f.until is null or f.until > %(at)s) order by f.kind),
  (select count(*) from contacts_case o where o.customer_id = k.id and o.closed_at is null),
  (select count(*) from (select 1 from contacts_message e
     where e.contact_id = c.id and e.id <> m.id and not e.is_internal limit {MOST_EARLIER}) e),
  s.team, coalesce(s.team_sure, 0), s.reason, coalesce(s.reason_sure, 0),
  {CALENDAR},
  coalesce((select v.id from rules_ruleset r join rules_rulesetversion v on v.number = r.published order by r.id limit 1), 0)
from contacts_message m join contacts_contact c on c.id = m.contact_id
left join customers_customer k on k.id = %(customer)s
left join classifying_suggestion s on s.contact_id = c.id
where m.id = %(message)s"""  # noqa: S608  (texts of our own)
_KEPT = f"""
select {_WRITTEN}, a.known::text, least(c.ended_at, (
    select min(n.at) from contacts_message n
    where n.contact_id = m.contact_id and (n.at, n.id) > (m.at, m.id) and not n.is_internal))
from rules_arrival a join contacts_message m on m.id = a.message_id join contacts_contact c on c.id = m.contact_id
where (a.at, a.message_id) > (%(after)s, %(after_id)s) and a.at < %(until)s
order by a.at, a.message_id limit %(limit)s"""  # noqa: S608


@cache
def company_zone() -> ZoneInfo:
    """The company's time zone: rules speak of hours and days by its clock."""
    return ZoneInfo(settings.TIME_ZONE)


def gather(
    contact: Contact, message_id: int, at: datetime, moment: Moment, waited_minutes: int = 0
) -> tuple[Situation, int]:
    """
    A message as it is now, with its contact as the caller has it, which may not be stored yet; and the id of the rules' version that is
    published. One statement.
    """
    (row,) = run_prepared(_KNOWN, {"message": message_id, "customer": contact.customer_id, "at": at})
    organisation, flags, cases, earlier, *suggested, version_id = row[_COLUMNS:]
    team_suggested, team_sure, reason_suggested, reason_sure, calendar = suggested
    known = Known(
        is_new=earlier == 0,
        language=contact.language,
        customer=contact.customer_id,
        is_organisation=organisation,
        flags=tuple(flags),
        priority=int(contact.priority),
        team=contact.team_id,
        owner=contact.representative_id,
        is_open=is_open(calendar, at),
        open_cases=cases,
        earlier=earlier,
        team_suggested="" if team_suggested is None else str(team_suggested),
        team_sure=team_sure,
        reason_suggested="" if reason_suggested is None else str(reason_suggested),
        reason_sure=reason_sure,
    )
    return _situation(row[:_COLUMNS], known, moment, waited_minutes, at), version_id


def _situation(written: Sequence[Any], known: Known, moment: Moment, waited_minutes: int, at: datetime) -> Situation:
    message_id, contact_id, _at, channel, sender, recipients, came_to, subject, text, automatic, checks, files = written
    return Situation(
        message_id=message_id,
        contact_id=contact_id,
        at=at.astimezone(company_zone()),
        moment=moment,
        channel=channel,
        sender=sender,
        recipients=tuple(_addresses(recipients)),
        came_to=came_to,
        subject=subject,
        text=text,
        attachments=tuple(files),
        automatic=automatic,
        checks=_checks(checks),
        known=known,
        waited_minutes=waited_minutes,
    )


def _addresses(stored: str) -> Iterator[str]:
    for one in _json(stored):
        address = one.get("address") if isinstance(one, Mapping) else None
        if isinstance(address, str):
            yield address


def _checks(stored: str) -> dict[str, str]:
    found = _json(stored)
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}


def _json(stored: str) -> Any:
    return json.loads(stored)


Kept = tuple[Situation, datetime, datetime | None]


def kept_arrivals(after: datetime, after_id: int, until: datetime, limit: int) -> list[Kept]:
    """
    Messages as they arrived, in order, from after a place on: what was known then, when each came, and when the contact went on or
    ended after it, if it did.
    """
    given = {"after": after, "after_id": after_id, "until": until, "limit": limit}
    found: list[Kept] = []
    for *written, known, next_at in run_prepared(_KEPT, given):
        at = written[2]
        known_then = Known.from_json(json.loads(known))
        found.append((_situation(written, known_then, Moment.MESSAGE, 0, at), at, next_at))
    return found
