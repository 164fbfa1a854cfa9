"""Documents and bookings belong to the day it is where the company is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from onhand.invoicing.models import Document
from onhand.kernel.days import company_day, day_span
from onhand.ledger.models import Journal
from tests.orders.shop import Shop, account_of, buyer, faults, place, ship, variants

pytestmark = pytest.mark.django_db
MIDNIGHT_IN_MADRID = datetime(2026, 3, 10, 23, tzinfo=UTC)


@pytest.fixture
def in_madrid(settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"


@pytest.mark.usefixtures("in_madrid")
@pytest.mark.parametrize(
    ("before", "day"), [(timedelta(seconds=1), date(2026, 3, 10)), (timedelta(0), date(2026, 3, 11))]
)
def test_an_invoice_bears_the_companys_day(before: timedelta, day: date) -> None:
    ana = buyer()
    order = place(ana, [(variants(Shop().kettle)[0], 1)], account_of(ana))
    ship(order, at=MIDNIGHT_IN_MADRID - before)
    invoice = Document.objects.get(document_type="order", document_id=order.pk)
    assert invoice.issued_on == day
    assert Journal.objects.get(document_type="document", document_id=invoice.pk).booked_on == day
    assert not faults()


@pytest.mark.usefixtures("in_madrid")
@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 1), 24)])
def test_a_day_lasts_as_long_as_the_clocks_there_say(day: date, hours: int) -> None:
    begins, ends = day_span(day)
    assert (ends.astimezone(UTC) - begins.astimezone(UTC)) == timedelta(hours=hours)
    last = ends.astimezone(UTC) - timedelta(microseconds=1)
    assert company_day(begins) == company_day(last) == day
    assert company_day(ends) == day + timedelta(days=1)
