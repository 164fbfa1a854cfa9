"""The proof finds nothing where all is right, and what somebody did to the tables behind the program's back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from onhand.kernel.perform import perform
from onhand.ledger.checks import find_faults
from onhand.payments import asking, deposits
from onhand.payments.bank.bringing_in import bring_in
from onhand.payments.bank.matching import match_statement
from onhand.payments.enums import MethodKind
from onhand.payments.models import Deposit
from tests.factories import make_actor, make_customer
from tests.payments.money import NOW, TODAY, make_card, make_drawer, make_method, method_of, refund, take

pytestmark = pytest.mark.django_db


def business() -> None:
    """Something of everything."""
    ana = make_customer("Ana Prieto")
    make_drawer()
    paid = take(make_method(ana), 5000)
    asking.ask_for_payment(paid.pk, lambda: NOW)
    asking.ask_for_refund(refund(paid, 1500).pk, lambda: NOW)
    refund(paid, 500, to=method_of(make_card(ana, 900)))
    refund(paid, 100)
    take(make_method(ana, MethodKind.CASH), 333)
    take(make_method(ana), 1313)
    deposit = Deposit.objects.create(
        customer=ana,
        minor=10000,
        currency="EUR",
        reason="x",
        asked_at=NOW,
        asked_by_name="Test",
        interest_percent=2,
    )
    deposits.hold(deposit, NOW)
    deposits.add_interest(deposit, TODAY + timedelta(days=100), NOW)
    deposit.save()
    do: dict[str, Any] = {"actor": make_actor(), "at": NOW, "subject_id": deposit.pk}
    perform("payments.apply_deposit", arguments={"amount": {"minor": 55, "currency": "EUR"}}, **do)
    content = f"Date,Amount,Name,Text\n2026-03-09,5.00,Prieto,{ana.reference}\n2026-03-09,7.00,Nobody,x\n2026-03-09,-2,Fee,y\n"
    one = bring_in(actor=make_actor(), file_name="a.csv", content=content.encode(), at=NOW)
    match_statement(one.pk, lambda: NOW)


def faults() -> set[str]:
    return {key for key, _line in find_faults()}


def test_all_is_right_after_all_kinds_of_business() -> None:
    business()
    assert list(find_faults()) == []


@pytest.mark.parametrize(
    ("statement", "key"),
    [
        ("update payments_payment set captured_minor = captured_minor - 1 where captured_minor = 5000", "payments"),
        ("update payments_payment set refunded_minor = refunded_minor + 1 where captured_minor = 5000", "payments"),
        ("update payments_refund set minor = minor + 1 where state = 'done' and minor = 1500", "payments"),
        ("delete from payments_refund where state = 'done' and minor = 500", "payments"),
        ("update payments_storedvaluecard set currency = 'USD'", "stored_value"),
        ("update payments_storedvaluecard set state = 'cancelled'", "stored_value"),
        ("update payments_deposit set interest_minor = interest_minor + 1", "deposits"),
        ("update payments_bankline set state = 'unmatched', payment_id = null where minor = 500", "bank_lines"),
    ],
)
def test_what_was_changed_behind_the_program_is_found(statement: str, key: str) -> None:
    business()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
        for table in ("payments_payment", "payments_refund"):
            cursor.execute(f"alter table {table} disable trigger user")  # as an owner of the database can
        cursor.execute(statement)
    assert faults() == {key}
