"""What books promise whatever a program does: journals balance, are never changed, and are not booked into closed periods; balances are kept."""

from typing import ClassVar

from django.db import migrations

# The lock everybody who books shares, and who closes a period has alone: (class, number).
WRITTEN = """
create function ledger_journal_written() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtext('onhand ledger'), 0);
  if exists (select from ledger_closedperiod where last_day >= new.booked_on) then
    raise exception 'ledger_period_is_closed: % is in a closed period', new.booked_on using errcode = 'check_violation';
  end if;
  new.xact := pg_current_xact_id()::text::bigint;
  return new;
end $$;
create trigger ledger_journal_written before insert on ledger_journal
  for each row execute function ledger_journal_written();
"""
BALANCED = """
create function ledger_journal_balances() returns trigger language plpgsql as $$
begin
  if (select count(*) < 2 from ledger_entry where journal_id = new.id) or exists (
    select from ledger_entry e join ledger_ledgeraccount a on a.id = e.account_id
    where e.journal_id = new.id group by a.currency having sum(e.amount) <> 0)
  then
    raise exception 'ledger_journal_balances: journal % does not balance', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_journal_balances after insert on ledger_journal
  deferrable initially deferred for each row execute function ledger_journal_balances();
"""
# Entries come with their journal, so that one balanced before is never added to; rows of kept accounts are locked in order.
KEPT = """
create function ledger_entries_written() returns trigger language plpgsql as $$
begin
  if exists (select from added e join ledger_journal j on j.id = e.journal_id
    where j.xact <> pg_current_xact_id()::text::bigint)
  then
    raise exception 'entries are written with their journal' using errcode = 'restrict_violation';
  end if;
  perform from ledger_ledgeraccount a where a.is_kept and a.id in (select account_id from added)
    order by a.id for no key update;
  update ledger_ledgeraccount a set balance = a.balance + s.total
    from (select account_id, sum(amount)::bigint as total from added group by account_id) s
    where a.id = s.account_id and a.is_kept;
  return null;
end $$;
create trigger ledger_entries_written after insert on ledger_entry
  referencing new table as added for each statement execute function ledger_entries_written();
"""
NEVER_CHANGED = "".join(
    f"""
create trigger {table}_append_only before update or delete on {table} for each row execute function kernel_refuse_change();
create trigger {table}_never_emptied before truncate on {table} for each statement execute function kernel_refuse_change();
"""
    for table in ("ledger_journal", "ledger_entry", "ledger_closedperiod")
)
BACK = (
    "".join(
        f"drop trigger {table}_append_only on {table}; drop trigger {table}_never_emptied on {table};"
        for table in ("ledger_journal", "ledger_entry", "ledger_closedperiod")
    )
    + """
drop trigger ledger_entries_written on ledger_entry;
drop function ledger_entries_written();
drop trigger ledger_journal_balances on ledger_journal;
drop function ledger_journal_balances();
drop trigger ledger_journal_written on ledger_journal;
drop function ledger_journal_written();
"""
)
ONE_POSITION = "insert into ledger_totalsposition (system, xact, floor_id) values ('', 0, 0);"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0001_double_entry_books"), ("kernel", "0002_append_only")]
    operations: ClassVar = [
        migrations.RunSQL(WRITTEN + BALANCED + KEPT + NEVER_CHANGED, BACK),
        migrations.RunSQL(ONE_POSITION, "delete from ledger_totalsposition;"),
    ]
