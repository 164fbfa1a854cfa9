"""
What the company sells: products with their variants, what they cost whom and when, what tax they bear, and where they are in stock.
Stock is the sum of its moves, and what is reserved the sum of its open reservations: the database keeps both and refuses less than nothing.
"""

from django.db import models
from django.db.models import F, Q

from onhand.catalogue.enums import AttributeType, PlaceKind, ProductKind, ReservationState, StockWhy
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.staff.models import Site


class TaxClass(Versioned):
    """How a product is taxed: at the usual rate, a reduced one, none."""

    name = models.CharField(max_length=60, unique=True)


class TaxRate(models.Model):
    """The rate of a class in a country, or in a region of it, from a day on until the next row's day. `percent` is exact."""

    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="rates")
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True, default="")
    from_day = models.DateField()
    percent = models.DecimalField(max_digits=6, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tax_class", "country", "region", "from_day"], name="tax_rate_once_a_day"),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="tax_rate_is_a_share"),
        ]


class Category(Versioned):
    """A shelf of the catalogue, within another or at the top."""

    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent", "name"], name="category_once", nulls_distinct=False)]


class Attribute(Versioned):
    """Something products are compared and proposed by, such as power or colour. `key` names it in `Product.values`."""

    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    type = models.CharField(max_length=10, choices=AttributeType, default=AttributeType.TEXT)
    unit = models.CharField(max_length=20, blank=True, default="")


class Product(Versioned):
    """
    Something the company sells. `values` are its attributes by key, `options` the names of what its variants differ in, in order (size,
    colour). `warranty_months` counts from delivery; None is none beside the law's. The words it is found by are a column of the database.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=ProductKind, default=ProductKind.GOODS)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="products")
    brand = models.CharField(max_length=100, blank=True, default="")
    description = models.TextField(blank=True, default="")
    values = models.JSONField(default=dict)
    options = models.JSONField(default=list)
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="products")
    warranty_months = models.PositiveSmallIntegerField(null=True)
    warranty_terms = models.TextField(blank=True, default="")
    has_serial_numbers = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["name", "id"], condition=Q(is_active=True), name="product_by_name"),
        ]


class Variant(Versioned):
    """One thing that can be ordered: a product with its options chosen, such as {"size": "M", "colour": "blue"}."""

    product = models.ForeignKey(Product, db_index=False, on_delete=models.PROTECT, related_name="variants")
    sku = models.CharField(max_length=60, unique=True)
    gtin = models.CharField(max_length=14, blank=True, default="")
    options = models.JSONField(default=dict)
    weight_grams = models.PositiveIntegerField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "options"], name="variant_once")]
        indexes = [models.Index(fields=["gtin"], condition=~Q(gtin=""), name="variant_by_gtin")]


class BundlePart(models.Model):
    """What a bundle is sold as: so many pieces of a variant."""

    bundle = models.ForeignKey(Product, db_index=False, on_delete=models.PROTECT, related_name="parts")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    pieces = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bundle", "variant"], name="bundle_part_once"),
            models.CheckConstraint(condition=Q(pieces__gt=0), name="bundle_part_of_something"),
        ]


class CustomerGroup(Versioned):
    """Customers who get prices of their own, such as staff, members or dealers."""

    name = models.CharField(max_length=60, unique=True)


class GroupMember(models.Model):
    """A customer in a group."""

    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, related_name="members")
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "group"], name="group_member_once")]


class PriceList(Versioned):
    """
    Prices in one currency, with or without tax in them, for everybody or one group of customers, valid from a day and until one
    (inclusive). Of several that hold, the one of higher `rank` counts, and among equals the lower price.
    """

    name = models.CharField(max_length=60, unique=True)
    currency = models.CharField(max_length=3)
    includes_tax = models.BooleanField(default=True)
    group = models.ForeignKey(CustomerGroup, null=True, on_delete=models.PROTECT, related_name="price_lists")
    from_day = models.DateField()
    until_day = models.DateField(null=True)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_day__isnull=True) | Q(until_day__gte=F("from_day")),
                name="price_list_ends_after_it_begins",
            )
        ]


class Price(models.Model):
    """What one piece costs from so many pieces on, in minor units of the list's currency."""

    price_list = models.ForeignKey(PriceList, db_index=False, on_delete=models.CASCADE, related_name="prices")
    variant = models.ForeignKey(Variant, db_index=False, on_delete=models.CASCADE, related_name="prices")
    from_pieces = models.PositiveIntegerField(default=1)
    minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "price_list", "from_pieces"], name="price_once"),
            models.CheckConstraint(condition=Q(minor__gte=0, from_pieces__gte=1), name="price_of_something"),
        ]
        indexes = [models.Index(fields=["price_list", "variant"], name="price_of_list")]


class StockPlace(Versioned):
    """A branch or warehouse where goods are."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=PlaceKind, default=PlaceKind.WAREHOUSE)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=300, blank=True, default="")
    is_active = models.BooleanField(default=True)


class Stock(models.Model):
    """How many pieces of a variant are at a place, how many of them are reserved, and on which shelf. Kept by the database."""

    place = models.ForeignKey(StockPlace, db_index=False, on_delete=models.PROTECT, related_name="stock")
    variant = models.ForeignKey(Variant, db_index=False, on_delete=models.PROTECT, related_name="stock")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    shelf = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "place"], name="stock_once"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="stock_is_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="stock_reserved_is_covered"
            ),
        ]
        indexes = [models.Index(fields=["place", "variant"], name="stock_of_place")]


class StockMove(models.Model):
    """Pieces that came (positive) or went, and why. Never changed; a wrong one is countered. `key` is unique: nothing moves twice."""

    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="moves")
    pieces = models.IntegerField()
    why = models.CharField(max_length=10, choices=StockWhy)
    document_type = models.CharField(max_length=30, blank=True, default="")
    document_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(pieces=0), name="stock_move_of_something")]


class Reservation(models.Model):
    """Pieces kept for a document, such as a line of an order, or for a customer who comes for them, until a moment or until used."""

    stock = models.ForeignKey(Stock, db_index=False, on_delete=models.PROTECT, related_name="reservations")
    pieces = models.PositiveIntegerField()
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    made_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=ReservationState, default=ReservationState.OPEN)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pieces__gt=0), name="reservation_of_something"),
            models.CheckConstraint(
                condition=Q(state=ReservationState.OPEN, ended_at__isnull=True)
                | (~Q(state=ReservationState.OPEN) & Q(ended_at__isnull=False)),
                name="reservation_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["document_type", "document_id"], name="reservation_of_document"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="reservation_of_customer"),
            models.Index(fields=["stock"], condition=Q(state=ReservationState.OPEN), name="reservation_open"),
            models.Index(
                fields=["until"],
                condition=Q(state=ReservationState.OPEN, until__isnull=False),
                name="reservation_runs_out",
            ),
        ]


class Guide(Versioned):
    """
    A needs guide: questions, each with answers, and what each answer asks of a product of the category (of all without one). `rows` are
    as `rows.GuideRow` gives them, in order.
    """

    name = models.CharField(max_length=60, unique=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    rows = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
