"""The demo company's orders: some in every state, with shipments, returns, exchanges and a dispute, made by the acts themselves."""

import random
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

from onhand.catalogue.demo import RATES
from onhand.catalogue.enums import PlaceKind, StockWhy
from onhand.catalogue.models import Stock, StockMove
from onhand.customers.demo.days import Steps, Story, run_by_day
from onhand.customers.models import Customer
from onhand.kernel.actor import Actor, Via, system_actor
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from onhand.orders.access import visible_orders
from onhand.orders.models import Order, OrderLine, Return
from onhand.orders.placing import DAYS_TO_RETURN
from onhand.orders.releasing import complete
from onhand.payments.enums import MethodKind
from onhand.payments.models import PaymentMethod
from onhand.staff.demo import DOMAIN
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for

SEED = 20260102
LEAST = 14
SMALL = 6_000  # customers up to which one in three has an order; of more, one in fifty
ONE_IN, ONE_IN_MORE = 3, 50
CARRIERS = ("Correos", "SEUR", "DHL", "Royal Mail")
LEAST_FREE = 12
PIECES = 4  # laid in for each order of many
KEY = "demo order"

T = TypeVar("T")
Doing = Generator[datetime, None, T]  # steps, each at the moment it says, and what comes of them


@dataclass(slots=True)
class Shop:
    """What all orders of the demo are made with. `done` holds what an interrupted creation did: by key of the act, what it made."""

    goods: Sequence[int]
    actor: Actor
    lead: Actor  # who gives goodwill
    now: datetime
    done: Mapping[str, int | None] = field(default_factory=dict)


