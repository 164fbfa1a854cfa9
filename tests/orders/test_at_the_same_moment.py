"""Several people at the same moment: what one of them may do is done once, the others are refused, and nobody waits for ever."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from onhand.catalogue.enums import PlaceKind
from onhand.catalogue.models import Stock
from onhand.kernel.errors import ActError, KeyReused
from onhand.kernel.perform import perform
from onhand.orders.models import Order, Return, ShippedPiece
from onhand.payments.models import Payment
from tests.catalogue.goods import make_place, put_in_stock
from tests.factories import make_actor
from tests.orders.shop import (
    NOON,
    Shop,
    buyer,
    card_of,
    delivered,
    do,
    faults,
    lines,
    owed,
    place,
    read,
    the_return,
    variants,
)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment; what each gave, or the error it was refused with."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[place] = act()
        except ActError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def refusals(results: list[Any]) -> int:
    return sum(isinstance(one, ActError) for one in results)


@pytest.mark.django_db(transaction=True)
def test_the_same_pieces_come_back_once() -> None:
    shop, ana = Shop(), buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 1)], card_of(ana))
    (line,) = lines(order)
    row = {"line": line.pk, "pieces": 1}
    other = variants(shop.kettle)[1].pk
    results = together(
        *[lambda: do("return_lines", order.pk, rows=[row], reason="other")] * 3,
        *[lambda: do("exchange_lines", order.pk, rows=[row | {"variant": other}], reason="other")] * 3,
    )
    assert refusals(results) == 5, results
    assert Return.objects.count() == 1
    one = the_return(order)
    do("receive_return", one.pk, rows=[row])
    results = together(*[lambda: do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "used"}])] * 4)
    assert refusals(results) == 3, results
    assert not faults()


@pytest.mark.django_db(transaction=True)
def test_the_last_pieces_are_sold_once_and_orders_crosswise_never_lock_each_other_out() -> None:
    shop = Shop(stock=4)
    customers = [buyer(f"Buyer {number}") for number in range(6)]
    cards = [card_of(one) for one in customers]
    first, second = variants(shop.chair)[0], variants(shop.kettle)[0]

    def order(number: int) -> Callable[[], Any]:
        rows = [(first, 1), (second, 1)] if number % 2 else [(second, 1), (first, 1)]
        return lambda: place(customers[number], rows, cards[number])

    results = together(*[order(number) for number in range(6)])
    assert refusals(results) == 2, results
    assert all(one.reserved == 4 for one in Stock.objects.filter(variant__in=[first, second]))
    assert not faults()


@pytest.mark.django_db(transaction=True)
def test_cancelled_or_shipped_but_not_both_and_given_back_once() -> None:
    shop, ana = Shop(), buyer()
    before = owed(ana)
    order = place(ana, [(variants(shop.chair)[0], 1)], card_of(ana, 10_000))
    row = {"line": lines(order)[0].pk, "pieces": 1}
    results = together(
        *[lambda: do("cancel_order", order.pk, reason="other")] * 3,
        *[lambda: do("ship_order", order.pk, rows=[row], carrier="X")] * 2,
    )
    assert refusals(results) == 4, results
    payment = Payment.objects.get(document_type="order", document_id=order.pk)
    assert payment.refunded_minor == (10_000 if read(order).state == "cancelled" else 0)
    assert owed(ana) == before + 10_000  # the card they bought, and nothing else
    assert not faults()


@pytest.mark.django_db(transaction=True)
def test_a_replayed_key_orders_once() -> None:
    shop, ana = Shop(), buyer()
    card = card_of(ana)
    arguments = {"rows": [{"variant": variants(shop.chair)[0].pk}], "payments": [{"method": card.pk}]}

    def act(**more: Any) -> Any:
        return perform(
            "orders.place_order",
            actor=make_actor(),
            subject_id=ana.pk,
            arguments=arguments | more,
            at=NOON,
            idempotency_key="k-1",
        )

    results = together(act, act, act)
    assert len({one.after["order"]["id"] for one in results}) == 1
    assert Order.objects.count() == 1
    with pytest.raises(KeyReused):
        act(note="another")


@pytest.mark.django_db(transaction=True)
def test_the_same_piece_is_shipped_with_one_of_several_orders() -> None:
    shop = Shop()
    second = make_place(kind=PlaceKind.WAREHOUSE)
    kettle = variants(shop.kettle)[0]
    put_in_stock(second, kettle, 10)
    customers = [buyer(f"Buyer {number}") for number in range(4)]
    orders = [place(one, [(kettle, 5)], card_of(one)) for one in customers]

    def ship_with(order: Order) -> Callable[[], Any]:
        row = {"line": lines(order)[0].pk, "pieces": 1, "serials": "SN-A"}
        return lambda: do("ship_order", order.pk, rows=[row], carrier="X")

    results = together(*[ship_with(order) for order in orders])
    assert refusals(results) == 3, results
    assert ShippedPiece.objects.count() == 1
    assert not faults()
