"""
Orders and what becomes of them. A line is counted, never thrown away: how many pieces were ordered, shipped, delivered, asked back,
came back and were credited. The database refuses counters that cannot be, and moves of the state that are none. Every change is kept
beside the original.
"""

from django.db import models
from django.db.models import F, Q

from onhand.catalogue.models import Product, Variant
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.orders.enums import (
    CancelReason,
    ChangeKind,
    ExtraKind,
    Grade,
    OrderState,
    Remedy,
    ReturnKind,
    ReturnReason,
    ReturnState,
    ScanKind,
    ShipmentState,
)
from onhand.payments.models import Payment, PaymentMethod


class Order(Versioned):
    """
    What a customer ordered. `address` is where it goes, as it was said then (name, address_lines, postal_code, city, region, country).
    Totals are in minor units of `currency`, tax included in `gross_minor`; goods sent in exchange are not in them. `paid_at` is when its
    money was there, or was agreed to come by invoice. `from_system` names where an order was brought in from that was over there, or
    is kept in step with: nothing is booked for it here, and its state goes where it goes there.
    """

    reference = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=OrderState, default=OrderState.PENDING)
    currency = models.CharField(max_length=3)
    address = models.JSONField(default=dict)
    net_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    gross_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    goodwill_minor = models.BigIntegerField(default=0)
    placed_at = models.DateTimeField()
    placed_by_name = models.CharField(max_length=200, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    from_system = models.CharField(max_length=60, blank=True, default="")
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=20, choices=CancelReason, blank=True, default="")
    completed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=OrderState.CANCELLED, cancelled_at__isnull=False) & ~Q(cancel_reason="")
                | ~Q(state=OrderState.CANCELLED) & Q(cancelled_at__isnull=True, cancel_reason=""),
                name="order_cancelled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor"), gross_minor__gte=0, discount_minor__gte=0),
                name="order_totals_add_up",
            ),
            models.CheckConstraint(
                condition=Q(goodwill_minor__gte=0, goodwill_minor__lte=F("gross_minor")), name="order_goodwill_in_reach"
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.PENDING) | Q(paid_at__isnull=True), name="order_pending_is_not_paid"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-placed_at", "-id"], name="order_of_customer"),
            models.Index(
                fields=["delivered_at"], condition=Q(state=OrderState.DELIVERED), name="order_to_be_completed"
            ),
            models.Index(fields=["placed_at"], condition=Q(state=OrderState.PENDING), name="order_to_be_paid"),
        ]


class OrderLine(models.Model):
    """
    So many pieces of one variant, at the price, tax and options of the day. `title` and `options` say what it was then; `parts` the
    pieces of stock one of it is, as [variant, pieces]. `gross_minor` is what all of it costs with tax, its discount taken off;
    `own_discount_minor` is what of the discount was given on this line alone and can be taken back. A line sent in exchange for another
    has `in_return`, the return it belongs to.
    """

    order = models.ForeignKey(Order, db_index=False, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveSmallIntegerField()
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    sku = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    options = models.JSONField(default=dict)
    parts = models.JSONField(default=list)
    is_service = models.BooleanField(default=False)
    pieces = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField()
    includes_tax = models.BooleanField()
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    discount_minor = models.BigIntegerField(default=0)
    own_discount_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    in_return = models.ForeignKey("Return", null=True, on_delete=models.PROTECT, related_name="replacements")
    is_held = models.BooleanField(default=False)  # not to be shipped before what it replaces is back
    shipped = models.PositiveIntegerField(default=0)
    invoiced = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    exchanged = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    credited = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="order_line_once"),
            models.CheckConstraint(condition=Q(shipped__lte=F("pieces")), name="order_line_shipped_was_ordered"),
            models.CheckConstraint(condition=Q(delivered__lte=F("shipped")), name="order_line_delivered_was_shipped"),
            models.CheckConstraint(
                condition=Q(delivered__gte=F("returned") + F("exchanged")), name="order_line_returned_was_delivered"
            ),
            models.CheckConstraint(
                condition=Q(received__lte=F("returned") + F("exchanged")), name="order_line_received_was_agreed"
            ),
            models.CheckConstraint(
                condition=Q(credited__lte=F("invoiced")) & Q(invoiced__lte=F("pieces")),
                name="order_line_credited_was_invoiced",
            ),
            models.CheckConstraint(
                condition=Q(unit_minor__gte=0, discount_minor__gte=0, net_minor__gte=0, tax_minor__gte=0),
                name="order_line_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(own_discount_minor__gte=0, own_discount_minor__lte=F("discount_minor")),
                name="order_line_own_discount_is_of_it",
            ),
        ]

    @property
    def gross_minor(self) -> int:
        """What the whole line costs, tax included and discount taken off."""
        return self.net_minor + self.tax_minor


