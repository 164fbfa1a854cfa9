"""Two files found to be one customer's."""

from django.db import models

from onhand.customers.models.file import Customer


class Merge(models.Model):
    """
    `absorbed` is read as part of `survivor`'s file. Nothing is copied or deleted, so undoing loses nothing, whatever was changed
    on either since. Merges that are not undone form trees; `Customer.merged_into` holds each one's root.
    """

    absorbed = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges")
    survivor = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="absorbed_merges")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200)
    undone_at = models.DateTimeField(null=True)
    undone_by_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=models.Q(undone_at__isnull=True), name="merge_once_at_a_time"
            )
        ]
