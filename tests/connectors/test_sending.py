"""What is wanted of a shop is told to it once, whatever becomes of its answers, and what it says no to is seen with its words."""

from datetime import timedelta

import pytest

from onhand.connectors.enums import OutgoingKind, OutgoingState
from onhand.connectors.models import Outgoing, OutsideOrder
from onhand.connectors.port import ShopDown
from onhand.connectors.woocommerce.client import Client
from onhand.connectors.words import shown
from onhand.customers.models import Customer
from onhand.kernel.errors import ActError, NotPermitted, NotPossible
from onhand.kernel.money import Money
from onhand.kernel.outside import Limits
from onhand.kernel.perform import perform
from onhand.orders.models import Order, OrderLine
from tests.connectors.acting import Both
from tests.connectors.woocommerce_simulator import (
    BUSY,
    DOWN,
    ERROR,
    ERROR_AFTER,
    KEY,
    LOST,
    PAGE,
    SECRET,
    SLOW,
    STOPPED,
    cents,
)
from tests.factories import make_actor


def bought(both: Both, status: str = "processing") -> tuple[int, Order]:
    """An order at the shop that is kept here."""
    number = both.there.buy([("KETTLE", 3, 3333), ("CHAIR", 1, 12_499)], status=status)
    both.poll()
    return number, both.order(number)


def eur(minor: int) -> dict[str, object]:
    return Money(minor, "EUR").as_json()


def test_an_amount_is_given_back_at_the_shop_and_comes_in_from_there(both: Both) -> None:
    number, order = bought(both)
    both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1000))
    assert both.outside(number).refunded_minor == 0
    both.send()
    (refund,) = both.there.refunds[number]
    one = Outgoing.objects.get()
    assert (cents(refund["amount"]), one.state) == (1000, OutgoingState.DONE)
    assert refund["reason"] == f"Late [onhand {one.key}]"
    assert [(each.minor, each.outgoing) for each in both.outside(number).refunds.all()] == [(1000, one)]
    assert both.differences() == []


def test_pieces_given_back_in_steps_come_to_their_line_with_its_tax(both: Both) -> None:
    number, order = bought(both, "completed")
    line = OrderLine.objects.get(order=order, sku="KETTLE")
    for _piece in range(3):
        both.act("refund_at_shop", order.pk, reason="Back", rows=[{"line": line.pk, "pieces": 1}], restock=True)
        both.send()
    assert both.outside(number).refunded_minor == line.gross_minor == 12_099
    lines = [one["line_items"][0] for one in both.there.refunds[number]]
    assert [(one["quantity"], one["total"], one["total_tax"]) for one in lines] == [(-1, "-33.33", "-7.00")] * 3
    assert both.differences() == []
    with pytest.raises(NotPossible, match="not as many pieces"):
        both.act("refund_at_shop", order.pk, reason="Back", rows=[{"line": line.pk, "pieces": 1}])


@pytest.mark.parametrize("fault", [LOST, ERROR_AFTER, STOPPED, DOWN, ERROR, BUSY, PAGE])
def test_a_refund_is_made_once_whatever_becomes_of_the_answer(both: Both, fault: str) -> None:
    number, order = bought(both)
    both.there.faults.append(fault)
    both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1000))
    both.send()
    one = Outgoing.objects.get()
    assert (one.state, one.tries, bool(one.words)) == (OutgoingState.WAITING, 1, True)
    least = timedelta(minutes=15 if fault == BUSY else 2)
    assert one.next_try_at is not None
    assert one.next_try_at - both.there.now >= least
    both.send(minutes=20)
    assert len(both.there.refunds[number]) == 1
    assert both.differences() == []


def test_a_refund_whose_answer_was_lost_is_known_when_the_order_is_read(both: Both) -> None:
    number, order = bought(both)
    both.there.faults.append(LOST)
    both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1000))
    both.send()
    both.hear(number)
    both.read()
    assert Outgoing.objects.get().state == OutgoingState.DONE
    both.send(minutes=60)
    assert len([one for one in both.there.asked if one.startswith("POST")]) == 1
    assert both.differences() == []


def test_a_shop_that_is_down_for_long_is_told_when_it_is_back(both: Both) -> None:
    number, order = bought(both)
    both.there.outage = DOWN
    both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1000))
    for _hour in range(5):
        both.send(minutes=60)
    one = Outgoing.objects.get()
    assert (one.state, one.tries) == (OutgoingState.WAITING, 5)
    assert both.there.refunds == {}
    both.there.outage = ""
    both.send(minutes=61)
    assert both.there.refunded(number) == 1000
    assert both.differences() == []


