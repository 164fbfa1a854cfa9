"""
Statements of account: what was booked on a customer's account in a period, with what stood there before and after, and what is open.
An account stands for the whole file: rows of customers that were merged are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from onhand.billing.models import CustomerAccount
from onhand.billing.standing import OpenItem, standing_of
from onhand.customers.membership import family_ids
from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.chart import RECEIVABLE
from onhand.payments.models import Payment, Refund
from onhand.payments.subjects import method_title

Row = tuple[int, date, str, str, int, str, int]
MOST = 1000  # movements on one statement: what is longer is asked for in parts
_ACCOUNTS = "a.customer_id = any(%(ids)s) and a.role = %(role)s and a.currency = %(currency)s"
_SUMS = f"""
select coalesce(sum(e.amount) filter (where j.booked_on < %(first)s), 0)::bigint,
  coalesce(sum(e.amount) filter (where j.booked_on <= %(last)s), 0)::bigint
from ledger_ledgeraccount a join ledger_entry e on e.account_id = a.id join ledger_journal j on j.id = e.journal_id
where {_ACCOUNTS}
"""  # noqa: S608  (all of it is ours)
_MOVEMENTS = f"""
select j.id, j.booked_on, j.what, j.document_type, j.document_id, j.text, sum(e.amount)::bigint
from ledger_ledgeraccount a join ledger_entry e on e.account_id = a.id join ledger_journal j on j.id = e.journal_id
where {_ACCOUNTS} and j.booked_on between %(first)s and %(last)s
group by j.id having sum(e.amount) <> 0 order by j.booked_on, j.id limit %(most)s
"""  # noqa: S608  (all of it is ours)


@dataclass(frozen=True, slots=True)
class Movement:
    """
    One booking as the customer reads it: `text` names the document or what was paid with; `balance` is what stood afterwards.
    `document_id` is the invoice or credit note booked, if it is one.
    """

    day: date
    what: str
    text: str
    amount: Money
    balance: Money
    document_id: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """
    An account from `first` to `last`, both within. Amounts are positive where the customer owes. What is open, is open on `made_on`,
    whatever the period.
    """

    account: CustomerAccount
    first: date
    last: date
    made_on: date
    opening: Money
    closing: Money
    movements: Sequence[Movement]
    open_items: Sequence[OpenItem]
    open_balance: Money


def read_statement(account: CustomerAccount, first: date, last: date, today: date) -> Statement:
    """
    The statement of a period.

    :raises NotPossible: days in the wrong order or to come, or more bookings than fit on one.
    """
    if first > last:
        raise NotPossible(_("The first day is after the last."), field="first")
    if last > today:
        raise NotPossible(_("Choose days up to today."), field="last")
    given = {
        "ids": family_ids([account.customer_id]),
        "role": RECEIVABLE.key,
        "currency": account.currency,
        "first": first,
        "last": last,
        "most": MOST + 1,
    }
    ((opening, closing),) = run_prepared(_SUMS, given)
    rows: list[Row] = run_prepared(_MOVEMENTS, given)
    if len(rows) > MOST:
        words = _("More than %(most)s bookings are in this time: choose a shorter one.")
        raise NotPossible(words % {"most": MOST}, field="first")
    standing = standing_of(account.pk, account.currency)
    return Statement(
        account=account,
        first=first,
        last=last,
        made_on=today,
        opening=Money(opening, account.currency),
        closing=Money(closing, account.currency),
        movements=_movements(rows, opening, account.currency),
        open_items=standing.items,
        open_balance=standing.balance,
    )


def _movements(rows: Sequence[Row], opening: int, currency: str) -> list[Movement]:
    with_what = _methods(rows)
    found, stands = [], opening
    for _id, day, what, kind, number, text, minor in rows:
        stands += minor
        told = text or with_what.get((kind, number), "")
        document_id = number if kind == "document" else None
        found.append(Movement(day, what, told, Money(minor, currency), Money(stands, currency), document_id))
    return found


def _methods(rows: Sequence[Row]) -> dict[tuple[str, int], str]:
    """What was paid with, or given back to, of the payments and refunds among these bookings."""
    of: dict[str, list[int]] = {"payment": [], "refund": []}
    for _id, _day, _what, kind, number, _text, _minor in rows:
        of.get(kind, []).append(number)
    payments = Payment.objects.filter(pk__in=of["payment"]).select_related("method")
    refunds = Refund.objects.filter(pk__in=of["refund"]).select_related("to")
    return {("payment", one.pk): method_title(one.method) for one in payments} | {
        ("refund", one.pk): method_title(one.to) for one in refunds
    }
