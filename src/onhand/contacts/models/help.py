"""Help somebody asks for while they are on a contact or a case."""

from django.db import models

from onhand.contacts.enums import HelpState
from onhand.contacts.models.cases import Case
from onhand.contacts.models.contacts import Contact
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned


class HelpRequest(Versioned):
    """
    A question to who knows more, asked on a contact or on a case. `to_id` is whom it was put to first, if anybody; `taken_by_id` who
    looks at it now or answered it.

    `customer` is the one of the contact or case, for their timeline.
    """

    contact = models.ForeignKey(Contact, null=True, db_index=False, on_delete=models.PROTECT, related_name="help")
    case = models.ForeignKey(Case, null=True, db_index=False, on_delete=models.PROTECT, related_name="help")
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="help")
    state = models.CharField(max_length=10, choices=HelpState, default=HelpState.OPEN)
    question = models.TextField()
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField(null=True)
    asked_by_name = models.CharField(max_length=200)
    to_id = models.BigIntegerField(null=True)
    to_name = models.CharField(max_length=200, blank=True, default="")
    taken_at = models.DateTimeField(null=True)
    taken_by_id = models.BigIntegerField(null=True)
    taken_by_name = models.CharField(max_length=200, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(contact__isnull=False, case__isnull=True)
                | models.Q(contact__isnull=True, case__isnull=False),
                name="help_on_one_thing",
            ),
            models.UniqueConstraint(
                fields=["contact", "asked_by_id"],
                condition=models.Q(state=HelpState.OPEN, contact__isnull=False),
                name="help_once_on_contact",
            ),
            models.UniqueConstraint(
                fields=["case", "asked_by_id"],
                condition=models.Q(state=HelpState.OPEN, case__isnull=False),
                name="help_once_on_case",
            ),
        ]
        indexes = [
            models.Index(fields=["contact", "-id"], condition=models.Q(contact__isnull=False), name="help_of_contact"),
            models.Index(fields=["case", "-id"], condition=models.Q(case__isnull=False), name="help_of_case"),
            models.Index(
                fields=["customer", "-asked_at", "-id"],
                condition=models.Q(customer__isnull=False),
                name="help_of_customer",
            ),
            models.Index(fields=["id"], condition=models.Q(state=HelpState.OPEN), name="help_open"),
        ]
