"""What the jobs part does about personal data: erasures and exports asked for, and what retention rules say."""

from datetime import timedelta

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.customers.models import Erasure, PersonalExport
from onhand.customers.privacy.enums import ErasureState, ExportState
from onhand.customers.privacy.erasure import erase_next, look_again
from onhand.customers.privacy.exports import make_export, remove_expired
from onhand.customers.privacy.retention import run_rules

STALLED = timedelta(minutes=3)  # nobody touched it: its job is gone
LOOK_AGAIN_DAYS = 3
log = structlog.get_logger("onhand.privacy")


@app.task(name="privacy.erase")
def erase_in_background(erasure_id: int) -> None:
    """Do what is left of an erasure, batch by batch. Killed on the way, it goes on from the last batch."""
    batches = 0
    while erase_next(erasure_id, timezone.now()):
        batches += 1
    log.info("erasure worked on", erasure=erasure_id, batches=batches)


@app.task(name="privacy.export")
def export_in_background(export_id: int) -> None:
    """Make the archive of an export."""
    log.info("personal export", export=export_id, made=make_export(export_id, timezone.now()))


@app.periodic(cron="* * * * *")
@app.task(name="privacy.go_on", queueing_lock="privacy.go_on")
def go_on(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Go on with erasures and exports nobody is at any more, and remove archives whose time is over."""
    now = timezone.now()
    stalled = Erasure.objects.exclude(state=ErasureState.DONE).filter(work__touched_at__lt=now - STALLED)
    for pk in stalled.values_list("pk", flat=True):
        erase_in_background(pk)
    waiting = PersonalExport.objects.filter(state__in=(ExportState.REQUESTED, ExportState.WORKING))
    for pk in waiting.filter(touched_at__lt=now - STALLED).values_list("pk", flat=True):
        export_in_background(pk)
    remove_expired(now)


@app.periodic(cron="*/10 * * * *")
@app.task(name="privacy.retention", queueing_lock="privacy.retention", lock="privacy.retention")
def run_retention_rules(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Let retention rules erase what their time is over for."""
    erased = run_rules(timezone.now())
    if erased:
        log.info("retention rules erased", count=erased)


@app.periodic(cron="7 2 * * *")
@app.task(name="privacy.look_again", queueing_lock="privacy.look_again")
def look_again_at_the_erased(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Erase what pages that were still open wrote about somebody erased in these days."""
    now = timezone.now()
    recent = Erasure.objects.filter(state=ErasureState.DONE, done_at__gte=now - timedelta(days=LOOK_AGAIN_DAYS))
    for erasure in recent:
        found = look_again(erasure, now)
        if found:
            log.warning("written after an erasure", erasure=erasure.pk, rows=found)
