"""How it was made sure that whoever speaks is who they say."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from onhand.customers.models.file import Customer, Identity
from onhand.customers.models.parties import Relation
from onhand.kernel.models import Versioned


class IdentityCheck(models.Model):
    """
    One attempt to identify whoever is on a contact. `level` is what it reached (0 if it failed); `relation` names the right by which
    somebody else speaks for the customer. `detail` says what was asked, never the answer.

    A check that reached a level holds until `until`, one that failed counts against further tries until then; `ended_at` ends both
    earlier.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identity_checks")
    contact_id = models.BigIntegerField()
    way = models.CharField(max_length=30)
    level = models.PositiveSmallIntegerField()
    relation = models.ForeignKey(Relation, null=True, on_delete=models.SET_NULL, related_name="+")
    detail = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200)

    class Meta:
        indexes = [
            models.Index(fields=["contact_id", "customer", "-id"], name="identity_check_on_contact"),
            models.Index(fields=["-id"], condition=models.Q(level=0), name="identity_check_failed"),
        ]


class CodeState(models.TextChoices):
    """Where the message with a one-time code is."""

    QUEUED = "queued", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")


class OneTimeCode(models.Model):
    """
    A code sent to an address on file, to prove that whoever is on the contact reads there.

    The code itself is nowhere: it is worked out from `nonce`, the address as it was, and the installation's key. So a changed address
    has another code, and a stolen table holds none.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="one_time_codes")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    contact_id = models.BigIntegerField()
    nonce = models.BinaryField(max_length=16)
    state = models.CharField(max_length=10, choices=CodeState, default=CodeState.QUEUED)
    trouble = models.CharField(max_length=200, blank=True, default="")  # why it could not be sent
    tries = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # used, used up, or overtaken by a newer one
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["contact_id", "customer", "-id"], name="one_time_code_on_contact")]


class IdentificationRules(Versioned):
    """What the company asks for before somebody counts as identified: one row, made with the tables."""

    questions_needed = models.PositiveSmallIntegerField(default=2)
    questions_minutes = models.PositiveSmallIntegerField(default=60)
    code_tries = models.PositiveSmallIntegerField(default=3)
    code_minutes = models.PositiveSmallIntegerField(default=10)
    code_address_hours = models.PositiveSmallIntegerField(default=24)
    strong_minutes = models.PositiveSmallIntegerField(default=60)
    failures_per_contact = models.PositiveSmallIntegerField(default=3)
    failures_per_customer = models.PositiveSmallIntegerField(default=6)
    lock_hours = models.PositiveSmallIntegerField(default=24)
