"""The demo company's customers have something to pay with, once, and the books are right."""

import pytest

from onhand.ledger.checks import find_faults
from onhand.payments import stored
from onhand.payments.demo import create_demo_payments
from onhand.payments.models import Deposit, Payment, PaymentMethod, StoredValueCard
from tests.factories import make_customer
from tests.payments.money import NOW


@pytest.mark.django_db
def test_demo_customers_have_something_to_pay_with() -> None:
    for _one in range(13):
        make_customer()
    assert create_demo_payments(at=NOW) == 13
    assert create_demo_payments(at=NOW) == 0
    assert PaymentMethod.objects.count() == 13 + 3
    assert {stored.balance(card).minor for card in StoredValueCard.objects.all()} == {5000}
    assert set(Deposit.objects.values_list("state", flat=True)) == {"held"}
    assert Payment.objects.count() == 3 + 2
    assert list(find_faults()) == []
