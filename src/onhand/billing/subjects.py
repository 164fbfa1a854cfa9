"""Accounts, subscriptions, plans, payment plans, dunning stages and billing runs as subjects of acts."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.billing import access
from onhand.billing.enums import PlanState
from onhand.billing.models import (
    BillingRun,
    CustomerAccount,
    DunningStage,
    Instalment,
    PaymentPlan,
    Plan,
    Subscription,
)
from onhand.customers.identification.level import set_customer_of
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act
from onhand.kernel.locking import lock_in_order
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject

ACCOUNT, SUBSCRIPTION, PLAN = "account", "subscription", "plan"
PAYMENT_PLAN, STAGE, RUN = "payment_plan", "dunning_stage", "billing_run"
REF_PLAN = "billing.plan"


def account_values(account: CustomerAccount) -> dict[str, Any]:
    """What stands on an account's row, as records hold it."""
    return {
        "account_kind": str(account.kind),
        "billing_day": account.billing_day,
        "due_days": account.due_days,
        "hold_until": _day(account.hold_until),
        "hold_reason": account.hold_reason,
        "dunning_stage": account.dunning_stage,
        "budget": None
        if account.budget_minor is None
        else {"minor": account.budget_minor, "currency": account.currency},
        "problem": account.problem,
    }


def snapshot_account(account: CustomerAccount) -> dict[str, Any]:
    """The account with what it subscribes to."""
    found = Subscription.objects.filter(account=account.pk).select_related("plan").order_by("pk")
    return account_values(account) | {"subscriptions": [_told(one) for one in found]}


def _told(one: Subscription) -> dict[str, Any]:
    return {"id": one.pk, "plan": one.plan.name, "from": _day(one.started_on), "until": _day(one.ended_on)}


def subscription_values(one: Subscription) -> dict[str, Any]:
    """What stands on a subscription's row."""
    percent = f"{one.discount_percent.normalize():f}"
    return {"from": _day(one.started_on), "until": _day(one.ended_on), "discount_percent": percent, "label": one.label}


def snapshot_payment_plan(plan: PaymentPlan) -> dict[str, Any]:
    """A payment plan with its instalments."""
    rows = Instalment.objects.filter(plan=plan.pk).order_by("number").values_list("due_on", "minor", "state")
    return {
        "state": str(plan.state),
        "instalments": [
            {"due": _day(due), "amount": {"minor": minor, "currency": plan.currency}, "state": state}
            for due, minor, state in rows
        ],
    }


def _plan_values(plan: Plan) -> dict[str, Any]:
    return {"plan_name": plan.name, "unit": plan.unit, "in_use": plan.is_active}


def _stage_values(stage: DunningStage) -> dict[str, Any]:
    fee = {"minor": stage.fee_minor, "currency": stage.fee_currency}
    return {"stage_name": stage.name, "after_days": stage.after_days, "fee": fee, "text": stage.text}


def _run_values(run: BillingRun) -> dict[str, Any]:
    return {"day": _day(run.day), "state": str(run.state)}


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _lock_of_account(_act: Act, account_id: int) -> None:
    lock_in_order(Customer, CustomerAccount.objects.filter(pk=account_id).values_list("customer_id", flat=True))


def _lock_of_subscription(_act: Act, subscription_id: int) -> None:
    of = Subscription.objects.filter(pk=subscription_id).values_list("account_id", "account__customer_id")
    for account_id, customer_id in of:
        lock_in_order(Customer, [customer_id])
        lock_in_order(CustomerAccount, [account_id])


def _lock_of_payment_plan(_act: Act, plan_id: int) -> None:
    for account_id, customer_id in PaymentPlan.objects.filter(pk=plan_id).values_list(
        "account_id", "account__customer_id"
    ):
        lock_in_order(Customer, [customer_id])
        lock_in_order(CustomerAccount, [account_id])


