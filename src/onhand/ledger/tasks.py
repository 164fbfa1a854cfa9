"""What the jobs part does about the books: totals each minute, proof each night."""

from datetime import UTC, datetime

import structlog
from procrastinate.contrib.django import app

from onhand.ledger.checks import check_books
from onhand.ledger.totals import sum_up

log = structlog.get_logger("onhand.ledger")


@app.periodic(cron="* * * * *")
@app.task(name="ledger.sum_up", queueing_lock="ledger.sum_up")
def sum_up_totals(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Add what was booked to the totals by day."""
    sum_up()


@app.periodic(cron="17 2 * * *")
@app.task(name="ledger.check_books", queueing_lock="ledger.check_books")
def check_all_books(timestamp: int) -> None:
    """Prove that the books are right."""
    found = check_books(datetime.fromtimestamp(timestamp, UTC))
    if found.fault_count:
        log.error("the books are wrong", faults=found.faults[:5], count=found.fault_count)
    else:
        log.info("the books are right", journals=found.journals, seconds=round(found.seconds, 1))
