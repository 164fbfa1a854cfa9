"""A shop with customers who buy in it, for tests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from onhand.catalogue.enums import PlaceKind
from onhand.catalogue.models import PriceList, Product, StockPlace, Variant
from onhand.customers.models import Customer
from onhand.invoicing.models import Document
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import RECEIVABLE
from onhand.ledger.checks import find_faults
from onhand.orders.models import Order, OrderLine, Return
from onhand.payments.enums import MethodKind
from onhand.payments.models import PaymentMethod
from tests.catalogue.goods import make_place, make_price, make_price_list, make_product, make_variant, put_in_stock
from tests.factories import make_actor, make_customer
from tests.payments.money import make_card, make_method, method_of

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ADDRESS = {"address_lines": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid", "country": "ES"}


class Shop:
    """Products with three variants each, prices, and stock in one warehouse."""

    def __init__(self, *, stock: int = 10) -> None:
        self.prices: PriceList = make_price_list()
        self.place: StockPlace = make_place(kind=PlaceKind.WAREHOUSE)
        self.stock = stock
        self.kettle = self.product("Kettle", (4000, 4600, 3700), warranty_months=24, has_serial_numbers=True)
        self.chair = self.product("Chair", (10000, 10000, 13333))

    def product(self, name: str, minors: Sequence[int], **changes: Any) -> Product:
        """A product with a variant for each price."""
        made = make_product(name, **changes)
        for number, minor in enumerate(minors, 1):
            variant = make_variant(made, options={"Size": str(number)}, sku=f"{made.code}-{number}")
            make_price(variant, minor, self.prices)
            if self.stock:
                put_in_stock(self.place, variant, self.stock)
        return made


def variants(product: Product) -> list[Variant]:
    return list(product.variants.order_by("pk"))


def buyer(name: str = "Ana Prieto") -> Customer:
    """A customer with an address."""
    return make_customer(name, **ADDRESS)


def card_of(customer: Customer, minor: int = 1_000_000) -> PaymentMethod:
    """A stored-value card of theirs with that much on it: what is paid with it is there at once."""
    return method_of(make_card(customer, minor))


def account_of(customer: Customer) -> PaymentMethod:
    return make_method(customer, MethodKind.ACCOUNT)


def do(name: str, subject_id: int, *, at: datetime = NOON, actor: Actor | None = None, **arguments: Any) -> Outcome:
    """Do an act of orders as somebody who may do everything; as a part of the transaction a test has open, if it has."""
    open_blocks = connection.atomic_blocks
    return perform(
        f"orders.{name}",
        actor=actor or make_actor(),
        subject_id=subject_id,
        arguments=arguments,
        at=at,
        as_part=bool(open_blocks) and not open_blocks[-1]._from_testcase,
    )


def place(customer: Customer, rows: Sequence[tuple[Variant, int]], *methods: Any, **more: Any) -> Order:
    """Place an order, paid by these methods (or (method, minor) pairs)."""
    pay = []
    for one in methods:
        method, minor = one if isinstance(one, tuple) else (one, None)
        amount = None if minor is None else Money(minor, "EUR").as_json()
        pay.append({"method": method.pk, "amount": amount})
    outcome = do(
        "place_order",
        customer.pk,
        rows=[{"variant": variant.pk, "pieces": pieces} for variant, pieces in rows],
        payments=pay,
        **more,
    )
    return Order.objects.get(pk=outcome.after["order"]["id"])


def lines(order: Order) -> list[OrderLine]:
    return list(OrderLine.objects.filter(order=order).order_by("number"))


def serials_for(line: OrderLine, pieces: int) -> str:
    """Serial numbers, where a line's product has them."""
    if not line.variant.product.has_serial_numbers:
        return ""
    return " ".join(f"SN{line.pk}-{line.shipped + number}" for number in range(1, pieces + 1))


def ship(order: Order, *pieces: int, at: datetime = NOON) -> None:
    """Ship everything that can be, or so many pieces of each line."""
    rows = []
    for number, line in enumerate(lines(order)):
        count = pieces[number] if pieces else (0 if line.is_held else line.pieces - line.shipped)
        if count:
            rows.append({"line": line.pk, "pieces": count, "serials": serials_for(line, count)})
    do("ship_order", order.pk, rows=rows, carrier="Correos", tracking=f"PK{order.pk:07}", at=at)


def deliver(order: Order, *, at: datetime | None = None, **more: Any) -> None:
    """Deliver everything that is on its way, a day later."""
    when = at or NOON + timedelta(days=1)
    for shipment in order.shipments.filter(state="underway").order_by("number"):
        do("deliver_shipment", order.pk, shipment=shipment.pk, delivered_to="Ana Prieto", at=when, **more)


def delivered(customer: Customer, rows: Sequence[tuple[Variant, int]], *methods: Any, **more: Any) -> Order:
    """An order that was placed, shipped and delivered."""
    order = place(customer, rows, *methods, **more)
    ship(order)
    deliver(order)
    return read(order)


def read(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def the_return(order: Order) -> Return:
    return Return.objects.filter(order=order).latest("pk")


def owed(customer: Customer) -> int:
    """What the customer owes in cents; below nothing is what we owe them."""
    return balance_of(RECEIVABLE, "EUR", customer_id=customer.pk).minor


def documents(order: Order) -> list[tuple[str, int]]:
    found = Document.objects.filter(document_type="order", document_id=order.pk).order_by("pk")
    return [(str(one.kind), one.gross_minor) for one in found]


def faults() -> list[tuple[str, str]]:
    """What the books say is wrong, with everything checked that is else checked at the commit."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")
    return list(find_faults())
