"""What the clock does about approvals: what nobody answered in time ends, what is not answered goes on to others."""

from datetime import UTC, datetime

import structlog
from procrastinate.contrib.django import app

from onhand.approvals.ending import expire_due
from onhand.approvals.going_on import go_on

log = structlog.get_logger("onhand.approvals")


@app.periodic(cron="* * * * *")
@app.task(name="approvals.expire", queueing_lock="approvals.expire")
def expire_approvals(timestamp: int) -> None:
    """End what nobody answered in time, and let others have what somebody does not answer."""
    at = datetime.fromtimestamp(timestamp, UTC)
    count, moved = expire_due(at), go_on(at)
    if count or moved:
        log.info("approvals went on", expired=count, moved=moved)
