"""The demo company's orders: some in every state, with shipments, returns, exchanges and a dispute, made by the acts themselves."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from onhand.catalogue.demo import RATES
from onhand.catalogue.enums import PlaceKind
from onhand.catalogue.models import Stock, Variant
from onhand.customers.models import Customer
from onhand.kernel.actor import Via, system_actor
from onhand.kernel.errors import ActError
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.orders.models import Order, OrderLine, Return, Shipment
from onhand.orders.placing import DAYS_TO_RETURN
from onhand.orders.releasing import complete
from onhand.payments.enums import MethodKind
from onhand.payments.models import PaymentMethod
from onhand.staff.demo import DOMAIN
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for

SEED = 20260102
MOST, LEAST = 60, 14
ONE_IN = 8  # customers
CARRIERS = ("Correos", "SEUR", "DHL", "Royal Mail")
LEAST_FREE = 12


class Seller:
    """Sells to one customer, as somebody of the demo company, at moments of the past."""

    def __init__(self, customer: Customer, goods: list[Variant], chance: random.Random, now: datetime) -> None:
        self.customer, self.goods, self.chance, self.now = customer, goods, chance, now
        seller = Representative.objects.filter(email=f"administrator@{DOMAIN}").select_related("role").first()
        self.actor = actor_for(seller) if seller else system_actor("demo company", Via.COMMAND)

    def act(self, name: str, subject_id: int, at: datetime, **arguments: Any) -> Outcome:
        """Do an act at a moment that is over by now."""
        return perform(
            f"orders.{name}", actor=self.actor, subject_id=subject_id, arguments=arguments, at=min(at, self.now)
        )

    def method(self, kind: MethodKind) -> PaymentMethod:
        """The customer's way of paying, made where there is none yet."""
        found = PaymentMethod.objects.filter(customer=self.customer, kind=kind, is_active=True).first()
        return found or PaymentMethod.objects.create(customer=self.customer, kind=kind, added_at=self.now)

    def place(self, days: int, kind: MethodKind = MethodKind.TERMINAL, lines: int = 0) -> tuple[Order, datetime]:
        """An order of so many days ago."""
        at = self.now - timedelta(days=days, minutes=self.chance.randrange(60 * 9))
        chosen = self.chance.sample(self.goods, lines or self.chance.choice((1, 1, 2, 3)))
        rows = [{"variant": one.pk, "pieces": self.chance.choice((1, 1, 1, 2))} for one in chosen]
        currency = "GBP" if self.customer.country == "GB" else "EUR"
        outcome = self.act(
            "place_order",
            self.customer.pk,
            at,
            rows=rows,
            payments=[{"method": self.method(kind).pk}],
            shipping=Money(self.chance.choice((0, 490, 790)), currency).as_json(),
            currency=currency,
        )
        return Order.objects.get(pk=outcome.after["order"]["id"]), at

    def ship(self, order: Order, at: datetime, *, some: bool = False) -> datetime:
        """Everything that can leave leaves the day after; or one line of it."""
        rows: list[dict[str, Any]] = []
        for line in OrderLine.objects.filter(order=order).select_related("variant__product").order_by("number"):
            left = 0 if line.is_held else line.pieces - line.shipped
            if left and not (some and rows):
                has = line.variant.product.has_serial_numbers
                serials = " ".join(f"LU{line.pk:07}{number}" for number in range(left)) if has else ""
                rows.append({"line": line.pk, "pieces": left, "serials": serials})
        carrier = self.chance.choice(CARRIERS)
        tracking = f"{carrier[:2].upper()}{self.chance.randrange(10**9, 10**10)}"
        when = at + timedelta(hours=self.chance.randrange(3, 20))
        self.act("ship_order", order.pk, when, rows=rows, carrier=carrier, tracking=tracking)
        shipment = Shipment.objects.filter(order=order).latest("number")
        given = {"shipment": shipment.pk, "kind": "in_transit", "place": "Getafe"}
        self.act("note_scan", order.pk, when + timedelta(hours=1), **given)
        return when

    def deliver(self, order: Order, at: datetime, **elsewhere: str) -> datetime:
        """What is on its way arrives a day or two later."""
        when = at + timedelta(hours=self.chance.randrange(20, 50))
        where = {"place": order.address.get("city", ""), "postal_code": order.address.get("postal_code", "")}
        for shipment in Shipment.objects.filter(order=order, state="underway").order_by("number"):
            given = {"delivered_to": order.address.get("name", "")[:200], "proof": "Signed"} | where | elsewhere
            self.act("deliver_shipment", order.pk, when, shipment=shipment.pk, **given)
        return when

    def delivered(self, days: int) -> tuple[Order, datetime]:
        """An order that arrived."""
        order, at = self.place(days)
        return order, self.deliver(order, self.ship(order, at))

    def come_back(self, order: Order, at: datetime, grade: str) -> datetime:
        """What was agreed to come back arrives and is looked at."""
        one = Return.objects.filter(order=order).latest("pk")
        rows = [{"line": row.line_id, "pieces": row.pieces} for row in one.lines.all()]
        when = at + timedelta(days=4)
        self.act("receive_return", one.pk, when, rows=rows)
        found = [{"line": row["line"], "grade": grade} for row in rows]
        self.act("inspect_return", one.pk, when + timedelta(hours=3), rows=found)
        return when + timedelta(hours=4)


def _first(order: Order) -> OrderLine:
    return OrderLine.objects.filter(order=order).select_related("variant").order_by("number")[0]


