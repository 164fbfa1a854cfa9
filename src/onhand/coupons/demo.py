"""The demo company's coupons: two sorts representatives can give, and a code for everybody."""

from datetime import datetime, timedelta
from decimal import Decimal

from onhand.coupons.enums import Worth
from onhand.coupons.models import Campaign
from onhand.coupons.using import make
from onhand.kernel.days import company_day


def create_demo_coupons(*, at: datetime) -> None:
    """Lay down what coupons the demo company gives. Made again nothing changes."""
    if Campaign.objects.exists():
        return
    days = {"from_day": company_day(at) - timedelta(days=60), "until_day": company_day(at) + timedelta(days=300)}
    shared = {**days, "currency": "EUR", "days_valid": 180, "per_customer": 2}
    Campaign.objects.create(name="Sorry it came late", worth=Worth.AMOUNT, minor=1000, budget_minor=500_000, **shared)
    Campaign.objects.create(
        name="Sorry it broke",
        worth=Worth.SHARE,
        minor=5000,
        percent=Decimal(15),
        least_minor=3000,
        budget_minor=1_000_000,
        **shared,
    )
    season = Campaign.objects.create(
        name="Season's sale", worth=Worth.SHARE, minor=3000, percent=Decimal(10), budget_minor=600_000, **shared
    )
    make(
        season,
        customer=None,
        code="SEASON10",
        until=season.until_day,
        most_uses=200,
        reason="",
        at=at,
        by_name="Lumen",
    )
