"""The dispute file: each contradiction by itself, and a whole one gathered from what really happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from onhand.customers.imports.kinds import Bringing, bring_in_kind, find_kind
from onhand.kernel.money import Money
from onhand.ledger.checks import find_faults
from onhand.orders.disputes import contradictions as c
from onhand.orders.disputes.contradictions import ContradictionKind as K
from onhand.orders.disputes.facts import (
    ChangeFact,
    ChargebackFact,
    DocumentFact,
    Facts,
    PaymentFact,
    PromiseFact,
    RefundFact,
    ReturnFact,
    ScanFact,
    ShipmentFact,
)
from onhand.orders.disputes.gathering import gather
from onhand.orders.disputes.line_of_time import line_of_time
from onhand.orders.models import Order, ReturnLine
from onhand.payments import taking
from onhand.payments.chargebacks import note_chargeback
from onhand.payments.enums import ChargebackState
from onhand.payments.models import Payment
from onhand.payments.provider import ChargebackSaid, MoneyMoved
from onhand.payments.settling import lock_payment, note_captured
from onhand.web.orders.dispute_pages import dispute_context
from tests.factories import make_actor
from tests.orders.shop import (
    NOON,
    Shop,
    buyer,
    card_of,
    deliver,
    delivered,
    do,
    lines,
    place,
    read,
    ship,
    the_return,
    variants,
)
from tests.payments.money import make_method

T = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
PLAIN = Facts(placed_at=T, currency="EUR", gross=10_000, now=T + 30 * DAY, ordered={1: 2, 2: 1})
SENT = ShipmentFact(1, T + DAY, "28013", "Madrid", T + 2 * DAY, "Ana", proof="Signed", pieces={1: 2, 2: 1})


def kinds(facts: Facts) -> list[str]:
    return [one.kind for one in c.contradictions(facts)]


def test_an_ordinary_order_has_no_contradiction() -> None:
    facts = replace(
        PLAIN,
        shipments=[SENT],
        scans=[ScanFact(1, 1, T + 2 * DAY, "delivered", "Madrid", "28 013")],
        documents=[DocumentFact(1, "invoice", "INV-1", T + DAY, 10_000, {1: 2, 2: 1}, [5])],
        payments=[PaymentFact(1, T, 10_000, "captured", captured=10_000, captured_at=T)],
    )
    assert kinds(facts) == []


def test_delivered_elsewhere() -> None:
    scan = ScanFact(7, 1, T + 2 * DAY, "delivered", "Getafe", "28906")
    (found,) = c.delivered_elsewhere(replace(PLAIN, shipments=[SENT], scans=[scan]))
    assert (found.marks, found.expected, found.found) == (
        (("scan", 7), ("shipment", 1)),
        "28013 Madrid",
        "28906 Getafe",
    )
    assert not list(c.delivered_elsewhere(replace(PLAIN, shipments=[SENT], scans=[replace(scan, postal_code="")])))
    assert not list(c.delivered_elsewhere(replace(PLAIN, shipments=[SENT], scans=[replace(scan, kind="in_transit")])))


def test_seen_after_delivery() -> None:
    late = ScanFact(3, 1, T + 3 * DAY, "out_for_delivery")
    assert [one.kind for one in c.seen_after_delivery(replace(PLAIN, shipments=[SENT], scans=[late]))] == [
        K.SEEN_AFTER_DELIVERY
    ]
    early = replace(late, at=T + DAY)
    assert not list(c.seen_after_delivery(replace(PLAIN, shipments=[SENT], scans=[early])))


def test_delivered_unseen() -> None:
    bare = replace(SENT, proof="")
    assert list(c.delivered_unseen(replace(PLAIN, shipments=[bare])))
    seen = ScanFact(1, 1, T + 2 * DAY, "delivered", "Madrid")
    assert not list(c.delivered_unseen(replace(PLAIN, shipments=[bare], scans=[seen])))
    assert not list(c.delivered_unseen(replace(PLAIN, shipments=[SENT])))


def test_shipped_after_cancellation() -> None:
    assert list(c.shipped_after_cancellation(replace(PLAIN, shipments=[SENT], cancelled_at=T)))
    assert not list(c.shipped_after_cancellation(replace(PLAIN, shipments=[SENT], cancelled_at=T + 5 * DAY)))


def test_invoiced_twice() -> None:
    first = DocumentFact(1, "invoice", "INV-1", T, 8000, {1: 2}, [5])
    again = DocumentFact(2, "invoice", "INV-2", T, 8000, {1: 1})
    (found,) = c.invoiced_twice(replace(PLAIN, documents=[first, again]))
    assert (found.marks, found.minor) == ((("document", 2), ("document", 1)), 8000)
    assert list(c.invoiced_twice(replace(PLAIN, documents=[first, replace(again, pieces={}, extras=[5])])))
    assert not list(c.invoiced_twice(replace(PLAIN, documents=[first, replace(again, pieces={2: 1})])))
    assert not list(c.invoiced_twice(replace(PLAIN, documents=[first, replace(again, kind="credit_note")])))


def test_invoiced_twice_by_another_system() -> None:
    first = DocumentFact(1, "invoice", "R-1", T, 10_000, system="erp")
    again = replace(first, id=2, label="R-2", at=T + DAY, gross=6_000)

    def found(*documents: DocumentFact, **changes: Any) -> list[tuple[Any, int]]:
        facts = replace(PLAIN, documents=documents, **changes)
        return [(one.marks, one.minor) for one in c.contradictions(facts) if one.kind == K.INVOICED_TWICE]

    twice = [((("document", 2), ("document", 1)), 6_000)]
    assert found(first, again) == found(again, first) == twice
    assert found(replace(first, system="", pieces={1: 2}), again) == twice
    assert found(first) == found(replace(first, gross=12_000)) == []
    assert found(replace(first, gross=4_002), again) == [], "rounded otherwise there"
    note = DocumentFact(3, "credit_note", "C-1", T + DAY / 2, 6_000, system="erp")
    assert found(first, note, again) == [], "what was credited is invoiced anew"
    assert found(first, replace(note, at=T + 2 * DAY), again) == twice
    assert found(first, again, replaced_gross=6_000) == []


def test_sent_back_and_not_credited_by_another_system() -> None:
    invoice = DocumentFact(1, "invoice", "R-1", T, 10_000, system="erp")
    back = ScanFact(7, 1, T + 3 * DAY, "sent_back", "Madrid")
    facts = replace(PLAIN, shipments=[replace(SENT, tracking="PK1")], scans=[back], documents=[invoice])
    (found,) = c.sent_back_not_credited(facts)
    assert (found.kind, found.marks, found.found) == (
        K.RETURNED_NOT_CREDITED,
        (("scan", 7), ("shipment", 1)),
        "PK1",
    )
    note = DocumentFact(2, "credit_note", "C-1", T + 4 * DAY, 100, system="erp")
    assert not list(c.sent_back_not_credited(replace(facts, documents=[invoice, note])))
    refund = RefundFact(1, 1, T + 4 * DAY, 500, "done", system="erp")
    assert not list(c.sent_back_not_credited(replace(facts, refunds=[refund])))
    assert not list(c.sent_back_not_credited(replace(facts, now=T + 4 * DAY)))
    again = ScanFact(8, 1, T + 5 * DAY, "delivered", "Madrid")
    assert not list(c.sent_back_not_credited(replace(facts, scans=[back, again])))
    ours = replace(invoice, system="", pieces={1: 2})
    assert not list(c.sent_back_not_credited(replace(facts, documents=[ours]))), "ours has a return for that"


def test_invoiced_unshipped() -> None:
    part = replace(SENT, pieces={1: 1})
    invoice = DocumentFact(1, "invoice", "INV-1", T, 8000, {1: 2})
    assert list(c.invoiced_unshipped(replace(PLAIN, shipments=[part], documents=[invoice])))
    assert not list(c.invoiced_unshipped(replace(PLAIN, shipments=[SENT], documents=[invoice])))


def test_paid_too_much() -> None:
    one = PaymentFact(1, T, 10_000, "captured", captured=10_000)
    two = replace(one, id=2)
    (found,) = c.paid_too_much(replace(PLAIN, payments=[one, two]))
    assert (found.minor, found.marks) == (10_000, (("payment", 1), ("payment", 2)))
    assert not list(c.paid_too_much(replace(PLAIN, payments=[one, replace(two, refunding=10_000)])))
    assert not list(c.paid_too_much(replace(PLAIN, payments=[one, two], replaced_gross=10_000)))


def test_charged_after_cancellation() -> None:
    paid = PaymentFact(1, T, 10_000, "captured", captured=10_000, captured_at=T + 2 * DAY)
    assert [one.minor for one in c.charged_after_cancellation(replace(PLAIN, cancelled_at=T, payments=[paid]))] == [
        10_000
    ]
    back = replace(paid, refunded=10_000)
    assert not list(c.charged_after_cancellation(replace(PLAIN, cancelled_at=T, payments=[back])))
    assert not list(c.charged_after_cancellation(replace(PLAIN, payments=[paid])))


def test_returned_not_credited() -> None:
    waits = ReturnFact("R-1", "return", T, T + DAY, None, "received", 1)
    assert [one.marks for one in c.returned_not_credited(replace(PLAIN, returns=[waits]))] == [(("return", "R-1"),)]
    closed = replace(waits, closed_at=T + 2 * DAY, state="closed", taken=1, worth=500)
    assert list(c.returned_not_credited(replace(PLAIN, returns=[closed])))
    assert not list(c.returned_not_credited(replace(PLAIN, returns=[replace(closed, credited=500)])))
    assert not list(c.returned_not_credited(replace(PLAIN, returns=[waits], now=T + 2 * DAY)))
    note = DocumentFact(2, "credit_note", "CN-1", T, 499)
    assert list(c.returned_not_credited(replace(PLAIN, returns=[closed], documents=[note])))
    by_hand = replace(PLAIN, returns=[closed], documents=[replace(note, gross=500)])
    assert not list(c.returned_not_credited(by_hand))
    assert not list(c.returned_not_credited(replace(PLAIN, returns=[replace(closed, worth=0)])))


def test_refund_late_and_refund_failed() -> None:
    pending = RefundFact(1, 1, T, 500, "pending")
    assert list(c.refund_late(replace(PLAIN, refunds=[pending])))
    assert not list(c.refund_late(replace(PLAIN, refunds=[pending], now=T + DAY)))
    failed = replace(pending, state="failed")
    assert list(c.refund_failed(replace(PLAIN, refunds=[failed])))
    assert not list(c.refund_failed(replace(PLAIN, refunds=[failed, RefundFact(2, 1, T + DAY, 500, "done")])))


def test_promise_broken() -> None:
    promise = PromiseFact(1, T, "We call back", T + DAY)
    assert list(c.promise_broken(replace(PLAIN, promises=[promise])))
    assert not list(c.promise_broken(replace(PLAIN, promises=[replace(promise, kept_at=T)])))
    assert not list(c.promise_broken(replace(PLAIN, promises=[promise], now=T)))


def test_the_line_of_time_is_in_order_and_marks_what_contradicts() -> None:
    facts = replace(
        PLAIN,
        cancelled_at=T + 5 * DAY,
        changes=[
            ChangeFact(1, T, "placed"),
            ChangeFact(2, T + DAY, "shipped"),
            ChangeFact(3, T + 5 * DAY, "cancelled"),
        ],
        shipments=[SENT],
        payments=[PaymentFact(1, T, 10_000, "captured", captured=10_000, captured_at=T + 6 * DAY)],
    )
    line = line_of_time(facts, c.contradictions(facts))
    assert [one.mark[0] for one in line] == ["change", "shipment", "delivered", "cancelled", "payment"]
    assert [len(one.wrong) for one in line] == [0, 0, 0, 1, 1]


@pytest.mark.django_db
def test_a_file_is_gathered_from_what_happened() -> None:
    shop, ana = Shop(), buyer()
    order = place(ana, [(variants(shop.chair)[0], 2)], card_of(ana))
    ship(order)
    deliver(order, place="Getafe", postal_code="28906", proof="Photograph")
    do("return_lines", order.pk, rows=[{"line": lines(order)[0].pk, "pieces": 1}], reason="damaged")
    do("receive_return", the_return(order).pk, rows=[{"line": lines(order)[0].pk, "pieces": 1}], at=NOON + 3 * DAY)
    facts = gather(read(order), NOON + 20 * DAY)
    assert (len(facts.shipments), len(facts.scans), len(facts.documents), len(facts.payments)) == (1, 1, 1, 1)
    assert set(kinds(facts)) == {K.DELIVERED_ELSEWHERE, K.RETURNED_NOT_CREDITED}
    marks = [one.mark[0] for one in line_of_time(facts, c.contradictions(facts))]
    assert {"payment", "shipment", "delivered", "scan", "document", "return", "received"} <= set(marks)


@pytest.mark.django_db
def test_ordinary_business_contradicts_nothing() -> None:
    shop, ana = Shop(), buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 2)], card_of(ana), shipping=Money(500, "EUR").as_json())
    assert kinds(gather(order, NOON + DAY)) == [K.DELIVERED_UNSEEN]  # nobody wrote down how that is known
    cancelled = place(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    do("cancel_order", cancelled.pk, reason="other")
    assert kinds(gather(read(cancelled), NOON + DAY)) == []
    row: dict[str, Any] = {"line": lines(order)[0].pk, "pieces": 1, "variant": variants(shop.kettle)[1].pk}
    do("exchange_lines", order.pk, rows=[row], reason="other")
    assert kinds(gather(read(order), NOON + DAY)) == [K.DELIVERED_UNSEEN]


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["deducted", "goodwill", "taken"])
def test_a_return_credited_with_nothing_by_decision_contradicts_nothing(why: str) -> None:
    shop, ana = Shop(), buyer()
    order = delivered(ana, [(variants(shop.chair)[2], 3)], card_of(ana))
    whole = Money(order.gross_minor, "EUR").as_json()
    if why == "goodwill":
        do("add_goodwill", order.pk, amount=whole, reason="Everything was wrong")
    (line,) = lines(order)
    later = NOON + 2 * DAY
    do("return_lines", order.pk, rows=[{"line": line.pk, "pieces": 3}], reason="other", at=later)
    one = the_return(order)
    do("receive_return", one.pk, rows=[{"line": line.pk, "pieces": 3}], at=later)
    found = {"line": line.pk, "grade": "broken", "deduction": whole if why == "deducted" else None}
    do("inspect_return", one.pk, rows=[found], at=later)
    one.refresh_from_db()
    assert (one.credited_minor == 0) == (why != "taken")
    assert K.RETURNED_NOT_CREDITED not in kinds(gather(read(order), NOON + 20 * DAY))
    if why == "deducted":  # what nobody decided is seen
        ReturnLine.objects.filter(in_return=one).update(deduction_minor=0)
        assert K.RETURNED_NOT_CREDITED in kinds(gather(read(order), NOON + 20 * DAY))


def test_given_back_and_taken_back_by_the_bank_too() -> None:
    taken = PaymentFact(1, T, 10_000, "captured", captured=10_000, captured_at=T, refunded=4_000, taken_back=10_000)
    back = ChargebackFact(7, 1, T + DAY, 10_000, "lost", "fraudulent", 10_000, T + 9 * DAY)
    facts = replace(PLAIN, shipments=[SENT], payments=[taken], chargebacks=[back])
    (found,) = c.contradictions(facts)
    assert (found.kind, found.minor, found.marks) == (K.GIVEN_BACK_TWICE, 4_000, (("payment", 1), ("chargeback", 7)))
    marks = [one.mark for one in line_of_time(facts, [found])]
    assert marks.index(("chargeback", 7)) < marks.index(("decided", 7))
    assert K.PAID_TOO_MUCH not in kinds(replace(facts, gross=1, payments=[replace(taken, refunded=0)]))


def taken_for(order: Order) -> Payment:
    """Another payment for an order, by a card of a provider."""
    with transaction.atomic():
        amount = Money(2_000, order.currency)
        document = ("order", order.pk)
        method = make_method(order.customer)
        return taking.take(method, amount, document=document, key="by card", at=NOON, by_name="Ana")


@pytest.mark.django_db(transaction=True)
def test_what_the_bank_asks_back_is_in_the_dispute_file_of_its_order() -> None:
    ana = buyer()
    order = delivered(ana, [(variants(Shop().kettle)[0], 1)], card_of(ana))
    payment = taken_for(order)
    with transaction.atomic():
        note_captured(lock_payment(payment.pk), NOON)
    payment.refresh_from_db()
    with transaction.atomic():
        fee = Money(1500, payment.currency)
        moves = (MoneyMoved("txn_1", payment.captured_minor, fee),)
        amount = Money(payment.captured_minor, payment.currency)
        said = ChargebackSaid("dp_1", ChargebackState.OPEN, amount, "product_not_received", None, moves)
        note_chargeback(lock_payment(payment.pk), said, NOON)
    facts = gather(order, NOON + DAY)
    (back,) = facts.chargebacks
    assert kinds(facts) == [K.DELIVERED_UNSEEN], "what the bank has taken back is not kept twice"
    assert (back.payment, back.taken, back.reason) == (payment.pk, payment.captured_minor, "product_not_received")
    context = dispute_context(order, facts, [], line_of_time(facts, []))
    told = [entry for day in context["days"] for entry in day["entries"] if entry["id"] == f"chargeback-{back.id}"]
    assert ("Reason", "The goods did not come") in told[0]["facts"]
    assert list(find_faults()) == []


def bring(kind: str, *rows: dict[str, str]) -> None:
    found = find_kind(kind)
    assert found is not None
    outcomes = bring_in_kind(found, rows, Bringing(make_actor(), NOON, "erp"))
    assert [one.problems for one in outcomes] == [[] for _row in rows]


@pytest.mark.django_db
def test_what_other_systems_issued_and_gave_back_is_on_the_line_of_time() -> None:
    ana, sku = buyer(), variants(Shop().chair)[0].sku
    day, euro = {"order": "7", "issued_on": "2026-02-03"}, {"currency": "EUR"}
    order = {"outside_id": "7", "customer_reference": ana.reference, "placed_at": "2026-02-01"}
    bring("orders", order | euro | {"lines": f"{sku} x 1 @ 121.00"})
    bring("shipments", {"outside_id": "s", "order": "7", "carrier": "Correos", "tracking": "PK1", "shipped_at": "2026-02-03", "scans": "2026-02-10T10:00 sent_back, Madrid, 28001"})  # fmt: skip  # noqa: E501
    invoice = day | euro | {"gross": "121.00", "open": "0"}
    bring("invoices", invoice | {"outside_id": "R-1"}, invoice | {"outside_id": "R-2", "issued_on": "2026-02-04"})
    paid = euro | {"received_at": "2026-02-02", "method": "card", "method_name": "Visa", "amount": "121.00"}
    bring("payments", paid | {"outside_id": "P-1", "order": "7"})

    facts = gather(Order.objects.get(), NOON)
    found = c.contradictions(facts)
    assert {one.kind for one in found} == {K.INVOICED_TWICE, K.RETURNED_NOT_CREDITED}
    bring("invoices", invoice | {"outside_id": "C-1", "kind": "credit_note", "issued_on": "2026-02-20"})
    bring("refunds", euro | {"outside_id": "B-1", "payment": "P-1", "refunded_at": "2026-02-21", "amount": "121.00"})
    facts = gather(Order.objects.get(), NOON)
    found = c.contradictions(facts)
    assert [one.kind for one in found] == [K.INVOICED_TWICE]
    line = line_of_time(facts, found)
    marks = [one.mark[0] for one in line]
    assert marks[-2:] == ["document", "refund"]
    context = dispute_context(Order.objects.get(), facts, found, line)
    told = {one["headline"]: dict(one.get("facts", ())) for day in context["days"] for one in day["entries"]}
    assert told["Invoice R-1"] == told["Credit note C-1"] == {"Issued by": "erp"}
    assert told["Payment"]["Received by"] == told["Refund"]["Given back by"] == "erp"
    assert list(find_faults()) == []
