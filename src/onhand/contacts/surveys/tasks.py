"""What the jobs part does with surveys: asking when it is time."""

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.contacts.surveys.asking import ask_next

MOST_A_MINUTE = 500
log = structlog.get_logger("onhand.surveys")


@app.periodic(cron="* * * * *")
@app.task(name="surveys.ask", queueing_lock="surveys.ask", lock="surveys.ask")
def ask_what_is_due(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Ask customers whose time has come, or leave them out with the reason."""
    done = 0
    while done < MOST_A_MINUTE and ask_next(timezone.now()) is not None:
        done += 1
    if done:
        log.info("surveys decided", count=done)
