"""
What customers are billed for over time: accounts with their subscriptions and usage, charges with how each came about, payment plans,
dunning. Tariffs and usage are never changed; a charge is billed once, on the invoice it names.
"""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from onhand.billing.enums import AccountKind, ChargeKind, InstalmentState, PlanState, RunState
from onhand.catalogue.models import TaxClass
from onhand.customers.models import Customer
from onhand.invoicing.models import Document
from onhand.kernel.models import Versioned


class CustomerAccount(Versioned):
    """
    A customer as one who is billed. `next_bill_on` is the day the next bill is made for the time before it; `billing_day` the day of
    the month. `due_days` None is the company's usual time. While `hold_until` lies ahead nobody is dunned. `problem` says why a
    run could not bill the account; it is passed over until that is empty.
    """

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=AccountKind, default=AccountKind.CONSUMER)
    currency = models.CharField(max_length=3)
    billing_day = models.PositiveSmallIntegerField(default=1)
    next_bill_on = models.DateField()
    due_days = models.PositiveSmallIntegerField(null=True)
    hold_until = models.DateField(null=True)
    hold_reason = models.CharField(max_length=300, blank=True, default="")
    dunning_stage = models.PositiveSmallIntegerField(default=0)
    dunned_on = models.DateField(null=True)
    budget_minor = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(billing_day__gte=1, billing_day__lte=28), name="account_billing_day"),
            models.CheckConstraint(
                condition=Q(budget_minor__isnull=True) | Q(budget_minor__gt=0), name="account_budget"
            ),
        ]
        indexes = [
            models.Index(fields=["next_bill_on", "id"], condition=Q(problem=""), name="account_to_bill"),
            models.Index(fields=["id"], condition=Q(dunning_stage__gt=0), name="account_dunned"),
        ]


class Plan(Versioned):
    """Something subscribed to, such as a telephone line or power. What it costs is in its tariffs."""

    name = models.CharField(max_length=100, unique=True)
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="+")
    unit = models.CharField(max_length=20, blank=True, default="")
    is_active = models.BooleanField(default=True)


