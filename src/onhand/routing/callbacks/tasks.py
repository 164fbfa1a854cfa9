"""What the jobs part does about callbacks: when they may be given is worked out anew, since hours and customers change."""

from datetime import UTC, datetime

import structlog
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.routing.callbacks.models import Callback
from onhand.routing.callbacks.work import lock_callbacks, reckon_again

log = structlog.get_logger("onhand.callbacks")
SLICE = 200


def reckon_soon() -> None:
    """Have it worked out after the commit."""
    reckon_callbacks.defer()


def reckon_all(at: datetime) -> int:
    """Work out anew when each open callback may be given; how many changed. Each is a transaction; what somebody is at waits."""
    after, count = 0, 0
    while found := list(
        Callback.objects.filter(ended_at__isnull=True, pk__gt=after).order_by("pk").values_list("pk", flat=True)[:SLICE]
    ):
        after = found[-1]
        for one in found:
            with transaction.atomic():
                if lock_callbacks([one], True):
                    count += reckon_again(one, at)
    return count


@app.task(name="callbacks.reckon")
def reckon_callbacks() -> None:
    """Work out anew when callbacks may be given, after their hours were changed."""
    reckon_all(timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="callbacks.reckon_often", queueing_lock="callbacks.reckon_often")
def reckon_often(timestamp: int) -> None:
    """The same by the clock: opening hours, customers' own hours and time zones may have changed."""
    count = reckon_all(datetime.fromtimestamp(timestamp, UTC))
    if count:
        log.info("callbacks have another time", count=count)
