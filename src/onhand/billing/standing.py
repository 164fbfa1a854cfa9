"""
How accounts stand: what is open, what of it is overdue, and since when. What comes in pays what was due first, so what is open is the part
of the balance that the latest items make up. Items are invoices, and in place of those a running payment plan covers, its instalments.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from onhand.kernel.database import run_prepared
from onhand.kernel.money import Money

MOST_ITEMS = 200  # of each account: what is older counts as one item due when the oldest of these was
# Rows of customers that were merged are one file: what comes in on one of them pays what another owes.
FILE_OF = """(
  select coalesce(o.merged_into_id, o.id) as id from customers_customer o where o.id = a.customer_id
  union
  select m.id from customers_customer o join customers_customer m on m.merged_into_id = coalesce(o.merged_into_id, o.id)
  where o.id = a.customer_id
) c"""
_BALANCES = f"""
select a.id, coalesce(sum(l.balance), 0)::bigint from billing_customeraccount a cross join lateral {FILE_OF}
left join ledger_ledgeraccount l on l.customer_id = c.id and l.role = 'receivable' and l.currency = a.currency
where a.id = any(%(ids)s) group by 1
"""  # noqa: S608  (all of it is ours)
_ITEMS = f"""
select a.id, i.kind, i.id, i.label, i.due_on, i.minor from billing_customeraccount a
left join lateral (
  select p.id, p.agreed_at from {FILE_OF} join billing_customeraccount b on b.customer_id = c.id and b.currency = a.currency
  join billing_paymentplan p on p.account_id = b.id and p.state = 'running' order by b.id <> a.id, p.id limit 1
) p on true
cross join lateral (
  (select 'document' as kind, d.id, d.label, d.due_on, d.minor from {FILE_OF} cross join lateral (
     select d.id, d.label, d.due_on, d.gross_minor - d.credited_minor as minor from invoicing_document d
     where d.customer_id = c.id and d.kind = 'invoice' and d.currency = a.currency and d.gross_minor > d.credited_minor
       and (p.id is null or d.issued_at > p.agreed_at) order by d.id desc limit %(most)s
   ) d order by d.id desc limit %(most)s)
  union all
  (select 'elsewhere', d.id, d.label, d.due_on, d.minor from {FILE_OF} cross join lateral (
     select d.id, d.label, d.due_on, d.open_minor as minor from invoicing_outsideinvoice d
     where d.customer_id = c.id and d.kind = 'invoice' and d.currency = a.currency and d.open_minor > 0
       and (p.id is null or d.taken_at > p.agreed_at) order by d.issued_at desc, d.id desc limit %(most)s
   ) d order by d.id desc limit %(most)s)
  union all
  (select 'instalment', n.id, n.number::text, n.due_on, n.minor from billing_instalment n
   where n.plan_id = p.id and n.state <> 'cancelled')
) i
where a.id = any(%(ids)s) order by a.id, i.due_on, i.kind, i.id
"""  # noqa: S608  (all of it is ours)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something due on a day of which `left` is not paid. `kind` is document, elsewhere or instalment."""

    kind: str
    id: int
    label: str
    due_on: date
    amount: Money
    left: Money


@dataclass(slots=True)
class Standing:
    """How an account stands. A negative balance is the customer's credit."""

    account_id: int
    balance: Money
    items: list[OpenItem] = field(default_factory=list)
    paid: list[OpenItem] = field(default_factory=list)

    def overdue(self, day: date) -> Money:
        """What was due before a day and is not paid."""
        return Money(sum(one.left.minor for one in self.items if one.due_on < day), self.balance.currency)

    def overdue_since(self, day: date) -> date | None:
        """When the oldest of it was due."""
        return next((one.due_on for one in self.items if one.due_on < day), None)

    def next_due(self, day: date) -> OpenItem | None:
        """What is due next from a day on."""
        return next((one for one in self.items if one.due_on >= day), None)


def standings_of(accounts: dict[int, str]) -> dict[int, Standing]:
    """How these accounts stand, by id; `accounts` says the currency of each. Two statements."""
    given = {"ids": sorted(accounts), "most": MOST_ITEMS}
    found = {
        pk: Standing(pk, Money(balance, accounts[pk])) for pk, balance in run_prepared(_BALANCES, {"ids": given["ids"]})
    }
    rows: dict[int, list[tuple[str, int, str, date, int]]] = {}
    for account, *item in run_prepared(_ITEMS, given):
        rows.setdefault(account, []).append((item[0], item[1], item[2], item[3], item[4]))
    for pk, items in rows.items():
        _settle(found[pk], items)
    return found


def standing_of(account_id: int, currency: str) -> Standing:
    """How one account stands."""
    return standings_of({account_id: currency})[account_id]


def _settle(standing: Standing, items: Sequence[tuple[str, int, str, date, int]]) -> None:
    """Spread what is open over the items, the latest due first; the rest of them is paid."""
    left, currency = max(0, standing.balance.minor), standing.balance.currency
    for kind, pk, label, due_on, minor in reversed(items):
        part = min(left, minor)
        left -= part
        item = OpenItem(kind, pk, label, due_on, Money(minor, currency), Money(part, currency))
        (standing.items if part else standing.paid).insert(0, item)
    if left and standing.items:  # what no item explains, such as what is older than the plan: due with the oldest
        first = standing.items[0]
        standing.items[0] = OpenItem(
            first.kind, first.id, first.label, first.due_on, first.amount, Money(first.left.minor + left, currency)
        )
