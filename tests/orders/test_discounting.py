"""A discount on one line, while nothing has been shipped."""

from typing import Any

import pytest

from onhand.invoicing.models import DocumentLine
from onhand.kernel.errors import ActError, NotPermitted, NotPossible
from onhand.kernel.money import Money
from onhand.orders.enums import ChangeKind
from onhand.orders.models import OrderChange
from onhand.orders.settling import paid_so_far
from tests.factories import make_actor
from tests.orders.shop import (
    Shop,
    account_of,
    buyer,
    card_of,
    do,
    documents,
    faults,
    lines,
    owed,
    place,
    read,
    ship,
    variants,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return Shop()


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


def test_discount_line_takes_an_amount_or_a_share_off_and_gives_it_back(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[2], 3), (variants(shop.kettle)[0], 1)], card_of(ana))
    first, second = lines(order)
    outcome = do("discount_line", order.pk, line=first.pk, amount=euro(1000), reason="A scratch")
    assert outcome.after["refund"] == euro(1000)
    outcome = do("discount_line", order.pk, line=second.pk, percent="12,5", reason="Came late before")
    assert outcome.after["refund"] == euro(500)
    first, second = lines(order)
    assert [(line.discount_minor, line.gross_minor) for line in (first, second)] == [(1000, 38_999), (500, 3500)]
    now = read(order)
    assert (now.gross_minor, now.discount_minor, now.net_minor + now.tax_minor) == (42_499, 1500, 42_499)
    assert now.tax_minor == 7376  # 21 % in 424.99
    change = OrderChange.objects.filter(order=order, kind=ChangeKind.DISCOUNT).latest("number")
    assert (change.after["reason"], change.after["discount"]) == ("Came late before", euro(500))
    ship(order, 1, 1)
    texts = [one.text for one in DocumentLine.objects.order_by("position")]
    assert texts == [
        f"Chair, 3 ({first.sku}), less a discount of €3.33",
        f"Kettle, 1 ({second.sku}), less a discount of €5.00",
    ]
    ship(order)
    assert sum(amount for _kind, amount in documents(order)) == 42_499 == paid_so_far(order).minor
    assert owed(ana) == 1_000_000  # for the card they bought, and nothing for the order
    with pytest.raises(NotPossible):
        do("discount_line", order.pk, line=first.pk, amount=euro(1), reason="Too late")
    assert not faults()


def test_a_discount_is_never_more_than_the_line_and_needs_a_permission(shop: Shop) -> None:
    ana = buyer()
    account = account_of(ana)
    order = place(ana, [(variants(shop.kettle)[0], 1)], account)
    foreign = lines(place(ana, [(variants(shop.chair)[0], 1)], account))[0]
    (line,) = lines(order)
    tries: list[dict[str, Any]] = [
        {"amount": euro(4001)},
        {"amount": euro(0)},
        {"amount": euro(-1)},
        {"amount": Money(100, "GBP").as_json()},
        {"percent": "100.5"},
        {"percent": "0"},
        {"percent": "NaN"},
        {"percent": "1.234"},
        {"percent": "1", "amount": euro(1)},
        {},
        {"amount": euro(1), "line": foreign.pk},
        {"amount": euro(1), "reason": ""},
    ]
    for given in tries:
        with pytest.raises(ActError):
            do("discount_line", order.pk, **{"line": line.pk, "reason": "x"} | given)
    plain = make_actor(permissions=make_actor().permissions - {"orders.discount_line"})
    with pytest.raises(NotPermitted):
        do("discount_line", order.pk, actor=plain, line=line.pk, amount=euro(1), reason="x")
    do("discount_line", order.pk, line=line.pk, percent="100", reason="A gift")
    assert (read(order).gross_minor, lines(order)[0].discount_minor, order.payments.count()) == (0, 4000, 0)
    ship(order)
    assert documents(order) == []
    assert not faults()


def test_what_is_paid_in_two_ways_is_given_back_once(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], (card_of(ana), 3000), account_of(ana))
    (line,) = lines(order)
    do("discount_line", order.pk, line=line.pk, amount=euro(4000), reason="x")
    planned = order.payments.filter(payment__isnull=True).values_list("minor", flat=True)
    assert (paid_so_far(order).minor, sum(planned)) == (3000, 3000)
    ship(order)
    assert documents(order) == [("invoice", 6000)]
    assert not faults()
