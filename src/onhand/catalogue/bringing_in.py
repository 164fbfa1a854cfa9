"""What becomes of rows about the catalogue that other systems send: each is taken by the acts people use, and not where all is so."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from onhand.catalogue.enums import ProductKind
from onhand.catalogue.models import Category, Price, PriceList, Product, Stock, StockPlace, TaxClass, Variant
from onhand.catalogue.stock import lock_stock
from onhand.customers.imports.kinds import Bringing, Outcome, Row, TakeAll, row_by_row
from onhand.customers.intake.upsert import OnMatch, Status
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money, MoneyError
from onhand.kernel.perform import perform

LARGEST_NUMBER = 1_000_000_000
_YES = ("yes", "y", "true", "1", "si", "sí", "x")
_NO = ("no", "n", "false", "0")
PATH = " > "


def _do(name: str, subject_id: int | None, bringing: Bringing, **arguments: Any) -> int | None:
    return perform(
        f"catalogue.{name}",
        actor=bringing.actor,
        subject_id=subject_id,
        arguments=arguments,
        at=bringing.at,
        as_part=True,
    ).subject_id


def take_category(row: Row, known: int | None, bringing: Bringing) -> tuple[Status, int]:
    """A shelf, within one that is there already."""
    within = category_of(row["within"], "within") if row.get("within") else None
    if known is not None:
        one = Category.objects.get(pk=known)
        if (one.name, one.parent_id) != (row["name"], within):
            raise NotPossible(_("A category stays where it is, under its name."), field="name")
        return Status.UNCHANGED, known
    found = Category.objects.filter(name=row["name"], parent=within).values_list("pk", flat=True).first()
    if found is not None:
        return Status.UNCHANGED, found
    made = _do("add_category", None, bringing, category_name=row["name"], within=within)
    return Status.CREATED, _made(made)


def category_of(path: str, field: str) -> int:
    """The category of a path such as "Garden > Tools". Raises NotPossible where there is none."""
    parent: int | None = None
    for name in (part.strip() for part in path.split(">")):
        found = Category.objects.filter(name=name, parent=parent).values_list("pk", flat=True).first()
        if found is None:
            raise NotPossible(_("There is no category %(name)s here. Bring it in first.") % {"name": name}, field=field)
        parent = found
    assert parent is not None
    return parent


def take_product(row: Row, known: int | None, bringing: Bringing) -> tuple[Status, int]:
    """A product, found again by its outside id, else by its code."""
    product = _found(Product.objects.all(), known, "code", row["code"], _("A product keeps its code."))
    if product is None:
        return Status.CREATED, _new_product(row, bringing)
    if bringing.on_match is OnMatch.SKIP:
        return Status.SKIPPED, product.pk
    now = _product_values(product)
    wanted = now | _wanted(_read_product(row), now, bringing)
    if wanted == now:
        return Status.UNCHANGED, product.pk
    _do("change_product", product.pk, bringing, **wanted)
    return Status.UPDATED, product.pk


def _new_product(row: Row, bringing: Bringing) -> int:
    if "name" not in row:
        raise NotPossible(_("A new product needs a name."), field="name")
    kind = row.get("kind", ProductKind.GOODS.value).lower()
    labels = {str(label).lower(): value for value, label in ProductKind.choices} | {v: v for v in ProductKind.values}
    if kind not in labels:
        raise NotPossible(_("One of: %(kinds)s.") % {"kinds": ", ".join(ProductKind.values)}, field="kind")
    read = _read_product(row)
    options = [part.strip() for part in row.get("options", "").split(";") if part.strip()]
    given = {"code": row["code"], "product_name": row["name"], "kind": labels[kind], "options": options}
    pk = _made(_do("add_product", None, bringing, **given, tax_class=read.get("tax_class") or _only_tax_class()))
    now = _product_values(Product.objects.get(pk=pk))
    if (wanted := now | read) != now:
        _do("change_product", pk, bringing, **wanted)
    return pk


def _product_values(product: Product) -> dict[str, Any]:
    return {
        "product_name": product.name,
        "tax_class": product.tax_class_id,
        "brand": product.brand,
        "category": product.category_id,
        "description": product.description,
        "warranty_months": product.warranty_months,
        "warranty_terms": product.warranty_terms,
        "serial_numbers": product.has_serial_numbers,
        "in_use": product.is_active,
    }


def _read_product(row: Row) -> dict[str, Any]:
    read: dict[str, Any] = {
        argument: row[name]
        for name, argument in (("name", "product_name"), ("brand", "brand"), ("description", "description"))
        if name in row
    }
    if "tax_class" in row:
        found = TaxClass.objects.filter(name__iexact=row["tax_class"]).values_list("pk", flat=True).first()
        if found is None:
            raise NotPossible(_("There is no tax class of this name."), field="tax_class")
        read["tax_class"] = found
    if "category" in row:
        read["category"] = category_of(row["category"], "category")
    if "warranty_months" in row:
        read["warranty_months"] = _number(row, "warranty_months")
    if "in_use" in row:
        read["in_use"] = _yes(row, "in_use")
    return read


def _only_tax_class() -> int:
    found = list(TaxClass.objects.values_list("pk", flat=True)[:2])
    if len(found) != 1:
        raise NotPossible(_("Say which tax class a new product has."), field="tax_class")
    return found[0]


def take_variant(row: Row, known: int | None, bringing: Bringing) -> tuple[Status, int]:
    """A variant, found again by its outside id, else by its article number."""
    variant = _found(Variant.objects.all(), known, "sku", row["sku"], _("A variant keeps its article number."))
    read: dict[str, Any] = {"gtin": row["gtin"]} if "gtin" in row else {}
    if "weight_grams" in row:
        read["weight_grams"] = _number(row, "weight_grams")
    if variant is None:
        product = Product.objects.filter(code=row.get("product", "")).values_list("pk", flat=True).first()
        if product is None:
            raise NotPossible(_("There is no product of this code."), field="product")
        _do("add_variant", product, bringing, sku=row["sku"], options=_options(row), **read)
        variant = Variant.objects.get(sku=row["sku"])
        if "in_use" in row and not _yes(row, "in_use"):
            _do("change_variant", variant.pk, bringing, **_variant_values(variant) | {"in_use": False})
        return Status.CREATED, variant.pk
    if bringing.on_match is OnMatch.SKIP:
        return Status.SKIPPED, variant.pk
    if "options" in row and _options(row) != variant.options:
        raise NotPossible(_("A variant keeps its options: another choice is another variant."), field="options")
    if "in_use" in row:
        read["in_use"] = _yes(row, "in_use")
    now = _variant_values(variant)
    wanted = now | _wanted(read, now, bringing)
    if wanted == now:
        return Status.UNCHANGED, variant.pk
    _do("change_variant", variant.pk, bringing, **wanted)
    return Status.UPDATED, variant.pk


def _variant_values(variant: Variant) -> dict[str, Any]:
    return {"gtin": variant.gtin, "weight_grams": variant.weight_grams, "in_use": variant.is_active}


def _options(row: Row) -> dict[str, str]:
    """Options as "size=M; colour=blue"."""
    found = {}
    for part in row.get("options", "").split(";"):
        name, sign, value = part.partition("=")
        if part.strip() and not (sign and name.strip() and value.strip()):
            raise NotPossible(_("Write options as size=M; colour=blue."), field="options")
        if part.strip():
            found[name.strip()] = value.strip()
    return found


def take_price(row: Row, known: int | None, bringing: Bringing) -> tuple[Status, int]:  # noqa: ARG001
    """What an article costs by a list."""
    prices = PriceList.objects.filter(name__iexact=row["price_list"]).first()
    if prices is None:
        raise NotPossible(_("There is no price list of this name."), field="price_list")
    variant, pieces = _article(row), _number(row, "from_pieces") if "from_pieces" in row else 1
    try:
        # As programs write it, wherever they are; else as whoever brings it writes numbers.
        language = "en" if re.fullmatch(r"\d+(\.\d+)?", row["price"], re.ASCII) else None
        amount = Money.parse(row["price"], prices.currency, language)
    except MoneyError:
        wrong = _("Write an amount in %(currency)s, such as 12.50.") % {"currency": prices.currency}
        raise NotPossible(wrong, field="price") from None
    found = Price.objects.filter(price_list=prices, variant=variant, from_pieces=pieces)
    now = found.first()
    if now is not None and (now.minor == amount.minor or bringing.on_match is not OnMatch.UPDATE):
        return Status.UNCHANGED if now.minor == amount.minor else Status.SKIPPED, now.pk
    said = {"minor": amount.minor, "currency": amount.currency}
    _do("set_prices", prices.pk, bringing, rows=[{"variant": variant, "amount": said, "from_pieces": pieces}])
    return (Status.CREATED if now is None else Status.UPDATED), found.values_list("pk", flat=True)[0]


def take_stock_count(row: Row, known: int | None, bringing: Bringing) -> tuple[Status, int]:  # noqa: ARG001
    """How many pieces were counted at a place: the difference is a move."""
    place, variant = _place(row), _article(row)
    pieces, shelf = _number(row, "pieces"), row.get("shelf", "")
    found = Stock.objects.filter(place=place, variant=variant)
    now = found.first()
    if now is not None and now.on_hand == pieces and (not shelf or shelf == now.shelf):
        return Status.UNCHANGED, now.pk
    if now is not None and bringing.on_match is not OnMatch.UPDATE:
        return Status.SKIPPED, now.pk
    _do("count_stock", place, bringing, rows=[{"variant": variant, "pieces": pieces, "shelf": shelf}])
    return (Status.CREATED if now is None else Status.UPDATED), found.values_list("pk", flat=True)[0]


_counts_one_by_one = row_by_row("stock", take_stock_count)


def take_stock(rows: Sequence[Row], bringing: Bringing) -> list[Outcome]:
    """Counts of many articles. All places, then all rows of stock are locked first, each in order: so does who ships and reserves."""
    places = dict(StockPlace.objects.filter(name__in={row["place"] for row in rows}).values_list("name", "pk"))
    articles = dict(Variant.objects.filter(sku__in={row["sku"] for row in rows}).values_list("sku", "pk"))
    list(StockPlace.objects.filter(pk__in=places.values()).order_by("pk").select_for_update(no_key=True))
    known = [(row["place"], row["sku"]) for row in rows if row["place"] in places and row["sku"] in articles]
    there = Stock.objects.filter(place__in=places.values(), variant__in=articles.values())
    held = set(there.values_list("place_id", "variant_id"))
    pairs = {(places[place], articles[sku]) for place, sku in known}
    lock_stock(sorted(pairs & held))  # those that are new are nobody else's yet
    return _counts_one_by_one(rows, bringing)


def _place(row: Row) -> int:
    found = StockPlace.objects.filter(name=row["place"]).values_list("pk", flat=True).first()
    if found is None:
        raise NotPossible(_("There is no place of this name."), field="place")
    return found


def _article(row: Row) -> int:
    found = Variant.objects.filter(sku=row["sku"]).values_list("pk", flat=True).first()
    if found is None:
        raise NotPossible(_("There is no article of this number."), field="sku")
    return found


def _found(things: QuerySet[Any], known: int | None, key: str, value: str, keeps: str) -> Any:
    """One of our things by its id, else by its own key. Raises NotPossible where both are said and do not agree."""
    if known is None:
        return things.filter(**{key: value}).first()
    one = things.get(pk=known)
    if getattr(one, key) != value:
        raise NotPossible(keeps, field=key)
    return one


def _wanted(read: dict[str, Any], now: dict[str, Any], bringing: Bringing) -> dict[str, Any]:
    """What a row changes: all it says, or only what is empty yet."""
    if bringing.on_match is OnMatch.UPDATE:
        return read
    return {name: value for name, value in read.items() if now[name] in ("", None)}


def _number(row: Row, field: str) -> int:
    text = row.get(field, "").strip()
    if not (text.isascii() and text.isdigit() and int(text[:12]) <= LARGEST_NUMBER and len(text) <= 10):
        raise NotPossible(_("Write a whole number."), field=field)
    return int(text)


def _yes(row: Row, field: str) -> bool:
    text = row[field].strip().lower()
    if text not in _YES + _NO:
        raise NotPossible(_("Write yes or no."), field=field)
    return text in _YES


def _made(pk: int | None) -> int:
    assert pk is not None
    return pk


CATEGORIES: TakeAll = row_by_row("categories", take_category, {"category_name": "name"})
PRODUCTS: TakeAll = row_by_row("products", take_product, {"product_name": "name"})
VARIANTS: TakeAll = row_by_row("variants", take_variant)
PRICES: TakeAll = row_by_row("prices", take_price, {"rows": "price"})
