"""The shop of `books-acts`: goods with stock for everybody, and orders ready to be acted on, made by the acts themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

VARIANTS = 6
STOCK = 1_000_000


@dataclass(frozen=True, slots=True)
class Ready:
    """An order of one line, and what an act on it needs to name."""

    kind: str
    order_id: int
    customer_id: int
    line_id: int
    other_id: int
    method_id: int
    payment_id: int
    stock_id: int
    other_stock_id: int
    account_id: int
    provider_id: int


def make_shop(workers: int) -> list[int]:
    """Goods in variants at one price, plenty of each in one warehouse; the ids of the variants."""
    from onhand.catalogue.enums import PlaceKind, StockWhy
    from onhand.catalogue.models import Price, PriceList, Product, StockPlace, TaxClass, TaxRate, Variant
    from onhand.catalogue.stock import Move, move_stock
    from onhand.kernel.database import forget_connections

    now = datetime.now(UTC)
    usual = TaxClass.objects.create(name="Usual")
    TaxRate.objects.create(tax_class=usual, country="ES", from_day=date(2020, 1, 1), percent=Decimal(21))
    product = Product.objects.create(code="B-1", name="Chair", tax_class=usual)
    prices = PriceList.objects.create(name="Shop", currency="EUR", from_day=date(2020, 1, 1))
    place = StockPlace.objects.create(name="Warehouse", kind=PlaceKind.WAREHOUSE)
    variants = [
        Variant.objects.create(product=product, sku=f"B-1-{number}", options={"number": str(number)})
        for number in range(VARIANTS)
    ]
    for number, variant in enumerate(variants):
        Price.objects.create(price_list=prices, variant=variant, minor=10_000 + 500 * (number % 2))
    moves = [Move(place.pk, one.pk, STOCK, StockWhy.RECEIVED, f"in:{one.pk}") for one in variants]
    move_stock(moves, at=now, by_name="Bench")
    _ = workers
    forget_connections()
    return [one.pk for one in variants]


def prepare(seed: int, goods: Sequence[int], count: int, kinds: Sequence[str]) -> list[Ready]:
    """Orders of one worker, each of a customer of its own: to be cancelled those not shipped, the others delivered."""
    from onhand.customers.enums import CustomerKind
    from onhand.customers.operations import new_customer
    from onhand.kernel.actor import system_actor
    from onhand.payments.enums import MethodKind
    from onhand.payments.models import PaymentMethod

    actor = system_actor("Bench")
    made = []
    for number in range(count):
        now = datetime.now(UTC)
        customer = new_customer(
            name=f"Buyer {seed}-{number}", kind=CustomerKind.PERSON, language="en", at=now, country="ES", city="Madrid"
        )
        customer.address_lines, customer.postal_code = "Calle Mayor 1", "28013"
        customer.save()
        method = PaymentMethod.objects.create(customer=customer, kind=MethodKind.TERMINAL, added_at=now)
        kind = kinds[number % len(kinds)]
        made.append(_order(actor, customer.pk, method.pk, kind, goods[number % 2 * 2], goods[number % 2 * 2 + 1]))
    return made


def _order(actor: Any, customer: int, method: int, kind: str, variant: int, other: int) -> Ready:
    from onhand.catalogue.models import Stock
    from onhand.kernel.perform import perform
    from onhand.ledger.models import LedgerAccount
    from onhand.orders.models import OrderLine
    from onhand.payments.models import Payment

    def act(name: str, subject: int, **arguments: Any) -> Any:
        return perform(f"orders.{name}", actor=actor, subject_id=subject, arguments=arguments, at=datetime.now(UTC))

    placed = act("place_order", customer, rows=[{"variant": variant}], payments=[{"method": method}])
    order = placed.after["order"]["id"]
    line = OrderLine.objects.values_list("pk", flat=True).get(order=order)
    if kind != "cancel":
        shipped = act("ship_order", order, rows=[{"line": line, "pieces": 1}], carrier="X")
        act("deliver_shipment", order, shipment=shipped.after["shipment"]["id"], delivered_to="X")
    return Ready(
        kind=kind,
        order_id=order,
        customer_id=customer,
        line_id=line,
        other_id=other,
        method_id=method,
        payment_id=Payment.objects.values_list("pk", flat=True).get(document_type="order", document_id=order),
        stock_id=Stock.objects.values_list("pk", flat=True).get(variant=variant),
        other_stock_id=Stock.objects.values_list("pk", flat=True).get(variant=other),
        account_id=LedgerAccount.objects.values_list("pk", flat=True).get(customer=customer, role="receivable"),
        provider_id=LedgerAccount.objects.filter(role="provider", currency="EUR").values_list("pk", flat=True)[0],
    )
