"""Goods kept for a customer: never more than are free, until a moment, and given free again."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.catalogue.enums import ReservationState
from onhand.catalogue.models import Reservation, Stock, StockPlace, Variant
from onhand.customers.models import Customer
from onhand.kernel.errors import NotPossible
from onhand.kernel.perform import perform
from tests.catalogue.goods import NOW, make_place, make_variant, put_in_stock
from tests.factories import make_actor, make_customer

pytestmark = pytest.mark.django_db


def keep(customer: Customer, lamp: Variant, leeds: StockPlace, number: int = 1, /, **changes: Any) -> None:
    given = {"variant": lamp.pk, "place": leeds.pk, "pieces": number, "until": (NOW + timedelta(days=2)).isoformat()}
    perform("catalogue.reserve_goods", actor=make_actor(), subject_id=customer.pk, arguments=given | changes, at=NOW)


def test_kept_and_given_free_again() -> None:
    customer, lamp, leeds = make_customer(), make_variant(), make_place()
    put_in_stock(leeds, lamp, 3)
    keep(customer, lamp, leeds, 2)
    assert Stock.objects.get().reserved == 2
    with pytest.raises(NotPossible, match="Only 1"):
        keep(make_customer(), lamp, leeds, 2)
    kept = Reservation.objects.get()
    with pytest.raises(NotPossible, match="Nothing is kept"):
        release(make_customer(), kept)
    release(customer, kept)
    assert Stock.objects.get().reserved == 0
    kept.refresh_from_db()
    assert kept.state == ReservationState.RELEASED
    with pytest.raises(NotPossible, match="Nothing is kept"):
        release(customer, kept)


def release(customer: Customer, kept: Reservation) -> None:
    perform(
        "catalogue.release_goods",
        actor=make_actor(),
        subject_id=customer.pk,
        arguments={"reservation": kept.pk},
        at=NOW,
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pieces": 0}, "at least one"),
        ({"pieces": -3}, "at least one"),
        ({"until": (NOW - timedelta(minutes=1)).isoformat()}, "within the next"),
        ({"until": (NOW + timedelta(days=400)).isoformat()}, "within the next"),
        ({"variant": 987654}, "Only goods"),
        ({"place": 987654}, "Choose one"),
    ],
)
def test_nonsense_is_refused_and_keeps_nothing(changes: dict[str, Any], words: str) -> None:
    lamp, leeds = make_variant(), make_place()
    put_in_stock(leeds, lamp, 3)
    with pytest.raises(NotPossible, match=words):
        keep(make_customer(), lamp, leeds, **changes)
    assert not Reservation.objects.exists()


def test_where_none_is_the_other_places_are_named() -> None:
    lamp, leeds, madrid = make_variant(), make_place(), make_place()
    put_in_stock(madrid, lamp, 3)
    with pytest.raises(NotPossible, match=rf"Free: {madrid.name} \(3\)"):
        keep(make_customer(), lamp, leeds)
