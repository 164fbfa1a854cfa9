"""Promises made to customers."""

from django.db import models

from onhand.contacts.models.cases import Case
from onhand.contacts.models.contacts import Contact
from onhand.customers.models import Customer
from onhand.guidelines.models import Guideline


class Promise(models.Model):
    """
    Something the customer was promised by a time. Open until it was kept or called off.

    `test` is the key of a test on the books that says by itself whether it was kept; empty if somebody has to say so. `broken_at` is
    when it was found not kept at its time: it is work from then on, and may still be kept late.

    One that followed from an act names the `guideline` and its version that said so, the record of the act, and what it was done to.
    """

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.PROTECT, related_name="promises")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="promises")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="promises")
    text = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField(null=True)
    made_by_name = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True)
    called_off_at = models.DateTimeField(null=True)
    test = models.CharField(max_length=60, blank=True, default="", db_default="")
    broken_at = models.DateTimeField(null=True)
    guideline = models.ForeignKey(Guideline, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    guideline_version = models.PositiveIntegerField(null=True)
    record_id = models.BigIntegerField(null=True)
    about_type = models.CharField(max_length=40, blank=True, default="", db_default="")
    about_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-made_at", "-id"], name="promise_by_customer"),
            models.Index(
                fields=["customer", "due_at"],
                condition=models.Q(kept_at__isnull=True, called_off_at__isnull=True),
                name="promise_open",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(kept_at__isnull=True, called_off_at__isnull=True),
                name="promise_due",
            ),
            models.Index(
                fields=["made_by_id", "broken_at"],
                condition=models.Q(kept_at__isnull=True, called_off_at__isnull=True, broken_at__isnull=False),
                name="promise_broken",
            ),
            models.Index(
                fields=["case"],
                condition=models.Q(
                    kept_at__isnull=True, called_off_at__isnull=True, broken_at__isnull=False, case__isnull=False
                ),
                name="promise_broken_of_case",
            ),
        ]
