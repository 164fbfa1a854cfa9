"""Cancelling what is left of an order of which something was shipped."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from onhand.catalogue.enums import PlaceKind
from onhand.catalogue.models import BundlePart, Reservation, Stock
from onhand.coupons.models import CouponUse
from onhand.coupons.using import make
from onhand.invoicing.models import Document
from onhand.kernel.errors import ActError, ArgumentsInvalid, NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.orders.enums import ChangeKind, OrderState
from onhand.orders.models import Order, OrderChange, OrderLine
from onhand.orders.settling import paid_so_far
from onhand.orders.states import MOVES
from onhand.payments.enums import MethodKind
from onhand.payments.models import Payment
from tests.catalogue.goods import make_place, put_in_stock
from tests.coupons.giving import make_campaign
from tests.factories import make_actor
from tests.orders.shop import (
    NOON,
    Shop,
    account_of,
    buyer,
    card_of,
    deliver,
    do,
    documents,
    faults,
    lines,
    owed,
    place,
    read,
    ship,
    the_return,
    variants,
)
from tests.payments.money import make_method

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


def test_the_database_knows_the_same_moves_of_states() -> None:
    known = import_module("onhand.orders.migrations.0005_the_rest_cancelled").MOVES
    ours = {str(before): {str(after) for after in afters} - {str(before)} for before, afters in MOVES.items()}
    assert {before: set(afters) - {before} for before, afters in known.items()} == ours


def test_cancel_rest_lets_what_left_stand_and_gives_the_rest_back(shop: Shop) -> None:
    ana = buyer()
    chair, kettle = variants(shop.chair)[2], variants(shop.kettle)[0]
    first, second = card_of(ana, 20_000), card_of(ana, 40_000)
    before = owed(ana)
    order = place(ana, [(chair, 3), (kettle, 1)], (first, 20_000), second, shipping=euro(500), discount=euro(1000))
    assert order.gross_minor == 3 * 13_333 + 4000 + 500 - 1000
    with pytest.raises(NotPossible, match="as a whole"):
        do("cancel_rest", order.pk, reason="not_available")
    ship(order, 1, 0)
    ((_kind, invoiced),) = documents(order)
    with pytest.raises(ArgumentsInvalid):
        do("cancel_rest", order.pk)
    outcome = do("cancel_rest", order.pk, reason="not_available")
    back = order.gross_minor - invoiced
    assert outcome.after["refund"] == euro(back)
    assert sum(step["amount"]["minor"] for step in outcome.after["derivation"]) == -back
    assert sum(way["amount"]["minor"] for way in outcome.after["ways"]) == back
    after = read(order)
    assert (after.state, after.gross_minor, after.cancel_reason) == (OrderState.SHIPPED, invoiced, "")
    assert [(line.pieces, line.shipped) for line in lines(order)] == [(1, 1), (0, 0)]
    assert after.discount_minor == sum(line.discount_minor for line in lines(order))
    assert paid_so_far(order) == Money(invoiced, "EUR")
    assert owed(ana) == before  # what was invoiced is paid, nothing more
    assert not Stock.objects.filter(reserved__gt=0).exists()
    change = OrderChange.objects.get(order=order, kind=ChangeKind.REST_CANCELLED)
    assert (change.after["cancel_reason"], change.settlement["word"]) == ("not_available", "refund")
    assert [one["pieces"] for one in change.before["lines"]] == [3, 1]
    with pytest.raises(NotPossible, match="has been shipped"):
        do("cancel_rest", order.pk, reason="other")
    deliver(order)
    assert read(order).state == OrderState.DELIVERED
    assert not faults()


def test_what_is_left_of_a_cut_order_comes_back_to_the_cent(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[2], 7)], card_of(ana), discount=euro(1001))
    ship(order, 3)
    deliver(order)
    (line,) = lines(order)
    do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 1}], reason="other", at=NOON + DAY)
    do("cancel_rest", order.pk, reason="too_late", at=NOON + DAY)
    assert read(order).state == OrderState.RETURN_REQUESTED
    for pieces in (1, 2):
        if pieces == 2:
            do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 2}], reason="other", at=NOON + DAY)
        one = the_return(order)
        do("receive_return", one.pk, rows=[{"line": line.pk, "pieces": pieces}], at=NOON + 2 * DAY)
        do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "as_new"}], at=NOON + 2 * DAY)
    assert (read(order).state, paid_so_far(order).minor) == (OrderState.COMPLETED, 0)
    assert not faults()


def test_an_order_whose_shipped_goods_are_back_is_completed_with_its_rest_cancelled(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 2)], card_of(ana))
    ship(order, 1)
    deliver(order)
    (line,) = lines(order)
    do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 1}], reason="other", at=NOON + DAY)
    one = the_return(order)
    do("receive_return", one.pk, rows=[{"line": line.pk, "pieces": 1}], at=NOON + DAY)
    do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "as_new"}], at=NOON + DAY)
    assert read(order).state == OrderState.IN_PROCESS
    do("cancel_rest", order.pk, reason="no_longer_wanted", at=NOON + DAY)
    assert (read(order).state, paid_so_far(order).minor) == (OrderState.COMPLETED, 0)
    assert not faults()


def test_what_was_paid_for_goods_that_left_is_kept_and_what_was_not_paid_is_not_owed(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 3)], account_of(ana))
    ship(order, 1)
    invoice = order_invoice(order.pk)
    card = card_of(ana)
    before = owed(ana)
    arguments = {"method": card.pk, "amount": euro(10_000), "document_type": "document", "document_id": invoice}
    perform("payments.take_payment", actor=make_actor(), subject_id=ana.pk, arguments=arguments, at=NOON)
    outcome = do("cancel_rest", order.pk, reason="too_late")
    assert outcome.after["refund"] == euro(20_000)
    assert [one["paid_to"] for one in outcome.after["ways"]] == ["Their account with us"]
    assert not Payment.objects.filter(refunded_minor__gt=0).exists()
    assert owed(ana) == before - 10_000
    assert [one.minor for one in order.payments.all()] == [10_000]
    assert not faults()


def order_invoice(order_id: int) -> int:
    return Document.objects.get(document_type="order", document_id=order_id).pk


def test_cancel_rest_gives_money_to_stored_value_of_the_customer_and_no_more_than_goodwill_leaves(shop: Shop) -> None:
    ana = buyer()
    card, terminal = card_of(ana, 0), make_method(ana, MethodKind.TERMINAL)
    order = place(ana, [(variants(shop.chair)[0], 3)], terminal)
    ship(order, 1)
    do("add_goodwill", order.pk, amount=euro(4000), reason="Late")
    with pytest.raises(NotPossible):
        do("cancel_rest", order.pk, reason="other", refund_to=card_of(buyer("Ben")).pk)
    do("cancel_rest", order.pk, reason="other", refund_to=card.pk)
    assert (paid_so_far(order).minor, read(order).gross_minor) == (6000, 10_000)
    another = place(ana, [(variants(shop.chair)[0], 3)], terminal)
    ship(another, 1)
    do("add_goodwill", another.pk, amount=euro(11_000), reason="Late")
    with pytest.raises(NotPossible, match="goodwill"):
        do("cancel_rest", another.pk, reason="other")
    assert not faults()


def test_a_coupon_stays_used_and_its_share_of_the_rest_falls_away(shop: Shop) -> None:
    ana = buyer()
    campaign = make_campaign(least_minor=15_000)
    given = {"customer": ana, "code": "AAAA-BBBB", "until": NOON.date(), "most_uses": 1, "reason": ""}
    make(campaign, **given, at=NOON, by_name="Ana")
    order = place(ana, [(variants(shop.chair)[0], 2)], card_of(ana, 50_000), coupon="AAAA-BBBB")
    whole = order.gross_minor
    ship(order, 1)
    do("cancel_rest", order.pk, reason="not_available")
    after = read(order)
    assert (after.gross_minor, after.discount_minor) == (whole // 2, (20_000 - whole) // 2)
    assert CouponUse.objects.get().taken_back_at is None
    assert not faults()


def row(line: OrderLine, pieces: int) -> dict[str, int]:
    return {"line": line.pk, "pieces": pieces}


def kept(order: Order) -> list[int]:
    """How many pieces of each line are kept in stock."""
    open_ones = Reservation.objects.filter(document_type="order_line", state="open")
    return [sum(open_ones.filter(document_id=line.pk).values_list("pieces", flat=True)) for line in lines(order)]


def test_cancel_pieces_before_shipment_frees_them_and_gives_back_what_they_cost(shop: Shop) -> None:
    ana = buyer()
    card, gift = make_method(ana, MethodKind.TERMINAL), card_of(ana, 0)
    order = place(ana, [(variants(shop.chair)[2], 3), (variants(shop.kettle)[0], 2)], card, discount=euro(1000))
    chairs, kettles = lines(order)
    outcome = do(
        "cancel_pieces", order.pk, rows=[row(chairs, 1), row(kettles, 2)], reason="not_available", refund_to=gift.pk
    )
    after = read(order)
    back = order.gross_minor - after.gross_minor
    assert outcome.after["refund"] == euro(back)
    ((gift_way, amount),) = [(one["paid_to"], one["amount"]) for one in outcome.after["ways"]]
    assert (gift_way.startswith("Stored-value card"), amount) == (True, euro(back))
    assert (after.state, after.cancel_reason, paid_so_far(order).minor) == ("in_process", "", after.gross_minor)
    assert ([line.pieces for line in lines(order)], kept(order)) == ([2, 0], [2, 0])
    change = OrderChange.objects.get(order=order, kind=ChangeKind.PIECES_CANCELLED)
    assert change.after["cancel_reason"] == "not_available"
    assert [(one["article"], one["pieces"]) for one in change.after["lines"]] == [(chairs.title, 1), (kettles.title, 2)]
    assert [one["pieces"] for one in change.before["lines"]] == [3, 2]
    ship(order)
    deliver(order)
    assert read(order).state == OrderState.DELIVERED
    assert sum(amount for _kind, amount in documents(order)) == after.gross_minor
    assert not faults()


@pytest.mark.parametrize("minors", [(3333, 1), (10_007, 999), (7, 3)])
@pytest.mark.parametrize("discount", [0, 5])
def test_pieces_cancelled_in_any_steps_between_shipments_come_to_what_is_invoiced(
    minors: tuple[int, int], discount: int
) -> None:
    shop = Shop()
    odd = shop.product("Odd", minors)
    ana = buyer()
    order = place(ana, [(one, 7) for one in variants(odd)], card_of(ana), discount=euro(discount))
    for step in ("ship", "cancel", "ship", "cancel", "cancel"):
        if step == "ship":
            ship(order, 1, 2)
        else:
            do("cancel_pieces", order.pk, rows=[row(line, 1) for line in lines(order)], reason="too_late")
        assert paid_so_far(order).minor == read(order).gross_minor
    assert kept(order) == [2, 0]
    ship(order)
    assert sum(amount for _kind, amount in documents(order)) == read(order).gross_minor == paid_so_far(order).minor
    deliver(order)
    rows = [row(line, line.pieces) for line in lines(order)]
    do("return_lines", order.pk, rows=rows, reason="other", at=NOON + DAY)
    one = the_return(order)
    do("receive_return", one.pk, rows=rows, at=NOON + DAY)
    graded = [{"line": line.pk, "grade": "as_new"} for line in lines(order)]
    do("inspect_return", one.pk, rows=graded, at=NOON + DAY)
    assert (read(order).state, paid_so_far(order).minor) == (OrderState.COMPLETED, 0)
    assert not faults()


def test_cancel_pieces_of_all_that_is_left_ends_the_order_or_its_rest(shop: Shop) -> None:
    ana = buyer()
    card = card_of(ana)
    whole = place(ana, [(variants(shop.chair)[0], 2)], card, shipping=euro(500))
    do("cancel_pieces", whole.pk, rows=[row(lines(whole)[0], 1)], reason="other")
    assert read(whole).gross_minor == 10_500
    do("cancel_pieces", whole.pk, rows=[row(lines(whole)[0], 1)], reason="fraud")
    after = read(whole)
    assert (after.state, after.cancel_reason, paid_so_far(whole).minor) == (OrderState.CANCELLED, "fraud", 0)
    change = OrderChange.objects.get(order=whole, kind=ChangeKind.CANCELLED)
    assert [one["pieces"] for one in change.after["lines"]] == [1]
    begun = place(ana, [(variants(shop.chair)[0], 2), (variants(shop.kettle)[0], 1)], card)
    ship(begun, 1, 0)
    chairs, kettles = lines(begun)
    do("cancel_pieces", begun.pk, rows=[row(chairs, 1), row(kettles, 1)], reason="other")
    assert (read(begun).state, paid_so_far(begun).minor) == (OrderState.SHIPPED, 10_000)
    deliver(begun)
    do("return_lines", begun.pk, rows=[row(chairs, 1)], reason="other", at=NOON + DAY)
    assert not Stock.objects.filter(reserved__gt=0).exists()
    assert not faults()


def test_where_only_a_service_is_left_nothing_is_asked_for_sending_it(shop: Shop) -> None:
    ana = buyer()
    fitting = shop.product("Fitting", (2000,), kind="service")
    order = place(ana, [(variants(shop.chair)[0], 1), (variants(fitting)[0], 1)], card_of(ana), shipping=euro(500))
    outcome = do("cancel_pieces", order.pk, rows=[row(lines(order)[0], 1)], reason="other")
    assert outcome.after["refund"] == euro(10_500)
    assert (read(order).gross_minor, order.extras.count(), paid_so_far(order).minor) == (2000, 0, 2000)
    assert read(order).state == OrderState.DELIVERED
    assert not faults()


def test_cancel_pieces_refuses_what_is_not_there_and_asks_a_coupon_for_its_least(shop: Shop) -> None:
    ana = buyer()
    given = {"customer": ana, "code": "AAAA-BBBB", "until": NOON.date(), "most_uses": 1, "reason": ""}
    make(make_campaign(least_minor=15_000), **given, at=NOON, by_name="Ana")
    order = place(ana, [(variants(shop.chair)[0], 2)], card_of(ana), coupon="AAAA-BBBB")
    (line,) = lines(order)
    foreign = lines(place(ana, [(variants(shop.chair)[0], 1)], account_of(ana)))[0]
    tries: list[dict[str, Any]] = [
        {"rows": []},
        {"rows": [row(line, 0)]},
        {"rows": [row(line, -1)]},
        {"rows": [row(line, 3)]},
        {"rows": [row(line, 1), row(line, 1)]},
        {"rows": [row(foreign, 1)]},
        {"refund_to": card_of(buyer("Ben")).pk},
        {"reason": ""},
        {"reason": "no_longer_wanted"},  # too little for the coupon
    ]
    for wrong in tries:
        with pytest.raises(ActError):
            do("cancel_pieces", order.pk, **{"rows": [row(line, 1)], "reason": "other"} | wrong)
    assert (read(order).gross_minor, kept(order)) == (order.gross_minor, [2])
    do("cancel_pieces", order.pk, rows=[row(line, 1)], reason="not_available")
    assert (kept(order), CouponUse.objects.get().taken_back_at) == ([1], None)
    do("add_goodwill", order.pk, amount=euro(1), reason="Sorry")
    do("cancel_pieces", order.pk, rows=[row(line, 1)], reason="other")
    assert (read(order).state, CouponUse.objects.get().taken_back_at) == (OrderState.CANCELLED, NOON)
    with pytest.raises(NotPossible, match="was cancelled"):
        do("cancel_pieces", order.pk, rows=[row(line, 1)], reason="other")
    assert not faults()


def test_pieces_of_a_bundle_kept_in_several_places_are_free_again(shop: Shop) -> None:
    second = make_place(kind=PlaceKind.WAREHOUSE)
    kettle = variants(shop.kettle)[0]
    put_in_stock(second, kettle, 4)
    bundle = shop.product("Set", (9000,), kind="bundle")
    BundlePart.objects.create(bundle=bundle, variant=kettle, pieces=2)
    ana = buyer()
    order = place(ana, [(variants(bundle)[0], 6)], account_of(ana))
    assert kept(order) == [12]
    (line,) = lines(order)
    do("cancel_pieces", order.pk, rows=[row(line, 2)], reason="other")
    assert (kept(order), sum(Stock.objects.values_list("reserved", flat=True))) == ([8], 8)
    assert not faults()
