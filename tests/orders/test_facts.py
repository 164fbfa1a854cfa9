"""What guidelines can ask about orders, their goods and their money."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from onhand.catalogue.models import Category, CustomerGroup, GroupMember
from onhand.contacts.models import Promise
from onhand.guidelines.facts import customer_of
from onhand.invoicing.models import Document
from onhand.kernel.decisions import Question
from onhand.orders.models import Shipment, ShippedPiece
from onhand.payments.models import Payment
from tests.factories import make_actor
from tests.guidelines.asking import facts_of
from tests.orders.shop import (
    NOON,
    Shop,
    account_of,
    buyer,
    card_of,
    delivered,
    do,
    lines,
    place,
    read,
    ship,
    the_return,
    variants,
)

pytestmark = pytest.mark.django_db
FAR = NOON + timedelta(days=3)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_an_order_tells_its_state_and_total_wherever_an_act_on_it_begins(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 2)], card_of(ana))
    do("add_goodwill", order.pk, amount={"minor": 550, "currency": "EUR"}, reason="Late")
    told = facts_of("order", "order", order, at=FAR)
    assert told == {
        "order state": "delivered",
        "order currency": "EUR",
        "order total": 80,
        "days since ordered": 3,
        "days since shipped": 3,
        "days since delivered": 2,
        "days late": 0,
        "returns made": 0,
        "remedies on the order": 1,
        "goodwill on the order": told["goodwill on the order"],
        "order paid by": "stored_value",
    }
    assert str(told["goodwill on the order"]) == "5.50"
    assert facts_of("order", "order", order, at=NOON - timedelta(seconds=1))["days since shipped"] is None
    do("return_lines", order.pk, rows=[{"line": lines(order)[0].pk, "pieces": 1}], reason="damaged", at=FAR)
    payment = Payment.objects.get(document_type="order", document_id=order.pk)
    invoice = Document.objects.get(document_id=order.pk, kind="invoice")
    for kind, row in (("return", the_return(order)), ("payment", payment), ("document", invoice)):
        told = facts_of("order", kind, row, at=FAR)
        assert (told["order total"], told["returns made"]) == (80, 1), kind
    payment.document_type, payment.document_id = "document", invoice.pk
    assert facts_of("order", "payment", payment, at=FAR)["order total"] == 80
    payment.document_type = "customer"
    assert set(facts_of("order", "payment", payment, at=FAR).values()) == {None}
    assert set(facts_of("order", "customer", ana, at=FAR).values()) == {None}


def test_days_of_an_order_are_the_companys_over_a_change_of_clocks(shop: Shop, settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    arrived = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)  # the last second of the day before one of 23 hours
    Shipment.objects.filter(order=order).update(shipped_at=arrived - timedelta(hours=24), delivered_at=arrived)
    type(order).objects.filter(pk=order.pk).update(placed_at=arrived - timedelta(days=14))
    for seconds, since_delivered in (
        (0, 0),
        (1, 1),
        (23 * 3600, 1),
        (23 * 3600 + 1, 2),
        (13 * 86400 + 23 * 3600 + 1, 15),
    ):
        told = facts_of("order", "order", order, at=arrived + timedelta(seconds=seconds))
        assert told["days since delivered"] == since_delivered
        assert told["days since shipped"] == since_delivered + 1
        assert told["days since ordered"] == since_delivered + 14


def test_an_order_is_late_by_the_promise_that_was_kept_the_latest(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    made = {"customer": ana, "made_by_name": "Eva", "text": "It comes"}
    Promise.objects.create(made_at=NOON - timedelta(days=9), due_at=NOON - timedelta(days=8), **made)  # before it
    Promise.objects.create(made_at=NOON, due_at=FAR, called_off_at=FAR, **made)
    assert facts_of("order", "order", order, at=FAR + timedelta(days=40))["days late"] == 0
    Promise.objects.create(made_at=NOON, due_at=FAR, kept_at=FAR + timedelta(days=2), **made)
    for days, late in ((0, 0), (1, 1), (2, 2), (30, 2)):
        assert facts_of("order", "order", order, at=FAR + timedelta(days=days))["days late"] == late
    Promise.objects.create(made_at=NOON, due_at=FAR, **made)
    assert facts_of("order", "order", order, at=FAR + timedelta(days=30))["days late"] == 30


def test_what_is_open_of_an_order_is_what_was_not_paid_and_not_credited(shop: Shop) -> None:
    ana = buyer()
    order = place(ana, [(variants(shop.kettle)[0], 2)], (card_of(ana), 3000), (account_of(ana), 5000))
    assert facts_of("order", "order", order, at=NOON)["order paid by"] == "several"
    assert facts_of("order money", "order", order, at=NOON) == {"open amount": 50}
    ship(order)
    do("add_goodwill", order.pk, amount={"minor": 1000, "currency": "EUR"}, reason="Late", on_account=True)
    assert facts_of("order money", "order", read(order), at=NOON) == {"open amount": 40}
    other = place(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    do("cancel_order", other.pk, reason="other")
    assert facts_of("order money", "order", read(other), at=NOON) == {"open amount": 0}
    assert facts_of("order money", "customer", ana, at=NOON) == {"open amount": None}


def test_the_goods_are_those_an_act_names(shop: Shop) -> None:
    ana = buyer()
    for product, name in ((shop.kettle, "Kitchen"), (shop.chair, "Chairs")):
        type(product).objects.filter(pk=product.pk).update(category=Category.objects.create(name=name))
    order = delivered(ana, [(variants(shop.kettle)[1], 2), (variants(shop.chair)[0], 1)], card_of(ana))
    kettle, chair = lines(order)

    def told(kind: str = "order", subject: Any = order, at: datetime = FAR, **values: Any) -> dict[str, Any]:
        return facts_of("goods", kind, subject, at=at, values=values)

    assert told() == {
        "pieces": 3,
        "product category": "several",
        "list price": 100,
        "warranty left": None,
        "grade of the goods": None,
        "chosen remedy": None,
    }
    named = told(rows=[SimpleNamespace(line=kettle.pk, pieces=1)])
    assert (named["pieces"], named["product category"], named["list price"]) == (1, "Kitchen", 46)
    assert told(line=chair.pk)["product category"] == "Chairs"
    serial = ShippedPiece.objects.filter(line=kettle).values_list("serial", flat=True)[0]
    assert (told(serial=f" {serial.lower()} ")["product category"], told(serial=serial)["pieces"]) == ("Kitchen", 1)
    assert set(told(serial="SN-OF-NOBODY").values()) == {None}

    do("return_lines", order.pk, rows=[{"line": kettle.pk, "pieces": 2}], reason="damaged", at=FAR)
    back = the_return(order)
    assert (told("return", back)["product category"], told("return", back)["pieces"]) == ("Kitchen", 2)
    found = [SimpleNamespace(line=kettle.pk, pieces=2, grade=grade) for grade in ("opened", "broken", "used")]
    assert told("return", back, rows=found)["grade of the goods"] == "broken"

    ordered = told("customer", ana, rows=[SimpleNamespace(variant=variants(shop.chair)[0].pk, pieces=4)])
    assert (ordered["pieces"], ordered["product category"]) == (4, "Chairs")
    assert set(told("customer", ana).values()) == {None}


def test_the_warranty_ends_with_the_companys_day(shop: Shop, settings: Any) -> None:
    settings.ONHAND_TIME_ZONE = "Europe/Madrid"
    ana = buyer()
    order = delivered(ana, [(variants(shop.kettle)[0], 1)], card_of(ana))
    arrived = datetime(2026, 3, 28, 23, tzinfo=UTC)  # the first moment of a day of 23 hours: 29 March 2026
    Shipment.objects.filter(order=order).update(shipped_at=NOON, delivered_at=arrived)
    last = datetime(2028, 3, 29, 21, 59, 59, tzinfo=UTC)
    for at, left in (
        (arrived, (date(2028, 3, 29) - date(2026, 3, 29)).days),
        (last, 0),
        (last + timedelta(seconds=1), -1),
    ):
        assert facts_of("goods", "order", order, at=at)["warranty left"] == left


def test_a_return_tells_why_and_since_when(shop: Shop) -> None:
    ana = buyer()
    order = delivered(ana, [(variants(shop.chair)[0], 1)], card_of(ana))
    do("return_lines", order.pk, rows=[{"line": lines(order)[0].pk, "pieces": 1}], reason="damaged", at=FAR)
    back = the_return(order)
    told = facts_of("return", "return", back, at=FAR + timedelta(days=5))
    assert told == {"return reason": "damaged", "return kind": "return", "days since agreed": 5}
    question = Question(make_actor(), "tests.act", "return", back.pk, {}, FAR, back)
    assert customer_of(question) == ana.pk


def test_the_group_of_a_customer(shop: Shop) -> None:
    ana = buyer()
    assert facts_of("customer group", "customer", ana, at=NOON) == {"customer group": None}
    for name, told in (("Dealers", "Dealers"), ("Members", "several")):
        GroupMember.objects.create(group=CustomerGroup.objects.create(name=name), customer=ana)
        assert facts_of("customer group", "customer", ana, at=NOON) == {"customer group": told}
