"""Journals read one after the other: the newest for people, and all of a span of days for the company's own accounting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from onhand.customers.imports.queries import csv_line
from onhand.kernel.database import run_prepared
from onhand.kernel.money import Money
from onhand.ledger.chart import AccountRole, role_of

PAGE = 50
BATCH = 1000
COLUMNS = (
    *("journal", "booked_on", "written_at", "what", "document", "document_number", "key", "text", "reverses"),
    *("account", "owner", "customer", "currency", "debit", "credit"),
)
_LATEST = """
select j.id, j.at, j.booked_on, j.what, j.document_type, j.document_id, j.text, j.customer_id,
  array_agg(a.role order by e.id), array_agg(a.currency order by e.id), array_agg(e.amount order by e.id)
from (select * from ledger_journal where id < %s order by id desc limit %s) j
join ledger_entry e on e.journal_id = j.id join ledger_ledgeraccount a on a.id = e.account_id
group by 1, 2, 3, 4, 5, 6, 7, 8 order by 1 desc
"""
_SPAN = """
select j.id, j.booked_on, j.at, j.what, j.document_type, j.document_id, j.key, j.text, j.reverses_id,
  a.role, a.owner_id, a.customer_id, a.currency, e.amount
from (
  select * from ledger_journal where booked_on <= %(last)s and (booked_on, id) > (%(day)s, %(number)s)
  order by booked_on, id limit %(most)s
) j
join ledger_entry e on e.journal_id = j.id join ledger_ledgeraccount a on a.id = e.account_id
order by j.booked_on, j.id, e.id
"""


@dataclass(frozen=True, slots=True)
class Written:
    """One journal with its entries: role and amount, debit positive."""

    id: int
    at: datetime
    booked_on: date
    what: str
    document: tuple[str, int]
    text: str
    customer_id: int | None
    entries: Sequence[tuple[AccountRole, Money]]


def latest_journals(before: int | None = None, most: int = PAGE) -> list[Written]:
    """The newest journals below a number: costs the page alone."""
    rows = run_prepared(_LATEST, [before or 2**62, most])
    return [
        Written(
            *(number, at, day, what, (kind, document), text, customer),
            entries=[
                (role_of(role), Money(amount, currency))
                for role, currency, amount in zip(roles, currencies, amounts, strict=True)
            ],
        )
        for number, at, day, what, kind, document, text, customer, roles, currencies, amounts in rows
    ]


def journal_lines(first: date, last: date) -> Iterator[str]:
    """
    Every entry booked from one day to another (inclusive) as lines of CSV under `COLUMNS`, in order of day and journal; amounts are
    decimals of the currency. Some thousand journals are in memory at a time.
    """
    yield csv_line(list(COLUMNS))
    day, number = first, 0
    while True:
        rows = run_prepared(_SPAN, {"last": last, "day": day, "number": number, "most": BATCH})
        if not connection.in_atomic_block:
            connection.close()  # the next batch may be asked for in another thread of the web process
        for row in rows:
            yield csv_line(_cells(row))
        if not rows:
            return
        number, day = rows[-1][0], rows[-1][1]


def _cells(row: Sequence[object]) -> list[str]:
    *head, currency, amount = row
    money = Money(abs(int(str(amount))), str(currency))
    figure = f"{money.decimal:f}"
    sides = [figure, ""] if int(str(amount)) > 0 else ["", figure]
    return [*("" if cell is None else str(cell) for cell in head), str(currency), *sides]
