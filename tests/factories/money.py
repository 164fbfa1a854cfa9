"""A customer's money for tests: an account with a subscription, a bill, a payment plan."""

from datetime import date
from decimal import Decimal
from itertools import count

from onhand.billing.models import CustomerAccount, Instalment, PaymentPlan, Plan, Subscription, Tariff
from onhand.catalogue.models import TaxClass
from onhand.customers.models import Customer
from onhand.invoicing.enums import What
from onhand.invoicing.issuing import LineWanted, issue_invoice
from onhand.kernel.money import Money
from tests.factories import NOON

_numbers = count(1)


def make_money(customer: Customer) -> dict[str, int]:
    """The ids of a document, an account, a subscription, a plan and a payment plan of this customer."""
    number = next(_numbers)
    plan = Plan.objects.create(
        name=f"Power {number}", tax_class=TaxClass.objects.create(name=f"Taxed {number}"), unit="kWh"
    )
    Tariff.objects.create(plan=plan, number=1, from_day=date(2020, 1, 1), currency="EUR", recurring_minor=1000)
    account = CustomerAccount.objects.create(customer=customer, currency="EUR", next_bill_on=date(2026, 12, 1))
    one = Subscription.objects.create(
        account=account, plan=plan, started_on=date(2026, 1, 1), billed_until=date(2026, 11, 1)
    )
    line = LineWanted(What.CHARGE, "Power", 1, Money(1210, "EUR"), Decimal(21), True)
    document = issue_invoice(
        customer.pk, [line], of=("account", account.pk), address={}, key=f"made:{number}", at=NOON, day=NOON.date()
    )
    agreed = PaymentPlan.objects.create(
        account=account, minor=1210, currency="EUR", agreed_at=NOON, agreed_by_name="Ana Prieto"
    )
    Instalment.objects.create(plan=agreed, number=1, due_on=date(2026, 12, 1), minor=1210)
    return {
        "document": document.pk,
        "account": account.pk,
        "subscription": one.pk,
        "plan": plan.pk,
        "payment_plan": agreed.pk,
    }
