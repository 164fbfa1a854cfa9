"""Campaigns and coupons for tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from onhand.coupons.enums import Worth
from onhand.coupons.models import Campaign

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)
numbers = count(1)


def make_campaign(**changes: Any) -> Campaign:
    """A stored campaign: 20 euros off, 100 in all."""
    given: dict[str, Any] = {
        "name": f"Campaign {next(numbers)}",
        "worth": Worth.AMOUNT,
        "minor": 2000,
        "currency": "EUR",
        "from_day": date(2026, 1, 1),
        "until_day": date(2026, 12, 31),
        "days_valid": 30,
        "budget_minor": 10000,
    } | changes
    if given["worth"] == Worth.SHARE:
        given.setdefault("percent", Decimal(10))
    return Campaign.objects.create(**given)
