"""Jobs of guidelines: trials, and what is not needed any more."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.guidelines.attempts import forget_attempts
from onhand.guidelines.limits import forget_uses
from onhand.guidelines.trials import forget_trials, run_trial
from onhand.kernel.days import company_day

KEPT_TRIALS = timedelta(days=90)
KEPT_ATTEMPTS = timedelta(days=400)  # longer than the longest trial looks back


@app.task(name="guidelines.try_draft")
def try_draft(trial_id: int) -> None:
    """Work through a trial."""
    run_trial(trial_id, timezone.now)


@app.periodic(cron="57 3 * * *")
@app.task(name="guidelines.forget", queueing_lock="guidelines_forget")
def forget(timestamp: int) -> None:
    """Take out old trials and attempts, and what limits counted on days that count no more."""
    now = datetime.fromtimestamp(timestamp, UTC)
    forget_trials(now - KEPT_TRIALS)
    forget_attempts(now - KEPT_ATTEMPTS)
    forget_uses(company_day(now))
