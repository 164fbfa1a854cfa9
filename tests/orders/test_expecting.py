"""What is told when a return is agreed is what is given back when everything is found in order."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.invoicing.models import Document
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.orders.models import Order, Return
from tests.factories import make_actor
from tests.orders.shop import (
    NOON,
    Shop,
    account_of,
    buyer,
    card_of,
    delivered,
    do,
    faults,
    lines,
    owed,
    read,
    the_return,
    variants,
)

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


def credit_by_hand(order: Order, minor: int) -> None:
    invoice = Document.objects.get(document_type="order", document_id=order.pk, kind="invoice")
    given = {"rows": [{"line": invoice.lines.get(position=1).pk, "amount": euro(minor)}], "reason": "A scratch"}
    perform("invoicing.credit_lines", actor=make_actor(), subject_id=invoice.pk, arguments=given, at=NOON)


def agree(order: Order, *pieces: int) -> tuple[int, Return]:
    """A return of so many pieces of each line; what was told will be given back."""
    rows = [{"line": line.pk, "pieces": count} for line, count in zip(lines(order), pieces, strict=True) if count]
    outcome = do("return_lines", order.pk, rows=rows, reason="other", at=LATER)
    told = outcome.after.get("refund", euro(0))["minor"]
    return told, the_return(order)


def in_order(one: Return) -> Any:
    """Everything of a return comes back as new; what the settlement says."""
    rows = [{"line": row.line_id, "pieces": row.pieces} for row in one.lines.order_by("pk")]
    do("receive_return", one.pk, rows=rows, at=LATER)
    found = [{"line": row["line"], "grade": "as_new"} for row in rows]
    return do("inspect_return", one.pk, rows=found, at=LATER)


@pytest.mark.parametrize(("goodwill", "by_hand"), [(0, 0), (2500, 0), (0, 2500), (1500, 9000), (7000, 10_000)])
def test_goodwill_and_credits_by_hand_are_in_what_is_told(shop: Shop, goodwill: int, by_hand: int) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1), (variants(shop.chair)[2], 1)], card_of(ana))
    if goodwill:
        do("add_goodwill", order.pk, amount=euro(goodwill), reason="Late")
    if by_hand:
        credit_by_hand(order, by_hand)
    first, one = agree(order, 1, 0)
    second, another = agree(order, 0, 1)  # before the first one is settled
    assert first + second == 23_333 - goodwill - by_hand
    for told, back in ((first, one), (second, another)):
        outcome = in_order(back)
        back.refresh_from_db()
        assert (outcome.after.get("refund", euro(0))["minor"], back.given_back_minor) == (told, told)
        assert back.expected_minor == told
    assert not faults()


def test_what_was_not_paid_is_not_told_as_money(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], account_of(ana))
    _told, one = agree(order, 1)
    assert one.expected_minor == 0
    change = order.changes.latest("number")
    assert change.settlement["ways"] == [{"paid_to": "Their account with us", "amount": euro(10_000)}]
    in_order(one)
    one.refresh_from_db()
    assert (one.given_back_minor, owed(ana)) == (0, 0)
    assert not faults()


def test_an_exchange_and_a_warranty_count_what_was_credited_by_hand(shop: Shop) -> None:
    ana = buyer()
    small, large, _cheap = variants(shop.kettle)
    order = delivered(ana, [(small, 1)], card_of(ana))
    credit_by_hand(order, 1000)
    (line,) = lines(order)
    before = owed(ana)
    outcome = do(
        "exchange_lines",
        order.pk,
        rows=[{"line": line.pk, "pieces": 1, "variant": large.pk}],
        reason="other",
        method=account_of(ana).pk,
        at=LATER,
    )
    assert outcome.after["due"] == euro(1600)  # 46 euros for 30
    assert in_order(the_return(order)).after["due"] == euro(1600)
    another = delivered(ana, [(small, 1)], card_of(ana))
    credit_by_hand(another, 1000)
    (line,) = lines(another)
    assert owed(ana) == before + 1_000_000 - 1000 - 3000  # the new kettle is still to be sent
    do("claim_warranty", another.pk, rows=[{"line": line.pk, "pieces": 1}], fault="Leaks", at=LATER)
    assert in_order(the_return(another)).after["even"] == euro(0)
    assert read(another).state == "exchange_requested"
    assert not faults()
