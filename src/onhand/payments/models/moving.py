"""Payments and refunds, the drawers cash is in, and messages of providers. The database keeps what was refunded of a payment."""

from django.db import models
from django.db.models import F, Q

from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.payments.enums import ChargebackState, CountKind, EventState, PaymentState, RefundState
from onhand.payments.models.methods import PaymentMethod, ProviderAccount, new_token


class Drawer(Versioned):
    """A cash drawer. What is in it is the balance of the ledger's account of the drawer."""

    name = models.CharField(max_length=100, unique=True)
    currency = models.CharField(max_length=3)
    is_active = models.BooleanField(default=True)
    is_open = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    opened_by_name = models.CharField(max_length=200, blank=True, default="")


class DrawerCount(models.Model):
    """The money in a drawer was counted: what was there, what should have been, in minor units. The difference was booked."""

    drawer = models.ForeignKey(Drawer, db_index=False, on_delete=models.PROTECT, related_name="counts")
    kind = models.CharField(max_length=20, choices=CountKind)
    counted_minor = models.BigIntegerField()
    expected_minor = models.BigIntegerField()
    why = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(counted_minor__gte=0), name="drawer_count_not_below_nothing")]
        indexes = [models.Index(fields=["drawer", "-id"], name="drawer_count_in_time")]


class Payment(Versioned):
    """
    Money a customer pays, for a document (`document_type` and `document_id`; "customer" for their account).

    `captured_minor` is what came in, `refunded_minor` what went back of it, `refunding_minor` what is on its way back: the last two are
    kept by the database from the refunds. `taken_back_minor` is what banks have taken back of it now, `disputed` how far the newest of
    its chargebacks is. `key` is unique: the same payment is never taken twice. What a provider is still to be asked
    is pending; `next_try_at` is when. `reference` is what the provider or bank calls it, `why` the reason it failed. `token` is part of
    the key under which the provider is asked. `is_called_off`: the provider is to let go of it. `from_system` names where it was
    received, if not here: such a payment of an order is not booked, as the order is not.
    """

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="payments")
    method = models.ForeignKey(PaymentMethod, db_index=False, on_delete=models.PROTECT, related_name="payments")
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    refunding_minor = models.BigIntegerField(default=0)
    taken_back_minor = models.BigIntegerField(default=0)
    disputed = models.CharField(max_length=20, blank=True, choices=ChargebackState, default="")
    state = models.CharField(max_length=20, choices=PaymentState, default=PaymentState.PENDING)
    captures = models.BooleanField(default=True)  # at once; else it is authorised, and captured when somebody says so
    is_called_off = models.BooleanField(default=False)
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    key = models.CharField(max_length=100, unique=True)
    reference = models.CharField(max_length=200, blank=True, default="")
    why = models.CharField(max_length=300, blank=True, default="")
    drawer = models.ForeignKey(Drawer, null=True, db_index=False, on_delete=models.PROTECT, related_name="payments")
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    captured_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    from_system = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_system="") | Q(state=PaymentState.CAPTURED, refunding_minor=0),
                name="payment_elsewhere_came_in",
            ),
            models.CheckConstraint(condition=Q(minor__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=0, captured_minor__lte=F("minor")), name="payment_captured_at_most_all"
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunding_minor__gte=0)
                & Q(captured_minor__gte=F("refunded_minor") + F("refunding_minor")),
                name="payment_refunded_at_most_captured",
            ),
            models.CheckConstraint(
                condition=Q(state=PaymentState.CAPTURED, captured_minor__gt=0)
                | (~Q(state=PaymentState.CAPTURED) & Q(captured_minor=0)),
                name="payment_captured_in_its_state",
            ),
        ]
        indexes = [
            models.Index(fields=["document_type", "document_id"], name="payment_of_document"),
            models.Index(fields=["customer", "-made_at", "-id"], name="payment_of_customer"),
            models.Index(fields=["method"], name="payment_by_method"),
            models.Index(
                fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="payment_to_be_asked_for"
            ),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="payment_by_reference"),
            models.Index(
                fields=["minor", "currency"], condition=Q(state=PaymentState.PENDING), name="payment_pending_by_amount"
            ),
        ]


class Refund(Versioned):
    """
    Money of a payment that goes back, to the method it came from or to another of the customer (`to`). The database keeps the sums on
    the payment, and refuses what is more than was captured; and it writes whose payment it was. `from_system` names where it was made,
    if not here: there the payment was received too.
    """

    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, db_index=False, on_delete=models.PROTECT, related_name="refunds")
    to = models.ForeignKey(PaymentMethod, db_index=False, on_delete=models.PROTECT, related_name="refunds")
    minor = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=RefundState, default=RefundState.PENDING)
    document_type = models.CharField(max_length=30)
    document_id = models.BigIntegerField()
    key = models.CharField(max_length=100, unique=True)
    reference = models.CharField(max_length=200, blank=True, default="")
    why = models.CharField(max_length=300, blank=True, default="")
    drawer = models.ForeignKey(Drawer, null=True, db_index=False, on_delete=models.PROTECT, related_name="refunds")
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    from_system = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(minor__gt=0), name="refund_of_something"),
            models.CheckConstraint(
                condition=Q(from_system="") | Q(state=RefundState.DONE), name="refund_elsewhere_went_out"
            ),
        ]
        indexes = [
            models.Index(fields=["payment", "id"], name="refund_of_payment"),
            models.Index(fields=["customer", "-made_at", "-id"], name="refund_of_customer"),
            models.Index(fields=["document_type", "document_id"], name="refund_of_document"),
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="refund_to_be_asked_for"),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="refund_by_reference"),
            models.Index(fields=["minor"], condition=Q(state=RefundState.PENDING), name="refund_pending_by_amount"),
        ]


class ProviderEvent(models.Model):
    """A message of a provider as it arrived, stored before anything is done about it. `outside_id` is unique: repeats are known."""

    provider = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="events")
    outside_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    body = models.BinaryField()
    state = models.CharField(max_length=20, choices=EventState, default=EventState.STORED)
    why = models.CharField(max_length=300, blank=True, default="")
    arrived_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "outside_id"], name="provider_event_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state=EventState.STORED), name="provider_event_to_be_handled"
            )
        ]
