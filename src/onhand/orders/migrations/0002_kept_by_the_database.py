"""What the database keeps of orders: the numbers behind their references, the moves of their state, and that changes are not rewritten."""

from typing import ClassVar

from django.db import migrations

# The same table as onhand.orders.states.MOVES; a test compares them.
MOVES = {
    "pending": ("in_process", "delivered", "cancelled"),
    "in_process": ("pending", "shipped", "delivered", "return_requested", "exchange_requested", "cancelled"),
    "shipped": ("shipped", "delivered", "return_requested", "exchange_requested", "completed"),
    "delivered": ("shipped", "return_requested", "exchange_requested", "completed", "cancelled"),
    "return_requested": ("in_process", "shipped", "delivered", "exchange_requested", "completed"),
    "exchange_requested": ("in_process", "shipped", "delivered", "return_requested", "completed"),
    "completed": ("return_requested", "exchange_requested"),
    "cancelled": (),
}
PAIRS = ", ".join(f"('{before}', '{after}')" for before, afters in MOVES.items() for after in afters if before != after)

SEQUENCES = "create sequence orders_reference; create sequence orders_return_reference;"
STATES = f"""
create function orders_state_moves() returns trigger language plpgsql as $$
begin
  if new.state <> old.state and (old.state, new.state) not in (values {PAIRS}) then
    raise exception 'an order does not go from % to %', old.state, new.state using errcode = 'check_violation',
      constraint = 'order_state_moves';
  end if;
  if new.customer_id <> old.customer_id or new.reference <> old.reference or new.currency <> old.currency then
    raise exception 'whose an order is, its number and its currency do not change' using errcode = 'check_violation',
      constraint = 'order_stays_whose_it_is';
  end if;
  return new;
end $$;
create trigger orders_state_moves before update on orders_order for each row execute function orders_state_moves();
"""
# Beside being emptied for an erasure, a change is never rewritten.
CHANGES = """
create function orders_change_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - '{before,after,contact_id}'::text[] = to_jsonb(old) - '{before,after,contact_id}'::text[]
    and new.before in ('{}', old.before) and new.after in ('{}', old.after)
    and (new.contact_id is null or new.contact_id = old.contact_id) then
    return new;
  end if;
  raise exception 'changes of orders are kept as they are: % is refused', lower(tg_op) using errcode = 'restrict_violation';
end $$;
create trigger orders_change_stays before update or delete on orders_orderchange
  for each row execute function orders_change_stays();
"""
BACK = """
drop trigger orders_change_stays on orders_orderchange;
drop function orders_change_stays();
drop trigger orders_state_moves on orders_order;
drop function orders_state_moves();
drop sequence orders_return_reference;
drop sequence orders_reference;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0001_what_is_ordered")]
    operations: ClassVar = [migrations.RunSQL(SEQUENCES + STATES + CHANGES, BACK)]