class Seller:
    """
    Sells to one customer, as somebody of the demo company, at moments of the past. Each act has a key of its own, so that it is done once
    however often the creation is interrupted; what it is done with is looked up when its turn has come.
    """

    def __init__(self, shop: Shop, number: int, customer: tuple[int, str]) -> None:
        self.shop, self.number, self.now = shop, number, shop.now
        self.customer_id, self.currency = customer[0], "GBP" if customer[1] == "GB" else "EUR"
        self.chance = random.Random(f"{SEED} {number}")  # noqa: S311  (made-up orders, the same each time)
        self.steps = 0

    def act(
        self, name: str, subject_id: int, at: datetime, given: Callable[[], Mapping[str, Any]], *, is_led: bool = False
    ) -> Doing[int | None]:
        """Do an act at a moment that is over by now; the id of the order or shipment it made."""
        self.steps += 1
        moment, key = min(at, self.now), f"{KEY} {self.number}:{self.steps}"
        yield moment
        if key in self.shop.done:
            return self.shop.done[key]
        outcome = perform(
            f"orders.{name}",
            actor=self.shop.lead if is_led else self.shop.actor,
            subject_id=subject_id,
            arguments=given(),
            at=moment,
            idempotency_key=key,
        )
        return _made(outcome.after)

    def method(self, kind: MethodKind) -> int:
        """The customer's way of paying, made where there is none yet."""
        wanted = {"customer_id": self.customer_id, "kind": kind}
        found = PaymentMethod.objects.filter(**wanted, is_active=True).values_list("pk", flat=True).first()
        return found or PaymentMethod.objects.create(**wanted, added_at=self.now).pk

    def place(self, days: int, kind: MethodKind = MethodKind.TERMINAL, lines: int = 0) -> Doing[tuple[Order, datetime]]:
        """An order of so many days ago."""
        at = self.now - timedelta(days=days, minutes=self.chance.randrange(60 * 9))
        chosen = self.chance.sample(self.shop.goods, lines or self.chance.choice((1, 1, 2, 3)))
        rows = [{"variant": one, "pieces": self.chance.choice((1, 1, 1, 2))} for one in chosen]
        shipping = Money(self.chance.choice((0, 490, 790)), self.currency).as_json()
        given = {"rows": rows, "shipping": shipping, "currency": self.currency}
        pk = yield from self.act(
            "place_order", self.customer_id, at, lambda: given | {"payments": [{"method": self.method(kind)}]}
        )
        return Order.objects.get(pk=pk or 0), at

    def ship(self, order: Order, at: datetime, *, some: bool = False, scans: bool = True) -> Doing[datetime]:
        """Everything that can leave leaves the day after; or one line of it."""
        carrier = self.chance.choice(CARRIERS)
        tracking = f"{carrier[:2].upper()}{self.chance.randrange(10**9, 10**10)}"
        when = at + timedelta(hours=self.chance.randrange(3, 20))
        given = {"carrier": carrier, "tracking": tracking}
        shipment = yield from self.act(
            "ship_order", order.pk, when, lambda: given | {"rows": _to_ship(order, only_one=some)}
        )
        if scans:
            scan = {"shipment": shipment, "kind": "in_transit", "place": "Getafe"}
            yield from self.act("note_scan", order.pk, when + timedelta(hours=1), lambda: scan)
        self.shipment = shipment
        return when

    def deliver(self, order: Order, at: datetime, **elsewhere: str) -> Doing[datetime]:
        """What was shipped last arrives a day or two later."""
        when = at + timedelta(hours=self.chance.randrange(20, 50))
        where = {"place": order.address.get("city", ""), "postal_code": order.address.get("postal_code", "")}
        given = {"delivered_to": order.address.get("name", "")[:200], "proof": "Signed"} | where | elsewhere
        shipment = self.shipment
        yield from self.act("deliver_shipment", order.pk, when, lambda: given | {"shipment": shipment})
        return when

    def delivered(self, days: int, *, scans: bool = True) -> Doing[tuple[Order, datetime]]:
        """An order that arrived."""
        order, at = yield from self.place(days)
        sent = yield from self.ship(order, at, scans=scans)
        return order, (yield from self.deliver(order, sent))

    def come_back(self, order: Order, at: datetime, grade: str) -> Doing[datetime]:
        """What was agreed to come back arrives and is looked at."""
        one = Return.objects.filter(order=order).latest("pk")
        rows = [{"line": row.line_id, "pieces": row.pieces} for row in one.lines.all()]
        when = at + timedelta(days=4)
        yield from self.act("receive_return", one.pk, when, lambda: {"rows": rows})
        found = [{"line": row["line"], "grade": grade} for row in rows]
        yield from self.act("inspect_return", one.pk, when + timedelta(hours=3), lambda: {"rows": found})
        return when + timedelta(hours=4)


def _made(after: Mapping[str, Any]) -> int | None:
    """What an act made, by what its record says of afterwards."""
    for name in ("order", "shipment"):
        made = after.get(name)
        if isinstance(made, Mapping) and "id" in made:
            return int(made["id"])
    return None


