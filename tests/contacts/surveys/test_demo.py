"""The demo company has figures to look at."""

from datetime import timedelta

import pytest
from django.db.models import Count, Q

from onhand.contacts.surveys.figures import read_figures
from onhand.contacts.surveys.models import Survey
from onhand.customers.demo.loading import load_company
from onhand.staff.demo import create_demo_staff
from tests.factories import NOON, make_actor
from tests.factories.staff import PASSWORD


@pytest.mark.django_db(transaction=True)
def test_the_demos_customers_were_asked_and_some_answered() -> None:
    create_demo_staff(at=NOON, password=PASSWORD)
    load_company(customers=300, seed=4, at=NOON)
    found = read_figures(make_actor(), weeks=52, at=NOON)
    assert found.all.asked > 100
    assert found.all.mean is not None
    assert 3 < found.all.mean.value < 4.6
    assert len([line for line in found.representatives if line.mean]) > 1
    assert len([line for line in found.teams if line.name]) > 1
    often = Survey.objects.values("customer").annotate(
        many=Count("pk", filter=Q(asked_at__gt=NOON - timedelta(days=29)))
    )
    assert max(one["many"] for one in often) == 1
    assert not Survey.objects.exclude(nonce=b"").exists()
    assert not Survey.objects.filter(answered_at__gt=NOON).exists()
