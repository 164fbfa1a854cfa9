"""Procedures with their versions, and each time one was gone through."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from onhand.contacts.models import Case, Contact
from onhand.customers.models import Customer
from onhand.guidelines.drafted import Drafted, PublishedVersion
from onhand.kernel.models import Versioned
from onhand.procedures.enums import Check, Outcome, RunState, Source
from onhand.staff.models import Team

LONGEST_ANSWER = 2_000


class Procedure(Drafted):
    """A procedure, and the draft of its next version: a text as `reading` reads it."""


class ProcedureVersion(PublishedVersion):
    """A procedure as it was published once; its document is the text."""

    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["procedure", "number"], name="procedure_version_once")]


class ProcedureRun(Versioned):
    """
    A procedure being gone through with a customer, about one thing of theirs. `contact` is the one it goes on in now; who holds it
    answers its steps. `known` are the facts as they were when it was begun or taken up, each as a cell says it. `allows` are the acts it
    has come to: those only a procedure may do are done from then on.
    """

    procedure = models.ForeignKey(Procedure, db_index=False, on_delete=models.PROTECT, related_name="runs")
    procedure_version = models.ForeignKey(
        ProcedureVersion, db_index=False, on_delete=models.PROTECT, related_name="runs"
    )
    about_type = models.CharField(max_length=40)
    about_id = models.BigIntegerField()
    about_title = models.CharField(max_length=200, blank=True, default="")
    customer = models.ForeignKey(
        Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="procedure_runs"
    )
    contact = models.ForeignKey(
        Contact, null=True, db_index=False, on_delete=models.PROTECT, related_name="procedure_runs"
    )
    case = models.ForeignKey(Case, null=True, db_index=False, on_delete=models.PROTECT, related_name="procedure_runs")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    known = models.JSONField(default=dict)
    allows = ArrayField(models.CharField(max_length=100), default=list)
    begun_at = models.DateTimeField()
    begun_by_kind = models.CharField(max_length=10)
    begun_by_id = models.BigIntegerField(null=True)
    begun_by_name = models.CharField(max_length=200)
    held_by_kind = models.CharField(max_length=10)
    held_by_id = models.BigIntegerField(null=True)
    held_by_name = models.CharField(max_length=200)
    note = models.CharField(max_length=1000, blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=RunState.ENDED, ended_at__isnull=False) & ~models.Q(outcome="")
                | ~models.Q(state=RunState.ENDED) & models.Q(ended_at__isnull=True, outcome=""),
                name="procedure_run_ended_with_outcome",
            ),
            models.UniqueConstraint(
                fields=["procedure", "about_type", "about_id"],
                condition=~models.Q(state=RunState.ENDED),
                name="procedure_run_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["about_type", "about_id", "-id"], name="procedure_run_about"),
            models.Index(
                fields=["customer", "-begun_at", "-id"],
                condition=models.Q(customer__isnull=False),
                name="procedure_run_of_customer",
            ),
            models.Index(
                fields=["contact", "-id"], condition=models.Q(contact__isnull=False), name="procedure_run_of_contact"
            ),
            models.Index(fields=["procedure", "-begun_at"], name="procedure_run_of_procedure"),
        ]


class StepTaken(models.Model):
    """
    A step that was taken, or skipped for a `reason`. Of a step taken again the latest counts; rows are only added. `answer` is what was
    answered, as it was given; `record_id` the record of the act that was done.
    """

    run = models.ForeignKey(ProcedureRun, db_index=False, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=200)
    answer = models.CharField(max_length=LONGEST_ANSWER, blank=True, default="")
    source = models.CharField(max_length=10, choices=Source)
    reason = models.CharField(max_length=500, blank=True, default="")
    record_id = models.BigIntegerField(null=True)
    contact_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200)
    via = models.CharField(max_length=10)

    class Meta:
        indexes = [
            models.Index(fields=["run", "id"], name="step_taken_of_run"),
            models.Index(fields=["at", "id"], condition=models.Q(source=Source.SKIPPED), name="step_taken_skipped"),
        ]


class OfferedAct(models.Model):
    """An act a procedure in force offers, done on a contact: whether it came of a run shows by the steps of the runs."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="offered_acts")
    record_id = models.BigIntegerField(unique=True)
    act = models.CharField(max_length=100)
    at = models.DateTimeField()


class Followed(models.Model):
    """
    Whether a procedure was followed in a contact that ended, found out of the records. `checks` are the checks with what each found and
    what shows it; `failed` are the names of those not kept. What was skipped with a reason is told, and leaves it followed. `week` is the
    company's Monday. `again_at` is when something will be seen that cannot be yet.
    """

    contact = models.ForeignKey(Contact, db_index=False, on_delete=models.CASCADE, related_name="followed")
    procedure = models.ForeignKey(Procedure, db_index=False, on_delete=models.PROTECT, related_name="followed")
    number = models.PositiveIntegerField()
    run = models.ForeignKey(ProcedureRun, null=True, db_index=False, on_delete=models.CASCADE, related_name="+")
    ended_at = models.DateTimeField()
    week = models.DateField()
    team = models.ForeignKey(Team, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    representative_id = models.BigIntegerField(null=True)
    representative_name = models.CharField(max_length=200, blank=True, default="")
    is_followed = models.BooleanField()
    failed = ArrayField(models.CharField(max_length=20, choices=Check), default=list)
    checks = models.JSONField(default=list)
    checked_at = models.DateTimeField()
    again_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "procedure"], name="followed_once")]
        indexes = [
            models.Index(fields=["week", "procedure", "team", "is_followed"], name="followed_by_week"),
            models.Index(fields=["-ended_at", "-id"], condition=models.Q(is_followed=False), name="followed_not"),
            models.Index(
                fields=["procedure", "-ended_at", "-id"],
                condition=models.Q(is_followed=False),
                name="followed_not_procedure",
            ),
            models.Index(
                fields=["representative_id", "-ended_at", "-id"],
                condition=models.Q(is_followed=False),
                name="followed_not_person",
            ),
            models.Index(
                fields=["team", "-ended_at", "-id"], condition=models.Q(is_followed=False), name="followed_not_team"
            ),
            models.Index(fields=["run"], condition=models.Q(run__isnull=False), name="followed_of_run"),
            models.Index(fields=["again_at"], condition=models.Q(again_at__isnull=False), name="followed_again"),
        ]
