"""
Totals by role, currency and day: for accounts everybody books on, and for the trial balance. Made in the background from journals whose
transactions are over; what is newer is added when they are read, so that they are exact at every moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from onhand.kernel.database import run_prepared
from onhand.ledger.chart import AccountRole, registered_roles, role_of

LATEST = date(2999, 12, 31)
_POSITION = "select id, system, xact, floor_id from ledger_totalsposition order by id limit 1"
_NOW = """
select (select system_identifier::text from pg_control_system()), pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""
_ADD = """
insert into ledger_daytotal (role, currency, day, debit, credit)
select a.role, a.currency, j.booked_on, sum(greatest(e.amount, 0)), sum(greatest(-e.amount, 0))
from ledger_journal j join ledger_entry e on e.journal_id = j.id join ledger_ledgeraccount a on a.id = e.account_id
where j.xact >= %(since)s and j.xact < %(until)s and j.id > %(floor)s
group by 1, 2, 3 order by 1, 2, 3
on conflict (role, currency, day) do update set debit = ledger_daytotal.debit + excluded.debit,
  credit = ledger_daytotal.credit + excluded.credit
"""
_ANEW = """
insert into ledger_daytotal (role, currency, day, debit, credit)
select a.role, a.currency, j.booked_on, sum(greatest(e.amount, 0)), sum(greatest(-e.amount, 0))
from ledger_journal j join ledger_entry e on e.journal_id = j.id join ledger_ledgeraccount a on a.id = e.account_id
group by 1, 2, 3
"""
_READ = """
with place as (select xact, floor_id from ledger_totalsposition order by id limit 1), rows as (
  select role, currency, debit, credit from ledger_daytotal where day <= %(day)s
  union all
  select a.role, a.currency, greatest(e.amount, 0), greatest(-e.amount, 0)
  from place, ledger_journal j join ledger_entry e on e.journal_id = j.id
  join ledger_ledgeraccount a on a.id = e.account_id
  where j.xact >= place.xact and j.id > place.floor_id and j.booked_on <= %(day)s
)
select role, currency, sum(debit), sum(credit) from rows group by role, currency
"""


@dataclass(frozen=True, slots=True)
class RoleTotal:
    """What was booked in a role and currency, in minor units. The balance is debit positive."""

    role: AccountRole
    currency: str
    debit: int
    credit: int

    @property
    def balance(self) -> int:
        """Debit less credit."""
        return self.debit - self.credit


def trial_balance(on: date | None = None) -> list[RoleTotal]:
    """
    Every role with what was booked in it up to and including a day, or ever, by currency and in the order of the chart. Costs a row a role,
    currency and day, and one an entry not yet summed.
    """
    rows = run_prepared(_READ, {"day": on or LATEST})
    order = {key: place for place, key in enumerate(registered_roles())}
    found = [RoleTotal(role_of(role), currency, int(debit), int(credit)) for role, currency, debit, credit in rows]
    return sorted(found, key=lambda one: (one.currency, order.get(one.role.key, len(order)), one.role.key))


@transaction.atomic
def sum_up() -> None:
    """Add what became final to the totals. Several may call it at a time: they come one after the other."""
    row_id, system, xact, floor = run_prepared(f"{_POSITION} for update")[0]
    here, horizon = run_prepared(_NOW)[0]
    if system != here:
        _make_anew(row_id)
        return
    if horizon > xact:
        run_prepared(_ADD, {"since": xact, "until": horizon, "floor": floor})
        run_prepared("update ledger_totalsposition set xact = %s where id = %s", [horizon, row_id])


@transaction.atomic
def make_anew() -> None:
    """Make all totals anew from the entries. Nobody books meanwhile; takes some seconds for a million entries."""
    _make_anew(run_prepared(f"{_POSITION} for update")[0][0])


def _make_anew(row_id: int) -> None:
    lock_books()
    here, horizon = run_prepared(_NOW)[0]
    run_prepared("delete from ledger_daytotal")
    run_prepared(_ANEW)
    run_prepared(
        "update ledger_totalsposition set system = %s, xact = %s,"
        " floor_id = (select coalesce(max(id), 0) from ledger_journal) where id = %s",
        [here, horizon, row_id],
    )


def lock_books() -> None:
    """Wait until nobody is booking, and let nobody book until this transaction ends."""
    run_prepared("select pg_advisory_xact_lock(hashtext('onhand ledger'), 0)")


def wrong_totals() -> Iterator[str]:
    """Where totals are not the sum of the entries they stand for: reads every entry."""
    rows = run_prepared(
        """
        with place as (select xact, floor_id from ledger_totalsposition order by id limit 1), real as (
          select a.role, a.currency, j.booked_on as day, sum(greatest(e.amount, 0)) as debit, sum(greatest(-e.amount, 0)) as credit
          from place, ledger_journal j join ledger_entry e on e.journal_id = j.id
          join ledger_ledgeraccount a on a.id = e.account_id
          where j.xact < place.xact or j.id <= place.floor_id group by 1, 2, 3
        )
        select role, currency, day, t.debit, t.credit, r.debit, r.credit
        from real r full join ledger_daytotal t using (role, currency, day)
        where t.debit is distinct from r.debit or t.credit is distinct from r.credit order by 1, 2, 3 limit 100
        """
    )
    for role, currency, day, debit, credit, real_debit, real_credit in rows:
        yield f"{role} {currency} {day}: total {debit} / {credit}, entries {real_debit} / {real_credit}"
