"""Choices of billing."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AccountKind(TextChoices):
    """Who is billed."""

    CONSUMER = "consumer", _("Consumer")
    BUSINESS = "business", _("Business")


class ChargeKind(TextChoices):
    """Where a charge comes from."""

    RECURRING = "recurring", _("Recurring")
    USAGE = "usage", _("Usage")
    ONE_OFF = "one_off", _("One-off")
    ADJUSTMENT = "adjustment", _("Adjustment")
    BUDGET = "budget", _("Budget amount")
    FEE = "fee", _("Fee")


class RunState(TextChoices):
    """How far a billing run is."""

    GOING = "going", _("Going")
    DONE = "done", _("Done")


class PlanState(TextChoices):
    """How a payment plan stands."""

    RUNNING = "running", _("Running")
    DEFAULTED = "defaulted", _("Defaulted")
    PAID = "paid", _("Paid")
    REPLACED = "replaced", _("Replaced by another")


class InstalmentState(TextChoices):
    """How an instalment stands."""

    OPEN = "open", _("Open")
    PAID = "paid", _("Paid")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")
