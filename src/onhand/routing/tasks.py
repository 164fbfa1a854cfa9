"""What the jobs part does about work: contacts without their item, and trials of queues' settings."""

from datetime import UTC, datetime, timedelta

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.routing.evenness import forget_counts, note_counts
from onhand.routing.following import sweep
from onhand.routing.trials import forget_trials

KEPT_TRIALS = timedelta(days=30)
KEPT_COUNTS = timedelta(days=40)
log = structlog.get_logger("onhand.routing")


@app.periodic(cron="* * * * *")
@app.task(name="routing.sweep", queueing_lock="routing.sweep")
def sweep_work(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Find contacts that are to do and have no item, and items whose contact says otherwise."""
    count = sweep(timezone.now())
    if count:
        log.info("work was swept", count=count)


@app.task(name="routing.try_plan")
def try_plan(trial_id: int) -> None:
    """Work through a trial of a queue's settings."""
    from onhand.routing.trial_runs import run_trial  # only here: what web starts with needs no arrays

    run_trial(trial_id, timezone.now)


@app.periodic(cron="41 3 * * *")
@app.task(name="routing.forget_what_was_tried", queueing_lock="routing.forget_what_was_tried")
def forget_what_was_tried(timestamp: int) -> None:
    """Take out old trials."""
    forget_trials(datetime.fromtimestamp(timestamp, UTC) - KEPT_TRIALS)


@app.periodic(cron="0 * * * *")
@app.task(name="routing.note_what_people_worked", queueing_lock="routing.note_what_people_worked")
def note_what_people_worked(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Note what each person's time adds up to, so that the floor can tell it of a day; and forget what nobody asks for any more."""
    now = timezone.now()
    note_counts(now)
    forget_counts(now - KEPT_COUNTS)