class OrderExtra(models.Model):
    """What an order costs beside its lines: shipping, fees. Given back only where a cancellation or an act says so."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="extras")
    kind = models.CharField(max_length=10, choices=ExtraKind)
    text = models.CharField(max_length=200, blank=True, default="")
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    is_invoiced = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(net_minor__gte=0, tax_minor__gte=0), name="order_extra_is_not_negative")
        ]

    @property
    def gross_minor(self) -> int:
        """What it costs, tax included."""
        return self.net_minor + self.tax_minor


class OrderPayment(models.Model):
    """
    One way an order is paid: so much by this method. `payment` is what was taken; none where it is invoiced and paid later. One that is
    no longer wanted, as another method was chosen, has `ended_at`.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="+")
    minor = models.BigIntegerField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(minor__gt=0), name="order_payment_of_something")]


class Shipment(models.Model):
    """Goods on their way to the customer. `address` is where they were sent, `delivered_to` who took them, `proof` how that is known."""

    order = models.ForeignKey(Order, db_index=False, on_delete=models.CASCADE, related_name="shipments")
    number = models.PositiveSmallIntegerField()
    carrier = models.CharField(max_length=60)
    tracking = models.CharField(max_length=60, blank=True, default="")
    address = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ShipmentState, default=ShipmentState.UNDERWAY)
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    delivered_to = models.CharField(max_length=200, blank=True, default="")
    proof = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="shipment_once"),
            models.CheckConstraint(
                condition=Q(state=ShipmentState.DELIVERED, delivered_at__isnull=False)
                | ~Q(state=ShipmentState.DELIVERED) & Q(delivered_at__isnull=True),
                name="shipment_delivered_at_some_time",
            ),
        ]
        indexes = [models.Index(fields=["tracking"], condition=~Q(tracking=""), name="shipment_by_tracking")]


class ShipmentLine(models.Model):
    """How many pieces of a line are in a shipment."""

    shipment = models.ForeignKey(Shipment, db_index=False, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="+")
    pieces = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(pieces__gt=0), name="shipment_line_of_something"),
        ]


class ShippedPiece(models.Model):
    """One piece with its serial number: in which shipment it went, and in which return it came back."""

    shipment_line = models.ForeignKey(ShipmentLine, on_delete=models.CASCADE, related_name="serials")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="serials")
    serial = models.CharField(max_length=60)
    return_line = models.ForeignKey("ReturnLine", null=True, on_delete=models.PROTECT, related_name="serials")

    class Meta:
        constraints = [
            # A piece is with one customer at a time; back in stock it can be sold again.
            models.UniqueConstraint(
                fields=["serial", "line"], condition=Q(return_line__isnull=True), name="shipped_piece_once"
            )
        ]
        indexes = [models.Index(fields=["serial"], name="shipped_piece_by_serial")]


class Scan(models.Model):
    """What a carrier said: when, where, what. `key` is unique in a shipment: the same scan told twice is one."""

    shipment = models.ForeignKey(Shipment, db_index=False, on_delete=models.CASCADE, related_name="scans")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=ScanKind)
    place = models.CharField(max_length=200, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    key = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "key"], name="scan_once")]


