"""The demo company's billing: some customers have power and fibre by subscription, billed for three months; most pay, some do not."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

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
from onhand.customers.demo.days import Steps, Story, run_by_day
from onhand.customers.models import Customer
from onhand.invoicing.models import CompanyDetails, Seller
from onhand.invoicing.subjects import company_values
from onhand.kernel.days import company_day
from onhand.payments.enums import MethodKind
from onhand.payments.models import Payment, PaymentMethod
from onhand.payments.taking import take

MOST = 40  # customers with an account, if nobody says otherwise
AT_ONCE = 200  # accounts billed in one transaction
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


def create_demo_billing(*, at: datetime, accounts: int = MOST) -> None:
    """Give the demo company plans, accounts and bills. Made again nothing changes."""
    run_by_day(demo_bills(at=at, accounts=accounts))
    finish_demo_billing(at=at)


def demo_bills(*, at: datetime, accounts: int) -> list[Story]:
    """
    Plans and so many accounts, unless there are any, and the stories of their bills, as `run_by_day` takes them; none without taxes. An
    interrupted creation goes on where it was.
    """
    taxed = TaxClass.objects.filter(name="Usual").first()
    if taxed is None:
        return []
    if not Plan.objects.exists():
        with transaction.atomic():
            create_demo_company_details(at=at)
            _accounts(_plans(taxed), at, accounts)
    made = list(CustomerAccount.objects.order_by("pk"))
    return [
        partial(_month, made[first : first + AT_ONCE], month, at)
        for first in range(0, len(made), AT_ONCE)
        for month in range(MONTHS)
    ]


def finish_demo_billing(*, at: datetime) -> None:
    """What became of those who do not pay: payment plans and dunning. To be called when the bills are made; again, nothing changes."""
    with transaction.atomic():
        _arrears(list(CustomerAccount.objects.order_by("pk")), at)
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


def _accounts(plans: list[Plan], at: datetime, most: int) -> None:
    """Accounts whose first bill of the demo is that of three months ago."""
    first = month_on(company_day(at), 1 - MONTHS, 1)
    begun = month_on(first, -1, 1)
    people = Customer.objects.filter(merged_into=None, erased_at=None, country__in=("ES", "DE", "FR", "PT", "IT"))
    accounts = [
        CustomerAccount(
            customer=one, currency="EUR", next_bill_on=first, kind="business" if one.kind != "person" else "consumer"
        )
        for one in people.order_by("pk")[:most]
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


def _month(accounts: list[CustomerAccount], month: int, at: datetime) -> Steps:
    """The bills of a month, and what came in for those of it that were due."""
    day = month_on(company_day(at), month + 1 - MONTHS, 1)
    then = at.replace(year=day.year, month=day.month, day=1)
    yield then
    with transaction.atomic():  # those that are billed are passed over
        bill_accounts([one.pk for one in accounts], day=day, at=then)
    paid_at = then + timedelta(days=10)
    if paid_at <= at:
        yield paid_at
        _pay_all(accounts, paid_at)


@transaction.atomic
def _pay_all(accounts: list[CustomerAccount], at: datetime) -> None:
    """Most pay, all of them or, where some have, nobody more."""
    keys = {f"demo:{one.pk}:{company_day(at)}": one for one in accounts if one.pk % 6}  # each sixth does not pay
    if Payment.objects.filter(key__in=keys).exists():
        return
    standings = standings_of({one.pk: "EUR" for one in keys.values()})
    paying = {key: one for key, one in keys.items() if standings[one.pk].balance.minor > 0}
    methods = _terminals([one.customer_id for one in paying.values()], at)
    for key, one in paying.items():
        method, amount = methods[one.customer_id], standings[one.pk].balance
        take(method, amount, document=("account", one.pk), key=key, at=at, by_name="Demo")


def _terminals(customer_ids: list[int], at: datetime) -> dict[int, PaymentMethod]:
    """The customers' cards at the terminal, made where there is none."""
    kept = PaymentMethod.objects.filter(customer__in=customer_ids, kind=MethodKind.TERMINAL, is_active=True)
    found = {one.customer_id: one for one in kept}
    missing = [
        PaymentMethod(customer_id=one, kind=MethodKind.TERMINAL, label="Card terminal", added_at=at)
        for one in customer_ids
        if one not in found
    ]
    return found | {one.customer_id: one for one in PaymentMethod.objects.bulk_create(missing)}


def _arrears(accounts: list[CustomerAccount], at: datetime) -> None:
    """Of those who do not pay, each second has a payment plan."""
    agreed = set(PaymentPlan.objects.values_list("account", flat=True))
    owing = [one for one in accounts if not one.pk % 6]
    standings = standings_of({one.pk: "EUR" for one in owing})
    for account in owing[::2]:
        balance = standings[account.pk].balance
        if balance.minor <= 0 or account.pk in agreed:
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
