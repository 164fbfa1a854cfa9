"""The database writes whose payment a refund is of."""

from typing import ClassVar

from django.db import migrations

WHOSE = """
update payments_refund r set customer_id = p.customer_id from payments_payment p where p.id = r.payment_id and r.customer_id is null;
create function payments_refund_whose() returns trigger language plpgsql as $$
begin
  select customer_id into new.customer_id from payments_payment where id = new.payment_id;
  return new;
end $$;
create trigger payments_refund_whose before insert or update of customer_id, payment_id on payments_refund
  for each row execute function payments_refund_whose();
"""
BACK = "drop trigger payments_refund_whose on payments_refund; drop function payments_refund_whose();"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0005_refunds_of_customers")]
    operations: ClassVar = [migrations.RunSQL(WHOSE, BACK)]
