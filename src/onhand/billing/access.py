"""Who sees what customers are billed for, changes it, agrees payment plans, writes off, and runs the billing."""

from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.billing.models import BillingRun, CustomerAccount, DunningStage, PaymentPlan, Plan, Subscription
from onhand.customers.access import VIEW as VIEW_CUSTOMERS
from onhand.customers.access import visible_customers
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission

M = TypeVar("M", bound=Model)

VIEW = permission("billing.view", _("See what customers are billed for, and how each charge came about"))
CHANGE = permission(
    "billing.change", _("Start, change and end subscriptions, add charges, put right what was billed wrong")
)
AGREE = permission("billing.agree", _("Agree payment plans with customers, and hold dunning"))
WRITE_OFF = permission("billing.write_off", _("Write off what customers owe"))
MANAGE = permission("billing.manage", _("Set plans, tariffs and dunning, and run the billing"))


def _of_seen(rows: QuerySet[M], actor: Actor, path: str) -> QuerySet[M]:
    if not actor.may(VIEW):
        return rows.none()
    if actor.visibility is Visibility.ALL and actor.may(VIEW_CUSTOMERS):
        return rows
    return rows.filter(Exists(visible_customers(actor).filter(pk=OuterRef(path))))


def visible_accounts(actor: Actor) -> QuerySet[CustomerAccount]:
    """The accounts of customers this actor sees."""
    return _of_seen(CustomerAccount.objects.all(), actor, "customer")


def visible_subscriptions(actor: Actor) -> QuerySet[Subscription]:
    """The subscriptions of customers this actor sees."""
    return _of_seen(Subscription.objects.all(), actor, "account__customer")


def visible_payment_plans(actor: Actor) -> QuerySet[PaymentPlan]:
    """The payment plans of customers this actor sees."""
    return _of_seen(PaymentPlan.objects.all(), actor, "account__customer")


def visible_plans(actor: Actor) -> QuerySet[Plan]:
    """The plans that can be subscribed to; for who sets them, every one."""
    if actor.may(MANAGE):
        return Plan.objects.all()
    return Plan.objects.filter(is_active=True) if actor.may(VIEW) else Plan.objects.none()


def visible_stages(actor: Actor) -> QuerySet[DunningStage]:
    """The stages of dunning, for who sets them."""
    return DunningStage.objects.all() if actor.may(MANAGE) else DunningStage.objects.none()


def visible_runs(actor: Actor) -> QuerySet[BillingRun]:
    """The billing runs, for who runs the billing."""
    return BillingRun.objects.all() if actor.may(MANAGE) else BillingRun.objects.none()