def _row(order: Order) -> dict[str, Any]:
    return {"line": _first(order).pk, "pieces": 1}


def _another(order: Order) -> int:
    line = _first(order)
    others = Stock.objects.filter(
        variant__product=line.variant.product_id, place__kind=PlaceKind.WAREHOUSE, on_hand__gte=LEAST_FREE
    )
    found = others.exclude(variant=line.variant_id).order_by("pk").values_list("variant", flat=True).first()
    return found or line.variant_id


def pending(seller: Seller) -> None:
    """A transfer that has not come."""
    seller.place(2, MethodKind.BANK)


def in_process(seller: Seller) -> None:
    """Paid, and not shipped yet; sent to another address than at first."""
    order, at = seller.place(1)
    given = {name: str(order.address[name]) for name in ("postal_code", "city", "region", "country")}
    seller.act("change_address", order.pk, at + timedelta(hours=1), address_lines="Calle del Pez 12, 3º B", **given)


def part_shipped(seller: Seller) -> None:
    """One line of several has left."""
    order, at = seller.place(3, lines=2)
    seller.ship(order, at, some=True)


def shipped(seller: Seller) -> None:
    """On its way, on account."""
    order, at = seller.place(3, MethodKind.ACCOUNT)
    seller.ship(order, at)


def arrived(seller: Seller) -> None:
    """Delivered some days ago."""
    seller.delivered(seller.chance.randrange(5, 25))


def completed(seller: Seller) -> None:
    """Delivered so long ago that nothing comes back."""
    order, _at = seller.delivered(DAYS_TO_RETURN + seller.chance.randrange(10, 200))
    complete(order.pk, seller.now)


def cancelled(seller: Seller) -> None:
    """Cancelled the day it was placed."""
    order, at = seller.place(seller.chance.randrange(3, 40))
    reason = seller.chance.choice(("no_longer_wanted", "ordered_by_mistake", "too_late"))
    seller.act("cancel_order", order.pk, at + timedelta(hours=5), reason=reason)


def return_agreed(seller: Seller) -> None:
    """Something is on its way back."""
    order, at = seller.delivered(9)
    seller.act("return_lines", order.pk, at + timedelta(days=2), rows=[_row(order)], reason="does_not_fit")


def returned(seller: Seller) -> None:
    """Something came back, was credited and given back."""
    order, at = seller.delivered(20)
    agreed = at + timedelta(days=2)
    seller.act("return_lines", order.pk, agreed, rows=[_row(order)], reason="damaged")
    seller.come_back(order, agreed, "broken")


def exchange_agreed(seller: Seller) -> None:
    """Another variant is wanted."""
    order, at = seller.delivered(8)
    row = _row(order) | {"variant": _another(order)}
    seller.act("exchange_lines", order.pk, at + timedelta(days=1), rows=[row], reason="does_not_fit")


def exchanged(seller: Seller) -> None:
    """Another variant was sent for what came back."""
    order, at = seller.delivered(25)
    row = _row(order) | {"variant": _another(order)}
    seller.act("exchange_lines", order.pk, at + timedelta(days=1), rows=[row], reason="wrong_article")
    when = seller.come_back(order, at + timedelta(days=1), "as_new")
    seller.deliver(order, seller.ship(order, when))


def made_good(seller: Seller) -> None:
    """Came late, and something was given for it."""
    order, at = seller.delivered(12)
    amount = Money(1000, order.currency).as_json()
    seller.act("add_goodwill", order.pk, at + timedelta(hours=20), amount=amount, reason="Came late")


def disputed(seller: Seller) -> None:
    """The carrier delivered it somewhere else, and what came back has not been looked at."""
    order, at = seller.place(21)
    sent = seller.ship(order, at)
    there = seller.deliver(order, sent, place="Leganés", postal_code="28911", delivered_to="García")
    agreed = there + timedelta(days=2)
    seller.act("return_lines", order.pk, agreed, rows=[_row(order)], reason="not_as_described")
    one = Return.objects.filter(order=order).latest("pk")
    seller.act("receive_return", one.pk, agreed + timedelta(days=3), rows=[_row(order)])


STORIES: tuple[Callable[[Seller], None], ...] = (
    *(arrived, disputed, exchanged, returned, in_process, pending, shipped, completed, cancelled, return_agreed),
    *(exchange_agreed, part_shipped, made_good, completed),
)


def create_demo_orders(*, at: datetime) -> int:
    """
    Give some of the demo's customers orders: one in so many of them, at most some dozen; how many were made. Made again nothing changes.
    To be called outside of a transaction.
    """
    if Order.objects.exists():
        return 0
    chance = random.Random(SEED)  # noqa: S311  (made-up orders, the same each time)
    sold = Customer.objects.filter(merged_into__isnull=True, erased_at__isnull=True, country__in=RATES)
    buyers = list(sold.exclude(address_lines="").order_by("pk")[: ONE_IN * MOST])
    goods = list(
        Variant.objects.filter(
            stock__place__kind=PlaceKind.WAREHOUSE, stock__on_hand__gte=LEAST_FREE, is_active=True
        ).order_by("pk")
    )
    if len(goods) < LEAST_FREE:
        return 0
    wanted = min(MOST, max(LEAST, len(buyers) // ONE_IN), len(buyers))
    for number, customer in enumerate(buyers[:wanted]):
        try:
            STORIES[number % len(STORIES)](Seller(customer, goods, chance, at))
        except ActError:
            continue  # an address or a stock that does not do: the next customer is served
    return Order.objects.count()
