"""Placing, changing and cancelling orders."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from onhand.catalogue.models import Reservation, Stock
from onhand.invoicing.models import Document
from onhand.kernel.errors import ActError, ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.orders.enums import OrderState
from onhand.orders.models import Order, OrderChange, OrderLine
from onhand.orders.settling import paid_so_far
from onhand.payments.enums import MethodKind
from onhand.payments.models import Payment, PaymentMethod
from tests.factories import make_actor
from tests.orders.shop import (
    NOON,
    Shop,
    account_of,
    buyer,
    card_of,
    deliver,
    delivered,
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


def test_place_order_keeps_the_goods_and_takes_the_money(shop: Shop) -> None:
    ana = buyer()
    card = card_of(ana, 50_000)
    small, _large, _other = variants(shop.kettle)
    before = owed(ana)
    order = place(ana, [(small, 2), (variants(shop.chair)[0], 1)], card, shipping=euro(500))
    assert (order.state, order.gross_minor, order.tax_minor) == (OrderState.IN_PROCESS, 18_500, 3211)
    assert [(line.gross_minor, line.percent) for line in lines(order)] == [(8000, 21), (10_000, 21)]
    assert Stock.objects.get(variant=small).reserved == 2
    assert owed(ana) == before - 18_500  # what came in is theirs until goods leave
    change = OrderChange.objects.get(order=order)
    assert change.settlement["word"] == "due"
    assert [one["amount"]["minor"] for one in change.settlement["derivation"]] == [8000, 10_000, 500]
    assert order.address["city"] == "Madrid"
    assert not faults()


def test_an_order_is_paid_by_several_methods_that_come_to_the_sum(shop: Shop) -> None:
    ana = buyer()
    first, second = card_of(ana, 3000), card_of(ana, 9000)
    chair = variants(shop.chair)[0]
    for parts in ([(first, 3000), (second, 6000)], [(first, 3000), (second, 8000)], [first, second], []):
        with pytest.raises(ActError):
            place(ana, [(chair, 1)], *parts)
    order = place(ana, [(chair, 1)], (first, 3000), second)
    assert sorted(order.payments.values_list("minor", flat=True)) == [3000, 7000]
    assert Payment.objects.filter(document_type="order", document_id=order.pk, state="captured").count() == 2
    with pytest.raises(NotPossible):  # 2000 are left on the second, nothing on the first
        place(ana, [(chair, 1)], second)
    assert not faults()


def test_a_refused_order_changes_nothing(shop: Shop) -> None:
    ana, ben = buyer(), buyer("Ben Ode")
    small = variants(shop.kettle)[0]
    with pytest.raises(NotPossible):
        place(ana, [(small, 1)], card_of(ben))
    with pytest.raises(NotPossible):
        place(ana, [(small, 11)], card_of(ana))
    for pieces in (0, -1, 10**9):
        with pytest.raises(ActError):
            place(ana, [(small, pieces)], card_of(ana))
    assert not Order.objects.exists()
    assert not Reservation.objects.exists()
    assert not Payment.objects.exists()


def test_what_is_ordered_on_account_is_owed_once_it_left(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[2], 3)], account_of(ana))
    assert (order.state, owed(ana)) == (OrderState.IN_PROCESS, 0)
    ship(order, 1)
    assert owed(ana) == 13_333
    ship(order)
    deliver(order)
    assert (read(order).state, owed(ana)) == (OrderState.DELIVERED, 39_999)
    assert documents(order) == [("invoice", 13_333), ("invoice", 26_666)]
    assert not faults()


def test_an_order_whose_money_is_on_its_way_is_pending(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], make_method(ana, MethodKind.CARD))
    assert order.state == OrderState.PENDING
    with pytest.raises(NotPossible):
        ship(order)


def test_discounts_are_shared_out_to_the_cent_and_need_a_permission(shop: Shop) -> None:
    ana = buyer()
    account = account_of(ana)
    rows = [(variants(shop.chair)[2], 1), (variants(shop.kettle)[0], 1), (variants(shop.kettle)[1], 1)]
    order = place(ana, rows, account, discount=euro(1000))
    assert sum(line.discount_minor for line in lines(order)) == 1000
    assert order.gross_minor == 13_333 + 4000 + 4600 - 1000
    assert order.net_minor + order.tax_minor == order.gross_minor
    plain = make_actor(permissions=make_actor().permissions - {"orders.discount"})
    given = {"rows": [{"variant": rows[0][0].pk}], "payments": [{"method": account.pk}]}
    with pytest.raises(NotPermitted):
        do("place_order", ana.pk, actor=plain, discount=euro(1), **given)
    for wrong in (euro(-5), Money(5, "GBP").as_json(), euro(10**9)):
        with pytest.raises(ActError):
            do("place_order", ana.pk, discount=wrong, **given)


@pytest.mark.parametrize("amount", [{"minor": 1.5, "currency": "EUR"}, {"minor": 2**70, "currency": "EUR"}, "1/3"])
def test_amounts_that_are_none_are_no_arguments(shop: Shop, amount: Any) -> None:
    ana = buyer()
    given = {"rows": [{"variant": variants(shop.chair)[0].pk}], "payments": [{"method": account_of(ana).pk}]}
    with pytest.raises((ArgumentsInvalid, NotPossible)):
        do("place_order", ana.pk, **given, shipping=amount)


def test_an_order_is_of_a_currency_there_are_prices_in(shop: Shop) -> None:
    ana = buyer()
    with pytest.raises(NotPossible):
        place(ana, [(variants(shop.chair)[0], 1)], account_of(ana), currency="JPY")


def test_cancel_order_frees_the_goods_and_gives_everything_back(shop: Shop) -> None:
    ana = buyer()
    card, second = card_of(ana, 6000), card_of(ana, 6000)
    small = variants(shop.kettle)[0]
    before = owed(ana)
    order = place(ana, [(small, 3)], (card, 6000), second)
    outcome = do("cancel_order", order.pk, reason="no_longer_wanted")
    assert outcome.after["refund"] == euro(12_000)
    assert all(way["refund_timing"] for way in outcome.after["ways"])
    assert (read(order).state, owed(ana), Stock.objects.get(variant=small).reserved) == ("cancelled", before, 0)
    assert documents(order) == []
    with pytest.raises(NotPossible):
        do("cancel_order", order.pk, reason="other")
    with pytest.raises(ArgumentsInvalid):
        do("cancel_order", place(ana, [(small, 1)], card).pk)
    assert not faults()


def test_a_cancelled_order_may_be_given_back_to_stored_value_of_the_customer_only(shop: Shop) -> None:
    ana, ben = buyer(), buyer("Ben Ode")
    card, other = card_of(ana), card_of(ana, 0)
    order = place(ana, [(variants(shop.chair)[0], 1)], card)
    with pytest.raises(NotPossible):
        do("cancel_order", order.pk, reason="other", refund_to=card_of(ben).pk)
    with pytest.raises(NotPossible):
        do("cancel_order", order.pk, reason="other", refund_to=account_of(ana).pk)
    do("cancel_order", order.pk, reason="other", refund_to=other.pk)
    assert Payment.objects.get(document_id=order.pk, document_type="order").refunded_minor == 10_000
    assert not faults()


def test_nothing_is_changed_once_something_left(shop: Shop) -> None:
    ana = buyer()
    card = card_of(ana)
    order = place(ana, [(variants(shop.chair)[0], 2)], card)
    ship(order, 1)
    (line,) = lines(order)
    tries: dict[str, dict[str, Any]] = {
        "cancel_order": {"reason": "other"},
        "change_address": {"address_lines": "Calle Menor 2", "city": "Madrid", "postal_code": "28014", "country": "ES"},
        "change_payment_method": {"method": card_of(ana).pk},
        "change_lines": {"rows": [{"line": line.pk, "pieces": 1}]},
        "change_options": {"rows": [{"line": line.pk, "variant": variants(shop.chair)[1].pk}]},
    }
    for name, arguments in tries.items():
        with pytest.raises(NotPossible):
            do(name, order.pk, **arguments)
    assert not faults()


def test_change_address_keeps_the_original(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], account_of(ana))
    given = {"address_lines": "Gran Vía 31", "city": "Madrid", "postal_code": "28013", "country": "ES"}
    outcome = do("change_address", order.pk, **given)
    assert outcome.after["even"] == euro(0)
    change = OrderChange.objects.filter(order=order).latest("number")
    assert change.before["address"]["address_lines"] == "Calle Mayor 1"
    assert change.after["address"]["address_lines"] == read(order).address["address_lines"] == "Gran Vía 31"
    with pytest.raises(NotPossible):  # another tax, or none that is known
        do("change_address", order.pk, address_lines="1 rue X", city="Paris", postal_code="75001", country="FR")
    with transaction.atomic(), pytest.raises(IntegrityError), transaction.atomic():
        OrderChange.objects.filter(pk=change.pk).update(after={"address": {}})


def test_change_lines_gives_back_and_takes_the_difference(shop: Shop) -> None:
    ana = buyer()
    card = card_of(ana, 40_000)
    chair, kettle = variants(shop.chair)[0], variants(shop.kettle)[0]
    order = place(ana, [(chair, 2), (kettle, 1)], card)
    first, second = lines(order)
    outcome = do("change_lines", order.pk, rows=[{"line": first.pk, "pieces": 1}, {"line": second.pk, "pieces": 0}])
    assert outcome.after["refund"] == euro(14_000)
    assert (read(order).gross_minor, Stock.objects.get(variant=kettle).reserved) == (10_000, 0)
    outcome = do("change_lines", order.pk, rows=[{"line": first.pk, "pieces": 3}])
    assert outcome.after["due"] == euro(20_000)
    with pytest.raises(NotPossible):
        do("change_lines", order.pk, rows=[{"line": first.pk, "pieces": 0}])
    with pytest.raises(NotPossible):  # there are 10
        do("change_lines", order.pk, rows=[{"line": first.pk, "pieces": 11}])
    foreign = lines(place(ana, [(chair, 1)], account_of(ana)))[0]
    with pytest.raises(NotPossible):
        do("change_lines", order.pk, rows=[{"line": foreign.pk, "pieces": 1}])
    ship(order)
    assert documents(order) == [("invoice", 30_000)]
    assert not faults()


def test_change_options_takes_another_variant_of_the_same_product(shop: Shop) -> None:
    ana = buyer()
    card = card_of(ana, 50_000)
    small, large, cheap = variants(shop.kettle)
    order = place(ana, [(small, 2)], card)
    (line,) = lines(order)
    for wrong in (small, variants(shop.chair)[0]):
        with pytest.raises(NotPossible):
            do("change_options", order.pk, rows=[{"line": line.pk, "variant": wrong.pk}])
    outcome = do("change_options", order.pk, rows=[{"line": line.pk, "variant": large.pk}])
    assert outcome.after["due"] == euro(1200)
    assert (Stock.objects.get(variant=small).reserved, Stock.objects.get(variant=large).reserved) == (0, 2)
    outcome = do("change_options", order.pk, rows=[{"line": line.pk, "variant": cheap.pk}])
    assert outcome.after["refund"] == euro(1800)
    assert read(order).gross_minor == 7400
    assert not faults()


def test_change_payment_method_takes_the_whole_anew(shop: Shop) -> None:
    ana = buyer()
    first, second = card_of(ana, 10_000), card_of(ana, 10_000)
    order = place(ana, [(variants(shop.chair)[0], 1)], first)
    with pytest.raises(NotPossible):
        do("change_payment_method", order.pk, method=first.pk)
    outcome = do("change_payment_method", order.pk, method=second.pk)
    assert outcome.after["even"] == euro(0)
    taken = Payment.objects.filter(document_type="order", document_id=order.pk).order_by("pk")
    assert [(one.captured_minor, one.refunded_minor) for one in taken] == [(10_000, 10_000), (10_000, 0)]
    do("change_payment_method", order.pk, method=account_of(ana).pk)
    assert read(order).state == OrderState.IN_PROCESS
    assert not faults()


def test_add_goodwill_is_credited_and_given_back(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    outcome = do("add_goodwill", order.pk, amount=euro(1500), reason="Came late", at=NOON)
    assert outcome.after["refund"] == euro(1500)
    assert documents(order) == [("invoice", 10_000), ("credit_note", 1500)]
    assert owed(ana) == 1_000_000  # for the card they bought, and nothing for the order
    for wrong in (euro(0), euro(-1), euro(8501), Money(1, "GBP").as_json()):
        with pytest.raises(NotPossible):
            do("add_goodwill", order.pk, amount=wrong, reason="x")
    do("add_goodwill", order.pk, amount=euro(500), reason="Again", on_account=True)
    assert owed(ana) == 1_000_000 - 500
    assert not faults()


def test_goodwill_as_a_lower_price_gives_back_the_tax_of_the_lines_in_proportion(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1), (variants(shop.kettle)[0], 2)], card_of(ana))
    first, second = OrderLine.objects.filter(order=order).order_by("number")
    # As if the second were taxed at a reduced rate.
    OrderLine.objects.filter(pk=second.pk).update(percent=10)
    amount = order.gross_minor // 4
    outcome = do("add_goodwill", order.pk, amount=euro(amount), reason="Scratched", given_as="price_reduction", at=NOON)
    assert outcome.after["refund"] == euro(amount)
    note = Document.objects.get(kind="credit_note")
    lines = {line.percent: line for line in note.lines.all()}
    assert set(lines) == {first.percent, 10} and first.percent > 10
    assert note.gross_minor == amount == sum(one.gross_minor for one in lines.values())
    share = amount * first.gross_minor / (first.gross_minor + second.gross_minor)
    assert abs(lines[first.percent].gross_minor - share) < 1
    for percent, line in lines.items():
        assert abs(line.gross_minor - line.gross_minor / (1 + percent / 100) - line.tax_minor) <= 1
    assert {one.what for one in lines.values()} == {"goods"}  # less was sold: it is no expense
    compensated = do("add_goodwill", order.pk, amount=euro(100), reason="Sorry", at=NOON)
    label = compensated.after["credit_note"]
    assert [(one.what, one.tax_minor) for one in Document.objects.get(label=label).lines.all()] == [("goodwill", 0)]
    assert not faults()


def test_a_payment_is_taken_for_an_order_of_the_customer_that_goes_on(shop: Shop) -> None:
    ana, ben = buyer(), buyer("Ben Okafor")
    chair = variants(shop.chair)[0]
    on_account = account_of(ana)
    order, over = (place(ana, [(chair, 1)], on_account) for _ in range(2))
    others = place(ben, [(chair, 1)], account_of(ben))
    do("cancel_order", over.pk, reason="no_longer_wanted")

    def pay(number: int, method: PaymentMethod, currency: str = "EUR") -> None:
        amount = Money(4000, currency).as_json()
        arguments = {"method": method.pk, "amount": amount, "document_type": "order", "document_id": number}
        perform("payments.take_payment", actor=make_actor(), subject_id=ana.pk, arguments=arguments, at=NOON)

    card = card_of(ana)
    pay(order.pk, card)
    assert paid_so_far(order) == Money(4000, "EUR")
    for number, method, currency in (
        (others.pk, card, "EUR"),
        (over.pk, card, "EUR"),
        (10**9, card, "EUR"),
        (order.pk, make_method(ana), "USD"),
    ):
        with pytest.raises(NotPossible, match="not the customer's"):
            pay(number, method, currency)
    Order.objects.filter(pk=order.pk).update(from_system="Old shop")
    with pytest.raises(NotPossible, match="not the customer's"):
        pay(order.pk, card)
    assert not faults()


def test_only_who_takes_payments_says_that_cash_or_a_receipt_is_there(shop: Shop) -> None:
    ana = buyer()
    terminal, card = make_method(ana, MethodKind.TERMINAL), card_of(ana, 50_000)
    clerk = make_actor(
        permissions=frozenset({"orders.view", "orders.change", "customers.view", "customers.work_without_contact"})
    )
    rows = [{"variant": variants(shop.chair)[0].pk, "pieces": 1}]
    with pytest.raises(NotPermitted):
        do("place_order", ana.pk, rows=rows, payments=[{"method": terminal.pk}], actor=clerk)
    order = place(ana, [(variants(shop.chair)[0], 1)], card)
    with pytest.raises(NotPermitted):
        do("change_payment_method", order.pk, method=terminal.pk, actor=clerk)
    assert Payment.objects.filter(method=terminal).count() == 0
    assert place(ana, [(variants(shop.chair)[0], 1)], terminal).paid_at is not None
