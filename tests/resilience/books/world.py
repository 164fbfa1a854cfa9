"""A shop, its customers with what they pay with, and what is asked of it: at random, mostly what can be, sometimes anything."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, QuerySet

from onhand.catalogue.models import StockPlace, Variant
from onhand.coupons.models import Campaign, Coupon
from onhand.customers.models import Customer
from onhand.invoicing.models import Document
from onhand.kernel.money import Money
from onhand.orders.models import Order, OrderLine, Return, Shipment
from onhand.payments.enums import MethodKind, ProviderKind
from onhand.payments.models import Drawer, Payment, PaymentMethod, Refund, StoredValueCard
from onhand.payments.providers import locked_key, locked_webhook_secret
from tests import company
from tests.coupons.giving import make_campaign
from tests.orders.shop import NOON, Shop, account_of, buyer, card_of
from tests.payments.money import make_drawer, make_method, make_provider
from tests.payments.stripe_simulator import KEY, SECRET
from tests.resilience.books.bank import DEBIT

CUSTOMERS, STOCK = 6, 40
FIRST, LAST = date(2020, 1, 1), date(2099, 1, 1)
CODE = "SPRING"
GRADES = ("as_new", "opened", "used", "broken", "refused")
NOBODY = 999_999_999


@dataclass(frozen=True, slots=True)
class Wanted:
    """One act somebody asks for."""

    act: str
    subject: int
    arguments: dict[str, Any]


def make_world(provider: str) -> None:
    """
    What is there before anybody acts, with a payment provider at that address. Campaigns have so little budget, and goods so little stock,
    that they run out.
    """
    company.found(NOON - timedelta(days=1))
    shop = Shop(stock=STOCK)
    assert shop.place.is_active
    make_drawer()
    campaign = make_campaign(from_day=FIRST, until_day=LAST, per_customer=3, budget_minor=60_000)
    Coupon.objects.create(
        campaign=campaign,
        code=CODE,
        worth=campaign.worth,
        minor=campaign.minor,
        currency=campaign.currency,
        until=LAST,
        most_uses=8,
        given_at=NOON,
        given_by_name="Test",
    )
    Campaign.objects.filter(pk=campaign.pk).update(promised_minor=8 * campaign.minor)
    stripe = make_provider(
        ProviderKind.STRIPE,
        base_url=provider,
        api_key=locked_key(KEY),
        webhook_secret=locked_webhook_secret(SECRET),
        is_default=True,
    )
    for number in range(CUSTOMERS):
        one = buyer(f"Customer {number}")
        card_of(one, 150_000)
        card_of(one, 6_000)
        account_of(one)
        for kind in (MethodKind.TERMINAL, MethodKind.CARD, MethodKind.CASH):
            make_method(one, kind)
        there = {"provider": stripe, "outside_customer": f"cus_of_{number}"}
        make_method(one, MethodKind.CARD, reference=f"pm_of_{number}", **there)
        make_method(one, MethodKind.CARD, reference=f"{DEBIT}_of_{number}", **there)


class Asker:
    """Somebody who asks for acts, looking at what is there now; meanwhile others change it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def next(self) -> Wanted:
        """The next act to be asked for."""
        return self.chance.choices(list(ASKED), list(ASKED.values()))[0](self)

    def sane(self) -> bool:
        return self.chance.random() < 0.9

    def one(self, rows: "QuerySet[Any]") -> Any:
        """One of those rows; None if there is none."""
        count = rows.count()
        return rows.order_by("pk")[self.chance.randrange(count) :][:1].first() if count else None

    def order(self, **condition: Any) -> Order | None:
        found = self.one(Order.objects.filter(**(condition if self.sane() else {})).distinct())
        return found if isinstance(found, Order) else None

    def lines(self, order: Order | None, left: Callable[[OrderLine], int]) -> list[tuple[OrderLine, int]]:
        """One or two lines of an order of which something is left, with how many pieces are asked for."""
        rows = OrderLine.objects.filter(order=order).select_related("variant__product").order_by("number")
        fit = [line for line in rows if left(line) > 0]
        chosen = self.chance.sample(fit, min(len(fit), self.chance.choice((1, 1, 2))))
        return [(line, self.pieces(left(line))) for line in chosen]

    def pieces(self, most: int) -> int:
        return self.chance.randint(1, max(most, 1)) if self.sane() else self.chance.choice((0, -1, most + 1, 10**6))

    def money(self, most: int = 3_000) -> dict[str, Any]:
        minor = self.chance.randint(1, max(most, 1)) if self.sane() else self.chance.choice((0, -5, most * 3, 10**15))
        return Money(minor, "EUR" if self.sane() else "GBP").as_json()

    def method(self, customer: int | None, *kinds: str) -> int | None:
        found = PaymentMethod.objects.filter(is_active=True)
        if self.sane():
            found = found.filter(customer=customer)
        return number(self.one(found.filter(kind__in=kinds) if kinds else found))

    def drawer(self) -> int | None:
        return number(self.one(Drawer.objects.all()))

    def another(self, line: OrderLine) -> int:
        """Another variant of the product; sometimes any."""
        found = Variant.objects.exclude(pk=line.variant_id)
        return number(self.one(found.filter(product=line.variant.product_id) if self.sane() else found)) or NOBODY


