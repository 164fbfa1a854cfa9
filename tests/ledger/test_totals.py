"""Totals by day are exact at every moment, whatever was summed up already, also in a restored database; checks find what is wrong."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction

from onhand.kernel.database import run_prepared
from onhand.kernel.errors import ArgumentsInvalid, NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.ledger.chart import BANK, RECEIVABLE, SALES
from onhand.ledger.checks import books_check, check_books, forget_check
from onhand.ledger.models import BooksCheck, ClosedPeriod, DayTotal, Journal
from onhand.ledger.posting import credit, debit, post
from onhand.ledger.tasks import check_all_books, sum_up_totals
from onhand.ledger.totals import make_anew, sum_up, trial_balance
from tests.factories import make_actor, make_customer
from tests.ledger.days import NOW, TODAY

COUNT_UP = iter(range(1, 10**6))


def sell(minor: int, *, days_ago: int = 0, currency: str = "EUR") -> None:
    number = next(COUNT_UP)
    post(
        "sale",
        document=("test", number),
        key=f"sale:{number}",
        lines=[debit(BANK, Money(minor, currency)), credit(SALES, Money(minor, currency))],
        at=NOW,
        booked_on=TODAY - timedelta(days=days_ago),
    )


def balances(on: object = None) -> dict[tuple[str, str], int]:
    return {(one.role.key, one.currency): one.balance for one in trial_balance(on)}  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_the_trial_balance_is_exact_before_and_after_summing_up() -> None:
    sell(100, days_ago=40)
    sell(250)
    assert balances() == {("bank", "EUR"): 350, ("sales", "EUR"): -350}
    sum_up()
    sell(5, currency="USD")
    sell(1)
    now = {("bank", "EUR"): 351, ("sales", "EUR"): -351, ("bank", "USD"): 5, ("sales", "USD"): -5}
    assert balances() == now
    for _ in range(3):
        sum_up_totals(0)
        assert balances() == now
    assert balances(TODAY - timedelta(days=1)) == {("bank", "EUR"): 100, ("sales", "EUR"): -100}
    assert DayTotal.objects.count() == 6
    assert check_books(NOW).faults == []


@pytest.mark.django_db(transaction=True)
def test_a_restored_database_numbers_its_transactions_anew_and_sums_up_anew() -> None:
    sell(100)
    sum_up()
    # As after a restore: the numbers of old transactions are those of another server, higher than any here.
    run_prepared("alter table ledger_journal disable trigger user")
    run_prepared("update ledger_journal set xact = xact + 1000000")
    run_prepared("alter table ledger_journal enable trigger user")
    run_prepared("update ledger_totalsposition set xact = xact + 1000000, system = 'another'")
    sell(30)
    sum_up()
    sell(7)
    assert balances() == {("bank", "EUR"): 137, ("sales", "EUR"): -137}
    sum_up()
    assert balances() == {("bank", "EUR"): 137, ("sales", "EUR"): -137}
    assert check_books(NOW).fault_count == 0


@pytest.mark.django_db(transaction=True)
def test_who_books_while_totals_are_made_is_counted_once() -> None:
    make_anew()
    stop = threading.Event()

    def book() -> None:
        try:
            while not stop.is_set():
                sell(1)
        finally:
            connection.close()

    people = [threading.Thread(target=book) for _ in range(3)]
    for one in people:
        one.start()
    try:
        for turn in range(20):
            (make_anew if turn % 7 == 3 else sum_up)()
    finally:
        stop.set()
        for one in people:
            one.join()
    sum_up()
    booked = Journal.objects.count()
    assert booked > 0
    assert balances() == {("bank", "EUR"): booked, ("sales", "EUR"): -booked}
    assert check_books(NOW).fault_count == 0


@pytest.mark.django_db
def test_checks_find_what_was_changed_behind_the_ledgers_back() -> None:
    ana = make_customer().pk
    post(
        "card",
        document=("test", 1),
        key="card",
        lines=[debit(BANK, Money(50, "EUR")), credit(RECEIVABLE, Money(50, "EUR"), customer_id=ana)],
        at=NOW,
        booked_on=TODAY,
    )
    assert check_books(NOW).fault_count == 0
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table ledger_entry disable trigger user")
        cursor.execute("update ledger_entry set amount = amount - 1 where amount < 0")
        cursor.execute("alter table ledger_entry enable trigger user")
    found = check_books(NOW)
    assert found.fault_count == 2
    assert any("journals: journal" in line for line in found.faults)
    assert any("(receivable) holds -50, its entries -51" in line for line in found.faults)


@pytest.mark.django_db
def test_other_apps_register_checks_of_their_own() -> None:
    def wrong() -> Iterator[str]:
        yield "payment 12 is not booked"

    books_check("test")(wrong)
    try:
        with pytest.raises(TypeError):
            books_check("test")(wrong)
        check_all_books(int(NOW.timestamp()))
        assert BooksCheck.objects.get().faults == ["test: payment 12 is not booked"]
    finally:
        forget_check("test")


@pytest.mark.django_db
def test_close_period_closes_for_ever() -> None:
    sell(100, days_ago=40)
    sell(20)
    last = TODAY - timedelta(days=30)
    outcome = perform(
        "ledger.close_period", actor=make_actor(), subject_id=None, arguments={"last_day": last.isoformat()}, at=NOW
    )
    period = ClosedPeriod.objects.get(pk=outcome.subject_id or 0)
    assert period.totals == [
        {"role": "bank", "currency": "EUR", "debit": 100, "credit": 0},
        {"role": "sales", "currency": "EUR", "debit": 0, "credit": 100},
    ]
    with pytest.raises(NotPossible), transaction.atomic():
        sell(5, days_ago=31)
    for wrong in (last, TODAY, TODAY + timedelta(days=1)):
        with pytest.raises((NotPossible, ArgumentsInvalid)):
            perform(
                "ledger.close_period",
                actor=make_actor(),
                subject_id=None,
                arguments={"last_day": wrong.isoformat()},
                at=NOW,
            )
