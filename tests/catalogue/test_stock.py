"""Stock is the sum of its moves; what is reserved is never more than is there; many at once get no more than there is."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from onhand.catalogue.enums import ReservationState, StockWhy
from onhand.catalogue.models import Reservation, Stock, StockMove
from onhand.catalogue.stock import Move, available, end_reservations, end_what_ran_out, lock_stock, move_stock, reserve
from onhand.catalogue.tasks import end_reservations_that_ran_out
from onhand.kernel.errors import NotPossible
from tests.catalogue.goods import NOW, make_place, make_variant, put_in_stock


@pytest.mark.django_db
def test_goods_come_go_and_are_kept_for_somebody() -> None:
    lamp, madrid, leeds = make_variant(), make_place(), make_place()
    put_in_stock(madrid, lamp, 5)
    put_in_stock(leeds, lamp, 2)
    stock = Stock.objects.get(place=madrid, variant=lamp)
    (kept,) = reserve({stock.pk: 3}, document=("order", 1), at=NOW, until=NOW + timedelta(days=2))
    assert [(one.place_id, one.on_hand, one.free) for one in available([lamp.pk])] == [
        (madrid.pk, 5, 2),
        (leeds.pk, 2, 2),
    ]
    with pytest.raises(NotPossible, match="Only 2"):
        reserve({stock.pk: 3}, document=("order", 2), at=NOW)
    with pytest.raises(NotPossible, match="Only 0"):
        reserve({10**9: 1}, document=("order", 2), at=NOW)
    with pytest.raises(NotPossible, match="reserved"):
        move_stock([Move(madrid.pk, lamp.pk, -3, StockWhy.LOST, "lost:1")], at=NOW, by_name="Ana")
    with pytest.raises(NotPossible, match="not that many"):
        move_stock([Move(leeds.pk, lamp.pk, -3, StockWhy.LOST, "lost:2")], at=NOW, by_name="Ana")
    move_stock([Move(madrid.pk, lamp.pk, -2, StockWhy.SHIPPED, "ship:1")], at=NOW, by_name="Ana")
    with pytest.raises(NotPossible, match="already"):
        move_stock([Move(madrid.pk, lamp.pk, -1, StockWhy.SHIPPED, "ship:1")], at=NOW, by_name="Ana")
    assert end_reservations([kept], ReservationState.USED, at=NOW) == 1
    assert end_reservations([kept], ReservationState.RELEASED, at=NOW) == 0
    stock.refresh_from_db()
    assert (stock.on_hand, stock.reserved) == (3, 0)


@pytest.mark.django_db
def test_what_is_kept_until_a_moment_is_free_after_it() -> None:
    lamp, place = make_variant(), make_place()
    put_in_stock(place, lamp, 5)
    stock = lock_stock([(place.pk, lamp.pk)])[place.pk, lamp.pk]
    reserve({stock.pk: 2}, document=("order", 1), at=NOW, until=NOW + timedelta(hours=1))
    reserve({stock.pk: 1}, document=("order", 2), at=NOW)
    assert end_what_ran_out(NOW) == 0
    end_reservations_that_ran_out(int((NOW + timedelta(hours=1)).timestamp()))
    stock.refresh_from_db()
    assert stock.reserved == 1
    assert sorted(Reservation.objects.values_list("state", flat=True)) == ["open", "ran_out"]
    Reservation.objects.filter(state="open").delete()
    stock.refresh_from_db()
    assert stock.reserved == 0


@pytest.mark.django_db
def test_moves_are_never_changed() -> None:
    lamp, place = make_variant(), make_place()
    put_in_stock(place, lamp, 5)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StockMove.objects.update(pieces=6)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StockMove.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_reserve_no_more_than_there_is_and_never_wait_crosswise() -> None:
    place, variants = make_place(), [make_variant() for _ in range(3)]
    for one in variants:
        put_in_stock(place, one, 20)
    rows = {one.variant_id: one.pk for one in Stock.objects.filter(place=place)}
    orders = [[rows[one.pk] for one in variants], [rows[one.pk] for one in reversed(variants)]]
    got, wrong = [], []

    def buy(number: int) -> None:
        try:
            for turn in range(10):
                with transaction.atomic():
                    try:
                        reserve(dict.fromkeys(orders[turn % 2], 1), document=("order", number), at=NOW)
                    except NotPossible:
                        continue
                got.append(number)
        except Exception as error:  # noqa: BLE001  (told in the test's own thread)
            wrong.append(error)
        finally:
            connection.close()

    people = [threading.Thread(target=buy, args=(number,)) for number in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert wrong == []
    assert len(got) == 20
    assert set(Stock.objects.values_list("reserved", flat=True)) == {20}
