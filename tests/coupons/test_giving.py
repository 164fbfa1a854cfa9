"""Coupons are given within the budget and each customer's share of it, and withdrawn."""

from datetime import date, timedelta
from typing import Any

import pytest

from onhand.coupons.enums import CouponState
from onhand.coupons.models import Campaign, Coupon
from onhand.coupons.tasks import expire_coupons
from onhand.customers.models import Customer
from onhand.kernel.errors import ActError, ArgumentsInvalid, NotPossible
from onhand.kernel.perform import perform
from tests.coupons.giving import NOW, TODAY, make_campaign
from tests.factories import make_actor, make_customer

pytestmark = pytest.mark.django_db


def give(customer: Customer, campaign: Campaign, reason: str = "It came late.") -> Coupon:
    given = {"campaign": campaign.pk, "reason": reason}
    perform("coupons.give_coupon", actor=make_actor(), subject_id=customer.pk, arguments=given, at=NOW)
    return Coupon.objects.latest("pk")


def promised(campaign: Campaign) -> int:
    campaign.refresh_from_db()
    return campaign.promised_minor


def test_one_is_given_and_its_cost_promised_from_the_budget() -> None:
    customer, campaign = make_customer(), make_campaign()
    coupon = give(customer, campaign)
    assert (coupon.customer_id, coupon.minor, coupon.until) == (customer.pk, 2000, TODAY + timedelta(days=30))
    assert len(coupon.code) == 14
    assert promised(campaign) == 2000
    with pytest.raises(NotPossible, match="was given 1 of these"):
        give(customer, campaign)
    for _number in range(4):
        give(make_customer(), campaign)
    with pytest.raises(NotPossible, match="budget"):
        give(make_customer(), campaign)
    assert promised(campaign) == 10000
    assert Coupon.objects.count() == 5


def test_one_withdrawn_frees_its_part_of_the_budget_once() -> None:
    customer, campaign = make_customer(), make_campaign()
    coupon = give(customer, campaign)

    def withdraw(whose: Customer) -> None:
        given = {"coupon": coupon.pk, "reason": "Given by mistake."}
        perform("coupons.withdraw_coupon", actor=make_actor(), subject_id=whose.pk, arguments=given, at=NOW)

    with pytest.raises(NotPossible):
        withdraw(make_customer())
    withdraw(customer)
    assert promised(campaign) == 0
    with pytest.raises(NotPossible):
        withdraw(customer)
    assert promised(campaign) == 0
    give(customer, campaign)  # one withdrawn does not count


def test_what_expires_frees_its_part_each_night() -> None:
    campaign = make_campaign(days_valid=1)
    coupon = give(make_customer(), campaign)
    expire_coupons(int((NOW + timedelta(days=1)).timestamp()))
    coupon.refresh_from_db()
    assert coupon.state == CouponState.OPEN  # its last day
    expire_coupons(int((NOW + timedelta(days=2)).timestamp()))
    coupon.refresh_from_db()
    assert coupon.state == CouponState.EXPIRED
    assert promised(campaign) == 0


def test_none_of_a_campaign_that_is_over_not_begun_or_out_of_use() -> None:
    for changes in ({"until_day": date(2026, 3, 9)}, {"from_day": date(2026, 3, 11)}, {"is_active": False}):
        with pytest.raises(NotPossible, match="Choose one"):
            give(make_customer(), make_campaign(**changes))
    assert not Coupon.objects.exists()


CAMPAIGN = {
    "campaign_name": "Late parcels",
    "worth": "share",
    "amount": {"minor": 5000, "currency": "EUR"},
    "percent": "12.5",
    "from_day": "2026-01-01",
    "until_day": "2026-12-31",
    "budget": {"minor": 100000, "currency": "EUR"},
}


def test_a_campaign_is_laid_down_and_changed() -> None:
    perform("coupons.add_campaign", actor=make_actor(), arguments=CAMPAIGN, at=NOW)
    campaign = Campaign.objects.get()
    assert str(campaign.percent) == "12.50"
    give(make_customer(), campaign)
    change: dict[str, Any] = {"until_day": "2026-06-30", "per_customer": 2, "in_use": True}
    for minor, currency in ((4999, "EUR"), (90000, "GBP"), (-1, "EUR")):
        with pytest.raises(ActError):
            perform(
                "coupons.change_campaign",
                actor=make_actor(),
                subject_id=campaign.pk,
                arguments=change | {"budget": {"minor": minor, "currency": currency}},
                at=NOW,
            )
    perform(
        "coupons.change_campaign",
        actor=make_actor(),
        subject_id=campaign.pk,
        arguments=change | {"budget": {"minor": 5000, "currency": "EUR"}},
        at=NOW,
    )
    campaign.refresh_from_db()
    assert (campaign.budget_minor, campaign.promised_minor, campaign.per_customer) == (5000, 5000, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"percent": "0"},
        {"percent": "100.1"},
        {"percent": "33.333"},
        {"percent": "many"},
        {"percent": "NaN"},
        {"percent": ""},
        {"until_day": "2025-12-31"},
        {"amount": {"minor": 0, "currency": "EUR"}},
        {"amount": {"minor": -5, "currency": "EUR"}},
        {"amount": {"minor": 2**62, "currency": "EUR"}},
        {"budget": {"minor": 100, "currency": "GBP"}},
        {"least": {"minor": -1, "currency": "EUR"}},
        {"days_valid": 0},
        {"per_customer": -1},
    ],
)
def test_nonsense_in_a_campaign_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((NotPossible, ArgumentsInvalid)):
        perform("coupons.add_campaign", actor=make_actor(), arguments=CAMPAIGN | changes, at=NOW)
    assert not Campaign.objects.exists()


def test_codes_for_everybody_are_published_and_withdrawn() -> None:
    campaign = make_campaign()

    def act(name: str, **given: Any) -> None:
        perform(f"coupons.{name}", actor=make_actor(), subject_id=campaign.pk, arguments=given, at=NOW)

    act("publish_code", code="summer 26", most_uses=3)
    assert promised(campaign) == 6000
    assert Coupon.objects.get().code == "SUMMER26"
    for code, most in (("SUMMER26", 1), ("A", 1), ("X<Y>Z", 1), ("ÄÖÜß", 1), ("OTHER", 3), ("OTHER", 0)):
        with pytest.raises(NotPossible):
            act("publish_code", code=code, most_uses=most)
    assert promised(campaign) == 6000
    act("withdraw_code", code="summer26")
    assert promised(campaign) == 0
    with pytest.raises(NotPossible):
        act("withdraw_code", code="summer26")
