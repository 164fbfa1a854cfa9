"""Coupons whose day is over expire each night; what they could have cost is free for others again."""

from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app

from onhand.coupons.enums import CouponState
from onhand.coupons.models import Coupon
from onhand.coupons.using import withdraw
from onhand.kernel.days import company_day

AT_ONCE = 500


@app.periodic(cron="40 2 * * *")
@app.task(name="coupons.expire_coupons", queueing_lock="coupons.expire_coupons")
def expire_coupons(timestamp: int) -> None:
    """Expire what was valid until yesterday or before, each coupon in a transaction of its own."""
    today, last = company_day(datetime.fromtimestamp(timestamp, UTC)), 0
    while found := list(
        Coupon.objects.filter(state=CouponState.OPEN, until__lt=today, pk__gt=last).order_by("pk")[:AT_ONCE]
    ):
        last = found[-1].pk
        for coupon in found:
            with transaction.atomic():
                withdraw(coupon, CouponState.EXPIRED)
