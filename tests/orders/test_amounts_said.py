"""What acts on orders say of money to the authority is what they then do."""

from typing import Any

import pytest

from onhand.kernel.decisions import NeedsApproval
from onhand.kernel.errors import NotPossible
from onhand.kernel.perform import Outcome
from tests.factories import make_actor
from tests.guidelines.company import document, publish
from tests.orders.shop import (
    Shop,
    account_of,
    buyer,
    card_of,
    delivered,
    do,
    lines,
    place,
    read,
    ship,
    the_return,
    variants,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return Shop()


def settled(done: Outcome) -> int:
    """What came due by an act, or below nothing what is given back."""
    if "refund" in done.after:
        return -int(done.after["refund"]["minor"])
    return int(done.after.get("due", {"minor": 0})["minor"])


def said(done: Outcome) -> Any:
    (amount,) = done.facts.values()
    return amount.minor


def test_cancelling_says_what_was_paid(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.kettle)[0], 2)], (card_of(ana), 3000), (account_of(ana), 5000))
    done = do("cancel_order", order.pk, reason="other")
    assert said(done) == -settled(done) == 3000


def test_cancelling_the_rest_says_what_the_rest_comes_to(shop: Shop) -> None:
    ana = buyer()
    order = place(
        ana,
        [(variants(shop.kettle)[0], 3), (variants(shop.chair)[2], 3)],
        card_of(ana),
        discount={"minor": 1001, "currency": "EUR"},
    )
    ship(order, 1, 2)
    done = do("cancel_rest", order.pk, reason="other")
    assert said(done) == -settled(done) > 0


def test_a_return_says_what_will_be_credited_beside_those_agreed_before(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[2], 3)], card_of(ana), discount={"minor": 1000, "currency": "EUR"})
    line = lines(order)[0].pk
    for _again in range(3):
        done = do("return_lines", order.pk, rows=[{"line": line, "pieces": 1}], reason="damaged")
        assert said(done) == -settled(done) > 0
    with pytest.raises(NotPossible):
        do("return_lines", order.pk, rows=[{"line": line, "pieces": 1}], reason="damaged")


@pytest.mark.parametrize(("variant", "difference"), [(1, 600), (2, -300)])
def test_an_exchange_says_what_it_costs_more_or_less(shop: Shop, variant: int, difference: int) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 2)], card_of(ana))
    row = {"line": lines(order)[0].pk, "pieces": 1, "variant": variants(shop.kettle)[variant].pk}
    done = do("exchange_lines", order.pk, rows=[row], reason="does_not_fit")
    assert said(done) == settled(done) == difference


def test_an_exchange_across_products_still_needs_its_permission(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 1)], card_of(ana))
    row = {"line": lines(order)[0].pk, "pieces": 1, "another": variants(shop.chair)[0].pk}
    few = make_actor(permissions=make_actor().permissions - {"orders.exchange_across_products"})
    with pytest.raises(NotPossible, match="permission"):
        do("exchange_lines", order.pk, rows=[row], reason="other", actor=few)
    with pytest.raises(NotPossible):
        do("exchange_lines", order.pk, rows=[row | {"another": 999_999}], reason="other")


@pytest.mark.parametrize(
    "given", [{"grade": "broken"}, {"grade": "used", "deduction": {"minor": 700, "currency": "EUR"}}]
)
def test_an_inspection_says_what_is_given_back(shop: Shop, given: dict[str, Any]) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[2], 2)], card_of(ana))
    line = lines(order)[0].pk
    do("return_lines", order.pk, rows=[{"line": line, "pieces": 2}], reason="damaged")
    back = the_return(order)
    do("receive_return", back.pk, rows=[{"line": line, "pieces": 2}])
    done = do("inspect_return", back.pk, rows=[{"line": line, "taken": 1} | given])
    assert said(done) == -settled(done) > 0


@pytest.mark.parametrize("variant", [1, 2])
def test_the_inspection_of_an_exchange_says_what_is_given_back(shop: Shop, variant: int) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 2)], card_of(ana))
    line = lines(order)[0].pk
    row = {"line": line, "pieces": 2, "variant": variants(shop.kettle)[variant].pk}
    do("exchange_lines", order.pk, rows=[row], reason="does_not_fit")
    back = the_return(order)
    do("receive_return", back.pk, rows=[{"line": line, "pieces": 2}])
    done = do("inspect_return", back.pk, rows=[{"line": line, "taken": 1, "grade": "as_new"}])
    assert said(done) == max(0, -settled(done))


def test_a_table_can_look_at_what_goes_back(shop: Shop) -> None:
    rows = [("<= 50", '"allow"', "", "", ""), ("> 50", '"ask"', '"supervisor"', "", "")]
    publish("Dear returns", document(["orders.return_lines"], ["amount back"], rows))
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 2)], card_of(ana))
    line = lines(order)[0].pk
    with pytest.raises(NeedsApproval):
        do("return_lines", order.pk, rows=[{"line": line, "pieces": 2}], reason="damaged")
    do("return_lines", order.pk, rows=[{"line": line, "pieces": 1}], reason="damaged")
    assert read(order).state == "return_requested"