def number(row: Any) -> int | None:
    """The id of a row, if there is one."""
    return None if row is None else int(row.pk)


def subject(row: Any) -> int:
    """The id of a row, or of none there is."""
    return number(row) or NOBODY


def there(line: OrderLine) -> int:
    return line.pieces


def unshipped(line: OrderLine) -> int:
    return 0 if line.is_held else line.pieces - line.shipped


def with_them(line: OrderLine) -> int:
    return line.delivered - line.returned - line.exchanged


UNSHIPPED = {"state__in": ["pending", "in_process"], "shipments__isnull": True}
DELIVERED = {"state__in": ["delivered", "return_requested", "exchange_requested"], "lines__delivered__gt": 0}
OPEN = {"state__in": ["in_process", "exchange_requested", "return_requested"]}
PLACED_BY = (
    *(MethodKind.STORED_VALUE, MethodKind.STORED_VALUE, MethodKind.ACCOUNT),
    *(MethodKind.TERMINAL, MethodKind.CARD, MethodKind.CARD),
)


def place_order(ask: Asker) -> Wanted:
    customer = ask.one(Customer.objects.all())
    rows = [
        {"variant": subject(ask.one(Variant.objects.all())), "pieces": ask.pieces(2)}
        for _row in range(ask.chance.choice((1, 1, 2, 3)))
    ]
    pay: list[dict[str, Any]] = [{"method": ask.method(customer.pk, ask.chance.choice(PLACED_BY)) or NOBODY}]
    if ask.chance.random() < 0.3:
        pay.insert(0, {"method": ask.method(customer.pk, MethodKind.STORED_VALUE) or NOBODY, "amount": ask.money()})
    more: dict[str, Any] = {name: ask.money(900) for name in ("shipping", "discount") if ask.chance.random() < 0.3}
    if ask.chance.random() < 0.4:
        own = Coupon.objects.filter(customer=customer, state="open").order_by("pk").first()
        more["coupon"] = own.code if own else CODE
    return Wanted("orders.place_order", customer.pk, {"rows": rows, "payments": pay, **more})


def ship(ask: Asker) -> Wanted:
    order = ask.order(**OPEN)
    rows = [
        {"line": line.pk, "pieces": pieces, "serials": serials(line, pieces)}
        for line, pieces in ask.lines(order, unshipped)
    ]
    return Wanted("orders.ship_order", subject(order), {"rows": rows, "carrier": "Correos"})


def serials(line: OrderLine, pieces: int) -> str:
    """Serial numbers, where a line's product has them. Who comes second with the same ones is to be refused."""
    if not line.variant.product.has_serial_numbers or not 0 < pieces < 50:
        return ""
    return " ".join(f"SN{line.pk}-{line.shipped + count}" for count in range(1, pieces + 1))


def deliver(ask: Asker) -> Wanted:
    shipment = ask.one(Shipment.objects.filter(**({"state": "underway"} if ask.sane() else {})))
    order = shipment.order_id if shipment else NOBODY
    return Wanted("orders.deliver_shipment", order, {"shipment": subject(shipment), "delivered_to": "Ana"})


def cancel(ask: Asker) -> Wanted:
    order = ask.order(**UNSHIPPED)
    to = ask.method(order.customer_id, MethodKind.STORED_VALUE) if order and ask.chance.random() < 0.3 else None
    return Wanted("orders.cancel_order", subject(order), {"reason": "other", "refund_to": to})


