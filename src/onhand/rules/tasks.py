"""Jobs of rules: trials, rules asked by the clock, and what is not needed any more."""

from datetime import UTC, datetime, timedelta

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.rules.trials import forget_arrivals, forget_trials, run_trial
from onhand.rules.waiting import apply_waiting_rules

KEPT_TRIALS = timedelta(days=30)
KEPT_ARRIVALS = timedelta(days=100)
log = structlog.get_logger("onhand.rules")


@app.task(name="rules.try_draft")
def try_draft(trial_id: int) -> None:
    """Work through a trial."""
    run_trial(trial_id, timezone.now)


@app.periodic(cron="* * * * *")
@app.task(name="rules.ask_by_clock", queueing_lock="ask_rules_by_clock", lock="ask_rules_by_clock")
def ask_by_clock(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """Ask the rules about contacts that have waited too long."""
    acted = apply_waiting_rules(timezone.now())
    if acted:
        log.info("rules acted on waiting contacts", count=acted)


@app.periodic(cron="52 3 * * *")
@app.task(name="rules.forget_what_was_tried", queueing_lock="forget_what_was_tried")
def forget_what_was_tried(timestamp: int) -> None:
    """Take out old trials, and what was known at arrivals too old to be tried on."""
    now = datetime.fromtimestamp(timestamp, UTC)
    forget_trials(now - KEPT_TRIALS)
    while forget_arrivals(now - KEPT_ARRIVALS):
        pass
