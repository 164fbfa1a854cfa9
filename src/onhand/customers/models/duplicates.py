"""Files that may be the same customer's: found by the product, decided by people."""

from django.db import models

from onhand.customers.models.file import Customer


class DuplicateKey(models.Model):
    """
    What two files must have in common to be compared at all, as a number nothing can be read from: the same name with the same date
    of birth, the same address, and so on. Made from the file, and made again when it changes.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    key = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "customer"], name="duplicate_key_once")]


class DuplicateSuggestion(models.Model):
    """
    Two files that may be one customer's: how much speaks for it (`score`, up to 100) and what (`reasons`, codes). `evidence` tells one
    reason's ground from another, so that a pair somebody called different is only suggested again for something new.
    """

    first = models.ForeignKey(Customer, db_index=False, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField()
    evidence = models.JSONField()
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by_id = models.BigIntegerField(null=True)
    dismissed_by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="duplicate_pair_in_order"),
        ]
        indexes = [
            models.Index(
                fields=["-score", "-id"], condition=models.Q(dismissed_at__isnull=True), name="duplicate_open_by_score"
            )
        ]
