"""
Orders whose goods and money are in another system go from state to state as they do there, also where ours do not: a shop can take up
again what was cancelled. Whose an order is, its number and its currency still do not change.
"""

from importlib import import_module
from typing import ClassVar

from django.db import migrations, models

_MOVES = import_module("onhand.orders.migrations.0005_the_rest_cancelled").MOVES
PAIRS = ", ".join(
    f"('{before}', '{after}')" for before, afters in _MOVES.items() for after in afters if before != after
)
MOVES = """
create or replace function orders_state_moves() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and {where} (old.state, new.state) not in (values {pairs}) then
    raise exception 'an order does not go from % to %', old.state, new.state using errcode = 'check_violation',
      constraint = 'order_state_moves';
  end if;
  if new.customer_id <> old.customer_id or new.reference <> old.reference or new.currency <> old.currency then
    raise exception 'whose an order is, its number and its currency do not change' using errcode = 'check_violation',
      constraint = 'order_stays_whose_it_is';
  end if;
  return new;
end $$;
"""
KINDS = (
    *(("placed", "Placed"), ("paid", "Paid"), ("payment_failed", "Payment failed"), ("cancelled", "Cancelled")),
    ("rest_cancelled", "Rest cancelled"),
    *(("address", "Address changed"), ("method", "Payment method changed"), ("lines", "Lines changed")),
    *(
        ("options", "Options changed"),
        ("discount", "Discount given"),
        ("shipped", "Shipped"),
        ("scanned", "Seen on its way"),
        ("delivered", "Delivered"),
    ),
    *(("return", "Return agreed"), ("exchange", "Exchange agreed"), ("claim", "Warranty claimed")),
    *(("return_received", "Return arrived"), ("return_inspected", "Return inspected")),
    *(("return_withdrawn", "Return called off"), ("goodwill", "Goodwill given"), ("completed", "Completed")),
    ("outside", "Changed at the shop"),
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0007_a_discount_on_a_line")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="orderchange", name="kind", field=models.CharField(choices=list(KINDS), max_length=20)
        ),
        migrations.RunSQL(
            MOVES.format(where="new.from_system = '' and", pairs=PAIRS), MOVES.format(where="", pairs=PAIRS)
        ),
    ]
