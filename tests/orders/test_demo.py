"""The demo company's orders."""

import time

import pytest

from onhand.catalogue.demo import create_demo_catalogue
from onhand.orders.demo import STORIES, create_demo_orders
from onhand.orders.disputes.contradictions import contradictions
from onhand.orders.disputes.gathering import gather
from onhand.orders.enums import OrderState
from onhand.orders.models import Order
from tests.factories import NOON, make_customer
from tests.orders.shop import ADDRESS, faults


@pytest.mark.django_db(transaction=True)
def test_the_demo_has_orders_in_every_state_and_its_books_are_right() -> None:
    create_demo_catalogue(at=NOON)
    for number in range(len(STORIES)):
        make_customer(f"Buyer {number}", **ADDRESS)
    began = time.monotonic()
    assert create_demo_orders(at=NOON) == len(STORIES)
    assert time.monotonic() - began < 20
    assert create_demo_orders(at=NOON) == 0
    assert set(Order.objects.values_list("state", flat=True)) == set(OrderState)
    assert not faults()
    wrong = {order.reference for order in Order.objects.all() if contradictions(gather(order, NOON))}
    assert len(wrong) == 1  # the dispute, and nothing else
