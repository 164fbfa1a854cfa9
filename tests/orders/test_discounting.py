"""A discount on one line, while nothing has been shipped."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from onhand.invoicing.models import DocumentLine
from onhand.kernel.errors import ActError, NotPermitted, NotPossible
from onhand.kernel.money import Money
from onhand.orders.enums import ChangeKind
from onhand.orders.models import Order, OrderChange, OrderLine
from onhand.orders.settling import paid_so_far
from onhand.payments.enums import MethodKind
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
from tests.payments.money import make_method

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


COUNTED = ("net_minor", "tax_minor", "discount_minor", "own_discount_minor", "pieces")


def amounts(order: Order) -> list[Any]:
    """Every amount of an order, of its lines and of what is beside them."""
    whole = read(order)
    return [
        (whole.net_minor, whole.tax_minor, whole.gross_minor, whole.discount_minor),
        [tuple(getattr(line, name) for name in COUNTED) for line in lines(order)],
        [(one.net_minor, one.tax_minor) for one in order.extras.order_by("pk")],
    ]


@pytest.mark.parametrize("includes_tax", [True, False])
@pytest.mark.parametrize("minors", [(4000, 4600, 3700), (333, 1, 777), (1009, 10_001, 1_013)])
def test_take_back_discount_restores_every_amount_to_the_cent(includes_tax: bool, minors: tuple[int, ...]) -> None:
    shop = Shop()
    shop.prices.includes_tax = includes_tax
    shop.prices.save()
    odd = shop.product("Odd", minors)
    ana = buyer()
    card = card_of(ana)
    for shipping in (451, 497, 499):
        order = place(ana, [(one, 2) for one in variants(odd)], card, shipping=euro(shipping), discount=euro(101))
        _there_and_back(order)
    assert not faults()


def _there_and_back(order: Order) -> None:
    """Give discounts on every line of an order, take them back, and ship it: no amount has changed."""
    paid, before = paid_so_far(order), amounts(order)
    for line, given in zip(lines(order), ({"amount": euro(1)}, {"percent": "33.33"}, {"percent": "7"}), strict=True):
        if line.unit_minor > 1:
            do("discount_line", order.pk, line=line.pk, reason="A scratch", **given)
    assert amounts(order) != before
    for line in reversed(lines(order)):
        if line.own_discount_minor:
            do("take_back_discount", order.pk, line=line.pk, reason="Given by mistake")
    assert amounts(order) == before
    assert paid_so_far(order) == paid
    ship(order)
    assert sum(amount for _kind, amount in documents(order)) == read(order).gross_minor


def test_take_back_discount_takes_a_part_and_never_what_a_coupon_took_off(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 2)], card_of(ana), discount=euro(3000))
    (line,) = lines(order)
    with pytest.raises(NotPossible, match="alone"):
        do("take_back_discount", order.pk, line=line.pk, reason="x")
    do("discount_line", order.pk, line=line.pk, amount=euro(1000), reason="x")
    outcome = do("take_back_discount", order.pk, line=line.pk, amount=euro(400), reason="Too much")
    assert outcome.after["due"] == euro(400)
    assert (read(order).gross_minor, paid_so_far(order).minor) == (16_400, 16_400)
    change = OrderChange.objects.get(order=order, kind=ChangeKind.DISCOUNT_BACK)
    assert (change.after["reason"], change.after["discount_taken_back"]) == ("Too much", euro(400))
    do("change_lines", order.pk, rows=[{"line": line.pk, "pieces": 1}])  # half of what is off goes with its piece
    (line,) = lines(order)
    assert (line.discount_minor, line.own_discount_minor) == (1800, 300)
    do("take_back_discount", order.pk, line=line.pk, reason="x")
    (line,) = lines(order)
    assert (line.discount_minor, line.own_discount_minor, line.gross_minor) == (1500, 0, 8500)
    assert not faults()


def test_take_back_discount_is_refused_where_it_stands_or_is_not_one(shop: Shop) -> None:
    ana = buyer()
    account = account_of(ana)
    order = place(ana, [(variants(shop.chair)[0], 1), (variants(shop.kettle)[0], 1)], account)
    first, second = lines(order)
    foreign = lines(place(ana, [(variants(shop.chair)[0], 1)], account))[0]
    for line in (first, second):
        do("discount_line", order.pk, line=line.pk, amount=euro(500), reason="x")
    tries: list[dict[str, Any]] = [
        {"amount": euro(501)},
        {"amount": euro(0)},
        {"amount": euro(-1)},
        {"amount": Money(100, "GBP").as_json()},
        {"line": foreign.pk},
        {"reason": ""},
        {"method": card_of(buyer("Ben")).pk},
    ]
    before = amounts(order)
    for given in tries:
        with pytest.raises(ActError):
            do("take_back_discount", order.pk, **{"line": first.pk, "reason": "x"} | given)
    plain = make_actor(permissions=make_actor().permissions - {"orders.discount_line"})
    with pytest.raises(NotPermitted):
        do("take_back_discount", order.pk, actor=plain, line=first.pk, reason="x")
    ship(order, 1, 0)
    with pytest.raises(NotPossible, match="was invoiced with this discount"):
        do("take_back_discount", order.pk, line=first.pk, reason="x")
    with pytest.raises(NotPossible, match="its discounts stand"):
        do("take_back_discount", order.pk, line=second.pk, reason="x")
    assert amounts(order) == before
    assert not faults()


def test_what_a_payment_on_its_way_brings_already_is_not_asked_for_again(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], make_method(ana, MethodKind.CARD))
    (line,) = lines(order)
    do("discount_line", order.pk, line=line.pk, amount=euro(4000), reason="x")
    outcome = do("take_back_discount", order.pk, line=line.pk, amount=euro(3000), reason="x")
    assert [one["amount"] for one in outcome.after["ways"]] == [euro(3000)]
    assert [one.minor for one in order.payments.all()] == [10_000]
    do("take_back_discount", order.pk, line=line.pk, reason="x")
    assert [one.minor for one in order.payments.all()] == [10_000]
    do("change_lines", order.pk, rows=[{"line": line.pk, "pieces": 2}])
    assert sorted(one.minor for one in order.payments.all()) == [10_000, 10_000]
    assert not faults()


def test_a_discount_given_before_lines_kept_it_can_be_taken_back_where_it_is_sure(shop: Shop) -> None:
    given = import_module("onhand.orders.migrations.0010_discounts_given_before").GIVEN
    chair, kettle = variants(shop.chair)[0], variants(shop.kettle)[0]
    orders = []
    for name in ("Ana", "Ben", "Cid"):
        one = buyer(name)
        order = place(one, [(chair, 2), (kettle, 2)], card_of(one))
        line = lines(order)[0]
        for minor in (300, 200):
            do("discount_line", order.pk, line=line.pk, amount=euro(minor), reason="A scratch")
        orders.append(order)
    plain, changed, sent = orders
    rows = [{"line": lines(changed)[0].pk, "pieces": 1}]
    do("change_lines", changed.pk, rows=rows)
    ship(sent, 1, 0)
    OrderLine.objects.update(own_discount_minor=0)
    with pytest.raises(NotPossible):
        do("take_back_discount", plain.pk, line=lines(plain)[0].pk, reason="x")
    for _time in range(2):
        with connection.cursor() as cursor:
            cursor.execute(given)
        kept = [[line.own_discount_minor for line in lines(order)] for order in orders]
        assert kept == [[500, 0], [0, 0], [0, 0]]
    do("take_back_discount", plain.pk, line=lines(plain)[0].pk, reason="x")
    assert read(plain).discount_minor == 0
    assert faults() == []
