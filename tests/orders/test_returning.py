"""Shipping, deliveries, returns, exchanges and claims under warranty."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.catalogue.models import Stock
from onhand.kernel.errors import ActError, NotPossible, SubjectNotFound
from onhand.kernel.money import Money
from onhand.orders.enums import LineState, OrderState, ReturnState
from onhand.orders.models import Order, OrderLine, ShippedPiece, WarrantyClaim
from onhand.orders.states import line_state
from onhand.orders.warranty import months_after
from onhand.payments.models import Payment, Refund
from tests.catalogue.goods import make_tax_class, make_variant
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
    serials_for,
    ship,
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


def come_back(order: Order, **grades: Any) -> Any:
    """Everything of the newest return arrives and is looked at."""
    one = the_return(order)
    rows = [{"line": row.line_id, "pieces": row.pieces - row.received} for row in one.lines.all()]
    do("receive_return", one.pk, rows=rows, at=LATER)
    found = [{"line": row.line_id, "grade": "as_new"} | grades for row in one.lines.all()]
    return do("inspect_return", one.pk, rows=found, at=LATER)


def test_ship_order_takes_what_is_kept_and_invoices_it(shop: Shop) -> None:
    ana = buyer()
    small = variants(shop.kettle)[0]
    order = place(ana, [(small, 3)], card_of(ana), shipping=euro(700))
    (line,) = lines(order)
    for wrong in (0, -1, 4):
        with pytest.raises(ActError):
            do("ship_order", order.pk, rows=[{"line": line.pk, "pieces": wrong, "serials": "A"}], carrier="DHL")
    with pytest.raises(NotPossible):  # serial numbers are missing
        do("ship_order", order.pk, rows=[{"line": line.pk, "pieces": 1}], carrier="DHL")
    ship(order, 2)
    stock = Stock.objects.get(variant=small)
    assert (stock.on_hand, stock.reserved, read(order).state) == (8, 1, OrderState.IN_PROCESS)
    assert documents(order) == [("invoice", 8700)]
    assert line_state(lines(order)[0]) == LineState.PART_SHIPPED
    assert ShippedPiece.objects.filter(line=line).count() == 2
    ship(order)
    assert (read(order).state, documents(order)[1:]) == (OrderState.SHIPPED, [("invoice", 4000)])
    assert not faults()


def test_deliver_shipment_and_note_scan_say_what_became_of_it(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    ship(order)
    shipment = order.shipments.get()
    given = {"shipment": shipment.pk, "kind": "out_for_delivery", "scan_key": "e1", "place": "Madrid"}
    for _twice in range(2):
        do("note_scan", order.pk, **given, at=NOON + timedelta(hours=1))
    assert shipment.scans.count() == 1
    with pytest.raises(NotPossible):
        do(
            "deliver_shipment",
            order.pk,
            shipment=shipment.pk,
            delivered_to="X",
            delivered_at=NOON.replace(day=1).isoformat(),
        )
    deliver(order, proof="Signed", postal_code="28013")
    shipment.refresh_from_db()
    assert (shipment.state, shipment.delivered_to, read(order).state) == ("delivered", "Ana Prieto", "delivered")
    other = place(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    with pytest.raises(NotPossible):
        do("deliver_shipment", other.pk, shipment=shipment.pk, delivered_to="X")


def test_return_lines_are_paid_back_once_they_were_looked_at(shop: Shop) -> None:
    ana = buyer()
    card = card_of(ana, 100_000)
    chair = variants(shop.chair)[2]
    order = delivered(ana, [(chair, 3)], card)
    (line,) = lines(order)
    before = owed(ana)
    outcome = do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 2}], reason="changed_mind")
    assert outcome.after["refund"] == euro(26_666)
    assert outcome.after["ways"][0]["refund_timing"]
    assert (read(order).state, owed(ana)) == (OrderState.RETURN_REQUESTED, before)
    for pieces in (2, 0, -1):
        with pytest.raises(ActError):
            do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": pieces}], reason="changed_mind")
    outcome = come_back(order)
    assert (outcome.after["refund"], outcome.after["restocked"]) == (euro(26_666), 2)
    assert documents(order) == [("invoice", 39_999), ("credit_note", 26_666)]
    assert (Stock.objects.get(variant=chair).on_hand, read(order).state) == (9, OrderState.DELIVERED)
    assert Payment.objects.get(document_type="order", document_id=order.pk).refunded_minor == 26_666
    do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 1}], reason="changed_mind")
    come_back(order)
    assert (read(order).state, owed(ana)) == (OrderState.COMPLETED, before)
    with pytest.raises(NotPossible):
        do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 1}], reason="changed_mind")
    assert not faults()


def test_a_return_can_be_deducted_from_refused_and_called_off(shop: Shop) -> None:
    ana = buyer()
    chair = variants(shop.chair)[0]
    order = delivered(ana, [(chair, 3)], card_of(ana))
    (line,) = lines(order)
    given = {"rows": [{"line": line.pk, "pieces": 1}], "reason": "does_not_fit"}
    do("return_lines", order.pk, **given)
    one = the_return(order)
    with pytest.raises(NotPossible):
        do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "used"}])
    do("withdraw_return", one.pk)
    assert (read(order).state, lines(order)[0].returned) == (OrderState.DELIVERED, 0)
    do("return_lines", order.pk, **given)
    one = the_return(order)
    do("receive_return", one.pk, rows=[{"line": line.pk, "pieces": 1}])
    with pytest.raises(NotPossible):
        do("withdraw_return", one.pk)
    with pytest.raises(NotPossible):
        do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "used", "deduction": euro(10_001)}])
    outcome = do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "used", "deduction": euro(2500)}])
    assert outcome.after["refund"] == euro(7500)
    assert Stock.objects.get(variant=chair).on_hand == 7  # what was used is not sold again
    do("return_lines", order.pk, **given)
    outcome = come_back(order, grade="refused")
    assert outcome.after["even"] == euro(0)
    with pytest.raises(NotPossible):
        do("inspect_return", the_return(order).pk, rows=[{"line": line.pk, "grade": "used"}])
    assert not faults()


def test_exchange_lines_takes_the_difference_and_sends_the_other_variant(shop: Shop) -> None:
    ana = buyer()
    card, gift = card_of(ana, 50_000), card_of(ana, 2000)
    small, large, _cheap = variants(shop.kettle)
    order = delivered(ana, [(small, 2)], card)
    (line,) = lines(order)
    before = owed(ana)
    row = {"line": line.pk, "pieces": 2, "variant": large.pk}
    with pytest.raises(NotPossible):
        do("exchange_lines", order.pk, rows=[row | {"another": variants(shop.chair)[0].pk}], reason="does_not_fit")
    with pytest.raises(NotPossible):
        do("exchange_lines", order.pk, rows=[row | {"variant": small.pk}], reason="does_not_fit")
    with pytest.raises(NotPossible):  # not of the same customer
        do("exchange_lines", order.pk, rows=[row], reason="does_not_fit", method=card_of(buyer("Ben")).pk)
    outcome = do("exchange_lines", order.pk, rows=[row], reason="does_not_fit", method=gift.pk)
    assert outcome.after["due"] == euro(1200)
    assert [one["amount"]["minor"] for one in outcome.after["derivation"]] == [-8000, 9200]
    assert read(order).state == OrderState.EXCHANGE_REQUESTED
    for name in ("return_lines", "exchange_lines"):
        with pytest.raises(NotPossible):  # the same pieces cannot be used again
            do(
                name,
                order.pk,
                rows=[row] if name == "exchange_lines" else [{"line": line.pk, "pieces": 1}],
                reason="other",
            )
    fresh = lines(order)[1]
    with pytest.raises(NotPossible):  # held until the old ones are back
        do("ship_order", order.pk, rows=[{"line": fresh.pk, "pieces": 2, "serials": "A B"}], carrier="X")
    assert come_back(order).after["even"] == euro(0)
    ship(order)
    deliver(order, at=LATER)
    assert (read(order).state, owed(ana)) == (OrderState.DELIVERED, before)
    assert documents(order) == [("invoice", 8000), ("credit_note", 8000), ("invoice", 9200)]
    assert (Stock.objects.get(variant=small).on_hand, Stock.objects.get(variant=large).on_hand) == (10, 8)
    assert read(order).gross_minor == 8000  # the original stays what it was
    assert not faults()


def test_an_exchange_for_another_product_needs_a_permission_and_is_taxed_as_that(shop: Shop) -> None:
    ana = buyer()
    book = shop.product("Book", (3000,), tax_class=make_tax_class("4"))
    fitting = variants(shop.product("Fitting", (4000,), kind="service"))[0]
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    (line,) = lines(order)
    row = {"line": line.pk, "pieces": 1, "another": variants(book)[0].pk}
    plain = make_actor(permissions=make_actor().permissions - {"orders.exchange_across_products"})
    with pytest.raises(NotPossible, match="permission you do not have"):
        do("exchange_lines", order.pk, actor=plain, rows=[row], reason="does_not_fit")
    for wrong in ({"another": fitting.pk}, {"variant": variants(shop.chair)[1].pk}, {"another": None}):
        with pytest.raises(NotPossible):
            do("exchange_lines", order.pk, rows=[row | wrong], reason="does_not_fit")
    outcome = do("exchange_lines", order.pk, rows=[row], reason="does_not_fit")
    assert outcome.after["refund"] == euro(7000)
    fresh = lines(order)[1]
    assert (fresh.variant, fresh.percent, fresh.tax_minor) == (variants(book)[0], 4, 115)
    assert come_back(order).after["refund"] == euro(7000)
    ship(order)
    deliver(order, at=LATER)
    assert documents(order) == [("invoice", 10_000), ("credit_note", 10_000), ("invoice", 3000)]
    assert not faults()


def test_an_exchange_for_something_cheaper_is_paid_back_and_one_refused_shrinks(shop: Shop) -> None:
    ana = buyer()
    small, _large, cheap = variants(shop.kettle)
    order = delivered(ana, [(small, 2)], card_of(ana))
    (line,) = lines(order)
    before = owed(ana)
    row = {"line": line.pk, "pieces": 2, "variant": cheap.pk}
    outcome = do("exchange_lines", order.pk, rows=[row], reason="does_not_fit")
    assert outcome.after["refund"] == euro(600)
    outcome = come_back(order, taken=1)
    assert outcome.after["refund"] == euro(300)
    assert [one.pieces for one in lines(order)] == [2, 1]
    assert Stock.objects.get(variant=cheap).reserved == 1
    ship(order)
    deliver(order, at=LATER)
    assert owed(ana) == before
    assert not faults()


def test_an_exchange_can_be_sent_at_once_and_called_off_before(shop: Shop) -> None:
    ana = buyer()
    card = card_of(ana, 60_000)
    small, large, _cheap = variants(shop.kettle)
    order = delivered(ana, [(small, 1)], card)
    (line,) = lines(order)
    before = owed(ana)
    row = {"line": line.pk, "pieces": 1, "variant": large.pk}
    do("exchange_lines", order.pk, rows=[row], reason="does_not_fit")
    outcome = do("withdraw_return", the_return(order).pk)
    assert outcome.after["refund"] == euro(600)
    assert (Stock.objects.get(variant=large).reserved, lines(order)[0].exchanged, owed(ana)) == (0, 0, before)
    do("exchange_lines", order.pk, rows=[row], reason="does_not_fit", at_once=True)
    ship(order)
    with pytest.raises(NotPossible):
        do("withdraw_return", the_return(order).pk)
    assert owed(ana) == before + 4600 - 600  # the old one is still with them
    come_back(order)
    deliver(order, at=LATER)
    assert (read(order).state, owed(ana)) == (OrderState.DELIVERED, before)
    assert not faults()


def test_what_was_exchanged_can_be_returned_in_its_turn(shop: Shop) -> None:
    ana = buyer()
    small, large, _cheap = variants(shop.kettle)
    order = delivered(ana, [(small, 1)], card_of(ana))
    before = owed(ana)
    do(
        "exchange_lines",
        order.pk,
        rows=[{"line": lines(order)[0].pk, "pieces": 1, "variant": large.pk}],
        reason="other",
    )
    come_back(order)
    ship(order)
    deliver(order, at=LATER)
    do("return_lines", order.pk, rows=[{"line": lines(order)[1].pk, "pieces": 1}], reason="other")
    outcome = come_back(order)
    assert outcome.after["refund"] == euro(4600)
    assert (read(order).state, owed(ana)) == (OrderState.COMPLETED, before)
    assert not faults()


def test_a_replacement_that_is_not_there_is_refused(shop: Shop) -> None:
    ana = buyer()
    rare = make_variant(shop.chair, options={"Size": "9"})
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    with pytest.raises(NotPossible):
        do(
            "exchange_lines",
            order.pk,
            rows=[{"line": lines(order)[0].pk, "pieces": 1, "variant": rare.pk}],
            reason="other",
        )
    assert not faults()


def test_the_time_to_send_things_back_ends(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    row = {"line": lines(order)[0].pk, "pieces": 1}
    with pytest.raises(NotPossible):
        do("return_lines", order.pk, rows=[row], reason="other", at=NOON + timedelta(days=40))
    undelivered = place(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    with pytest.raises(NotPossible):
        do("return_lines", undelivered.pk, rows=[{"line": lines(undelivered)[0].pk, "pieces": 1}], reason="other")
    with pytest.raises(NotPossible):  # a line of another order
        do("return_lines", order.pk, rows=[{"line": lines(undelivered)[0].pk, "pieces": 1}], reason="other")
    with pytest.raises(SubjectNotFound):
        do("return_lines", 10**12, rows=[row], reason="other")


def test_a_piece_that_was_shipped_is_not_shipped_again(shop: Shop) -> None:
    customer = buyer()
    order = place(customer, [(variants(shop.kettle)[0], 2)], card_of(customer))
    row = {"line": lines(order)[0].pk, "pieces": 1, "serials": "SN-A"}
    do("ship_order", order.pk, rows=[row], carrier="X")
    with pytest.raises(NotPossible, match="SN-A was shipped already"):
        do("ship_order", order.pk, rows=[row], carrier="X")
    do("ship_order", order.pk, rows=[row | {"serials": "SN-B"}], carrier="X")
    assert lines(order)[0].shipped == 2


def send(*rows: tuple[OrderLine, str]) -> None:
    """Ship pieces of lines of one order, by their serial numbers."""
    given = [{"line": line.pk, "pieces": len(serials.split()), "serials": serials} for line, serials in rows]
    do("ship_order", rows[0][0].order_id, rows=given, carrier="X")


def test_ship_order_refuses_a_serial_number_that_is_given_twice_or_with_a_customer_and_names_the_row(
    shop: Shop,
) -> None:
    customer = buyer()
    card = card_of(customer)
    small, large, _cheap = variants(shop.kettle)
    order = place(customer, [(small, 2), (large, 1)], card)
    first, second = lines(order)
    with pytest.raises(NotPossible, match="Row 2: Serial number SN-B is given twice"):
        send((second, "SN-A"), (first, "SN-B sn-b"))
    with pytest.raises(NotPossible, match="Row 2: Serial number SN-A of Kettle, 2 is in row 1 too"):
        send((first, "SN-A"), (second, "sn-a"))
    send((first, "SN-A"))
    with pytest.raises(NotPossible, match="Row 2: SN-A was shipped already and has not come back: Kettle, 2"):
        send((first, "SN-B"), (second, "SN-A"))
    assert [line.shipped for line in lines(order)] == [1, 0]
    (elsewhere,) = lines(place(customer, [(large, 1)], card))
    with pytest.raises(NotPossible, match="Row 1: SN-A was shipped already"):
        send((elsewhere, "SN-A"))
    lamp = shop.product("Lamp", (1000,), has_serial_numbers=True)
    (other,) = lines(place(customer, [(variants(lamp)[0], 1)], card))
    send((other, "SN-A"))  # another product's numbers are its own
    assert not faults()


@pytest.mark.parametrize("noted", ["SN-A", ""])
def test_a_piece_that_came_back_is_shipped_again_also_where_its_number_was_not_noted(shop: Shop, noted: str) -> None:
    customer = buyer()
    card = card_of(customer)
    small = variants(shop.kettle)[0]
    order = place(customer, [(small, 2)], card)
    (line,) = lines(order)
    send((line, "SN-A SN-B"))
    deliver(order)
    do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 1}], reason="other", at=LATER)
    one = the_return(order)
    do("receive_return", one.pk, rows=[{"line": line.pk, "pieces": 1, "serials": noted}], at=LATER)
    do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "as_new"}], at=LATER)
    (again,) = lines(place(customer, [(small, 2)], card))
    if noted:
        with pytest.raises(NotPossible, match="SN-B was shipped already"):
            send((again, "SN-B"))
    send((again, "SN-A"))
    assert not faults()


def test_claim_warranty_by_serial_number_replaces_what_is_faulty(shop: Shop) -> None:
    ana = buyer()
    small = variants(shop.kettle)[0]
    order = delivered(ana, [(small, 2)], card_of(ana))
    (line,) = lines(order)
    before = owed(ana)
    given = {"serial": f"SN{line.pk}-1", "fault": "Does not heat"}
    with pytest.raises(NotPossible):
        do("claim_warranty", order.pk, **given | {"serial": "SN-unknown"})
    with pytest.raises(NotPossible):
        do("claim_warranty", order.pk, **given, at=NOON + timedelta(days=900))
    half_a_year = NOON + timedelta(days=180)
    outcome = do("claim_warranty", order.pk, **given, at=half_a_year)
    claim = WarrantyClaim.objects.get()
    assert (outcome.after["even"], claim.covered_until.isoformat()) == (euro(0), "2028-03-11")
    one = the_return(order)
    do("receive_return", one.pk, rows=[{"line": line.pk, "pieces": 1, "serials": f"SN{line.pk}-1"}], at=half_a_year)
    do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "broken"}], at=half_a_year)
    with pytest.raises(NotPossible):  # it came back
        do("claim_warranty", order.pk, **given, at=half_a_year)
    fresh = lines(order)[1]
    rows = [{"line": fresh.pk, "pieces": 1, "serials": serials_for(fresh, 1)}]
    do("ship_order", order.pk, rows=rows, carrier="Correos", at=half_a_year)
    deliver(order, at=half_a_year)
    assert (owed(ana), Stock.objects.get(variant=small).on_hand) == (before, 7)
    assert not faults()


def test_claim_warranty_by_line_may_give_the_money_back(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 1), (variants(shop.chair)[0], 1)], card_of(ana))
    first, second = lines(order)
    with pytest.raises(NotPossible):  # no warranty beside the law's
        do("claim_warranty", order.pk, rows=[{"line": second.pk, "pieces": 1}], fault="Wobbles", remedy="refund")
    rows = [{"line": first.pk, "pieces": 1}]
    do("claim_warranty", order.pk, rows=rows, fault="Leaks", remedy="refund", at=NOON + timedelta(days=100))
    assert come_back(order, grade="broken").after["refund"] == euro(4000)
    assert the_return(order).state == ReturnState.CLOSED
    assert not faults()


def test_refunds_never_exceed_what_was_paid_by_a_method(shop: Shop) -> None:
    ana = buyer()
    first, second = card_of(ana, 4000), card_of(ana, 6000)
    order = place(ana, [(variants(shop.chair)[0], 1)], (first, 4000), second)
    ship(order)
    deliver(order)
    do("add_goodwill", order.pk, amount=euro(3000), reason="Late")
    do("return_lines", order.pk, rows=[{"line": lines(order)[0].pk, "pieces": 1}], reason="other")
    outcome = come_back(order)
    assert outcome.after["refund"] == euro(7000)  # the other 3000 they have already
    assert sum(Refund.objects.values_list("minor", flat=True)) == 10_000
    assert not faults()


def test_on_account_a_return_lowers_what_is_owed(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 2)], account_of(ana))
    assert owed(ana) == 20_000
    do("return_lines", order.pk, rows=[{"line": lines(order)[0].pk, "pieces": 1}], reason="other")
    come_back(order)
    assert (owed(ana), Refund.objects.count()) == (10_000, 0)
    assert not faults()


def test_months_end_where_the_month_does() -> None:
    from datetime import date

    assert months_after(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_after(date(2025, 12, 31), 2) == date(2026, 2, 28)
    assert months_after(date(2026, 3, 11), 24) == date(2028, 3, 11)
