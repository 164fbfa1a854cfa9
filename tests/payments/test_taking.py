"""Taking and giving back: booked once, never more than there is; the database refuses what goes round the program."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from onhand.kernel.errors import NotPossible
from onhand.kernel.models import EventRecord
from onhand.kernel.money import Money
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import CASH
from onhand.ledger.models import Journal
from onhand.payments import asking, stored, taking
from onhand.payments.enums import MethodKind, PaymentState, RefundState
from onhand.payments.models import Payment, PaymentMethod, Refund
from onhand.payments.pauses import pause_after
from onhand.payments.practice import Practice
from onhand.payments.provider import Answer
from onhand.payments.refunding import give_back, refundable, timing
from onhand.payments.settling import lock_refund, note_refund_failed
from tests.factories import make_customer
from tests.payments.money import (
    NOW,
    check_now,
    euro,
    make_card,
    make_drawer,
    make_method,
    make_provider,
    method_of,
    owed,
    refund,
    take,
)

pytestmark = pytest.mark.django_db


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def clock() -> Any:
    return NOW


def paid_by_card(minor: int = 5000) -> Payment:
    payment = take(make_method(make_customer()), minor)
    asking.ask_for_payment(payment.pk, clock)
    payment.refresh_from_db()
    return payment


def test_stored_value_is_paid_at_once_and_never_more_than_there_is() -> None:
    ana = make_customer("Ana")
    card = make_card(ana, 5000)
    payment = take(method_of(card), 3000)
    assert (payment.state, payment.captured_minor) == (PaymentState.CAPTURED, 3000)
    assert stored.balance(card) == euro(2000)
    assert owed(ana) == 5000 - 3000, "the card is owed, the payment is not"
    with pytest.raises(NotPossible, match=r"only €20\.00"):
        take(method_of(card), 2001)
    with pytest.raises(NotPossible, match="EUR only"):
        taking.take(method_of(card), Money(1, "USD"), document=("order", 1), key="d", at=NOW, by_name="Test")
    check_now()


def test_a_provider_is_asked_later_and_the_payment_waits_until_then() -> None:
    ana = make_customer("Ana")
    payment = take(make_method(ana), 5000)
    assert (payment.state, owed(ana)) == (PaymentState.PENDING, 0)
    asking.ask_for_payment(payment.pk, clock)
    payment.refresh_from_db()
    assert (payment.state, payment.captured_minor, owed(ana)) == (PaymentState.CAPTURED, 5000, -5000)
    asking.ask_for_payment(payment.pk, clock)
    assert owed(ana) == -5000, "asked again, it is not paid again"
    told = EventRecord.objects.get(name="payments.payment_captured")
    assert told.subject_id == ana.pk
    assert told.payload["payment_id"] == payment.pk


def test_a_payment_refused_by_the_bank_books_nothing() -> None:
    ana = make_customer("Ana")
    payment = take(make_method(ana), 1313)
    asking.ask_for_payment(payment.pk, clock)
    payment.refresh_from_db()
    assert (payment.state, payment.captured_minor, owed(ana)) == (PaymentState.FAILED, 0, 0)
    assert "refused" in payment.why
    assert EventRecord.objects.filter(name="payments.payment_failed").count() == 1


def test_money_set_aside_is_taken_when_somebody_says_so() -> None:
    ana = make_customer("Ana")
    payment = take(make_method(ana), 5000, captures=False)
    asking.ask_for_payment(payment.pk, clock)
    payment.refresh_from_db()
    assert (payment.state, owed(ana)) == (PaymentState.AUTHORISED, 0)
    taking.capture(payment, at=NOW)
    asking.ask_for_payment(payment.pk, clock)
    payment.refresh_from_db()
    assert (payment.state, owed(ana)) == (PaymentState.CAPTURED, -5000)


@pytest.mark.parametrize("captured_before", [False, True])
def test_what_is_called_off_again_before_the_job_ran_is_still_let_go_by_the_provider(
    monkeypatch: pytest.MonkeyPatch, captured_before: bool
) -> None:
    let_go: list[str] = []
    cancel = Practice.cancel

    def counted(self: Practice, reference: str, key: str) -> Answer:
        let_go.append(reference)
        return cancel(self, reference, key)

    monkeypatch.setattr(Practice, "cancel", counted)
    payment = take(make_method(make_customer("Ana")), 5000, captures=False)
    asking.ask_for_payment(payment.pk, clock)
    payment.refresh_from_db()
    if captured_before:
        taking.capture(payment, at=NOW)
    else:
        taking.call_off(payment, at=NOW)
    payment.refresh_from_db()
    taking.call_off(payment, at=NOW)
    payment.refresh_from_db()
    assert (payment.state, payment.is_called_off) == (PaymentState.AUTHORISED, True), "the money is still set aside"
    asking.ask_for_payment(payment.pk, clock)
    payment.refresh_from_db()
    assert let_go == [payment.reference]
    assert (payment.state, payment.captured_minor) == (PaymentState.CANCELLED, 0)


def test_the_same_key_is_the_same_payment() -> None:
    ana = make_customer("Ana")
    method = method_of(make_card(ana, 5000))
    first, second = take(method, 1000, key="order:1"), take(method, 1000, key="order:1")
    assert first.pk == second.pk
    with pytest.raises(NotPossible, match="Another payment"):
        take(method, 1001, key="order:1")
    assert Payment.objects.count() == 1


def test_what_a_customer_cannot_pay_with_is_refused() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    with pytest.raises(NotPossible, match="not the customer's"):
        take(make_method(ben), 100, customer_id=ana.pk)
    with pytest.raises(NotPossible, match="not in use"):
        take(make_method(ana, is_active=False), 100)
    with pytest.raises(NotPossible, match="not in use"):
        take(make_method(ana, provider=make_provider(is_active=False)), 100)
    with pytest.raises(NotPossible, match="run out"):
        take(make_method(ana, expires=date(2026, 3, 9)), 100)
    with pytest.raises(NotPossible, match="invoice"):
        take(make_method(ana, MethodKind.ACCOUNT), 100)
    for minor in (0, -100):
        with pytest.raises(NotPossible, match="above nothing"):
            take(make_method(ana), minor)
    assert not Payment.objects.exists()


def test_a_method_of_a_merged_row_is_the_customers_own() -> None:
    ana, old = make_customer("Ana"), make_customer("Ana P.")
    old.merged_into = ana
    old.save()
    payment = take(method_of(make_card(old, 500)), 500, customer_id=ana.pk)
    assert payment.customer_id == ana.pk
    assert (owed(ana), owed(old)) == (-500, 500)


def test_cash_goes_into_the_open_drawer() -> None:
    ana = make_customer("Ana")
    cash = make_method(ana, MethodKind.CASH)
    with pytest.raises(NotPossible, match="No drawer of EUR"):
        take(cash, 700)
    drawer = make_drawer()
    make_drawer(is_open=False)
    payment = take(cash, 700)
    assert (payment.state, payment.drawer_id) == (PaymentState.CAPTURED, drawer.pk)
    assert balance_of(CASH, "EUR", owner_id=drawer.pk) == euro(700)
    other = make_drawer()
    with pytest.raises(NotPossible, match="which drawer"):
        take(cash, 1)
    assert take(cash, 1, drawer_id=other.pk).drawer_id == other.pk
    with pytest.raises(NotPossible, match=r"only €0.01 in the drawer"):
        refund(payment, 2, drawer_id=other.pk)
    assert refund(payment, 700, drawer_id=drawer.pk).state == RefundState.DONE
    assert (balance_of(CASH, "EUR", owner_id=drawer.pk).minor, owed(ana)) == (0, -1)


def test_a_terminal_is_captured_with_its_receipt() -> None:
    ana = make_customer("Ana")
    payment = take(make_method(ana, MethodKind.TERMINAL), 900, reference="R-17")
    assert (payment.state, payment.reference, owed(ana)) == (PaymentState.CAPTURED, "R-17", -900)


def test_a_refund_goes_to_where_the_money_came_from_by_a_job() -> None:
    payment = paid_by_card()
    made = refund(payment, 2000)
    assert (made.state, refundable(payment)) == (RefundState.PENDING, euro(3000))
    asking.ask_for_refund(made.pk, clock)
    made.refresh_from_db()
    payment.refresh_from_db()
    assert (made.state, payment.refunded_minor, payment.refunding_minor) == (RefundState.DONE, 2000, 0)
    assert owed(payment.customer) == -3000
    asking.ask_for_refund(made.pk, clock)
    assert owed(payment.customer) == -3000
    with pytest.raises(NotPossible, match=r"At most €30.00"):
        refund(payment, 3001)
    check_now()
    told = EventRecord.objects.get(name="payments.refund_done")
    assert (told.payload["refund_id"], told.payload["document_type"]) == (made.pk, "order")


def test_a_refund_may_become_stored_value_of_the_same_customer_only() -> None:
    payment = paid_by_card()
    card = make_card(payment.customer)
    assert refund(payment, 1500, to=method_of(card)).state == RefundState.DONE
    assert (stored.balance(card), owed(payment.customer)) == (euro(1500), -3500)
    stranger = make_card(make_customer("Ben"))
    with pytest.raises(NotPossible, match="not the customer's"):
        refund(payment, 1, to=method_of(stranger))
    with pytest.raises(NotPossible, match="goes back to where"):
        refund(payment, 1, to=make_method(payment.customer))
    with pytest.raises(NotPossible, match="above nothing"):
        refund(payment, -1)
    with pytest.raises(NotPossible, match="in EUR"):
        give_back(payment, Money(1, "USD"), document=("order", 1), key="usd", at=NOW, by_name="Test")


def test_what_never_came_in_is_not_given_back() -> None:
    with pytest.raises(NotPossible, match="Nothing has come in"):
        refund(take(make_method(make_customer()), 100), 1)


def test_a_refund_the_bank_sent_back_is_owed_again() -> None:
    payment = paid_by_card()
    made = refund(payment, 2000)
    asking.ask_for_refund(made.pk, clock)
    for _said in range(2):
        note_refund_failed(*lock_refund(made.pk), "account closed", NOW)
    made.refresh_from_db()
    payment.refresh_from_db()
    assert (made.state, payment.refunded_minor, owed(payment.customer)) == (RefundState.FAILED, 0, -5000)
    assert refundable(payment) == euro(5000)
    check_now()


def test_the_same_key_is_the_same_refund() -> None:
    payment = paid_by_card()
    assert refund(payment, 100, key="r").pk == refund(payment, 100, key="r").pk
    assert refundable(payment) == euro(4900)
    with pytest.raises(NotPossible, match="Another refund"):
        refund(payment, 101, key="r")


def test_the_database_refuses_what_goes_round_the_program() -> None:
    payment = paid_by_card()
    Refund.objects.create(payment=payment, to=payment.method, minor=3000, key="a", **_by())
    with pytest.raises(IntegrityError, match="payment_refunded_at_most_captured"), transaction.atomic():
        Refund.objects.create(payment=payment, to=payment.method, minor=2001, key="b", **_by())
    Refund.objects.filter(key="a").update(state=RefundState.DONE)
    payment.refresh_from_db()
    assert (payment.refunded_minor, payment.refunding_minor) == (3000, 0)
    for change in ("state = 'pending'", "minor = 1", "key = 'c'"):
        with pytest.raises(DatabaseError, match="payments_refund_stands"), transaction.atomic():
            sql(f"update payments_refund set {change}")
    with pytest.raises(DatabaseError, match="payments_sums_fit"), transaction.atomic():
        sql("update payments_payment set refunded_minor = 0")
        check_now()
    for change in ("minor = 9999", "document_id = 7", "state = 'failed', captured_minor = 0", "captured_minor = 4000"):
        with pytest.raises(DatabaseError, match="payments_payment_stands"), transaction.atomic():
            sql(f"update payments_payment set {change}")
    with pytest.raises(IntegrityError, match="payment_captured_in_its_state"), transaction.atomic():
        Payment.objects.create(
            customer=payment.customer,
            method=payment.method,
            minor=5,
            currency="EUR",
            key="x",
            **{"state": PaymentState.CAPTURED, **_by()},
        )
    with pytest.raises(IntegrityError, match="payments_payment_key"), transaction.atomic():
        Payment.objects.create(
            customer=payment.customer,
            method=payment.method,
            minor=5,
            currency="EUR",
            **{"key": payment.key, **_by()},
        )
    Refund.objects.all().delete()
    payment.refresh_from_db()
    assert payment.refunded_minor == 0
    check_now()


def _by() -> dict[str, Any]:
    return {"document_type": "order", "document_id": 1, "made_at": NOW, "made_by_name": "Test"}


def test_no_number_of_a_card_is_ever_a_method() -> None:
    with pytest.raises(IntegrityError, match="no_card_number"), transaction.atomic():
        make_method(make_customer(), reference="4242424242424242")
    assert make_method(make_customer(), MethodKind.BANK, reference="ES9121000418450200051332").pk


def test_codes_of_cards_are_kept_as_a_hash_and_read_however_they_are_said() -> None:
    card, code = stored.new_card(None, "EUR", at=NOW, by_name="Test")
    assert code.replace("-", "").encode() not in bytes(card.code_hash)
    assert card.last4 == code[-4:]
    assert stored.find_by_code(f"  {code.lower().replace('-', ' ')} ") == card
    other = next(c for c in "ABC" if c != code[0])
    assert stored.read_code(other + code[1:]) == "", "one wrong character shows"
    assert stored.find_by_code(stored.make_code()) is None


def test_the_customer_is_told_truthfully_when_the_money_is_there() -> None:
    ana = make_customer()
    said = {timing(PaymentMethod(customer=ana, kind=kind)) for kind in MethodKind}
    assert len(said) == 5, "a card and a card terminal are the same"
    assert "working days" in timing(make_method(ana))


def test_a_payment_waits_longer_from_try_to_try() -> None:
    pauses = [pause_after(tries) for tries in (1, 2, 3, 9, 500)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=15), timedelta(hours=1))


def test_every_payment_and_refund_has_one_journal() -> None:
    payment = paid_by_card()
    made = refund(payment, 100)
    asking.ask_for_refund(made.pk, clock)
    keys = set(Journal.objects.values_list("key", flat=True))
    assert keys == {f"payment:{payment.pk}", f"refund:{made.pk}"}