class Tariff(models.Model):
    """
    What a plan costs from a day on until the next version's day. `recurring_minor` is for a month; the first `included` units of a
    month are free; `tiers` say what the others cost: [{"up_to": "100", "rate": "0.25"}, {"up_to": null, "rate": "0.2"}], units above
    what is included, and exact major units of the currency for each. Never changed.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="tariffs")
    number = models.PositiveIntegerField()
    from_day = models.DateField()
    currency = models.CharField(max_length=3)
    includes_tax = models.BooleanField(default=True)
    recurring_minor = models.BigIntegerField()
    included = models.DecimalField(max_digits=18, decimal_places=4, default=Decimal(0))
    tiers = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="tariff_version_once"),
            models.UniqueConstraint(fields=["plan", "currency", "from_day"], name="tariff_once_a_day"),
            models.CheckConstraint(condition=Q(recurring_minor__gte=0, included__gte=0), name="tariff_of_something"),
        ]


class Subscription(Versioned):
    """
    A plan of an account from a day until one (inclusive; None: for ever). `billed_until` is the day before which it is billed.
    `discount_percent` is taken off its recurring price.
    """

    account = models.ForeignKey(CustomerAccount, db_index=False, on_delete=models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=100, blank=True, default="")
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    billed_until = models.DateField()
    discount_percent = models.DecimalField(max_digits=6, decimal_places=3, default=Decimal(0))
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on") - 1), name="subscription_dates"
            ),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100), name="subscription_discount"
            ),
        ]
        indexes = [models.Index(fields=["account", "id"], name="subscription_of_account")]


class UsageRecord(models.Model):
    """So much used of a subscription on a day. `outside_id` is what its source calls it: the same comes in once. Never changed."""

    subscription = models.ForeignKey(Subscription, db_index=False, on_delete=models.PROTECT, related_name="usage")
    source = models.CharField(max_length=40, blank=True, default="")
    outside_id = models.CharField(max_length=100)
    day = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "outside_id"], name="usage_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="usage_of_something"),
        ]
        indexes = [models.Index(fields=["subscription", "day"], name="usage_of_subscription")]


class Charge(models.Model):
    """
    Something an account is charged for, for the days from `from_day` until before `until_day`. `derivation` says how the amount came
    about: tariff version, quantity, proration, tiers, discount, tax. `document` is the invoice it is on; without one it waits for
    the next. `key` is unique: the same thing is charged once.
    """

    account = models.ForeignKey(CustomerAccount, db_index=False, on_delete=models.PROTECT, related_name="charges")
    subscription = models.ForeignKey(
        Subscription, null=True, db_index=False, on_delete=models.PROTECT, related_name="charges"
    )
    kind = models.CharField(max_length=12, choices=ChargeKind)
    text = models.CharField(max_length=300)
    from_day = models.DateField()
    until_day = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=4, default=Decimal(1))
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    includes_tax = models.BooleanField(default=True)
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    derivation = models.JSONField(default=dict)
    document = models.ForeignKey(Document, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    key = models.CharField(max_length=100, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["account"], condition=Q(document__isnull=True), name="charge_to_bill"),
            models.Index(fields=["document"], condition=Q(document__isnull=False), name="charge_of_document"),
            models.Index(fields=["subscription", "from_day"], name="charge_of_subscription"),
        ]


class BillingRun(Versioned):
    """Everybody billed who is to be billed up to a day: how far it is, what came of it, and whom it could not bill."""

    day = models.DateField()
    state = models.CharField(max_length=6, choices=RunState, default=RunState.GOING)
    started_at = models.DateTimeField()
    started_by_name = models.CharField(max_length=200)
    worked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    accounts = models.BigIntegerField(default=0)
    charges = models.BigIntegerField(default=0)
    documents = models.BigIntegerField(default=0)
    problems = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state=RunState.GOING), name="billing_run_alone"),
        ]


class PaymentPlan(Versioned):
    """
    What a customer owes, to be paid in parts: `minor` in all, which was the open balance when it was agreed. While it runs nobody is
    dunned for it. Whether an instalment is paid follows from the balance, see `standing`.
    """

    account = models.ForeignKey(CustomerAccount, db_index=False, on_delete=models.PROTECT, related_name="payment_plans")
    state = models.CharField(max_length=10, choices=PlanState, default=PlanState.RUNNING)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    agreed_at = models.DateTimeField()
    agreed_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state=PlanState.RUNNING), name="payment_plan_one_running"
            ),
            models.CheckConstraint(condition=Q(minor__gt=0), name="payment_plan_of_something"),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="payment_plan_of_account")]


class Instalment(models.Model):
    """A part of a payment plan and the day it is due."""

    plan = models.ForeignKey(PaymentPlan, db_index=False, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=InstalmentState, default=InstalmentState.OPEN)
    reminded_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="instalment_once"),
            models.CheckConstraint(condition=Q(minor__gt=0), name="instalment_of_something"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(state="open"), name="instalment_due")]


class DunningStage(Versioned):
    """
    A step of dunning: reached `after_days` days after what is owed was due, with `fee_minor` of `fee_currency` charged, and `text` as
    what the customer is told.
    """

    number = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=60)
    after_days = models.PositiveSmallIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    fee_currency = models.CharField(max_length=3, default="EUR")
    text = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(fee_minor__gte=0), name="dunning_fee")]


class DunningStep(models.Model):
    """That an account reached a stage, and what it owed overdue then."""

    account = models.ForeignKey(CustomerAccount, db_index=False, on_delete=models.PROTECT, related_name="dunning_steps")
    stage = models.ForeignKey(DunningStage, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    overdue_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    fee_document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="dunning_of_account"),
            models.Index(fields=["account", "made_at", "id"], name="dunning_in_time"),
        ]
