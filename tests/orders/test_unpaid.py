"""Orders nobody pays do not keep goods for ever."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from onhand.catalogue.models import Stock
from onhand.coupons.models import Coupon
from onhand.coupons.using import make
from onhand.kernel.actor import ActorKind
from onhand.kernel.errors import ActError
from onhand.kernel.models import ActRecord
from onhand.orders.enums import OrderState
from onhand.orders.models import Order, OrderRules
from onhand.orders.tasks import cancel_unpaid_orders
from onhand.orders.unpaid import partly_paid_orders
from onhand.payments.enums import MethodKind
from tests.coupons.giving import make_campaign
from tests.factories import make_actor
from tests.factories.staff import make_person
from tests.orders.shop import NOON, Shop, account_of, buyer, card_of, do, faults, place, read, variants
from tests.payments.money import make_method

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def night(days: float) -> None:
    cancel_unpaid_orders(int((NOON + days * DAY).timestamp()))


def test_what_nobody_paid_in_time_is_cancelled_with_stock_and_coupon_free(shop: Shop) -> None:
    ana = buyer()
    chair, kettle = variants(shop.chair)[0], variants(shop.kettle)[0]
    given = {"customer": ana, "code": "AAAA-BBBB", "until": NOON.date(), "most_uses": 1, "reason": ""}
    make(make_campaign(), **given, at=NOON, by_name="Ana")
    card = make_method(ana, MethodKind.CARD)
    orders = [place(ana, [(chair, 2)], card, coupon="AAAA-BBBB"), place(ana, [(kettle, 1)], card)]
    paid = [place(ana, [(chair, 1)], card_of(ana)), place(ana, [(chair, 1)], account_of(ana))]
    assert {one.state for one in orders} == {OrderState.PENDING}
    night(6.9)
    assert {read(one).state for one in orders} == {OrderState.PENDING}
    night(7.1)
    for one in map(read, orders):
        assert (one.state, one.cancel_reason) == (OrderState.CANCELLED, "not_paid")
        record = ActRecord.objects.filter(act="orders.cancel_order", subject_id=one.pk).get()
        assert (record.actor_kind, record.actor_name) == (ActorKind.SYSTEM, "orders")
    assert {read(one).state for one in paid} == {OrderState.IN_PROCESS}
    assert Stock.objects.get(variant=chair).reserved == 2
    assert Stock.objects.get(variant=kettle).reserved == 0
    assert (Coupon.objects.get().uses, Coupon.objects.get().state) == (0, "open")
    records = ActRecord.objects.count()
    night(8)  # once more: nothing is left to do
    assert ActRecord.objects.count() == records
    assert not faults()


def test_what_was_paid_in_part_is_not_cancelled_but_seen(shop: Shop) -> None:
    ana = buyer()
    parts = (card_of(ana, 4000), 4000), make_method(ana, MethodKind.CARD)
    order = place(ana, [(variants(shop.chair)[0], 1)], *parts)
    assert order.state == OrderState.PENDING
    night(30)
    assert read(order).state == OrderState.PENDING
    assert partly_paid_orders(make_actor(), NOON + 6 * DAY, 10) == []
    assert partly_paid_orders(make_actor(), NOON + 30 * DAY, 10) == [order]
    assert partly_paid_orders(make_actor(permissions=frozenset()), NOON + 30 * DAY, 10) == []
    client = Client()
    client.force_login(make_person("administrator"))
    shown = client.get(reverse("settings:orders")).content.decode()
    assert order.reference in shown
    assert not faults()


def test_a_change_by_people_gives_an_order_its_time_anew(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], make_method(ana, MethodKind.CARD))
    do("change_payment_method", order.pk, method=make_method(ana, MethodKind.CARD).pk, at=NOON + 5 * DAY)
    night(8)
    assert read(order).state == OrderState.PENDING
    night(12.1)
    assert read(order).state == OrderState.CANCELLED


def test_change_rules_says_how_long_and_nought_is_never(shop: Shop) -> None:
    rules = OrderRules.objects.get()
    assert rules.days_to_pay == 7
    for wrong in (-1, 366, None):
        with pytest.raises(ActError):
            do("change_rules", rules.pk, days_to_pay=wrong)
    do("change_rules", rules.pk, days_to_pay=0)
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], make_method(ana, MethodKind.CARD))
    night(3000)
    assert read(order).state == OrderState.PENDING
    do("change_rules", rules.pk, days_to_pay=2)
    night(2.1)
    assert read(order).state == OrderState.CANCELLED
    assert not Order.objects.filter(state=OrderState.PENDING).exists()
