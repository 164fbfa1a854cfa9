"""
Endpoints, and what each is told. A delivery is written by the database with the event it tells of (see the migrations), so that none is
forgotten whatever process dies; what was tried is written beside it.
"""

from django.db import models
from django.db.models import Q

from onhand.kernel.models import Versioned
from onhand.webhooks.enums import DeliveryState, EndpointState


class Endpoint(Versioned):
    """
    An address of another program. `event_types` holds names of events and acts, `orders.*` for all of an app, or `*`. Of the two
    secrets the older one is valid until `old_secret_until`, so that the receiver can change over without losing a message.
    """

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000)
    event_types = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=EndpointState, default=EndpointState.ON)
    why_off = models.CharField(max_length=300, blank=True, default="")
    log_days = models.PositiveSmallIntegerField(default=30)
    secret = models.BinaryField()
    old_secret = models.BinaryField(default=b"")
    old_secret_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=200, blank=True, default="")


class EndpointHealth(models.Model):
    """How an endpoint answers, kept beside it: it changes without anybody's doing. Written with each attempt."""

    endpoint = models.OneToOneField(Endpoint, primary_key=True, on_delete=models.CASCADE, related_name="health")
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    not_before = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_problem = models.CharField(max_length=300, blank=True, default="")


class Delivery(models.Model):
    """
    One event to one endpoint; a test has no event. What is sent is made from the event's record when it is sent, so that what was taken
    out of the record since is not told. `taken_until` is until when somebody is at it. `order_key` is the subject: in order of id.
    """

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, db_index=False, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.BigIntegerField(null=True)
    event_type = models.CharField(max_length=100)
    order_key = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    taken_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_delivery_once"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.WAITING, ended_at__isnull=True)
                | (~Q(state=DeliveryState.WAITING) & Q(ended_at__isnull=False)),
                name="webhook_delivery_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "order_key", "id"],
                condition=Q(state=DeliveryState.WAITING),
                name="webhook_delivery_in_order",
            ),
            models.Index(
                fields=["endpoint", "due_at"], condition=Q(state=DeliveryState.WAITING), name="webhook_delivery_due"
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_log"),
            models.Index(
                fields=["endpoint", "id"], condition=Q(state=DeliveryState.FAILED), name="webhook_delivery_failed"
            ),
            models.Index(
                fields=["endpoint", "ended_at"], condition=Q(ended_at__isnull=False), name="webhook_delivery_ended"
            ),
        ]


class Attempt(models.Model):
    """One try: what was sent, what came back, how long it took in milliseconds."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    url = models.CharField(max_length=2000)
    body = models.TextField()
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True, default="")
    problem = models.CharField(max_length=300, blank=True, default="")
    milliseconds = models.PositiveIntegerField()
