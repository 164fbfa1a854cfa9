"""Products for tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from onhand.catalogue.enums import ProductKind, StockWhy
from onhand.catalogue.models import Price, PriceList, Product, StockPlace, TaxClass, TaxRate, Variant
from onhand.catalogue.stock import Move, move_stock

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)
numbers = count(1)


def make_tax_class(percent: str = "21", country: str = "ES") -> TaxClass:
    """A class with one rate in one country."""
    made = TaxClass.objects.create(name=f"Class {next(numbers)}")
    TaxRate.objects.create(tax_class=made, country=country, from_day=date(2020, 1, 1), percent=Decimal(percent))
    return made


def make_product(name: str = "Lamp", **changes: Any) -> Product:
    """A stored product."""
    given: dict[str, Any] = {"code": f"P{next(numbers)}", "name": name, "kind": ProductKind.GOODS} | changes
    if "tax_class" not in given:
        given["tax_class"] = make_tax_class()
    return Product.objects.create(**given)


def make_variant(product: Product | None = None, **changes: Any) -> Variant:
    """A stored variant."""
    number = next(numbers)
    given: dict[str, Any] = {"sku": f"S{number}", "options": {"number": str(number)}} | changes
    return Variant.objects.create(product=product or make_product(), **given)


def make_price_list(**changes: Any) -> PriceList:
    """A stored price list for everybody."""
    given: dict[str, Any] = {"name": f"List {next(numbers)}", "currency": "EUR", "from_day": date(2020, 1, 1)} | changes
    return PriceList.objects.create(**given)


def make_price(variant: Variant, minor: int, prices: PriceList | None = None, from_pieces: int = 1) -> Price:
    """A stored price."""
    return Price.objects.create(
        price_list=prices or make_price_list(), variant=variant, minor=minor, from_pieces=from_pieces
    )


def make_place(**changes: Any) -> StockPlace:
    """A stored place of stock."""
    return StockPlace.objects.create(name=f"Place {next(numbers)}", **changes)


def put_in_stock(place: StockPlace, variant: Variant, pieces: int) -> None:
    """Let so many pieces come in."""
    move_stock([Move(place.pk, variant.pk, pieces, StockWhy.RECEIVED, f"in:{next(numbers)}")], at=NOW, by_name="Test")