def cancel_pieces(ask: Asker) -> Wanted:
    order = ask.order(state__in=["pending", "in_process"])
    rows = [{"line": line.pk, "pieces": pieces} for line, pieces in ask.lines(order, unshipped)]
    to = ask.method(order.customer_id, MethodKind.STORED_VALUE) if order and ask.chance.random() < 0.3 else None
    return Wanted("orders.cancel_pieces", subject(order), {"rows": rows, "reason": "other", "refund_to": to})


def discount(ask: Asker) -> Wanted:
    order = ask.order(**UNSHIPPED)
    (line, _most), *_more = ask.lines(order, there) or [(None, 0)]
    given = {"amount": ask.money(900)} if ask.chance.random() < 0.5 else {"percent": "12.5"}
    return Wanted("orders.discount_line", subject(order), {"line": subject(line), "reason": "Late", **given})


def take_back_discount(ask: Asker) -> Wanted:
    order = ask.order(**UNSHIPPED, lines__own_discount_minor__gt=0)
    (line, _most), *_more = ask.lines(order, lambda one: one.own_discount_minor) or [(None, 0)]
    given = {"amount": ask.money(300) if ask.chance.random() < 0.5 else None, "method": payer(ask, order)}
    return Wanted("orders.take_back_discount", subject(order), {"line": subject(line), "reason": "Late", **given})


def change_lines(ask: Asker) -> Wanted:
    order = ask.order(**UNSHIPPED)
    rows = [{"line": line.pk, "pieces": ask.pieces(line.pieces + 2)} for line, _most in ask.lines(order, there)]
    return Wanted("orders.change_lines", subject(order), {"rows": rows, "method": payer(ask, order)})


def change_options(ask: Asker) -> Wanted:
    order = ask.order(**UNSHIPPED)
    rows = [{"line": line.pk, "variant": ask.another(line)} for line, _most in ask.lines(order, there)]
    return Wanted("orders.change_options", subject(order), {"rows": rows, "method": payer(ask, order)})


def payer(ask: Asker, order: Order | None) -> int | None:
    """None (as it was paid), or one of the customer's."""
    return None if order is None or ask.chance.random() < 0.5 else ask.method(order.customer_id)


def change_method(ask: Asker) -> Wanted:
    order = ask.order(**UNSHIPPED)
    method = ask.method(order.customer_id) if order else None
    return Wanted("orders.change_payment_method", subject(order), {"method": method or NOBODY})


def goodwill(ask: Asker) -> Wanted:
    given = {"amount": ask.money(), "reason": "Late", "on_account": ask.chance.random() < 0.5}
    return Wanted("orders.add_goodwill", subject(ask.order()), given)


def send_back(ask: Asker) -> Wanted:
    order = ask.order(**DELIVERED)
    rows = [{"line": line.pk, "pieces": pieces} for line, pieces in ask.lines(order, with_them)]
    return Wanted("orders.return_lines", subject(order), {"rows": rows, "reason": "other"})


def exchange(ask: Asker) -> Wanted:
    order = ask.order(**DELIVERED)
    rows = [
        {"line": line.pk, "pieces": pieces, "variant": ask.another(line)}
        for line, pieces in ask.lines(order, with_them)
    ]
    more = {"method": payer(ask, order), "at_once": ask.chance.random() < 0.5}
    return Wanted("orders.exchange_lines", subject(order), {"rows": rows, "reason": "other", **more})


def claim(ask: Asker) -> Wanted:
    order = ask.order(**DELIVERED)
    rows = [{"line": line.pk, "pieces": pieces} for line, pieces in ask.lines(order, with_them)[:1]]
    remedy = ask.chance.choice(("replace", "refund"))
    return Wanted("orders.claim_warranty", subject(order), {"rows": rows, "fault": "x", "remedy": remedy})


def receive(ask: Asker) -> Wanted:
    one = a_return(ask, "agreed")
    came = [
        {"line": row.line_id, "pieces": ask.pieces(row.pieces - row.received)}
        for row in (one.lines.all() if one else ())
    ]
    return Wanted("orders.receive_return", subject(one), {"rows": came})


def inspect(ask: Asker) -> Wanted:
    one = a_return(ask, "received")
    found = [
        {
            "line": row.line_id,
            "grade": ask.chance.choice(GRADES),
            "taken": ask.chance.choice((None, None, ask.pieces(row.received))),
            "deduction": ask.chance.choice((None, None, ask.money(500))),
        }
        for row in (one.lines.filter(received__gt=0) if one else ())
    ]
    return Wanted("orders.inspect_return", subject(one), {"rows": found})


