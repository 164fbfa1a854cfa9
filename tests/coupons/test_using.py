"""Coupons are used by whose they are, as often as they may be, for what they are worth; also by many at once."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from onhand.coupons.enums import CouponState, Worth
from onhand.coupons.models import Campaign, Coupon, CouponUse
from onhand.coupons.using import make, redeemable, take_back, use, withdraw
from onhand.customers.models import Customer
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from tests.coupons.giving import NOW, TODAY, make_campaign
from tests.factories import make_customer


def coupon_of(campaign: Campaign, customer: Customer | None, most_uses: int = 1, code: str = "AAAA-BBBB") -> Coupon:
    return make(
        campaign,
        customer=customer,
        code=code,
        until=TODAY,
        most_uses=most_uses,
        reason="",
        at=NOW,
        by_name="Ana",
    )


def spend(customer: Customer, document: int, minor: int = 10000, **changes: Any) -> int:
    given: dict[str, Any] = {"customer_ids": [customer.pk], "total": Money(minor, "EUR"), "on": TODAY} | changes
    with transaction.atomic():
        found = redeemable(given.pop("code", "aaaa-bbbb "), **given)
        use(found, customer=customer, document=("test", document), at=NOW)
    return found.off.minor


@pytest.mark.django_db
def test_used_once_by_whose_it_is() -> None:
    customer = make_customer()
    coupon = coupon_of(make_campaign(), customer)
    with pytest.raises(NotPossible, match="no coupon"):
        spend(make_customer(), 1)
    assert spend(customer, 1) == 2000
    with pytest.raises(NotPossible, match="was used"):
        spend(customer, 2)
    assert take_back(("test", 1), at=NOW) == [coupon.code]
    assert take_back(("test", 1), at=NOW) == []
    assert spend(customer, 3) == 2000
    assert CouponUse.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "total", "expected"),
    [
        ({}, 10000, 2000),
        ({}, 1999, 1999),
        ({"worth": Worth.SHARE, "percent": Decimal("10")}, 10005, 1000),  # 1000.5, half to even
        ({"worth": Worth.SHARE, "percent": Decimal("33.33")}, 100, 33),
        ({"worth": Worth.SHARE, "percent": Decimal("50")}, 10000, 2000),  # its most
        ({"worth": Worth.SHARE, "percent": Decimal("0.01")}, 10, 1),
        ({"worth": Worth.SHARE, "percent": Decimal("100")}, 1500, 1500),
    ],
)
def test_what_it_takes_off(changes: dict[str, Any], total: int, expected: int) -> None:
    customer = make_customer()
    coupon_of(make_campaign(**changes), customer)
    assert spend(customer, 1, total) == expected


@pytest.mark.django_db
def test_why_it_does_not_hold_is_said() -> None:
    customer = make_customer()
    coupon = coupon_of(make_campaign(least_minor=5000), customer)
    for words, changes in (
        ("at least €50.00", {"total": Money(4999, "EUR")}),
        ("in EUR", {"total": Money(9999, "GBP")}),
        ("valid until", {"on": TODAY.replace(day=11)}),
        ("no coupon", {"code": "'; drop"}),
    ):
        with pytest.raises(NotPossible, match=words):
            spend(customer, 1, **changes)
    withdraw(coupon)
    with pytest.raises(NotPossible, match="withdrawn"):
        spend(customer, 1)
    assert not CouponUse.objects.exists()


@pytest.mark.django_db
def test_an_order_of_nothing_takes_no_coupon() -> None:
    customer = make_customer()
    coupon_of(make_campaign(), customer)
    with pytest.raises(NotPossible, match="at least"):
        spend(customer, 1, 0)


@pytest.mark.django_db
def test_a_published_code_is_used_by_each_as_often_as_allowed() -> None:
    ana, rui = make_customer(), make_customer()
    coupon_of(make_campaign(), None, most_uses=2)
    assert spend(ana, 1) == 2000
    with pytest.raises(NotPossible, match="1 times"):
        spend(ana, 2)
    assert spend(rui, 3) == 2000
    with pytest.raises(NotPossible, match="was used"):
        spend(make_customer(), 4)


def at_once(count: int, work: Any) -> list[Exception | None]:
    """What became of `count` calls begun together, each with its number."""
    ended: list[Exception | None] = []
    ready = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            ready.wait(20)
            work(number)
            ended.append(None)
        except NotPossible as error:
            ended.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ended) == count
    return ended


@pytest.mark.django_db(transaction=True)
def test_many_at_once_use_it_no_more_often_than_allowed() -> None:
    coupon = coupon_of(make_campaign(), None, most_uses=3)
    customers = [make_customer() for _number in range(8)]
    ended = at_once(8, lambda number: spend(customers[number], number))
    assert ended.count(None) == 3
    coupon.refresh_from_db()
    assert (coupon.uses, coupon.state) == (3, CouponState.USED)
    assert CouponUse.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_overspend_a_budget() -> None:
    campaign = make_campaign()  # five of them
    ended = at_once(8, lambda number: coupon_of(campaign, None, code=f"CODE-{number}"))
    assert ended.count(None) == 5
    campaign.refresh_from_db()
    assert campaign.promised_minor == campaign.budget_minor == 10000
