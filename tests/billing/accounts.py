"""Shared by the tests of billing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from onhand.billing.models import CustomerAccount, Plan, Subscription, Tariff, UsageRecord
from onhand.customers.models import Customer
from tests.catalogue.goods import make_tax_class
from tests.factories import make_customer

NOW = datetime(2026, 4, 1, 6, tzinfo=UTC)
TODAY = date(2026, 4, 1)
numbers = count(1)
TIERS = [{"up_to": "100", "rate": "0.25"}, {"up_to": None, "rate": "0.2"}]


def make_plan(**changes: Any) -> Plan:
    """A stored plan without a tariff."""
    given: dict[str, Any] = {"name": f"Plan {next(numbers)}", "unit": "kWh"} | changes
    if "tax_class" not in given:
        given["tax_class"] = make_tax_class()
    return Plan.objects.create(**given)


def make_tariff(plan: Plan, **changes: Any) -> Tariff:
    """A stored version of what a plan costs: 30.00 a month with tax, 50 units included, unless told otherwise."""
    given: dict[str, Any] = {
        "number": plan.tariffs.count() + 1,
        "from_day": date(2020, 1, 1),
        "currency": "EUR",
        "recurring_minor": 3000,
        "included": Decimal(50),
        "tiers": TIERS,
    }
    return Tariff.objects.create(plan=plan, **given | changes)


def make_account(customer: Customer | None = None, **changes: Any) -> CustomerAccount:
    """A stored account, billed on the first of each month, next today."""
    given: dict[str, Any] = {"currency": "EUR", "billing_day": 1, "next_bill_on": TODAY} | changes
    return CustomerAccount.objects.create(customer=customer or make_customer(country="ES"), **given)


def make_subscription(account: CustomerAccount, plan: Plan, **changes: Any) -> Subscription:
    """A stored subscription since long ago, billed until a month ago."""
    given: dict[str, Any] = {"started_on": date(2025, 1, 1), "billed_until": date(2026, 3, 1)} | changes
    return Subscription.objects.create(account=account, plan=plan, **given)


def use(subscription: Subscription, quantity: str, day: date = date(2026, 3, 10)) -> UsageRecord:
    """Something used."""
    return UsageRecord.objects.create(
        subscription=subscription, outside_id=f"u{next(numbers)}", day=day, quantity=Decimal(quantity)
    )
