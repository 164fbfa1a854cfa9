"""What somebody asks to be allowed: an act prepared to the last argument. Who answers for whom meanwhile, and how long things wait."""

from django.db import models

from onhand.approvals.enums import ApprovalState
from onhand.contacts.models import Case, Contact
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.staff.models import Representative


class Approval(Versioned):
    """
    An act that needs somebody with more authority, as it will be done: `act` on `about_id` (of type `about_type`; None where the act
    creates) with `arguments`, as records hold them, under `key`, the act's own idempotency key. `facts` and `decision` are what was known
    and said when it was asked; all is decided again when it is allowed. `may_approve` are the roles that were named then.

    `customer` is whose file it is about, `taken_by_id` who has it now, `answered_by_id` who allowed or denied it (`answered_for_id`: with
    whose authority, where a deputy did), `record_id` the record of the act once it is done. From `escalated_at` on it is nearly too late.
    """

    act = models.CharField(max_length=100)
    about_type = models.CharField(max_length=40)
    about_id = models.BigIntegerField(null=True)
    about_title = models.CharField(max_length=200, blank=True, default="")
    arguments = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    decision = models.JSONField(default=dict)
    may_approve = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    key = models.CharField(max_length=100)
    contact = models.ForeignKey(Contact, null=True, db_index=False, on_delete=models.PROTECT, related_name="approvals")
    case = models.ForeignKey(Case, null=True, db_index=False, on_delete=models.PROTECT, related_name="approvals")
    customer = models.ForeignKey(
        Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="approvals"
    )
    state = models.CharField(max_length=10, choices=ApprovalState, default=ApprovalState.OPEN)
    note = models.TextField(blank=True, default="")
    customer_waits = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    asked_by_kind = models.CharField(max_length=10)
    asked_by_id = models.BigIntegerField()
    asked_by_name = models.CharField(max_length=200)
    asked_via = models.CharField(max_length=10)
    expires_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    taken_by_id = models.BigIntegerField(null=True)
    taken_by_name = models.CharField(max_length=200, blank=True, default="")
    answered_by_id = models.BigIntegerField(null=True)
    answered_by_name = models.CharField(max_length=200, blank=True, default="")
    answered_by_role = models.CharField(max_length=40, blank=True, default="")
    answered_for_id = models.BigIntegerField(null=True)
    answered_for_name = models.CharField(max_length=200, blank=True, default="")
    escalated_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")
    words = models.TextField(blank=True, default="")
    record_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asked_by_kind", "asked_by_id", "key"], name="approval_once_by_key"),
            models.UniqueConstraint(
                fields=["asked_by_kind", "asked_by_id", "digest"],
                condition=models.Q(state=ApprovalState.OPEN),
                name="approval_open_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ApprovalState.ALLOWED)
                | models.Q(record_id__isnull=False, answered_by_id__isnull=False),
                name="approval_allowed_is_done",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ApprovalState.OPEN, ended_at__isnull=True)
                | (~models.Q(state=ApprovalState.OPEN) & models.Q(ended_at__isnull=False)),
                name="approval_ended_when_not_open",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_by_id__isnull=True) | ~models.Q(answered_by_id=models.F("asked_by_id")),
                name="approval_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_for_id__isnull=True) | ~models.Q(answered_for_id=models.F("asked_by_id")),
                name="approval_for_somebody_else",
            ),
        ]
        indexes = [
            models.Index(
                fields=["contact", "-id"], condition=models.Q(contact__isnull=False), name="approval_of_contact"
            ),
            models.Index(fields=["case", "-id"], condition=models.Q(case__isnull=False), name="approval_of_case"),
            models.Index(
                fields=["customer", "-asked_at", "-id"],
                condition=models.Q(customer__isnull=False),
                name="approval_of_customer",
            ),
            models.Index(fields=["about_type", "about_id"], name="approval_about"),
            models.Index(fields=["asked_by_id", "-id"], name="approval_asked_by"),
            models.Index(fields=["expires_at"], condition=models.Q(state=ApprovalState.OPEN), name="approval_open"),
        ]

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return self.state == ApprovalState.OPEN


class ApprovalRules(Versioned):
    """
    How long approvals wait, as the company lays down. There is one row. `waiting_minutes`, `later_hours`: for an answer, while the customer
    waits and otherwise. `held_minutes`, `held_later_minutes`: so long somebody may have one without answering before others get it.
    """

    waiting_minutes = models.PositiveSmallIntegerField(default=30)
    later_hours = models.PositiveSmallIntegerField(default=48)
    held_minutes = models.PositiveSmallIntegerField(default=5)
    held_later_minutes = models.PositiveSmallIntegerField(default=240)


class Deputy(Versioned):
    """
    From the first to the last of these company days `deputy` answers approvals with the authority of `person`, who is away. `ended_at`:
    ended before.
    """

    person = models.ForeignKey(Representative, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(Representative, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    named_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(person=models.F("deputy")), name="deputy_is_somebody_else"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="deputy_days_in_order"
            ),
        ]
