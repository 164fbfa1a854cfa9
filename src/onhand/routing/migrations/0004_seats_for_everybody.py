"""Whoever works here has a seat; who comes later gets theirs when it is first needed."""

from typing import ClassVar

from django.db import migrations

SEATS = """
insert into routing_seat (representative_id, state, state_since, capacity, ceiling, load, limits, hardest, leaving, idle_since, version)
select r.id, 'signed_out', now(), 10, 10, 0, '{}', 5, '', now(), 1 from staff_representative r
where r.kind = 'person' and r.is_active and not exists (select 1 from routing_seat s where s.representative_id = r.id) order by r.id;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("routing", "0003_router_at_work"), ("staff", "0004_what_people_can_and_may")]
    operations: ClassVar = [migrations.RunSQL(SEATS, migrations.RunSQL.noop)]
