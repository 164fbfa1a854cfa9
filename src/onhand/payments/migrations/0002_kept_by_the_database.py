"""
What the database keeps of payments: what was refunded of each, and never more than was captured. What a payment or refund is about never
changes; counts and raw messages are never changed at all.
"""

from typing import ClassVar

from django.db import migrations

# A refund that failed counts for nothing. Payments are locked in order by every statement that changes several.
REFUNDED = """
create function payments_refunded() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if (new.payment_id, new.minor, new.key, new.to_id) is distinct from (old.payment_id, old.minor, old.key, old.to_id) then
      raise exception 'payments_refund_stands: what is refunded never changes' using errcode = 'restrict_violation';
    end if;
    if new.state = old.state then
      return null;
    end if;
    if old.state = 'failed' or new.state = 'pending' then
      raise exception 'payments_refund_stands: a refund does not go back' using errcode = 'restrict_violation';
    end if;
  end if;
  update payments_payment set
    refunded_minor = refunded_minor
      + case when tg_op <> 'DELETE' and new.state = 'done' then new.minor else 0 end
      - case when tg_op <> 'INSERT' and old.state = 'done' then old.minor else 0 end,
    refunding_minor = refunding_minor
      + case when tg_op <> 'DELETE' and new.state = 'pending' then new.minor else 0 end
      - case when tg_op <> 'INSERT' and old.state = 'pending' then old.minor else 0 end
  where id = case when tg_op = 'DELETE' then old.payment_id else new.payment_id end;
  return null;
end $$;
create trigger payments_refunded after insert or update or delete on payments_refund
  for each row execute function payments_refunded();
"""
# The sums on a payment are those of its refunds, whoever writes them.
SUMS = """
create function payments_sums_fit() returns trigger language plpgsql as $$
begin
  if exists (
    select from payments_payment p cross join lateral (
      select coalesce(sum(r.minor) filter (where r.state = 'done'), 0) as refunded,
        coalesce(sum(r.minor) filter (where r.state = 'pending'), 0) as refunding
      from payments_refund r where r.payment_id = p.id) s
    where p.id = new.id and (p.refunded_minor, p.refunding_minor) is distinct from (s.refunded, s.refunding))
  then
    raise exception 'payments_sums_fit: payment % says something else than its refunds', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger payments_sums_fit after insert or update of refunded_minor, refunding_minor on payments_payment
  deferrable initially deferred for each row execute function payments_sums_fit();
"""
STANDS = """
create function payments_payment_stands() returns trigger language plpgsql as $$
begin
  if (new.customer_id, new.method_id, new.minor, new.currency, new.document_type, new.document_id, new.key)
    is distinct from (old.customer_id, old.method_id, old.minor, old.currency, old.document_type, old.document_id, old.key)
  then
    raise exception 'payments_payment_stands: what is paid never changes' using errcode = 'restrict_violation';
  end if;
  if old.state in ('captured', 'cancelled') and new.state <> old.state
    or old.captured_minor > 0 and new.captured_minor <> old.captured_minor
  then
    raise exception 'payments_payment_stands: a payment that was captured stays so' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger payments_payment_stands before update on payments_payment
  for each row execute function payments_payment_stands();
"""
EVENT = """
create function payments_event_stands() returns trigger language plpgsql as $$
begin
  if (new.provider_id, new.outside_id, new.kind, new.body, new.arrived_at)
    is distinct from (old.provider_id, old.outside_id, old.kind, old.body, old.arrived_at)
  then
    raise exception 'payments_event_stands: what arrived never changes' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger payments_event_stands before update on payments_providerevent
  for each row execute function payments_event_stands();
create trigger payments_drawercount_never_changed before update or delete on payments_drawercount
  for each row execute function kernel_refuse_change();
"""
BACK = """
drop trigger payments_drawercount_never_changed on payments_drawercount;
drop trigger payments_event_stands on payments_providerevent;
drop function payments_event_stands();
drop trigger payments_payment_stands on payments_payment;
drop function payments_payment_stands();
drop trigger payments_sums_fit on payments_payment;
drop function payments_sums_fit();
drop trigger payments_refunded on payments_refund;
drop function payments_refunded();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0001_what_is_paid"), ("kernel", "0002_append_only")]
    operations: ClassVar = [migrations.RunSQL(REFUNDED + SUMS + STANDS + EVENT, BACK)]
