"""
Proof that the books are right: every journal balances, every kept balance is the sum of its entries, totals are what was booked, and what
other apps register: that their documents say what the ledger says.

    @books_check("payments")
    def payments_are_booked() -> Iterator[str]: ...
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from onhand.kernel.database import run_prepared
from onhand.ledger.models import BooksCheck
from onhand.ledger.totals import wrong_totals

Check = Callable[[], Iterator[str]]
MOST_FAULTS = 100

_checks: dict[str, Check] = {}


def books_check(key: str) -> Callable[[Check], Check]:
    """
    Register the function below: it yields a line for everything that is wrong.

    :raises TypeError: the key is taken.
    """

    def register(check: Check) -> Check:
        if key in _checks:
            raise TypeError(f"two checks of the books are called {key}")
        _checks[key] = check
        return check

    return register


def forget_check(key: str) -> None:
    """Take a check out again: for tests that define their own."""
    _checks.pop(key, None)


def find_faults() -> Iterator[tuple[str, str]]:
    """(check, what is wrong), of everything; reads every entry."""
    for key, check in _checks.items():
        for line in check():
            yield key, line


def check_books(at: datetime) -> BooksCheck:
    """Look at all books at one moment, and keep what was found."""
    began = time.monotonic()
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone:  # everything as of one moment, while others book
            run_prepared("set transaction isolation level repeatable read")
        found = list(islice(find_faults(), MOST_FAULTS + 1))
        ((journals, accounts),) = run_prepared(
            "select (select count(*) from ledger_journal), (select count(*) from ledger_ledgeraccount)"
        )
    return BooksCheck.objects.create(
        at=at,
        seconds=time.monotonic() - began,
        journals=journals,
        accounts=accounts,
        fault_count=len(found),
        faults=[f"{key}: {line}" for key, line in found[:MOST_FAULTS]],
    )


@books_check("journals")
def journals_that_do_not_balance() -> Iterator[str]:
    """Journals whose entries do not sum to nothing, or that have too few."""
    rows = run_prepared(
        "select j.id, a.currency, coalesce(sum(e.amount), 0)::text, count(e.id) from ledger_journal j"
        " left join ledger_entry e on e.journal_id = j.id left join ledger_ledgeraccount a on a.id = e.account_id"
        " group by 1, 2 having coalesce(sum(e.amount), 0) <> 0 or count(e.id) < 2 order by 1 limit 101"
    )
    for journal, currency, left, count in rows:
        yield f"journal {journal} has {count} entries in {currency}, off by {left}"


@books_check("balances")
def balances_that_are_not_their_entries() -> Iterator[str]:
    """Kept balances that are not the sum of their account's entries."""
    rows = run_prepared(
        "select a.id, a.role, a.balance, coalesce(s.total, 0)::text from ledger_ledgeraccount a left join"
        " (select account_id, sum(amount) as total from ledger_entry group by 1) s on s.account_id = a.id"
        " where a.is_kept and a.balance <> coalesce(s.total, 0) order by 1 limit 101"
    )
    for account, role, balance, total in rows:
        yield f"account {account} ({role}) holds {balance}, its entries {total}"


@books_check("totals")
def totals_that_are_not_their_entries() -> Iterator[str]:
    """Totals of days that are not what was booked."""
    yield from wrong_totals()
