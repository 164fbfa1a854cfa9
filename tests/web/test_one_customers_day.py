"""
One customer, one day, all of it over REST by a service account: an order placed and paid, its address changed, a line exchanged with the
difference on a gift card, another returned with label and credit note, a wrong charge explained and put right, a payment plan agreed, a
coupon given and used. The dispute file shows it, the books balance to the cent, and what a person is refused the program is refused too.
"""

import json
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from onhand.billing.billing_accounts import bill_accounts
from onhand.billing.models import CustomerAccount, PaymentPlan, Subscription
from onhand.catalogue.models import Product
from onhand.coupons.models import Coupon
from onhand.invoicing.models import Document
from onhand.kernel.money import Money
from onhand.ledger.checks import find_faults
from onhand.ledger.totals import trial_balance
from onhand.orders.labels import label_html
from onhand.orders.models import Order, Return
from onhand.payments.models import PaymentMethod
from onhand.payments.stored import balance
from onhand.staff.enums import RepresentativeKind
from tests.billing.accounts import make_plan, make_tariff, use
from tests.coupons.giving import make_campaign
from tests.factories.callers import make_token
from tests.factories.staff import make_person
from tests.orders.shop import Shop, buyer, card_of, lines, variants

keys = count(1)


class Program:
    """A service account that acts over REST; `refused` says what it is refused with."""

    def __init__(self) -> None:
        service = make_person("administrator", kind=RepresentativeKind.SERVICE)
        self.client = Client(headers={"Authorization": f"Bearer {make_token(service)}"})

    def ask(self, name: str, subject: int | None, way: str = "", **arguments: Any) -> Any:
        body = {"arguments": arguments} | ({"subject_id": subject} if subject else {})
        key = {"Idempotency-Key": f"day-{next(keys)}"}
        address = f"/api/v1/acts/{name}{way}"
        return self.client.post(address, json.dumps(body), content_type="application/json", headers=key)

    def act(self, name: str, subject: int | None, **arguments: Any) -> dict[str, Any]:
        answer = self.ask(name, subject, **arguments)
        assert answer.status_code in (200, 201), (name, answer.content)
        found: dict[str, Any] = answer.json()
        return found

    def refused(self, name: str, subject: int, **arguments: Any) -> dict[str, Any]:
        before = trial_balance()
        answer = self.ask(name, subject, **arguments)
        assert answer.status_code == 422, (name, answer.status_code, answer.content)
        assert trial_balance() == before
        found: dict[str, Any] = answer.json()
        return found


def euro(minor: int) -> dict[str, Any]:
    return Money(minor, "EUR").as_json()


