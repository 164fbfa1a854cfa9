"""What the clock does: contacts are looked at again when something can be seen that could not."""

from datetime import UTC, datetime

import structlog
from procrastinate.contrib.django import app

from onhand.procedures.followed import catch_up

log = structlog.get_logger("onhand.procedures")


@app.periodic(cron="23 * * * *")
@app.task(name="procedures.check", queueing_lock="procedures.check")
def check_followed(timestamp: int) -> None:
    """Check what was missed, and what is due by now."""
    count = catch_up(datetime.fromtimestamp(timestamp, UTC))
    if count:
        log.info("procedures checked", contacts=count)
