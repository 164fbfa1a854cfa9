"""Accounts to be billed, so many at once: each with two subscriptions, and for each usage on two days of the month."""

from datetime import date
from decimal import Decimal

DAY = date(2026, 4, 1)
CHARGES = 4  # of each account a month: the recurring price and the usage of both subscriptions
_CUSTOMERS = """
insert into customers_customer (version, reference, kind, name, form_of_address, search_text, language, time_zone, tax_number,
  accessibility_needs, preferred_channel, address_lines, postal_code, city, region, country, customer_since, created_at)
select 1, 'B-' || n, 'person', 'Ana ' || n, '', '', 'en', 'UTC', '', '[]', '', 'Calle Mayor 1', '28013', 'Madrid', '', 'ES',
  date '2025-01-01', now() from generate_series(1, %(count)s) n
"""
_ACCOUNTS = """
insert into billing_customeraccount (version, customer_id, kind, currency, billing_day, next_bill_on, hold_reason, dunning_stage, problem)
select 1, id, 'consumer', 'EUR', 1, %(day)s, '', 0, '' from customers_customer where reference like 'B-%%' order by id
"""
_SUBSCRIPTIONS = """
insert into billing_subscription (version, account_id, plan_id, label, started_on, billed_until, discount_percent)
select 1, a.id, p.id, '', date '2025-01-01', date '2026-03-01', case a.id %% 10 when 0 then 10 else 0 end
from billing_customeraccount a cross join billing_plan p order by a.id, p.id
"""
_USAGE = """
insert into billing_usagerecord (subscription_id, source, outside_id, day, quantity)
select s.id, 'meter', s.id || '-' || d, date '2026-03-01' + d, (s.id * 7 + d) %% 400 + 0.5
from billing_subscription s cross join generate_series(3, 20, 17) d
"""


def make_accounts(count: int) -> None:
    """So many customers with accounts, subscriptions and usage of March."""
    from django.db import connection

    from onhand.billing.models import Plan, Tariff
    from onhand.catalogue.models import TaxClass, TaxRate

    taxed = TaxClass.objects.create(name="Usual")
    TaxRate.objects.create(tax_class=taxed, country="ES", from_day=date(2020, 1, 1), percent=Decimal(21))
    for name in ("Power", "Fibre"):
        plan = Plan.objects.create(name=name, tax_class=taxed, unit="kWh")
        Tariff.objects.create(
            plan=plan,
            number=1,
            from_day=date(2020, 1, 1),
            currency="EUR",
            recurring_minor=2999,
            included=Decimal(50),
            tiers=[{"up_to": "100", "rate": "0.2517"}, {"up_to": None, "rate": "0.2"}],
        )
    with connection.cursor() as cursor:
        for statement in (_CUSTOMERS, _ACCOUNTS, _SUBSCRIPTIONS, _USAGE):
            cursor.execute(statement, {"count": count, "day": DAY})
        cursor.execute("analyze")