@pytest.mark.django_db(transaction=True)
def test_one_customers_day_over_rest_leaves_the_books_right() -> None:
    program, shop, ana = Program(), Shop(), buyer()
    card, gift = card_of(ana, 100_000), card_of(ana, 5_000)
    small, large, _cheap = variants(shop.kettle)
    chair = variants(shop.chair)[0]
    rows = [{"variant": small.pk, "pieces": 1}, {"variant": chair.pk, "pieces": 1}]

    # Ordered, paid, sent elsewhere.
    program.refused("orders.place_order", ana.pk, rows=rows, payments=[{"method": card_of(buyer("Ben")).pk}])
    program.act("orders.place_order", ana.pk, rows=rows, payments=[{"method": card.pk}])
    order = Order.objects.get()
    address = {"address_lines": "Calle Mayor 5", "postal_code": "28013", "city": "Madrid", "country": "ES"}
    program.act("orders.change_address", order.pk, **address)
    first, second = lines(order)
    sent = [{"line": one.pk, "pieces": 1, "serials": _serial(one.variant.product, one.pk)} for one in (first, second)]
    program.act("orders.ship_order", order.pk, rows=sent, carrier="Correos", tracking="PK1")
    shipment = order.shipments.get()
    program.act("orders.deliver_shipment", order.pk, shipment=shipment.pk, delivered_to="Ana Prieto")
    program.refused("orders.cancel_order", order.pk, reason="other")
    program.refused("orders.change_address", order.pk, **address)

    # One line exchanged, the difference on a gift card.
    before = _balance(gift)
    exchange = {"line": first.pk, "pieces": 1, "variant": large.pk}
    seen = program.ask(
        "orders.exchange_lines", order.pk, "/preview", rows=[exchange], reason="does_not_fit", method=gift.pk
    ).json()
    assert seen["after"]["due"] == euro(600)
    program.act("orders.exchange_lines", order.pk, rows=[exchange], reason="does_not_fit", method=gift.pk)
    assert before - _balance(gift) == 600
    program.refused("orders.return_lines", order.pk, rows=[{"line": first.pk, "pieces": 1}], reason="other")

    # The other one returned: label, inspection, credit note.
    program.act("orders.return_lines", order.pk, rows=[{"line": second.pk, "pieces": 1}], reason="changed_mind")
    for one in Return.objects.order_by("pk"):
        (piece,) = one.lines.all()
        program.act("orders.receive_return", one.pk, rows=[{"line": piece.line_id, "pieces": 1}])
        found = [{"line": piece.line_id, "grade": "as_new"}]
        program.act("orders.inspect_return", one.pk, rows=found)
    back = Return.objects.latest("pk")
    kinds = [one.kind for one in Document.objects.filter(document_type="order", document_id=order.pk).order_by("pk")]
    assert kinds == ["invoice", "credit_note", "credit_note"]

    # A charge that was wrong, explained and put right; what is left is paid in parts.
    plan = make_plan()
    make_tariff(plan)
    program.act("billing.open_account", ana.pk, billing_day=1)
    account = CustomerAccount.objects.get()
    today = timezone.localdate()
    start = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    program.act("billing.start_subscription", account.pk, plan=plan.pk, start_on=start.isoformat())
    subscription = Subscription.objects.get()
    use(subscription, "300", start + timedelta(days=3))
    CustomerAccount.objects.update(next_bill_on=today)
    with transaction.atomic():
        bill_accounts([account.pk], day=today, at=timezone.now())
    bill = Document.objects.filter(kind="invoice").latest("pk")
    facts = {"from_day": start.isoformat(), "until_day": today.replace(day=1).isoformat(), "usage": "100"}
    program.act("billing.put_right", subscription.pk, **facts, reason="Meter read wrong")
    assert Document.objects.latest("pk").counters_id == bill.pk
    program.refused("billing.put_right", subscription.pk, **facts, reason="Again")
    first_on = (today + timedelta(days=5)).isoformat()
    program.act("billing.agree_payment_plan", account.pk, parts=3, first_on=first_on)
    program.refused("billing.agree_payment_plan", account.pk, parts=3, first_on=first_on)
    assert PaymentPlan.objects.get().instalments.count() == 3

    # A coupon, given and used once.
    campaign = make_campaign(from_day=today - timedelta(days=1), until_day=today + timedelta(days=9), minor=1000)
    program.act("coupons.give_coupon", ana.pk, campaign=campaign.pk, reason="It came late.")
    code = Coupon.objects.get().code
    again = {"rows": [{"variant": small.pk, "pieces": 1}], "payments": [{"method": card.pk}], "coupon": code}
    program.act("orders.place_order", ana.pk, **again)
    assert "used" in str(program.refused("orders.place_order", ana.pk, **again))

    # What a person sees of it, and whether it is right.
    person = Client()
    person.force_login(make_person("administrator", name="Lena Fischer"))
    dispute = person.get(f"/orders/{order.pk}/dispute/").content.decode()
    for words in ("Placed", "Correos", back.reference, "Credit note"):
        assert words in dispute
    assert back.reference in label_html(back)
    assert list(find_faults()) == []
    assert sum(one.balance for one in trial_balance()) == 0
    assert {one.currency for one in trial_balance()} == {"EUR"}


def _serial(product: Product, number: int) -> str:
    return f"SN{number}" if product.has_serial_numbers else ""


def _balance(method: PaymentMethod) -> int:
    assert method.card is not None
    return balance(method.card).minor
