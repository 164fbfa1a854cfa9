"""What is to be delivered again: what failed since a moment, and what was never written down because the endpoint was off."""

from datetime import datetime
from typing import Any

from django.db import connection

from onhand.webhooks.delivering import GIVEN_UP_AFTER
from onhand.webhooks.enums import DeliveryState
from onhand.webhooks.models import Endpoint

MOST = 100_000  # at once
# The same question the trigger asks of new events.
_MISSED = """
insert into webhooks_delivery (endpoint_id, event_id, event_type, order_key, state, attempts, made_at, due_at, give_up_at, last_problem)
select e.id, n.id, t.name, n.subject_type || ':' || coalesce(n.subject_id, 0), 'waiting', 0, n.at, %(now)s, %(give_up)s, ''
from kernel_eventrecord n
cross join lateral (select case when n.name = 'kernel.act_done' then n.payload ->> 'act' else n.name end as name) t
join webhooks_endpoint e on e.id = %(endpoint)s
where n.id >= %(first)s and n.at >= %(since)s and t.name is not null and split_part(t.name, '.', 1) <> 'webhooks'
  and e.event_types ?| array[t.name, split_part(t.name, '.', 1) || '.*', '*']
order by n.id limit %(most)s
on conflict do nothing
"""


def failed_since(endpoint: Endpoint, since: datetime) -> list[int]:
    """Deliveries of an endpoint that failed and tell of what happened since a moment, oldest first. Tests are left out."""
    found = endpoint.deliveries.filter(state=DeliveryState.FAILED, made_at__gte=since, event_id__isnull=False)
    return list(found.order_by("pk").values_list("pk", flat=True)[:MOST])


def make_missed(endpoint: Endpoint, since: datetime, now: datetime) -> int:
    """Write down what an endpoint would have been told since a moment and was not; how many."""
    given: dict[str, Any] = {
        "endpoint": endpoint.pk,
        "since": since,
        "now": now,
        "give_up": now + GIVEN_UP_AFTER,
        "first": _first_since(since),
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MISSED, given)
        return int(cursor.rowcount)


def _first_since(moment: datetime) -> int:
    """
    An event's id before which nothing is as young: ids grow with time, but for transactions side by side, so a stretch before the one
    found is looked at too. There is no index by time: half the rest is left out each time.
    """
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(min(id), 0), coalesce(max(id), 0) from kernel_eventrecord")
        low, high = cursor.fetchone()
        while low < high:
            middle = (low + high) // 2
            cursor.execute("select at from kernel_eventrecord where id >= %s order by id limit 1", [middle])
            found = cursor.fetchone()
            if found is None or found[0] >= moment:
                high = middle
            else:
                low = middle + 1
    return max(0, int(low) - 10_000)
