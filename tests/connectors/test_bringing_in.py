"""Orders and refunds of a shop come in exactly as they are there, once, and go where they go there."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.connectors import bringing_in
from onhand.connectors.enums import OutsideState
from onhand.connectors.models import OutsideOrder, OutsideRefund, ShopHealth
from onhand.connectors.woocommerce.reading import read_order
from onhand.connectors.words import shown
from onhand.customers.models import Customer, Identity, OutsideId
from onhand.customers.timeline import read_timeline, tell
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.ledger.models import Journal
from onhand.orders.models import Order, OrderChange, OrderExtra, OrderLine
from onhand.orders.panels import orders_of
from onhand.web.orders.pages import list_row
from tests.catalogue.goods import make_variant
from tests.connectors.acting import Both
from tests.connectors.woocommerce_simulator import BUSY, DOWN, ERROR, PAGE
from tests.factories import make_actor, make_customer


def test_an_order_comes_in_exactly_as_the_shop_has_it(both: Both) -> None:
    number = both.there.buy([("KETTLE", 3, 3333), ("CHAIR", 1, 12_499)], shipping=495)
    both.poll()
    order = both.order(number)
    assert (order.state, order.currency, order.from_system) == ("in_process", "EUR", "Web shop")
    rows = list(
        OrderLine.objects.filter(order=order)
        .order_by("number")
        .values_list("sku", "pieces", "unit_minor", "net_minor", "tax_minor")
    )
    assert rows == [("KETTLE", 3, 3333, 9999, 2100), ("CHAIR", 1, 12_499, 12_499, 2625)]
    extra = OrderExtra.objects.get(order=order)
    assert (extra.kind, extra.text, extra.net_minor, extra.tax_minor) == ("shipping", "Parcel", 495, 104)
    assert (order.net_minor, order.tax_minor, order.gross_minor) == (22_993, 4829, 27_822)
    assert (order.address["city"], order.address["name"]) == ("Madrid", "Ana Prieto")
    outside = both.outside(number)
    assert (outside.paid_by, outside.paid_reference, outside.paid_at is not None) == (
        "Credit card",
        f"ch_{number}",
        True,
    )
    assert outside.said is None
    assert not Journal.objects.exists()
    assert both.differences() == []


def test_the_same_order_comes_in_once_however_often_it_is_told(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    for _again in range(3):
        assert both.hear(number)[0] == 200
        both.read()
        both.poll(minutes=1)
    both.poll()
    assert Order.objects.count() == Customer.objects.count() == 1
    assert OrderChange.objects.count() == 1
    assert ActRecord.objects.filter(act__in=["connectors.keep_order", "connectors.follow_order"]).count() == 1
    assert both.differences() == []


def test_states_go_where_they_go_there_also_back(both: Both) -> None:
    number = both.there.buy([("KETTLE", 2, 1000)], status="pending")
    for status, state in (
        *(("pending", "pending"), ("on-hold", "pending"), ("processing", "in_process"), ("completed", "completed")),
        *(
            ("processing", "in_process"),
            ("cancelled", "cancelled"),
            ("processing", "in_process"),
            ("failed", "pending"),
        ),
    ):
        both.there.put(number, status)
        both.poll()
        order = both.order(number)
        assert order.state == state, status
        assert {(one.shipped, one.delivered) for one in order.lines.all()} == {
            (2, 2) if state == "completed" else (0, 0)
        }
        assert both.differences() == []
    assert OrderChange.objects.filter(kind="outside").count() == 6


def test_lines_changed_at_the_shop_change_here_and_keep_their_rows(both: Both) -> None:
    number = both.there.buy([("KETTLE", 2, 1000), ("CHAIR", 1, 500)], status="on-hold")
    both.poll()
    kettle = OrderLine.objects.get(sku="KETTLE")
    both.there.drop_line(number, 1)
    both.there.add_line(number, "CHAIR", 4, 777)
    both.poll()
    assert OrderLine.objects.get(sku="KETTLE") == kettle
    assert both.differences() == []
    change = OrderChange.objects.get(kind="outside")
    assert [one["pieces"] for one in change.after["lines"]] == [2, 4]


def test_refunds_of_the_shop_come_in_and_one_taken_back_goes(both: Both) -> None:
    number = both.there.buy([("KETTLE", 2, 1000)])
    both.poll()
    both.there.give_back(number, 500, "<b>Late</b>")
    both.poll()
    line = both.there.orders[number]["line_items"][0]["id"]
    wanted = {"id": line, "quantity": 1, "refund_total": "10.00", "refund_tax": [{"id": 4, "refund_total": "2.10"}]}
    both.there.give_back(number, 1210, "One came back", [wanted])
    both.poll()
    refunds = OutsideRefund.objects.order_by("pk")
    assert [(one.minor, one.reason, one.lines) for one in refunds] == [
        (500, "<b>Late</b>", []),
        (1210, "One came back", [[str(line), 1, 1210]]),
    ]
    assert both.outside(number).refunded_minor == 1710
    both.there.take_back_refund(number)
    both.poll()
    assert both.outside(number).refunded_minor == 500
    assert [one.gone_at is None for one in refunds.all()] == [True, False]
    assert both.differences() == []
    assert "refund" in ActRecord.objects.filter(act="connectors.follow_order").latest("id").after


def test_an_order_given_back_whole_is_cancelled_or_completed_by_what_became_of_its_goods(both: Both) -> None:
    sent, kept = (both.there.buy([("KETTLE", 1, 1000)], status=status) for status in ("completed", "processing"))
    for number in (sent, kept):
        both.there.give_back(number, both.there.left(number))
    both.poll()
    assert [both.order(number).state for number in (sent, kept)] == ["completed", "cancelled"]
    assert both.differences() == []


def test_customers_are_known_by_number_then_by_a_verified_address_else_made(both: Both) -> None:
    known, verified, stated = make_customer("Known"), make_customer("Verified"), make_customer("Stated")
    OutsideId.objects.create(customer=known, system="Web shop", value="7", created_at=both.there.now)
    for customer, email, confidence in ((verified, "Bea@Example.com", 3), (stated, "cleo@example.com", 2)):
        given: dict[str, Any] = {
            "kind": "email",
            "value": email,
            "confidence": confidence,
            "created_at": both.there.now,
        }
        Identity.objects.create(customer=customer, **given)
    numbers = [
        both.there.buy([("KETTLE", 1, 1000)], customer=customer, email=email)
        for customer, email in (
            *((7, "bea@example.com"), (8, "bea@example.com"), (8, "other@example.com"), (9, "cleo@example.com")),
            *((0, "guest@example.com"), (0, "GUEST@example.com"), (0, "bea@example.com"), (0, "")),
        )
    ]
    both.poll()
    owners = [both.order(number).customer for number in numbers]
    assert owners[:3] == [known, verified, verified]
    assert owners[3] not in (known, verified, stated)
    assert owners[4] == owners[5] != owners[3]
    assert owners[6] == verified
    assert len({one.pk for one in owners}) == 5
    assert both.differences() == []


def test_what_does_not_add_up_is_not_taken_and_says_why_until_it_does(both: Both) -> None:
    good = both.there.buy([("KETTLE", 1, 1000)])
    wrong = {
        both.there.buy([("KETTLE", 1, 1000)], total="13.99"): "its lines come to",
        both.there.buy([("KETTLE", 1, 1000)], currency="XXQ"): "no currency XXQ",
        both.there.buy([("KETTLE", 1, 1000)], currency="JPY"): "finer than JPY",
        both.there.buy([("KETTLE", 1, 10**14)]): "out of all proportion",
        both.there.buy([("KETTLE", -1, 1000)]): "no number of pieces",
        both.there.buy([("KETTLE", 1, -1000)]): "below nothing",
        both.there.buy([("UNKNOWN", 1, 1000)]): "There is no article UNKNOWN",
    }
    both.poll()
    for number, words in wrong.items():
        assert words in shown(both.outside(number).problem), number
        assert (both.outside(number).state, both.outside(number).order) == (OutsideState.REFUSED, None)
    assert both.order(good).gross_minor == 1809
    assert Order.objects.count() == 1
    make_variant(sku="UNKNOWN")
    both.act("try_again", both.shop.pk)
    both.read()
    unknown = next(number for number, words in wrong.items() if "UNKNOWN" in words)
    assert (both.outside(unknown).state, both.outside(unknown).problem) == (OutsideState.KEPT, "")
    assert OutsideOrder.objects.filter(state=OutsideState.REFUSED).count() == len(wrong) - 1


def test_articles_nobody_knows_can_be_stood_for(both: Both) -> None:
    make_variant(sku="VARIOUS")
    stand_in = OrderLine._meta.get_field("variant").related_model.objects.get(sku="VARIOUS")
    both.act("change_shop", both.shop.pk, url=both.there.url, stand_in=stand_in.pk)
    number = both.there.buy([("", 1, 1000), ("GONE", 2, 500)])
    both.poll()
    lines = OrderLine.objects.filter(order=both.order(number)).order_by("number")
    assert [(one.sku, one.variant_id) for one in lines] == [("VARIOUS", stand_in.pk), ("GONE", stand_in.pk)]


def test_markup_and_odd_letters_stay_what_they_are_written_as(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    order = both.there.orders[number]
    order["line_items"][0]["name"] = "<script>alert(1)</script>\x00 \u202eKettle" + "x" * 400
    order["billing"]["first_name"] = order["shipping"]["first_name"] = "Ana<img src=x>"
    order["customer_note"] = "ring\ntwice \ud800"
    order["meta_data"] = [{"key": "deep", "value": {"a": [1] * 1000}}]
    both.poll()
    line = OrderLine.objects.get()
    assert line.title.startswith("<script>alert(1)</script>")
    assert len(line.title) == 300
    assert both.order(number).note == "ring twice"
    assert both.order(number).address["name"] == "Ana<img src=x> Prieto"


def test_baskets_nobody_ordered_yet_are_left_there(both: Both) -> None:
    both.there.buy([("KETTLE", 1, 1000)], status="checkout-draft")
    both.poll()
    both.hear(next(iter(both.there.orders)))
    both.read()
    assert not OutsideOrder.objects.exists()


def test_pages_are_all_read_while_orders_change_and_go_under_the_reading(both: Both) -> None:
    numbers = [both.there.buy([("KETTLE", 1, 1000 + index)]) for index in range(120)]
    assert both.poll() >= 120
    assert both.differences() == []
    listed = [one for one in both.there.asked if "per_page=50" in one]
    assert len(listed) == 3
    assert Order.objects.count() == len(numbers)


def test_the_mark_moves_only_when_all_was_read(both: Both) -> None:
    for index in range(60):
        both.there.buy([("KETTLE", 1, 1000 + index)])
    both.there.read_faults.extend(["", DOWN])
    both.poll()
    health = ShopHealth.objects.get()
    assert (Order.objects.count(), health.mark) == (50, None)
    assert health.failing_since is not None
    assert health.problem
    both.poll()
    health.refresh_from_db()
    assert (Order.objects.count(), health.failing_since, health.problem) == (60, None, "")
    assert health.mark is not None


@pytest.mark.parametrize("fault", [DOWN, ERROR, BUSY, PAGE])
def test_a_shop_that_does_not_answer_is_asked_again_later(both: Both, fault: str) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    both.there.outage = fault
    both.poll()
    health = ShopHealth.objects.get()
    assert health.failures == 1
    assert health.next_poll_at is not None
    assert health.next_poll_at - both.there.now == timedelta(minutes=15 if fault == BUSY else 0.5)
    assert both.poll(minutes=0) == 0
    both.there.outage = ""
    both.poll(minutes=16)
    assert both.order(number).state == "in_process"


def test_an_older_reading_never_undoes_a_newer_one(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    both.poll()
    old = both.there.shown(number)
    both.there.put(number, "completed")
    both.poll()
    bringing_in.take(both.shop, read_order(old, []), both.there.now)
    assert both.order(number).state == "completed"


def test_nothing_is_done_here_on_an_order_whose_goods_are_there(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    both.poll()
    with pytest.raises(NotPossible, match="it is asked there"):
        perform(
            "orders.cancel_order",
            actor=make_actor(),
            subject_id=both.order(number).pk,
            arguments={"reason": "other"},
            at=both.there.now,
        )
    with pytest.raises(NotPossible, match="nothing new"):
        both.act("follow_order", both.order(number).pk)
    with pytest.raises(NotPossible, match="nothing new"):
        both.act("keep_order", outside_order=both.outside(number).pk, customer=both.order(number).customer_id)


def test_an_order_in_another_currency_than_before_is_not_followed(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    both.poll()
    both.there.orders[number]["currency"] = "USD"
    both.there.put(number, "completed")
    both.poll()
    assert "now in USD" in both.outside(number).problem
    assert (both.order(number).currency, both.order(number).state) == ("EUR", "in_process")


def test_an_order_that_is_gone_there_says_so_and_stays_here(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    both.poll()
    both.hear(number)
    del both.there.orders[number]
    both.read()
    assert "no such order any more" in shown(both.outside(number).problem)
    assert both.order(number).state == "in_process"


def test_an_order_of_a_shop_stands_on_the_customers_file_with_the_shops_name(both: Both) -> None:
    number = both.there.buy([("KETTLE", 1, 1000)])
    both.poll()
    order = both.order(number)
    (shown_order,) = orders_of([order.customer_id])
    assert (shown_order.id, shown_order.system) == (order.pk, both.shop.name)
    assert list_row(shown_order)["placed"].endswith(both.shop.name)
    told = [tell(entry) for entry in read_timeline(order.customer_id).entries if entry.kind == "order"]
    assert [dict(one.facts) for one in told] == [{"Order": order.reference, "From": both.shop.name}]
    both.there.put(number, "completed")
    both.poll()
    told = [tell(entry) for entry in read_timeline(order.customer_id).entries if entry.kind == "order"]
    assert {dict(one.facts)["From"] for one in told} == {both.shop.name}
    assert len(told) == 2
