"""What whoever serves a customer must know first: flags, and what the customer agreed to."""

from django.db import models

from onhand.customers.enums import ConsentAnswer, ConsentPurpose, FlagKind
from onhand.customers.models.file import Customer


class Flag(models.Model):
    """A sign on the file, with who set it, why, and until when (None: until lifted)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=20, choices=FlagKind)
    reason = models.CharField(max_length=500)
    set_by_id = models.BigIntegerField(null=True)
    set_by_name = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"], condition=models.Q(lifted_at__isnull=True), name="flag_once"
            )
        ]


class Consent(models.Model):
    """
    One answer of a customer for a purpose and a channel (empty: all channels), with its proof. Answers are only added; the newest of
    a purpose and channel holds.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=ConsentPurpose)
    channel = models.CharField(max_length=20, blank=True, default="")
    answer = models.CharField(max_length=20, choices=ConsentAnswer)
    proof = models.CharField(max_length=500)
    contact_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    taken_by_name = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["customer", "purpose", "channel", "-id"], name="consent_newest")]
