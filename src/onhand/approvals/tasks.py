"""What the clock does about approvals: what nobody answered in time ends."""

from datetime import UTC, datetime

import structlog
from procrastinate.contrib.django import app

from onhand.approvals.ending import expire_due

log = structlog.get_logger("onhand.approvals")


@app.periodic(cron="* * * * *")
@app.task(name="approvals.expire", queueing_lock="approvals.expire")
def expire_approvals(timestamp: int) -> None:
    """End what nobody answered in time."""
    count = expire_due(datetime.fromtimestamp(timestamp, UTC))
    if count:
        log.info("approvals expired", count=count)