def withdraw(ask: Asker) -> Wanted:
    return Wanted("orders.withdraw_return", subject(a_return(ask, "agreed")), {})


def a_return(ask: Asker, state: str) -> Return | None:
    found = ask.one(Return.objects.filter(state=state) if ask.sane() else Return.objects.all())
    return found if isinstance(found, Return) else None


def pay(ask: Asker) -> Wanted:
    customer = ask.one(Customer.objects.all())
    if ask.chance.random() < 0.4:
        cash = {"amount": ask.money(), "drawer": ask.drawer()}
        return Wanted("payments.take_cash", customer.pk, cash)
    method = ask.method(customer.pk, MethodKind.CARD, MethodKind.STORED_VALUE)
    return Wanted("payments.take_payment", customer.pk, {"method": method or NOBODY, "amount": ask.money()})


def refund(ask: Asker) -> Wanted:
    there_is = F("refunded_minor") + F("refunding_minor")
    payment = ask.one(Payment.objects.filter(**({"captured_minor__gt": there_is} if ask.sane() else {})))
    given: dict[str, Any] = {"amount": ask.money(payment.captured_minor if payment else 100), "drawer": ask.drawer()}
    if payment and ask.chance.random() < 0.3:
        given["to"] = ask.method(payment.customer_id, MethodKind.STORED_VALUE)
    return Wanted("payments.refund_payment", subject(payment), given)


def confirm(ask: Asker) -> Wanted:
    pending = ask.one(Refund.objects.filter(state="pending"))
    return Wanted("payments.confirm_refund", subject(pending), {"receipt": "R"})


def load(ask: Asker) -> Wanted:
    card = ask.one(StoredValueCard.objects.filter(customer__isnull=False))
    method = ask.method(card.customer_id, MethodKind.CARD) if ask.chance.random() < 0.5 else None
    return Wanted("payments.load_card", card.pk, {"amount": ask.money(9_000), "method": method})


def sell(ask: Asker) -> Wanted:
    given = {"amount": ask.money(9_000), "for_themselves": ask.chance.random() < 0.5}
    return Wanted("payments.sell_card", subject(ask.one(Customer.objects.all())), given)


def give_coupon(ask: Asker) -> Wanted:
    campaign = subject(ask.one(Campaign.objects.all()))
    customer = subject(ask.one(Customer.objects.all()))
    return Wanted("coupons.give_coupon", customer, {"campaign": campaign, "reason": "Late"})


def withdraw_coupon(ask: Asker) -> Wanted:
    coupon = ask.one(Coupon.objects.filter(customer__isnull=False, **({"state": "open"} if ask.sane() else {})))
    customer = coupon.customer_id if coupon else NOBODY
    return Wanted("coupons.withdraw_coupon", customer, {"coupon": subject(coupon), "reason": "Late"})


def credit(ask: Asker) -> Wanted:
    document = ask.one(Document.objects.filter(kind="invoice"))
    lines = document.lines.all() if document else ()
    rows = [{"line": line.pk, "amount": ask.money(max(line.left_minor, 1))} for line in lines][:1]
    return Wanted("invoicing.credit_lines", subject(document), {"rows": rows, "reason": "Scratched"})


def stock_up(ask: Asker) -> Wanted:
    place = subject(ask.one(StockPlace.objects.all()))
    rows = [{"variant": subject(ask.one(Variant.objects.all())), "pieces": ask.pieces(5)}]
    # The same delivery note comes again now and then: it is taken once.
    return Wanted("catalogue.receive_stock", place, {"rows": rows, "delivery": f"D{ask.chance.randrange(500)}"})


ASKED: dict[Callable[[Asker], Wanted], int] = {
    **dict.fromkeys((place_order, ship, deliver), 8),
    **dict.fromkeys((send_back, exchange, receive, inspect, pay, refund), 4),
    **dict.fromkeys((cancel_pieces, discount, take_back_discount), 2),
    **dict.fromkeys((cancel, change_lines, change_options, goodwill), 2),
    **dict.fromkeys((change_method, claim, withdraw, confirm, load, sell, credit, stock_up), 1),
    **dict.fromkeys((give_coupon, withdraw_coupon), 1),
}
