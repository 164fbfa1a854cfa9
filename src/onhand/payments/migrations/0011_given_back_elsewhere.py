"""Refunds made elsewhere, of payments received there. The database keeps that money is given back where it was paid."""

from typing import ClassVar

from django.db import migrations, models

FORWARD = """
create or replace function payments_refund_whose() returns trigger language plpgsql as $$
declare received text;
begin
  select customer_id, from_system into new.customer_id, received from payments_payment where id = new.payment_id;
  if received is distinct from new.from_system then
    raise exception 'payments_refund_whose: what was paid to "%" is given back there', received using errcode = 'check_violation';
  end if;
  return new;
end $$;
drop trigger payments_refund_whose on payments_refund;
create trigger payments_refund_whose before insert or update of customer_id, payment_id, from_system on payments_refund
  for each row execute function payments_refund_whose();
"""
BACK = """
create or replace function payments_refund_whose() returns trigger language plpgsql as $$
begin
  select customer_id into new.customer_id from payments_payment where id = new.payment_id;
  return new;
end $$;
drop trigger payments_refund_whose on payments_refund;
create trigger payments_refund_whose before insert or update of customer_id, payment_id on payments_refund
  for each row execute function payments_refund_whose();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0010_received_elsewhere")]
    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="payment", name="payment_elsewhere_came_in"),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("from_system", ""), models.Q(("refunding_minor", 0), ("state", "captured")), _connector="OR"
                ),
                name="payment_elsewhere_came_in",
            ),
        ),
        migrations.AddField(
            model_name="refund", name="from_system", field=models.CharField(blank=True, default="", max_length=60)
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_system", ""), ("state", "done"), _connector="OR"),
                name="refund_elsewhere_went_out",
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
