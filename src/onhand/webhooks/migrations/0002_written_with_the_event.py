"""A delivery for each endpoint is written by the statement that writes the event, whoever writes it: neither is there without the other."""

from django.db import migrations

WRITTEN = """
create function webhooks_events_written() returns trigger language plpgsql as $$
begin
  if not exists (select from webhooks_endpoint where state = 'on') then
    return null;
  end if;
  insert into webhooks_delivery
    (endpoint_id, event_id, event_type, order_key, state, attempts, made_at, due_at, give_up_at, last_problem)
  select e.id, n.id, t.name, n.subject_type || ':' || coalesce(n.subject_id, 0), 'waiting', 0, n.at,
    clock_timestamp(), clock_timestamp() + interval '4 days', ''
  from written n
  cross join lateral (select case when n.name = 'kernel.act_done' then n.payload ->> 'act' else n.name end as name) t
  join webhooks_endpoint e on e.state = 'on'
    and e.event_types ?| array[t.name, split_part(t.name, '.', 1) || '.*', '*']
  where t.name is not null and split_part(t.name, '.', 1) <> 'webhooks'
  order by n.id;
  return null;
end $$;
create trigger webhooks_events_written after insert on kernel_eventrecord
  referencing new table as written for each statement execute function webhooks_events_written();
"""
BACK = "drop trigger webhooks_events_written on kernel_eventrecord; drop function webhooks_events_written();"


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_endpoints_and_deliveries"), ("kernel", "0006_redaction")]

    operations = [migrations.RunSQL(WRITTEN, BACK)]
