"""What the router reads by the clock; and a sign of life of somebody's page is no change of their seat, so nobody reads it for that."""

from typing import ClassVar

import django.contrib.postgres.indexes
from django.db import migrations, models

SEEN = """
create or replace function routing_seat_written() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    new.change := pg_current_xact_id()::text::bigint;
    new.load := 0;
    new.ceiling := new.capacity;
    return new;
  end if;
  if new.seen_at is distinct from old.seen_at and new.state = old.state and new.load = old.load and new.capacity = old.capacity
    and new.version = old.version and new.state_until is not distinct from old.state_until then
    return new;
  end if;
  new.change := pg_current_xact_id()::text::bigint;
  new.version := old.version + 1;
  -- Above a capacity that was lowered nothing is added; what is there is worked off.
  new.ceiling := case when new.load <= old.load then greatest(new.capacity, new.load) else new.capacity end;
  return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("routing", "0002_kept_by_the_database")]
    operations: ClassVar = [
        migrations.AlterField("seat", "version", models.PositiveIntegerField(default=1, editable=False)),
        migrations.AlterField("workitem", "version", models.PositiveIntegerField(default=1, editable=False)),
        migrations.AddIndex(
            "workitem",
            models.Index(condition=models.Q(("state", "wrap_up")), fields=["state_since"], name="item_wrapping_up"),
        ),
        migrations.AddIndex(
            "workitem",
            django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=["created_at"], name="item_came"),
        ),
        migrations.RunSQL(SEEN, migrations.RunSQL.noop),
    ]
