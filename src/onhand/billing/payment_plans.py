"""Payment plans followed up by the clock: instalments paid as money comes in, reminders before, and default when one is missed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from onhand.billing.enums import InstalmentState, PlanState
from onhand.billing.events import InstalmentDue, PlanDefaulted, PlanPaid
from onhand.billing.models import CustomerAccount, Instalment, PaymentPlan
from onhand.billing.standing import standing_of
from onhand.customers.models import Customer
from onhand.kernel.actor import system_actor
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.records import Subject, publish

REMIND_BEFORE = timedelta(days=3)
GRACE = timedelta(days=5)  # after an instalment was due, until the plan is in default
SLICE = 200


def spread(amount: Money, parts: int) -> list[Money]:
    """An amount in equal parts, to the smallest unit; the first ones take what is left over."""
    return amount.allocate([1] * parts)


def follow_up(day: date, at: datetime) -> int:
    """Look at every running plan; how many changed. A transaction each; may be run again at any time."""
    changed, after = 0, 0
    while True:
        plans = PaymentPlan.objects.filter(state=PlanState.RUNNING, pk__gt=after).order_by("pk")
        ids = list(plans.values_list("pk", flat=True)[:SLICE])
        if not ids:
            return changed
        after = ids[-1]
        changed += sum(_follow(pk, day, at) for pk in ids)


@transaction.atomic
def _follow(plan_id: int, day: date, at: datetime) -> bool:
    plan = locked_plan(plan_id)
    if plan is None or plan.state != PlanState.RUNNING:
        return False
    return settle(plan, day, at)


def locked_plan(plan_id: int) -> PaymentPlan | None:
    """A plan, locked after its customer and account."""
    plan = PaymentPlan.objects.select_related("account").filter(pk=plan_id).first()
    if plan is None:
        return None
    lock_in_order(Customer, [plan.account.customer_id])
    lock_in_order(CustomerAccount, [plan.account_id])
    lock_in_order(PaymentPlan, [plan_id])
    plan.refresh_from_db()
    return plan


def settle(plan: PaymentPlan, day: date, at: datetime) -> bool:
    """Write how the instalments of a running plan, which is locked, stand on a day; whether anything changed."""
    open_parts = {one.id for one in standing_of(plan.account_id, plan.currency).items if one.kind == "instalment"}
    rows = list(plan.instalments.exclude(state=InstalmentState.CANCELLED).order_by("number"))
    changed = [one for one in rows if _restate(one, one.pk in open_parts, day)]
    for one in changed:
        one.save(update_fields=["state", "reminded_on"])
        if one.state == InstalmentState.OPEN and one.reminded_on == day:
            _tell(plan, InstalmentDue(plan.pk, one.number, one.due_on.isoformat(), one.minor, plan.currency), at)
    if rows and all(one.state == InstalmentState.PAID for one in rows):
        _end(plan, PlanState.PAID, at)
        _tell(plan, PlanPaid(plan.pk), at)
        return True
    if _is_broken(rows, day):
        _end(plan, PlanState.DEFAULTED, at)
        _tell(plan, PlanDefaulted(plan.pk), at)
        return True
    return bool(changed)


def _restate(one: Instalment, is_open: bool, day: date) -> bool:
    state = InstalmentState.PAID
    if is_open:
        state = InstalmentState.MISSED if one.due_on < day else InstalmentState.OPEN
    reminds = state == InstalmentState.OPEN and one.reminded_on is None and one.due_on - day <= REMIND_BEFORE
    if state == one.state and not reminds:
        return False
    one.state = state
    if reminds:
        one.reminded_on = day
    return True


def _is_broken(rows: Sequence[Instalment], day: date) -> bool:
    return any(one.state == InstalmentState.MISSED and one.due_on + GRACE < day for one in rows)


def _end(plan: PaymentPlan, state: PlanState, at: datetime) -> None:
    PaymentPlan.objects.filter(pk=plan.pk).update(state=state, ended_at=at, version=plan.version + 1)
    plan.state, plan.ended_at = state, at


def _tell(plan: PaymentPlan, event: InstalmentDue | PlanDefaulted | PlanPaid, at: datetime) -> None:
    about = Subject("customer", plan.account.customer_id)
    publish(event, actor=system_actor("billing"), subject=about, at=at)
