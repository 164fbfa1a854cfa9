"""What is promised with returns and claims is kept when the books of orders say so, and called off with them."""

from datetime import timedelta

import pytest

from onhand.contacts.models import Promise
from onhand.contacts.promises.checking import check_promises
from onhand.guidelines.shipped.goods import damage, returns
from onhand.orders.models import Order
from tests.guidelines.company import publish, somebody
from tests.orders.shop import NOON, Shop, buyer, card_of, delivered, do, lines, read, ship, the_return, variants

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
AGREED = NOON + 2 * DAY


def bought(name: str = "chair") -> Order:
    shop = Shop()
    customer = buyer()
    return delivered(customer, [(variants(getattr(shop, name))[0], 1)], card_of(customer))


def agree(order: Order) -> None:
    publish("Returns", returns().document)
    rows = [{"line": lines(order)[0].pk, "pieces": 1}]
    do("return_lines", order.pk, rows=rows, reason="changed_mind", at=AGREED, actor=somebody())


def test_the_money_of_a_return_is_promised_and_found_given_back() -> None:
    order = bought()
    agree(order)
    money = Promise.objects.get(test="orders.return_settled")
    assert (money.text, money.about_type, money.about_id) == (
        "The money is given back once it arrived",
        "order",
        order.pk,
    )
    assert money.due_at - AGREED > 21 * DAY
    assert Promise.objects.filter(test="contacts.message_sent").count() == 1
    line = lines(order)[0].pk
    check_promises(NOON + 20 * DAY)
    one = the_return(order)
    do("receive_return", one.pk, rows=[{"line": line, "pieces": 1}], at=NOON + 21 * DAY)
    check_promises(NOON + 21 * DAY)
    money.refresh_from_db()
    assert money.kept_at is None
    do("inspect_return", one.pk, rows=[{"line": line, "grade": "as_new"}], at=NOON + 22 * DAY)
    check_promises(NOON + 22 * DAY)
    money.refresh_from_db()
    assert (money.kept_at, money.broken_at) == (NOON + 22 * DAY, None)


def test_what_was_promised_with_a_return_that_is_called_off_is_not_wanted_any_more() -> None:
    order = bought()
    agree(order)
    do("withdraw_return", the_return(order).pk, at=NOON + 3 * DAY)
    check_promises(NOON + 17 * DAY)
    money = Promise.objects.get(test="orders.return_settled")
    assert (money.called_off_at, money.kept_at, money.broken_at) == (NOON + 17 * DAY, None, None)


def test_what_is_sent_for_a_claim_keeps_its_promise_and_money_is_promised_only_where_it_is_chosen() -> None:
    publish("Damage", damage().document)
    order = bought("kettle")
    line = lines(order)[0]
    rows = [{"line": line.pk, "pieces": 1}]
    asker = somebody()
    do("claim_warranty", order.pk, rows=rows, fault="It leaks", remedy="replace", at=AGREED, actor=asker)
    sent = Promise.objects.get()
    assert (sent.test, sent.text) == ("orders.replacement_sent", "The replacement is sent once it arrived")
    one = the_return(order)
    do("receive_return", one.pk, rows=rows, at=AGREED + DAY)
    do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "broken"}], at=AGREED + 2 * DAY)
    check_promises(AGREED + 8 * DAY)
    sent.refresh_from_db()
    assert sent.kept_at is None
    fresh = lines(read(order))[-1]
    ship(read(order), 0, fresh.pieces, at=AGREED + 15 * DAY)
    check_promises(AGREED + 15 * DAY)
    sent.refresh_from_db()
    assert sent.kept_at == AGREED + 15 * DAY