def test_what_the_shop_refuses_is_seen_in_its_words_and_can_be_told_again(both: Both) -> None:
    number, order = bought(both)
    total = order.gross_minor
    both.act("refund_at_shop", order.pk, reason="All", amount=eur(total))
    both.there.give_back(number, 100)  # at the shop, meanwhile
    both.send()
    one = Outgoing.objects.get()
    assert (one.state, one.words) == (OutgoingState.REFUSED, "Invalid refund amount.")
    assert both.outside(number).refunded_minor == 100
    assert both.differences() == []
    with pytest.raises(NotPossible, match="Not as much is left"):
        both.act("tell_again", both.shop.pk, outgoing=one.pk)
    both.there.take_back_refund(number)
    both.poll()
    both.act("tell_again", both.shop.pk, outgoing=one.pk)
    both.send()
    assert both.there.refunded(number) == total
    assert both.differences() == []


def test_never_more_is_asked_for_than_is_left(both: Both) -> None:
    _number, order = bought(both)
    both.act("refund_at_shop", order.pk, reason="Part", amount=eur(order.gross_minor - 1))
    for amount in (2, 0, -5, 2**62):
        with pytest.raises(NotPossible):
            both.act("refund_at_shop", order.pk, reason="More", amount=eur(amount))
    with pytest.raises(NotPossible, match="in EUR"):
        both.act("refund_at_shop", order.pk, reason="More", amount=Money(1, "USD").as_json())
    with pytest.raises(NotPossible, match="Say which"):
        both.act("refund_at_shop", order.pk, reason="Nothing")
    assert Outgoing.objects.count() == 1


def test_nothing_is_given_back_of_what_was_not_paid(both: Both) -> None:
    _number, order = bought(both, "on-hold")
    with pytest.raises(NotPossible, match="Nothing was paid"):
        both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1))


@pytest.mark.parametrize("fault", ["", LOST, ERROR_AFTER, DOWN])
def test_an_order_is_cancelled_at_the_shop_and_its_money_goes_back(both: Both, fault: str) -> None:
    number, order = bought(both)
    both.there.faults.extend([fault] * 2)
    both.act("cancel_at_shop", order.pk, reason="no_longer_wanted")
    assert both.order(number).state == "in_process"
    for _try in range(5):
        both.send(minutes=10)
    assert both.order(number).state == "cancelled"
    assert both.there.left(number) == 0
    assert len(both.there.refunds[number]) == 1
    assert both.differences() == []


def test_a_cancellation_the_shop_refuses_takes_its_refund_with_it(both: Both) -> None:
    number, order = bought(both)
    both.act("cancel_at_shop", order.pk, reason="other")
    both.there.put(number, "completed")
    both.send()
    cancel, refund = Outgoing.objects.order_by("pk")
    assert (cancel.state, shown(cancel.words)) == (OutgoingState.REFUSED, "The order is “completed” at the shop.")
    assert refund.state == OutgoingState.CALLED_OFF
    assert both.order(number).state == "completed"
    assert both.differences() == []


def test_an_unpaid_order_is_cancelled_alone_and_a_sent_one_completed(both: Both) -> None:
    unpaid, order = bought(both, "on-hold")
    both.act("cancel_at_shop", order.pk, reason="not_paid")
    sent, other = bought(both)
    both.act("complete_at_shop", other.pk)
    with pytest.raises(NotPossible, match="asked already"):
        both.act("cancel_at_shop", other.pk, reason="other")
    both.send()
    assert [both.order(number).state for number in (unpaid, sent)] == ["cancelled", "completed"]
    assert list(Outgoing.objects.values_list("kind", flat=True)) == [OutgoingKind.CANCEL, OutgoingKind.COMPLETE]
    with pytest.raises(NotPossible):
        both.act("cancel_at_shop", both.order(sent).pk, reason="other")
    assert both.differences() == []


def test_what_came_from_the_shop_is_not_told_to_it_again(both: Both) -> None:
    number, _order = bought(both)
    for status in ("completed", "processing", "cancelled"):
        both.there.put(number, status)
        both.poll()
    both.there.give_back(number, 500)
    both.poll()
    both.send()
    assert not Outgoing.objects.exists()
    assert not [one for one in both.there.asked if not one.startswith("GET")]


def test_a_paused_shop_is_neither_asked_nor_told(both: Both) -> None:
    number, order = bought(both)
    both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1000))
    both.act("pause_shop", both.shop.pk)
    asked = len(both.there.asked)
    both.send(minutes=60)
    assert both.hear(number) == (200, None)
    both.poll()
    both.read()
    assert len(both.there.asked) == asked
    with pytest.raises(NotPossible, match="paused"):
        both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1))
    with pytest.raises(NotPossible, match="paused"):
        both.act("try_again", both.shop.pk)
    both.act("resume_shop", both.shop.pk)
    both.settle()
    assert both.there.refunded(number) == 1000
    assert both.differences() == []