register_subject(
    SubjectType(
        name=ACCOUNT,
        label=_("Account"),
        model=CustomerAccount,
        visible=access.visible_accounts,
        snapshot=snapshot_account,
        snapshot_row=account_values,
        title=lambda account: account.customer.name,
        page=lambda pk: f"/money/accounts/{pk}/",
        change_labels={
            "account_kind": _("Kind"),
            "billing_day": _("Day of the month"),
            "due_days": _("Days to pay"),
            "hold_until": _("Dunning held until"),
            "hold_reason": _("Why"),
            "dunning_stage": _("Stage of dunning"),
            "budget": _("Fixed amount a month"),
            "problem": _("Why it cannot be billed"),
            "subscriptions": _("Subscriptions"),
            "charge": _("Charge"),
            "adjustment": _("Adjustment"),
            "credit_note": _("Credit note"),
            "invoice": _("Invoice"),
            "payment_plan": _("Payment plan"),
            "written_off": _("Written off"),
            "statement": _("Statement"),
            "sent": _("Sent"),
        },
        locks_first=_lock_of_account,
    )
)
register_subject(
    SubjectType(
        name=SUBSCRIPTION,
        label=_("Subscription"),
        model=Subscription,
        visible=access.visible_subscriptions,
        snapshot=subscription_values,
        snapshot_row=subscription_values,
        title=lambda one: one.label or one.plan.name,
        page=lambda pk: f"/money/subscriptions/{pk}/",
        change_labels={
            "from": _("From"),
            "until": _("Until"),
            "discount_percent": _("Discount in percent"),
            "label": _("What for"),
            "adjustment": _("Adjustment"),
            "how": _("How it comes about"),
            "credit_note": _("Credit note"),
            "subscription": _("New subscription"),
        },
        locks_first=_lock_of_subscription,
    )
)
register_subject(
    SubjectType(
        name=PAYMENT_PLAN,
        label=_("Payment plan"),
        model=PaymentPlan,
        visible=access.visible_payment_plans,
        snapshot=snapshot_payment_plan,
        title=lambda plan: plan.account.customer.name,
        page=lambda pk: f"/money/payment-plans/{pk}/",
        change_labels={"state": _("State"), "instalments": _("Instalments"), "payment_plan": _("New payment plan")},
        value_labels={"state": dict(PlanState.choices)},
        locks_first=_lock_of_payment_plan,
    )
)
register_subject(
    SubjectType(
        name=PLAN,
        label=_("Plan"),
        model=Plan,
        visible=access.visible_plans,
        snapshot=_plan_values,
        snapshot_row=_plan_values,
        title=lambda plan: plan.name,
        page=lambda pk: f"/settings/plans/{pk}/",
        change_labels={"plan_name": _("Name"), "unit": _("Unit"), "in_use": _("In use"), "tariff": _("Tariff")},
    )
)
register_subject(
    SubjectType(
        name=STAGE,
        label=_("Stage of dunning"),
        model=DunningStage,
        visible=access.visible_stages,
        snapshot=_stage_values,
        snapshot_row=_stage_values,
        title=lambda stage: stage.name,
        page=lambda _pk: "/settings/dunning/",
        change_labels={
            "stage_name": _("Name"),
            "after_days": _("Days after it was due"),
            "fee": _("Fee"),
            "text": _("Text"),
        },
    )
)
register_subject(
    SubjectType(
        name=RUN,
        label=_("Billing run"),
        model=BillingRun,
        visible=access.visible_runs,
        snapshot=_run_values,
        snapshot_row=_run_values,
        title=lambda run: run.day.isoformat(),
        page=lambda _pk: "/settings/billing/",
        change_labels={"day": _("Up to"), "state": _("State")},
    )
)


def _plans(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_plans(actor).filter(is_active=True, name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:500]]


def _plan_label(actor: Actor, pk: int) -> str:
    return access.visible_plans(actor).filter(pk=pk).values_list("name", flat=True).first() or ""


register_reference(ReferenceType(name=REF_PLAN, options=_plans, is_short=True, label=_plan_label))
set_customer_of(ACCOUNT, lambda pk: CustomerAccount.objects.filter(pk=pk).values_list("customer_id", flat=True).first())
set_customer_of(
    SUBSCRIPTION, lambda pk: Subscription.objects.filter(pk=pk).values_list("account__customer_id", flat=True).first()
)
set_customer_of(
    PAYMENT_PLAN, lambda pk: PaymentPlan.objects.filter(pk=pk).values_list("account__customer_id", flat=True).first()
)
