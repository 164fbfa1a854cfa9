"""
The kernel's tables. Act records, events, access records and seals are append-only: the database refuses update and delete.

They hold plain types and ids instead of foreign keys, so that nothing above the kernel can take them down with it.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now


class Versioned(models.Model):
    """A subject of acts: `version` grows by one with every act that changes it."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class Sealed(models.Model):
    """A row of an append-only stream; `mac` is the keyed hash of its content, made when it was written."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField(null=True)
    contact_id = models.BigIntegerField(null=True)
    mac = models.BinaryField()

    class Meta:
        abstract = True


class ActRecord(Sealed):
    """One act that was done: who, through which door, on what, with which arguments and facts, why allowed, before and after."""

    act = models.CharField(max_length=100)
    actor_role = models.CharField(max_length=60)
    via = models.CharField(max_length=10)
    case_id = models.BigIntegerField(null=True)
    arguments = models.JSONField()
    facts = models.JSONField()
    decision = models.JSONField()
    before = models.JSONField()
    after = models.JSONField()
    idempotency_key = models.CharField(max_length=100, null=True)  # noqa: DJ001  (null is "none given", outside the index)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="actrecord_subject"),
            models.Index(fields=["subject_type", "subject_id", "-at", "-id"], name="actrecord_in_time"),
            models.Index(fields=["actor_kind", "actor_id", "-id"], name="actrecord_actor"),
            # Of a span of time, for what looks back: rows come in order of time, so it costs next to nothing to keep.
            BrinIndex(fields=["at"], name="actrecord_times", autosummarize=True),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["actor_kind", "actor_id", "idempotency_key"],
                condition=models.Q(idempotency_key__isnull=False),
                name="actrecord_idempotency_key",
                nulls_distinct=False,
            ),
        ]


class EventRecord(Sealed):
    """Something that happened, published in the transaction that made it happen. `payload` holds ids and plain values only."""

    name = models.CharField(max_length=100)
    payload = models.JSONField()
    record_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "-id"], name="event_subject")]


class AccessRecord(Sealed):
    """Somebody opened a file: who, whose, on which contact, and why."""

    page = models.CharField(max_length=100)
    reason = models.CharField(max_length=200)
    via = models.CharField(max_length=10)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="access_subject"),
            models.Index(fields=["actor_kind", "actor_id", "-id"], name="access_actor"),
        ]


class Redaction(models.Model):
    """
    Values taken out of one row of an append-only stream, such as personal data on request. `columns` names where; `record_id` is the
    act that asked. `mac` is the keyed hash over what the row says since, and over the row's own `mac`, which stays: so seals hold.

    The database lets a row be changed only in these columns, and only in the transaction its redaction is written in.
    """

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=30)
    row_id = models.BigIntegerField()
    columns = models.JSONField()
    at = models.DateTimeField()
    record_id = models.BigIntegerField(null=True)
    transaction_number = models.BigIntegerField()
    mac = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["stream", "row_id"], name="redaction_of_row")]


class Delivery(models.Model):
    """
    One event to one handler. Written with the event; marked handled in the transaction of the handler's own work, which makes
    the handling exactly once. Unhandled rows of one handler and one subject are taken in order of id.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField()
    handler = models.CharField(max_length=100)
    order_key = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    not_before = models.DateTimeField(db_default=Now())
    parked = models.BooleanField(default=False, db_default=False)
    last_error = models.TextField(default="", db_default="")
    handled_at = models.DateTimeField(null=True)
    skipped_by = models.CharField(max_length=200, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "handler"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["handler", "order_key", "id"],
                condition=models.Q(handled_at__isnull=True),
                name="delivery_open_in_order",
            ),
            models.Index(fields=["id"], condition=models.Q(handled_at__isnull=True), name="delivery_open"),
        ]


class Seal(models.Model):
    """
    A seal over the rows `from_id`..`to_id` of one stream, and over the seal before it. A row altered, taken out or put in
    afterwards breaks it.
    """

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=30)
    from_id = models.BigIntegerField()
    to_id = models.BigIntegerField()
    row_count = models.BigIntegerField()
    digest = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "from_id"], name="seal_from_once")]


class ActTally(models.Model):
    """How often each act was done on each day (UTC), counted from the events."""

    day = models.DateField()
    act = models.CharField(max_length=100)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "act"], name="acttally_day_act")]


class ProcessHeartbeat(models.Model):
    """A part of the process group says it is alive."""

    name = models.CharField(max_length=200, primary_key=True)
    kind = models.CharField(max_length=20)
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class RateBucket(models.Model):
    """How much of its rate somebody has left. Not written to the log of the database: after a crash all are full again."""

    key = models.CharField(max_length=200, primary_key=True)
    level = models.FloatField()
    filled_at = models.DateTimeField()


class KeyFingerprint(models.Model):
    """What one of the installation's keys looks like, noted at the first start. Nothing of the key can be learnt from it."""

    name = models.CharField(max_length=20, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    noted_at = models.DateTimeField()
