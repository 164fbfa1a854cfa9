"""Money of returns and exchanges that did not go as they were agreed: never more goes back than came in."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.invoicing.models import Document
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.orders.models import Order, OrderPayment
from onhand.orders.releasing import payment_came
from onhand.payments.enums import MethodKind, PaymentState
from onhand.payments.models import Payment, Refund
from onhand.payments.settling import note_captured, note_failed
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
    the_return,
    variants,
)
from tests.payments.money import make_method

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


def looked_at(order: Order, *taken: int, **more: Any) -> Any:
    """Everything of the newest return arrives; so many pieces of each of its lines are taken."""
    one = the_return(order)
    rows = list(one.lines.order_by("pk"))
    do("receive_return", one.pk, rows=[{"line": row.line_id, "pieces": row.pieces} for row in rows], at=LATER)
    grades = ["as_new" if count else "refused" for count in taken]
    found = [
        {"line": row.line_id, "grade": grade, "taken": count} | more
        for row, grade, count in zip(rows, grades, taken, strict=True)
    ]
    return do("inspect_return", one.pk, rows=found, at=LATER)


def send_back(order: Order, pieces: int = 1) -> None:
    do("return_lines", order.pk, rows=[{"line": lines(order)[0].pk, "pieces": pieces}], reason="other")


def exchange(order: Order, shop: Shop, method: Any, pieces: int = 2) -> Payment | None:
    """Kettles for larger ones, 6 euros more each, paid by this method; the payment that was asked for."""
    row = {"line": lines(order)[0].pk, "pieces": pieces, "variant": variants(shop.kettle)[1].pk}
    do("exchange_lines", order.pk, rows=[row], reason="does_not_fit", method=method.pk)
    return Payment.objects.filter(key=f"return:{the_return(order).pk}:1").first()


@pytest.mark.parametrize("how", ["pending", "failed", "account", "captured"])
def test_an_exchange_called_off_gives_back_only_what_came_in_for_it(shop: Shop, how: str) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 2)], card_of(ana, 20_000))
    before = owed(ana)
    payment = exchange(order, shop, account_of(ana) if how == "account" else make_method(ana, MethodKind.CARD))
    if payment is not None and how == "failed":
        note_failed(payment, "declined", NOON)
    if payment is not None and how == "captured":
        note_captured(payment, NOON)
    assert OrderPayment.objects.filter(order=order, ended_at=None).count() == 2
    outcome = do("withdraw_return", the_return(order).pk)
    given = list(Refund.objects.values_list("payment_id", "minor"))
    if payment is not None and how == "captured":
        assert (given, outcome.after["refund"]) == ([(payment.pk, 1200)], euro(1200))
    else:
        assert (given, outcome.after["even"], owed(ana)) == ([], euro(0), before)
    if payment is not None and how == "pending":
        payment.refresh_from_db()
        assert payment.state == PaymentState.CANCELLED
    assert OrderPayment.objects.filter(order=order, ended_at=None).count() == 1
    assert read(order).paid_at is not None
    assert not faults()


def test_an_exchange_that_was_not_paid_gives_nothing_back_when_it_is_refused(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 2)], card_of(ana, 20_000))
    payment = exchange(order, shop, make_method(ana, MethodKind.CARD))
    assert payment is not None
    outcome = looked_at(order, 0)
    payment.refresh_from_db()
    assert (outcome.after["even"], payment.state) == (euro(0), PaymentState.CANCELLED)
    assert not Refund.objects.exists()
    assert not faults()


def test_an_exchange_that_was_not_paid_stays_due_when_it_is_taken(shop: Shop) -> None:
    ana = buyer()
    kettle = variants(shop.kettle)[0]
    for method, pieces, due, left in (
        (make_method(ana, MethodKind.CARD), 2, 1200, PaymentState.PENDING),  # still comes
        (make_method(ana, MethodKind.CARD), 1, 600, PaymentState.CANCELLED),  # asked for too much
        (account_of(ana), 1, 600, None),
    ):
        order = delivered(ana, [(kettle, 2)], card_of(ana, 20_000))
        payment = exchange(order, shop, method)
        outcome = looked_at(order, pieces)
        assert outcome.after["due"] == euro(due)
        if payment is None:
            assert OrderPayment.objects.get(order=order, payment=None).minor == due
        else:
            payment.refresh_from_db()
            assert payment.state == left
        ship(order)
        deliver(order, at=LATER)
    assert not Refund.objects.exists()
    assert not faults()


def test_a_payment_that_comes_after_another_way_was_chosen_goes_back(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], make_method(ana, MethodKind.CARD))
    late = Payment.objects.get(document_type="order", document_id=order.pk)
    late.tries = 1  # the provider is being asked, and has not answered
    late.save()
    card = card_of(ana, 20_000)
    do("change_payment_method", order.pk, method=card.pk)
    late.refresh_from_db()
    assert late.state == PaymentState.PENDING
    note_captured(late, LATER)
    for _twice in range(2):
        payment_came(order.pk, late.pk, LATER)
    assert list(Refund.objects.values_list("payment_id", "minor")) == [(late.pk, 10_000)]
    assert (read(order).state, read(order).paid_at is None) == ("in_process", False)
    assert not faults()


def test_of_several_lines_exchanged_what_is_sent_for_the_refused_one_stays(shop: Shop) -> None:
    ana = buyer()
    kettle, chair = variants(shop.kettle), variants(shop.chair)
    order = delivered(ana, [(kettle[0], 2), (chair[0], 3)], card_of(ana, 90_000))
    first, second = lines(order)
    rows = [
        {"line": second.pk, "pieces": 3, "variant": chair[1].pk},
        {"line": first.pk, "pieces": 2, "variant": kettle[2].pk},
    ]
    do("exchange_lines", order.pk, rows=rows, reason="does_not_fit")
    looked_at(order, 3, 0)  # the kettles are refused
    assert [(line.variant_id, line.pieces) for line in lines(order)[2:]] == [(chair[1].pk, 3), (kettle[2].pk, 0)]
    assert not faults()


def test_what_did_not_arrive_with_a_return_can_come_back_later(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 3)], card_of(ana, 90_000))
    send_back(order, 3)
    one, (line,) = the_return(order), lines(order)
    do("receive_return", one.pk, rows=[{"line": line.pk, "pieces": 1}], at=LATER)
    do("inspect_return", one.pk, rows=[{"line": line.pk, "grade": "as_new"}], at=LATER)
    (line,) = lines(order)
    assert (line.returned, line.received, line.credited) == (1, 1, 1)
    send_back(order, 2)
    assert looked_at(order, 2).after["refund"] == euro(20_000)
    assert not faults()


def credit_by_hand(order: Order, minor: int) -> None:
    invoice = Document.objects.filter(document_type="order", document_id=order.pk, kind="invoice").latest("pk")
    rows = [{"line": invoice.lines.get().pk, "amount": euro(minor)}]
    given = {"rows": rows, "reason": "Scratched"}
    perform("invoicing.credit_lines", actor=make_actor(), subject_id=invoice.pk, arguments=given, at=NOON)


@pytest.mark.parametrize(("by_hand", "left"), [(3000, 7000), (10_000, 0)])
def test_what_was_credited_by_hand_is_not_credited_again_by_a_return(shop: Shop, by_hand: int, left: int) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana, 20_000))
    credit_by_hand(order, by_hand)
    assert not faults()
    send_back(order)
    assert looked_at(order, 1).after["refund" if left else "even"] == euro(left)
    assert sum(minor for kind, minor in documents(order) if kind == "credit_note") == 10_000
    assert not faults()


@pytest.mark.parametrize("by_hand", [2000, 5000])
def test_a_service_credited_by_hand_does_not_keep_an_order_from_being_cancelled(shop: Shop, by_hand: int) -> None:
    ana = buyer()
    service = variants(shop.product("Fitting", (5000,), kind="service"))[0]
    order = place(ana, [(service, 1), (variants(shop.chair)[0], 1)], card_of(ana, 20_000))
    credit_by_hand(order, by_hand)
    do("cancel_order", order.pk, reason="other")
    assert sum(minor for kind, minor in documents(order) if kind == "credit_note") == 5000
    assert sum(Refund.objects.values_list("minor", flat=True)) == 15_000
    assert not faults()


def test_all_of_it_can_be_deducted_for_use(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana, 20_000))
    send_back(order)
    outcome = looked_at(order, 1, grade="broken", deduction=euro(10_000))
    assert (outcome.after["even"], lines(order)[0].credited) == (euro(0), 1)
    assert not faults()


@pytest.mark.parametrize("on_account", [False, True])
def test_goodwill_and_a_return_come_to_no_more_than_was_paid(shop: Shop, on_account: bool) -> None:
    ana = buyer()
    card = card_of(ana, 50_000)
    order = delivered(ana, [(variants(shop.chair)[0], 2)], card, shipping=euro(500))
    do("add_goodwill", order.pk, amount=euro(11_000), reason="Late", on_account=on_account)
    send_back(order)
    assert looked_at(order, 1).after["refund"] == euro(9500)
    send_back(order)
    assert looked_at(order, 1).after["even"] == euro(0)
    assert sum(Refund.objects.values_list("minor", flat=True)) == (9500 if on_account else 20_500)
    assert not faults()


def test_a_payment_by_a_method_of_a_merged_file_is_the_one_of_the_order(shop: Shop) -> None:
    ana, other = buyer(), buyer("A. Prieto")
    card = card_of(other, 20_000)
    other.merged_into = ana
    other.save()
    order = place(ana, [(variants(shop.chair)[0], 1)], card)
    assert Payment.objects.get(document_type="order", document_id=order.pk).customer_id == ana.pk
    assert not faults()
