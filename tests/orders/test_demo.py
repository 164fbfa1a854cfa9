"""The demo company's orders."""

import pytest

from onhand.catalogue.demo import create_demo_catalogue
from onhand.customers.demo.days import run_by_day
from onhand.invoicing.models import Document
from onhand.orders.demo import STORIES, completed, create_demo_orders, demo_orders, story_of, usual_orders
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
    assert create_demo_orders(at=NOON) == len(STORIES)
    assert create_demo_orders(at=NOON) == len(STORIES)
    assert set(Order.objects.values_list("state", flat=True)) == set(OrderState)
    assert not faults()
    wrong = {order.reference for order in Order.objects.all() if contradictions(gather(order, NOON))}
    assert len(wrong) == 1  # the dispute, and nothing else


def test_orders_grow_with_the_customers_and_something_happens_to_some_of_any_number() -> None:
    assert [usual_orders(count) for count in (3, 240, 6_000, 100_000)] == [14, 80, 2_000, 3_880]
    assert [story_of(number) for number in range(len(STORIES))] == list(STORIES)
    many = [story_of(number) for number in range(1_000)]
    assert all(many.count(story) > 10 for story in STORIES)
    assert many.count(completed) > 300


@pytest.mark.django_db(transaction=True)
def test_interrupted_at_any_step_they_go_on_where_they_were() -> None:
    create_demo_catalogue(at=NOON)
    for number in range(8):
        make_customer(f"Buyer {number}", **ADDRESS)
    stories = 0

    def stop(_what: str, _done: int, _of: int) -> None:
        nonlocal stories
        stories += 1
        if stories in (1, 3, 6):
            raise KeyboardInterrupt

    for _turn in range(3):
        with pytest.raises(KeyboardInterrupt):
            run_by_day(demo_orders(at=NOON, orders=24), tell=stop)
    run_by_day(demo_orders(at=NOON, orders=24), tell=stop)
    assert stories == 1 + 2 + 3 + 24  # those that were over are passed over
    assert Order.objects.count() == 24
    assert not faults()
    by_number = list(
        Document.objects.filter(kind="invoice").order_by("issued_on", "number").values_list("number", flat=True)
    )
    assert by_number == sorted(by_number)
