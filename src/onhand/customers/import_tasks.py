"""The job that works on an import: a few seconds at a time, so that other jobs have their turn and a stop loses little."""

import time
from datetime import UTC, datetime, timedelta

import structlog
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from onhand.customers.imports.operations import forget_old_files
from onhand.customers.imports.steps import TryAgain, step

SLICE_SECONDS = 2.0
PAUSE_SECONDS = 0.2
KEPT = timedelta(days=30)
log = structlog.get_logger("onhand.imports")


@app.task(name="customers.work_on_import", retry=RetryStrategy(max_attempts=50, wait=2, linear_wait=2))
def work_on_import(import_id: int) -> None:
    """Work on an import for a moment, then queue the rest. Killed at any point, it goes on after the last chunk that was done."""
    end = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < end:
        try:
            if not step(import_id, timezone.now):
                return
        except TryAgain:
            log.info("import waits for others", customer_import=import_id)
            time.sleep(PAUSE_SECONDS)
    queue_work(import_id)


def queue_work(import_id: int) -> None:
    """
    Have an import worked on, after the commit of the present transaction if there is one. Should two jobs ever be at one import,
    they take turns: each chunk is done under the import's own lock. (A lock of the queue would leave pauses between slices.)
    """
    work_on_import.defer(import_id=import_id)


@app.periodic(cron="37 3 * * *")
@app.task(name="customers.forget_import_files", queueing_lock="forget_import_files")
def forget_import_files(timestamp: int) -> None:
    """Take out what imported files said weeks after they ended; which customers came of them stays, so they can still be undone."""
    forget_old_files(before=datetime.fromtimestamp(timestamp, UTC) - KEPT)
