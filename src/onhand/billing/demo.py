"""The demo company's billing: some customers have power and fibre by subscription, billed for three months; most pay, some do not."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from onhand.billing.billing_accounts import bill_accounts
from onhand.billing.cycles import month_on
from onhand.billing.dunning import dun_all
from onhand.billing.models import (
    CustomerAccount,
    DunningStage,
    Instalment,
    PaymentPlan,
    Plan,
    Subscription,
    Tariff,
    UsageRecord,
)
from onhand.billing.payment_plans import spread
from onhand.billing.standing import standings_of
from onhand.catalogue.models import TaxClass
from onhand.customers.models import Customer
from onhand.invoicing.models import CompanyDetails, Seller
from onhand.invoicing.subjects import company_values
from onhand.kernel.days import company_day
from onhand.kernel.money import Money
from onhand.payments.enums import MethodKind
from onhand.payments.models import PaymentMethod
from onhand.payments.taking import take

MOST = 40  # customers with an account
MONTHS = 3  # that are billed
COMPANY = {
    "name": "Lumbre Home SL",
    "address_lines": "Calle del Faro 12",
    "postal_code": "28014",
    "city": "Madrid",
    "country": "ES",
    "tax_number": "ESB12345674",
    "email": "billing@demo.example",
    "iban": "ES9121000418450200051332",
    "footer": "Thank you for being with us.",
}
STAGES = (
    ("Reminder", 5, 0, "We may have overlooked each other: something on your account is open."),
    ("Second reminder", 19, 300, "Please pay what is open, or talk to us about a payment plan."),
    ("Last warning", 33, 1200, "Please pay within a week. We are glad to find a way with you."),
)


def create_demo_billing(*, at: datetime) -> None:
    """Give the demo company plans, accounts and bills. Made again nothing changes."""
    if Plan.objects.exists() or not TaxClass.objects.filter(name="Usual").exists():
        return
    with transaction.atomic():
        create_demo_company_details(at=at)
        plans = _plans(TaxClass.objects.get(name="Usual"))
        accounts = _accounts(plans, at)
    for month in range(MONTHS):
        _bill_and_pay(accounts, month, at)
    _arrears(accounts, at)
    dun_all(company_day(at), at)


def create_demo_company_details(*, at: datetime) -> None:
    """Say who issues the demo company's documents, and how it asks for what is overdue: before anything is invoiced."""
    details = CompanyDetails.objects.get()
    if details.name:
        return
    for name, value in COMPANY.items():
        setattr(details, name, value)
    details.save()
    Seller.objects.create(details=company_values(details), since=at)
    DunningStage.objects.bulk_create(
        DunningStage(number=number, name=name, after_days=days, fee_minor=fee, fee_currency="EUR", text=text)
        for number, (name, days, fee, text) in enumerate(STAGES, 1)
    )


def _plans(taxed: TaxClass) -> list[Plan]:
    power = Plan.objects.create(name="Power for the house", tax_class=taxed, unit="kWh")
    fibre = Plan.objects.create(name="Fibre 500", tax_class=taxed)
    tiers = [{"up_to": "200", "rate": "0.189"}, {"up_to": None, "rate": "0.162"}]
    for plan, number, day, minor in (
        (power, 1, date(2020, 1, 1), 995),
        (power, 2, date(2026, 1, 1), 1095),
        (fibre, 1, date(2020, 1, 1), 3490),
    ):
        of_power = {"included": Decimal(20), "tiers": tiers} if plan is power else {}
        Tariff.objects.create(plan=plan, number=number, from_day=day, currency="EUR", recurring_minor=minor, **of_power)
    return [power, fibre]


def _accounts(plans: list[Plan], at: datetime) -> list[CustomerAccount]:
    """Accounts whose first bill of the demo is that of three months ago."""
    first = month_on(company_day(at), 1 - MONTHS, 1)
    begun = month_on(first, -1, 1)
    people = Customer.objects.filter(merged_into=None, erased_at=None, country__in=("ES", "DE", "FR", "PT", "IT"))
    accounts = [
        CustomerAccount(
            customer=one, currency="EUR", next_bill_on=first, kind="business" if one.kind != "person" else "consumer"
        )
        for one in people.order_by("pk")[:MOST]
    ]
    CustomerAccount.objects.bulk_create(accounts)
    subscriptions = Subscription.objects.bulk_create(
        Subscription(
            account=account,
            plan=plan,
            started_on=begun + timedelta(days=account.pk % 9 if plan is plans[1] else 0),
            billed_until=begun + timedelta(days=account.pk % 9 if plan is plans[1] else 0),
            discount_percent=Decimal(10 if account.pk % 5 == 0 else 0),
        )
        for account in accounts
        for plan in plans[: 1 + account.pk % 2]
    )
    UsageRecord.objects.bulk_create(
        UsageRecord(
            subscription=one,
            source="demo meter",
            outside_id=f"{one.pk}-{day}",
            day=begun + timedelta(days=7 * day),
            quantity=Decimal(30 + (one.pk * 37 + day * 11) % 70),
        )
        for one in subscriptions
        if one.plan_id == plans[0].pk
        for day in range((company_day(at) - begun).days // 7)
    )
    return accounts


def _bill_and_pay(accounts: list[CustomerAccount], month: int, at: datetime) -> None:
    """The bills of a month, and what came in for those of it that were due."""
    day = month_on(company_day(at), month + 1 - MONTHS, 1)
    then = at.replace(year=day.year, month=day.month, day=1)
    with transaction.atomic():
        bill_accounts([one.pk for one in accounts], day=day, at=then)
    paid_at = then + timedelta(days=10)
    if paid_at > at:
        return
    standings = standings_of({one.pk: "EUR" for one in accounts})
    for account in accounts:
        balance = standings[account.pk].balance
        if balance.minor > 0 and account.pk % 6:  # each sixth does not pay
            _pay(account, balance, paid_at)


@transaction.atomic
def _pay(account: CustomerAccount, amount: Money, at: datetime) -> None:
    method, _made = PaymentMethod.objects.get_or_create(
        customer_id=account.customer_id, kind=MethodKind.TERMINAL, defaults={"label": "Card terminal", "added_at": at}
    )
    take(
        method,
        amount,
        document=("account", account.pk),
        key=f"demo:{account.pk}:{company_day(at)}",
        at=at,
        by_name="Demo",
    )


def _arrears(accounts: list[CustomerAccount], at: datetime) -> None:
    """Of those who do not pay, each second has a payment plan."""
    owing = [one for one in accounts if not one.pk % 6]
    standings = standings_of({one.pk: "EUR" for one in owing})
    for account in owing[::2]:
        balance = standings[account.pk].balance
        if balance.minor <= 0:
            continue
        plan = PaymentPlan.objects.create(
            account=account,
            minor=balance.minor,
            currency="EUR",
            agreed_at=at - timedelta(days=1),
            agreed_by_name="Demo",
        )
        Instalment.objects.bulk_create(
            Instalment(plan=plan, number=n, due_on=month_on(company_day(at), n - 1, 28), minor=part.minor)
            for n, part in enumerate(spread(balance, 4), 1)
        )
