"""The demo company's shop: fifty products of a furniture and lighting house in twelve variants each, with prices, taxes and stock."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import product as combinations

from django.db import transaction

from onhand.catalogue.enums import AttributeType, Comparison, PlaceKind, ProductKind, StockWhy, Weight
from onhand.catalogue.models import (
    Attribute,
    Category,
    CustomerGroup,
    Guide,
    Price,
    PriceList,
    Product,
    Stock,
    StockMove,
    StockPlace,
    TaxClass,
    TaxRate,
    Variant,
)

SEED = 20260101
RATES_FROM = date(2020, 1, 1)
# The standard and reduced rates of value added tax in force on that day (European Commission, "VAT rates"; gov.uk).
RATES: Mapping[str, tuple[str, str]] = {
    "ES": ("21", "10"),
    "GB": ("20", "5"),
    "FR": ("20", "10"),
    "DE": ("19", "7"),
    "PT": ("23", "13"),
    "IT": ("22", "10"),
}
PLACES = (
    ("Getafe", PlaceKind.WAREHOUSE, "Calle del Hierro 14, 28906 Getafe"),
    ("Madrid Gran Vía", PlaceKind.BRANCH, "Gran Vía 31, 28013 Madrid"),
    ("Leeds Briggate", PlaceKind.BRANCH, "82 Briggate, Leeds LS1 6NP"),
)
ATTRIBUTES = (
    ("width", "Width", AttributeType.NUMBER, "cm"),
    ("weight", "Weight", AttributeType.NUMBER, "kg"),
    ("material", "Material", AttributeType.TEXT, ""),
    ("assembly", "Comes in parts", AttributeType.YES_NO, ""),
    ("outdoors", "For outdoors", AttributeType.YES_NO, ""),
)


@dataclass(frozen=True, slots=True)
class Family:
    """Products of one sort: names, what they cost from (cents), what their variants differ in, and what they are like."""

    category: str
    names: tuple[str, ...]
    cents: int
    options: Mapping[str, tuple[str, ...]]
    width: int
    material: str
    assembly: bool = False
    outdoors: bool = False
    months: int = 24


COLOURS = ("white", "black", "sand", "green")
FAMILIES = (
    Family(
        "Lamps",
        (
            "Lumen Arc floor lamp",
            "Lumen Bell pendant",
            "Lumen Dot table lamp",
            "Lumen Reed wall lamp",
            "Lumen Moon lamp",
        ),
        4990,
        {"Colour": COLOURS, "Size": ("S", "M", "L")},
        30,
        "steel",
    ),
    Family(
        "Chairs",
        ("Olmo chair", "Olmo armchair", "Brisa folding chair", "Nido swivel chair", "Tajo stool"),
        7990,
        {"Colour": COLOURS, "Wood": ("oak", "beech", "walnut")},
        48,
        "wood",
        assembly=True,
    ),
    Family(
        "Tables",
        ("Roble dining table", "Roble side table", "Faro desk", "Faro standing desk", "Isla coffee table"),
        18900,
        {"Colour": COLOURS, "Length": ("120 cm", "160 cm", "200 cm")},
        80,
        "wood",
        assembly=True,
        months=60,
    ),
    Family(
        "Storage",
        ("Panal shelf", "Panal wardrobe", "Panal sideboard", "Cesta box", "Torre bookcase"),
        12900,
        {"Colour": COLOURS, "Height": ("90 cm", "140 cm", "200 cm")},
        90,
        "wood",
        assembly=True,
        months=60,
    ),
    Family(
        "Beds",
        ("Siesta bed", "Siesta mattress", "Siesta topper", "Nube pillow", "Nube duvet"),
        24900,
        {"Firmness": ("soft", "medium", "firm"), "Width": ("90 cm", "140 cm", "160 cm", "180 cm")},
        160,
        "textile",
        months=120,
    ),
    Family(
        "Kitchen",
        ("Vapor kettle", "Vapor toaster", "Molino coffee mill", "Cobre pan", "Cobre casserole"),
        3990,
        {"Colour": COLOURS, "Size": ("1.0 l", "1.5 l", "2.0 l")},
        22,
        "steel",
    ),
    Family(
        "Textiles",
        ("Lino curtain", "Lino cushion", "Lino bedspread", "Faro rug", "Faro runner"),
        2990,
        {"Colour": COLOURS, "Size": ("S", "M", "L")},
        140,
        "textile",
        months=12,
    ),
    Family(
        "Garden",
        ("Brisa lounger", "Brisa parasol", "Brisa table", "Tierra planter", "Tierra bench"),
        8990,
        {"Colour": COLOURS, "Size": ("S", "M", "L")},
        70,
        "aluminium",
        outdoors=True,
    ),
    Family(
        "Bathroom",
        ("Ola mirror", "Ola cabinet", "Ola towel rail", "Gota mat", "Gota towel"),
        3490,
        {"Colour": COLOURS, "Size": ("S", "M", "L")},
        60,
        "steel",
    ),
    Family(
        "Children",
        ("Luna cot", "Luna changing table", "Cometa bunk bed", "Cometa desk", "Cometa chair"),
        9990,
        {"Colour": COLOURS, "Age": ("0 to 3", "4 to 7", "8 to 12")},
        70,
        "wood",
        assembly=True,
        months=36,
    ),
)


@transaction.atomic
def create_demo_catalogue(*, at: datetime) -> None:
    """Give the demo company a shop. Made again nothing changes."""
    if Product.objects.exists():
        return
    chance = random.Random(SEED)  # noqa: S311  (made-up goods, the same each time)
    usual = _tax_classes()
    Attribute.objects.bulk_create(
        Attribute(key=key, name=name, type=kind, unit=unit) for key, name, kind, unit in ATTRIBUTES
    )
    categories = {family.category: Category.objects.create(name=family.category) for family in FAMILIES}
    products = Product.objects.bulk_create(_products(usual, categories, chance))
    variants = Variant.objects.bulk_create(_variants(products))
    _prices(variants, products, chance)
    _stock(variants, chance, at)
    _guide(categories)


def _tax_classes() -> TaxClass:
    usual, reduced, none = (TaxClass.objects.create(name=name) for name in ("Usual", "Reduced", "None"))
    TaxRate.objects.bulk_create(
        TaxRate(tax_class=tax_class, country=country, from_day=RATES_FROM, percent=Decimal(percent))
        for country, rates in RATES.items()
        for tax_class, percent in zip((usual, reduced, none), (*rates, "0"), strict=True)
    )
    return usual


def _products(usual: TaxClass, categories: Mapping[str, Category], chance: random.Random) -> Iterator[Product]:
    named = [(family, name) for family in FAMILIES for name in family.names]
    for number, (family, name) in enumerate(named, 101):
        yield Product(
            code=f"LU-{number}",
            name=name,
            kind=ProductKind.GOODS,
            category=categories[family.category],
            brand=name.split()[0],
            tax_class=usual,
            options=list(family.options),
            warranty_months=family.months,
            has_serial_numbers=family.category in ("Lamps", "Kitchen"),
            values={
                "width": str(family.width + chance.randrange(-8, 20, 2)),
                "weight": str(round(chance.uniform(0.4, 32), 1)),
                "material": family.material,
                "assembly": family.assembly,
                "outdoors": family.outdoors,
            },
        )


def _variants(products: list[Product]) -> Iterator[Variant]:
    options = {name: family.options for family in FAMILIES for name in family.names}
    for product in products:
        chosen = options[product.name]
        for number, values in enumerate(combinations(*chosen.values()), 1):
            sku = f"{product.code}-{number:02}"
            yield Variant(product=product, sku=sku, options=dict(zip(chosen, values, strict=True)))


def _prices(variants: list[Variant], products: list[Product], chance: random.Random) -> None:
    spain = PriceList.objects.create(name="Shop, euro", currency="EUR", from_day=RATES_FROM)
    britain = PriceList.objects.create(name="Shop, pounds", currency="GBP", from_day=RATES_FROM)
    dealers = CustomerGroup.objects.create(name="Dealers")
    trade = PriceList.objects.create(
        name="Dealers", currency="EUR", from_day=RATES_FROM, includes_tax=False, group=dealers, rank=10
    )
    of_family = {name: family.cents for family in FAMILIES for name in family.names}
    base = {one.pk: round(of_family[one.name] * chance.uniform(0.7, 2.4) / 100) * 100 - 10 for one in products}
    prices = []
    for variant in variants:
        cents = base[variant.product_id] + 1500 * (int(variant.sku[-2:]) % 3)
        prices += [
            Price(price_list=spain, variant=variant, minor=cents),
            Price(price_list=britain, variant=variant, minor=cents * 88 // 1000 * 10 + 9),
            Price(price_list=trade, variant=variant, minor=cents * 62 // 100),
            Price(price_list=trade, variant=variant, minor=cents * 55 // 100, from_pieces=10),
        ]
    Price.objects.bulk_create(prices)


def _stock(variants: list[Variant], chance: random.Random, at: datetime) -> None:
    places = [StockPlace.objects.create(name=name, kind=kind, address=address) for name, kind, address in PLACES]
    rows = Stock.objects.bulk_create(
        Stock(place=place, variant=variant, shelf=f"{chance.choice('ABCDEF')}{chance.randint(1, 40)}")
        for place in places
        for variant in variants
        if place.kind == PlaceKind.WAREHOUSE or chance.random() < 0.4
    )
    StockMove.objects.bulk_create(
        StockMove(stock=row, pieces=pieces, why=StockWhy.RECEIVED, key=f"demo:{row.pk}", at=at, by_name="Lumen")
        for row in rows
        if (
            pieces := chance.choice(
                (0, 1, 2, 3, 5, 8, 13, 40) if row.place.kind == PlaceKind.BRANCH else (0, 4, 20, 60, 150)
            )
        )
    )


def _guide(categories: Mapping[str, Category]) -> None:
    """What a representative asks who looks for a table."""
    keys = {one.key: one.pk for one in Attribute.objects.all()}
    asked = (
        ("How wide may it be?", "Up to 90 cm", "width", Comparison.AT_MOST, "90", Weight.MUST),
        ("How wide may it be?", "It does not matter", "", Comparison.IS, "", Weight.BETTER),
        ("What may it cost?", "Up to 300", "", Comparison.COSTS_AT_MOST, "300", Weight.MUST),
        ("What may it cost?", "Up to 600", "", Comparison.COSTS_AT_MOST, "600", Weight.MUST),
        ("Do they carry it home themselves?", "Yes", "weight", Comparison.AT_MOST, "15", Weight.BETTER),
        ("Do they carry it home themselves?", "Yes", "assembly", Comparison.IS, "yes", Weight.BETTER),
        ("Do they carry it home themselves?", "No", "", Comparison.IS, "", Weight.BETTER),
    )
    names = ("question", "answer", "attribute", "comparison", "value", "weight")
    rows = [dict(zip(names, map(str, row), strict=True)) for row in asked]
    full = [{**row, "attribute_id": keys.get(row["attribute"])} for row in rows]
    Guide.objects.create(name="Which table suits?", category=categories["Tables"], rows=full)
