"""Files of customers brought in, and what became of their rows."""

from django.db import models

from onhand.customers.enums import ImportState
from onhand.kernel.models import Versioned


class CustomerImport(Versioned):
    """
    One file, from its upload to its undoing. `position` is the number of chunks done in the present step; `counts` holds what the
    steps found, by step. The file itself is kept as pieces until it is read into chunks.
    """

    kind = models.CharField(max_length=40, default="customers")
    file_name = models.CharField(max_length=200)
    file_bytes = models.BigIntegerField()
    format = models.CharField(max_length=10)
    encoding = models.CharField(max_length=20, blank=True, default="")
    delimiter = models.CharField(max_length=1, blank=True, default="")
    sheet = models.CharField(max_length=200, blank=True, default="")
    sheets = models.JSONField(default=list)
    headings = models.JSONField(default=list)
    examples = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    system = models.CharField(max_length=60, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    language = models.CharField(max_length=10, default="en")
    day_first = models.BooleanField(default=True)
    on_match = models.CharField(max_length=10, default="fill")
    state = models.CharField(max_length=20, choices=ImportState, default=ImportState.UPLOADED)
    problem = models.CharField(max_length=500, blank=True, default="")
    rows = models.BigIntegerField(default=0)
    chunk_count = models.IntegerField(default=0)
    position = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    started_by_id = models.BigIntegerField(null=True)
    started_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    emptied_at = models.DateTimeField(null=True)  # the file's own content was taken out

    class Meta:
        indexes = [models.Index(fields=["started_by_id", "-id"], name="customer_import_by_person")]


class ImportPiece(models.Model):
    """A piece of an uploaded file."""

    customer_import = models.ForeignKey(CustomerImport, on_delete=models.CASCADE, related_name="pieces")
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer_import", "number"], name="import_piece_once")]


class ImportChunk(models.Model):
    """
    Some hundred rows of a file, and what each step made of them: what was found when checking, which customers came of it when
    running (ids only), what was kept when undoing. A step's column is written in the transaction of its work.
    """

    customer_import = models.ForeignKey(CustomerImport, on_delete=models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    first_row = models.BigIntegerField()
    rows = models.JSONField(null=True)
    checked = models.JSONField(null=True)
    done = models.JSONField(null=True)
    undone = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer_import", "number"], name="import_chunk_once")]


class OutsideObject(models.Model):
    """What another system calls one of our things of a kind, such as a product or an order; customers have a table of their own."""

    kind = models.CharField(max_length=40)
    system = models.CharField(max_length=60)
    value = models.CharField(max_length=200)
    object_id = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "system", "value"], name="outside_object_once"),
            models.UniqueConstraint(fields=["kind", "object_id", "system"], name="outside_object_one_number"),
        ]


class BulkAnswer(models.Model):
    """What was answered to a program's request for many customers, under the key it gave, so that it acts once."""

    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=100)
    digest = models.BinaryField()
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["actor_kind", "actor_id", "key"], name="bulk_answer_key", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["at"], name="bulk_answer_by_time")]