def _to_ship(order: Order, *, only_one: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for line in OrderLine.objects.filter(order=order).select_related("variant__product").order_by("number"):
        left = 0 if line.is_held else line.pieces - line.shipped
        if left and not (only_one and rows):
            has = line.variant.product.has_serial_numbers
            serials = " ".join(f"LU{line.pk:07}{number}" for number in range(left)) if has else ""
            rows.append({"line": line.pk, "pieces": left, "serials": serials})
    return rows


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


def pending(seller: Seller) -> Steps:
    """A transfer that has not come."""
    yield from seller.place(2, MethodKind.BANK)


def in_process(seller: Seller) -> Steps:
    """Paid, and not shipped yet; sent to another address than at first."""
    order, at = yield from seller.place(1)
    given = {name: str(order.address[name]) for name in ("postal_code", "city", "region", "country")}
    given["address_lines"] = "Calle del Pez 12, 3º B"
    yield from seller.act("change_address", order.pk, at + timedelta(hours=1), lambda: given)


def new(seller: Seller) -> Steps:
    """Paid, and not shipped yet."""
    yield from seller.place(1)


def part_shipped(seller: Seller) -> Steps:
    """One line of several has left."""
    order, at = yield from seller.place(3, lines=2)
    yield from seller.ship(order, at, some=True)


def shipped(seller: Seller) -> Steps:
    """On its way, on account."""
    order, at = yield from seller.place(3, MethodKind.ACCOUNT)
    yield from seller.ship(order, at)


def arrived(seller: Seller) -> Steps:
    """Delivered some days ago."""
    yield from seller.delivered(seller.chance.randrange(5, 25))


def completed(seller: Seller, *, scans: bool = False) -> Steps:
    """Delivered so long ago that nothing comes back."""
    order, _at = yield from seller.delivered(DAYS_TO_RETURN + seller.chance.randrange(10, 200), scans=scans)
    yield seller.now
    complete(order.pk, seller.now)


def cancelled(seller: Seller) -> Steps:
    """Cancelled the day it was placed."""
    order, at = yield from seller.place(seller.chance.randrange(3, 40))
    reason = seller.chance.choice(("no_longer_wanted", "ordered_by_mistake", "too_late"))
    yield from seller.act("cancel_order", order.pk, at + timedelta(hours=5), lambda: {"reason": reason})


def _agree(seller: Seller, order: Order, at: datetime, reason: str) -> Doing[datetime]:
    given = {"rows": [_row(order)], "reason": reason}
    yield from seller.act("return_lines", order.pk, at, lambda: given)
    return at


def return_agreed(seller: Seller) -> Steps:
    """Something is on its way back."""
    order, at = yield from seller.delivered(9)
    yield from _agree(seller, order, at + timedelta(days=2), "does_not_fit")


def returned(seller: Seller) -> Steps:
    """Something came back, was credited and given back."""
    order, at = yield from seller.delivered(20)
    agreed = yield from _agree(seller, order, at + timedelta(days=2), "damaged")
    yield from seller.come_back(order, agreed, "broken")


def _exchange(seller: Seller, order: Order, at: datetime, reason: str) -> Doing[datetime]:
    yield from seller.act(
        *("exchange_lines", order.pk, at),
        lambda: {"rows": [_row(order) | {"variant": _another(order)}], "reason": reason},
    )
    return at


def exchange_agreed(seller: Seller) -> Steps:
    """Another variant is wanted."""
    order, at = yield from seller.delivered(8)
    yield from _exchange(seller, order, at + timedelta(days=1), "does_not_fit")


def exchanged(seller: Seller) -> Steps:
    """Another variant was sent for what came back."""
    order, at = yield from seller.delivered(25)
    agreed = yield from _exchange(seller, order, at + timedelta(days=1), "wrong_article")
    when = yield from seller.come_back(order, agreed, "as_new")
    sent = yield from seller.ship(order, when)
    yield from seller.deliver(order, sent)


def made_good(seller: Seller) -> Steps:
    """Came late, and something was given for it."""
    order, at = yield from seller.delivered(12)
    minor = min(seller.chance.choice((500, 1000, 2000)), order.gross_minor // 2)
    given = {"amount": Money(minor, order.currency).as_json(), "reason": "Came late"}
    is_led = visible_orders(seller.shop.lead).filter(pk=order.pk).exists()
    yield from seller.act("add_goodwill", order.pk, at + timedelta(hours=20), lambda: given, is_led=is_led)


def disputed(seller: Seller) -> Steps:
    """The carrier delivered it somewhere else, and what came back has not been looked at."""
    order, at = yield from seller.place(21)
    sent = yield from seller.ship(order, at)
    there = yield from seller.deliver(order, sent, place="Leganés", postal_code="28911", delivered_to="García")
    agreed = yield from _agree(seller, order, there + timedelta(days=2), "not_as_described")
    one = Return.objects.filter(order=order).latest("pk")
    came = {"rows": [_row(order)]}
    yield from seller.act("receive_return", one.pk, agreed + timedelta(days=3), lambda: came)


STORIES: tuple[Callable[[Seller], Steps], ...] = (
    *(arrived, disputed, exchanged, returned, in_process, pending, shipped, partial(completed, scans=True), cancelled),
    *(return_agreed, exchange_agreed, part_shipped, made_good, completed),
)
USUAL = (completed, arrived, completed, new, completed, shipped, completed, arrived, completed, pending)
RARE = 5  # after one of each, every so many orders are one of those in which something happens


def story_of(number: int) -> Callable[[Seller], Steps]:
    """What becomes of an order: one of each at first, then mostly what becomes of most orders."""
    if number < len(STORIES):
        return STORIES[number]
    turn, rest = divmod(number - len(STORIES), RARE)
    return STORIES[turn % len(STORIES)] if rest == RARE - 1 else USUAL[(turn * (RARE - 1) + rest) % len(USUAL)]


def usual_orders(customers: int) -> int:
    """How many orders a demo of so many customers has, if nobody says otherwise: each takes a tenth of a second to make."""
    return max(LEAST, min(customers, SMALL) // ONE_IN + max(0, customers - SMALL) // ONE_IN_MORE)


def _somebody(name: str) -> Actor:
    """Who signs in as that in the demo company; the product itself where there is no such."""
    found = Representative.objects.filter(email=f"{name}@{DOMAIN}").select_related("role").first()
    return actor_for(found, Via.COMMAND) if found else system_actor("demo company", Via.COMMAND)


def demo_orders(*, at: datetime, orders: int) -> list[Story]:
    """
    The stories of so many orders of the demo's first customers, as `run_by_day` takes them; none if the shop is empty. Those an interrupted
    creation has begun go on where they were.
    """
    sold = Customer.objects.filter(merged_into__isnull=True, erased_at__isnull=True, country__in=RATES)
    buyers = list(sold.exclude(address_lines="").order_by("pk").values_list("pk", "country")[:orders])
    goods = _goods(at, orders)
    if len(goods) < LEAST_FREE or not buyers:
        return []
    actor, lead = _somebody("administrator"), _somebody("supervisor")
    keys = ActRecord.objects.filter(idempotency_key__startswith=KEY)
    records = keys.filter(actor_kind=actor.kind, actor_id=actor.id) | keys.filter(
        actor_kind=lead.kind, actor_id=lead.id
    )
    done = {str(key): _made(after) for key, after in records.values_list("idempotency_key", "after")}
    shop = Shop(goods, actor, lead, at, done)

    def begun(number: int) -> Steps:
        return story_of(number)(Seller(shop, number, buyers[number % len(buyers)]))

    return [partial(begun, number) for number in range(orders)]


@transaction.atomic
def _goods(at: datetime, orders: int) -> list[int]:
    """The variants that are sold, with enough of each for so many orders: the same ones each time."""
    begun = at - timedelta(days=400)
    rows = Stock.objects.filter(
        place__kind=PlaceKind.WAREHOUSE, variant__is_active=True, moves__key__startswith="demo:"
    )
    rows = rows.filter(moves__pieces__gte=LEAST_FREE).order_by("variant_id", "pk").distinct("variant_id")
    found = list(rows.values_list("pk", "variant_id"))
    each = PIECES * orders // max(1, len(found))
    if each > LEAST_FREE:
        StockMove.objects.bulk_create(
            [
                StockMove(
                    stock_id=pk, pieces=each, why=StockWhy.RECEIVED, key=f"demo many:{pk}", at=begun, by_name="Lumen"
                )
                for pk, _variant in found
            ],
            ignore_conflicts=True,
        )
    return [variant for _pk, variant in found]


def create_demo_orders(*, at: datetime, orders: int | None = None) -> int:
    """
    Give the demo's customers orders, of every state; how many there are. Made again nothing changes. To be called outside of a transaction.
    """
    customers = Customer.objects.count()
    run_by_day(demo_orders(at=at, orders=min(customers, usual_orders(customers)) if orders is None else orders))
    return Order.objects.count()
