"""
Booking: `post` writes one journal with its entries in one statement.

    post("payment", document=("payment", 12), key="payment:12:captured", at=now, booked_on=today, customer_id=7, lines=[
        debit(PROVIDER, amount), credit(RECEIVABLE, amount, customer_id=7),
    ])

The balances of kept accounts are changed with it, in order of account. Whoever books on accounts of a customer in several journals of one
transaction holds that customer's lock, so that two transactions never wait for one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError
from django.utils.translation import gettext as _

from onhand.kernel.database import run_prepared
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.chart import AccountRole, role_of

_FIND = """
select w.n, a.id from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) with ordinality w(role, currency, owner, customer, n)
join ledger_ledgeraccount a on a.role = w.role and a.currency = w.currency and a.owner_id = w.owner
  and coalesce(a.customer_id, 0) = w.customer
"""
_MAKE = """
insert into ledger_ledgeraccount (role, currency, owner_id, customer_id, is_kept, side, balance)
values (%s, %s, %s, nullif(%s::bigint, 0), %s, %s, 0) on conflict do nothing
"""
_POST = """
with journal as (
  insert into ledger_journal
    (at, booked_on, what, document_type, document_id, key, customer_id, text, reverses_id, xact)
  values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0) returning id
), entries as (
  insert into ledger_entry (journal_id, account_id, amount)
  select journal.id, w.account, w.amount from journal, unnest(%s::bigint[], %s::bigint[]) w(account, amount)
)
select id from journal
"""
OVERDRAWN = "ledger_account_on_its_side"
CLOSED = "ledger_period_is_closed"


class UnbalancedError(ValueError):
    """A journal whose entries do not sum to nothing in each currency, or that has none: a fault in the caller."""


class AlreadyPostedError(ValueError):
    """The same business was booked before."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry to be: an amount on the account of a role, of a customer or an owner where the role is kept. Debit is positive."""

    role: AccountRole
    amount: Money
    customer_id: int = 0
    owner_id: int = 0

    @property
    def account(self) -> tuple[str, str, int, int]:
        """What names the account."""
        return self.role.key, self.amount.currency, self.owner_id, self.customer_id


def debit(role: AccountRole, amount: Money, *, customer_id: int | None = None, owner_id: int = 0) -> Line:
    """An amount on the debit side."""
    return _line(role, amount, customer_id, owner_id)


def credit(role: AccountRole, amount: Money, *, customer_id: int | None = None, owner_id: int = 0) -> Line:
    """An amount on the credit side."""
    return _line(role, -amount, customer_id, owner_id)


def _line(role: AccountRole, amount: Money, customer_id: int | None, owner_id: int) -> Line:
    if not role.is_kept and (customer_id or owner_id):
        raise UnbalancedError(f"{role.key} is one account for all")
    if role.is_kept and not (customer_id or owner_id):
        raise UnbalancedError(f"{role.key} needs somebody whose it is")
    return Line(role, amount, customer_id or 0, owner_id)


def post(
    what: str,
    *,
    document: tuple[str, int],
    key: str,
    lines: Sequence[Line],
    at: datetime,
    booked_on: date,
    customer_id: int | None = None,
    text: str = "",
    reverses: int | None = None,
) -> int:
    """
    Book one journal; its number. Lines on the same account are one entry, those of nothing are none. Two statements, and one more for
    each account that is new.

    :raises UnbalancedError: the lines do not balance, or nothing is left of them.
    :raises AlreadyPostedError: there is a journal of that key.
    :raises NotPossible: an account would be overdrawn that must not be, or the day is in a closed period.
    """
    amounts = _summed(lines)
    numbers = _account_ids(list(amounts))
    head = [at, booked_on, what, *document, key, customer_id, text[:200], reverses]
    try:
        ((number,),) = run_prepared(_POST, [*head, numbers, list(amounts.values())])
    except IntegrityError as error:
        raise _explained(error, key) from error
    return int(number)


def reverse(
    journal_id: int, *, document: tuple[str, int], key: str, at: datetime, booked_on: date, text: str = ""
) -> int:
    """
    Book the contrary of a journal; the new one's number. A journal is reversed once: the database refuses the second.

    :raises AlreadyPostedError: it was reversed before, or there is a journal of that key.
    """
    rows = run_prepared(
        "select j.what, j.customer_id, a.role, a.currency, a.owner_id, coalesce(a.customer_id, 0), e.amount"
        " from ledger_journal j join ledger_entry e on e.journal_id = j.id"
        " join ledger_ledgeraccount a on a.id = e.account_id where j.id = %s order by e.id",
        [journal_id],
    )
    if not rows:
        raise UnbalancedError(f"there is no journal {journal_id}")
    lines = [
        Line(role_of(role), -Money(amount, currency), customer, owner)
        for _what, _customer, role, currency, owner, customer, amount in rows
    ]
    return post(
        rows[0][0],
        document=document,
        key=key,
        lines=lines,
        at=at,
        booked_on=booked_on,
        customer_id=rows[0][1],
        text=text,
        reverses=journal_id,
    )


def _summed(lines: Sequence[Line]) -> dict[Line, int]:
    """The amount by account, in minor units; the key is the first line on it."""
    first: dict[tuple[str, str, int, int], Line] = {}
    amounts: dict[Line, int] = {}
    by_currency: dict[str, int] = {}
    for line in lines:
        one = first.setdefault(line.account, line)
        amounts[one] = amounts.get(one, 0) + line.amount.minor
        by_currency[line.amount.currency] = by_currency.get(line.amount.currency, 0) + line.amount.minor
    if wrong := {currency: left for currency, left in by_currency.items() if left}:
        raise UnbalancedError(f"the entries do not balance: {wrong}")
    if not any(amounts.values()):
        raise UnbalancedError("there is nothing to book")
    return {line: amount for line, amount in amounts.items() if amount}


def _account_ids(lines: Sequence[Line]) -> list[int]:
    found = _found(lines)
    missing = [line for place, line in enumerate(lines, 1) if place not in found]
    for line in sorted(missing, key=lambda one: one.account):
        role, (key, currency, owner, customer) = line.role, line.account
        run_prepared(_MAKE, [key, currency, owner, customer, role.is_kept, str(role.side)])
    if missing:
        found = _found(lines)
    return [found[place] for place in range(1, len(lines) + 1)]


def _found(lines: Sequence[Line]) -> dict[int, int]:
    accounts = [line.account for line in lines]
    columns = [[account[part] for account in accounts] for part in range(4)]
    return dict(run_prepared(_FIND, columns))


def _explained(error: IntegrityError, key: str) -> Exception:
    said = str(error)
    if OVERDRAWN in said:
        return NotPossible(_("There is not enough on this account."))
    if CLOSED in said:
        return NotPossible(_("The books of that day are closed."))
    if "ledger_journal_key" in said or "reverses" in said:
        return AlreadyPostedError(f"{key} is booked already")
    return error
