"""What is left of an order can be cancelled: where all that was shipped is back, that completes it."""

from typing import ClassVar

from django.db import migrations, models

# The same table as onhand.orders.states.MOVES; a test compares them.
MOVES = {
    "pending": ("in_process", "delivered", "cancelled"),
    "in_process": (
        "pending",
        "shipped",
        "delivered",
        "return_requested",
        "exchange_requested",
        "completed",
        "cancelled",
    ),
    "shipped": ("shipped", "delivered", "return_requested", "exchange_requested", "completed"),
    "delivered": ("shipped", "return_requested", "exchange_requested", "completed", "cancelled"),
    "return_requested": ("in_process", "shipped", "delivered", "exchange_requested", "completed"),
    "exchange_requested": ("in_process", "shipped", "delivered", "return_requested", "completed"),
    "completed": ("return_requested", "exchange_requested"),
    "cancelled": (),
}
WITHOUT = MOVES | {"in_process": tuple(one for one in MOVES["in_process"] if one != "completed")}


def _states(moves: dict[str, tuple[str, ...]]) -> str:
    pairs = [f"('{before}', '{after}')" for before, afters in moves.items() for after in afters if before != after]
    return f"""
create or replace function orders_state_moves() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and (old.state, new.state) not in (values {", ".join(pairs)}) then
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


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("orders", "0004_bought_together"),
    ]

    operations: ClassVar = [
        migrations.RunSQL(_states(MOVES), _states(WITHOUT)),
        migrations.AlterField(
            model_name="orderchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("placed", "Placed"),
                    ("paid", "Paid"),
                    ("payment_failed", "Payment failed"),
                    ("cancelled", "Cancelled"),
                    ("rest_cancelled", "Rest cancelled"),
                    ("address", "Address changed"),
                    ("method", "Payment method changed"),
                    ("lines", "Lines changed"),
                    ("options", "Options changed"),
                    ("shipped", "Shipped"),
                    ("scanned", "Seen on its way"),
                    ("delivered", "Delivered"),
                    ("return", "Return agreed"),
                    ("exchange", "Exchange agreed"),
                    ("claim", "Warranty claimed"),
                    ("return_received", "Return arrived"),
                    ("return_inspected", "Return inspected"),
                    ("return_withdrawn", "Return called off"),
                    ("goodwill", "Goodwill given"),
                    ("completed", "Completed"),
                ],
                max_length=20,
            ),
        ),
    ]
