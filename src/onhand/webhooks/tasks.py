"""What the jobs part does with webhooks: keep the log as long as was said, and tell people of endpoints that were switched off."""

import time

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from onhand.webhooks.delivering import forget_old
from onhand.webhooks.telling import tell_of_switching_off

SLICE_SECONDS = 20.0


@app.periodic(cron="12 * * * *")
@app.task(name="webhooks.forget_old", queueing_lock="webhooks.forget_old")
def forget_old_deliveries(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Take out deliveries that ended longer ago than their endpoint's log is kept."""
    end = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < end and forget_old(timezone.now()):
        pass


@app.task(name="webhooks.tell_administrator", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def tell_administrator(endpoint_id: int) -> None:
    """Tell whoever added an endpoint that it was switched off."""
    tell_of_switching_off(endpoint_id)