def test_only_what_was_never_sent_can_be_called_off(both: Both) -> None:
    number, order = bought(both)
    both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1000))
    both.act("call_off", both.shop.pk, outgoing=Outgoing.objects.get().pk)
    both.send()
    assert both.there.refunds == {}
    both.there.faults.append(LOST)
    both.act("refund_at_shop", order.pk, reason="Late", amount=eur(1000))
    both.send()
    with pytest.raises(NotPossible, match="may have been done"):
        both.act("call_off", both.shop.pk, outgoing=Outgoing.objects.latest("pk").pk)
    both.send(minutes=5)
    assert both.there.refunded(number) == 1000


def test_secrets_are_needed_are_stored_locked_and_can_be_given_anew(both: Both) -> None:
    both.act("change_shop_secrets", both.shop.pk, api_secret="wrong")
    number = both.there.buy([("KETTLE", 1, 1000)])
    both.poll()
    assert "The key is not accepted" in shown(both.shop.health.problem)
    assert not OutsideOrder.objects.exists()
    both.act("change_shop_secrets", both.shop.pk, api_secret=SECRET)
    both.poll()
    assert both.order(number).gross_minor == 1809
    both.shop.refresh_from_db()
    for locked in (both.shop.api_key, both.shop.api_secret, both.shop.webhook_secret):
        assert not any(each.encode() in bytes(locked) for each in (KEY, SECRET, "whsec"))


def test_only_who_may_sets_shops_up_and_asks_them(both: Both) -> None:
    _number, order = bought(both)
    nobody = make_actor(permissions=frozenset({"orders.view"}))
    for name, subject, arguments in (
        ("connectors.refund_at_shop", order.pk, {"reason": "Late", "amount": eur(1)}),
        ("connectors.pause_shop", both.shop.pk, {}),
        ("connectors.follow_order", order.pk, {}),
    ):
        with pytest.raises(NotPermitted):
            perform(name, actor=nobody, subject_id=subject, arguments=arguments, at=both.there.now)


@pytest.mark.parametrize(
    "url", ["ftp://shop.example", "https://a:b@shop.example", "shop", "https://10.0.0.1", "https://shop.example/?a=1"]
)
def test_a_shop_is_somewhere_it_can_be_reached(both: Both, url: str) -> None:
    with pytest.raises(NotPossible):
        both.act("change_shop", both.shop.pk, url=url)


def test_a_shop_that_is_too_slow_is_as_one_that_is_down(both: Both) -> None:
    number, _order = bought(both)
    client = Client(both.there.url, key=KEY, secret=SECRET, limits=Limits(seconds=0.5))
    both.there.read_faults.append(SLOW)
    with pytest.raises(ShopDown, match="no whole answer"):
        client.get(f"orders/{number}")


def test_what_goes_back_is_told_to_the_authority(both: Both) -> None:
    _number, order = bought(both)
    line = OrderLine.objects.get(order=order, sku="KETTLE")
    for name, arguments, minor in (
        ("refund_at_shop", {"reason": "Late", "amount": eur(700)}, 700),
        ("refund_at_shop", {"reason": "Back", "rows": [{"line": line.pk, "pieces": 2}]}, 8066),
        ("cancel_at_shop", {"reason": "other"}, order.gross_minor - 700 - 8066),
    ):
        assert both.act(name, order.pk, **arguments).facts == {"refund": Money(minor, "EUR")}


def test_nothing_personal_comes_in_again_of_somebody_erased(both: Both) -> None:
    number, order = bought(both)
    Order.objects.filter(pk=order.pk).update(address={}, note="")
    OutsideOrder.objects.update(paid_by="", paid_reference="")
    Customer.objects.filter(pk=order.customer_id).update(erased_at=both.there.now)
    both.there.give_back(number, 100, "Ana was sad")
    both.poll()
    one = both.outside(number)
    assert (one.refunded_minor, one.paid_by, one.paid_reference) == (100, "", "")
    assert both.order(number).address == {}
    assert one.refunds.get().reason == ""


def test_a_shop_is_added_once_with_its_key(both: Both) -> None:
    given = {"shop_name": "Other", "url": both.there.url, "api_key": KEY, "api_secret": SECRET}
    for wrong in (
        {"shop_name": "Web shop"},
        {"api_key": ""},
        {"url": "http://192.168.0.1"},
        {"since": both.there.now + timedelta(days=1)},
    ):
        with pytest.raises(ActError):
            both.act("add_shop", **given | wrong)
    outcome = both.act("add_shop", **given)
    assert outcome.subject_id != both.shop.pk
    assert KEY not in str(outcome.after)
