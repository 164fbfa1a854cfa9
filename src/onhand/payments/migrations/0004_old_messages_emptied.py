"""A message of a provider may be emptied once it is old; else what arrived never changes."""

from typing import ClassVar

from django.db import migrations

EVENT = """
create or replace function payments_event_stands() returns trigger language plpgsql as $$
begin
  if (new.provider_id, new.outside_id, new.kind, new.arrived_at)
    is distinct from (old.provider_id, old.outside_id, old.kind, old.arrived_at)
    or new.body <> old.body and length(new.body) > 0
  then
    raise exception 'payments_event_stands: what arrived never changes' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0003_names_at_providers")]
    operations: ClassVar = [migrations.RunSQL(EVENT, migrations.RunSQL.noop)]
