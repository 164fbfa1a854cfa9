"""What the jobs part does by the clock to keep the installation itself in order."""

import contextlib
import time
from datetime import timedelta

import structlog
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Status

from onhand.config import erasures
from onhand.config.environment import environment
from onhand.customers.merging.duplicates import sweep
from onhand.kernel.operations import forget_handled
from onhand.kernel.rates import forget_unused

STALLED_SECONDS = 30
FINISHED_JOBS_HOURS = 72
HANDLED_DELIVERY_DAYS = 30
SWEEP_SECONDS = 20  # then other jobs get their turn
log = structlog.get_logger("onhand.jobs")


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="requeue_stalled_jobs", pass_context=False)
async def requeue_stalled_jobs(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Give jobs whose process died to another one."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("job requeued", job=job.id, task=job.task_name, attempts=job.attempts)
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # another of its kind waits already and will do what is left
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="drop_what_expired")
def drop_what_expired(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Remove sessions nobody can use any more, and the counts of rates that are full again."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    forget_unused()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="keep_erasures")
def keep_erasures(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Note in the data folder who was erased, so that a restore does not bring them back."""
    erasures.keep(environment().data)


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="drop_handled_deliveries")
def drop_handled_deliveries(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Remove deliveries handled weeks ago; the events themselves stay."""
    forget_handled(timezone.now() - timedelta(days=HANDLED_DELIVERY_DAYS))


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="drop_finished_jobs")
async def drop_finished_jobs(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Remove jobs that ended well days ago; failed ones stay until somebody looked at them."""
    await app.job_manager.delete_old_jobs(nb_hours=FINISHED_JOBS_HOURS)


@app.periodic(cron="7 2 * * *")
@app.task(queueing_lock="begin_duplicate_sweep")
def begin_duplicate_sweep(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Once a night look for duplicates among all files: most came by import, or before they were looked for."""
    _sweep_later(0)


@app.task()
def sweep_duplicates(after: int) -> None:
    """Look at files from one id on for a while, then hand the rest to the next job."""
    give_over = time.monotonic() + SWEEP_SECONDS
    place: int | None = after
    while place is not None and time.monotonic() < give_over:
        place = sweep(after=place, at=timezone.now())
    if place is not None:
        _sweep_later(place)


def _sweep_later(after: int) -> None:
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():  # a round still under way goes on instead
        sweep_duplicates.configure(queueing_lock="sweep_duplicates").defer(after=after)
