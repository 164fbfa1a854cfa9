"""The kernel's own reactions."""

from datetime import UTC

from django.db import connection

from onhand.kernel.events import ActDone, handles
from onhand.kernel.models import EventRecord


@handles(ActDone)
def tally_act(event: EventRecord) -> None:
    """Count the act on its day, for the figures on the status page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into kernel_acttally (day, act, count) values (%s, %s, 1)"
            " on conflict (day, act) do update set count = kernel_acttally.count + 1",
            [event.at.astimezone(UTC).date(), event.payload["act"]],
        )
