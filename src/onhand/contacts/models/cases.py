"""Cases: matters followed up until they are solved."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce

from onhand.contacts.enums import CaseState, Priority
from onhand.contacts.models.case_setup import CaseListEntry
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.staff.models import Team

NO_DUE_TIME = Value(datetime(9999, 12, 31, tzinfo=UTC), models.DateTimeField())  # in lists those without one come last


class Case(Versioned):
    """
    A matter of a customer, followed up until it is solved. `customer` is None until it is known whose matter it is.

    `kind` is the key of a `CaseKind`; `own_fields` holds what that kind asks for, by the keys of its fields. `due_at` is when it is to
    be solved; all due times with their history are `CaseClock` rows. `waiting_since` is set while the customer is to answer,
    `closes_at` when it closes by itself unless they do, `warned_at` when that was announced. A case that was found to be the same as
    another has `merged_into`; it is closed and read together with that one. `reopened` counts how often it came back.
    """

    reference = models.CharField(max_length=16, unique=True)
    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=CaseState, default=CaseState.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    owner_id = models.BigIntegerField(null=True)
    owner_name = models.CharField(max_length=200, blank=True, default="")
    # Added later, so the database knows their defaults: rows there were take them without being written.
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL, db_default=0)
    team = models.ForeignKey(Team, null=True, db_index=False, on_delete=models.PROTECT, related_name="cases")
    own_fields = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    reason = models.ForeignKey(CaseListEntry, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(CaseListEntry, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    stage = models.ForeignKey(CaseListEntry, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField(blank=True, default="", db_default="")
    waiting_since = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0, db_default=0)
    parent = models.ForeignKey("self", null=True, db_index=False, on_delete=models.PROTECT, related_name="children")
    merged_into = models.ForeignKey("self", null=True, db_index=False, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-opened_at", "-id"], name="case_by_customer"),
            models.Index(fields=["customer"], condition=models.Q(closed_at__isnull=True), name="case_open"),
            models.Index(
                fields=["owner_id", "due_at", "id"], condition=models.Q(closed_at__isnull=True), name="case_of_person"
            ),
            models.Index(
                fields=["team", "due_at", "id"],
                condition=models.Q(closed_at__isnull=True, team__isnull=False),
                name="case_of_team",
            ),
            models.Index(
                Coalesce("due_at", NO_DUE_TIME), "id", condition=models.Q(closed_at__isnull=True), name="case_by_due"
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(closed_at__isnull=True, owner_id__isnull=True, state=CaseState.OPEN),
                name="case_nobodys",
            ),
            models.Index(fields=["closes_at"], condition=models.Q(closes_at__isnull=False), name="case_closing"),
            models.Index(fields=["parent"], condition=models.Q(parent__isnull=False), name="case_children"),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="case_merged"),
        ]
