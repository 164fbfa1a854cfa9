"""Usage brought in from meters and systems, many rows at once: the same comes in once, whatever is sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from onhand.billing.models import Subscription, UsageRecord
from onhand.kernel.database import run_prepared

MOST_AT_ONCE = 5_000
LARGEST = Decimal(10) ** 13
_STORE = """
insert into billing_usagerecord (subscription_id, source, outside_id, day, quantity)
select * from unnest(%s::bigint[], %s::text[], %s::text[], %s::date[], %s::numeric[]) on conflict (source, outside_id) do nothing
returning outside_id
"""
_KNOWN = """
select w.n, u.subscription_id, u.day, u.quantity from unnest(%s::text[]) with ordinality w(outside_id, n)
join billing_usagerecord u on u.source = %s and u.outside_id = w.outside_id
"""
# A run holds the accounts it bills: until it has committed nobody knows which days are billed. Whoever holds an account waits for no usage.
_HOLD_ACCOUNTS = """
select id from billing_customeraccount
where id in (select s.account_id from billing_subscription s where s.id = any(%s)) order by id for share
"""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """So much of a subscription on a day, under the name its source gives it."""

    subscription_id: int
    outside_id: str
    day: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class UsageDone:
    """How many rows were stored, how many were there already, and what was wrong with which (by place, from 0)."""

    stored: int
    known: int
    errors: dict[int, str]


@transaction.atomic
def store_usage(rows: Sequence[UsageRow], *, source: str, today: date) -> UsageDone:
    """
    Store what is right of these rows; the rest is named. Something else under a name known already is an error of that row, and so is
    what was used on a day that is billed: no bill would ever ask for it.
    """
    errors: dict[int, str] = {}
    subscribed = _held({row.subscription_id for row in rows})
    there = _names_of(rows, source)
    for place, row in enumerate(rows):
        one = subscribed.get(row.subscription_id)
        if said := _wrong(row, one, today):
            errors[place] = said
        elif one is not None and row.day < one.billed_until and row.outside_id not in there:
            errors[place] = _("This day is billed already: put right what was billed.")
    good = [(place, row) for place, row in enumerate(rows) if place not in errors]
    first: dict[str, UsageRow] = {}
    for place, row in good:
        if first.setdefault(row.outside_id, row) != row:
            errors[place] = _("This name stands for something else in the same rows.")
    new = list(first.values())
    columns = [[row.subscription_id for row in new], [source] * len(new), [row.outside_id for row in new]]
    stored = run_prepared(_STORE, [*columns, [row.day for row in new], [row.quantity for row in new]]) if new else []
    errors |= _other_than_known(good, source, errors)
    taken = len(stored)
    return UsageDone(taken, len(rows) - taken - len(errors), errors)


def _held(subscription_ids: set[int]) -> dict[int, Subscription]:
    """The subscriptions as they are billed, which they stay until the transaction ends."""
    if subscription_ids:
        run_prepared(_HOLD_ACCOUNTS, [sorted(subscription_ids)])
    return Subscription.objects.in_bulk(subscription_ids)


def _names_of(rows: Sequence[UsageRow], source: str) -> set[str]:
    """The names among these that stand for usage already: what is sent again is known, billed or not."""
    names = {row.outside_id for row in rows}
    return set(UsageRecord.objects.filter(source=source, outside_id__in=names).values_list("outside_id", flat=True))


def _wrong(row: UsageRow, subscription: Subscription | None, today: date) -> str:
    if subscription is None:
        return _("There is no such subscription.")
    if not row.outside_id or len(row.outside_id) > 100:
        return _("Give a name of at most 100 characters.")
    if not row.quantity.is_finite() or not 0 <= row.quantity <= LARGEST or row.quantity != round(row.quantity, 4):
        return _("Give a quantity from nothing on, with at most four decimal places.")
    ended = subscription.ended_on is not None and row.day > subscription.ended_on
    if row.day < subscription.started_on or ended or row.day > today:
        return _("This day is not within the subscription, or still to come.")
    return ""


def _other_than_known(good: Sequence[tuple[int, UsageRow]], source: str, errors: dict[int, str]) -> dict[int, str]:
    """Rows whose name is that of other usage, stored before."""
    checked = [(place, row) for place, row in good if place not in errors]
    found = run_prepared(_KNOWN, [[row.outside_id for _place, row in checked], source]) if checked else []
    wrong = {}
    for number, subscription_id, day, quantity in found:
        place, row = checked[int(number) - 1]
        if (row.subscription_id, row.day, row.quantity) != (subscription_id, day, quantity):
            wrong[place] = _("This name stands for other usage already.")
    return wrong
