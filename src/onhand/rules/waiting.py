"""Rules asked by the clock: about contacts that have waited for an answer for so long. Each is asked once about each message."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from onhand.contacts.models import Contact
from onhand.rules.answering import last_answer
from onhand.rules.definitions import Rule
from onhand.rules.enums import Moment
from onhand.rules.gathering import gather
from onhand.rules.models import RuleSetVersion, WaitingAsked
from onhand.rules.planning import plan
from onhand.rules.published import applied, current
from onhand.rules.running import carry_out

MOST_AT_ONCE = 1_000

# Contacts whose turn it is here, with the customer's last message, about which this rule was not asked yet; the longest waiting first.
_DUE = """
select c.id, m.id, m.at from contacts_contact c cross join lateral (
  select m.id, m.at from contacts_message m
  where m.contact_id = c.id and m.direction = 'inbound' and not m.is_internal order by m.at desc, m.id desc limit 1) m
where c.ended_at is null and c.needs_answer and c.waiting_until is null
  and c.last_message_at is not null and c.last_message_at <= %(before)s and m.at <= %(before)s
  and not exists (select 1 from rules_waitingasked a where a.message_id = m.id and a.rule_key = %(key)s)
order by c.last_message_at, c.id limit %(limit)s
"""


def apply_waiting_rules(at: datetime) -> int:
    """Ask the rules about contacts that waited too long; how many times one acted."""
    version = RuleSetVersion.objects.filter(number=current().published).first()
    if version is None:
        return 0
    rules = [rule for rule in applied(version.pk).rules if rule.when is Moment.WAITING and rule.is_on]
    return sum(
        _ask(rule, version.pk, contact_id, message_id, at)
        for rule in rules
        for contact_id, message_id in _due(rule, at)
    )


def _due(rule: Rule, at: datetime) -> list[tuple[int, int]]:
    given: dict[str, Any] = {
        "before": at - timedelta(minutes=rule.wait_minutes),
        "key": rule.key,
        "limit": MOST_AT_ONCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, given)
        return [(contact_id, message_id) for contact_id, message_id, _at in cursor.fetchall()]


def _ask(rule: Rule, version_id: int, contact_id: int, message_id: int, at: datetime) -> bool:
    """Ask one rule about one contact, unless somebody is at it or has dealt with it meanwhile: then the next round looks again."""
    with transaction.atomic():
        contact = (
            Contact.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=contact_id, ended_at__isnull=True, needs_answer=True, waiting_until__isnull=True)
            .first()
        )
        if contact is None or not WaitingAsked.objects.bulk_create(
            [WaitingAsked(message_id=message_id, rule_key=rule.key, at=at)], ignore_conflicts=True
        ):
            return False
        situation, _published = gather(contact, message_id, at, Moment.WAITING, rule.wait_minutes)
        matches = plan([rule], situation, last_answer)
        carry_out(matches, situation, applied(version_id).number, at)
        return bool(matches)
