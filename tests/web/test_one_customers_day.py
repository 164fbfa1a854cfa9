"""
One customer, one day, all of it over REST by a service account: an order placed and paid, its address changed, a line exchanged with the
difference on a gift card, another returned with label and credit note, a wrong charge explained and put right, a payment plan agreed, a
coupon given and used. The dispute file shows it, the books balance to the cent, and what a person is refused the program is refused too.
"""

import json
from datetime import timedelta
from html import unescape
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
from onhand.kernel.acts import get_act
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.ledger.checks import find_faults
from onhand.ledger.totals import trial_balance
from onhand.orders.labels import label_html
from onhand.orders.models import Order, Return
from onhand.payments.models import Payment, PaymentMethod
from onhand.payments.stored import balance
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Role
from onhand.web.act_forms import values_of
from onhand.web.desk.act_views import act_address
from tests.billing.accounts import make_plan, make_tariff, use
from tests.coupons.giving import make_campaign
from tests.factories.callers import make_token
from tests.factories.staff import make_person
from tests.orders.shop import Shop, buyer, card_of, lines, place, variants

keys = count(1)
MOST_GOODWILL = 2_000  # cents their role allows at once


class Program:
    """
    A service account that acts over REST, and a person of the same role at the desk; `refused` says what both are refused with, in the
    same words.
    """

    def __init__(self) -> None:
        service = make_person("administrator", kind=RepresentativeKind.SERVICE)
        Role.objects.filter(pk=service.role_id).update(limits={"orders.add_goodwill": {"EUR": MOST_GOODWILL}})
        self.client = Client(headers={"Authorization": f"Bearer {make_token(service)}"})
        self.person = Client()
        self.person.force_login(make_person("administrator", name="Lena Fischer"))

    def ask(self, name: str, subject: int | None, way: str = "", key: str = "", **arguments: Any) -> Any:
        body = {"arguments": arguments} | ({"subject_id": subject} if subject else {})
        headers = {"Idempotency-Key": key or f"day-{next(keys)}"}
        address = f"/api/v1/acts/{name}{way}"
        return self.client.post(address, json.dumps(body), content_type="application/json", headers=headers)

    def type(self, name: str, subject: int, key: str = "", **arguments: Any) -> Any:
        """The same by the form of the act, as somebody fills it in and confirms."""
        act, boxes = get_act(name), {"idempotency_key": key or f"typed-{next(keys)}"}
        for one in act.fields:
            boxes |= values_of(one, arguments[one.name]) if one.name in arguments else {}  # type: ignore[arg-type]
        return self.person.post(act_address(act, subject), {box: value for box, value in boxes.items() if value != ""})

    def act(self, name: str, subject: int | None, **arguments: Any) -> dict[str, Any]:
        answer = self.ask(name, subject, **arguments)
        assert answer.status_code in (200, 201), (name, answer.content)
        found: dict[str, Any] = answer.json()
        return found

    def refused(self, name: str, subject: int, *, status: int = 422, key: str = "", **arguments: Any) -> str:
        """Ask both; what they are told. Nothing has changed by it."""
        before = trial_balance(), ActRecord.objects.count()
        answer = self.ask(name, subject, key=key, **arguments)
        assert answer.status_code == status, (name, answer.status_code, answer.content)
        error = answer.json()
        told = [message for messages in error["fields"].values() for message in messages] or [error["message"]]
        shown = self.type(name, subject, key=key, **arguments)
        assert shown.status_code == (422 if status == 403 else status), (name, shown.status_code)
        seen = unescape(shown.content.decode())
        for message in told if status != 404 else ():  # the desk has one page for all that is not there
            assert message in seen, (name, message)
        assert (trial_balance(), ActRecord.objects.count()) == before
        return " ".join(told)


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
    ben = buyer("Ben")
    bens = card_of(ben)
    bens_order = place(ben, [(chair, 1)], bens, at=timezone.now())
    assert "this customer's payment methods" in program.refused(
        "orders.place_order", ana.pk, rows=rows, payments=[{"method": bens.pk}]
    )
    poor = card_of(ana, 100)
    assert "1.00" in program.refused("orders.place_order", ana.pk, rows=rows, payments=[{"method": poor.pk}])
    none = [{"variant": small.pk, "pieces": 99}]
    program.refused("orders.place_order", ana.pk, rows=none, payments=[{"method": card.pk}])
    paying = {"rows": rows, "payments": [{"method": card.pk}]}
    placed = program.act("orders.place_order", ana.pk, key="placed-once", **paying)
    assert program.act("orders.place_order", ana.pk, key="placed-once", **paying)["record_id"] == placed["record_id"]
    order = Order.objects.get(customer=ana)
    other = {"rows": none, "payments": [{"method": card.pk}]}
    assert (
        program.ask("orders.place_order", ana.pk, key="placed-once", **other).json()["code"] == "idempotency_key_reused"
    )
    theirs = {"document_type": "order", "document_id": bens_order.pk, "method": card.pk, "amount": euro(100)}
    assert "not the customer's" in program.refused("payments.take_payment", ana.pk, **theirs)
    program.refused("orders.cancel_order", 999_999_999, status=404, reason="other")
    (payment,) = Payment.objects.filter(document_type="order", document_id=order.pk)
    assert "140.00" in program.refused("payments.refund_payment", payment.pk, amount=euro(14_001))
    program.refused("payments.refund_payment", payment.pk, amount=euro(100), to=bens.pk)
    for wrong in (euro(0), euro(-100), Money(100, "GBP").as_json()):
        program.refused("payments.refund_payment", payment.pk, amount=wrong)
    address = {"address_lines": "Calle Mayor 5", "postal_code": "28013", "city": "Madrid", "country": "ES"}
    program.act("orders.change_address", order.pk, **address)
    first, second = lines(order)
    sent = [{"line": one.pk, "pieces": 1, "serials": _serial(one.variant.product, one.pk)} for one in (first, second)]
    program.act("orders.ship_order", order.pk, rows=sent, carrier="Correos", tracking="PK1")
    shipment = order.shipments.get()
    program.act("orders.deliver_shipment", order.pk, shipment=shipment.pk, delivered_to="Ana Prieto")
    program.refused("orders.cancel_order", order.pk, reason="other")
    program.refused("orders.change_address", order.pk, **address)

    foreign = [{"line": lines(bens_order)[0].pk, "pieces": 1}]
    program.refused("orders.return_lines", order.pk, rows=foreign, reason="other")
    assert "1" in program.refused(
        "orders.return_lines", order.pk, rows=[{"line": first.pk, "pieces": 2}], reason="other"
    )

    # One line exchanged, the difference on a gift card.
    before = _balance(gift)
    for to, paid_by in ((chair, gift), (small, gift), (large, bens)):
        wrong_one = {"rows": [{"line": first.pk, "pieces": 1, "variant": to.pk}], "method": paid_by.pk}
        program.refused("orders.exchange_lines", order.pk, **wrong_one, reason="does_not_fit")
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
    label = program.client.get(f"/api/v1/returns/{back.pk}/label?reason=for the customer")
    assert (label.status_code, label["Content-Type"], label.content[:5]) == (200, "application/pdf", b"%PDF-")
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
    explained = program.client.get(f"/api/v1/documents/{bill.pk}?reason=the customer asks").json()
    assert "Used: 300 kWh." in str(explained["lines"])
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
    foreign_code = {**again, "payments": [{"method": bens.pk}]}
    program.refused("orders.place_order", ben.pk, **foreign_code)
    program.act("orders.place_order", ana.pk, **again)
    assert "used" in str(program.refused("orders.place_order", ana.pk, **again))

    # Above what their role allows, and a key used again: once for the same, refused for anything else.
    sorry: dict[str, Any] = {"reason": "It came late.", "on_account": True}
    beyond = program.refused("orders.add_goodwill", order.pk, status=403, amount=euro(MOST_GOODWILL + 1), **sorry)
    assert "20.00" in beyond
    for _time in range(2):
        program.act("orders.add_goodwill", order.pk, key="sorry-once", amount=euro(100), **sorry)
        assert (
            program.type("orders.add_goodwill", order.pk, key="sorry-once", amount=euro(100), **sorry).status_code < 400
        )
    assert ActRecord.objects.filter(act="orders.add_goodwill").count() == 2, "one of the program, one of the person"
    program.refused("orders.add_goodwill", order.pk, status=409, key="sorry-once", amount=euro(200), **sorry)

    # What a person sees of it, and whether it is right.
    dispute = program.person.get(f"/orders/{order.pk}/dispute/").content.decode()
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
