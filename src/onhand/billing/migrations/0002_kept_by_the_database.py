"""What billing promises whatever a program does: tariffs and usage are never changed, a charge is billed once."""

from typing import ClassVar

from django.db import migrations

KEPT = ("billing_tariff", "billing_usagerecord")
WHOLE = "".join(
    f"create trigger {table}_append_only before update or delete on {table} for each row execute function kernel_refuse_change();"
    for table in KEPT
)
# Of a charge only the invoice it is on is written later, once.
BILLED_ONCE = """
create function billing_charge_billed_once() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'billing_charge is append-only: what was charged is countered' using errcode = 'restrict_violation';
  end if;
  if old.document_id is not null or to_jsonb(old) - 'document_id' <> to_jsonb(new) - 'document_id' then
    raise exception 'billing_charge is append-only: it is billed once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger billing_charge_billed_once before update or delete on billing_charge
  for each row execute function billing_charge_billed_once();
"""
BACK = (
    "".join(f"drop trigger {table}_append_only on {table};" for table in KEPT)
    + "drop trigger billing_charge_billed_once on billing_charge; drop function billing_charge_billed_once();"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("billing", "0001_accounts_charges_and_plans"), ("kernel", "0002_append_only")]
    operations: ClassVar = [migrations.RunSQL(WHOLE + BILLED_ONCE, BACK)]
