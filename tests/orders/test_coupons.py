"""A coupon on an order: taken off and shared out to its lines, used once, there again when the order is cancelled."""

import pytest
from django.test import Client

from onhand.coupons.models import Campaign, Coupon, CouponUse
from onhand.coupons.using import make, withdraw
from onhand.customers.models import Customer
from onhand.kernel.errors import NotPossible
from onhand.kernel.perform import perform
from onhand.orders.models import Order, OrderChange
from onhand.orders.together import bought_with, count_together
from tests.coupons.giving import make_campaign
from tests.factories import make_actor
from tests.factories.staff import make_person
from tests.orders.shop import NOON, Shop, account_of, buyer, card_of, do, faults, lines, place, variants

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return Shop()


def coupon_for(customer: Customer, campaign: Campaign | None = None) -> Coupon:
    return make(
        campaign or make_campaign(),
        customer=customer,
        code="AAAA-BBBB",
        until=NOON.date(),
        most_uses=1,
        reason="",
        at=NOON,
        by_name="Ana",
    )


def test_it_comes_off_each_line_by_its_share_and_tax_follows(shop: Shop) -> None:
    ana = buyer()
    coupon_for(ana)
    rows = [(variants(shop.kettle)[0], 2), (variants(shop.chair)[0], 1)]  # 80 and 100 euros
    account = account_of(ana)
    order = place(ana, rows, card_of(ana, 50_000), coupon=" aaaa-bbbb")
    assert (order.gross_minor, order.discount_minor) == (16_000, 2000)
    assert [line.gross_minor for line in lines(order)] == [7111, 8889]
    use = CouponUse.objects.get()
    assert (use.minor, use.document_type, use.document_id) == (2000, "order", order.pk)
    assert OrderChange.objects.get(order=order).after["coupon"] == "AAAA-BBBB"
    with pytest.raises(NotPossible, match="was used"):
        place(ana, rows, account, coupon="AAAA-BBBB")
    assert Order.objects.count() == 1
    do("cancel_order", order.pk, reason="no_longer_wanted")
    coupon = Coupon.objects.get()
    assert (coupon.uses, coupon.state) == (0, "open")
    again = place(ana, rows, account, coupon="AAAA-BBBB")
    assert again.discount_minor == 2000
    assert not faults()


def test_somebody_elses_coupon_places_no_order(shop: Shop) -> None:
    ana, rui = buyer(), buyer("Rui Costa")
    coupon_for(rui)
    with pytest.raises(NotPossible, match="no coupon"):
        place(ana, [(variants(shop.chair)[0], 1)], account_of(ana), coupon="AAAA-BBBB")
    assert not Order.objects.exists()
    assert not CouponUse.objects.exists()


def test_a_coupon_never_makes_an_order_cost_less_than_nothing(shop: Shop) -> None:
    ana = buyer()
    coupon_for(ana, make_campaign(minor=50_000, budget_minor=50_000))
    order = place(ana, [(variants(shop.chair)[0], 1)], account_of(ana), coupon="AAAA-BBBB")
    assert (order.gross_minor, order.discount_minor) == (0, 10_000)


def test_what_is_bought_together_is_counted_by_order_and_the_commonest_comes_first(shop: Shop) -> None:
    ana = buyer()
    lamp, account = shop.product("Lamp", [1000]), account_of(ana)
    kettle, chair, light = variants(shop.kettle)[0], variants(shop.chair)[0], variants(lamp)[0]
    for rows in ([kettle, chair], [kettle, chair], [kettle, light], [chair]):
        place(ana, [(variant, 1) for variant in rows], account)
    cancelled = place(ana, [(kettle, 1), (light, 1)], account)
    do("cancel_order", cancelled.pk, reason="no_longer_wanted")
    count_together(NOON)
    found = bought_with([shop.kettle.pk], actor=make_actor())
    assert [(one.product.name, one.orders) for one in found] == [(shop.chair.name, 2), ("Lamp", 1)]
    assert bought_with([shop.kettle.pk, shop.chair.pk], actor=make_actor())[0].product.name == "Lamp"
    client = Client()
    client.force_login(make_person("administrator"))
    shown = client.get(f"/desk/products/{shop.kettle.pk}/").content.decode()
    assert "Bought together with it" in shown
    assert "in 2 orders of the last year" in shown
    shop.chair.is_active = False
    shop.chair.save()
    count_together(NOON)
    assert [one.product.name for one in bought_with([shop.kettle.pk], actor=make_actor())] == ["Lamp"]


def test_the_act_gives_it_and_the_order_takes_it(shop: Shop) -> None:
    ana, campaign = buyer(), make_campaign(from_day=NOON.date(), until_day=NOON.date())
    given = {"campaign": campaign.pk, "reason": "It came late."}
    perform("coupons.give_coupon", actor=make_actor(), subject_id=ana.pk, arguments=given, at=NOON)
    code = Coupon.objects.get().code
    order = place(ana, [(variants(shop.chair)[0], 1)], account_of(ana), coupon=code)
    assert order.gross_minor == 8000


def test_more_pieces_get_no_more_of_a_coupon_and_fewer_only_what_it_allows(shop: Shop) -> None:
    ana = buyer()
    coupon_for(ana, make_campaign(least_minor=15_000))
    order = place(ana, [(variants(shop.chair)[0], 2)], card_of(ana, 90_000), coupon="AAAA-BBBB")
    (line,) = lines(order)
    assert order.gross_minor == 18_000
    do("change_lines", order.pk, rows=[{"line": line.pk, "pieces": 4}])
    assert (lines(order)[0].gross_minor, lines(order)[0].discount_minor) == (38_000, 2000)
    with pytest.raises(NotPossible, match="AAAA-BBBB"):
        do("change_lines", order.pk, rows=[{"line": line.pk, "pieces": 1}])
    do("change_lines", order.pk, rows=[{"line": line.pk, "pieces": 2}])
    assert (lines(order)[0].gross_minor, lines(order)[0].discount_minor) == (19_000, 1000)
    assert not faults()


def test_a_coupon_that_ended_frees_its_budget_when_its_order_is_cancelled(shop: Shop) -> None:
    ana, campaign = buyer(), make_campaign()
    coupon = make(
        campaign,
        customer=None,
        code="SPRING-26",
        until=NOON.date(),
        most_uses=3,
        reason="",
        at=NOON,
        by_name="Ana",
    )
    order = place(ana, [(variants(shop.chair)[0], 1)], account_of(ana), coupon="SPRING-26")
    withdraw(coupon)
    campaign.refresh_from_db()
    assert campaign.promised_minor == 2000
    do("cancel_order", order.pk, reason="no_longer_wanted")
    campaign.refresh_from_db()
    coupon.refresh_from_db()
    assert (campaign.promised_minor, coupon.uses, coupon.state) == (0, 0, "withdrawn")