class Return(Versioned):
    """
    Goods that come back: agreed with the customer, arrived, inspected and settled. `kind` says what for. `refund_to` is the payment
    method chosen for the money instead of the original one; amounts are in minor units of the order's currency.
    """

    reference = models.CharField(max_length=20, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="returns")
    kind = models.CharField(max_length=10, choices=ReturnKind, default=ReturnKind.RETURN)
    state = models.CharField(max_length=10, choices=ReturnState, default=ReturnState.AGREED)
    reason = models.CharField(max_length=20, choices=ReturnReason)
    note = models.CharField(max_length=500, blank=True, default="")
    agreed_at = models.DateTimeField()
    agreed_by_name = models.CharField(max_length=200, blank=True, default="")
    send_by = models.DateField()
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    refund_to = models.ForeignKey(PaymentMethod, null=True, on_delete=models.PROTECT, related_name="+")
    charged_minor = models.BigIntegerField(default=0)  # the price difference of an exchange
    expected_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)
    given_back_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    credited_minor__gte=0, given_back_minor__gte=0, expected_minor__gte=0, charged_minor__gte=0
                ),
                name="return_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ReturnState.CLOSED, ReturnState.WITHDRAWN], closed_at__isnull=False)
                | Q(state__in=[ReturnState.AGREED, ReturnState.RECEIVED], closed_at__isnull=True),
                name="return_closed_at_some_time",
            ),
        ]


class ReturnLine(models.Model):
    """How many pieces of a line come back, arrived, and were taken; in what state they were, and where they went."""

    in_return = models.ForeignKey(Return, db_index=False, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+")
    pieces = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    restocked = models.PositiveIntegerField(default=0)
    grade = models.CharField(max_length=10, choices=Grade, blank=True, default="")
    deduction_minor = models.BigIntegerField(default=0)
    fault = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["in_return", "line"], name="return_line_once"),
            models.CheckConstraint(condition=Q(pieces__gt=0), name="return_line_of_something"),
            models.CheckConstraint(
                condition=Q(received__lte=F("pieces"), taken__lte=F("received"), restocked__lte=F("taken")),
                name="return_line_taken_was_received",
            ),
            models.CheckConstraint(condition=Q(deduction_minor__gte=0), name="return_line_deducts"),
        ]


class WarrantyClaim(models.Model):
    """A fault claimed under a product's warranty: on which piece, until when it was covered, by which terms, what was agreed."""

    order = models.ForeignKey(Order, db_index=False, on_delete=models.PROTECT, related_name="claims")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+")
    serial = models.CharField(max_length=60, blank=True, default="")
    bought_on = models.DateField()
    covered_until = models.DateField()
    terms = models.TextField(blank=True, default="")
    fault = models.CharField(max_length=500)
    remedy = models.CharField(max_length=10, choices=Remedy)
    in_return = models.OneToOneField(Return, on_delete=models.PROTECT, related_name="claim")
    claimed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["order"], name="claim_of_order")]


class OrderChange(models.Model):
    """
    What happened to an order, with what was before and after: the original is never lost. `settlement` says what came due or is given back,
    and how each amount came about. Rows are not changed; what is personal in them can be emptied.
    """

    order = models.ForeignKey(Order, db_index=False, on_delete=models.CASCADE, related_name="changes")
    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=ChangeKind)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200, blank=True, default="")
    contact_id = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    settlement = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="order_change_once")]
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="order_change_of_customer")]


class OrderRules(Versioned):
    """What the company lays down about orders: after how many days without their money they are cancelled (0: never). There is one row."""

    days_to_pay = models.PositiveSmallIntegerField(default=7)


class BoughtTogether(models.Model):
    """How many orders of the last year hold both products. Made anew each night; says nothing of any customer."""

    product = models.ForeignKey(Product, db_index=False, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    orders = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "other"], name="bought_together_once")]
