"""Balances and bookings of customers, read for their file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from onhand.kernel.database import run_prepared
from onhand.kernel.money import Money
from onhand.ledger.chart import AccountRole, role_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on one account of a customer. Debit is positive: what the customer owes; what we owe them is negative."""

    role: AccountRole
    owner_id: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Booked:
    """One journal as a customer's file shows it: `amount` is what it changed on their accounts of the role asked for."""

    id: int
    at: datetime
    booked_on: date
    what: str
    document: tuple[str, int]
    text: str
    amount: Money


def balances_of(customer_ids: Sequence[int]) -> list[Balance]:
    """Every account of these customers with something on it, by role, owner and currency: one statement, a row an account."""
    rows = run_prepared(
        "select role, owner_id, currency, sum(balance)::bigint from ledger_ledgeraccount"
        " where customer_id = any(%s) and is_kept group by 1, 2, 3 having sum(balance) <> 0 order by 1, 2, 3",
        [list(customer_ids)],
    )
    return [Balance(role_of(role), owner, Money(amount, currency)) for role, owner, currency, amount in rows]


def balance_of(role: AccountRole, currency: str, *, customer_id: int | None = None, owner_id: int = 0) -> Money:
    """What stands on one account; nothing where there is none yet. Whoever decides by it holds the lock of its customer or owner."""
    rows = run_prepared(
        "select balance from ledger_ledgeraccount where role = %s and currency = %s and owner_id = %s"
        " and coalesce(customer_id, 0) = %s and is_kept",
        [role.key, currency, owner_id, customer_id or 0],
    )
    return Money(rows[0][0] if rows else 0, currency)


def bookings_of(
    customer_ids: Sequence[int], role: AccountRole, *, before: int | None = None, most: int = PAGE
) -> list[Booked]:
    """What was booked on these customers' accounts of a role, newest first, from below the journal `before`: costs the page alone."""
    rows = run_prepared(
        """
        select j.id, j.at, j.booked_on, j.what, j.document_type, j.document_id, j.text, a.currency, sum(e.amount)::bigint
        from ledger_ledgeraccount a
        cross join lateral (
          select e.* from ledger_entry e where e.account_id = a.id and e.journal_id < %(before)s
          order by e.id desc limit %(most)s) e
        join ledger_journal j on j.id = e.journal_id
        where a.customer_id = any(%(ids)s) and a.role = %(role)s
        group by j.id, a.currency order by j.id desc limit %(most)s
        """,
        {"ids": list(customer_ids), "role": role.key, "before": before or 2**62, "most": most},
    )
    return [
        Booked(number, at, day, what, (kind, document), text, Money(amount, currency))
        for number, at, day, what, kind, document, text, currency, amount in rows
    ]
