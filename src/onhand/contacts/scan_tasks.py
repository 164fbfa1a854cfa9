"""What the jobs part does about files nobody has scanned yet."""

import structlog
from django.conf import settings
from procrastinate.contrib.django import app

from onhand.contacts.scanning.attachments import scan_waiting
from onhand.contacts.scanning.clamd import scan

log = structlog.get_logger("onhand.contacts.scanning")


@app.periodic(cron="* * * * *")
@app.task(name="contacts.scan_attachments", queueing_lock="contacts.scan_attachments", lock="contacts.scan_attachments")
def scan_attachments(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Have new files scanned, where a scanner is configured."""
    if not settings.CLAMD:
        return
    done = scan_waiting(lambda content: scan(settings.CLAMD, content))
    if done.files:
        log.info("files scanned", files=done.files, infected=done.infected)
