"""Booking: what balances is written once with the balances it changes; everything else is refused by the database itself."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from hypothesis import given
from hypothesis import strategies as st

from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.balances import balance_of, balances_of, bookings_of
from onhand.ledger.chart import BANK, PROVIDER, RECEIVABLE, SALES, STORED_VALUE, TAX, register_role
from onhand.ledger.enums import AccountType, Side
from onhand.ledger.models import ClosedPeriod, Entry, Journal, LedgerAccount
from onhand.ledger.posting import AlreadyPostedError, Line, UnbalancedError, credit, debit, post, reverse
from tests.factories import make_customer
from tests.ledger.days import NOW, TODAY

numbers = count(1)


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def book(*lines: Line, key: str = "", customer_id: int | None = None) -> int:
    number = next(numbers)
    return post(
        "test",
        document=("test", number),
        key=key or f"test:{number}",
        lines=lines,
        at=NOW,
        booked_on=TODAY,
        customer_id=customer_id,
    )


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")


@pytest.mark.django_db
def test_a_booking_is_written_with_the_balances_it_changes() -> None:
    ana = make_customer("Ana").pk
    invoice = book(debit(RECEIVABLE, euro(12100), customer_id=ana), credit(SALES, euro(10000)), credit(TAX, euro(2100)))
    book(debit(PROVIDER, euro(12100)), credit(RECEIVABLE, euro(12000), customer_id=ana), credit(SALES, euro(100)))
    check_now()
    assert balance_of(RECEIVABLE, "EUR", customer_id=ana) == euro(100)
    assert [(one.role, one.amount) for one in balances_of([ana])] == [(RECEIVABLE, euro(100))]
    assert [one.amount for one in bookings_of([ana], RECEIVABLE)] == [euro(-12000), euro(12100)]
    assert [one.id for one in bookings_of([ana], RECEIVABLE, before=invoice + 1)] == [invoice]
    assert LedgerAccount.objects.get(role="sales").balance == 0, "accounts everybody books on are summed, not kept"


@pytest.mark.django_db
def test_lines_on_one_account_are_one_entry_and_nothing_is_none() -> None:
    ana = make_customer().pk
    number = book(
        debit(RECEIVABLE, euro(50), customer_id=ana),
        debit(RECEIVABLE, euro(25), customer_id=ana),
        credit(SALES, euro(75)),
        credit(TAX, euro(0)),
    )
    assert sorted(Entry.objects.filter(journal=number).values_list("amount", flat=True)) == [-75, 75]


@pytest.mark.django_db
def test_what_does_not_balance_is_a_fault_of_the_caller() -> None:
    with pytest.raises(UnbalancedError):
        book(debit(BANK, euro(10)), credit(SALES, euro(9)))
    with pytest.raises(UnbalancedError):
        book(debit(BANK, euro(10)), credit(SALES, Money(10, "USD")))
    with pytest.raises(UnbalancedError):
        book(debit(BANK, euro(0)), credit(SALES, euro(0)))
    with pytest.raises(UnbalancedError):
        book(debit(BANK, euro(10)), credit(BANK, euro(10)))
    with pytest.raises(UnbalancedError):
        debit(SALES, euro(1), customer_id=4)
    with pytest.raises(UnbalancedError):
        debit(RECEIVABLE, euro(1))
    assert not Journal.objects.exists()


@pytest.mark.django_db
def test_the_same_business_is_booked_once() -> None:
    book(debit(BANK, euro(10)), credit(SALES, euro(10)), key="payment:1")
    with pytest.raises(AlreadyPostedError), transaction.atomic():
        book(debit(BANK, euro(10)), credit(SALES, euro(10)), key="payment:1")


@pytest.mark.django_db
def test_a_journal_is_taken_back_once() -> None:
    ana = make_customer().pk
    number = book(debit(RECEIVABLE, euro(70), customer_id=ana), credit(SALES, euro(70)), customer_id=ana)
    back = reverse(number, document=("test", 1), key="back:1", at=NOW, booked_on=TODAY)
    assert balance_of(RECEIVABLE, "EUR", customer_id=ana) == euro(0)
    assert Journal.objects.get(pk=back).reverses_id == number
    with pytest.raises(AlreadyPostedError), transaction.atomic():
        reverse(number, document=("test", 1), key="back:2", at=NOW, booked_on=TODAY)
    with pytest.raises(UnbalancedError):
        reverse(10**9, document=("test", 1), key="back:3", at=NOW, booked_on=TODAY)


@pytest.mark.django_db
def test_a_gift_card_is_never_overdrawn() -> None:
    ana = make_customer().pk
    book(debit(BANK, euro(100)), credit(STORED_VALUE, euro(100), customer_id=ana, owner_id=7))
    with pytest.raises(NotPossible, match="not enough"), transaction.atomic():
        book(debit(STORED_VALUE, euro(101), customer_id=ana, owner_id=7), credit(SALES, euro(101)))
    with pytest.raises(NotPossible), transaction.atomic():
        book(debit(STORED_VALUE, euro(1), customer_id=ana, owner_id=8), credit(SALES, euro(1)))
    assert balance_of(STORED_VALUE, "EUR", customer_id=ana, owner_id=7) == euro(-100)


@pytest.mark.django_db
def test_the_database_refuses_what_goes_round_the_program() -> None:
    ana = make_customer().pk
    number = book(debit(RECEIVABLE, euro(70), customer_id=ana), credit(SALES, euro(70)))
    check_now()
    for statement in (
        "update ledger_entry set amount = amount + 1",
        "delete from ledger_entry",
        "truncate ledger_entry cascade",
        "update ledger_journal set text = 'other'",
        "delete from ledger_journal",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        Journal.objects.create(at=NOW, booked_on=TODAY, what="x", document_type="x", document_id=1, key="alone")
        check_now()
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        lonely = Journal.objects.create(at=NOW, booked_on=TODAY, what="x", document_type="x", document_id=1, key="off")
        bank = LedgerAccount.objects.create(role="bank", currency="EUR", is_kept=False)
        dollars = LedgerAccount.objects.create(role="bank", currency="USD", is_kept=False)
        Entry.objects.create(journal=lonely, account=bank, amount=5)
        Entry.objects.create(journal=lonely, account=dollars, amount=-5)
        check_now()
    assert Entry.objects.filter(journal=number).count() == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_is_added_to_a_journal_that_stands() -> None:
    number = book(debit(BANK, euro(10)), credit(SALES, euro(10)))
    with pytest.raises(IntegrityError, match="with their journal"):
        Entry.objects.create(journal_id=number, account=LedgerAccount.objects.get(role="bank"), amount=5)


@pytest.mark.django_db
def test_nothing_is_booked_into_a_closed_period() -> None:
    ClosedPeriod.objects.create(last_day=TODAY, closed_at=NOW, closed_by_name="Ana", totals=[])
    with pytest.raises(NotPossible, match="closed"), transaction.atomic():
        book(debit(BANK, euro(10)), credit(SALES, euro(10)))
    post(
        "test",
        document=("test", 1),
        key="tomorrow",
        lines=[debit(BANK, euro(10)), credit(SALES, euro(10))],
        at=NOW,
        booked_on=TODAY + timedelta(days=1),
    )


def test_roles_are_registered_once_and_sides_only_of_what_is_kept() -> None:
    with pytest.raises(TypeError):
        register_role("sales", "Sales", AccountType.INCOME)
    with pytest.raises(TypeError):
        register_role("test_loose", "Loose", AccountType.ASSET, side=Side.DEBIT)


AMOUNTS = st.integers(-(10**12), 10**12)


@pytest.mark.django_db
@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), AMOUNTS), min_size=1, max_size=12))
def test_balances_are_the_sum_of_entries_whatever_is_booked(bookings: list[tuple[int, int]]) -> None:
    with transaction.atomic():
        people = [make_customer().pk for _ in range(3)]
        owed = [0, 0, 0]
        for who, amount in bookings:
            if amount:
                book(debit(RECEIVABLE, euro(amount), customer_id=people[who]), credit(SALES, euro(amount)))
                owed[who] += amount
        check_now()
        assert [balance_of(RECEIVABLE, "EUR", customer_id=one).minor for one in people] == owed
        transaction.set_rollback(True)
