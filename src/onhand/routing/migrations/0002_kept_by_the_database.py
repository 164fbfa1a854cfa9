"""The promises of the router that hold whatever the program does: load is what is held, and never more than somebody can take."""

from typing import ClassVar

from django.db import migrations

WRITTEN = """
create function routing_written() returns trigger language plpgsql as $$
begin
  new.change := pg_current_xact_id()::text::bigint;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1;
  end if;
  return new;
end $$;
create trigger routing_workitem_written before insert or update on routing_workitem
  for each row execute function routing_written();
create function routing_seat_written() returns trigger language plpgsql as $$
begin
  new.change := pg_current_xact_id()::text::bigint;
  if tg_op = 'INSERT' then
    new.load := 0;
    new.ceiling := new.capacity;
    return new;
  end if;
  new.version := old.version + 1;
  -- Above a capacity that was lowered nothing is added; what is there is worked off.
  new.ceiling := case when new.load <= old.load then greatest(new.capacity, new.load) else new.capacity end;
  return new;
end $$;
create trigger routing_seat_written before insert or update on routing_seat
  for each row execute function routing_seat_written();
"""
LOAD = """
create function routing_load(person bigint, units int, at timestamptz) returns void language plpgsql as $$
begin
  update routing_seat set load = load + units, idle_since = case when units < 0 then greatest(idle_since, at) else idle_since end
    where representative_id = person;
  if not found then
    raise exception 'representative % has no seat', person using errcode = 'foreign_key_violation';
  end if;
end $$;
create function routing_workitem_held() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.holder_id is not distinct from new.holder_id then
    if old.units <> new.units then
      perform routing_load(new.holder_id, new.units - old.units, new.state_since);
    end if;
    return null;
  end if;
  if tg_op <> 'INSERT' and old.units > 0 then
    perform routing_load(old.holder_id, -old.units, case when tg_op = 'DELETE' then old.state_since else new.state_since end);
  end if;
  if tg_op <> 'DELETE' and new.units > 0 then
    perform routing_load(new.holder_id, new.units, new.state_since);
  end if;
  return null;
end $$;
create trigger routing_workitem_held after insert or delete or update of holder_id, units on routing_workitem
  for each row execute function routing_workitem_held();
"""
NEVER_CHANGED = "".join(
    f"""
create trigger {table}_never_changed before update on {table} for each row execute function kernel_refuse_change();
"""
    for table in ("routing_queueplan", "routing_routingdecision", "routing_statechange")
)
USUAL = """
insert into routing_queue (version, name, is_default, is_active, plan, draft) values (1, 'General', true, true, 0, '{}');
"""
BACK = """
delete from routing_queue;
drop trigger routing_queueplan_never_changed on routing_queueplan;
drop trigger routing_routingdecision_never_changed on routing_routingdecision;
drop trigger routing_statechange_never_changed on routing_statechange;
drop trigger routing_workitem_held on routing_workitem;
drop function routing_workitem_held();
drop function routing_load(bigint, int, timestamptz);
drop trigger routing_seat_written on routing_seat;
drop function routing_seat_written();
drop trigger routing_workitem_written on routing_workitem;
drop function routing_written();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("routing", "0001_work_is_given_out"), ("kernel", "0002_append_only")]
    operations: ClassVar = [migrations.RunSQL(WRITTEN + LOAD + NEVER_CHANGED + USUAL, BACK)]
