"""What the jobs part does about billing: working on a run, the nightly run, payment plans, dunning, and notices to customers."""

from datetime import UTC, datetime

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.billing.dunning import dun_all
from onhand.billing.enums import RunState
from onhand.billing.models import BillingRun
from onhand.billing.notices import write_notice
from onhand.billing.payment_plans import follow_up
from onhand.billing.running import begin_run, left_of, work_on_run
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible

log = structlog.get_logger("onhand.billing")


@app.task(name="billing.work_on_billing", lock="billing.work_on_billing")
def work_on_billing(run_id: int) -> None:
    """Work on a billing run until it is done. Ended in the middle, the clock has it gone on with."""
    while not work_on_run(run_id, timezone.now(), most_batches=20):
        pass


@app.periodic(cron="*/5 * * * *")
@app.task(name="billing.go_on", queueing_lock="billing.go_on", lock="billing.work_on_billing")
def go_on_billing(timestamp: int) -> None:
    """Go on with a billing run whose worker went away."""
    for run in BillingRun.objects.filter(state=RunState.GOING):
        while not work_on_run(run.pk, datetime.fromtimestamp(timestamp, UTC), most_batches=20):
            pass


@app.periodic(cron="7 3 * * *")
@app.task(name="billing.nightly", queueing_lock="billing.nightly", lock="billing.work_on_billing")
def bill_nightly(timestamp: int) -> None:
    """Bill who is to be billed today; then look at payment plans, and dun who is overdue."""
    at = datetime.fromtimestamp(timestamp, UTC)
    try:
        run = begin_run(company_day(at), at=at, by_name="")
    except NotPossible:
        log.info("a billing run is going already")
    else:
        if left_of(run):
            log.info("billing", accounts=left_of(run))
        while not work_on_run(run.pk, at):
            pass
    log.info("payment plans looked at", changed=follow_up(company_day(at), at))
    log.info("dunning looked at", dunned=dun_all(company_day(at), at))


@app.task(name="billing.write_notice")
def write_billing_notice(customer_id: int, subject: str, text: str, key: str) -> None:
    """Write to a customer about what is due."""
    write_notice(customer_id, subject, text, key, timezone.now())
