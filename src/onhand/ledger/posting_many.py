"""Many journals at once, for runs over all customers: what `posting.post` writes, in a handful of statements for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from onhand.kernel.bulk import copy_rows
from onhand.kernel.database import run_prepared
from onhand.ledger.posting import Line, _found, _summed

_MAKE = """
insert into ledger_ledgeraccount (role, currency, owner_id, customer_id, is_kept, side, balance)
select role, currency, owner, nullif(customer, 0), kept, side, 0
from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[], %s::text[]) w(role, currency, owner, customer, kept, side)
order by 1, 2, 3, 4 on conflict do nothing
"""
_IDS = "select nextval('ledger_journal_id_seq') from generate_series(1, %s)"
_JOURNAL = (
    *(
        "id",
        "at",
        "booked_on",
        "what",
        "document_type",
        "document_id",
        "key",
        "customer_id",
        "text",
        "reverses_id",
        "xact",
    ),
)


@dataclass(frozen=True, slots=True)
class Booking:
    """One journal to be: see `posting.post`."""

    what: str
    document: tuple[str, int]
    key: str
    lines: Sequence[Line]
    customer_id: int | None = None
    text: str = ""


def post_many(bookings: Sequence[Booking], *, at: datetime, booked_on: date) -> list[int]:
    """
    Book these journals, all or none, in the caller's transaction; their numbers in order. Whoever calls holds the locks of all customers
    on whose accounts is booked. Errors come as the database gives them: a key booked before, a closed period.

    :raises UnbalancedError: one does not balance, or nothing is left of it.
    """
    if not bookings:
        return []
    summed = [_summed(one.lines) for one in bookings]
    accounts = _accounts([line for amounts in summed for line in amounts])
    numbers = [int(number) for (number,) in run_prepared(_IDS, [len(bookings)])]
    copy_rows(
        "ledger_journal",
        _JOURNAL,
        (
            (number, at, booked_on, one.what, *one.document, one.key, one.customer_id, one.text[:200], None, 0)
            for number, one in zip(numbers, bookings, strict=True)
        ),
    )
    copy_rows(
        "ledger_entry",
        ("journal_id", "account_id", "amount"),
        (
            (number, accounts[line.account], amount)
            for number, amounts in zip(numbers, summed, strict=True)
            for line, amount in amounts.items()
        ),
    )
    return numbers


def _accounts(lines: Sequence[Line]) -> dict[tuple[str, str, int, int], int]:
    once = list({line.account: line for line in lines}.values())
    found = _found(once)
    missing = [line for place, line in enumerate(once, 1) if place not in found]
    if missing:
        columns = [[line.account[part] for line in missing] for part in range(4)]
        run_prepared(_MAKE, [*columns, [one.role.is_kept for one in missing], [str(one.role.side) for one in missing]])
        found = _found(once)
    return {line.account: found[place] for place, line in enumerate(once, 1)}
