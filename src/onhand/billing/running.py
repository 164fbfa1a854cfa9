"""
The billing run: everybody who is to be billed up to a day, in batches of a transaction each. It remembers nothing that has to be right:
who is billed is billed no more, so any number may work on it at a time, be killed, and begin again. Memory holds one batch.
"""

from datetime import date, datetime

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _
from structlog import get_logger

from onhand.billing.billing_accounts import Billed, bill_accounts
from onhand.billing.enums import RunState
from onhand.billing.models import BillingRun, CustomerAccount
from onhand.kernel.database import run_prepared
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible

log = get_logger("onhand.billing")
BATCH = 250
# By rows, so that a place is found by the index and what was billed before it is not looked at again.
_NEXT = """
select next_bill_on, id from billing_customeraccount
where problem = '' and next_bill_on <= %s and (next_bill_on, id) > (%s, %s) order by next_bill_on, id limit %s
"""
_COUNT = """
update billing_billingrun set accounts = accounts + %s, charges = charges + %s, documents = documents + %s, problems = problems + %s,
  worked_at = %s where id = %s
"""
_LEFT = "select count(*) from billing_customeraccount where problem = '' and next_bill_on <= %s"


def begin_run(day: date, *, at: datetime, by_name: str) -> BillingRun:
    """
    Begin a run up to a day; the caller has it worked on.

    :raises NotPossible: one is going, or the day is still to come.
    """
    if day > company_day(at):
        raise NotPossible(_("This day is still to come."), field="day")
    try:
        with transaction.atomic():
            return BillingRun.objects.create(day=day, started_at=at, started_by_name=by_name)
    except IntegrityError:
        raise NotPossible(_("A billing run is going already.")) from None


def work_on_run(run_id: int, at: datetime, *, most_batches: int | None = None) -> bool:
    """Bill batch after batch until nobody is left or `most_batches` are done; true where the run is over."""
    run = BillingRun.objects.get(pk=run_id)
    if run.state == RunState.DONE:
        return True
    place: tuple[date, int] = (date.min, 0)
    done = 0
    while most_batches is None or done < most_batches:
        found = run_prepared(_NEXT, [run.day, *place, BATCH])
        if not found and place == (date.min, 0):
            BillingRun.objects.filter(pk=run_id, state=RunState.GOING).update(state=RunState.DONE, ended_at=at)
            return True
        # Who has several months to be billed comes again from the beginning.
        place = (found[-1][0], found[-1][1]) if found else (date.min, 0)
        if found:
            _bill(run, [pk for _day, pk in found], at)
            done += 1
    return False


def left_of(run: BillingRun) -> int:
    """How many bills are still to be made, of those due now."""
    return int(run_prepared(_LEFT, [run.day])[0][0])


def _bill(run: BillingRun, account_ids: list[int], at: datetime) -> None:
    try:
        with transaction.atomic():
            _count(run.pk, bill_accounts(account_ids, day=run.day, at=at), at)
    except (NotPossible, DatabaseError, ValueError) as error:
        if len(account_ids) == 1:
            _set_aside(run.pk, account_ids[0], error, at)
            return
        for pk in account_ids:  # find whose it is; the others are billed
            _bill(run, [pk], at)


def _set_aside(run_id: int, account_id: int, error: Exception, at: datetime) -> None:
    said = error.message if isinstance(error, NotPossible) else str(error)
    log.warning("an account cannot be billed", account=account_id, problem=said)
    with transaction.atomic():
        CustomerAccount.objects.filter(pk=account_id).update(problem=said[:300] or type(error).__name__)
        _count(run_id, Billed(problems=1), at)


def _count(run_id: int, billed: Billed, at: datetime) -> None:
    run_prepared(_COUNT, [billed.accounts, billed.charges, billed.documents, billed.problems, at, run_id])
