"""
Shops of other programs whose orders are kept here as they are there. The shop has the goods and the money; what stands here follows it,
and what is wanted of it waits here until it has answered.
"""

import secrets

from django.db import models
from django.db.models import Q

from onhand.catalogue.models import Variant
from onhand.connectors.enums import OutgoingKind, OutgoingState, OutsideState, ShopKind, ShopState
from onhand.kernel.models import Versioned
from onhand.orders.models import Order, OrderLine


def new_key() -> str:
    """What a refund is found again by at the shop: no other row of this or another installation has it."""
    return secrets.token_hex(10)


class OutsideShop(Versioned):
    """
    A shop. `url` is where it is, `api_key`, `api_secret` and `webhook_secret` are locked texts, `hook` the secret part of the address its
    messages come to. Orders changed before `since` are left where they are. `stand_in` is the article that lines stand for whose number the
    catalogue does not know; without it such orders are not taken.
    """

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=ShopKind, default=ShopKind.WOOCOMMERCE)
    url = models.CharField(max_length=500)
    api_key = models.BinaryField(default=bytes)
    api_secret = models.BinaryField(default=bytes)
    webhook_secret = models.BinaryField(default=bytes)
    hook = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=ShopState, default=ShopState.ON)
    since = models.DateTimeField()
    stand_in = models.ForeignKey(Variant, null=True, on_delete=models.PROTECT, related_name="+")


class ShopHealth(models.Model):
    """
    How a shop answers, beside it: it changes without anybody's doing. `mark` is the latest change of an order that was read with all that
    came before it. `hook_at` is when its last message came.
    """

    shop = models.OneToOneField(OutsideShop, primary_key=True, on_delete=models.CASCADE, related_name="health")
    mark = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    hook_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, default="")


class OutsideOrder(models.Model):
    """
    An order of a shop, by its number there, and ours. What the shop says of its money stands here, in minor units of the order's
    currency, as nothing of it is booked. `status` is the shop's own word, `changed_at` when it last changed there. `said` holds what was
    read only while it is written, `fingerprint` a hash of it that tells whether anything is new. It is read again at `next_read_at`.
    """

    shop = models.ForeignKey(OutsideShop, db_index=False, on_delete=models.PROTECT, related_name="orders")
    outside_id = models.CharField(max_length=40)
    number = models.CharField(max_length=60, blank=True, default="")
    order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=OutsideState, default=OutsideState.WAITING)
    problem = models.CharField(max_length=300, blank=True, default="")
    status = models.CharField(max_length=60, blank=True, default="")
    changed_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    paid_by = models.CharField(max_length=200, blank=True, default="")
    paid_reference = models.CharField(max_length=200, blank=True, default="")
    refunded_minor = models.BigIntegerField(default=0)
    said = models.JSONField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    seen_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    next_read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "outside_id"], name="outside_order_once"),
            models.CheckConstraint(condition=Q(refunded_minor__gte=0), name="outside_order_refunds_something"),
            models.CheckConstraint(
                condition=~Q(state=OutsideState.KEPT) | Q(order__isnull=False), name="outside_order_kept_is_there"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_read_at"], condition=Q(next_read_at__isnull=False), name="outside_order_to_be_read"
            ),
            models.Index(fields=["shop", "-id"], condition=Q(state=OutsideState.REFUSED), name="outside_order_refused"),
        ]


class OutsideLine(models.Model):
    """What the shop calls a line of an order, and its tax by the shop's rates, as [rate, minor units]."""

    outside_order = models.ForeignKey(OutsideOrder, on_delete=models.CASCADE, related_name="lines")
    outside_id = models.CharField(max_length=40)
    line = models.OneToOneField(OrderLine, on_delete=models.CASCADE, related_name="+")
    taxes = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outside_order", "outside_id"], name="outside_line_once")]


class Outgoing(models.Model):
    """
    Something a shop is to be told about an order, exactly once. `key` goes with a refund and is looked for before it is sent again.
    `lines` are the pieces given back, as [line at the shop, pieces, net, [[tax rate, tax]]]. `moves_money`: the shop pays it back by the
    way it was paid; else somebody does by hand. `words` are what the shop said.
    """

    outside_order = models.ForeignKey(OutsideOrder, on_delete=models.PROTECT, related_name="outgoing")
    kind = models.CharField(max_length=10, choices=OutgoingKind)
    state = models.CharField(max_length=10, choices=OutgoingState, default=OutgoingState.WAITING)
    minor = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True, default="")
    moves_money = models.BooleanField(default=True)
    restocks = models.BooleanField(default=False)
    lines = models.JSONField(default=list)
    key = models.CharField(max_length=40, unique=True, default=new_key)
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=OutgoingKind.REFUND, minor__gt=0) | ~Q(kind=OutgoingKind.REFUND) & Q(minor=0),
                name="outgoing_refund_of_something",
            ),
            models.CheckConstraint(
                condition=Q(state=OutgoingState.WAITING, next_try_at__isnull=False, done_at__isnull=True)
                | ~Q(state=OutgoingState.WAITING) & Q(next_try_at__isnull=True, done_at__isnull=False),
                name="outgoing_waits_or_is_over",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state=OutgoingState.WAITING), name="outgoing_to_be_sent"),
        ]


class OutsideRefund(models.Model):
    """
    Money a shop gave back of an order. `outgoing` is what made it, where it was asked for here. One that the shop took back again has
    `gone_at`. `lines` are the pieces, as [line at the shop, pieces, amount with tax].
    """

    outside_order = models.ForeignKey(OutsideOrder, on_delete=models.CASCADE, related_name="refunds")
    outside_id = models.CharField(max_length=40)
    minor = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True, default="")
    lines = models.JSONField(default=list)
    made_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    outgoing = models.ForeignKey(Outgoing, null=True, on_delete=models.PROTECT, related_name="refunds")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outside_order", "outside_id"], name="outside_refund_once"),
            models.CheckConstraint(condition=Q(minor__gte=0), name="outside_refund_is_not_negative"),
        ]
