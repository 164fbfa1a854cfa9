"""Proof that payments say what was booked: each night, and by `onhand check books`."""

from collections.abc import Iterator

from onhand.kernel.database import run_prepared
from onhand.ledger.checks import books_check

# What came in, went out and is held, by the rows here and by the journals of the ledger. The numbers of payments are in the documents.
_PAYMENTS = """
select coalesce(p.id, j.document_id), coalesce(p.minor, 0), coalesce(j.booked, 0)::text from (
  select id, case when from_system <> '' and document_type = 'order' then 0 else captured_minor end as minor from payments_payment) p
full join (select j.document_id, -sum(e.amount) as booked from ledger_journal j
    join ledger_entry e on e.journal_id = j.id join ledger_ledgeraccount a on a.id = e.account_id and a.role = 'receivable'
    where j.document_type = 'payment' group by 1) j on j.document_id = p.id
where coalesce(p.minor, 0) <> coalesce(j.booked, 0) order by 1 limit 101
"""
_REFUNDS = """
select coalesce(r.id, j.document_id), coalesce(r.minor, 0), coalesce(j.booked, 0)::text
from (select id, case when state <> 'done' or (from_system <> '' and document_type = 'order') then 0 else minor end as minor
    from payments_refund) r
full join (select j.document_id, sum(e.amount) as booked from ledger_journal j
    join ledger_entry e on e.journal_id = j.id join ledger_ledgeraccount a on a.id = e.account_id and a.role = 'receivable'
    where j.document_type = 'refund' group by 1) j on j.document_id = r.id
where coalesce(r.minor, 0) <> coalesce(j.booked, 0) order by 1 limit 101
"""
_SUMS = """
select p.id, p.captured_minor, p.refunded_minor, p.refunding_minor, s.refunded::text, s.refunding::text from payments_payment p
cross join lateral (
  select coalesce(sum(r.minor) filter (where r.state = 'done'), 0) as refunded,
    coalesce(sum(r.minor) filter (where r.state = 'pending'), 0) as refunding
  from payments_refund r where r.payment_id = p.id) s
where (p.refunded_minor, p.refunding_minor) is distinct from (s.refunded, s.refunding)
  or s.refunded + s.refunding > p.captured_minor order by 1 limit 101
"""
_CHARGEBACKS = """
select coalesce(m.id, j.document_id), coalesce(m.minor, 0)::text, coalesce(j.booked, 0)::text
from (select chargeback_id as id, sum(minor) as minor from payments_chargebackmove group by 1) m
full join (select j.document_id, sum(e.amount) as booked from ledger_journal j
    join ledger_entry e on e.journal_id = j.id join ledger_ledgeraccount a on a.id = e.account_id and a.role = 'receivable'
    where j.document_type = 'chargeback' group by 1) j on j.document_id = m.id
where coalesce(m.minor, 0) <> coalesce(j.booked, 0) order by 1 limit 101
"""
_TAKEN_BACK = """
select p.id, p.taken_back_minor, coalesce(s.taken, 0)::text from payments_payment p
full join (select b.payment_id, sum(m.minor) as taken from payments_chargeback b
    join payments_chargebackmove m on m.chargeback_id = b.id group by 1) s on s.payment_id = p.id
where p.taken_back_minor <> coalesce(s.taken, 0) order by 1 limit 101
"""
_CARDS = """
select a.owner_id, a.currency, a.balance from ledger_ledgeraccount a left join payments_storedvaluecard c on c.id = a.owner_id
where a.role = 'stored_value' and a.balance <> 0 and (c.id is null or c.currency <> a.currency or c.state <> 'active')
order by 1 limit 101
"""
_DEPOSITS = """
select d.id, d.state, case when d.held_on is null then 0
    else d.minor + d.interest_minor - d.applied_minor - d.returned_minor end, coalesce(-a.balance, 0)
from payments_deposit d left join ledger_ledgeraccount a
  on a.role = 'deposit' and a.owner_id = d.id and a.currency = d.currency and a.customer_id = d.customer_id
where case when d.held_on is null then 0 else d.minor + d.interest_minor - d.applied_minor - d.returned_minor end
  <> coalesce(-a.balance, 0) order by 1 limit 101
"""
_UNMATCHED = """
select s.currency, s.left_over::text, coalesce(b.booked, 0)::text from (
  select currency, sum(minor) filter (where state <> 'matched') as left_over from payments_bankline group by 1) s
left join (select a.currency, -sum(e.amount) as booked from ledger_entry e
  join ledger_ledgeraccount a on a.id = e.account_id and a.role = 'unmatched' group by 1) b using (currency)
where coalesce(s.left_over, 0) <> coalesce(b.booked, 0) order by 1
"""


@books_check("payments")
def payments_are_booked() -> Iterator[str]:
    """Payments and refunds whose journals say something else, or that have none; refunds above what came in."""
    for number, said, booked in run_prepared(_PAYMENTS):
        yield f"payment {number} says {said} came in, booked is {booked}"
    for number, said, booked in run_prepared(_REFUNDS):
        yield f"refund {number} says {said} went out, booked is {booked}"
    for number, captured, refunded, refunding, done, pending in run_prepared(_SUMS):
        yield f"payment {number} of {captured} says {refunded} and {refunding} are refunded, its refunds {done} and {pending}"


@books_check("chargebacks")
def chargebacks_are_booked() -> Iterator[str]:
    """Chargebacks whose moves are not what was booked, and payments that say something else than theirs."""
    for number, said, booked in run_prepared(_CHARGEBACKS):
        yield f"chargeback {number} moved {said}, booked is {booked}"
    for number, said, taken in run_prepared(_TAKEN_BACK):
        yield f"payment {number} says {said} were taken back, its chargebacks {taken}"


@books_check("stored_value")
def stored_value_has_its_card() -> Iterator[str]:
    """Value that stands on no card, on one that was cancelled, or in another currency than its card."""
    for owner, currency, balance in run_prepared(_CARDS):
        yield f"stored value {owner} holds {-balance} {currency} without an active card of that currency"


@books_check("deposits")
def deposits_are_held() -> Iterator[str]:
    """Deposits that say they hold something else than the ledger."""
    for number, state, said, held in run_prepared(_DEPOSITS):
        yield f"deposit {number} ({state}) says {said} is held, booked is {held}"


@books_check("bank_lines")
def what_is_not_matched_is_booked_so() -> Iterator[str]:
    """Lines of statements not matched yet that are not what stands on nobody's account."""
    for currency, said, booked in run_prepared(_UNMATCHED):
        yield f"lines of {said} {currency} are not matched, booked is {booked}"
