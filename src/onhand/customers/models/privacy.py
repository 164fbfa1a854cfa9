"""Exports, erasures, retention rules and requests: what is done about a person's data, and the proof of it."""

from django.db import models

from onhand.customers.models.file import Customer
from onhand.customers.privacy.enums import (
    ErasureBasis,
    ErasureState,
    ExportState,
    RequestKind,
    RequestState,
    RetentionKind,
)
from onhand.kernel.models import Versioned


class Erasure(models.Model):
    """
    That a person was erased: when, by whom, on which basis, and how much of what. Holds nothing personal and is kept as proof;
    `proof` is a keyed hash over it. `record_id` is the act's record; `member_ids` all customers of the merged file.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="erasures")
    reference = models.CharField(max_length=16)
    basis = models.CharField(max_length=20, choices=ErasureBasis)
    state = models.CharField(max_length=20, choices=ErasureState, default=ErasureState.REQUESTED)
    member_ids = models.JSONField(default=list)
    keeps_hashes = models.BooleanField(default=True)
    requested_at = models.DateTimeField()
    requested_by_id = models.BigIntegerField(null=True)
    requested_by_name = models.CharField(max_length=200)
    record_id = models.BigIntegerField(null=True)
    counts = models.JSONField(default=dict)  # section: rows
    done_at = models.DateTimeField(null=True)
    proof = models.BinaryField(default=b"")

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=~models.Q(state=ErasureState.DONE), name="erasure_not_done"),
        ]


class ErasureWork(models.Model):
    """
    How far an erasure has come; gone when it is done. `needles` are the values to look for in records about others, and `position`
    the last row looked at in the current step.
    """

    erasure = models.OneToOneField(Erasure, on_delete=models.CASCADE, related_name="work")
    needles = models.JSONField(default=list)
    related_ids = models.JSONField(default=list)
    step = models.CharField(max_length=100, blank=True, default="")
    position = models.JSONField(default=list)
    touched_at = models.DateTimeField()


class SuppressedIdentity(models.Model):
    """The keyed hash of an address, number or outside id of somebody erased, so that an import can tell that it brings it back."""

    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="suppressed")
    kind = models.CharField(max_length=20)
    digest = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["digest"], name="suppressed_by_digest")]


class PersonalExport(models.Model):
    """
    An archive of everything about a person, for whoever asked, until `expires_at`. `at_work` and `rows` say how far it has come;
    `sha256` is that of the whole archive.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="personal_exports")
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=20, choices=ExportState, default=ExportState.REQUESTED)
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField(null=True)
    asked_by_name = models.CharField(max_length=200)
    at_work = models.CharField(max_length=40, blank=True, default="")
    rows = models.BigIntegerField(default=0)
    rows_expected = models.BigIntegerField(default=0)
    touched_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    downloads = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=~models.Q(state=ExportState.REMOVED), name="personal_export_not_removed"
            ),
        ]


class PersonalExportPart(models.Model):
    """A piece of an archive: kept in the database, so that any machine can hand it out and none keeps it."""

    export = models.ForeignKey(PersonalExport, db_index=False, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="personal_export_part_once")]


class RetentionRule(Versioned):
    """What is erased by itself when it is older than `months`. Off until somebody looked at what it would do and switched it on."""

    kind = models.CharField(max_length=20, choices=RetentionKind)
    months = models.PositiveIntegerField()
    is_on = models.BooleanField(default=False)
    switched_by_name = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind"], name="retention_rule_once_a_kind")]


class RetentionRun(models.Model):
    """One run of a rule: over everything older than `before`. `last_id` is the last row looked at; it goes on from there."""

    rule = models.ForeignKey(RetentionRule, on_delete=models.PROTECT, related_name="runs")
    before = models.DateTimeField()
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_id = models.BigIntegerField(default=0)
    erased = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)  # left alone: a legal hold, or something still open

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=models.Q(ended_at__isnull=True), name="retention_run_one_at_a_time"
            )
        ]


class PrivacyRequest(Versioned):
    """What a person demanded about their data, by when it must be answered, and how it was."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="privacy_requests")
    kind = models.CharField(max_length=20, choices=RequestKind)
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.OPEN)
    received_on = models.DateField()
    due_on = models.DateField()
    details = models.TextField(blank=True, default="")
    extended_because = models.CharField(max_length=500, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    taken_at = models.DateTimeField()
    taken_by_name = models.CharField(max_length=200)
    answered_at = models.DateTimeField(null=True)
    answered_by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["due_on", "id"], condition=models.Q(answered_at__isnull=True), name="privacy_request_due"
            ),
            models.Index(fields=["customer", "-id"], name="privacy_request_of"),
        ]
