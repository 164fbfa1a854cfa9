"""The demo company's billing is right, and quickly made."""

from datetime import UTC, datetime

import pytest

from onhand.billing.demo import create_demo_billing
from onhand.billing.models import CustomerAccount, DunningStep, PaymentPlan
from onhand.catalogue.demo import create_demo_catalogue
from onhand.invoicing.models import Document
from onhand.ledger.checks import find_faults
from tests.factories import make_customer

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_the_demo_has_bills_arrears_and_plans_and_right_books() -> None:
    create_demo_catalogue(at=AT)
    for number in range(12):
        make_customer(f"Ana {number}", country="ES")
    create_demo_billing(at=AT)
    create_demo_billing(at=AT)
    accounts = CustomerAccount.objects.all()
    assert accounts.count() == 12
    assert not accounts.exclude(problem="").exists()
    assert Document.objects.filter(document_type="account").count() >= 36
    assert PaymentPlan.objects.filter(state="running").exists()
    assert DunningStep.objects.exists()
    assert list(find_faults()) == []
