"""What guidelines can ask about the coupons a customer was given."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from onhand.coupons.models import Coupon
from tests.coupons.giving import make_campaign
from tests.factories import make_customer
from tests.guidelines.asking import facts_of


@pytest.mark.django_db
def test_coupons_of_365_days_of_the_company(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"
    ana, campaign = make_customer(), make_campaign()
    other = make_customer(merged_into=ana)
    at = datetime(2026, 3, 29, 12, tzinfo=UTC)  # a day of 23 hours
    first = datetime(2025, 3, 29, 23, tzinfo=UTC)  # when the first of them begins
    for number, (whose, given_at, until, state) in enumerate(
        (
            (ana, first, date(2026, 3, 29), "open"),
            (ana, first - timedelta(seconds=1), date(2026, 12, 31), "open"),
            (other, at, date(2026, 3, 28), "open"),
            (other, at, date(2026, 12, 31), "withdrawn"),
            (ana, at + timedelta(seconds=1), date(2026, 12, 31), "open"),
            (make_customer(), at, date(2026, 12, 31), "open"),
        )
    ):
        Coupon.objects.create(
            campaign=campaign,
            code=f"CODE{number}",
            customer=whose,
            worth="amount",
            minor=500,
            currency="EUR",
            until=until,
            state=state,
            given_at=given_at,
            given_by_name="Eva",
        )
    assert facts_of("coupons", "customer", other, at=at) == {"coupons in 12 months": 3, "coupons not used": 1}
    assert facts_of("coupons", "order", None, at=at)["coupons in 12 months"] is None
